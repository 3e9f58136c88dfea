"""What differs between two catalogs, entry by entry and field by field, in the catalog's own terms.

Nothing here knows where the two came from, or what is allowed. Each change carries the entry before and the
entry after, and the route of what differs in either, so that it can be placed in both files:
``change.before.at(*field.before_route)``, ``change.after.at(*field.after_route)``.
"""

import marshal
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import (
    CARD_SECTIONS,
    NOTHING,
    Aliases,
    Assignment,
    CatalogFile,
    Data,
    DatasetVersion,
    Entry,
    Model,
    ModelCard,
    Stages,
    Transition,
)
from herdbook.source import Route, SourceFile


class FieldKind(StrEnum):
    """What happened to a value: `REORDERED` is said of a list whose items only stand in another order."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"


class LineKind(StrEnum):
    """What happened to a line of a ledger.

    `ADDED` lines stand behind all that were there before; everything else rewrites what was written.
    """

    ADDED = "added"
    INSERTED = "inserted"
    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"


class Basis(StrEnum):
    """By what an entry that was removed and one that was added are taken for the same one.

    All is equal but the names; both were imported from the same place; both have the same digest.
    """

    CONTENT = "content"
    IMPORTED_FROM = "imported-from"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value of an entry that differs.

    Attributes:
        kind: what happened to it.
        steps: the way to it in words; an item of a list by its name, where it has one: ``inputs``,
            ``orders/v2``, ``digest``.
        before_route: where it stood; where it is new, where it would have stood.
        after_route: where it stands; where it is gone, where it would stand.
        before: the value; None where it is new.
        after: the value; None where it is gone.
    """

    kind: FieldKind
    steps: tuple[str, ...]
    before_route: Route
    after_route: Route
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry that is in both catalogs under the same name, and differs.

    Attributes:
        before: the entry as it was.
        after: the entry as it is.
        fields: the values that differ, in the order of the file, without the lines of a ledger. Where there
            are none, only such lines differ, or the file stands at another path.
    """

    before: Entry
    after: Entry
    fields: tuple[FieldChange, ...]

    @property
    def moved(self) -> bool:
        """Tell whether the file stands at another path."""
        return self.before.source.path != self.after.source.path


@dataclass(frozen=True, slots=True)
class Renamed:
    """An entry that was removed and one of the same kind that was added, which are one. Never a ledger.

    Attributes:
        before: the entry as it was.
        after: the entry as it is.
        basis: by what they are taken for the same one.
        fields: the values that differ apart from the names.
    """

    before: Entry
    after: Entry
    basis: Basis
    fields: tuple[FieldChange, ...]


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


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section of a card that was gained, lost or changed.

    Attributes:
        kind: added, removed or changed.
        section: the name of the section.
        before_card: the card as it was; None where it is new.
        after_card: the card as it is; None where it is gone.
    """

    kind: FieldKind
    section: str
    before_card: ModelCard | None
    after_card: ModelCard | None


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting of herdbook.yaml, or of a model's own policy, that differs.

    Attributes:
        area: policy, waivers or people.
        before_entry: herdbook.yaml or the model as it was; None where it is new.
        after_entry: herdbook.yaml or the model as it is; None where it is gone.
        field: the value that differs; where the entry is new or gone, all of the area.
    """

    area: str
    before_entry: CatalogFile | Model | None
    after_entry: CatalogFile | Model | None
    field: FieldChange


@dataclass(frozen=True, slots=True)
class RecallChange:
    """A recall of a dataset version that was declared, withdrawn or changed.

    Attributes:
        kind: added, removed or changed.
        before: the dataset version as it was; None where it is new.
        after: the dataset version as it is; None where it is gone.
    """

    kind: FieldKind
    before: DatasetVersion | None
    after: DatasetVersion | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that yields no entry because of its form, before or after, and was changed.

    What cannot be read after is not among the removed entries: it may still be meant. What could not be read
    before is among the added ones, with all its lines and moves.

    Attributes:
        path: the path of the file.
        before: the file as it was refused; None where it was not.
        after: the file as it is refused; None where it is not.
        before_entry: the entry that stood there; None where there was none.
        after_entry: the entry that stands there; None where there is none.
    """

    path: str
    before: SourceFile | None
    after: SourceFile | None
    before_entry: Entry | None
    after_entry: Entry | None


