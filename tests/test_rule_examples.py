"""Every rule flags its Bad examples at exactly the marked lines, and its Good examples not at all.

Rules about changes compare an example with the example catalog as it was before. Reviews are at hand then,
but nobody's counts.
"""

from datetime import date
from pathlib import Path

import pytest

from herdbook.approvals import Approvals
from herdbook.check import check, context_of, judge
from herdbook.diff import diff
from herdbook.finding import Finding, Severity
from herdbook.opening import read_catalog
from herdbook.policy import Policy
from herdbook.rules import RULES
from herdbook.rules.context import Change
from herdbook.rules.options import CHANGE
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG, Example, examples

TODAY = date(2024, 2, 1)
SEVERITIES = {rule.ID: rule.SEVERITY for rule in RULES}
"""The gravest that a rule's findings are, unless the policy says otherwise."""
_GRAVITY = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}
OF_CHANGES = frozenset(rule.ID for rule in RULES if rule.FAMILY == CHANGE)

CASES = [
    pytest.param(rule.ID, example, id=f"{rule.ID}-{example.verdict.lower()}-{number}")
    for rule in RULES
    for number, example in enumerate(examples(rule.__doc__ or ""), 1)
]


def findings(folder: Path, base: Path | None = None) -> tuple[Finding, ...]:
    """Check a folder as of the day of the examples; with a base, as a change of it and by its policy."""
    catalog = read_catalog(DirTree(folder))
    if base is None:
        return check(catalog, TODAY).findings
    before, around = read_catalog(DirTree(base)), DirTree(folder.parent)
    outside = [path for path in folder.parent.rglob("*") if path.is_file() and folder not in path.parents]
    files = tuple(SourceFile(around, path.relative_to(folder.parent).as_posix()) for path in outside)
    change = Change(before, Policy.of(before), diff(before, catalog), Approvals(), files)
    return judge(context_of(catalog, Policy.of(before), TODAY, change)).findings


def of_example(rule: str, example: Example, folder: Path) -> tuple[set[tuple[str, int]], list[Finding]]:
    """The places that an example marks, and what a rule finds in it."""
    catalog, base = folder / "head" / "catalog", folder / "base"
    marked = example.lay(catalog)
    example.lay_base(base)
    found = findings(catalog, base if rule in OF_CHANGES else None)
    return marked, [finding for finding in found if finding.rule == rule]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_is_flagged_where_it_says(rule: str, example: Example, tmp_path: Path) -> None:
    marked, found = of_example(rule, example, tmp_path)
    assert {(finding.place.source.path, finding.place.span.line) for finding in found} == marked
    assert bool(marked) == (example.verdict == "Bad")
    assert all(_GRAVITY[finding.severity] <= _GRAVITY[SEVERITIES[rule]] for finding in found)


def test_the_example_catalog_is_sound() -> None:
    assert findings(EXAMPLE_CATALOG) == ()
    assert findings(EXAMPLE_CATALOG, EXAMPLE_CATALOG) == ()
