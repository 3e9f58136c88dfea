from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from herdbook.memory import open_catalog
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.runs import history, keep_to_filters, mlflow_experiment, mlflow_run
from herdbook.queries.matching import first_start
from mlflow_catalogs import put, written

RICH = """
    kind: run
    id: rich
    experiment: shop
    type: evaluation
    status: killed
    title: A rich run
    description: In words.
    started_at: "2024-02-01T09:00:00Z"
    ended_at: "2024-02-01T10:00:00Z"
    user: ana
    parent: train-1
    code:
      repository: https://example.org/r.git
      commit: 0123456789abcdef0123456789abcdef01234567
      branch: main
      entry_point: t.py
    params: {rate: 0.1, fast: true, none: null}
    curves: {loss: [[1, 0.5], [0, 0.7]], auc: [[0, 0.1], [5, 0.8]]}
    metrics: {auc: 0.9}
    system: {gpu_hours: 1.5}
    tags: {mlflow.user: bo, team: risk}
    """
BARE = "kind: run\nid: bare\nexperiment: shop\ntype: training\nstatus: running\n"
BEGAN, ENDED = 1706778000000, 1706781600000


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = written(tmp_path)
    put(folder, "runs/shop/rich.yaml", RICH)
    put(folder, "runs/shop/bare.yaml", BARE)
    return folder


def seen(folder: Path, run_id: str) -> Any:
    entries = open_catalog(folder)
    assert not entries.findings
    return mlflow_run(Address(folder), entries, entries.runs[run_id])


def test_what_mlflow_keeps_in_tags_is_told_in_tags(catalog: Path) -> None:
    run = seen(catalog, "rich")
    assert run.data.tags == {
        "mlflow.runName": "A rich run",
        "mlflow.note.content": "In words.",
        "mlflow.parentRunId": "train-1",
        "mlflow.source.name": "t.py",
        "mlflow.source.git.commit": "0123456789abcdef0123456789abcdef01234567",
        "mlflow.source.git.branch": "main",
        "mlflow.source.git.repoURL": "https://example.org/r.git",
        "mlflow.user": "bo",
        "team": "risk",
    }
    assert run.data.params == {"rate": "0.1", "fast": "True", "none": "None"}
    assert (run.info.status, run.info.start_time, run.info.end_time) == ("KILLED", BEGAN, ENDED)


def test_a_metric_is_what_it_came_to(catalog: Path) -> None:
    assert seen(catalog, "rich").data.metrics == {"auc": 0.9, "loss": 0.5, "system/gpu_hours": 1.5}
    run = open_catalog(catalog).runs["rich"]
    points = [(it.step, it.value, it.timestamp) for it in history(run, "auc")]
    assert points == [(0, 0.1, BEGAN), (5, 0.8, BEGAN), (5, 0.9, ENDED)]
    assert [(it.step, it.value) for it in history(run, "loss")] == [(0, 0.7), (1, 0.5)]
    assert [it.value for it in history(run, "system/gpu_hours")] == [1.5]
    assert history(run, "nothing") == []


def test_the_datasets_that_a_run_read_are_its_inputs(catalog: Path) -> None:
    (read,) = seen(catalog, "train-1").inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == ("orders", "sha256:" + "a" * 64)
    assert (read.dataset.source_type, read.dataset.source) == ("herdbook", "s3://shop/orders.csv")
    assert [(tag.key, tag.value) for tag in read.tags] == [("mlflow.data.context", "training")]


def test_a_run_of_which_little_is_known_can_be_sent_by_a_server(catalog: Path) -> None:
    run = seen(catalog, "bare")
    assert (run.info.run_name, run.info.start_time, run.info.end_time, run.info.user_id) == (
        "bare",
        0,
        None,
        "",
    )
    assert run.to_proto().info.run_id == "bare"


def test_an_experiment_is_as_old_as_its_first_run(catalog: Path) -> None:
    entries = open_catalog(catalog)
    experiment = mlflow_experiment(Address(catalog), "shop", first_start(entries.runs_of("shop")))
    assert (experiment.experiment_id, experiment.name, experiment.creation_time) == ("shop", "shop", BEGAN)
    assert first_start([entries.runs["bare"]]) == ""
    assert mlflow_experiment(Address(catalog), "shop", "").creation_time == 0


def test_a_filter_is_refused_whatever_stands_before_its_fault() -> None:
    keep_to_filters("metrics.nothing > 5 AND params.nothing = 'x' AND dataset.name = 'y'")
    keep_to_filters(None)
    with pytest.raises(MlflowException):
        keep_to_filters("metrics.nothing > 5 AND params.x > 'y'")
