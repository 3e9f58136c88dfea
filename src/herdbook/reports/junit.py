"""Findings as JUnit XML, which nearly every CI system shows as test results."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from herdbook.check import Report, Waived
from herdbook.finding import Finding, Place, Severity
from herdbook.formats import plural
from herdbook.reports.places import path_in_repository
from herdbook.reports.terminal import printable
from herdbook.rules import RULES, Rule

MOST = 500
"""How many findings of a rule are listed; readers of XML refuse texts without end."""


@dataclass(slots=True)
class _Found:
    """What was found of a rule."""

    errors: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)
    existing: list[Finding] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Case:
    """A test, written, and how it ended: passed, failures, errors or skipped."""

    lines: list[str]
    outcome: str


def report_junit(report: Report, folder: str = "", rules: Sequence[Rule] = RULES) -> str:
    """Write a report as JUnit XML: a suite for each family of rules, a test for each rule.

    A test for each rule, not for each file: CI systems follow a test by its name from build to build. A rule
    that holds again is then a test that passes again, while a file that is mended would be a test that is
    gone; the number of tests is steady; and ten thousand files that are in order do not hide the few that
    are not. A test fails with the errors of its rule; it is skipped where all of them are waived; warnings
    and notes, and what was wrong before a change, are its output. Why there is no verdict is a test of its
    own that ends in an error.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
        rules: the rules that can have found something.
    """
    found = _by_rule(report)
    families: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        families[rule.FAMILY].append(rule.ID)
    known = {rule.ID for rule in rules}
    if others := [rule_id for rule_id in found if rule_id not in known]:
        families["other"] = others
    suites = {
        family: [_case(family, rule_id, found.get(rule_id, _Found()), folder) for rule_id in ids]
        for family, ids in families.items()
    }
    if report.errors:
        suites = {"verdict": [_no_verdict(report.errors)], **suites}
    every = [case for cases in suites.values() for case in cases]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', _open("testsuites", name="herdbook", **_counts(every))]
    for family, cases in suites.items():
        skipped = sum(case.outcome == "skipped" for case in cases)
        lines.append(_open("testsuite", name=family, **_counts(cases), skipped=str(skipped)))
        lines += (line for case in cases for line in case.lines)
        lines.append("</testsuite>")
    return "".join(f"{line}\n" for line in (*lines, "</testsuites>"))


def _by_rule(report: Report) -> dict[str, _Found]:
    found: dict[str, _Found] = defaultdict(_Found)
    for finding in report.findings:
        of_rule = found[finding.rule]
        (of_rule.errors if finding.severity is Severity.ERROR else of_rule.others).append(finding)
    for finding in report.existing:
        found[finding.rule].existing.append(finding)
    for waived in report.waived:
        found[waived.finding.rule].waived.append(waived)
    return found


def _case(family: str, rule: str, found: _Found, folder: str) -> _Case:
    output = [
        *_list(found.others, folder),
        *_list(found.existing, folder, "from before this change: "),
        *_list([waived.finding for waived in found.waived], folder, "waived: "),
    ]
    inner: list[str] = []
    outcome = "passed"
    if found.errors:
        outcome = "failures"
        message = found.errors[0].message
        if len(found.errors) > 1:
            message += f" (and {plural(len(found.errors) - 1, 'more', 'more')})"
        inner += _element("failure", _list(found.errors, folder), type=rule, message=message)
    elif found.waived:
        outcome = "skipped"
        inner += _element("skipped", [], message="; ".join(_reasons(found.waived)))
    if output:
        inner += _element("system-out", output)
    head = _open("testcase", classname=f"herdbook.{family}", name=rule)
    return _Case([head, *inner, "</testcase>"] if inner else [f"{head}</testcase>"], outcome)


def _no_verdict(errors: Sequence[str]) -> _Case:
    lines = _element("error", errors, type="no-verdict", message=errors[0])
    return _Case([_open("testcase", classname="herdbook", name="verdict"), *lines, "</testcase>"], "errors")


def _reasons(waived: Sequence[Waived]) -> Iterator[str]:
    for waiver in dict.fromkeys(item.waiver for item in waived[:MOST]):
        yield f"waived by {waiver.owner} until {waiver.until}: {waiver.reason}"


def _list(findings: Sequence[Finding], folder: str, note: str = "") -> Iterator[str]:
    for finding in findings[:MOST]:
        yield f"{_place(finding.place, folder)}: {note}{finding.severity}: {finding.message}"
        if finding.help:
            yield f"  help: {finding.help}"
        for related in finding.related:
            yield f"  see: {_place(related.place, folder)}: {related.message}"
    if len(findings) > MOST:
        yield f"... and {len(findings) - MOST:,} more"


def _place(place: Place, folder: str) -> str:
    span = place.span
    return f"{path_in_repository(place, folder)}:{span.line}:{span.column}"


def _counts(cases: Sequence[_Case]) -> Mapping[str, str]:
    ended = Counter(case.outcome for case in cases)
    return {"tests": str(len(cases)), "failures": str(ended["failures"]), "errors": str(ended["errors"])}


def _element(tag: str, lines: Iterable[str], **attributes: str) -> list[str]:
    # Without characters that do not print there are none left that XML does not allow.
    text = "\n".join(escape(printable(line)) for line in lines)
    return f"{_open(tag, **attributes)}{text}</{tag}>".split("\n")


def _open(tag: str, /, **attributes: str) -> str:
    said = "".join(f" {key}={quoteattr(printable(value))}" for key, value in attributes.items())
    return f"<{tag}{said}>"
