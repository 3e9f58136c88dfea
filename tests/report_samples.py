"""Reports of the cases in tests/data/reports, each laid over the example catalog."""

from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import read_catalog
from herdbook.check import Report, check
from herdbook.tree import DirTree
from rule_examples import case

FOLDER = Path(__file__).parent / "data" / "reports"
CASES = sorted(FOLDER.glob("*.yaml"))


def report_of(path: Path, folder: Path) -> Report:
    """Lay a case into a folder and check it as of the day of the examples."""
    case(path.read_text(encoding="utf-8")).lay(folder / "catalog")
    return check(read_catalog(DirTree(folder / "catalog", "catalog")), date(2024, 2, 1))


def compare(written: str, expected: Path) -> None:
    """Compare an output with the whole one that stands beside its case.

    One that is not there is written, and the test fails once: delete one to have it written anew; read it.
    """
    if not expected.exists():
        expected.write_text(written, encoding="utf-8")
        pytest.fail(f"wrote {expected.name}: read it")
    assert written == expected.read_text(encoding="utf-8")
