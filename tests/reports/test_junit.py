import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from herdbook.check import Report
from herdbook.finding import Severity
from herdbook.reports.junit import MOST, report_junit
from herdbook.reports.terminal import printable
from herdbook.rules import FAMILIES, RULES
from hostile_reports import HOSTILE, finding, naughty, reports, waived
from report_readers import junit_problems
from report_samples import CASES, change_of, report_of


def valid(written: str) -> ElementTree.Element:
    """The root of a report that keeps to the schema; it is read as bytes, as a file is."""
    root = ElementTree.fromstring(written.encode())
    assert list(junit_problems(root)) == []
    return root


def case(root: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = root.findall(f".//testcase[@name='{name}']")
    return found


def said(element: ElementTree.Element, tag: str) -> str:
    found = element.find(tag)
    assert found is not None
    return found.text or ""


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_reports_keep_to_the_schema(path: Path, tmp_path: Path) -> None:
    report = report_of(path, tmp_path)
    valid(report_junit(report, "catalog"))
    valid(report_junit(change_of(report), "catalog"))


@given(reports())
def test_hostile_reports_keep_to_the_schema(report: Report) -> None:
    valid(report_junit(report, "book", ()))


def test_naughty_strings_keep_to_the_schema(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        valid(report_junit(naughty(text), "book", ()))


@given(HOSTILE)
def test_a_message_is_read_as_it_is_printed(text: str) -> None:
    failure = case(valid(report_junit(Report(1, (finding(text),)), rules=())), "dirty-commit").find("failure")
    assert failure is not None
    assert failure.get("message") == printable(text)
    assert failure.text == printable(f"x.yaml:1:1: error: {text}")


def test_what_breaks_the_schema_is_seen() -> None:
    root = ElementTree.fromstring(report_junit(Report(1, (finding(),))))
    root.find(".//testsuite").set("errors", "7")  # type: ignore[union-attr]  # there is one
    case(root, "dirty-commit").set("file", "x")
    assert len(list(junit_problems(root))) == 2


def test_every_rule_is_a_test_and_every_family_a_suite() -> None:
    root = valid(report_junit(Report(1, ())))
    assert [suite.get("name") for suite in root] == list(FAMILIES)
    assert [found.get("name") for found in root.iter("testcase")] == [rule.ID for rule in RULES]
    assert root.attrib == {"name": "herdbook", "tests": str(len(RULES)), "failures": "0", "errors": "0"}


def test_only_errors_fail() -> None:
    mild = finding("mild", severity=Severity.WARNING, help="Mend it.")
    old, excused = finding("old", rule="missing-seed"), waived(finding("excused", rule="missing-card"))
    root = valid(report_junit(Report(1, (mild,), (excused,), (old,))))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert said(case(root, "dirty-commit"), "system-out") == "x.yaml:1:1: warning: mild\n  help: Mend it."
    assert said(case(root, "missing-seed"), "system-out") == "x.yaml:1:1: from before this change: error: old"
    skipped = case(root, "missing-card").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "waived by bo until 2024-06-30: reason"


def test_a_rule_fails_once_with_all_its_errors() -> None:
    root = valid(report_junit(Report(1, tuple(finding(f"m{number}") for number in range(MOST + 2)))))
    failure = case(root, "dirty-commit").find("failure")
    assert failure is not None
    assert failure.get("message") == f"m0 (and {MOST + 1} more)"
    lines = (failure.text or "").split("\n")
    assert (lines[1], lines[-1]) == ("x.yaml:1:1: error: m1", "... and 2 more")


def test_no_verdict_is_a_test_that_ends_in_an_error() -> None:
    root = valid(report_junit(Report(0, (), errors=("no base", "no reviews"))))
    assert (root.get("failures"), root.get("errors")) == ("0", "1")
    assert said(case(root, "verdict"), "error") == "no base\nno reviews"


def test_what_is_of_no_known_rule_fails_too() -> None:
    root = valid(report_junit(Report(1, (finding(rule="of-tomorrow"),))))
    assert case(root, "of-tomorrow").get("classname") == "herdbook.other"
    assert root.get("failures") == "1"
