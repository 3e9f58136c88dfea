"""What a site was built from, and whether a catalog differs from that by more than notes.

Once a run is merged, its notes are all that may change of it. No other page shows them: of a large catalog,
only the changed files have to be looked at. For this the record of a site names the snapshot of the catalog
that lay in the user's cache, and says what those files held that differed from it. Where the snapshot is
another one, or where anything else changed, nothing is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.queries.records import Records
from herdbook.site.keys import digest, held, outside, said

Content = tuple[bytes, bytes]
"""Digests of what a file holds: of all of it, and of what pages of other entries may show."""


@dataclass(frozen=True)
class Seen:
    """A catalog from which a site was built.

    Attributes:
        snapshot: the name of a snapshot.
        changes: of each file that may hold something else than in the snapshot what it held; `None` of those
            that were no entries.
        outside: a digest of all that pages follow from besides entries.
    """

    snapshot: bytes
    changes: Mapping[str, Content | None]
    outside: bytes


def seen(records: Records) -> Seen | None:
    """Take down what a catalog is; `None` where there is no snapshot to name."""
    memory = records.memory
    if memory is None or memory.kept is None or not memory.kept_as:
        return None
    changed = records.catalog.changed_since(memory.kept)
    if changed is None:
        return None
    changes = {path: _content(records.catalog.at(path)) for path in changed}
    return Seen(memory.kept_as, changes, outside(records))


def remarked(before: Seen | None, now: Seen | None, records: Records) -> tuple[Entry, ...] | None:
    """The entries that have other notes than when a site was built, if nothing else is different.

    Args:
        before: what the site was built from.
        now: what the catalog is.
        records: the catalog.
    """
    memory = records.memory
    if before is None or now is None or memory is None or memory.kept is None:
        return None
    if (before.snapshot, before.outside) != (now.snapshot, now.outside):
        return None
    found = []
    for path in before.changes.keys() | now.changes.keys():
        then, today = (_held_at(path, side, memory.kept) for side in (before, now))
        if then == today:
            continue
        entry = records.catalog.at(path)
        if entry is None or then is None or today is None or then[1] != today[1]:
            return None
        found.append(entry)
    return tuple(found)


def _held_at(path: str, side: Seen, snapshot: Catalog) -> Content | None:
    return side.changes[path] if path in side.changes else _content(snapshot.at(path))


def _content(entry: Entry | None) -> Content | None:
    if entry is None:
        return None
    where = said((entry.kind, entry.source.file, entry.source.path))
    return digest(where, held(entry)), digest(where, held(entry, notes=False))
