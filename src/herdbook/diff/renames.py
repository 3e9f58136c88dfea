"""Entries that were removed and added, but are the same ones under another name."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from herdbook.diff.fields import FieldChange, frozen, in_mapping
from herdbook.diff.ledgers import LEDGER_FIELDS
from herdbook.entries import Data, Entry

# The fields in which the names of an entry stand, which together with its kind tell it from all others.
NAMES: Mapping[str, tuple[str, ...]] = {
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


class Basis(StrEnum):
    """By what an entry that was removed and one that was added are taken for the same one.

    All is equal but the names; both were imported from the same place; both have the same digest.
    """

    CONTENT = "content"
    IMPORTED_FROM = "imported-from"
    DIGEST = "digest"


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


def renames_of(gone: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Renamed]:
    """Pair what is gone with what is new; where several could be meant, none is.

    First those that keep a part of their names, such as the number of a version.
    """
    paired: set[Entry] = set()
    kinds = {entry.kind for entry in gone} & {entry.kind for entry in new} - LEDGER_FIELDS.keys()
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
                    fields = in_mapping(_without_names(before), _without_names(after))
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
    names = NAMES[entry.kind]
    return entry.data.get(names[-1]) if len(names) > 1 else None


def _no_name(entry: Entry) -> Hashable:
    return None


def _content(entry: Entry) -> Hashable:
    left = _without_names(entry)
    return frozen(left) if left else None


def _origin(entry: Entry) -> Hashable:
    return frozen(entry.imported_from) if entry.imported_from else None


def _digest(entry: Entry) -> Hashable:
    return entry.text("digest") or None


_CONTENTS: Mapping[Basis, Callable[[Entry], Hashable]] = {
    Basis.CONTENT: _content,
    Basis.IMPORTED_FROM: _origin,
    Basis.DIGEST: _digest,
}


def _without_names(entry: Entry) -> Data:
    hidden = {"kind", *NAMES[entry.kind], *_MORE_NAMES.get(entry.kind, ())}
    return {name: value for name, value in entry.data.items() if name not in hidden}
