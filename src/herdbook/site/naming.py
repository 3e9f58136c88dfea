"""What readers of the site know an entry by."""

import re
from typing import Final

from herdbook.entries import Entry, Run
from herdbook.ref import Ref
from herdbook.site import svg

# Runs of MLflow, and what else is named by a UUID.
_BY_A_MACHINE: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TITLE_LENGTH: Final = 40
_NAME_LENGTH: Final = 8


def name_for_readers(ref: Ref, entry: Entry | None) -> str:
    """Name an entry; a run that a machine named is called by its title and the beginning of its name."""
    if not isinstance(entry, Run) or not _BY_A_MACHINE.fullmatch(entry.id):
        return ref.short
    title = svg.clipped(entry.title, _TITLE_LENGTH)
    if not title or title == entry.id:
        return ref.short
    output = f"/{ref.output}" if ref.output is not None else ""
    return f"{title} {entry.id[:_NAME_LENGTH]}{output}"
