"""What became of the lines of ledgers, and which aliases and stages moved by that."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from herdbook.diff.fields import FieldChange, frozen, in_mapping, same
from herdbook.entries import Aliases, Assignment, Data, Entry, Stages, Transition
from herdbook.source import Route

LEDGER_FIELDS = {"aliases": "aliases", "stages": "transitions"}
"""The kinds of ledgers, and where each keeps its lines."""


class LineKind(StrEnum):
    """What happened to a line of a ledger.

    `ADDED` lines stand behind all that were there before; everything else rewrites what was written.
    """

    ADDED = "added"
    INSERTED = "inserted"
    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of a ledger that was added, or else was rewritten.

    Attributes:
        kind: what happened to it.
        alias: the alias; empty for the ledger of the stages.
        before_ledger: the ledger as it was; None where the file is new.
        after_ledger: the ledger as it is; None where the file is gone.
        before_route: where the line stood; where it is new, where its list stood.
        after_route: where the line stands; where it is gone, where its list stands.
        before: the line as it was; None where it is new.
        after: the line as it is; None where it is gone.
        fields: for an edited line, the values in it that differ.
    """

    kind: LineKind
    alias: str
    before_ledger: Aliases | Stages | None
    after_ledger: Aliases | Stages | None
    before_route: Route
    after_route: Route
    before: Data | None
    after: Data | None
    fields: tuple[FieldChange, ...] = ()

    @property
    def model(self) -> str:
        """The model that the ledger is of."""
        return _model(self.before_ledger, self.after_ledger)


@dataclass(frozen=True, slots=True)
class AliasMove:
    """An alias that points to another version.

    Attributes:
        model: the model.
        alias: the alias.
        before: the version that it pointed to; None where it pointed to none.
        after: the version that it points to; None where it points to none.
        before_ledger: the ledger as it was; None where there was none.
        after_ledger: the ledger as it is; None where there is none any more.
        before_line: the assignment that was in force; None where there was none.
        after_line: the assignment that is in force, perhaps one to no version; None where it is gone.
    """

    model: str
    alias: str
    before: int | None
    after: int | None
    before_ledger: Aliases | None
    after_ledger: Aliases | None
    before_line: Assignment | None
    after_line: Assignment | None


@dataclass(frozen=True, slots=True)
class StageMove:
    """A version that is in another stage.

    Attributes:
        model: the model.
        version: the version.
        before: the stage that it was in; empty where the ledger did not name it.
        after: the stage that it is in; empty where the ledger does not name it any more.
        before_ledger: the ledger as it was; None where there was none.
        after_ledger: the ledger as it is; None where there is none any more.
        before_line: the transition that was in force; None where there was none.
        after_line: the transition that is in force; None where there is none.
    """

    model: str
    version: int
    before: str
    after: str
    before_ledger: Stages | None
    after_ledger: Stages | None
    before_line: Transition | None
    after_line: Transition | None


def lines_of(before: Entry | None, after: Entry | None) -> Iterator[LineChange]:
    """Tell what became of the lines of a ledger; of other entries nothing."""
    ledgers = [ledger if isinstance(ledger, Aliases | Stages) else None for ledger in (before, after)]
    sides = [_lists(ledger) for ledger in ledgers]
    for route in dict.fromkeys((*sides[1], *sides[0])):
        alias = str(route[1]) if len(route) > 1 else ""
        earlier, later = sides[0].get(route, ()), sides[1].get(route, ())
        for kind, old, new in _in_lines(earlier, later):
            there = route if old is None else (*route, old)
            here = route if new is None else (*route, new)
            line = earlier[old] if old is not None else None
            now = later[new] if new is not None else None
            fields: tuple[FieldChange, ...] = ()
            if kind is LineKind.EDITED and line is not None and now is not None:
                fields = tuple(in_mapping(line, now, (there, here)))
            yield LineChange(kind, alias, ledgers[0], ledgers[1], there, here, line, now, fields)


