"""Why something got better or worse: two versions or runs side by side, the most likely cause on top."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from herdbook.entries import ModelVersion, Run
from herdbook.measurements import Measurement, measurements
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError
from herdbook.queries.data_changes import recalled
from herdbook.queries.differences import Difference, Files, differences
from herdbook.queries.metric_changes import MetricChange, changes_of_runs, changes_of_versions
from herdbook.queries.predecessors import Basis, Predecessor, predecessors, run_before
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.registry import evaluated_version


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    Attributes:
        ref: the version or the run.
        run: the run that it is or that made it; null where the record of a version names none.
        run_known: whether the catalog holds that run.
    """

    ref: Ref
    run: Ref | None
    run_known: bool


@dataclass(frozen=True, slots=True)
class Comparison(Answer):
    """What differs between two versions of a model, or between two runs.

    Attributes:
        ref: what was asked about.
        before: what it is compared with.
        now: what is compared.
        basis: why it is compared with just this: named (it was asked for), alias (its place was taken under
            an alias), passed (the last earlier version without a metric regression), or experiment (the last
            earlier run of the same experiment and type).
        alias: the alias, where that is the basis.
        metrics: how the metrics differ on all of the data, the worst first.
        slices: how they differ on slices of the data, the worst first.
        differences: what else differs, the most likely cause first.
        notes: what is not known, or is to be kept in mind.
    """

    question: ClassVar[str] = "compare"

    ref: Ref
    before: Side
    now: Side
    basis: Basis
    alias: str
    metrics: tuple[MetricChange, ...]
    slices: tuple[MetricChange, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def nobody_knows(before: str, now: str) -> None:
    """Tell of no commits which files differ between them."""
    return


def compare(
    records: Records, found: Found, other: Found | None = None, files: Files = nobody_knows
) -> Comparison:
    """Compare a version or a run with another one, or with the last one before it that passed.

    Two versions are compared by their evaluations and by the runs that made them. Where one of the two is a
    run, the version stands for its run.

    Args:
        records: the catalog.
        found: what is compared.
        other: what it is compared with; by default the last one before it that passed.
        files: tells which files differ between two commits.

    Raises:
        QuestionError: one of them is neither version nor run, there is none before, both are the same, or a
            run is to be compared with a version whose run the catalog does not hold.
    """
    now = _asked(found)
    if other is None:
        before, basis, alias = _before(records, now)
    else:
        before, basis, alias = _asked(other), Basis.NAMED, ""
    if isinstance(now, ModelVersion) and isinstance(before, ModelVersion):
        sides = _Side(records, before), _Side(records, now)
    else:
        sides = _Side(records, _run(records, before)), _Side(records, _run(records, now))
    if sides[0].entry is sides[1].entry:
        raise QuestionError(f"both are {sides[0].ref}: there is nothing to compare; name another one")
    return _comparison(records, found.ref, sides, basis, alias, files)


def compare_with(
    records: Records, version: ModelVersion, predecessor: Predecessor, files: Files = nobody_knows
) -> Comparison:
    """Compare a version with the one before it."""
    sides = _Side(records, predecessor.version), _Side(records, version)
    return _comparison(records, version.ref, sides, predecessor.basis, predecessor.alias, files)


class _Side:
    """One of the two, with its run and its version as far as the catalog holds them."""

    def __init__(self, records: Records, entry: ModelVersion | Run) -> None:
        self.entry = entry
        self.ref = entry.ref
        self.version: ModelVersion | None = None
        if isinstance(entry, Run):
            self.named: Ref | None = entry.ref
            self.run: Run | None = entry
            self.version = made_by(records, entry)
        else:
            self.version = entry
            self.named = entry.run.ref
            run = records.catalog.resolve(self.named) if self.named is not None else None
            self.run = run if isinstance(run, Run) else None

    @property
    def told(self) -> Side:
        return Side(self.ref, self.named, self.run is not None)


def made_by(records: Records, run: Run) -> ModelVersion | None:
    """The version that a run made; nothing where it made none, or several."""
    node = records.lineage.node(run.ref)
    children = records.lineage.children(node) if node is not None else ()
    entries = [records.catalog.resolve(child.ref) for child in children if child.ref is not None]
    made = [entry for entry in entries if isinstance(entry, ModelVersion) and entry.run.ref == run.ref]
    return made[0] if len(made) == 1 else None


def _asked(found: Found) -> ModelVersion | Run:
    if isinstance(found.entry, ModelVersion | Run):
        return found.entry
    raise QuestionError(
        f"{found.ref} is neither a version of a model nor a run: name one, "
        "such as models:/<model>/<version> or runs:/<run>"
    )


def _run(records: Records, entry: ModelVersion | Run) -> Run:
    run = _Side(records, entry).run
    if run is None:
        raise QuestionError(
            f"{entry.ref} cannot be compared with a run: its own run is {_missing(records, entry)}; "
            "name two versions"
        )
    return run


def _missing(records: Records, entry: ModelVersion | Run) -> str:
    return records.catalog.why_missing(entry.run.ref if isinstance(entry, ModelVersion) else entry.ref)


def _before(records: Records, now: ModelVersion | Run) -> tuple[ModelVersion | Run, Basis, str]:
    if isinstance(now, ModelVersion):
        predecessor = predecessors(records, now.model).get(now.version)
        if predecessor is None:
            raise QuestionError(
                f"version {now.version} of {Ref.model(now.model)} has no predecessor: no version before it "
                f"passed; name the one to compare it with: herdbook compare {now.ref} <version>"
            )
        return predecessor.version, predecessor.basis, predecessor.alias
    made = made_by(records, now)
    predecessor = predecessors(records, made.model).get(made.version) if made is not None else None
    if predecessor is not None:
        return predecessor.version, predecessor.basis, predecessor.alias
    run = run_before(records, now)
    if run is None:
        raise QuestionError(
            f"{now.ref} has no predecessor: no {now.type} run of {now.experiment} finished before it; "
            f"name the one to compare it with: herdbook compare {now.ref} <run>"
        )
    return run, Basis.EXPERIMENT, ""


def _comparison(
    records: Records, ref: Ref, sides: tuple[_Side, _Side], basis: Basis, alias: str, files: Files
) -> Comparison:
    before, now = sides
    rules = records.policy.metrics(_model(records, now) or "")
    if isinstance(before.entry, ModelVersion) and isinstance(now.entry, ModelVersion):
        earlier, later = before.entry, now.entry
        changes = changes_of_versions(
            records.registry,
            rules,
            ((earlier.model, earlier.version), before.run),
            ((later.model, later.version), now.run),
        )
    else:
        changes = changes_of_runs(rules, before.run, now.run) if before.run and now.run else ()
    return Comparison(
        ref=ref,
        before=before.told,
        now=now.told,
        basis=basis,
        alias=alias,
        metrics=tuple(change for change in changes if not change.by),
        slices=tuple(change for change in changes if change.by),
        differences=differences(records, (before.run, before.version), (now.run, now.version), files),
        notes=tuple(_notes(records, before, now, changes)),
    )


def _model(records: Records, side: _Side) -> str | None:
    version = side.version
    if version is None and side.run is not None:
        version = evaluated_version(records.catalog, side.run)
    return version.model if version is not None else None


def _notes(records: Records, before: _Side, now: _Side, changes: tuple[MetricChange, ...]) -> Iterator[str]:
    models = _model(records, before), _model(records, now)
    if models[0] and models[1] and models[0] != models[1]:
        yield (
            f"these are different models, {Ref.model(models[0])} and {Ref.model(models[1])}; "
            "metrics are judged by the policy of the latter"
        )
    for side in (before, now):
        if side.run is None:
            yield (
                f"the run of {side.ref} is {_missing(records, side.entry)}, "
                "so its data, code and parameters are not known"
            )
        elif side.run.status != "finished":
            yield f"{side.run.ref} is {side.run.status}: its numbers may not be final"
    if before.run is not None and now.run is not None:
        yield from _about_runs(records, before.run, now.run)
    if isinstance(before.entry, ModelVersion) and isinstance(now.entry, ModelVersion):
        yield from _about_evaluations(records, before.entry, now.entry)
    if not changes:
        yield "no metric was recorded of either"


def _about_runs(records: Records, before: Run, now: Run) -> Iterator[str]:
    for run in (before, now):
        if not run.code.commit:
            yield f"the code of {run.ref} is not known: no commit is recorded"
        if not run.inputs:
            yield f"the data of {run.ref} are not known: no inputs are recorded"
    sources = [
        {found.ref: None for item in run.inputs if (found := recalled(records, item.ref)) is not None}
        for run in (before, now)
    ]
    for ref in sources[0]:
        if ref in sources[1]:
            yield f"both were made from {ref}, which has been recalled"


def _about_evaluations(records: Records, before: ModelVersion, now: ModelVersion) -> Iterator[str]:
    """Say where two values were measured in different ways, by the newest pair of evaluations."""
    sides = [measurements(records.registry, (version.model, version.version)) for version in (before, now)]
    pairs: dict[tuple[str, str], tuple[Measurement, Measurement]] = {
        (sides[0][question].run.id, item.run.id): (sides[0][question], item)
        for question, item in sides[1].items()
        if question[1] and question in sides[0]
    }
    for earlier, later in pairs.values():
        codes = earlier.run.code.commit, later.run.code.commit
        if codes[0] and codes[1] and codes[0] != codes[1]:
            yield (
                f"the evaluations {earlier.run.ref} and {later.run.ref} ran different code "
                f"({codes[0][:10]} and {codes[1][:10]})"
            )
        for name in sorted({*earlier.run.params, *later.run.params}):
            if earlier.run.params.get(name) != later.run.params.get(name):
                yield f"the evaluations {earlier.run.ref} and {later.run.ref} differ in the parameter {name}"
