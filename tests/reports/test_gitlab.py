import json
from pathlib import Path

import pytest
from hypothesis import given

from herdbook.check import Report
from herdbook.finding import Severity
from herdbook.reports.gitlab import report_gitlab
from hostile_reports import finding, naughty, reports, waived
from report_readers import gitlab_problems
from report_samples import CASES, change_of, report_of


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_gitlab_takes_reports(path: Path, tmp_path: Path) -> None:
    report = report_of(path, tmp_path)
    for judged in (report, change_of(report)):
        assert list(gitlab_problems(json.loads(report_gitlab(judged, "catalog")))) == []


@given(reports())
def test_gitlab_takes_hostile_reports(report: Report) -> None:
    issues = json.loads(report_gitlab(report, "book"))
    assert len(issues) == len(report.errors) + len(report.findings) + len(report.existing)
    # A sentence that is empty is not made into one.
    assert [problem for problem in gitlab_problems(issues) if problem != "description is no text"] == []


def test_gitlab_takes_naughty_strings(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        assert list(gitlab_problems(json.loads(report_gitlab(naughty(text or "x"), "book")))) == []


def test_gitlab_refuses_what_is_not_a_report() -> None:
    issues = json.loads(report_gitlab(Report(1, (finding(), finding()))))
    issues[1]["fingerprint"] = issues[0]["fingerprint"]
    issues[0]["severity"] = "error"
    issues[1]["location"] = {"path": "/x", "lines": {"begin": 0}}
    assert list(gitlab_problems(issues)) == [
        "a fingerprint stands for two",
        "error is no severity",
        "/x is not relative to the repository",
        "0 is no line",
    ]


def test_only_what_blocks_is_a_blocker() -> None:
    old = (finding("old"), finding("mild", severity=Severity.WARNING))
    new = tuple(finding(severity, severity=severity) for severity in Severity)
    report = Report(1, new, (waived(finding("excused")),), old, ("no base",))
    issues = json.loads(report_gitlab(report, "book"))
    assert [(issue["description"], issue["severity"]) for issue in issues] == [
        ("no base", "blocker"),
        ("error.", "blocker"),
        ("warning.", "minor"),
        ("note.", "info"),
        ("old.", "major"),
        ("mild.", "minor"),
    ]
    assert issues[0]["location"] == {"path": "book/herdbook.yaml", "lines": {"begin": 1}}


def test_a_finding_is_known_by_the_same_fingerprint_when_it_is_old() -> None:
    (new,) = json.loads(report_gitlab(Report(1, (finding(),))))
    (old,) = json.loads(report_gitlab(Report(1, (), existing=(finding(),))))
    assert new["fingerprint"] == old["fingerprint"]
