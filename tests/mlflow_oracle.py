"""What MLflow itself makes of a search for runs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mlflow import entities
from mlflow.utils.search_utils import SearchUtils

from herdbook.queries.terms import Entity

Reading = tuple[Entity, str, str, Any]
"""A condition: what is compared, its key, the comparator and the value."""

Order = tuple[Entity, str, bool]
"""What is sorted by, its key, and whether the smallest comes first."""

_ENTITIES = {
    "metric": Entity.METRIC,
    "parameter": Entity.PARAM,
    "tag": Entity.TAG,
    "attribute": Entity.ATTRIBUTE,
    "dataset": Entity.DATASET,
}
_CHECKS: tuple[Callable[[str, str, str], bool], ...] = (
    lambda kind, key, comparator: SearchUtils.is_metric(kind, comparator),
    lambda kind, key, comparator: SearchUtils.is_param(kind, comparator),
    lambda kind, key, comparator: SearchUtils.is_tag(kind, comparator),
    SearchUtils.is_attribute,
    lambda kind, key, comparator: SearchUtils.is_dataset(kind, comparator),
)


def mlflow_filter(text: str) -> list[Reading] | None:
    """Read a filter as MLflow does, with the checks that it makes at the first run; `None` if it refuses."""
    try:
        return [_reading(condition) for condition in SearchUtils.parse_search_filter(text)]
    except Exception:  # beside its own exception, MLflow lets those of its parser out
        return None


def mlflow_order(text: str) -> Order | None:
    """Read what is sorted by as MLflow does; `None` if it refuses."""
    try:
        kind, key, ascending = SearchUtils.parse_order_by_for_search_runs(text)
    except Exception:  # as above
        return None
    return _ENTITIES[kind], SearchUtils.translate_key_alias(key), ascending


def _reading(condition: dict[str, Any]) -> Reading:
    kind, comparator, value = condition["type"], condition["comparator"].upper(), condition["value"]
    key = SearchUtils.translate_key_alias(condition["key"])
    if not any(check(kind, key, comparator) for check in _CHECKS):
        raise ValueError(condition)
    if kind == "metric" or (kind == "attribute" and key in SearchUtils.NUMERIC_ATTRIBUTES):
        value = float(value)
    return _ENTITIES[kind], key, comparator, value


def mlflow_search(runs: Iterable[entities.Run], filter_text: str, order_by: Sequence[str] = ()) -> list[str]:
    """Return the ids of the runs that MLflow finds, in its order."""
    found = SearchUtils.sort(SearchUtils.filter(list(runs), filter_text), list(order_by))
    return [run.info.run_id for run in found]


def mlflow_run(data: Mapping[str, Any], start_time: int, end_time: int | None) -> entities.Run:
    """The data of a run as MLflow would hold them; times are in milliseconds since 1970."""
    outputs = data.get("outputs", [])
    info = entities.RunInfo(
        run_id=data["id"],
        experiment_id=data["experiment"],
        user_id=data["user"],
        status=data["status"].upper(),
        start_time=start_time,
        end_time=end_time,
        lifecycle_stage="active",
        artifact_uri=outputs[0]["uri"] if outputs else None,
        run_name=data.get("title", data["id"]),
    )
    contents = entities.RunData(
        metrics=[entities.Metric(key, float(value), 0, 0) for key, value in data.get("metrics", {}).items()],
        params=[entities.Param(key, str(value)) for key, value in data.get("params", {}).items()],
        tags=[entities.RunTag(key, value) for key, value in data.get("tags", {}).items()],
    )
    return entities.Run(info, contents, entities.RunInputs([_dataset(item) for item in _datasets(data)]))


def _datasets(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for item in data.get("inputs", []) if "dataset" in item]


def _dataset(item: Mapping[str, Any]) -> entities.DatasetInput:
    dataset = entities.Dataset(item["dataset"].partition("/")[0], item.get("digest"), "local", "")
    tags = [entities.InputTag("mlflow.data.context", item["role"])] if "role" in item else []
    return entities.DatasetInput(dataset, tags)