@dataclass(frozen=True)
class Changes:
    """What differs between two catalogs. What is in none of the first five fields did not change.

    Attributes:
        added: entries that are new, kind by kind; renamed ones are not among them.
        removed: entries that are gone, kind by kind; renamed ones are not among them.
        changed: entries that differ. A ledger is here too, without its lines.
        renamed: entries that have another name.
        refused: files that could not be read before, or cannot be read after.
        lines: lines of ledgers that were added or rewritten; also those of ledgers that are new or gone.
        moves: aliases that point to other versions, and versions that are in other stages. A ledger that is
            refused after moves nothing.
    """

    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[EntryChange, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    refused: tuple[Refused, ...] = ()
    lines: tuple[LineChange, ...] = ()
    moves: tuple[AliasMove | StageMove, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed or self.refused)

    @cached_property
    def sections(self) -> tuple[SectionChange, ...]:
        """The sections of cards that were gained, lost or changed; of a new card, all of its sections."""
        return tuple(
            SectionChange(field.kind, field.steps[0], before, after)
            for before, after, fields in self._of(ModelCard)
            for field in fields
            if field.steps[0] in CARD_SECTIONS
        )

    @cached_property
    def settings(self) -> tuple[SettingChange, ...]:
        """What differs in the policy, waivers and people of herdbook.yaml and in the policies of models."""
        return tuple(
            SettingChange(field.steps[0], before, after, field)
            for kind, areas in ((CatalogFile, ("policy", "waivers", "people")), (Model, ("policy",)))
            for before, after, fields in self._of(kind)
            for field in fields
            if field.steps[0] in areas
        )

    @cached_property
    def recalls(self) -> tuple[RecallChange, ...]:
        """The recalls of dataset versions that were declared, withdrawn or changed."""
        found = []
        for before, after, _ in self._of(DatasetVersion):
            sides = [entry.data.get("recall") if entry is not None else None for entry in (before, after)]
            if not _same(*sides):
                found.append(RecallChange(_kind(*sides), before, after))
        return tuple(found)

    def _of(self, kind: type[Any]) -> Iterator[tuple[Any, Any, tuple[FieldChange, ...]]]:
        """The entries of a kind on both sides and what differs; of one that is new or gone, everything."""
        for entry in self.added:
            if isinstance(entry, kind):
                yield None, entry, tuple(_in_mapping(NOTHING, entry.data))
        for entry in self.removed:
            if isinstance(entry, kind):
                yield entry, None, tuple(_in_mapping(entry.data, NOTHING))
        pairs: tuple[EntryChange | Renamed, ...] = (*self.changed, *self.renamed)
        for pair in pairs:
            if isinstance(pair.after, kind):
                yield pair.before, pair.after, pair.fields


def diff(base: Catalog, head: Catalog) -> Changes:
    """Tell what differs between two catalogs. The cost is linear in their entries; equal ones cost least."""
    before, after = (dict(_by_identity(catalog)) for catalog in (base, head))
    changed = tuple(_changed(before, after))
    gone = [entry for key, entry in before.items() if key not in after and not _is_refused(head, entry)]
    new = [entry for key, entry in after.items() if key not in before]
    renamed = tuple(_renamed(gone, new))
    paired = {entry for change in renamed for entry in (change.before, change.after)}
    ledgers: list[tuple[Entry | None, Entry | None]] = [
        *((change.before, change.after) for change in changed),
        *((None, entry) for entry in new),
        *((entry, None) for entry in gone),
    ]
    return Changes(
        added=tuple(entry for entry in new if entry not in paired),
        removed=tuple(entry for entry in gone if entry not in paired),
        changed=changed,
        renamed=renamed,
        refused=tuple(_refused(base, head)),
        lines=tuple(line for pair in ledgers for line in _lines(*pair)),
        moves=tuple(move for pair in ledgers for move in _moves(*pair)),
    )


_LEDGER_FIELDS = {"aliases": "aliases", "stages": "transitions"}
# The fields in which the names of an entry stand, which together with its kind tell it from all others.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "catalog": (),
    "dataset": ("name",),
    "dataset-version": ("dataset", "version"),
    "run": ("id",),
    "model": ("name",),
    "model-version": ("model", "version"),
    "model-card": ("model", "version"),
    "aliases": ("model",),
    "stages": ("model",),
    "endpoint": ("name",),
}
# What else changes with a name: where the file of a run stands.
_MORE_NAMES: Mapping[str, tuple[str, ...]] = {"catalog": ("name",), "run": ("experiment",)}


