from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from herdbook.mlflow_plugin import tracking_store
from mlflow_catalogs import FILES, content, put, written

RUN = "runs/shop/train-1.yaml"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return written(tmp_path)


def store(catalog: Path) -> Any:
    return tracking_store(f"herdbook://{catalog}")


def test_a_changed_run_is_seen_by_a_store_in_use(catalog: Path) -> None:
    used = store(catalog)
    assert [run.data.metrics["auc"] for run in used.search_runs(["shop"], "metrics.auc > 0", 1)] == [0.8]
    put(catalog, RUN, FILES[RUN].replace("auc: 0.8", "auc: 0.9").replace("@", "sha256:" + "0" * 64))
    assert [run.data.metrics["auc"] for run in used.search_runs(["shop"], "metrics.auc > 0", 1)] == [0.9]
    assert used.get_run("train-1").data.metrics["auc"] == 0.9


def test_an_experiment_is_known_by_the_name_that_it_had_elsewhere(catalog: Path) -> None:
    there = "/Users/ana@example.org/shop (spring)"
    assert store(catalog).get_experiment_by_name(there) is None
    imported = f'imported_from: {{system: mlflow, experiment: "{there}"}}\n'
    put(catalog, RUN, FILES[RUN].replace("@", "sha256:" + "0" * 64) + imported)
    found = store(catalog).get_experiment_by_name(there)
    assert found.experiment_id == "shop"
    assert [run.info.run_id for run in store(catalog).search_runs([found.experiment_id], "", 1)] == [
        "train-1"
    ]
    other = (
        FILES[RUN].replace("@", "sha256:" + "0" * 64).replace("shop", "other").replace("train-1", "train-9")
    )
    put(catalog, "runs/other/train-9.yaml", other + imported)
    assert store(catalog).get_experiment_by_name(there) is None  # it could be either
    assert store(catalog).get_experiment_by_name("other").experiment_id == "other"


def test_a_filter_that_makes_no_sense_is_refused_where_nothing_is_found(catalog: Path) -> None:
    with pytest.raises(MlflowException, match="Invalid comparator"):
        store(catalog).search_runs(["nobody"], "metrics.auc > 5 AND status > 'A'", 1)


def test_what_a_catalog_does_not_hold_is_none(catalog: Path) -> None:
    assert store(catalog).search_traces(["shop"]) == ([], None)


def test_a_model_without_a_version_is_none(catalog: Path) -> None:
    with pytest.raises(MlflowException, match="models:/churn@ALIAS") as error:
        store(catalog).get_logged_model("churn")
    assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    with pytest.raises(
        MlflowException, match="a catalog keeps those that are registered, as models:/MODEL/VERSION"
    ):
        store(catalog).get_logged_model(f"m-{'0' * 32}")


def test_a_history_has_pages(catalog: Path) -> None:
    first = store(catalog).get_metric_history("train-1", "loss", max_results=1)
    assert [metric.value for metric in first] == [0.7]
    second = store(catalog).get_metric_history("train-1", "loss", max_results=1, page_token=first.token)
    assert [metric.value for metric in second] == [0.5]
    assert second.token is None


def test_no_catalog_is_an_error_of_mlflow(tmp_path: Path) -> None:
    questions: tuple[Callable[[Any], object], ...] = (
        lambda it: it.search_runs(["shop"], "", 1),
        lambda it: it.search_experiments(),
        lambda it: it.get_run("train-1"),
    )
    for question in questions:
        with pytest.raises(MlflowException, match="there is no such folder"):
            question(store(tmp_path / "nothing"))


RECORDING = "herdbook new run ID --experiment NAME"


@pytest.mark.parametrize(
    ("change", "command"),
    [
        (lambda it: it.create_experiment("new", None, []), "herdbook new run ID --experiment new"),
        (lambda it: it.delete_experiment("shop"), "git rm -r runs/shop"),
        (lambda it: it.restore_experiment("shop"), "git revert COMMIT"),
        (lambda it: it.rename_experiment("shop", "b"), "herdbook new run ID --experiment b"),
        (lambda it: it.set_experiment_tag("shop", RunTag("k", "v")), "herdbook tag set runs:/ID k v"),
        (lambda it: it.delete_experiment_tag("shop", "k"), "herdbook tag unset runs:/ID k"),
        (lambda it: it.create_run("shop", "ana", 0, [], "x"), RECORDING),
        (lambda it: it.update_run_info("train-1", 3, 0, "x"), "herdbook describe runs:/train-1"),
        (lambda it: it.delete_run("train-1"), "git rm runs/EXPERIMENT/train-1.yaml"),
        (lambda it: it.restore_run("train-1"), "git revert COMMIT"),
        (lambda it: it.set_tag("train-1", RunTag("k", "a b")), "herdbook tag set runs:/train-1 k 'a b'"),
        (lambda it: it.delete_tag("train-1", "k"), "herdbook tag unset runs:/train-1 k"),
        (lambda it: it.log_batch("train-1", [], [], []), RECORDING),
        (lambda it: it.log_metric("train-1", Metric("a", 1, 0, 0)), RECORDING),
        (lambda it: it.log_param("train-1", Param("a", "1")), RECORDING),
        (lambda it: it.log_inputs("train-1", []), RECORDING),
        (lambda it: it.log_outputs("train-1", []), RECORDING),
        (lambda it: it.record_logged_model("train-1", None), RECORDING),
        (lambda it: it.create_logged_model("shop"), "herdbook register MODEL --run RUN"),
    ],
)
def test_changes_are_refused_with_the_command_that_makes_them(
    catalog: Path, change: Callable[[Any], object], command: str
) -> None:
    before = content(catalog)
    with pytest.raises(MlflowException) as error:
        change(store(catalog))
    assert f"run `{command}` on a branch" in str(error.value)
    assert content(catalog) == before
