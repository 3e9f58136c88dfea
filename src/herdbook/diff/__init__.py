"""What differs between two catalogs, entry by entry and field by field, in the catalog's own terms.

Nothing here knows where the two came from, or what is allowed. Each change carries the entry before and the
entry after, and the route of what differs in either, so that it can be placed in both files:
``change.before.at(*field.before_route)``, ``change.after.at(*field.after_route)``.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from herdbook.catalog import Catalog
from herdbook.diff.fields import FieldChange as FieldChange
from herdbook.diff.fields import FieldKind as FieldKind
from herdbook.diff.fields import in_mapping, kind_of, same, surely_same
from herdbook.diff.ledgers import LEDGER_FIELDS, lines_of, moves_of
from herdbook.diff.ledgers import AliasMove as AliasMove
from herdbook.diff.ledgers import LineChange as LineChange
from herdbook.diff.ledgers import LineKind as LineKind
from herdbook.diff.ledgers import StageMove as StageMove
from herdbook.diff.renames import NAMES, renames_of
from herdbook.diff.renames import Basis as Basis
from herdbook.diff.renames import Renamed as Renamed
from herdbook.entries import CARD_SECTIONS, NOTHING, CatalogFile, DatasetVersion, Entry, Model, ModelCard
from herdbook.source import SourceFile


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
            if not same(*sides):
                found.append(RecallChange(kind_of(*sides), before, after))
        return tuple(found)

    def _of(self, kind: type[Any]) -> Iterator[tuple[Any, Any, tuple[FieldChange, ...]]]:
        """The entries of a kind on both sides and what differs; of one that is new or gone, everything."""
        for entry in self.added:
            if isinstance(entry, kind):
                yield None, entry, tuple(in_mapping(NOTHING, entry.data))
        for entry in self.removed:
            if isinstance(entry, kind):
                yield entry, None, tuple(in_mapping(entry.data, NOTHING))
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
    renamed = tuple(renames_of(gone, new))
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
        lines=tuple(line for pair in ledgers for line in lines_of(*pair)),
        moves=tuple(move for pair in ledgers for move in moves_of(*pair)),
    )


def _by_identity(catalog: Catalog) -> Iterator[tuple[Hashable, Entry]]:
    for entry in catalog.entries():
        yield (entry.kind, *map(entry.data.get, NAMES[entry.kind])), entry


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
        if earlier.source.path == later.source.path and surely_same(earlier.data, later.data):
            continue
        left_out = LEDGER_FIELDS.get(later.kind)
        fields = tuple(field for field in in_mapping(earlier.data, later.data) if field.steps[0] != left_out)
        change = EntryChange(earlier, later, fields)
        if fields or change.moved or (left_out and not same(earlier.data[left_out], later.data[left_out])):
            yield change
