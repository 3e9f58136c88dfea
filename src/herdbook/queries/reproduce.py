"""How to make something again: the runs behind it, with their code, environment, inputs and numbers."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from herdbook.entries import DatasetVersion, Entry, Input, ModelVersion, Run
from herdbook.lineage import NodeKind
from herdbook.measurements import measurements
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError
from herdbook.queries.data_changes import recalled
from herdbook.queries.fetching import Source, Way, way_to
from herdbook.queries.records import Records
from herdbook.queries.trace import subjects
from herdbook.ref import Ref
from herdbook.requirements import is_pinned, package

TOLERANCE = 1e-9
"""Two numbers are the same when they differ by no more than this, or by this part of the greater one."""

_MOST_RUNS = 100
_PYTHON = re.compile(r"\s*(\d+\.\d+)(?:[.\s].*)?", re.DOTALL)
_NEEDS_SHELL = frozenset("();<>|&")


class Purpose(StrEnum):
    """What a run is repeated for."""

    INPUT = "input"
    TARGET = "target"
    EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why something cannot be made again exactly.

    Attributes:
        message: what is missing.
        final: whether nothing can be run without it.
    """

    message: str
    final: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """The software that runs were made with.

    Attributes:
        python: the version of Python; empty where nobody recorded it.
        series: its first two numbers, such as 3.11, to find an interpreter by.
        requirements: the packages, as pip names them; without pip itself, which installs them.
        container: the image, if there was one.
    """

    python: str
    series: str
    requirements: tuple[str, ...]
    container: str


@dataclass(frozen=True, slots=True)
class Material:
    """Something that a run read.

    Attributes:
        name: its reference, or the address of an outside thing.
        role: as what it was read.
        uri: where it lies by the record.
        digest: the digest of its content.
        exact: whether it must have this digest. A model that was made again need not: its bytes depend on
            the processor.
        source: where it comes from: repository, command, package, or hand.
        path: where it is when it has been fetched.
        outside: whether that is in the folder for inputs, and not in the repository.
        command: the words of the command that fetches it.
        made_by: the run that writes it, where that is repeated if it is not there.
    """

    name: str
    role: str
    uri: str
    digest: str
    exact: bool
    source: Source
    path: str
    outside: bool
    command: tuple[str, ...]
    made_by: Ref | None


