import math
from pathlib import Path

import pytest

from comparing import compared, records_of
from herdbook.queries.metric_changes import MetricChange, Verdict


def of(folder: Path, changes: str, one: str = "churn/2", other: str = "churn/1") -> dict[str, MetricChange]:
    comparison = compared(records_of(folder, changes), one, other)
    return {
        " ".join((change.metric, *map(str, change.by.values()))): change
        for change in (*comparison.metrics, *comparison.slices)
    }


@pytest.mark.parametrize(
    ("auc", "verdict", "change"),
    [
        (0.815, Verdict.SAME, 0.005),
        (0.8151, Verdict.BETTER, 0.0051),
        (0.805, Verdict.SAME, -0.005),
        (0.8049, Verdict.WORSE, -0.0051),
        (0.81, Verdict.SAME, 0.0),
    ],
)
def test_the_tolerance_is_reached_in_decimal_digits(
    auc: float, verdict: Verdict, change: float, tmp_path: Path
) -> None:
    found = of(tmp_path, f"# runs/churn/evaluate-2.yaml\nmetrics: {{auc: {auc}}}\n")["auc"]
    assert (found.verdict, found.change, found.before, found.now) == (verdict, change, 0.81, auc)
    assert (found.direction, found.tolerance) == ("higher", 0.005)
    assert found.data == ("datasets:/orders/v1",)
    assert (str(found.before_run), str(found.now_run)) == ("runs:/evaluate-1", "runs:/evaluate-2")


def test_where_lower_is_better_and_where_nobody_said(tmp_path: Path) -> None:
    changes = """\
# herdbook.yaml
policy: {metrics: {loss: {direction: lower}}}
# runs/churn/evaluate-1.yaml
metrics: {auc: 0.81, loss: 2, same: 1}
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.82, loss: 3, same: 1.0}
"""
    found = of(tmp_path, changes)
    assert [(name, item.verdict) for name, item in found.items() if not item.by] == [
        ("loss", Verdict.WORSE),
        ("auc", Verdict.CHANGED),
        ("same", Verdict.SAME),
    ]
    assert (found["loss"].change, found["auc"].direction, found["auc"].tolerance) == (1.0, "", None)


def test_other_data_do_not_compare_and_the_runs_own_numbers_step_in(tmp_path: Path) -> None:
    elsewhere = "# runs/churn/evaluate-2.yaml\ninputs: [{dataset: orders/v2}]\n"
    found = of(tmp_path, elsewhere)
    assert (found["auc"].verdict, str(found["auc"].now_run)) == (Verdict.BETTER, "runs:/train-2")
    assert found["auc north"].verdict is Verdict.NOT_COMPARABLE
    assert (found["auc north"].before, found["auc north"].now) == (0.81, 0.82)
    found = of(tmp_path / "without", elsewhere + "# runs/churn/train-2.yaml\nmetrics: {}\n")
    assert found["auc"].verdict is Verdict.NOT_COMPARABLE
    assert (found["auc"].change, found["auc"].data) == (None, ())


def test_what_was_measured_of_one_only(tmp_path: Path) -> None:
    found = of(tmp_path, "# runs/churn/evaluate-2.yaml\nmetrics: {auc: 0.82, new: 1}\n")
    assert (found["new"].verdict, found["new"].before, found["new"].now) == (Verdict.NOT_COMPARABLE, None, 1)


def test_the_worst_comes_first_slices_after_the_whole(tmp_path: Path) -> None:
    changes = """\
# herdbook.yaml
policy: {metrics: {auc: {direction: higher, tolerance: 0.005}, loss: {direction: lower, tolerance: 1}}}
# runs/churn/evaluate-1.yaml
metrics: {auc: 0.81, loss: 10, up: 1}
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.71, loss: 20, up: 2}
slices:
  - {by: {region: north}, count: 400, metrics: {auc: 0.91}}
  - {by: {region: south}, count: 600, metrics: {auc: 0.1}}
"""
    found = of(tmp_path, changes)
    assert list(found) == ["auc", "loss", "up", "auc south", "auc north"]


def test_runs_compare_by_their_own_numbers_and_evaluations_on_the_same_data_only(tmp_path: Path) -> None:
    assert of(tmp_path / "a", "", "train-2", "train-1")["auc"].change == 0.01
    found = of(tmp_path / "b", "", "evaluate-2", "evaluate-1")
    assert found["auc"].verdict is Verdict.BETTER
    assert found["auc north"].verdict is Verdict.BETTER
    elsewhere = "# runs/churn/evaluate-2.yaml\ninputs: [{dataset: orders/v2}]\n"
    found = of(tmp_path / "c", elsewhere, "evaluate-2", "evaluate-1")
    assert found["auc"].verdict is Verdict.NOT_COMPARABLE
    found = of(tmp_path / "d", "", "evaluate-2", "train-1")
    assert found["auc"].verdict is Verdict.NOT_COMPARABLE


def test_enormous_and_tiny_numbers_stay_finite(tmp_path: Path) -> None:
    changes = """\
# runs/churn/evaluate-1.yaml
metrics: {auc: -1.7e+308, tiny: 5.0e-324}
# runs/churn/evaluate-2.yaml
metrics: {auc: 1.7e+308, tiny: 1.7e+308}
"""
    found = of(tmp_path, changes)
    assert found["auc"].verdict is Verdict.BETTER
    assert all(math.isfinite(item.change) for item in found.values() if item.change is not None)