def _by_identity(catalog: Catalog) -> Iterator[tuple[Hashable, Entry]]:
    for entry in catalog.entries():
        yield (entry.kind, *map(entry.data.get, _NAMES[entry.kind])), entry


def _is_refused(catalog: Catalog, entry: Entry) -> bool:
    return entry.source.path in catalog.refused or entry.expected_path in catalog.refused


def _refused(base: Catalog, head: Catalog) -> Iterator[Refused]:
    paths = sorted(base.refused.keys() | head.refused.keys())
    if not paths:
        return
    read = [{entry.source.path: entry for entry in catalog.entries()} for catalog in (base, head)]
    for path in paths:
        before, after = base.refused.get(path), head.refused.get(path)
        if before is None or after is None or before.text != after.text:
            yield Refused(path, before, after, read[0].get(path), read[1].get(path))


def _changed(before: Mapping[Hashable, Entry], after: Mapping[Hashable, Entry]) -> Iterator[EntryChange]:
    for key, later in after.items():
        earlier = before.get(key)
        if earlier is None:
            continue
        if earlier.source.path == later.source.path and _surely_same(earlier.data, later.data):
            continue
        left_out = _LEDGER_FIELDS.get(later.kind)
        fields = tuple(field for field in _in_mapping(earlier.data, later.data) if field.steps[0] != left_out)
        change = EntryChange(earlier, later, fields)
        if fields or change.moved or (left_out and not _same(earlier.data[left_out], later.data[left_out])):
            yield change


def _renamed(gone: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Renamed]:
    """Pair what is gone with what is new; where several could be meant, none is.

    First those that keep a part of their names, such as the number of a version.
    """
    paired: set[Entry] = set()
    kinds = {entry.kind for entry in gone} & {entry.kind for entry in new} - _LEDGER_FIELDS.keys()
    gone, new = ([entry for entry in side if entry.kind in kinds] for side in (gone, new))
    for basis, content in _CONTENTS.items():
        for names in (_last_name, _no_name):
            sides = [
                _alone((entry for entry in side if entry not in paired), content, names)
                for side in (gone, new)
            ]
            for key, before in sides[0].items():
                after = sides[1].get(key)
                if before is not None and after is not None:
                    paired |= {before, after}
                    fields = _in_mapping(_without_names(before), _without_names(after))
                    yield Renamed(before, after, basis, tuple(fields))


def _alone(
    entries: Iterator[Entry], content: Callable[[Entry], Hashable], names: Callable[[Entry], Hashable]
) -> Mapping[Hashable, Entry | None]:
    """Each entry by its content; None where several have the same."""
    found: dict[Hashable, Entry | None] = {}
    for entry in entries:
        known = content(entry)
        if known is not None:
            key = (entry.kind, names(entry), known)
            found[key] = entry if key not in found else None
    return found


def _last_name(entry: Entry) -> Hashable:
    names = _NAMES[entry.kind]
    return entry.data.get(names[-1]) if len(names) > 1 else None


def _no_name(entry: Entry) -> Hashable:
    return None


def _content(entry: Entry) -> Hashable:
    left = _without_names(entry)
    return _frozen(left) if left else None


def _origin(entry: Entry) -> Hashable:
    return _frozen(entry.imported_from) if entry.imported_from else None


def _digest(entry: Entry) -> Hashable:
    return entry.text("digest") or None


_CONTENTS: Mapping[Basis, Callable[[Entry], Hashable]] = {
    Basis.CONTENT: _content,
    Basis.IMPORTED_FROM: _origin,
    Basis.DIGEST: _digest,
}


def _without_names(entry: Entry) -> Data:
    hidden = {"kind", *_NAMES[entry.kind], *_MORE_NAMES.get(entry.kind, ())}
    return {name: value for name, value in entry.data.items() if name not in hidden}


def _lines(before: Entry | None, after: Entry | None) -> Iterator[LineChange]:
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
                fields = tuple(_in_mapping(line, now, (there, here)))
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
    while start < min(len(before), len(after)) and _same(before[start], after[start]):
        start += 1
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for old in range(start, len(before)):
        waiting[_frozen(before[old])].append(old)
    pairs: list[tuple[int, int]] = []
    unmatched: list[int] = []
    for new in range(start, len(after)):
        alike = waiting.get(_frozen(after[new]))
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


