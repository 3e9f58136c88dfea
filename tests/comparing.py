"""Ask about the example catalog with changes laid over it."""

from datetime import date
from pathlib import Path

from herdbook.opening import read_catalog
from herdbook.queries.asking import find
from herdbook.queries.compare import Comparison, compare
from herdbook.queries.differences import Files
from herdbook.queries.records import Records
from herdbook.tree import DirTree
from rule_examples import case


def records_of(folder: Path, changes: str = "") -> Records:
    """The example catalog with changes, as of the day of the examples."""
    case(changes).lay(folder / "catalog")
    catalog = read_catalog(DirTree(folder / "catalog"))
    assert catalog.findings == ()
    return Records(catalog, date(2024, 2, 1))


def compared(
    records: Records, one: str, other: str | None = None, files: Files = lambda before, now: None
) -> Comparison:
    """Compare two entries by their names."""
    catalog = records.catalog
    return compare(records, find(catalog, one), find(catalog, other) if other is not None else None, files)
