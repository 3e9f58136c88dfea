"""Findings as GitLab's code quality report, which a merge request shows at its lines."""

from typing import Any

from herdbook.check import Report
from herdbook.finding import Severity
from herdbook.reports.fingerprints import fingerprints
from herdbook.reports.jsontext import json_text
from herdbook.reports.places import path_in_repository
from herdbook.reports.summary import sentences
from herdbook.reports.terminal import printable

# Only errors block; what the base had already blocks nothing.
_SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "minor", Severity.NOTE: "info"}
_OF_EXISTING = {**_SEVERITIES, Severity.ERROR: "major"}


def report_gitlab(report: Report, folder: str = "") -> str:
    """Write a report as GitLab reads it.

    GitLab itself compares the report of a merge request with that of its target, by fingerprints. So what was
    wrong before is in it, or it would be shown as mended; what is waived is not, so that it is. Why there is
    no verdict has no line: it stands at the first one of the catalog's own file, since a report without
    anything in it would look like a pass.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
    """
    marks = fingerprints((*report.findings, *report.existing), folder)
    severities = [
        *(_SEVERITIES[finding.severity] for finding in report.findings),
        *(_OF_EXISTING[finding.severity] for finding in report.existing),
    ]
    catalog = printable(f"{folder}/herdbook.yaml" if folder else "herdbook.yaml")
    issues = [
        _issue("no-verdict", error, f"no-verdict-{number}", "blocker", catalog, 1)
        for number, error in enumerate(report.errors, 1)
    ]
    issues += [
        _issue(
            finding.rule,
            sentences(finding),
            mark,
            severity,
            path_in_repository(finding.place, folder),
            finding.place.span.line,
        )
        for finding, mark, severity in zip(
            (*report.findings, *report.existing), marks, severities, strict=True
        )
    ]
    return json_text(issues)


def _issue(rule: str, said: str, mark: str, severity: str, path: str, line: int) -> dict[str, Any]:
    return {
        "description": printable(said),
        "check_name": rule,
        "fingerprint": mark,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }
