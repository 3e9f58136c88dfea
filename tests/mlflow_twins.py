"""The same models and runs twice: in a database of MLflow, written by MLflow itself, and in a catalog."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any
from unittest import mock

from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    Param,
    RunStatus,
    RunTag,
)
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.store.model_registry import sqlalchemy_store as registry
from mlflow.store.tracking import sqlalchemy_store as tracking

from herdbook.dump import dump

FIRST = datetime(2024, 3, 1, tzinfo=UTC)


def at(hours: float) -> str:
    """A time, as the catalog writes it."""
    return f"{FIRST + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def millis(hours: float) -> int:
    """The same, as MLflow counts."""
    return int((FIRST + timedelta(hours=hours)).timestamp() * 1000)


@dataclass(frozen=True)
class Version:
    """A version; `hours` says when it was registered."""

    hours: float
    run: str
    uri: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model; transitions are (hours, version, stage, whether it archives others)."""

    name: str
    versions: Sequence[Version] = ()
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    transitions: Sequence[tuple[float, int, str, bool]] = ()


@dataclass(frozen=True)
class Run:
    """A run; `hours` says when it began, and it ends an hour later, if it ends."""

    experiment: str
    hours: float
    title: str
    status: str = "finished"
    user: str = "ana"
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    datasets: Sequence[tuple[str, str, str]] = ()


MODELS = (
    Model(
        "churn",
        (
            Version(1, "run-a", "s3://models/churn/1", "The first.", {"team": "risk", "size": "10"}),
            Version(5, "run-b", "s3://models/churn/2", tags={"team": "Risk"}),
            Version(5, "run-c", "s3://models/churn/3"),
            Version(
                40, "run-a", "s3://models/churn_4", "It's better: 100%", {"team": "ops", "note": "a_b%c"}
            ),
        ),
        "Who leaves.",
        {"team": "risk", "domain": "shop"},
        {"champion": 3, "challenger": 4, "Old-One": 1},
        (
            (2, 1, "staging", False),
            (3, 1, "production", False),
            (6, 3, "production", True),
            (7, 2, "staging", False),
        ),
    ),
    Model(
        "Churn_2",
        tuple(Version(10 + number, f"run-{number}", f"s3://models/c2/{number}") for number in range(1, 13)),
        tags={"team": "Risk"},
        aliases={"champion": 9},
        transitions=(
            (30, 9, "production", False),
            (31, 10, "production", False),
            (32, 11, "archived", False),
        ),
    ),
    Model("fraud.score", (Version(5, "run-a", "s3://models/fraud/1", tags={"team": "risk"}),), "Fraud."),
    Model("orders-v1", tags={"team": "shop", "domain": "shop"}),
    Model("ranking", (Version(20, "run-z", "gs://bucket/ranking", tags={"a.b c": "x"}),)),
    Model(
        "zeta", (Version(0.5, "run-q", "s3://m/z"), Version(0.75, "run-q", "s3://m/z2")), tags={"a.b c": "y"}
    ),
)

RUNS = (
    Run(
        "shop", 1, "first", params={"depth": "3", "name": "tree"}, metrics={"auc": 0.8}, tags={"team": "risk"}
    ),
    Run(
        "shop",
        2,
        "second",
        params={"depth": "10", "name": "Tree"},
        metrics={"auc": 0.9, "loss": 0.25},
        curves={"loss": ((0, 1.0), (1, 0.5), (2, 0.25))},
        tags={"team": "ops", "git_commit": "abc"},
        datasets=(("orders", "md5:" + "a" * 32, "training"), ("users", "md5:" + "b" * 32, "test")),
    ),
    Run("shop", 2, "Third", "failed", params={"depth": "10"}, tags={"team": "Risk"}),
    Run("shop", 3, "100%_sure", "running", user="bo", metrics={"auc": -0.5, "loss": 2.0}),
    Run("shop", 4, "it's", "killed", params={"rate": "0.1"}, metrics={"auc": 0.9}, user="bo"),
    Run(
        "other",
        0.5,
        "first",
        metrics={"auc": 0.7},
        datasets=(("orders", "md5:" + "a" * 32, "test"),),
        tags={"team": "risk"},
    ),
    Run("other", 9, "last", params={"depth": ""}, metrics={"auc": 1e-9}),
)


@dataclass(frozen=True)
class Twins:
    """The stores of MLflow, and the catalog; `ids` are those of the runs, `experiments` those by name."""

    registry: Any
    tracking: Any
    catalog: Path
    ids: Sequence[str]
    experiments: Mapping[str, str]


