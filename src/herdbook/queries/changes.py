"""What a change changes: entries, what is in force, policy, and the lineage around all that."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from herdbook.diff import Changes, EntryChange, FieldChange, FieldKind, LineKind, Renamed, diff
from herdbook.entries import Entry, Model
from herdbook.lineage import Node
from herdbook.queries.answer import Answer
from herdbook.queries.impact import Subject, SubjectKind, impact
from herdbook.queries.lineage_changes import (
    Drawing,
    LineageEdge,
    State,
    drawing_around,
    edges_around,
    states_of,
)
from herdbook.queries.moves import Moved, moves_between
from herdbook.queries.records import Records
from herdbook.reach import reached
from herdbook.ref import Ref

_MOST_COUNTED = 50
_MOST_LIVE = 20


@dataclass(frozen=True, slots=True)
class Downstream:
    """What depends on something after the change.

    Attributes:
        counts: how many things of each kind.
        live: what of it is in production, the first ones by name.
        live_count: how much of it is in production.
    """

    counts: Mapping[str, int]
    live: tuple[str, ...]
    live_count: int


@dataclass(frozen=True, slots=True)
class RecallOf:
    """A recall of a dataset version.

    Attributes:
        kind: it was added, removed or changed.
        dataset: the dataset version.
        at: when it was recalled, in UTC; of a recall that was removed, what was said before.
        by: who recalled it.
        severity: low, medium, high or critical.
        reason: what is wrong with it.
        replaced_by: the version that takes its place; null where none does.
        downstream: what depends on it; null beyond the first 50 changes.
    """

    kind: FieldKind
    dataset: Ref
    at: str
    by: str
    severity: str
    reason: str
    replaced_by: Ref | None
    downstream: Downstream | None


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A value that differs.

    Attributes:
        steps: the way to it; an item of a list by its name, where it has one.
        kind: it was added, removed, changed, or it is a list in another order.
        before: the value; null where it is new.
        now: the value; null where it is gone.
    """

    steps: tuple[str, ...]
    kind: FieldKind
    before: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Thing:
    """An entry that was added or removed.

    Attributes:
        label: what to call it.
        kind: its kind.
        ref: its reference; null for what nobody refers to.
        title: its title for people, or nothing.
        file: its file, inside the catalog.
        downstream: what depends on it; null for what has no lineage, and beyond the first 50 changes.
    """

    label: str
    kind: str
    ref: Ref | None
    title: str
    file: str
    downstream: Downstream | None


