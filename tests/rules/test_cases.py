"""Cases beyond the examples in the docstrings: tests/data/rules/<rule>/<case>.yaml, written like an example.

A line that must be flagged ends in ``# <- here``, or in ``# <- here: `` and part of the message or help.
Where no line is marked, the rule must find nothing.
"""

import re
from pathlib import Path

import pytest

from herdbook.rules import RULES
from rule_examples import case
from test_rule_examples import of_example

FOLDER = Path(__file__).parent.parent / "data" / "rules"
CASES = sorted(FOLDER.glob("*/*.yaml"))


def test_cases_belong_to_rules() -> None:
    assert {path.parent.name for path in CASES} <= {rule.ID for rule in RULES}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case_is_flagged_where_and_as_it_says(path: Path, tmp_path: Path) -> None:
    _, findings = of_example(path.parent.name, case(path.read_text()), tmp_path)
    catalog = tmp_path / "head" / "catalog"
    expected = [
        (fragment, line, said)
        for fragment in sorted(file.relative_to(catalog) for file in catalog.rglob("*.yaml"))
        for line, said in _marks((catalog / fragment).read_text())
    ]
    found = [
        (Path(finding.place.source.path), finding.place.span.line, f"{finding.message}. {finding.help}")
        for finding in findings
    ]
    assert [place[:2] for place in found] == [place[:2] for place in expected], found
    for (_, _, text), (_, _, said) in zip(found, expected, strict=True):
        assert said in text


def _marks(text: str) -> list[tuple[int, str]]:
    return [
        (number, match[1] or "")
        for number, line in enumerate(text.split("\n"), 1)
        if (match := re.search(r"# <- here(?:: (.+))?$", line))
    ]
