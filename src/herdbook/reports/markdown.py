"""Findings as Markdown: the comment on a pull request."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from herdbook.check import Report, Waived
from herdbook.escaping import markdown
from herdbook.finding import Finding, Place, Severity
from herdbook.formats import plural
from herdbook.reports.answers import MOST_OF_A_COMMENT, Address, document_parts, line_markdown, no_address
from herdbook.reports.places import path_in_repository
from herdbook.reports.summary import counts
from herdbook.reports.terminal import printable, printable_lines
from herdbook.telling.document import Document, Line, plain

MARKER = "<!-- herdbook -->"
"""How a comment begins: nobody sees it, and by it a bot finds the comment that it is to write anew."""

_SPARE = 4_000  # for saying what was left out
_SHARE_OF_A_DOCUMENT = 0.8
_GAP = len("\n\n")
_LONGEST_LINE = 1_000
_MOST_RELATED = 5
_MOST_NAMED = 5
_MOST_MISSING = 8
_LONGEST_NAME = 40


@dataclass(slots=True)
class _Group:
    """Parts that stand together and give way together, the last first.

    Attributes:
        rank: how soon the parts are given room; 0 is first.
        left_out: what to say of so many parts that are left out.
        parts: the parts; they are written only as far as there is room.
        total: how many there are.
        opening: what stands before them.
        closing: what stands behind them.
        share: how much of the room that is left they may take.
        kept: those for which there was room.
    """

    rank: int
    left_out: Callable[[int], str]
    parts: Iterable[str]
    total: int
    opening: str = ""
    closing: str = ""
    share: float = 1.0
    kept: list[str] = field(default_factory=list)

    def fill(self, room: int, size: Callable[[str], int]) -> int:
        """Keep as many parts as there is room for; return the room that is left."""
        allowed = int(room * self.share)
        used = size(self.opening) + size(self.closing) + 2 * _GAP
        for part in self.parts:
            cost = size(part) + _GAP
            if used + cost > allowed:
                break
            self.kept.append(part)
            used += cost
        return room - used if self.kept else room

    def shown(self) -> str:
        """The parts that were kept, with what stands around them."""
        return _apart(filter(None, (self.opening, "\n".join(self.kept), self.closing)))

    def missing(self) -> str:
        """What was left out; nothing if all was kept."""
        return self.left_out(self.total - len(self.kept)) if len(self.kept) < self.total else ""


@dataclass(slots=True)
class _Sections:
    """A document. A section for which there is too little room gives way to those behind it."""

    document: Document
    address: Address
    rank: int = 2
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def fill(self, room: int, size: Callable[[str], int]) -> int:
        """Keep the sections for which there is room; return the room that is left."""
        allowed = int(room * _SHARE_OF_A_DOCUMENT)
        used = 0
        names = (plain(self.document.title), *(section.title for section in self.document.sections))
        for name, part in zip(names, document_parts(self.document, self.address), strict=True):
            cost = size(part) + _GAP
            if used + cost <= allowed:
                self.kept.append(part)
                used += cost
            else:
                self.lost.append(markdown.escaped(_clipped(printable(name), _LONGEST_NAME)))
        return room - used

    def shown(self) -> str:
        """The sections that were kept."""
        return _apart(self.kept)

    def missing(self) -> str:
        """The names of the sections that were left out."""
        more = len(self.lost) - _MOST_NAMED
        named = [*self.lost[:_MOST_NAMED], *([plural(more, "further section")] if more > 0 else [])]
        return ", ".join(named)


def report_markdown(
    report: Report,
    folder: str = "",
    *,
    documents: Sequence[Document] = (),
    facts: Sequence[tuple[str, Line]] = (),
    files: str = "",
    address: Address = no_address,
    longest: int = MOST_OF_A_COMMENT,
    size: Callable[[str], int] = len,
) -> str:
    """Write a report, and what else is to be said about a change, as one comment of bounded size.

    Where there is too little room, what matters least is left out, and the last line says what: first what
    was wrong before, then what is waived, notes, warnings, and the later or longest sections of documents.
    Errors leave half of the room to the documents.

    Args:
        report: the report.
        folder: the folder of the catalog in the repository; nothing is its top.
        documents: what is told below the findings, the most important first.
        facts: names and what they stand for, such as the base and the head of a change.
        files: the address below which the files of the repository are shown; nothing if there is none.
        address: where a mention of an entry leads to.
        longest: how long the whole may be.
        size: what length is measured in, such as characters or bytes.
    """
    head = [MARKER, f"## Herdbook: {report.verdict.value}", f"**{markdown.escaped(counts(report))}**"]
    if facts:
        named = (f"{markdown.escaped(name)}: {line_markdown(line)}" for name, line in facts)
        head.append(printable_lines(" · ".join(named)))
    groups: list[_Group | _Sections] = [
        *_reasons(report),
        *_findings(report, folder, files, 0.5 if documents else 1.0),
        *_folded(report, folder, files),
        *(_Sections(document, address) for document in documents),
    ]
    room = longest - size(_apart(head)) - _SPARE
    for group in sorted(groups, key=lambda group: group.rank):
        room = group.fill(room, size)
    blocks = [*head, *(group.shown() for group in groups if group.kept)]
    if missing := [said for group in groups if (said := group.missing())]:
        more = len(missing) - _MOST_MISSING
        listed = [*missing[:_MOST_MISSING], *([plural(more, "further part")] if more > 0 else [])]
        blocks.append(f"_Left out for want of room: {', '.join(listed)}._")
    return f"{_apart(blocks)}\n"


def _apart(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks)


def _reasons(report: Report) -> Iterator[_Group]:
    if report.errors:
        parts = (printable_lines(f"- {_said(error, at_start=True)}") for error in report.errors)
        opening = "### No verdict can be reached"
        yield _Group(0, _count("reason"), parts, len(report.errors), opening)


def _findings(report: Report, folder: str, files: str, share: float) -> Iterator[_Group]:
    shares = {Severity.ERROR: (1, share), Severity.WARNING: (3, 1.0), Severity.NOTE: (4, 1.0)}
    for severity, (rank, part) in shares.items():
        if found := [finding for finding in report.findings if finding.severity is severity]:
            parts = (_finding(finding, folder, files) for finding in found)
            yield _Group(
                rank,
                _count(severity.value),
                parts,
                len(found),
                f"### {severity.value.capitalize()}s",
                share=part,
            )


def _folded(report: Report, folder: str, files: str) -> Iterator[_Group]:
    if total := len(report.waived):
        what = f"{total:,} waived"
        parts = (_waived(item, folder, files) for item in report.waived)
        yield _Group(5, lambda count: f"{count:,} waived", parts, total, _opening(what), "</details>")
    if total := len(report.existing):
        what = f"{plural(total, 'finding')} from before this change, not counted against it"
        parts = (_finding(item, folder, files) for item in report.existing)
        yield _Group(6, lambda count: f"{count:,} existing", parts, total, _opening(what), "</details>")


def _opening(summary: str) -> str:
    return f"<details>\n<summary>{summary}</summary>"


def _count(noun: str) -> Callable[[int], str]:
    return lambda count: plural(count, noun)


def _finding(finding: Finding, folder: str, files: str) -> str:
    lines = [
        f"- {_place(finding.place, folder, files)} {_said(finding.message)} ({markdown.code(finding.rule)})"
    ]
    if help := _said(finding.help, at_start=True):
        lines.append(f"  - {help}")
    for related in finding.related[:_MOST_RELATED]:
        lines.append(f"  - see {_place(related.place, folder, files)} {_said(related.message)}")
    if len(finding.related) > _MOST_RELATED:
        lines.append(f"  - see {plural(len(finding.related) - _MOST_RELATED, 'more place')}")
    return printable_lines("\n".join(lines))


def _waived(waived: Waived, folder: str, files: str) -> str:
    waiver = waived.waiver
    said = _said(f"waived by {waiver.owner} until {waiver.until}: {waiver.reason}", at_start=True)
    return f"{_finding(waived.finding, folder, files)}\n  - {printable_lines(said)}"


def _place(place: Place, folder: str, files: str) -> str:
    path, span = path_in_repository(place, folder), place.span
    shown = markdown.code(f"{_clipped(path, _LONGEST_LINE)}:{span.line}:{span.column}")
    return markdown.linked(shown, f"{files}/{quote(path)}#L{span.line}") if files else shown


def _said(text: str, *, at_start: bool = False) -> str:
    return markdown.escaped(_clipped(text, _LONGEST_LINE), at_start=at_start)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
