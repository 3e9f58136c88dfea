"""Set and remove tags."""

from herdbook.catalog import Catalog
from herdbook.editing import Put, Remove
from herdbook.entries import Entry
from herdbook.planning.describing import of_record
from herdbook.planning.naming import keep_off_refused_file_of
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find, shown


def set_tag(catalog: Catalog, reference: str, key: str, value: str) -> Plan:
    """Give an entry a tag, or a tag another value.

    Raises:
        HerdbookError: there is no such entry.
    """
    entry = _entry(catalog, reference)
    if entry.tags.get(key) == value:
        return Plan(f"{entry.label} has the tag {shown(key)} with this value already.")
    said = f"{entry.label} has the tag {shown(key)}.{of_record(entry)}"
    return Plan(said, {entry.source.path: [Put(("tags", key), value)]})


def unset_tag(catalog: Catalog, reference: str, key: str) -> Plan:
    """Take a tag from an entry; with the last one, ``tags`` goes as well.

    Raises:
        HerdbookError: there is no such entry, or it has no such tag.
    """
    entry = _entry(catalog, reference)
    if key not in entry.tags:
        known = f"it has {', '.join(map(shown, entry.tags))}" if entry.tags else "it has none"
        raise PlanError(f"{entry.label} has no tag {shown(key)}; {known}")
    route = ("tags", key) if len(entry.tags) > 1 else ("tags",)
    said = f"{entry.label} has no tag {shown(key)} any more.{of_record(entry)}"
    return Plan(said, {entry.source.path: [Remove(route)]})


def _entry(catalog: Catalog, reference: str) -> Entry:
    found = find(catalog, reference)
    if found.entry is None:
        keep_off_refused_file_of(catalog, found.ref)
        raise PlanError(f"{found.ref} has no file of its own that a tag could stand in; write one first")
    return found.entry
