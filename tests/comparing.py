"""Ask about the example catalog with changes laid over it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from herdbook.opening import read_catalog
from herdbook.queries.asking import find
from herdbook.queries.compare import Comparison, compare
from herdbook.queries.data_changes import Change
from herdbook.queries.differences import Aspect, Difference, Files
from herdbook.queries.records import Records
from herdbook.tree import DirTree
from rule_examples import case

Ask = Callable[..., list[Difference]]

SAME = "# runs/churn/train-2.yaml\nparams: {depth: 1}\ninputs: [{dataset: orders/v1, role: training}]\n"
"""Laid over, train-2 differs from train-1 in nothing."""


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


def asking(folder: Path) -> Ask:
    """What asks how two entries differ, most often the two versions of the example, after changes."""

    def ask(changes: str, one: str = "churn/2", other: str = "churn/1") -> list[Difference]:
        return list(compared(records_of(folder / "one", changes), one, other).differences)

    return ask


def of(differences: list[Difference], aspect: Aspect) -> list[tuple[str, Change, str, str]]:
    """What some differences of one kind are."""
    return [(item.name, item.change, item.before, item.now) for item in differences if item.aspect is aspect]
