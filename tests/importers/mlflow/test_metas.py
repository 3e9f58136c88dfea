from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import yaml
from herdbook.importers.mlflow.metas import meta_of


@pytest.mark.parametrize("name", ["12e34567", "1e5", "1.5", "0987654321098765432109876543210", "08", ".5e1"])
def test_names_of_digits_are_read_as_mlflow_wrote_them(name: str, tmp_path: Path) -> None:
    """Older readers of YAML take these for texts, and MLflow writes no quotes around them then."""
    said = {"name": name, "digest": name, "start_time": 10**20}
    (tmp_path / "meta.yaml").write_text(yaml.safe_dump(said))
    assert meta_of(tmp_path) == said


@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
@example(name="0E0")
def test_any_name_is_read_as_mlflow_wrote_it(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    said = {"name": name, "tags": {"note": name}}
    (folder / "meta.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    assert meta_of(folder) == yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
