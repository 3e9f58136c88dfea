"""Which data, code, parameters and environment are behind something: everything upstream of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, ClassVar, Final

from herdbook.catalog import Catalog
from herdbook.entries import Aliases, DatasetVersion, Endpoint, Entry, ModelVersion, Run
from herdbook.lineage import Lineage, Node, NodeKind, Walk
from herdbook.queries.answer import Answer, is_the_same_up_to
from herdbook.queries.asking import Found
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref
from herdbook.requirements import is_pinned

_REMEMBERED: Final = 16_384


class Doubt(StrEnum):
    """What may be wrong with a part of a lineage."""

    MISSING = "missing"
    UNPINNED = "unpinned"
    UNFINISHED = "unfinished"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a part of a lineage cannot be relied on.

    Attributes:
        doubt: missing (it is not in the catalog, or lacks what leads further), unpinned (it may have been
            another thing than what is there today), unfinished (its run did not finish), or recalled.
        message: what is wrong, in a few words.
    """

    doubt: Doubt
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """What something was made from directly.

    Attributes:
        key: the key of the step it is.
        role: as what it was used: the role of an input, the name of an output.
    """

    key: str
    role: str


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a run.

    Attributes:
        repository: the address of its repository.
        commit: the commit, in full.
        branch: the branch that it was on.
        dirty: whether there were changes that are in no commit; null where nobody knows.
        entry_point: the file or module that was run.
        command: the command line.
    """

    repository: str
    commit: str
    branch: str
    dirty: bool | None
    entry_point: str
    command: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The software and hardware of a run.

    Attributes:
        python: the version of Python.
        platform: the operating system.
        container: the image, if there was one.
        hardware: the machine.
        requirements: the packages, as pip names them.
    """

    python: str
    platform: str
    container: str
    hardware: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracedRun:
    """What is known of a run.

    Attributes:
        experiment: its experiment.
        type: training, preprocessing, evaluation or batch-inference.
        status: running, finished, failed or killed.
        started_at: when it began, in UTC.
        user: who ran it.
        code: its code.
        environment: its environment.
        params: its parameters.
        seeds: the seeds of its random numbers.
    """

    experiment: str
    type: str
    status: str
    started_at: str
    user: str
    code: Code
    environment: Environment
    params: Mapping[str, Any]
    seeds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TracedData:
    """What is known of a dataset version.

    Attributes:
        uri: where it is.
        digest: the digest of its content, with the algorithm in front.
        rows: how many rows it has; null where nobody recorded it.
        recalled: why it was recalled; empty if it was not.
        replaced_by: the version that takes the place of a recalled one.
    """

    uri: str
    digest: str
    rows: int | None
    recalled: str
    replaced_by: Ref | None


