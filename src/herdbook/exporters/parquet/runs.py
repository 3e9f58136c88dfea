"""Tables of runs: one of the runs themselves, and one for each field of theirs that repeats."""

from collections.abc import Iterator

from herdbook.exporters.parquet.columns import (
    KEY,
    NAME,
    NAMED,
    POSITION,
    SIZE,
    Column,
    Row,
    Table,
    Type,
    as_json,
    key_of,
    named,
    reference,
    run_of,
    text,
    time,
)
from herdbook.queries.records import Records
from herdbook.registry import evaluated_version

_RUN = Column("run", "the id of the run")


def _runs(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        get, code, environment = run.data.get, run.code, run.environment
        evaluated = evaluated_version(records.catalog, run)
        yield (
            *(run.id, str(run.ref), run.experiment, *named(run), run.type, run.status, text(get("error"))),
            *(time(run.started_at), time(run.ended_at), text(get("user"))),
            *(text(get(field)) for field in ("host", "cluster", "job_id")),
            run_of(records, run.parent),
            text(evaluated.ref) if evaluated is not None else reference(run.evaluates),
            *(text(code.repository), text(code.commit), text(code.branch), code.dirty),
            *(text(code.entry_point), text(code.command), text(environment.python)),
            *(text(environment.platform), text(environment.container), text(environment.hardware)),
        )


def _run_inputs(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for position, item in enumerate(run.inputs, 1):
            source, ref = item.uri, records.catalog.pinned(item.ref, run.started_at)
            key = source if ref is None else key_of(records, ref)
            if item.mention is not None:
                source = reference(item.mention) or ""
            about = (text(item.role), text(item.digest), text(item.name))
            yield run.id, position, text(source), text(key), *about


def _run_outputs(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for position, item in enumerate(run.outputs, 1):
            named = (text(item.name), text(item.uri), text(item.digest), item.size, reference(item.dataset))
            yield run.id, position, *named


def _run_params(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for name, value in run.params.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            said = value if isinstance(value, str) else as_json(value)
            yield run.id, text(name), said and text(said), float(value) if is_number else None


def _run_seeds(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for name, value in run.seeds.items():
            yield run.id, text(name), value


def _run_metrics(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for name, value in run.metrics.items():
            yield run.id, text(name), float(value)


def _run_usage(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for name, value in run.system.items():
            yield run.id, text(name), float(value)


def _run_curves(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for name, points in run.curves.items():
            for step, value in points:
                yield run.id, text(name), float(step), float(value)


def _run_slices(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        for part in run.slices:
            for name, value in part.metrics.items():
                yield run.id, as_json(part.by), part.count, text(name), float(value)


TABLES = (
    Table(
        "runs",
        "a run",
        (
            *(_RUN, KEY),
            Column("experiment", "its experiment"),
            *NAMED,
            Column("type", "training, preprocessing, evaluation or batch-inference"),
            Column("status", "running, finished, failed or killed"),
            Column("error", "why it failed"),
            Column("started_at", "when it began", Type.TIME),
            Column("ended_at", "when it ended", Type.TIME),
            Column("started_by", "who started it"),
            Column("host", "the machine"),
            Column("cluster", "the cluster"),
            Column("job_id", "the job there"),
            Column("parent", "the run that started it"),
            Column("evaluates", "the version of a model that it evaluates"),
            Column("code_repository", "the repository of its code"),
            Column("code_commit", "the commit"),
            Column("code_branch", "the branch"),
            Column("code_dirty", "whether there were changes that are in no commit", Type.TRUTH),
            Column("code_entry_point", "the file or module that was run"),
            Column("code_command", "the command line"),
            Column("python", "the version of Python"),
            Column("platform", "the operating system"),
            Column("container", "the image"),
            Column("hardware", "the processors"),
        ),
        _runs,
    ),
    Table(
        "run_inputs",
        "something that a run read",
        (
            *(_RUN, POSITION),
            Column("source", "its reference as the run has it, or its address"),
            Column("key", "what that was when the run began, as edges and lineage have it"),
            Column("role", "what it was used for"),
            Column("digest", "the digest of what was read"),
            NAME,
        ),
        _run_inputs,
    ),
    Table(
        "run_outputs",
        "something that a run wrote",
        (
            *(_RUN, POSITION, NAME),
            Column("uri", "where it lies"),
            Column("digest", "the digest of its content"),
            SIZE,
            Column("dataset", "the version of a dataset that it became"),
        ),
        _run_outputs,
    ),
    Table(
        "run_params",
        "a parameter of a run",
        (
            *(_RUN, NAME),
            Column("value", "its value: a text as it is, anything else as JSON"),
            Column("number", "its value, where that is a number", Type.NUMBER),
        ),
        _run_params,
    ),
    Table(
        "run_seeds",
        "a seed of the random numbers of a run",
        (_RUN, NAME, Column("value", "the seed", Type.WHOLE)),
        _run_seeds,
    ),
    Table(
        "run_metrics",
        "a metric of a run",
        (_RUN, NAME, Column("value", "its last value", Type.NUMBER)),
        _run_metrics,
    ),
    Table(
        "run_usage",
        "what a run used of a machine",
        (_RUN, NAME, Column("value", "how much", Type.NUMBER)),
        _run_usage,
    ),
    Table(
        "run_curves",
        "a point of a curve of a run",
        (
            *(_RUN, NAME),
            Column("step", "the step", Type.NUMBER),
            Column("value", "the value there", Type.NUMBER),
        ),
        _run_curves,
    ),
    Table(
        "run_slices",
        "a metric of a run on a part of the data",
        (
            _RUN,
            Column("slice", "what the part has in common, as JSON"),
            Column("row_count", "how many rows are in it", Type.WHOLE),
            NAME,
            Column("value", "the value there", Type.NUMBER),
        ),
        _run_slices,
    ),
)
