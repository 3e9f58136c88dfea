"""All that a catalog says, to compare it with another one."""

import json
from typing import Any

from herdbook.catalog import Catalog
from herdbook.finding import Place
from herdbook.yaml.parsed import Span


def facts(catalog: Catalog) -> Any:
    """All that a catalog says, in its order; values with the types and the order of their keys."""
    return (
        [(source.file, json.dumps(source.value)) for source in catalog.sources],
        [(entry.kind, entry.source.path, json.dumps(entry.data)) for entry in catalog.entries()],
        [
            (
                (found.rule, found.severity, found.message, found.help, *spot(found.place)),
                [(other.message, *spot(other.place)) for other in found.related],
            )
            for found in catalog.findings
        ],
        catalog.file is not None,
    )


def spot(place: Place) -> tuple[str, Span]:
    """Where a place is."""
    return place.file, place.span
