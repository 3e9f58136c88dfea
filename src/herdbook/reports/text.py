"""Findings for people: place, message, the line itself, and what to do."""

from collections.abc import Callable
from functools import lru_cache

from herdbook.check import Report, Verdict, Waived
from herdbook.finding import Finding, Place, Severity
from herdbook.reports.terminal import columns, printable
from herdbook.source import SourceFile

Style = Callable[[str, str], str]
"""Colours a text: called with the text and one of error, warning, note, place, help, pass."""

_WIDTH = 110


def plain(text: str, role: str) -> str:
    """Leave a text without colour."""
    return text


def report_text(report: Report, style: Style = plain) -> str:
    """Write a report for a terminal; ends in a summary line."""
    blocks = [_finding(finding, style) for finding in report.findings]
    blocks += [_waived(waived, style) for waived in report.waived]
    return "\n\n".join([*blocks, _summary(report, style)]) + "\n"


def _finding(finding: Finding, style: Style) -> str:
    severity = finding.severity.value
    place = style(_place(finding.place), "place")
    head = f"{place}: {style(severity, severity)}: {printable(finding.message)} [{finding.rule}]"
    lines = [head, *_excerpt(finding.place, style, severity)]
    if finding.help:
        lines.append(f"  {style('help:', 'help')} {printable(finding.help)}")
    lines += [
        f"  {style('see:', 'help')} {_place(related.place)}: {printable(related.message)}"
        for related in finding.related
    ]
    return "\n".join(lines)


def _waived(waived: Waived, style: Style) -> str:
    finding, waiver = waived.finding, waived.waiver
    head = (
        f"{_place(finding.place)}: {style('waived', 'note')}: {printable(finding.message)} [{finding.rule}]"
    )
    return f"{head}\n  by {printable(waiver.owner)} until {waiver.until}: {printable(waiver.reason)}"


def _place(place: Place) -> str:
    span = place.span
    return f"{printable(place.file)}:{span.line}:{span.column}"


def _excerpt(place: Place, style: Style, severity: str) -> list[str]:
    span = place.span
    lines = _lines(place.source)
    if len(lines) < span.line or not lines[span.line - 1].strip():
        return []
    line = lines[span.line - 1].rstrip("\r")
    end = span.end_column if span.end_line == span.line else len(line) + 1
    # A long line is cut so that the marked part stays in view.
    first = max(0, span.column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[first : first + _WIDTH]
    before = printable(shown[: span.column - 1 - first])
    marked = printable(shown[span.column - 1 - first : end - 1 - first])
    number = str(span.line)
    carets = style("^" * max(1, columns(marked)), severity)
    return [
        # Once more as a whole: a runner command must not come together out of pieces that are none.
        printable(f"  {number} | {before}{marked}{printable(shown[end - 1 - first :])}"),
        f"  {' ' * len(number)} | {' ' * columns(before)}{carets}",
    ]


@lru_cache(maxsize=1)
def _lines(source: SourceFile) -> list[str]:
    # Findings come file by file.
    return source.text.split("\n")


def _summary(report: Report, style: Style) -> str:
    failed = report.verdict is Verdict.FAIL
    verdict = style(report.verdict.value, "error" if failed else "pass")
    counts = [
        _count(report.count(severity), severity.value) for severity in Severity if report.count(severity)
    ]
    if report.waived:
        counts.append(f"{len(report.waived)} waived")
    found = ", ".join(counts) or "no findings"
    return f"{verdict}: {found} in {_count(report.entries, 'entry')}"


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