@dataclass(frozen=True, slots=True)
class Written:
    """Data that a run wrote and that must come out the same.

    Attributes:
        name: the reference of the dataset version.
        path: where it is in the repository.
        digest: the digest of its content.
    """

    name: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class MeasuredSlice:
    """What was measured on a slice of the data.

    Attributes:
        by: what the slice has in common.
        metrics: the metrics.
    """

    by: Mapping[str, str | int | float | bool]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run that is repeated.

    Attributes:
        run: the run.
        purpose: what for: target (it is what was asked about, or made it), input (it wrote an input of
            another one), or evaluation (it measured what the target makes).
        experiment: its experiment.
        commit: the commit of its code.
        environment: which of the environments it needs, from 0.
        command: the command as it was recorded.
        words: the words of the command; none where it needs a shell.
        params: its parameters, which the record of the new run must have, too.
        seeds: its seeds, as well.
        inputs: what it read.
        outputs: the data that it wrote.
        metrics: the metrics to compare with.
        slices: the metrics of slices to compare with.
    """

    run: Ref
    purpose: Purpose
    experiment: str
    commit: str
    environment: int
    command: str
    words: tuple[str, ...]
    params: Mapping[str, Any]
    seeds: Mapping[str, int]
    inputs: tuple[Material, ...]
    outputs: tuple[Written, ...]
    metrics: Mapping[str, float]
    slices: tuple[MeasuredSlice, ...]


@dataclass(frozen=True, slots=True)
class Reproduction(Answer):
    """How to make something again.

    Attributes:
        ref: what was asked about.
        run: the run that made it; null where there is none on record.
        repository: the address of the repository with the code; empty where nobody recorded it: it is that
            of the catalog then.
        obstacles: why it cannot be made again exactly.
        notes: what is to be kept in mind.
        environments: the environments that are needed.
        reruns: the runs to repeat, in order.
        tolerance: numbers are the same when they differ by no more than this, or by this part of the greater.
    """

    question: ClassVar[str] = "reproduce"

    ref: Ref
    run: Ref | None
    repository: str
    obstacles: tuple[Obstacle, ...]
    notes: tuple[str, ...]
    environments: tuple[Environment, ...]
    reruns: tuple[Rerun, ...]
    tolerance: float


def reproduce(records: Records, found: Found) -> Reproduction:
    """Tell how to make a version, a dataset version, or the outputs of a run again.

    What a run read and what lies in the repository, but not in git, was written there by another run: that
    one is repeated first. A model version is measured again by its evaluations, the newest on each data.

    Raises:
        QuestionError: the reference means several things, or one that no run makes.
    """
    entry = _asked(records, found)
    target = entry if isinstance(entry, Run) else _maker(records, entry)
    if target is None:
        why = f"no run that made {entry.ref} is in the catalog"
        if isinstance(entry, ModelVersion):
            missing = records.catalog.why_missing(entry.run.ref)
            why = f"runs:/{entry.text('run')}, which made {entry.ref}, is {missing}"
        return Reproduction(found.ref, None, "", (Obstacle(why, True),), (), (), (), TOLERANCE)
    plan = _Plan(records, target)
    plan.add(target, Purpose.TARGET)
    if isinstance(entry, ModelVersion):
        measured = measurements(records.registry, (entry.model, entry.version)).values()
        for run in dict.fromkeys(item.run for item in measured):
            plan.add(run, Purpose.EVALUATION)
    return Reproduction(
        ref=found.ref,
        run=target.ref,
        repository=plan.repository,
        obstacles=tuple(dict.fromkeys(plan.obstacles)),
        notes=tuple(dict.fromkeys(plan.notes)),
        environments=tuple(plan.environments),
        reruns=tuple(plan.reruns),
        tolerance=TOLERANCE,
    )


def _asked(records: Records, found: Found) -> ModelVersion | DatasetVersion | Run:
    meant = subjects(records, found)
    entry = records.catalog.resolve(meant[0]) if len(meant) == 1 else None
    if isinstance(entry, ModelVersion | DatasetVersion | Run):
        return entry
    if len(meant) > 1:
        names = ", ".join(map(str, meant[:3])) + (", ..." if len(meant) > 3 else "")
        raise QuestionError(f"{found.ref} could be {names}: say which")
    raise QuestionError(f"{found.ref} is made by no run: name a version, a dataset version or a run")


def _maker(records: Records, entry: ModelVersion | DatasetVersion) -> Run | None:
    """The run that made something."""
    node = records.lineage.node(entry.ref)
    parents = records.lineage.parents(node) if node is not None else ()
    runs = (
        records.catalog.resolve(parent.ref)
        for parent in parents
        if parent.kind is NodeKind.RUN and parent.ref is not None
    )
    return next((run for run in runs if isinstance(run, Run)), None)


class _Plan:
    """The runs to repeat, as they are found to be needed."""

    def __init__(self, records: Records, target: Run) -> None:
        self.records = records
        self.repository = _repository(records, target)
        self.obstacles: list[Obstacle] = []
        self.notes: list[str] = []
        self.environments: list[Environment] = []
        self.reruns: list[Rerun] = []
        self._seen: set[Ref] = set()

    def add(self, run: Run, purpose: Purpose) -> None:
        """Plan to repeat a run, after those that wrote its inputs."""
        self._seen.add(run.ref)
        obstacles = list(_obstacles(run))
        words, problem = _words(run.code.command)
        if problem:
            obstacles.append(Obstacle(f"{run.ref}: {problem}", True))
        if purpose is Purpose.EVALUATION and any(obstacle.final for obstacle in obstacles):
            self.notes += [
                f"{obstacle.message}; it is not repeated" for obstacle in obstacles if obstacle.final
            ]
            return
        if purpose is Purpose.EVALUATION and _repository(self.records, run) != self.repository:
            self.notes.append(f"{run.ref} ran code of another repository; it is not repeated")
            return
        self.obstacles += obstacles
        inputs = tuple(self._materials(run))
        self.reruns.append(
            Rerun(
                run=run.ref,
                purpose=purpose,
                experiment=run.experiment,
                commit=run.code.commit,
                environment=self._environment(run),
                command=run.code.command,
                words=words,
                params=run.params,
                seeds=run.seeds,
                inputs=inputs,
                outputs=tuple(_written(self.records, run)),
                metrics=run.metrics,
                slices=tuple(MeasuredSlice(part.by, part.metrics) for part in run.slices),
            )
        )

    def _environment(self, run: Run) -> int:
        recorded = run.environment
        series = _PYTHON.fullmatch(recorded.python)
        needed = Environment(
            python=recorded.python,
            series=series[1] if series is not None else "",
            requirements=tuple(line for line in recorded.requirements if package(line)[0] != "pip"),
            container=recorded.container,
        )
        if needed not in self.environments:
            self.environments.append(needed)
        return self.environments.index(needed)

    def _materials(self, run: Run) -> Iterator[Material]:
        items = list(run.inputs)
        if run.evaluates is not None:
            items.append(Input(run.evaluates, "", "evaluated", "", "", ("evaluates",)))
        for index, item in enumerate(items, 1):
            yield self._material(run, item, f"{run.id}-{index}")

    def _material(self, run: Run, item: Input, place: str) -> Material:
        ref = self.records.catalog.pinned(item.ref, run.started_at)
        entry = self.records.catalog.resolve(ref) if ref is not None else None
        name = str(ref) if ref is not None else item.mention.text if item.mention is not None else item.uri
        uri, digest = _stated(item, ref, entry)
        way = way_to(uri, digest, entry, place)
        withdrawn = recalled(self.records, ref)
        if withdrawn is not None:
            self.notes.append(f"{withdrawn.ref} has been recalled: what is made from it has the same fault")
        maker = self._maker_of(entry, ref) if way.source is Source.REPOSITORY else None
        if way.source is Source.HAND:
            where = f"from {uri}" if uri else "where nobody recorded it"
            self.notes.append(f"{name}, which {run.ref} read, must be fetched by hand {where}")
        if not digest:
            self.obstacles.append(
                Obstacle(
                    f"no digest of {name} is recorded, which {run.ref} read: it may be another thing", False
                )
            )
        return Material(
            name=name,
            role=item.role,
            uri=uri,
            digest=digest,
            exact=not (maker is not None and isinstance(entry, ModelVersion | Run)),
            source=way.source,
            path=way.path,
            outside=way.outside,
            command=way.command,
            made_by=maker.ref if maker is not None else None,
        )

    def _maker_of(self, entry: Entry | None, ref: Ref | None) -> Run | None:
        """The run that writes an input into the repository, planned before the one that reads it."""
        maker = entry if isinstance(entry, Run) else None
        if isinstance(entry, ModelVersion | DatasetVersion):
            maker = _maker(self.records, entry)
        if maker is None or ref is None:
            return None
        if maker.ref in self._seen:
            return maker if any(rerun.run == maker.ref for rerun in self.reruns) else None
        fit = _words(maker.code.command)[0] or maker.code.command
        same = _repository(self.records, maker) == self.repository
        if not fit or not same or any(obstacle.final for obstacle in _obstacles(maker)):
            self.notes.append(f"{ref} cannot be made again by {maker.ref} and must lie in the repository")
            return None
        if len(self._seen) >= _MOST_RUNS:
            self.notes.append(f"more than {_MOST_RUNS} runs are behind it; {ref} must lie in the repository")
            return None
        self.add(maker, Purpose.INPUT)
        return maker


def _stated(item: Input, ref: Ref | None, entry: Entry | None) -> tuple[str, str]:
    """Where an input lies, and its digest as the run read it."""
    if isinstance(entry, Run):
        output = next((out for out in entry.outputs if ref is not None and out.name == ref.output), None)
        if output is None:
            return "", item.digest
        return output.uri, item.digest or output.digest
    if entry is not None:
        return entry.text("uri"), item.digest or entry.text("digest")
    return item.uri, item.digest


def _written(records: Records, run: Run) -> Iterator[Written]:
    for output in run.outputs:
        if output.dataset is None or output.dataset.ref is None:
            continue
        version = records.catalog.resolve(output.dataset.ref)
        uri = output.uri or (version.text("uri") if version is not None else "")
        digest = output.digest or (version.text("digest") if version is not None else "")
        way: Way = way_to(uri, digest, version, run.id)
        if way.source is Source.REPOSITORY and digest:
            yield Written(str(output.dataset.ref), way.path, digest)


def _repository(records: Records, run: Run) -> str:
    file = records.catalog.file
    return run.code.repository or (file.text("repository") if file is not None else "")


def _obstacles(run: Run) -> Iterator[Obstacle]:
    code, environment = run.code, run.environment
    name = str(run.ref)
    if not code.commit:
        yield Obstacle(f"{name} records no commit", True)
    if not code.command.strip():
        yield Obstacle(f"{name} records no command", True)
    if code.dirty:
        yield Obstacle(f"the code of {name} had changes that are in no commit", False)
    if run.status != "finished":
        yield Obstacle(f"{name} is {run.status}: it has no result to come to", False)
    pinned_image = "@sha256:" in environment.container
    loose = [line.strip() for line in environment.requirements if not is_pinned(line.strip())]
    if not environment.requirements and not pinned_image:
        yield Obstacle(f"{name} records no packages", False)
    elif loose and not pinned_image:
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        yield Obstacle(f"{name} ran with packages that are not pinned: {loose[0]}{more}", False)
    if _PYTHON.fullmatch(environment.python) is None and not pinned_image:
        yield Obstacle(f"{name} records no version of Python", False)


def _words(text: str) -> tuple[tuple[str, ...], str]:
    """Split a command into words; none for one that needs a shell, and why it cannot be run."""
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        tokens = list(lexer)
        words = tuple(shlex.split(text))
    except ValueError as error:
        return (), f"its command cannot be read ({error}): {text.strip()}"
    needs_shell = any(token and set(token) <= _NEEDS_SHELL for token in tokens)
    return (() if needs_shell else words), ""