def _lists(ledger: Aliases | Stages | None) -> Mapping[Route, Sequence[Data]]:
    """The lists of a ledger by their routes."""
    match ledger:
        case Aliases():
            return {("aliases", alias): lines for alias, lines in ledger.data["aliases"].items()}
        case Stages():
            return {("transitions",): ledger.data["transitions"]}
        case _:
            return {}


def _in_lines(
    before: Sequence[Data], after: Sequence[Data]
) -> Iterator[tuple[LineKind, int | None, int | None]]:
    """What became of the lines of a list: each with its place before and its place after."""
    start = 0
    while start < min(len(before), len(after)) and same(before[start], after[start]):
        start += 1
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for old in range(start, len(before)):
        waiting[frozen(before[old])].append(old)
    pairs: list[tuple[int, int]] = []
    unmatched: list[int] = []
    for new in range(start, len(after)):
        alike = waiting.get(frozen(after[new]))
        if alike:
            pairs.append((alike.popleft(), new))
        else:
            unmatched.append(new)
    kept = _in_order(pairs)
    left = sorted(old for places in waiting.values() for old in places)
    # What stood between the same two lines that were kept is taken for the same line.
    gaps: dict[int, deque[int]] = defaultdict(deque)
    for old in left:
        gaps[bisect_left(kept, (old, -1))].append(old)
    found: dict[int, tuple[LineKind, int | None]] = {
        new: (LineKind.REORDERED, old) for old, new in set(pairs).difference(kept)
    }
    ends = [new for _, new in kept]
    last = max((new for _, new in pairs), default=-1)
    for new in unmatched:
        there = gaps[bisect_left(ends, new)]
        found[new] = (LineKind.EDITED, there.popleft()) if there else (LineKind.INSERTED, None)
        last = max(last, new) if found[new][1] is not None else last
    for new in sorted(found):
        kind, place = found[new]
        yield (LineKind.ADDED if kind is LineKind.INSERTED and new > last else kind), place, new
    for place in sorted(old for places in gaps.values() for old in places):
        yield LineKind.REMOVED, place, None


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of some pairs, ascending in the second place, that ascends in the first place, too."""
    ends: list[int] = []
    ending: list[int] = []
    before: list[int] = []
    for index, (old, _) in enumerate(pairs):
        place = bisect_left(ends, old)
        before.append(ending[place - 1] if place else -1)
        ends[place : place + 1] = [old]
        ending[place : place + 1] = [index]
    found = []
    index = ending[-1] if ending else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def moves_of(before: Entry | None, after: Entry | None) -> Iterator[AliasMove | StageMove]:
    """Tell which aliases and stages a ledger moved; of other entries nothing."""
    match before, after:
        case (Aliases() | None, Aliases() | None):
            yield from _alias_moves(before, after)
        case (Stages() | None, Stages() | None):
            yield from _stage_moves(before, after)


def _alias_moves(before: Aliases | None, after: Aliases | None) -> Iterator[AliasMove]:
    sides = [
        {alias: lines[-1] for alias, lines in ledger.ledgers.items() if lines} if ledger is not None else {}
        for ledger in (before, after)
    ]
    for alias in dict.fromkeys((*sides[1], *sides[0])):
        earlier, later = sides[0].get(alias), sides[1].get(alias)
        old = earlier.version if earlier is not None else None
        new = later.version if later is not None else None
        if old != new:
            yield AliasMove(_model(before, after), alias, old, new, before, after, earlier, later)


def _stage_moves(before: Stages | None, after: Stages | None) -> Iterator[StageMove]:
    sides = [ledger.current() if ledger is not None else {} for ledger in (before, after)]
    for version in dict.fromkeys((*sides[1], *sides[0])):
        earlier, later = sides[0].get(version), sides[1].get(version)
        old = earlier.stage if earlier is not None else ""
        new = later.stage if later is not None else ""
        if old != new:
            yield StageMove(_model(before, after), version, old, new, before, after, earlier, later)


def _model(before: Aliases | Stages | None, after: Aliases | Stages | None) -> str:
    ledger = after or before
    return ledger.model if ledger is not None else ""
