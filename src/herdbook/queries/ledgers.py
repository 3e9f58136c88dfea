"""The lines of a ledger, and what the commits of its file add: who recorded each, and what became of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from herdbook.catalog import Catalog
from herdbook.formats import clipped
from herdbook.git import Commit, FileHistory
from herdbook.opening import read_catalog
from herdbook.ref import Ref
from herdbook.tree import MemoryTree

# Clocks differ, and people round.
_TOLERATED = timedelta(minutes=10)
_MOST_COMPARED = 250_000

Line = Mapping[str, Any]
"""A line of a ledger as it stands in its file."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The commit that brought something into the record.

    Attributes:
        commit: its hash.
        author: who wrote it; of a merge, who wrote the last commit that was merged.
        at: when it was committed, in UTC.
        pull_request: the number of the pull request that it came by; null where its message names none.
    """

    commit: str
    author: str
    at: str
    pull_request: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a ledger: an alias that moves, or a version that changes its stage.

    Attributes:
        held_by: the alias, ``@champion``, or the stage that it goes to, ``stage production``.
        version: the version; null where the alias was taken out of use.
        before: the version that the alias pointed to before; null for stages, and where it was new.
        at: when, in UTC, as the ledger says.
        by: who set it.
        approved_by: who approved it, as the ledger declares.
        reason: why.
        evidence: what it rests on.
        recorded: the commit that recorded the line; null where git does not know.
    """

    held_by: str
    version: Ref | None
    before: Ref | None
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]
    recorded: Recorded | None


class DisagreementKind(StrEnum):
    """How the ledger and the history of its file can disagree."""

    LATER = "later"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the ledger and the history of its file disagree.

    Attributes:
        kind: later (a line says that it happened after it was committed), changed or removed (this was done
            to a line after it had been committed).
        held_by: the alias, ``@champion``, or ``stage production``.
        version: the version in the line; null where the alias was taken out of use.
        at: when, in UTC, as the line says.
        message: what happened.
        recorded: the commit that did it; null for a change that is not committed.
    """

    kind: DisagreementKind
    held_by: str
    version: Ref | None
    at: str
    message: str
    recorded: Recorded | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines of one alias, or of the stages (an empty `alias`)."""

    model: str
    path: str
    alias: str
    lines: Sequence[Line]

    def of(self, catalog: Catalog) -> Sequence[Line]:
        """The same lines in another catalog."""
        if self.alias:
            aliases = catalog.aliases.get(self.model)
            return aliases.data["aliases"].get(self.alias, ()) if aliases is not None else ()
        stages = catalog.stages.get(self.model)
        return stages.data["transitions"] if stages is not None else ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a ledger tells, and where the history of its file disagrees."""

    events: tuple[Event, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A ledger file after each commit that changed it, as a catalog of its own, the oldest first.

    `whole` tells whether that is all: a version that cannot be read is left out, and what is new in the next
    one may have been in it.
    """

    versions: Sequence[tuple[Catalog, Recorded | None]]
    whole: bool


def past_of(path: str, history: FileHistory | None) -> Past | None:
    """What a ledger file was after each commit; `None` where git does not know."""
    if history is None:
        return None
    found = []
    # What a shallow clone begins with was there before.
    is_known = whole = history.complete
    for version in history.versions:
        catalog = catalog_of({} if version.content is None else {path: version.content})
        if catalog.refused:
            is_known = whole = False
        else:
            found.append((catalog, recorded_by(version.commit) if is_known else None))
            is_known = True
    return Past(found, whole)


def told(ledger: Ledger, past: Past | None) -> Told:
    """Tell the lines of a ledger, each with the commit that recorded it, and what was done to them since."""
    commits, disagreements = _compared(ledger, past) if past is not None else ([], [])
    events = []
    before: Ref | None = None
    for index, line in enumerate(ledger.lines):
        recorded = commits[index] if commits else None
        version = _version(ledger, line)
        events.append(
            Event(
                held_by=_held_by(ledger, line),
                version=version,
                before=before if ledger.alias else None,
                at=line["at"],
                by=line["by"],
                approved_by=tuple(line.get("approved_by", ())),
                reason=line.get("reason", ""),
                evidence=tuple(line.get("evidence", ())),
                recorded=recorded,
            )
        )
        if recorded is not None and _is_later(line["at"], recorded.at):
            message = f"it says {line['at']}, but was committed before that, at {recorded.at}"
            disagreements.append(_disagreement(DisagreementKind.LATER, ledger, line, message, recorded))
        before = version
    return Told(tuple(events), tuple(disagreements))


