"""Findings for programs."""

from collections.abc import Sequence
from typing import Any

from herdbook.check import Report
from herdbook.finding import Finding, Place
from herdbook.reports.jsontext import json_text
from herdbook.telling.document import Line, plain


def report_json(report: Report, facts: Sequence[tuple[str, Line]] = ()) -> str:
    """Write a report as JSON: ``{"verdict", "entries", "findings", "waived", "existing", "errors"}``.

    Of a change, ``"reached"`` says how many of the entries were looked at, where it was not all. Facts, such
    as the base and the head of a change, stand beside the verdict under their names.
    """
    value = {
        "verdict": report.verdict,
        **{name: plain(line) for name, line in facts},
        "entries": report.entries,
        **({"reached": report.reached} if report.reached is not None else {}),
        "findings": [finding_json(finding) for finding in report.findings],
        "waived": [
            {
                **finding_json(waived.finding),
                "owner": waived.waiver.owner,
                "reason": waived.waiver.reason,
                "until": waived.waiver.until,
            }
            for waived in report.waived
        ],
        "existing": [finding_json(finding) for finding in report.existing],
        "errors": report.errors,
    }
    return json_text(value)


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain data."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        **_place(finding.place),
        "message": finding.message,
        "help": finding.help,
        "related": [{**_place(related.place), "message": related.message} for related in finding.related],
    }


def _place(place: Place) -> dict[str, str | int]:
    span = place.span
    return {"file": place.file, "line": span.line, "column": span.column}
