"""Runs and experiments of a catalog as MLflow sees them.

An experiment has no file of its own: its name is its id, and it began with its first run. What MLflow keeps
in tags of its own (the parent of a run, its commit, ...) is told in these tags, unless the run has them
itself.
"""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from mlflow.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    InputTag,
    LifecycleStage,
    Metric,
    Param,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)
from mlflow.entities import Run as MlflowRun
from mlflow.utils.mlflow_tags import (
    MLFLOW_DATASET_CONTEXT,
    MLFLOW_GIT_BRANCH,
    MLFLOW_GIT_COMMIT,
    MLFLOW_GIT_REPO_URL,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
    MLFLOW_RUN_NOTE,
    MLFLOW_SOURCE_NAME,
    MLFLOW_USER,
)
from mlflow.utils.search_utils import SearchUtils

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.models import UNKNOWN
from herdbook.queries.matching import read_datasets, run_name
from herdbook.queries.terms import milliseconds
from herdbook.ref import Ref

_RESOURCES = "system/"
"""What MLflow puts in front of the names of what a run used up."""

# MLflow 2 has an older name for the id of a run, too, and asks for both.
_ID = [name for name in ("run_uuid", "run_id") if name in signature(RunInfo).parameters]


def mlflow_experiment(address: Address, name: str, began_at: str) -> Any:
    """An experiment. It is as old as its first run; MLflow does not take new runs for a change of it."""
    began = milliseconds(began_at) or UNKNOWN
    return Experiment(
        name,
        name,
        str(address.at("runs")),
        LifecycleStage.ACTIVE,
        creation_time=began,
        last_update_time=began,
    )


def mlflow_run(address: Address, catalog: Catalog, run: Run) -> Any:
    """A run with its last metrics, and the dataset versions that it read."""
    info = RunInfo(
        **dict.fromkeys(_ID, run.id),
        experiment_id=run.experiment,
        user_id=run.text("user"),
        status=run.status.upper(),
        start_time=_time(run, "started_at"),
        end_time=_time(run, "ended_at") or None,
        lifecycle_stage=LifecycleStage.ACTIVE,
        artifact_uri=str(address.of(Ref.run(run.id))),
        run_name=run_name(run),
    )
    data = RunData(
        last_metrics(run),
        [Param(key, str(value)) for key, value in run.params.items()],
        [RunTag(key, value) for key, value in {**_own_tags(run), **run.tags}.items()],
    )
    return MlflowRun(info, data, RunInputs(list(_inputs(catalog, run))))


def keep_to_filters(filter_string: str | None) -> None:
    """Refuse a filter that makes no sense, even where no run is there to fail on it.

    Raises:
        MlflowException: a condition can hold of no run.
    """
    info = RunInfo(
        **dict.fromkeys(_ID, ""),
        experiment_id="",
        user_id="",
        status="FINISHED",
        start_time=UNKNOWN,
        end_time=UNKNOWN,
        lifecycle_stage=LifecycleStage.ACTIVE,
        artifact_uri="",
        run_name="",
    )
    for condition in SearchUtils.parse_search_filter(filter_string):
        SearchUtils._does_run_match_clause(MlflowRun(info, RunData(), RunInputs([])), condition)


def history(run: Run, key: str) -> list[Any]:
    """The values that a metric had, in the order in which MLflow tells them."""
    found = next((metrics for metrics in _histories(run) if metrics[0].key == key), [])
    return sorted(found, key=lambda metric: (metric.timestamp, metric.step, metric.value))


def last_metrics(run: Run) -> list[Any]:
    """What each metric of a run came to."""
    return [metrics[-1] for metrics in _histories(run)]


def _histories(run: Run) -> Iterator[list[Any]]:
    """The values of each metric, the one that holds at the end.

    The catalog knows at which step a value was measured, and not when: all points of a curve have the time
    at which the run began, and what it came to has that of its end.
    """
    began = _time(run, "started_at")
    ended = _time(run, "ended_at") or began
    for key, value in _finals(run).items():
        points = [Metric(key, float(y), began, int(x)) for x, y in run.curves.get(key, ())]
        points.sort(key=lambda metric: metric.step)
        if not points or points[-1].value != float(value):
            points.append(Metric(key, float(value), ended, points[-1].step if points else 0))
        yield points


def _finals(run: Run) -> Mapping[str, float]:
    """What each metric came to; of one that has only a curve, its last point."""
    curves = {key: max(points)[1] for key, points in run.curves.items() if points}
    return {**curves, **{f"{_RESOURCES}{key}": value for key, value in run.system.items()}, **run.metrics}


def _own_tags(run: Run) -> Mapping[str, str]:
    parent = run.parent
    told = {
        MLFLOW_RUN_NAME: run_name(run),
        MLFLOW_RUN_NOTE: run.description,
        MLFLOW_USER: run.text("user"),
        MLFLOW_PARENT_RUN_ID: parent.ref.name if parent is not None and parent.ref is not None else "",
        MLFLOW_SOURCE_NAME: run.code.entry_point,
        MLFLOW_GIT_COMMIT: run.code.commit,
        MLFLOW_GIT_BRANCH: run.code.branch,
        MLFLOW_GIT_REPO_URL: run.code.repository,
    }
    return {key: text for key, text in told.items() if text}


def _inputs(catalog: Catalog, run: Run) -> Iterator[Any]:
    for read in read_datasets(catalog, run.inputs):
        version = catalog.resolve(read.ref)
        uri = version.text("uri") if version is not None else ""
        digest = read.digest.removeprefix("mlflow:")  # one of its own, which it shows without an algorithm
        tags = [InputTag(MLFLOW_DATASET_CONTEXT, read.context)] if read.context else []
        yield DatasetInput(Dataset(read.ref.name, digest, "herdbook", uri or str(read.ref)), tags)


def _time(run: Run, field: str) -> int:
    return milliseconds(run.text(field)) or UNKNOWN