@dataclass(frozen=True, slots=True)
class Approval:
    """An assignment that is in force.

    Attributes:
        alias: the alias, or "stage" and the stage.
        at: since when.
        by: who set it.
        approved_by: who approved it.
        evidence: what they relied on.
    """

    alias: str
    at: str
    by: str
    approved_by: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracedVersion:
    """What is known of a model version.

    Attributes:
        uri: where its artifact is.
        digest: the digest of the artifact, with the algorithm in front.
        approvals: the aliases and the stage that it has, with who approved them.
    """

    uri: str
    digest: str
    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a lineage: a version, a run, a dataset version, code, or an outside thing.

    Attributes:
        key: its reference, its commit, or the address of an outside thing; unique in the answer.
        kind: what it is.
        distance: how many steps it is away from what was asked about.
        title: its title for people, or nothing.
        sources: what it was made from directly.
        problems: why it cannot be relied on.
        run: what is known of it if it is a run.
        data: what is known of it if it is a dataset version.
        version: what is known of it if it is a model version.
    """

    key: str
    kind: NodeKind
    distance: int
    title: str
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    run: TracedRun | None
    data: TracedData | None
    version: TracedVersion | None


@dataclass(frozen=True, slots=True)
class Trace(Answer):
    """Everything that something was made from.

    Attributes:
        ref: what was asked about.
        roots: the keys of the steps that this means: of a model, its versions in force.
        steps: these and everything upstream of them, the nearest first.
        depth: how many steps upstream were looked at; null for all.
        further: how many steps at that depth were made from something that is not listed.
        cycles: the keys of steps that are said to be made from themselves.
    """

    question: ClassVar[str] = "trace"

    ref: Ref
    roots: tuple[str, ...]
    steps: tuple[Step, ...]
    depth: int | None
    further: int
    cycles: tuple[str, ...]


def trace(records: Records, found: Found, depth: int | None = None) -> Trace:
    """Tell what an entry was made from, up to `depth` steps upstream (`None`: all of it)."""
    return Tracer(records).trace(found, depth)


class Tracer:
    """Traces entries of a catalog, and finds out only once what is known of each part of their lineage.

    It remembers its last answer: several who ask about one entry, as far back as each wants, do so in a row.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        # The same few datasets and runs lie behind many others.
        self._known = lru_cache(maxsize=_REMEMBERED)(self._found_out)
        self._last: Trace | None = None

    def trace(self, found: Found, depth: int | None = None) -> Trace:
        """Tell what an entry was made from, up to `depth` steps upstream (`None`: all of it)."""
        last = self._last
        if last is None or last.ref != found.ref or not _is_the_same_up_to(depth, last):
            told = last.steps if last is not None and last.ref == found.ref else ()
            last = self._last = self._trace(found, depth, _told_alike(told, depth))
        return last if last.depth == depth else replace(last, depth=depth)

    def _trace(self, found: Found, depth: int | None, told: Sequence[Step]) -> Trace:
        """Tell what an entry was made from; the nearest steps may have been told before."""
        records = self._records
        roots = [node for ref in subjects(records, found) if (node := records.lineage.node(ref)) is not None]
        walk = records.lineage.upstream_of(roots, depth)
        others = islice(walk.distances, len(told), None)
        return Trace(
            ref=found.ref,
            roots=tuple(node.key for node in roots),
            steps=(*told, *[self._step(node, walk, depth) for node in others]),
            depth=depth,
            further=walk.further,
            cycles=records.cyclic_among(walk.distances),
        )

    def _step(self, node: Node, walk: Walk, depth: int | None) -> Step:
        known, distance = self._known(node), walk.distances[node]
        sources = known.sources
        # What is nearer was followed to all that it was made from.
        if distance == depth:
            parents = self._records.lineage.parents(node)
            pairs = zip(parents, sources, strict=True)
            sources = tuple(source for parent, source in pairs if parent in walk.distances)
        if sources is known.sources and distance == known.distance:
            return known
        # What `replace` does, many times faster: behind most things lie the same few at other distances.
        return Step(
            known.key,
            known.kind,
            distance,
            known.title,
            sources,
            known.problems,
            known.run,
            known.data,
            known.version,
        )

    def _found_out(self, node: Node) -> Step:
        """Tell what is known of a node, wherever it stands."""
        lineage, catalog = self._records.lineage, self._records.catalog
        entry = catalog.resolve(node.ref) if node.ref is not None else None
        return Step(
            key=node.key,
            kind=node.kind,
            distance=0,
            title=entry.title if entry is not None else "",
            sources=tuple(Source(parent.key, lineage.role(parent, node)) for parent in lineage.parents(node)),
            problems=tuple(problems(self._records.catalog, lineage, node, entry)),
            run=_run(entry) if isinstance(entry, Run) else None,
            data=_data(entry) if isinstance(entry, DatasetVersion) else None,
            version=_version(self._records, entry) if isinstance(entry, ModelVersion) else None,
        )


def _is_the_same_up_to(depth: int | None, answer: Trace) -> bool:
    distances = (step.distance for step in answer.steps[-1:])  # the nearest come first
    return is_the_same_up_to(depth, answer.depth, answer.further, distances)


def _told_alike(steps: Sequence[Step], depth: int | None) -> Sequence[Step]:
    """Of the steps of an answer those which one up to another depth begins with.

    What either ends with may not be followed to all that it was made from.
    """
    if not steps:
        return ()
    last = steps[-1].distance
    end = last if depth is None else min(last, depth)
    return list(takewhile(lambda step: step.distance < end, steps))


