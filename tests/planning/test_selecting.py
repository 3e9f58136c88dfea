from pathlib import Path

import pytest

from drafting import aliases, bring, dataset, empty, line, model, run, version
from herdbook.planning.drafts import Draft, Key
from herdbook.planning.plan import PlanError
from herdbook.planning.selecting import Selection
from herdbook.queries.filters import parse_filter

READ = [{"dataset": Key("dataset-version", "v1", "orders"), "role": "training", "digest": "mlflow:3f"}]
BASE = [{"run": Key("output", "model", "base")}]
DRAFTS: list[Draft] = [
    *dataset("orders", "v1"),
    *dataset("users", "v1"),
    run("old", "a", started_at="2023-01-01T00:00:00Z", metrics={"auc": 0.8}, inputs=READ),
    run("new", "b", started_at="2024-03-15T09:12:00Z", metrics={"auc": 0.9}, parent=Key("run", "sweep")),
    run("tuned", "b", inputs=BASE),
    run("base", "c", outputs=[{"name": "model"}]),
    run("sweep", "b"),
    model("m"),
    model("empty"),
    version("m", 1, "new"),
    version("m", 2, "tuned"),
    aliases("m", champion=[line(1)], challenger=[line(2)]),
]


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(experiments=frozenset({"a"})), ["datasets/orders", "runs/a/old"]),
        (Selection(since="2024-03-15"), ["models/m/aliases", "models/m/versions/1", "runs/b/new"]),
        (
            Selection(conditions=parse_filter("metrics.auc < 0.85")),
            ["datasets/orders", "runs/a/old"],
        ),
        (
            Selection(conditions=parse_filter("datasets.digest = '3f' AND dataset = 'orders'")),
            ["datasets/orders", "runs/a/old"],
        ),
        (
            Selection(registered_only=True),
            [
                *("models/m/aliases", "models/m/versions/1", "models/m/versions/2"),
                *("runs/b/new", "runs/b/sweep", "runs/b/tuned", "runs/c/base"),
            ],
        ),
        (
            Selection(experiments=frozenset({"a", "b"}), registered_only=True, since="2024-01-01"),
            ["models/m/aliases", "models/m/versions/1", "runs/b/new"],
        ),
    ],
)
def test_what_is_wanted(tmp_path: Path, selection: Selection, kept: list[str]) -> None:
    brought = bring(empty(tmp_path / "catalog"), DRAFTS, selection)
    paths = [path.removesuffix(".yaml") for path in brought.paths]
    assert [path for path in paths if not path.endswith(("/dataset", "/model", "orders/versions/v1"))] == [
        path for path in kept if not path.startswith("datasets/")
    ]
    assert ("datasets/orders/versions/v1" in paths) is ("datasets/orders" in kept)
    assert "datasets/users/dataset" not in paths
    assert "models/empty/model" not in paths
    if "models/m/versions/2" not in kept and "models/m/versions/1" in kept:
        assert set(brought.catalog.aliases["m"].in_force()) == {"champion"}


def test_versions_of_runs_that_are_here_already_are_wanted(tmp_path: Path) -> None:
    catalog = empty(tmp_path / "catalog")
    bring(catalog, [run("new", "b")])
    brought = bring(catalog, DRAFTS, Selection(experiments=frozenset({"a"})))
    assert "models/m/versions/1.yaml" in brought.paths


@pytest.mark.parametrize(
    ("name", "drafts", "why"),
    [
        ("churns", [run("old", "churn")], "'churns'; did you mean 'churn'?"),
        ("xyz", DRAFTS, "'xyz'; there are runs of a, b, c; name one as it is called there"),
        ("xyz", [model("m")], "'xyz'; there are no runs at all; name one as it is called there"),
    ],
)
def test_an_experiment_that_is_not_there_is_told(
    tmp_path: Path, name: str, drafts: list[Draft], why: str
) -> None:
    with pytest.raises(PlanError) as told:
        bring(empty(tmp_path / "catalog"), drafts, Selection(experiments=frozenset({name})))
    assert str(told.value) == f"no run is of the experiment {why}"
