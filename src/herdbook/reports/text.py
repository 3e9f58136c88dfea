"""Findings for people: place, message, the line itself, and what to do."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from herdbook.check import Report, Waived
from herdbook.finding import Finding, Place
from herdbook.formats import plural
from herdbook.reports.summary import summary_line
from herdbook.reports.terminal import columns, printable
from herdbook.source import SourceFile

if TYPE_CHECKING:
    from herdbook.telling.document import Line

Style = Callable[[str, str], str]
"""Colours a text: called with the text and one of error, warning, note, place, help, pass."""

_WIDTH = 110
_FEW = 10


def plain(text: str, role: str) -> str:
    """Leave a text without colour."""
    return text


def report_text(report: Report, style: Style = plain, facts: "Sequence[tuple[str, Line]]" = ()) -> str:
    """Write a report for a terminal; ends in a summary line, with facts such as the base of a change.

    What was wrong before is listed, in a line each, only where it is little: who adopts a check with a
    thousand old findings wants to see their own. The verdict and why there is none come last, where a
    terminal stands still.
    """
    blocks = [_finding(finding, style) for finding in report.findings]
    blocks += [_waived(waived, style) for waived in report.waived]
    if report.existing:
        blocks.append(_existing(report.existing, style))
    if report.errors:
        blocks.append("\n".join(f"{style('ERROR', 'error')}: {printable(error)}" for error in report.errors))
    return "\n\n".join([*blocks, summary_line(report, style) + _resting_on(facts)]) + "\n"


def _resting_on(facts: "Sequence[tuple[str, Line]]") -> str:
    if not facts:
        return ""
    from herdbook.telling.document import plain as words

    return f" ({', '.join(f'{name} {printable(words(line))}' for name, line in facts)})"


def _finding(finding: Finding, style: Style) -> str:
    severity = finding.severity.value
    lines = [_head(finding, style), *_excerpt(finding.place, style, severity)]
    if finding.help:
        lines.append(f"  {style('help:', 'help')} {printable(finding.help)}")
    lines += [
        f"  {style('see:', 'help')} {_place(related.place)}: {printable(related.message)}"
        for related in finding.related
    ]
    return "\n".join(lines)


def _head(finding: Finding, style: Style) -> str:
    severity = finding.severity.value
    place = style(_place(finding.place), "place")
    return f"{place}: {style(severity, severity)}: {printable(finding.message)} [{finding.rule}]"


def _existing(existing: Sequence[Finding], style: Style) -> str:
    what = f"{plural(len(existing), 'finding')} from before this change, not counted against it"
    if len(existing) > _FEW:
        return f"{what}."
    return "\n".join([f"{what}:", *(f"  {_head(finding, style)}" for finding in existing)])


def _waived(waived: Waived, style: Style) -> str:
    finding, waiver = waived.finding, waived.waiver
    head = (
        f"{_place(finding.place)}: {style('waived', 'note')}: {printable(finding.message)} [{finding.rule}]"
    )
    return f"{head}\n  by {printable(waiver.owner)} until {waiver.until}: {printable(waiver.reason)}"


def _place(place: Place) -> str:
    span = place.span
    return printable(f"{place.file}:{span.line}:{span.column}")


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