@dataclass(frozen=True, slots=True)
class ChangedEntry:
    """An entry that was changed, or has another name.

    Attributes:
        label: what to call it.
        kind: its kind.
        ref: its reference; null for what nobody refers to.
        title: its title for people, or nothing.
        file: its file, inside the catalog.
        label_before: what it was called; the same where it was not renamed.
        file_before: its file before the change.
        basis: where it was renamed, by what it is taken for the same: content, imported-from or digest; empty
            otherwise.
        fields: the values that differ; those of ledgers are told with the lines.
        downstream: what depends on it; null for what has no lineage, and beyond the first 50 changes.
    """

    label: str
    kind: str
    ref: Ref | None
    title: str
    file: str
    label_before: str
    file_before: str
    basis: str
    fields: tuple[ChangedField, ...]
    downstream: Downstream | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of a ledger that was added, or else rewritten.

    Attributes:
        model: the model.
        alias: the alias; empty in the ledger of the stages.
        kind: added behind all others; or inserted, edited, removed or reordered, which rewrites the ledger.
        before: the line as it was; null where it is new.
        now: the line as it is; null where it is gone.
        fields: for an edited line, the values that differ.
    """

    model: Ref
    alias: str
    kind: LineKind
    before: Any
    now: Any
    fields: tuple[ChangedField, ...]


@dataclass(frozen=True, slots=True)
class CardSection:
    """A section of a card that was gained, lost or changed.

    Attributes:
        card: the model, or the version, that the card is of.
        section: the section.
        kind: it was added, removed or changed.
    """

    card: Ref
    section: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of herdbook.yaml, or of a model's own policy.

    Attributes:
        area: policy, waivers or people.
        model: the model; null for herdbook.yaml.
        field: what differs.
    """

    area: str
    model: Ref | None
    field: ChangedField


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that could not be read before, or cannot be read now, because of its form.

    Attributes:
        file: the file, inside the catalog.
        before: it could not be read before.
        now: it cannot be read now.
    """

    file: str
    before: bool
    now: bool


@dataclass(frozen=True, slots=True)
class CatalogChanges(Answer):
    """What differs between two states of a catalog.

    Attributes:
        base: the state before, as it was named.
        head: the state after, as it was named.
        differs: anything differs.
        moves: what is in force now in place of what; production first.
        recalls: recalls of dataset versions.
        lines: lines of ledgers that were added or rewritten.
        refused: files that cannot be read.
        removed: entries that are gone.
        settings: policy, waivers and people that differ.
        renamed: entries that have another name.
        changed: entries that differ.
        sections: sections of cards that were gained, lost or changed.
        added: entries that are new.
        edges: edges of the lineage, around what changed, that were added or removed.
        drawing: a picture of that.
        live: what is in production and depends on what changed, or changed itself.
    """

    question: ClassVar[str] = "changes"

    base: str
    head: str
    differs: bool
    moves: tuple[Moved, ...]
    recalls: tuple[RecallOf, ...]
    lines: tuple[LedgerLine, ...]
    refused: tuple[RefusedFile, ...]
    removed: tuple[Thing, ...]
    settings: tuple[Setting, ...]
    renamed: tuple[ChangedEntry, ...]
    changed: tuple[ChangedEntry, ...]
    sections: tuple[CardSection, ...]
    added: tuple[Thing, ...]
    edges: tuple[LineageEdge, ...]
    drawing: Drawing
    live: tuple[str, ...]


def changes(
    base: Records, head: Records, names: tuple[str, str] = ("base", "head"), found: Changes | None = None
) -> CatalogChanges:
    """Tell what differs between two states of a catalog.

    Metrics are judged, and aliases are protected, by the policy of the base, or of its judge: a change does
    not choose its own. Where there is no herdbook.yaml before it, that of the head counts.

    The cost is linear in the catalogs, or, where one was read with the help of the other, in what the change
    can reach. What depends on a single change is counted for the first 50 only.

    Args:
        base: the catalog before.
        head: the catalog after.
        names: what to call the two.
        found: what differs, where that is known already.
    """
    judge = base.judge or base.catalog
    judge = judge if judge.file is not None else head.catalog
    between = head.catalog.changed_since(base.catalog)
    before, after = base.catalog, head.catalog
    if between is not None:
        near = reached(before, after, between)
        before, after = near.before, near.after
    differing = diff(before, after) if found is None else found
    base, records = Records(before, base.today), Records(after, head.today, judge)
    states = states_of(differing, base.lineage, records.lineage)
    reach = _Reach(records, states)
    edges = tuple(edges_around(base.lineage, records.lineage, states))
    moves = tuple(moves_between(records, differing.moves))
    # In this order what depends on them is counted, the most important ones first.
    recalls = tuple(_recalls(differing, reach))
    removed = tuple(_thing(entry, reach) for entry in differing.removed)
    renamed = tuple(_changed(pair, reach) for pair in differing.renamed)
    changed = tuple(_changed(change, reach) for change in differing.changed)
    added = tuple(_thing(entry, reach) for entry in differing.added)
    return CatalogChanges(
        base=names[0],
        head=names[1],
        differs=bool(differing),
        moves=moves,
        recalls=recalls,
        lines=tuple(
            LedgerLine(
                Ref.model(line.model), line.alias, line.kind, line.before, line.after, _fields(line.fields)
            )
            for line in differing.lines
        ),
        refused=tuple(
            RefusedFile(each.path, each.before is not None, each.after is not None)
            for each in differing.refused
        ),
        removed=removed,
        settings=tuple(_settings(differing)),
        renamed=renamed,
        changed=changed,
        sections=tuple(
            CardSection(Ref.model(card.model, card.version), each.section, each.kind)
            for each in differing.sections
            if (card := each.after_card or each.before_card) is not None
        ),
        added=added,
        edges=edges,
        drawing=drawing_around(base.lineage, records.lineage, states),
        live=reach.live,
    )


class _Reach:
    """Counts what depends on each change; one question about all of them tells what is in production."""

    def __init__(self, records: Records, states: Mapping[Node, State]) -> None:
        self._lineage = records.lineage
        self._left = _MOST_COUNTED
        nodes = tuple(node for node in states if node in self._lineage)
        whole = impact(records, Subject(SubjectKind.ENTRY, "", nodes))
        self.live = tuple(item.key for item in whole.affected if item.live)
        self._live = frozenset(self.live)

    def of(self, ref: Ref | None) -> Downstream | None:
        node = self._lineage.node(ref) if ref is not None else None
        if node is None or not self._left:
            return None
        self._left -= 1
        below = self._lineage.downstream(node)
        live = sorted(other.key for other in below if other.key in self._live)
        counts = Counter(str(other.kind) for other in below)
        return Downstream(dict(sorted(counts.items())), tuple(live[:_MOST_LIVE]), len(live))


def _recalls(found: Changes, reach: _Reach) -> Iterator[RecallOf]:
    for change in found.recalls:
        stated = change.after if change.kind is not FieldKind.REMOVED else change.before
        recall = stated.recall if stated is not None else None
        if stated is not None and recall is not None:
            yield RecallOf(
                kind=change.kind,
                dataset=stated.ref,
                at=recall.at,
                by=recall.by,
                severity=recall.severity,
                reason=" ".join(recall.reason.split()),
                replaced_by=recall.replaced_by,
                downstream=reach.of(stated.ref),
            )


def _thing(entry: Entry, reach: _Reach) -> Thing:
    return Thing(entry.label, entry.kind, entry.ref, entry.title, entry.source.path, reach.of(entry.ref))


def _changed(change: EntryChange | Renamed, reach: _Reach) -> ChangedEntry:
    return ChangedEntry(
        label=change.after.label,
        kind=change.after.kind,
        ref=change.after.ref,
        title=change.after.title,
        file=change.after.source.path,
        label_before=change.before.label,
        file_before=change.before.source.path,
        basis=str(change.basis) if isinstance(change, Renamed) else "",
        fields=_fields(change.fields),
        downstream=reach.of(change.after.ref),
    )


def _fields(found: Sequence[FieldChange]) -> tuple[ChangedField, ...]:
    return tuple(ChangedField(field.steps, field.kind, field.before, field.after) for field in found)


def _settings(found: Changes) -> Iterator[Setting]:
    for change in found.settings:
        entry = change.after_entry or change.before_entry
        (field,) = _fields([change.field])
        yield Setting(change.area, entry.ref if isinstance(entry, Model) else None, field)
