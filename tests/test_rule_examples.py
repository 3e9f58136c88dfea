"""Every rule flags its Bad examples at exactly the marked lines, and its Good examples not at all."""

from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import read_catalog
from herdbook.check import check
from herdbook.finding import Finding
from herdbook.rules import RULES
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG, Example, examples

TODAY = date(2024, 2, 1)

CASES = [
    pytest.param(rule.ID, example, id=f"{rule.ID}-{example.verdict.lower()}-{number}")
    for rule in RULES
    for number, example in enumerate(examples(rule.__doc__ or ""), 1)
]


def findings(folder: Path) -> tuple[Finding, ...]:
    """Check a folder as of the day of the examples."""
    return check(read_catalog(DirTree(folder)), TODAY).findings


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_is_flagged_where_it_says(rule: str, example: Example, tmp_path: Path) -> None:
    marked = example.lay(tmp_path / "catalog")
    flagged = {
        (finding.place.source.path, finding.place.span.line)
        for finding in findings(tmp_path / "catalog")
        if finding.rule == rule
    }
    assert flagged == marked
    assert bool(marked) == (example.verdict == "Bad")


def test_the_example_catalog_is_sound() -> None:
    assert findings(EXAMPLE_CATALOG) == ()
