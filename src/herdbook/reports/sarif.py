"""Findings as SARIF 2.1.0, for code scanning pages and for editors."""

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from herdbook import __version__
from herdbook.check import Report, Waived
from herdbook.finding import Finding, Place, Severity
from herdbook.formats import plural
from herdbook.reports.fingerprints import fingerprints
from herdbook.reports.jsontext import without_commands
from herdbook.reports.places import path_in_repository
from herdbook.reports.summary import sentences
from herdbook.reports.terminal import printable
from herdbook.rules import RULES, Rule

MOST_RESULTS = 25_000
"""How many results GitHub takes of a run; it refuses a file with more."""

FINGERPRINT = "herdbook/v1"
"""Our name for the fingerprint: the one that GitHub's action makes by itself from the line has another."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LONGEST_DESCRIPTION = 1000
_SPECIAL = re.compile(r"[\[\]\\]")
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_NEW = {"baselineState": "new"}
_UNCHANGED = {"baselineState": "unchanged"}


def report_sarif(
    report: Report, folder: str = "", *, change: bool = False, rules: Sequence[Rule] = RULES
) -> str:
    """Write a report as SARIF.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
        change: the report is of a change, so that every finding is new or was there before it.
        rules: the rules that can have found something.
    """
    found = _results(report, folder, change, {rule.ID: index for index, rule in enumerate(rules)})
    left_out = max(0, len(found) - MOST_RESULTS)
    notifications = [_notification("error", error) for error in report.errors]
    if left_out:
        notifications.append(
            _notification(
                "warning",
                f"{plural(left_out, 'result')} of {len(found):,} left out, the least important, since code "
                f"scanning takes {MOST_RESULTS:,}; --format json lists them all.",
            )
        )
    run = {
        "tool": {
            "driver": {
                "name": "Herdbook",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "invocations": [
            {"executionSuccessful": not report.errors, "toolExecutionNotifications": notifications}
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [],
    }
    head, tail = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).rsplit("[]", 1)
    # A result in a line: what is nested deeply is written ten times slower with indents.
    results = ",\n".join(map(json.dumps, found[:MOST_RESULTS]))
    written = f"{head}[\n{results}\n]{tail}" if results else f"{head}[]{tail}"
    return without_commands(written)


def _results(report: Report, folder: str, change: bool, indices: Mapping[str, int]) -> list[dict[str, Any]]:
    """The results, the most important first."""
    cases: list[tuple[Finding, int, dict[str, Any]]] = [
        *((finding, _RANKS[finding.severity], _NEW if change else {}) for finding in report.findings),
        *((finding, len(_RANKS), _UNCHANGED) for finding in report.existing),
        *((waived.finding, len(_RANKS) + 1, _suppressed(waived)) for waived in report.waived),
    ]
    marks = fingerprints((finding for finding, _, _ in cases), folder)
    # In the order of the report: each file is then read for its places once.
    ranked = [
        (rank, {**_result(finding, folder, indices), "partialFingerprints": {FINGERPRINT: mark}, **more})
        for (finding, rank, more), mark in zip(cases, marks, strict=True)
    ]
    return [result for _, result in sorted(ranked, key=lambda item: item[0])]


def _result(finding: Finding, folder: str, indices: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": finding.rule}
    if finding.rule in indices:
        result["ruleIndex"] = indices[finding.rule]
    result |= {
        "level": finding.severity,
        "message": {"text": _text(sentences(finding))},
        "locations": [{"physicalLocation": _location(finding.place, folder)}],
    }
    if finding.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _location(related.place, folder),
                "message": {"text": _text(related.message)},
            }
            for number, related in enumerate(finding.related, 1)
        ]
    return result


def _suppressed(waived: Waived) -> dict[str, Any]:
    waiver = waived.waiver
    why = _text(f"waived by {waiver.owner} until {waiver.until}: {waiver.reason}")
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": why}]}


def _location(place: Place, folder: str) -> dict[str, Any]:
    span = place.span
    return {
        "artifactLocation": {"uri": quote(path_in_repository(place, folder)), "uriBaseId": _ROOT},
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    page = inspect.cleandoc(rule.__doc__ or "")
    summary = page.partition("\n")[0]
    # Up to the examples; what lies beyond the first thousand characters is in the help.
    about = " ".join(page.partition("\n\nBad")[0].split())
    return {
        "id": rule.ID,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": about[:_LONGEST_DESCRIPTION]},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": rule.SEVERITY},
        "properties": {"tags": [rule.FAMILY]},
    }


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _text(text)}}


def _text(text: str) -> str:
    """Write a text as a SARIF message, in which brackets would be a link."""
    return _SPECIAL.sub(r"\\\g<0>", printable(text))
