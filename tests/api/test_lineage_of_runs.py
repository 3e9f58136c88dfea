import shutil
from pathlib import Path

import pytest

import herdbook
from herdbook.errors import HerdbookError
from mlflow_runs import mlflow_run
from rule_examples import EXAMPLE_CATALOG


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example catalog, in which the tests run."""
    shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def test_the_lineage_of_a_run_is_asserted_before_something_is_registered(root: Path) -> None:
    herdbook.assert_run_lineage("train-2")
    with pytest.raises(herdbook.LineageError, match='lacks the tag "team"') as caught:
        herdbook.assert_run_lineage("train-2", required_tags=["git_commit", "team"])
    assert isinstance(caught.value, HerdbookError)
    assert caught.value.missing_tags == ("team",)
    run = mlflow_run(root / "mlruns", {"git_commit": "0f4b1c3"})
    with pytest.raises(herdbook.LineageError) as caught:
        herdbook.assert_run_lineage(run.name)
    assert caught.value.missing_tags == ("dataset_version", "triggered_by")


def test_without_a_catalog_the_tags_must_be_named(root: Path) -> None:
    run = mlflow_run(root / "mlruns", {"git_commit": "0f4b1c3"})
    herdbook.assert_run_lineage(run.name, required_tags=["git_commit"], catalog="elsewhere")
    with pytest.raises(HerdbookError, match="elsewhere: there is no such folder"):
        herdbook.assert_run_lineage(run.name, catalog="elsewhere")
    (root / "empty").mkdir()
    with pytest.raises(HerdbookError, match="holds no catalog"):
        herdbook.assert_run_lineage("train-2", catalog="empty")
