from pathlib import Path

import pytest

from comparing import records_of
from herdbook.queries.predecessors import Basis, predecessors, run_before

THIRD = """\
# models/churn/versions/3.yaml
kind: model-version
model: churn
version: 3
run: train-2
uri: s3://models/churn/3.pkl
# runs/churn/evaluate-3.yaml
kind: run
id: evaluate-3
experiment: churn
type: evaluation
status: finished
started_at: "2024-01-13T10:00:00Z"
inputs: [{dataset: orders/v1}]
evaluates: churn/3
metrics: {auc: 0.9}
"""
NO_ALIASES = "# models/churn/aliases.yaml, deleted\n"


def found(folder: Path, changes: str) -> dict[int, tuple[int, Basis, str]]:
    before = predecessors(records_of(folder, changes), "churn")
    return {number: (item.version.version, item.basis, item.alias) for number, item in before.items()}


def test_the_version_whose_place_was_taken_under_an_alias(tmp_path: Path) -> None:
    assert found(tmp_path, THIRD) == {2: (1, Basis.ALIAS, "champion"), 3: (2, Basis.PASSED, "")}


@pytest.mark.parametrize(("auc", "expected"), [(0.805, 2), (0.8049, 1)])
def test_a_version_with_a_regression_did_not_pass(auc: float, expected: int, tmp_path: Path) -> None:
    worse = f"# runs/churn/evaluate-2.yaml\nmetrics: {{auc: {auc}}}\n"
    assert found(tmp_path, THIRD + NO_ALIASES + worse)[3] == (expected, Basis.PASSED, "")


def test_a_regression_is_one_on_the_same_data_only(tmp_path: Path) -> None:
    elsewhere = "# runs/churn/evaluate-2.yaml\nmetrics: {auc: 0.1}\ninputs: [{dataset: orders/v2}]\n"
    assert found(tmp_path, THIRD + NO_ALIASES + elsewhere)[3] == (2, Basis.PASSED, "")


def test_going_back_does_not_make_a_later_version_a_predecessor(tmp_path: Path) -> None:
    ledger = """\
# models/churn/aliases.yaml
aliases:
  trial:
    - {version: 3, at: "2024-01-01T08:00:00Z", by: ana}
    - {version: 2, at: "2024-01-02T08:00:00Z", by: ana}
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana}
    - {version: null, at: "2024-01-13T08:00:00Z", by: ana}
    - {version: 9, at: "2024-01-13T08:00:00Z", by: ana}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
    - {version: 1, at: "2024-01-16T08:00:00Z", by: ana}
    - {version: 2, at: "2024-01-17T08:00:00Z", by: ana}
"""
    assert found(tmp_path, THIRD + ledger) == {2: (1, Basis.ALIAS, "champion"), 3: (2, Basis.PASSED, "")}


def test_a_model_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert predecessors(records_of(tmp_path), "nothing") == {}


def test_the_run_before_is_one_of_its_kind_that_finished(tmp_path: Path) -> None:
    failed = "# runs/churn/train-1.yaml\nstatus: failed\n"
    records = records_of(tmp_path / "a")
    before = run_before(records, records.catalog.runs["train-2"])
    assert before is records.catalog.runs["train-1"]
    assert run_before(records, records.catalog.runs["train-1"]) is None
    records = records_of(tmp_path / "b", failed)
    assert run_before(records, records.catalog.runs["train-2"]) is None
