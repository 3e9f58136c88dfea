"""What differs between two runs and what they made, the most likely cause of another result first."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from herdbook.entries import ModelVersion, Run
from herdbook.formats import plain_value
from herdbook.queries.data_changes import (
    Change,
    ColumnChange,
    DataEvidence,
    change_of,
    columns_between,
    evidence_of,
    named,
    pairs_read,
)
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
    for earlier, later in pairs_read(records.catalog, before, now):
        known = later or earlier
        assert known is not None
        yield Difference(
            aspect=Aspect.DATA,
            name=known.role,
            change=change_of(earlier, later),
            before=named(earlier, later),
            now=named(later, earlier),
            before_ref=earlier.ref if earlier is not None else None,
            now_ref=later.ref if later is not None else None,
            data=evidence_of(records, earlier, later),
        )


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
            yield Difference(Aspect.REQUIREMENT, name, change_of(earlier, later), *texts)


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
            yield Difference(aspect, "", change_of(one or None, other or None), one, other)


def _of_signatures(before: ModelVersion | None, now: ModelVersion | None) -> Iterator[Difference]:
    if before is None or now is None or before.data.get("signature") == now.data.get("signature"):
        return
    earlier, later = before.signature, now.signature
    if earlier is None or later is None:
        return
    columns = tuple(
        change
        for what, one, other in zip(("input ", "output "), earlier, later, strict=True)
        for change in columns_between(one, other, what)
    )
    if columns:
        yield Difference(Aspect.SIGNATURE, "", Change.CHANGED, "", "", columns=columns)