def made(folder: Path) -> Twins:
    """Write both."""
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    models = registry.SqlAlchemyStore(uri)
    runs = tracking.SqlAlchemyStore(uri, str(folder / "artifacts"))
    for model in MODELS:
        _into_registry(models, model)
    experiments = {}
    for name, hours in (("shop", 1), ("other", 0.5)):
        with _clock(tracking, hours):
            experiments[name] = runs.create_experiment(name, str(folder / name), [])
    ids = [_into_tracking(runs, experiments, run) for run in RUNS]
    for run_id, run in zip(ids, RUNS, strict=True):
        _write(folder / "catalog", f"runs/{run.experiment}/{run_id}.yaml", _run_entry(run_id, run))
    _write(folder / "catalog", "herdbook.yaml", {"kind": "catalog", "name": "twin"})
    for model in MODELS:
        for path, entry in _entries(model):
            _write(folder / "catalog", path, entry)
    return Twins(models, runs, folder / "catalog", ids, experiments)


@contextmanager
def _clock(module: Any, hours: float | None) -> Iterator[None]:
    """What MLflow takes for now."""
    now = 0 if hours is None else millis(hours)
    with mock.patch.object(module, "get_current_time_millis", return_value=now):
        yield


def _into_registry(store: Any, model: Model) -> None:
    began = min((version.hours for version in model.versions), default=None)
    with _clock(registry, began):
        tags = [RegisteredModelTag(key, value) for key, value in model.tags.items()]
        store.create_registered_model(model.name, tags, model.description or None)
    events: list[tuple[float, Callable[[], Any]]] = [
        (version.hours, partial(_register, store, model.name, version)) for version in model.versions
    ]
    events += [
        (hours, partial(store.transition_model_version_stage, model.name, number, stage, archives))
        for hours, number, stage, archives in model.transitions
    ]
    for hours, event in sorted(events, key=itemgetter(0)):
        with _clock(registry, hours):
            event()
    for alias, number in model.aliases.items():
        store.set_registered_model_alias(model.name, alias, number)


def _register(store: Any, model: str, version: Version) -> None:
    tags = [ModelVersionTag(key, value) for key, value in version.tags.items()]
    about = version.description or None
    store.create_model_version(model, version.uri, version.run, tags, description=about)


def _into_tracking(store: Any, experiments: Mapping[str, str], run: Run) -> str:
    tags = {**run.tags, "mlflow.user": run.user}
    made_run = store.create_run(
        experiments[run.experiment],
        run.user,
        millis(run.hours),
        [RunTag(key, value) for key, value in tags.items()],
        run.title,
    )
    run_id: str = made_run.info.run_id
    end = None if run.status == "running" else millis(run.hours + 1)
    values = [
        Metric(key, value, millis(run.hours), step)
        for key, points in run.curves.items()
        for step, value in points
    ]
    values += [
        Metric(key, value, end or millis(run.hours), 0)
        for key, value in run.metrics.items()
        if key not in run.curves
    ]
    store.log_batch(run_id, values, [Param(key, value) for key, value in run.params.items()], [])
    store.log_inputs(
        run_id,
        [
            DatasetInput(
                Dataset(name, digest, "herdbook", f"datasets:/{name}/v1"),
                [InputTag("mlflow.data.context", context)],
            )
            for name, digest, context in run.datasets
        ],
    )
    store.update_run_info(run_id, RunStatus.from_string(run.status.upper()), end, None)
    return run_id


def _run_entry(run_id: str, run: Run) -> dict[str, Any]:
    return {
        "kind": "run",
        "id": run_id,
        "experiment": run.experiment,
        "title": run.title,
        "type": "training",
        "status": run.status,
        "started_at": at(run.hours),
        **({} if run.status == "running" else {"ended_at": at(run.hours + 1)}),
        "user": run.user,
        "inputs": [
            {"dataset": f"{name}/v1", "role": context, "digest": digest}
            for name, digest, context in run.datasets
        ],
        "params": dict(run.params),
        "metrics": dict(run.metrics),
        "curves": {key: [list(point) for point in points] for key, points in run.curves.items()},
        "tags": dict(run.tags),
    }


def _entries(model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
    folder, named = f"models/{model.name}", {"model": model.name}
    described = {"description": model.description} if model.description else {}
    tagged = {"tags": dict(model.tags)} if model.tags else {}
    yield f"{folder}/model.yaml", {"kind": "model", "name": model.name, **described, **tagged}
    for number, version in enumerate(model.versions, 1):
        entry = {
            "kind": "model-version",
            **named,
            "version": number,
            "run": version.run,
            "uri": version.uri,
            "created_at": at(version.hours),
            **({"description": version.description} if version.description else {}),
            **({"tags": dict(version.tags)} if version.tags else {}),
        }
        yield f"{folder}/versions/{number}.yaml", entry
    if model.aliases:
        ledgers = {
            alias: [{"version": number, "at": at(50), "by": "ana"}] for alias, number in model.aliases.items()
        }
        yield f"{folder}/aliases.yaml", {"kind": "aliases", **named, "aliases": ledgers}
    if model.transitions:
        transitions = [
            {"version": number, "stage": stage, "archive_existing": archives, "at": at(hours), "by": "ana"}
            for hours, number, stage, archives in model.transitions
        ]
        yield f"{folder}/stages.yaml", {"kind": "stages", **named, "transitions": transitions}


def _write(catalog: Path, path: str, entry: Mapping[str, Any]) -> None:
    target = catalog / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dump(entry, entry["kind"]))
