"""What differs between two runs and what they made, the most likely cause of another result first."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import Column, DatasetVersion, Input, ModelVersion, Run
from herdbook.formats import plain_value
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.requirements import package

Files = Callable[[str, str], Sequence[tuple[str, str]] | None]
"""The files that differ between two commits, each with added, deleted or changed; None where nobody knows."""

_MOST_FILES = 1000


class Aspect(StrEnum):
    """In what two runs can differ."""

    DATA = "data"
    CODE = "code"
    PARAMETER = "parameter"
    SEED = "seed"
    REQUIREMENT = "requirement"
    PYTHON = "python"
    CONTAINER = "container"
    HARDWARE = "hardware"
    PLATFORM = "platform"
    SIGNATURE = "signature"
    COMMAND = "command"


class Change(StrEnum):
    """What happened to a thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that differs.

    Attributes:
        name: its name; for a signature with "input" or "output" in front.
        change: added, removed, or changed (it has another type).
        before: the earlier type; empty if it is new.
        now: the later type; empty if it is gone.
    """

    name: str
    change: Change
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Recalled:
    """Recalled data behind an input.

    Attributes:
        ref: the dataset version that was recalled: the input itself, or something that it was made from.
        reason: why.
        replaced_by: the version that takes its place.
    """

    ref: Ref
    reason: str
    replaced_by: Ref | None


@dataclass(frozen=True, slots=True)
class DataEvidence:
    """How two inputs differ.

    Attributes:
        before_digest: the digest of what was read before.
        now_digest: the digest of what was read now.
        same_content: whether the digests are the same; null where they do not compare, or one is missing.
        before_rows: how many rows the earlier one has; null where nobody recorded it.
        now_rows: how many rows the later one has; null where nobody recorded it.
        columns: the columns that differ, where both schemas are recorded.
        before_recalled: recalled data that the earlier one is, or was made from.
        now_recalled: recalled data that the later one is, or was made from.
    """

    before_digest: str
    now_digest: str
    same_content: bool | None
    before_rows: int | None
    now_rows: int | None
    columns: tuple[ColumnChange, ...]
    before_recalled: Recalled | None
    now_recalled: Recalled | None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs between two commits.

    Attributes:
        path: where it is, from the root of the repository.
        change: added, deleted or changed.
    """

    path: str
    change: str


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """How the code of two runs differs.

    Attributes:
        before_dirty: whether the earlier run had changes that are in no commit; null where nobody knows.
        now_dirty: whether the later run had; null where nobody knows.
        files_known: whether the repository could be asked which files differ.
        files: the files that differ: the entry point, what lies beside it, then the others.
        more_files: how many more differ than are listed.
    """

    before_dirty: bool | None
    now_dirty: bool | None
    files_known: bool
    files: tuple[FileChange, ...]
    more_files: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that differs.

    Attributes:
        aspect: what kind of thing.
        name: which one: the role of an input, the name of a parameter, seed or package.
        change: added, removed, or changed.
        before: what it was; empty if it is new.
        now: what it is; empty if it is gone.
        before_ref: the entry that it was, if it was one.
        now_ref: the entry that it is, if it is one.
        data: the evidence, for data.
        code: the evidence, for code.
        columns: the columns that differ, for a signature.
    """

    aspect: Aspect
    name: str
    change: Change
    before: str
    now: str
    before_ref: Ref | None = None
    now_ref: Ref | None = None
    data: DataEvidence | None = None
    code: CodeEvidence | None = None
    columns: tuple[ColumnChange, ...] = ()


def differences(
    records: Records,
    before: tuple[Run | None, ModelVersion | None],
    now: tuple[Run | None, ModelVersion | None],
    files: Files,
) -> tuple[Difference, ...]:
    """List what differs between two runs and the versions that they made, as far as it is recorded.

    The most likely cause comes first. Recalled data lead: somebody has found out already that they are wrong.
    Then what shapes the result most, and what changes it for everybody in the same way: other data before
    other code, code before parameters (they are chosen on purpose, and are tried out before a promotion).
    Seeds make small differences, packages and Python seldom any, hardware and platform hardly ever. At the
    end stands what explains nothing by itself: the signature, which follows from the rest, data of another
    name with the same content, and the command line, whose meaning the rest tells.
    """
    found: list[Difference] = []
    if before[0] is not None and now[0] is not None:
        found += _of_data(records, before[0], now[0])
        found += _of_code(before[0], now[0], files)
        found += _of_values(Aspect.PARAMETER, before[0].params, now[0].params)
        found += _of_values(Aspect.SEED, before[0].seeds, now[0].seeds)
    found += _of_requirements(before, now)
    if before[0] is not None and now[0] is not None:
        found += _of_surroundings(before[0], now[0])
    found += _of_signatures(before[1], now[1])
    return tuple(sorted(found, key=_rank))


def explains(difference: Difference) -> bool:
    """Tell whether a difference can be the cause of another result by itself."""
    return _rank(difference) < _NO_CAUSE


# Data that are recalled now, and data that were, come before everything else.
_RANKS = {aspect: place for place, aspect in enumerate(Aspect, 2)}
_NO_CAUSE = _RANKS[Aspect.SIGNATURE]


def _rank(difference: Difference) -> float:
    data = difference.data
    if data is None:
        return _RANKS[difference.aspect]
    if data.same_content:
        return _NO_CAUSE + 0.5
    if data.now_recalled is not None:
        return 0
    return 1 if data.before_recalled is not None else _RANKS[Aspect.DATA]


def _of_data(records: Records, before: Run, now: Run) -> Iterator[Difference]:
    sides = [_read_by(records.catalog, run) for run in (before, now)]
    for earlier, later in _pairs(*sides):
        known = later or earlier
        assert known is not None
        yield Difference(
            aspect=Aspect.DATA,
            name=known.role,
            change=_change(earlier, later),
            before=_named(earlier, later),
            now=_named(later, earlier),
            before_ref=earlier.ref if earlier is not None else None,
            now_ref=later.ref if later is not None else None,
            data=_data_evidence(records, earlier, later),
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """What a run read: an entry (an alias is the version of the day), or an address."""

    role: str
    name: str
    ref: Ref | None
    digest: str
    version: DatasetVersion | None

    @classmethod
    def of(cls, catalog: Catalog, run: Run, item: Input) -> "_Read":
        if item.mention is None:
            return cls(item.role, item.uri, None, item.digest, None)
        ref = catalog.pinned(item.ref, run.started_at)
        entry = catalog.resolve(ref) if ref is not None else None
        if entry is not None and entry.ref is not None and ref is not None and ref.output is None:
            ref = entry.ref
        stated = entry.text("digest") if entry is not None and not isinstance(entry, Run) else ""
        version = entry if isinstance(entry, DatasetVersion) else None
        return cls(item.role, str(ref or item.mention.text), ref, item.digest or stated, version)

    @property
    def thing(self) -> str:
        """What stays the same from version to version."""
        return f"{self.ref.kind}:/{self.ref.name}" if self.ref is not None else self.name


def _read_by(catalog: Catalog, run: Run) -> list[_Read]:
    """What a run read; the model version that an evaluation measured is read, too."""
    read = [_Read.of(catalog, run, item) for item in run.inputs]
    if run.evaluates is not None:
        read.append(
            _Read.of(catalog, run, Input(run.evaluates, "", "evaluated", "", "", run.evaluates.route))
        )
    return read


def _pairs(before: list[_Read], now: list[_Read]) -> Iterator[tuple[_Read | None, _Read | None]]:
    """Pair what differs: the same thing in the same role first, then the same thing, then the same role."""
    keys: tuple[Callable[[_Read], object], ...] = (
        lambda read: (read.role, read.name, read.digest),
        lambda read: (read.role, read.name),
        lambda read: (read.role, read.thing),
        lambda read: read.thing,
        lambda read: read.role,
    )
    for key in keys:
        waiting: dict[object, list[_Read]] = defaultdict(list)
        for read in reversed(before):
            waiting[key(read)].append(read)
        left = []
        for later in now:
            if waiting[key(later)]:
                earlier = waiting[key(later)].pop()
                if (earlier.name, earlier.role) != (later.name, later.role) or _same(earlier, later) is False:
                    yield earlier, later
            else:
                left.append(later)
        before = [read for reads in waiting.values() for read in reversed(reads)]
        now = left
    for read in before:
        yield read, None
    for read in now:
        yield None, read


def _named(read: _Read | None, other: _Read | None) -> str:
    """Name an input; with its role where that is what differs."""
    if read is None:
        return ""
    return f"{read.name} as {read.role}" if other is not None and other.role != read.role else read.name


def _same(before: _Read, now: _Read) -> bool | None:
    """Tell whether two inputs have the same content; only digests of one algorithm compare."""
    algorithms = [read.digest.partition(":")[0] for read in (before, now)]
    if not before.digest or not now.digest or algorithms[0] != algorithms[1]:
        return None
    return before.digest == now.digest


def _data_evidence(records: Records, before: _Read | None, now: _Read | None) -> DataEvidence:
    versions = [read.version if read is not None else None for read in (before, now)]
    columns: tuple[ColumnChange, ...] = ()
    if versions[0] is not None and versions[1] is not None:
        schemas = versions[0].columns, versions[1].columns
        columns = tuple(_of_columns(*schemas)) if all(schemas) else ()
    return DataEvidence(
        before_digest=before.digest if before is not None else "",
        now_digest=now.digest if now is not None else "",
        same_content=_same(before, now) if before is not None and now is not None else None,
        before_rows=versions[0].rows if versions[0] is not None else None,
        now_rows=versions[1].rows if versions[1] is not None else None,
        columns=columns,
        before_recalled=recalled(records, before.ref) if before is not None else None,
        now_recalled=recalled(records, now.ref) if now is not None else None,
    )


def recalled(records: Records, ref: Ref | None) -> Recalled | None:
    """The nearest recalled dataset version that something is, or was made from."""
    node = records.lineage.node(ref) if ref is not None else None
    version = records.recalled.get(node) if node is not None else None
    if version is None or version.recall is None:
        return None
    return Recalled(version.ref, " ".join(version.recall.reason.split()), version.recall.replaced_by)


def _of_columns(before: Sequence[Column], now: Sequence[Column], what: str = "") -> Iterator[ColumnChange]:
    """What differs between two lists of columns; those without a name go by their place."""
    types = [
        {column.name or str(place): column.type for place, column in enumerate(columns, 1)}
        for columns in (before, now)
    ]
    for name in dict.fromkeys((*types[0], *types[1])):
        earlier, later = types[0].get(name), types[1].get(name)
        if earlier != later:
            yield ColumnChange(f"{what}{name}", _change(earlier, later), earlier or "", later or "")


def _of_code(before: Run, now: Run, files: Files) -> Iterator[Difference]:
    earlier, later = before.code, now.code
    commits = bool(earlier.commit and later.commit and earlier.commit != later.commit)
    if commits or earlier.dirty or later.dirty:
        listed = files(earlier.commit, later.commit) if commits else ()
        first = (later.entry_point or earlier.entry_point, earlier.entry_point)
        ordered = sorted(listed or (), key=lambda file: (*_distance(file[0], first), file[0]))
        evidence = CodeEvidence(
            before_dirty=earlier.dirty,
            now_dirty=later.dirty,
            files_known=listed is not None,
            files=tuple(FileChange(path, change) for path, change in ordered[:_MOST_FILES]),
            more_files=max(0, len(ordered) - _MOST_FILES),
        )
        yield Difference(Aspect.CODE, "commit", Change.CHANGED, earlier.commit, later.commit, code=evidence)
    for name, one, other in (
        ("repository", earlier.repository, later.repository),
        ("entry point", earlier.entry_point, later.entry_point),
    ):
        if one and other and one != other:
            yield Difference(Aspect.CODE, name, Change.CHANGED, one, other)
    if earlier.command and later.command and earlier.command != later.command:
        yield Difference(Aspect.COMMAND, "", Change.CHANGED, earlier.command, later.command)


def _distance(path: str, entry_points: tuple[str, ...]) -> tuple[bool, bool]:
    folders = {point.rpartition("/")[0] for point in entry_points if point}
    return path not in entry_points, path.rpartition("/")[0] not in folders


def _of_values(aspect: Aspect, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    # What is in both comes first: it is what somebody changed.
    for name in sorted({*before, *now}, key=lambda name: (not (name in before and name in now), name)):
        if name not in before:
            yield Difference(aspect, name, Change.ADDED, "", plain_value(now[name]))
        elif name not in now:
            yield Difference(aspect, name, Change.REMOVED, plain_value(before[name]), "")
        elif not _equal(before[name], now[name]):
            texts = plain_value(before[name]), plain_value(now[name])
            if texts[0] == texts[1]:  # 1 and "1", or nothing and an empty text
                texts = json.dumps(before[name]), json.dumps(now[name])
            yield Difference(aspect, name, Change.CHANGED, *texts)


def _equal(before: Any, now: Any) -> bool:
    """Tell whether two values are the same; other than for Python, true is not 1."""
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(map(_equal, before, now))
    return bool(before == now) and isinstance(before, bool) is isinstance(now, bool)


def _of_requirements(
    before: tuple[Run | None, ModelVersion | None], now: tuple[Run | None, ModelVersion | None]
) -> Iterator[Difference]:
    sides = _comparable_requirements(before, now)
    if sides[0] == sides[1]:
        return
    used = {package(line)[0] for _, version in (before, now) if version for line in version.requirements}
    for name in sorted({*sides[0], *sides[1]}, key=lambda name: (name not in used, name)):
        earlier, later = sides[0].get(name), sides[1].get(name)
        if earlier != later:
            texts = earlier or "", later or ""
            yield Difference(Aspect.REQUIREMENT, name, _change(earlier, later), *texts)


def _comparable_requirements(
    *sides: tuple[Run | None, ModelVersion | None],
) -> tuple[Mapping[str, str], ...]:
    """The packages of both environments, or else what both versions ask for; nothing where one is unknown."""
    environments = [run.environment.requirements if run is not None else () for run, _ in sides]
    asked = [version.requirements if version is not None else () for _, version in sides]
    for lists in (environments, asked):
        if all(lists):
            return tuple(map(_packages, lists)) if lists[0] != lists[1] else ({}, {})
    return {}, {}


def _packages(lines: Sequence[str]) -> Mapping[str, str]:
    """For each package what is said of it; lines that name none stand for themselves."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        name, version = package(line)
        found[name or line.strip()].append(version or line.strip())
    return {name: ", ".join(sorted(said)) for name, said in found.items()}


def _of_surroundings(before: Run, now: Run) -> Iterator[Difference]:
    earlier, later = before.environment, now.environment
    for aspect, one, other in (
        (Aspect.PYTHON, earlier.python, later.python),
        (Aspect.CONTAINER, earlier.container, later.container),
        (Aspect.HARDWARE, earlier.hardware, later.hardware),
        (Aspect.PLATFORM, earlier.platform, later.platform),
    ):
        if one != other and ((one and other) or aspect is Aspect.CONTAINER):
            yield Difference(aspect, "", _change(one or None, other or None), one, other)


def _of_signatures(before: ModelVersion | None, now: ModelVersion | None) -> Iterator[Difference]:
    if before is None or now is None or before.data.get("signature") == now.data.get("signature"):
        return
    earlier, later = before.signature, now.signature
    if earlier is None or later is None:
        return
    columns = tuple(
        change
        for what, one, other in zip(("input ", "output "), earlier, later, strict=True)
        for change in _of_columns(one, other, what)
    )
    if columns:
        yield Difference(Aspect.SIGNATURE, "", Change.CHANGED, "", "", columns=columns)


def _change(before: object, now: object) -> Change:
    return Change.ADDED if before is None else Change.REMOVED if now is None else Change.CHANGED
