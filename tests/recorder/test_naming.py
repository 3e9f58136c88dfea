from pathlib import Path

import pytest

from herdbook.recorder.naming import spelled, taken


@pytest.fixture
def runs(catalog: Path) -> Path:
    for place in ("Orders/exp.1", "orders-2/Groß"):
        path = catalog / "runs" / f"{place}.yaml"
        path.parent.mkdir(parents=True)
        path.touch()
    (catalog / "runs" / "notes.txt").touch()
    return catalog


@pytest.mark.parametrize("run_id", ["exp.1", "EXP.1", "Exp.1", "GROSS"])
def test_a_name_taken_in_any_case_and_experiment(runs: Path, run_id: str) -> None:
    assert taken(run_id, runs)


@pytest.mark.parametrize("run_id", ["exp-1", "exp", "exp.11", "notes", "[a-z]xp.1", "*"])
def test_other_names_are_free(runs: Path, run_id: str) -> None:
    assert not taken(run_id, runs)


def test_a_catalog_without_runs_has_no_names(catalog: Path) -> None:
    assert not taken("exp.1", catalog)
    assert spelled("Orders", catalog) == "Orders"


@pytest.mark.parametrize(
    ("experiment", "known"), [("Orders", "Orders"), ("ORDERS", "Orders"), ("orders2", "orders2")]
)
def test_experiments_are_spelled_as_in_the_catalog(runs: Path, experiment: str, known: str) -> None:
    assert spelled(experiment, runs) == known
    (runs / "runs" / "ORDERS").mkdir()
    assert spelled("ORDERS", runs) == "ORDERS"