def subjects(records: Records, found: Found) -> tuple[Ref, ...]:
    """What a question about an entry is about: of a model its versions in force, of a dataset all versions.

    A model of which no version is in force is asked about by its newest one.
    """
    catalog, ref = records.catalog, found.ref
    if ref.kind is Kind.MODEL and ref.alias is None and ref.version is None:
        model = found.of_entry.name
        versions = records.registry.in_force(model) or catalog.versions_of(model)[-1:]
        return tuple(version.ref for version in versions)
    if ref.kind is Kind.DATASET and ref.version is None:
        return tuple(version.ref for version in catalog.versions_of_dataset(found.of_entry.name))
    return (found.of_entry,)


def problems(catalog: Catalog, lineage: Lineage, node: Node, entry: Entry | None) -> Iterator[Problem]:
    """Tell why a node cannot be relied on; `entry` is what the catalog holds of it."""
    match entry:
        case None if node.ref is not None:
            yield Problem(Doubt.MISSING, catalog.why_missing(node.ref))
        case Run():
            yield from _problems_of_run(entry)
        case DatasetVersion():
            if entry.recall is not None:
                yield Problem(Doubt.RECALLED, entry.recall.reason.strip())
            if not entry.text("digest"):
                yield Problem(Doubt.UNPINNED, "no digest is recorded")
        case ModelVersion():
            if not entry.text("digest"):
                yield Problem(Doubt.UNPINNED, "no digest is recorded")
        case Endpoint() if not lineage.parents(node):
            yield Problem(Doubt.MISSING, "it serves nothing")
        case _:
            return


def _problems_of_run(run: Run) -> Iterator[Problem]:
    code, environment = run.code, run.environment
    if run.status != "finished":
        yield Problem(Doubt.UNFINISHED, f"the run is {run.status}")
    if not code.commit:
        yield Problem(Doubt.MISSING, "no commit is recorded")
    elif code.dirty:
        yield Problem(Doubt.UNPINNED, "the code had changes that are in no commit")
    if not run.inputs and run.type != "preprocessing":
        yield Problem(Doubt.MISSING, "no inputs are recorded")
    for item in run.inputs:
        if item.mention is None and not item.digest:
            yield Problem(Doubt.UNPINNED, f"no digest is recorded of the input {item.name or item.uri}")
    if not environment.requirements and "@sha256:" not in environment.container:
        yield Problem(Doubt.MISSING, "no packages are recorded")
    loose = [text for text in environment.requirements if not is_pinned(text.strip())]
    if loose and "@sha256:" not in environment.container:
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield Problem(Doubt.UNPINNED, f"the package {loose[0]}{more} is not pinned to one version")


def _run(run: Run) -> TracedRun:
    code, environment = run.code, run.environment
    return TracedRun(
        experiment=run.experiment,
        type=run.type,
        status=run.status,
        started_at=run.started_at,
        user=run.text("user"),
        code=Code(code.repository, code.commit, code.branch, code.dirty, code.entry_point, code.command),
        environment=Environment(
            environment.python,
            environment.platform,
            environment.container,
            environment.hardware,
            environment.requirements,
        ),
        params=run.params,
        seeds=run.seeds,
    )


def _data(version: DatasetVersion) -> TracedData:
    recall = version.recall
    return TracedData(
        uri=version.text("uri"),
        digest=version.text("digest"),
        rows=version.rows,
        recalled=recall.reason.strip() if recall is not None else "",
        replaced_by=recall.replaced_by if recall is not None else None,
    )


def _version(records: Records, version: ModelVersion) -> TracedVersion:
    return TracedVersion(version.text("uri"), version.text("digest"), tuple(_approvals(records, version)))


def _approvals(records: Records, version: ModelVersion) -> Iterator[Approval]:
    ledger: Aliases | None = records.catalog.aliases.get(version.model)
    for alias, line in (ledger.in_force() if ledger is not None else {}).items():
        if line.version == version.version:
            evidence = tuple(mention.text for mention in line.evidence)
            yield Approval(f"@{alias}", line.at, line.by, line.approved_by, evidence)
    transition = records.registry.stages.get((version.model, version.version))
    if transition is not None and transition.stage != "none":
        evidence = tuple(mention.text for mention in transition.evidence)
        what = f"stage {transition.stage}"
        yield Approval(what, transition.at, transition.by, transition.approved_by, evidence)
