"""Answers for terminals, for pull requests, and for programs."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import StringIO
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text
from rich.tree import Tree as Picture

from herdbook import formats
from herdbook.escaping import markdown
from herdbook.escaping.mermaid import MermaidEdge, MermaidNode, Shape, flowchart
from herdbook.queries.answer import Answer, as_json
from herdbook.reports.jsontext import json_text
from herdbook.reports.terminal import printable, printable_lines
from herdbook.telling.document import (
    Block,
    Branch,
    Code,
    Document,
    Facts,
    Graph,
    Items,
    Line,
    Mark,
    Mention,
    OfCommand,
    Paragraph,
    Part,
    Section,
    Table,
    Tree,
    Verbatim,
)

MOST_OF_A_COMMENT = 60_000
"""How many characters a comment on a pull request may have; GitHub takes a few more."""

_WHOLE_LINES = 100_000
_BREAK = re.compile(r"\s*\n\s*")
_MOST_LEFT_OUT = 6
# What became of a corner, where there are no colours.
_SIGNS = {"added": "+ ", "removed": "- ", "changed": "~ ", "unchanged": ""}
_OF_ARROWS = {"added": "new", "removed": "no longer"}
_SHAPES: dict[str, Shape] = {
    "dataset-version": "cylinder",
    "run": "round",
    "alias": "stadium",
    "endpoint": "hexagon",
}
_STYLES = {"good": "green", "warn": "yellow", "bad": "red bold", "info": "cyan", "": ""}


def answer_json(answer: Answer) -> str:
    """Write an answer as JSON."""
    return json_text(as_json(answer))


def document_text(document: Document, width: int | None = None) -> str:
    """Write a document for a terminal of so many columns; without a width, as plain text in whole lines."""
    seen = width is not None
    console = Console(
        file=StringIO(),
        width=width or _WHOLE_LINES,
        height=_WHOLE_LINES,  # given only a width, rich takes 80 on a terminal without abilities
        force_terminal=seen,
        color_system="standard" if seen else None,
        highlight=False,
    )
    console.print(_text(document.lead, _STYLES[document.tone]))
    for section in document.sections:
        console.print()
        console.print(Text(printable(section.title), "bold"))
        for block in section.blocks:
            console.print(Padding(_block(block), (0, 0, 0, 2), expand=False))
    written = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    return written if seen else "".join(f"{line.rstrip()}\n" for line in written.splitlines())


def _block(block: Block) -> RenderableType:
    match block:
        case Paragraph():
            return _text(block.line, _STYLES[block.tone])
        case Items():
            return Group(*(Text("- ").append_text(_text(line)) for line in block.lines))
        case Facts():
            grid = Grid.grid(padding=(0, 2, 0, 0))
            grid.add_column(no_wrap=True)
            grid.add_column(overflow="fold")
            for name, line in block.rows:
                grid.add_row(Text(printable(name), "dim"), _text(line))
            return grid
        case Table():
            table = Grid(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
            for index, name in enumerate(block.columns):
                table.add_column(
                    Text(printable(name)),
                    justify="right" if index in block.numbers else "left",
                    overflow="fold",
                )
            for row in block.rows:
                table.add_row(*map(_text, row))
            return table
        case Tree():
            return Group(*map(_picture, block.roots))
        case Verbatim():
            return Group(*(Text(printable(line)) for line in block.text.rstrip("\n").split("\n")))
        case Graph():
            return Group(*map(_picture, _trees(block)))


def _trees(graph: Graph) -> Iterator[Branch]:
    """A graph as trees, in which every corner is told once."""
    out: dict[int, list[tuple[int, str]]] = {place: [] for place in range(len(graph.corners))}
    for arrow in graph.arrows:
        said = ", ".join(filter(None, (arrow.text, _OF_ARROWS.get(arrow.state))))
        out[arrow.source].append((arrow.target, f" ({said})" if said else ""))
    told: set[int] = set()

    def branch(place: int, role: str = "") -> Branch:
        corner = graph.corners[place]
        line: Line = (_SIGNS[corner.state], Code(corner.text), role)
        if place in told:
            return Branch((*line, ", see above") if out[place] else line)
        told.add(place)
        return Branch(line, tuple(branch(target, said) for target, said in out[place]))

    inner = {arrow.target for arrow in graph.arrows}
    # Those that nothing leads to come first; what is left leads back to itself.
    for place in sorted(out, key=lambda place: place in inner):
        if place not in told:
            yield branch(place)


def _picture(branch: Branch) -> Picture:
    picture = Picture(_text(branch.line))
    for child in branch.children:
        picture.children.append(_picture(child))
    return picture


def _text(line: Line, style: str = "") -> Text:
    text = Text(style=style)
    for part in line:
        match part:
            case str():
                # Prose of the catalog goes over several lines; here it is a part of one.
                text.append(printable(_BREAK.sub(" ", part)))
            case Mention():
                text.append(printable(part.shown), "bold")
            case Mark():
                text.append(f"[{printable(part.text)}]", _STYLES[part.tone])
            case Code() | OfCommand():
                text.append(printable(part.text))
    return text


Address = Callable[[Mention], str]
"""Where a mention leads to; nothing where it leads nowhere."""


def no_address(mention: Mention) -> str:
    """Leave mentions without links."""
    return ""


def document_markdown(
    document: Document,
    address: Address = no_address,
    most: int | None = None,
    size: Callable[[str], int] = len,
) -> str:
    """Write a document as Markdown, such as for a comment on a pull request.

    Args:
        document: the document.
        address: where its mentions lead to.
        most: how long it may be. What is too much is left out from the end; a note says what.
        size: what length is measured in, such as characters or bytes.
    """

    def written(part: Document) -> str:
        return "\n\n".join(document_parts(part, address)) + "\n"

    whole = written(document)
    if most is None or size(whole) <= most:
        return whole
    return written(shortened(document, lambda part: size(written(part)) <= most))


def shortened(document: Document, fits: Callable[[Document], bool]) -> Document:
    """Leave out as little as must be: rows, blocks and sections from the end, the least important ones.

    A note says what is left out, and how to see it. Title and lead stay, even where they are too long.
    """
    low, high = 0, sum(_rows(block) for section in document.sections for block in section.blocks)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_beginning(document, middle)) else (low, middle - 1)
    return _beginning(document, low)


def _beginning(document: Document, rows: int) -> Document:
    """The first rows of a document, and a note about the rest."""
    kept, left_out = [], []
    for section in document.sections:
        blocks = []
        whole = sum(map(_rows, section.blocks))
        for block in section.blocks:
            shown = min(rows, _rows(block))
            rows -= shown
            if shown:
                blocks.append(block if shown == _rows(block) else _first(block, shown))
        missing = whole - sum(map(_rows, blocks))
        if blocks or not whole:
            kept.append(replace(section, blocks=tuple(blocks)))
        if missing:
            part = "all" if missing == whole else formats.plural(missing, "row")
            left_out.append(f"{part} of {section.title}")
    if left_out:
        kept.append(Section("Left out to keep this short", (_note(left_out, document.in_full),)))
    return replace(document, sections=tuple(kept))


def _note(left_out: Sequence[str], command: str) -> Items:
    lines: list[Line] = [(said,) for said in left_out[:_MOST_LEFT_OUT]]
    if len(left_out) > _MOST_LEFT_OUT:
        lines.append((f"and {formats.plural(len(left_out) - _MOST_LEFT_OUT, 'more section')}",))
    if command:
        lines.append(("To see it: ", Code(command)))
    return Items(tuple(lines))


def _rows(block: Block) -> int:
    """How many parts of a block can be left out one by one."""
    match block:
        case Items():
            return len(block.lines)
        case Facts() | Table():
            return len(block.rows)
        case Tree():
            return len(block.roots)
        case _:
            return 1


def _first(block: Block, rows: int) -> Block:
    match block:
        case Items():
            return Items(block.lines[:rows])
        case Facts():
            return Facts(block.rows[:rows])
        case Table():
            return replace(block, rows=block.rows[:rows])
        case Tree():
            return Tree(block.roots[:rows])
        case _:
            return block


def document_parts(document: Document, address: Address) -> Iterator[str]:
    """Write a document as Markdown in parts: its title and lead, then section by section.

    A log of CI and a terminal show this, too: there is nothing in it for them to obey.
    """
    yield printable_lines(
        f"## {line_markdown(document.title, address)}\n\n**{line_markdown(document.lead, address)}**"
    )
    for section in document.sections:
        blocks = ("\n".join(_markdown(block, address)) for block in section.blocks)
        yield printable_lines("\n\n".join((f"### {markdown.escaped(section.title)}", *blocks)))


def line_markdown(line: Line, address: Address = no_address) -> str:
    """Write a line as Markdown."""
    written = ""
    for part in _joined(line):
        shown = _inline(part, address, at_start=not written.strip())
        # The ticks of two code spans must not become one row of ticks.
        written += f" {shown}" if written.endswith("`") and shown.startswith("`") else shown
    return written


def _joined(line: Line) -> Iterator[Part]:
    """The parts of a line; what stands next to each other is one text, which may mean more than its parts."""
    for is_text, parts in groupby(line, key=lambda part: isinstance(part, str)):
        if is_text:
            yield "".join(map(str, parts))
        else:
            yield from parts


def _markdown(block: Block, address: Address) -> Iterator[str]:
    match block:
        case Paragraph():
            yield line_markdown(block.line, address)
        case Items():
            for line in block.lines:
                yield f"- {line_markdown(line, address)}"
        case Facts():
            for name, line in block.rows:
                yield f"- {markdown.escaped(name)}: {line_markdown(line, address)}"
        case Table():
            yield _row([markdown.escaped(name) for name in block.columns])
            yield _row(["--:" if index in block.numbers else "---" for index in range(len(block.columns))])
            for row in block.rows:
                yield _row([line_markdown(cell, address) for cell in row])
        case Tree():
            for root in block.roots:
                yield from _branches(root, address, 0)
        case Verbatim():
            yield markdown.fenced(block.text, block.language)
        case Graph():
            yield markdown.fenced(_flowchart(block), "mermaid")


def _flowchart(graph: Graph) -> str:
    return flowchart(
        [MermaidNode(each.text, each.state, _SHAPES.get(each.kind, "box")) for each in graph.corners],
        [MermaidEdge(each.source, each.target, each.text, each.state) for each in graph.arrows],
    )


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(markdown.cell(text) for text in cells)} |"


def _branches(branch: Branch, address: Address, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}- {line_markdown(branch.line, address)}"
    for child in branch.children:
        yield from _branches(child, address, depth + 1)


def _inline(part: Part, address: Address, *, at_start: bool) -> str:
    match part:
        case str():
            # Blanks between parts matter; those that a value begins or ends with do not.
            before = " " if part[:1].isspace() else ""
            after = " " if part[-1:].isspace() and part.strip() else ""
            return f"{before}{markdown.escaped(part, at_start=at_start)}{after}"
        case Mention():
            leads_to = address(part)
            return markdown.link(part.shown, leads_to) if leads_to else markdown.code(part.shown)
        case Mark():
            words = markdown.escaped(part.text)
            return f"**{words}**" if words else ""  # four stars alone are a line across the page
        case Code():
            return markdown.code(part.text)
        case OfCommand():
            return markdown.escaped(part.text)
