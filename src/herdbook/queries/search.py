"""Which runs fit a filter: MLflow's ``search_runs`` over the catalog."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.queries.answer import Answer
from herdbook.queries.filters import parse_columns, parse_filter, parse_order
from herdbook.queries.matching import ReadDataset, artifact_uris, matching, ordered, read_datasets, run_name
from herdbook.queries.records import Records
from herdbook.queries.terms import DATASET, Entity, Known, Name, milliseconds, nearest
from herdbook.ref import Ref


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run, in MLflow's words.

    Attributes:
        ref: the reference of the run.
        run_id: its id.
        run_name: its title, or its id where it has none.
        experiment: its experiment.
        type: training, preprocessing, evaluation or batch-inference.
        status: running, finished, failed or killed.
        user_id: who started it; empty where nobody is named.
        start_time: when it began, in milliseconds since 1970; null where nobody recorded it.
        end_time: when it ended, in milliseconds since 1970; null where nobody recorded it.
        artifact_uri: where its first output is; empty where it has none.
        metrics: its metrics.
        params: its parameters, as text: as MLflow logs them, and as a filter compares them.
        tags: its tags.
        datasets: the dataset versions that it read.
    """

    ref: Ref
    run_id: str
    run_name: str
    experiment: str
    type: str
    status: str
    user_id: str
    start_time: int | None
    end_time: int | None
    artifact_uri: str
    metrics: Mapping[str, float]
    params: Mapping[str, str]
    tags: Mapping[str, str]
    datasets: tuple[ReadDataset, ...]


@dataclass(frozen=True, slots=True)
class Runs(Answer):
    """The runs that fit a filter.

    Attributes:
        filter: the filter, as it was asked.
        order_by: what the runs are sorted by, as it was asked; empty for the newest first.
        among: how many runs there are in the catalog.
        matched: how many of them fit the filter.
        asked: what the filter and the order name.
        judged: the metrics that the policy judges.
        notes: what may be a slip in the question, such as a metric that no run has; and what is not known.
        runs: the runs that fit, in order, as many as were asked for.
    """

    question: ClassVar[str] = "runs"

    filter: str
    order_by: str
    among: int
    matched: int
    asked: tuple[Name, ...]
    judged: tuple[str, ...]
    notes: tuple[str, ...]
    runs: tuple[FoundRun, ...]


def search(records: Records, filter_text: str = "", order_by: str = "", limit: int = 0) -> Runs:
    """Find the runs that fit a filter.

    Args:
        records: the catalog.
        filter_text: the filter, in MLflow's language; empty for all runs.
        order_by: names, each perhaps with ASC or DESC, separated by commas.
        limit: how many runs to list at most; 0 for all.

    Raises:
        FilterError: the filter or the order does not parse.
    """
    catalog = records.catalog
    known = _known(catalog)
    conditions, orders = parse_filter(filter_text, known), parse_order(order_by, known)
    found = ordered(catalog, matching(catalog, conditions), orders)
    names = tuple(dict.fromkeys([*(item.name for item in conditions), *(item.name for item in orders)]))
    return Runs(
        filter=filter_text,
        order_by=order_by,
        among=len(catalog.runs),
        matched=len(found),
        asked=names,
        judged=_judged_metrics(records),
        notes=(*_slips(catalog, names, known), *_unread(catalog)),
        runs=tuple(_found(catalog, catalog.runs[run]) for run in (found[:limit] if limit else found)),
    )


def columns_of(catalog: Catalog, text: str) -> tuple[Name, ...]:
    """Read the names of columns, as ``metrics.auc,params.depth,start_time``.

    Raises:
        FilterError: `text` is not of the grammar.
    """
    return parse_columns(text, _known(catalog))


def cell(run: FoundRun, name: Name) -> str | int | float | None:
    """What a run has under a name; `None` for nothing. Times are in milliseconds, and lists are joined."""
    match name.entity:
        case Entity.METRIC:
            return run.metrics.get(name.key)
        case Entity.PARAM:
            return run.params.get(name.key)
        case Entity.TAG:
            return run.tags.get(name.key)
        case Entity.DATASET:
            return ", ".join(filter(None, (dataset.text(name.key) for dataset in run.datasets))) or None
    if name == DATASET:
        return ", ".join(dataset.ref.short for dataset in run.datasets) or None
    value: str | int | None = getattr(run, name.key)
    return None if value == "" else value


def _found(catalog: Catalog, run: Run) -> FoundRun:
    uris = artifact_uris(run.data.get("outputs", ()))
    return FoundRun(
        ref=run.ref,
        run_id=run.id,
        run_name=run_name(run),
        experiment=run.experiment,
        type=run.type,
        status=run.status,
        user_id=run.text("user"),
        start_time=milliseconds(run.started_at),
        end_time=milliseconds(run.ended_at),
        artifact_uri=uris[0] if uris else "",
        metrics=run.metrics,
        params={key: str(value) for key, value in run.params.items()},
        tags=run.tags,
        datasets=tuple(read_datasets(catalog, run.inputs)),
    )


# What there is to name


_KEYED = (Entity.METRIC, Entity.PARAM, Entity.TAG)
"""Where runs have keys of their own choice."""


def _known(catalog: Catalog) -> Known:
    def known() -> Mapping[Entity, Collection[str]]:
        return {entity: catalog.keys_of_runs(entity.value) for entity in _KEYED}

    return known


def _judged_metrics(records: Records) -> tuple[str, ...]:
    policy = records.policy
    models = ("", *sorted(policy.model_policies))  # no model is called "": what the catalog says of all
    return tuple(dict.fromkeys(metric for model in models for metric in policy.metrics(model)))


def _slips(catalog: Catalog, names: Sequence[Name], known: Known) -> Iterator[str]:
    for name in names:
        if name.entity in _KEYED and not catalog.of_runs(name.entity.value, name.key):
            near = nearest(name.key, known, name.entity)
            yield f"no run has {name}" + (f"; did you mean {near}?" if near else "")


def _unread(catalog: Catalog) -> Iterator[str]:
    count = sum(path.startswith("runs/") for path in catalog.refused)
    if count:
        what = "file of a run" if count == 1 else "files of runs"
        yield f"{count:,} {what} cannot be read and may be missing here; `herdbook check` says why"
