"""Change what people are to know of an entry: its title, its description, notes."""

from herdbook.catalog import Catalog
from herdbook.editing import Edit, Put, Remove
from herdbook.entries import Entry, Run
from herdbook.planning.naming import keep_off_refused_file_of
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find

_HAS = {"title": "another title", "description": "another description", "notes": "other notes"}


def describe(
    catalog: Catalog,
    reference: str,
    *,
    title: str | None = None,
    description: str | None = None,
    notes: str | None = None,
) -> Plan:
    """Give an entry another title, description or notes, or none.

    Blank text takes one away; `None` leaves it as it is. Of description and notes, several lines end in a
    line feed, and one does not.

    Raises:
        HerdbookError: there is no such entry.
    """
    entry = described_entry(catalog, reference)
    texts = {"title": title, "description": _tidy(description), "notes": _tidy(notes)}
    edits: dict[str, Edit] = {}
    for field, text in texts.items():
        if text is not None and text.rstrip() != entry.text(field).rstrip():
            edits[field] = Put((field,), text) if text.strip() else Remove((field,))
    if not edits:
        return Plan(f"{entry.label} is described so already.")
    has = [_HAS[field] if isinstance(edit, Put) else f"no {field}" for field, edit in edits.items()]
    said = f"{entry.label} has {' and '.join(has)} now."
    if edits.keys() & {"title", "description"}:
        said += of_record(entry)
    return Plan(said, {entry.source.path: [*edits.values()]})


def described_entry(catalog: Catalog, reference: str) -> Entry:
    """The entry that somebody means, which has a file that a description can stand in.

    Raises:
        HerdbookError: there is none.
    """
    found = find(catalog, reference)
    if found.entry is None:
        keep_off_refused_file_of(catalog, found.ref)
        raise PlanError(
            f"{found.ref} has no file of its own that a description could stand in; add one with "
            f"`herdbook new {found.ref.kind.value.removesuffix('s')} {found.ref.name}`"
        )
    return found.entry


def of_record(entry: Entry) -> str:
    """A sentence to add where all of an entry but its notes is a record, as it is of a run that ended."""
    if not isinstance(entry, Run) or entry.status == "running":
        return ""
    return " Once a run is merged, the gate lets nobody change that any more; notes it does."


def _tidy(text: str | None) -> str | None:
    if text is None:
        return None
    bare = text.rstrip()
    return f"{bare}\n" if "\n" in bare else bare