def _compared(ledger: Ledger, past: Past) -> tuple[Sequence[Recorded | None], list[Disagreement]]:
    """For each line the commit that recorded it, and what was done to lines that had been committed."""
    lines: Sequence[Line] = ()
    by: Sequence[Recorded | None] = ()
    disagreements: list[Disagreement] = []
    for after, recorded in (
        *((ledger.of(then), commit) for then, commit in past.versions),
        (ledger.lines, None),
    ):
        by, found = _followed(ledger, lines, after, by, recorded)
        disagreements += found
        lines = after
    return by, disagreements


def _followed(
    ledger: Ledger,
    before: Sequence[Line],
    after: Sequence[Line],
    by: Sequence[Recorded | None],
    recorded: Recorded | None,
) -> tuple[list[Recorded | None], list[Disagreement]]:
    """Follow the lines of a ledger through one change of its file."""
    first, last = _common(before, after)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    old_by = by[first : len(before) - last]
    now: list[Recorded | None] = []
    found: list[Disagreement] = []
    for tag, old_from, old_to, new_from, new_to in _opcodes(old, new):
        if tag == "equal":
            now += old_by[old_from:old_to]
            continue
        changed = min(old_to - old_from, new_to - new_from)
        for line, line_after in zip(old[old_from : old_from + changed], new[new_from:new_to], strict=False):
            message = _change(line, line_after)
            found.append(_disagreement(DisagreementKind.CHANGED, ledger, line, message, recorded))
        for line in old[old_from + changed : old_to]:
            message = "the line was taken out of the ledger"
            found.append(_disagreement(DisagreementKind.REMOVED, ledger, line, message, recorded))
        now += old_by[old_from : old_from + changed]
        now += [recorded] * (new_to - new_from - changed)
    return [*by[:first], *now, *by[len(before) - last :]], found


def _common(before: Sequence[Line], after: Sequence[Line]) -> tuple[int, int]:
    """How many lines at the beginning and at the end are the same: of a ledger that grew, all of the old."""
    most = min(len(before), len(after))
    first = 0
    while first < most and before[first] == after[first]:
        first += 1
    last = 0
    while last < most - first and before[-1 - last] == after[-1 - last]:
        last += 1
    return first, last


def _opcodes(old: Sequence[Line], new: Sequence[Line]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > _MOST_COMPARED:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, list(map(_text, old)), list(map(_text, new)), autojunk=False).get_opcodes()


def _disagreement(
    kind: DisagreementKind, ledger: Ledger, line: Line, message: str, recorded: Recorded | None
) -> Disagreement:
    held_by, version = _held_by(ledger, line), _version(ledger, line)
    return Disagreement(kind, held_by, version, line["at"], message, recorded)


def _change(before: Line, after: Line) -> str:
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    parts = [f"{name} was {_shown(before.get(name))} and became {_shown(after.get(name))}" for name in names]
    return "; ".join(parts)


def _shown(value: object) -> str:
    return "nothing" if value is None else clipped(json.dumps(value, ensure_ascii=False))


def _text(line: Line) -> str:
    return json.dumps(line, sort_keys=True)


def _held_by(ledger: Ledger, line: Line) -> str:
    return f"@{ledger.alias}" if ledger.alias else f"stage {line['stage']}"


def _version(ledger: Ledger, line: Line) -> Ref | None:
    return None if line["version"] is None else Ref.model(ledger.model, line["version"])


def recorded_by(commit: Commit) -> Recorded:
    """What is told of a commit."""
    return Recorded(commit.hash, commit.author, commit.at, commit.pull_request)


def _is_later(at: str, committed: str) -> bool:
    try:
        return datetime.fromisoformat(at) > datetime.fromisoformat(committed) + _TOLERATED
    except (ValueError, OverflowError):
        return False


def catalog_of(contents: Mapping[str, bytes]) -> Catalog:
    """Read the catalog that some files make, by their paths inside it."""
    return read_catalog(MemoryTree(contents))
