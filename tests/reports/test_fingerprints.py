from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.check import check
from herdbook.finding import Finding, Place, Severity
from herdbook.opening import read_catalog
from herdbook.reports.fingerprints import fingerprints
from herdbook.source import Route, SourceFile
from herdbook.tree import DirTree
from hostile_reports import HOSTILE, finding
from report_samples import FOLDER, report_of


def of(message: str = "m", path: str = "x.yaml", route: Route = (), rule: str = "r") -> str:
    source = SourceFile(DirTree(Path(), "catalog"), path)
    (mark,) = fingerprints([Finding(rule, Severity.ERROR, message, Place(source, route))])
    return mark


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("auc is 0.81, worse than 0.82", "auc is 0.8, worse than 1"),
        ("12 more lines", "1,300 more lines"),
        ("it stands in line 5 already", "it stands in line 6 already"),
        ("at 3:14", "at 4:1"),
        ("loss is -0.5", "loss is +2.5"),
    ],
)
def test_numbers_that_stand_alone_change_nothing(one: str, other: str) -> None:
    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("models:/churn/1 has no card", "models:/churn/2 has no card"),
        ("runs:/exp-47 is not there", "runs:/exp-48 is not there"),
        ("orders/v2.1 was recalled", "orders/v2.2 was recalled"),
        ("no tag a", "no tag b"),
        ("exp47b", "exp48b"),
    ],
)
def test_names_with_numbers_are_different(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_rule_file_and_keys_make_a_difference_and_positions_do_not() -> None:
    assert of(path="y.yaml") != of() != of(rule="s")
    assert of(route=("inputs", 0, "dataset")) == of(route=("inputs", 7, "dataset"))
    assert of(route=("inputs", 0, "dataset")) != of(route=("inputs", 0, "digest"))
    # Keys are not run together with each other or with the message.
    assert of(route=("a", "b")) != of(route=("ab",)) != of("m\0a", route=("b",))


def test_of_several_that_are_the_same_one_may_go() -> None:
    three = fingerprints([finding(), finding(), finding()])
    assert len(set(three)) == 3
    assert fingerprints([finding(), finding()]) == three[:2]


@given(st.lists(st.builds(finding, HOSTILE, HOSTILE), max_size=8))
def test_no_two_findings_have_one(found: list[Finding]) -> None:
    marks = fingerprints(found)
    assert len(set(marks)) == len(found)


def test_lines_put_in_above_change_nothing(tmp_path: Path) -> None:
    before = report_of(FOLDER / "several.yaml", tmp_path / "one")
    report_of(FOLDER / "several.yaml", tmp_path / "two")
    for file in (tmp_path / "two").rglob("*.yaml"):
        file.write_text(f"# one\n\n# two\n{file.read_text()}")
    after = moved(tmp_path / "two" / "catalog")
    assert [found.place.span.line for found in after] != [found.place.span.line for found in before.findings]
    assert fingerprints(after) == fingerprints(before.findings)


def moved(folder: Path) -> list[Finding]:
    return list(check(read_catalog(DirTree(folder, "catalog")), date(2024, 2, 1)).findings)


def test_the_folder_of_the_catalog_makes_a_difference() -> None:
    assert fingerprints([finding()], "one") != fingerprints([finding()], "two")
