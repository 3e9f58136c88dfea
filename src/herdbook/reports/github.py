"""Findings for GitHub: annotations at the lines of a change, and the summary of a job."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from herdbook.check import Report
from herdbook.finding import Finding, Severity
from herdbook.formats import plural
from herdbook.reports.markdown import report_markdown
from herdbook.reports.places import path_in_repository
from herdbook.reports.summary import summary_line
from herdbook.reports.terminal import printable
from herdbook.telling.document import Document, Line

SHOWN = 10
"""How many annotations of each kind GitHub shows for a step."""

LONGEST_SUMMARY = 900_000
"""How many bytes of a summary are written: above one mebibyte for a step, GitHub drops it all."""

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def report_github(report: Report, folder: str = "") -> str:
    """Write a report as commands to GitHub's runner that annotate lines of a change, the worst first.

    GitHub drops what is more than `SHOWN` of a kind, so that many are written, and the last line tells how
    many there are without. What was wrong before the change is a notice at most.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
    """
    existing = ((finding, "from before this change") for finding in report.existing)
    commands: Mapping[str, Iterator[str]] = {
        "error": chain(
            (_command("error", {}, [error]) for error in report.errors),
            _annotations(report, Severity.ERROR, folder),
        ),
        "warning": _annotations(report, Severity.WARNING, folder),
        "notice": chain(
            _annotations(report, Severity.NOTE, folder),
            (_annotation("notice", finding, folder, note) for finding, note in existing),
        ),
    }
    totals = {
        "error": len(report.errors) + report.count(Severity.ERROR),
        "warning": report.count(Severity.WARNING),
        "notice": report.count(Severity.NOTE) + len(report.existing),
    }
    lines = [command for found in commands.values() for command in islice(found, SHOWN)]
    rest = [plural(total - SHOWN, kind) for kind, total in totals.items() if total > SHOWN]
    more = f"; without annotation, since GitHub shows {SHOWN} of a kind: {', '.join(rest)}" if rest else ""
    return "".join(f"{line}\n" for line in (*lines, f"{summary_line(report)}{more}"))


def job_summary(
    report: Report,
    folder: str = "",
    *,
    documents: Sequence[Document] = (),
    facts: Sequence[tuple[str, Line]] = (),
    files: str = "",
    written: int = 0,
) -> str:
    """Write a report as Markdown for the summary of a job; see `report_markdown`.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
        documents: what is told below the findings.
        facts: names and what they stand for.
        files: the address below which the files of the repository are shown.
        written: how many bytes the summary of this step holds already.
    """
    return report_markdown(
        report,
        folder,
        documents=documents,
        facts=facts,
        files=files,
        longest=LONGEST_SUMMARY - written,
        size=lambda text: len(text.encode()),
    )


def _annotations(report: Report, severity: Severity, folder: str) -> Iterator[str]:
    for finding in report.findings:
        if finding.severity is severity:
            yield _annotation(_KINDS[severity], finding, folder)


def _annotation(kind: str, finding: Finding, folder: str, note: str = "") -> str:
    span = finding.place.span
    place = {
        "file": path_in_repository(finding.place, folder),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:
        # GitHub takes columns within one line only.
        place |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column))}
    lines = [f"{finding.message} ({note})" if note else finding.message]
    if finding.help:
        lines.append(finding.help)
    for related in finding.related:
        where = f"{path_in_repository(related.place, folder)}:{related.place.span.line}"
        lines.append(f"see {where}: {related.message}")
    return _command(kind, {**place, "title": finding.rule}, lines)


def _command(name: str, properties: Mapping[str, str], lines: Iterable[str]) -> str:
    """Write a command as the runner reads it; nothing in it begins another one."""
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    # Without control characters there is no line break left but those that are put here.
    message = "%0A".join(_data(line) for line in lines)
    return f"::{name}{f' {said}' if said else ''}::{message}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
