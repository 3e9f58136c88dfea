"""A report in one line, and a finding in one text."""

from collections.abc import Callable

from herdbook.check import Report, Verdict
from herdbook.finding import Finding, Severity
from herdbook.formats import plural


def sentences(finding: Finding) -> str:
    """What is wrong and what to do about it, where there is one text for both."""
    return f"{finding.message}. {finding.help}" if finding.help else f"{finding.message}."


def summary_line(report: Report, style: Callable[[str, str], str] = lambda text, role: text) -> str:
    """Say the verdict and what it rests on."""
    bad = report.verdict in (Verdict.FAIL, Verdict.ERROR)
    verdict = style(report.verdict.value, "error" if bad else "pass")
    return f"{verdict}: {'no verdict; ' if report.errors else ''}{counts(report)}"


def counts(report: Report) -> str:
    """Say how many findings of which kind there are, and in how many entries."""
    parts = [
        plural(report.count(severity), severity.value) for severity in Severity if report.count(severity)
    ]
    if not parts:
        parts.append("no findings")
    if report.waived:
        parts.append(f"{len(report.waived):,} waived")
    if report.existing:
        parts.append(f"{len(report.existing):,} existing")
    entries = plural(report.entries, "entry", "entries")
    if report.reached is not None and report.reached < report.entries:
        entries = f"the {report.reached:,} of {entries} that the change reaches"
    return f"{', '.join(parts)} in {entries}"