def _moves(before: Entry | None, after: Entry | None) -> Iterator[AliasMove | StageMove]:
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


_Routes = tuple[Route, Route]


def _in_mapping(
    before: Data, after: Data, routes: _Routes = ((), ()), steps: tuple[str, ...] = ()
) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*after, *before)):
        inner = (*routes[0], name), (*routes[1], name)
        if name in before and name in after:
            yield from _in_value(before[name], after[name], inner, (*steps, name))
        else:
            kind = FieldKind.ADDED if name in after else FieldKind.REMOVED
            yield FieldChange(kind, (*steps, name), *inner, before.get(name), after.get(name))


def _in_value(before: Any, after: Any, routes: _Routes, steps: tuple[str, ...]) -> Iterator[FieldChange]:
    if _same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _in_mapping(before, after, routes, steps)
        return
    if isinstance(before, list) and isinstance(after, list):
        names = _names(before), _names(after)
        if names[0] is not None and names[1] is not None:
            yield from _in_list((before, names[0]), (after, names[1]), routes, steps)
            return
    yield FieldChange(FieldKind.CHANGED, steps, *routes, before, after)


def _in_list(
    before: tuple[list[Any], Sequence[str]],
    after: tuple[list[Any], Sequence[str]],
    routes: _Routes,
    steps: tuple[str, ...],
) -> Iterator[FieldChange]:
    """What differs in a list of named things, one by one."""
    places = [{name: place for place, name in enumerate(names)} for _, names in (before, after)]
    for name, new in places[1].items():
        old = places[0].get(name)
        inside = (*steps, name)
        if old is None:
            yield FieldChange(FieldKind.ADDED, inside, routes[0], (*routes[1], new), None, after[0][new])
        else:
            there = (*routes[0], old), (*routes[1], new)
            yield from _in_value(before[0][old], after[0][new], there, inside)
    for name, old in places[0].items():
        if name not in places[1]:
            inside = (*steps, name)
            yield FieldChange(FieldKind.REMOVED, inside, (*routes[0], old), routes[1], before[0][old], None)
    kept = [old for name in places[1] if (old := places[0].get(name)) is not None]
    if kept != sorted(kept):
        yield FieldChange(FieldKind.REORDERED, steps, *routes, before[0], after[0])


def _names(items: list[Any]) -> Sequence[str] | None:
    """The names of the items of a list, each only once; None where not all of them have one."""
    found = []
    times: Counter[str] = Counter()
    for item in items:
        name = _name(item)
        if not name:
            return None
        times[name] += 1
        # A blank and a number sign: no name of an entry ends so.
        found.append(name if times[name] == 1 else f"{name} #{times[name]}")
    return found if len(set(found)) == len(found) else None


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return ""
    if "by" in item and isinstance(item["by"], dict):  # a slice
        return ", ".join(f"{key}={item['by'][key]}" for key in sorted(item["by"]))
    if "rule" in item and "entry" in item:  # a waiver
        return f"{item['rule']} for {item['entry']}"
    if "paths" in item:  # an override of the policy
        return ", ".join(item["paths"])
    return str(next((item[key] for key in ("name", "dataset", "model", "run", "uri") if key in item), ""))


def _kind(before: object, after: object) -> FieldKind:
    return FieldKind.ADDED if before is None else FieldKind.REMOVED if after is None else FieldKind.CHANGED


def _surely_same(before: Any, after: Any) -> bool:
    """Tell at once of most values that are the same that they are."""
    if before is after:
        return True
    # This form of a value, the last one without references inside, tells true from 1, and is soon written.
    return before == after and marshal.dumps(before, 2) == marshal.dumps(after, 2)


def _same(before: Any, after: Any) -> bool:
    """Tell whether two values are the same; other than for Python, true is not 1."""
    return bool(before == after) and _frozen(before) == _frozen(after)


def _frozen(value: Any) -> Hashable:
    """A value in a form that is equal for the same values only."""
    if isinstance(value, dict):
        return "mapping", tuple(sorted((name, _frozen(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return "list", tuple(map(_frozen, value))
    return ("truth", value) if isinstance(value, bool) else value
