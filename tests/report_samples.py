"""Reports of the cases in tests/data/reports, each laid over the example catalog, in every form."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from herdbook import __version__
from herdbook.check import Report, check
from herdbook.finding import Severity
from herdbook.opening import read_catalog
from herdbook.reports.github import report_github
from herdbook.reports.gitlab import report_gitlab
from herdbook.reports.json import report_json
from herdbook.reports.junit import report_junit
from herdbook.reports.markdown import report_markdown
from herdbook.reports.sarif import report_sarif
from herdbook.reports.text import report_text
from herdbook.rules import RULES, Rule
from herdbook.tree import DirTree
from rule_examples import case

FOLDER = Path(__file__).parent / "data" / "reports"
CASES = sorted(FOLDER.glob("*.yaml"))
FILES = "https://forge.example/ana/book/blob/0f4b1c3"

FORMS: Mapping[str, Callable[[Report], str]] = {
    "txt": report_text,
    "json": report_json,
    "github": lambda report: report_github(report, "catalog"),
    "sarif": lambda report: report_sarif(
        report, "catalog", change=bool(report.existing), rules=named(report)
    ),
    "junit.xml": lambda report: report_junit(report, "catalog", named(report)),
    "gitlab.json": lambda report: report_gitlab(report, "catalog"),
    "md": lambda report: report_markdown(report, "catalog", files=FILES),
}
"""Every form, by the ending of its snapshots."""


def report_of(path: Path, folder: Path) -> Report:
    """Lay a case into a folder and check it as of the day of the examples."""
    case(path.read_text(encoding="utf-8")).lay(folder / "catalog")
    return check(read_catalog(DirTree(folder / "catalog", "catalog")), date(2024, 2, 1))


def change_of(report: Report) -> Report:
    """A report as it would be of a change: every second finding is an old one, and there is no verdict."""
    milder = [
        finding._replace(severity=severity)
        for finding, severity in zip(report.findings[::2], (*Severity, *Severity), strict=False)
    ]
    errors = ("there is no base ::error::x: fetch it with `fetch-depth: 2`", "##[error]\x1b[31m@ana #12")
    return replace(report, findings=tuple(milder), existing=report.findings[1::2], errors=errors)


def named(report: Report) -> list[Rule]:
    """The rules that found something: the others only make a sample longer."""
    found = {finding.rule for finding in (*report.findings, *report.existing)}
    found |= {waived.finding.rule for waived in report.waived}
    return [rule for rule in RULES if rule.ID in found]


def compare(written: str, expected: Path) -> None:
    """Compare an output with the whole one that stands beside its case.

    One that is not there is written, and the test fails once: delete one to have it written anew; read it.
    """
    stable = written.replace(__version__, "VERSION")
    if not expected.exists():
        expected.write_text(stable, encoding="utf-8")
        pytest.fail(f"wrote {expected.name}: read it")
    assert stable == expected.read_text(encoding="utf-8")
