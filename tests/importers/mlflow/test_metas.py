import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.mlflow.metas import meta_of


@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_any_name_is_read_as_mlflow_wrote_it(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    said = {"name": name, "tags": {"note": name}}
    (folder / "meta.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    assert meta_of(folder) == yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
