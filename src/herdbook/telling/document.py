"""A document: what is to be said, in blocks, without saying how it is written.

Every text in it is plain: whoever writes the document for a terminal, as Markdown or as HTML escapes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from herdbook.ref import Ref

Tone = Literal["", "good", "warn", "bad", "info"]
"""How a reader should take something."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An entry of the catalog, a link where there are links; `text` is shown in place of its name."""

    ref: Ref
    text: str = ""

    @property
    def shown(self) -> str:
        """What stands in the line."""
        return self.text or str(self.ref)


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or two to be seen at a glance."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A text that is to be read letter by letter: a commit, a digest, a path."""

    text: str


@dataclass(frozen=True, slots=True)
class OfCommand:
    """What only those can do who gave a command, such as to add an option: pages leave it out."""

    text: str


Part = str | Mention | Mark | Code | OfCommand
Line = tuple[Part, ...]
"""A line of text; parts follow each other without a blank between them."""

ALL_AS_JSON: Final = OfCommand("; --format json lists them all")
"""Ends the line that says how many more there are than it shows."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more."""

    line: Line
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for."""

    rows: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under the names of columns; `numbers` tells which columns hold numbers, from 0."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree, and what hangs on it."""

    line: Line
    children: tuple["Branch", ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """Trees, one below the other."""

    roots: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines that are shown as they are, such as a script."""

    text: str
    language: str = ""


State = Literal["added", "removed", "changed", "unchanged"]
"""What became of a part of a graph."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A node of a graph; `kind` says what it is."""

    text: str
    kind: str
    state: State = "unchanged"


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge of a graph between two corners, given by their places."""

    source: int
    target: int
    text: str = ""
    state: State = "unchanged"


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture of corners and arrows, where pictures can be drawn."""

    corners: tuple[Corner, ...]
    arrows: tuple[Arrow, ...]


Block = Paragraph | Items | Facts | Table | Tree | Verbatim | Graph


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be said about a question.

    Attributes:
        title: the question in a few words.
        lead: the answer in one sentence.
        tone: how a reader should take it.
        sections: the details, the most important first.
        in_full: the command that tells everything, for when something has to be left out.
    """

    title: Line
    lead: Line
    tone: Tone = ""
    sections: tuple[Section, ...] = ()
    in_full: str = ""


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(part if isinstance(part, str) else _shown(part) for part in line)


def joined(lines: "tuple[Line, ...] | list[Line]", separator: str = ", ") -> Line:
    """Put lines behind each other with a separator between them."""
    parts: list[Part] = []
    for line in lines:
        parts += (separator, *line) if parts else line
    return tuple(parts)


def begun(line: Line) -> Line:
    """Begin a line as a sentence begins; what is a name stays as it is."""
    first = line[0] if line else ""
    return (f"{first[:1].upper()}{first[1:]}", *line[1:]) if first and isinstance(first, str) else line


def listed(lines: Sequence[Line], most: int) -> Line:
    """Put lines into a sentence: "a", "a and b", "a, b, c and 4 more"."""
    shown = list(lines[:most])
    if len(lines) > most:
        last: Line = (f"{len(lines) - most:,} more",)
    elif shown:
        last = shown.pop()
    else:
        return ()
    return (*joined(shown), " and ", *last) if shown else last


def rest(count: int, most: int, what: str = "") -> tuple[Line, ...]:
    """Say how many things follow those that are shown, and where they stand; nothing where none do."""
    return ((f"and {count - most:,} more{what and f' {what}'}", ALL_AS_JSON, "."),) if count > most else ()


def _shown(part: Mention | Mark | Code | OfCommand) -> str:
    return part.shown if isinstance(part, Mention) else part.text
