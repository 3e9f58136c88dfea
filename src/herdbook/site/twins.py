"""The Markdown twin of every page: what stands on it, for agents and for ``grep``.

It is made from the body of the page, so that the two cannot tell different things. Pictures, buttons and the
frame are left out; numbers, times, commits and digests that the page shortens are given in full; links lead
to the twins of pages. All text goes through the one writer of Markdown.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import Final, TypeVar

from herdbook.escaping import markdown
from herdbook.site.markup import (
    Child,
    Element,
    Inside,
    children_of,
    class_of,
    descendants,
    is_tag,
    parsed,
    text_of,
    value_of,
)
from herdbook.site.page import Page
from herdbook.site.paths import path_of_twin

_LEFT_OUT_NAVIGATION: Final = frozenset(("hb-crumbs", "hb-jump"))
_OTHER_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Spans that are more than a look.
_SPECIAL = re.compile(r"\bhb-(?:chips|tag|number)\b")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_REMEMBERED: Final = 16_384
# Few things that are longer stand on a second page.
_LONGEST_REMEMBERED: Final = 1_024

T = TypeVar("T")


class _Memory(dict[str, T]):
    """What comes of pieces of markup; the same rows, links and words stand on many pages."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, markup: str) -> T:
        made = self._make(markup)
        if len(markup) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[markup] = made
        return made


def twin_of(page: Page) -> str:
    """Return the twin of a page."""
    text = markdown_of(str(page.body))
    # Whoever guesses the kind of a file by its beginning shall see that this is no page.
    return text if text.startswith("# ") else f"# {markdown.escaped(page.title)}\n\n{text}"


def twin_address(address: str) -> str:
    """Return where a link of a page leads in its twin: to a twin if it leads to a page."""
    page, _, _ = address.partition("#")
    return path_of_twin(page) if page.endswith(".html") and not _OTHER_HOST.match(page) else address


def markdown_of(body: str) -> str:
    """Write the body of a page, markup of our own making, as Markdown."""
    return "\n\n".join(_blocks(parsed(body))) + "\n"


# Blocks


def _blocks(inside: Inside) -> Sequence[str]:
    """Write what stands below each other; texts between the blocks are paragraphs."""
    if isinstance(inside, str):
        return _PARAGRAPHS[inside]
    found: list[str] = []
    line: list[Child] = []
    for child in inside:
        if isinstance(child, str):
            # Most often, it is a line break between the tags of two blocks.
            if line or not child.isspace():
                line.append(child)
        elif child[0] in _BLOCKS:
            if line:
                found += _paragraph(line)
                line = []
            found += _BLOCKS[child[0]](child)
        else:
            line.append(child)
    return [*found, *_paragraph(line)] if line else found


def _paragraph(children: Sequence[Child]) -> Sequence[str]:
    lines = [markdown.begun(line) for line in _written(children, "\n").split("\n") if line]
    return ["\\\n".join(lines)] if lines else []


_PARAGRAPHS: Final = _Memory(lambda markup: _paragraph(children_of(markup)))


def _part(element: Element) -> Sequence[str]:
    return _blocks(element[2])


def _head(element: Element) -> Sequence[str]:
    """The head of a page begins with its heading; of what kind it is comes after it."""
    return sorted(_blocks(element[2]), key=lambda block: not block.startswith("# "))


def _heading(element: Element) -> Sequence[str]:
    tag, _, inside = element
    text = _line(inside)
    return [f"{'#' * int(tag[1])} {text}"] if text else []


def _navigation(element: Element) -> Sequence[str]:
    return [] if class_of(element) in _LEFT_OUT_NAVIGATION else _blocks(element[2])


def _figure(element: Element) -> Sequence[str]:
    children = children_of(element[2])
    blocks = _blocks([child for child in children if not is_tag(child, "figcaption")])
    caption = [child for child in children if is_tag(child, "figcaption")]
    # Without its picture, most often nothing is left that a caption could belong to.
    return [*_paragraph(caption), *blocks] if blocks else []


def _quotation(element: Element) -> Sequence[str]:
    blocks = _blocks(element[2])
    return [_set_off("\n\n".join(blocks), "> ", "> ")] if blocks else []


def _verbatim(element: Element) -> Sequence[str]:
    text = text_of(element[2]).replace("\r\n", "\n").replace("\r", "\n")
    return [markdown.fenced(text)] if text.strip() else []


def _rule(element: Element) -> Sequence[str]:
    return ["---"]


def _list(element: Element) -> Sequence[str]:
    tag, attributes, inside = element
    start = int(value_of(attributes, "start") or 1)
    items = [_blocks(child[2]) for child in children_of(inside) if not isinstance(child, str)]
    marks = [f"{start + index}. " if tag == "ol" else "- " for index in range(len(items))]
    return _items(zip(marks, items, strict=True))


def _facts(element: Element) -> Sequence[str]:
    """Names and what they stand for, wherever they stand in the list."""
    names: list[str] = []
    items: list[str] = []
    for tag, _, inside in descendants(element[2], ("dt", "dd")):
        if tag == "dt":
            names.append(_line(inside))
        else:
            items.append(f"{', '.join(names)}: {_line(inside)}")
            names = []
    return _items(("- ", [markdown.begun(item)]) for item in items)


def _items(items: Iterable[tuple[str, Sequence[str]]]) -> Sequence[str]:
    lines = [_set_off("\n\n".join(blocks), mark, " " * len(mark)) for mark, blocks in items]
    return ["\n".join(lines)] if lines else []


def _set_off(text: str, first: str, rest: str) -> str:
    """Put something in front of the first line and of the lines that follow it."""
    if "\n" not in text:
        return f"{first}{text}".rstrip()
    lines = [f"{rest}{line}" if line else rest.rstrip() for line in text.split("\n")]
    return f"{first}{text.partition(chr(10))[0]}".rstrip() + "".join(f"\n{line}" for line in lines[1:])


def _table(element: Element) -> Sequence[str]:
    rows = [_row(inside) for _, _, inside in descendants(element[2], ("tr",))]
    width = max(map(len, rows), default=0)
    if width == 0:
        return []
    rows = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows]
    rows.insert(1, ["---"] * width)
    return ["\n".join([f"| {' | '.join(row)} |" for row in rows])]


def _row(inside: Inside) -> Sequence[str]:
    if isinstance(inside, str):
        return _ROWS[inside]
    return [_cell(child) for child in inside if not isinstance(child, str)]


_ROWS: Final = _Memory(lambda markup: _row(parsed(markup)))


def _cell(element: Element) -> str:
    _, attributes, inside = element
    written = _number(attributes) or _line(inside)
    return markdown.cell(written) if "|" in written else written


_BLOCKS: Final[Mapping[str, Callable[[Element], Sequence[str]]]] = {
    **dict.fromkeys(
        ("p", "summary", "div", "section", "article", "main", "footer", "aside", "details"), _part
    ),
    **dict.fromkeys((f"h{level}" for level in range(1, 7)), _heading),
    **dict.fromkeys(("ul", "ol"), _list),
    "header": _head,
    "nav": _navigation,
    "figure": _figure,
    "blockquote": _quotation,
    "pre": _verbatim,
    "hr": _rule,
    "dl": _facts,
    "table": _table,
}


# Lines


def _line(inside: Inside) -> str:
    """Write what stands in a line."""
    return _LINES[inside] if isinstance(inside, str) else _written(inside)


def _read(markup: str) -> str:
    if "<" in markup:
        return _written(parsed(markup))
    # Most cells and items hold a word, a link or a piece of code.
    return markdown.escaped(unescape(markup), at_start=False)


_LINES: Final = _Memory(_read)


def _written(children: Sequence[Child], end: str = "; ") -> str:
    """Write what stands in a line; where the page begins a new one, `end` does."""
    if len(children) == 1:
        only = children[0]
        if isinstance(only, str):
            return markdown.escaped(only, at_start=False)
        if only[0] in _ALONE:
            return _IN_LINES[only[0]](only)
    parts: list[str] = []
    words = ""
    for item in (*_run(children), None):
        if isinstance(item, str):
            words += item
            continue
        if words:
            written = _words(words)
            if written[0] == "`" and parts and parts[-1][-1:] == "`":
                parts.append(" ")
            parts.append(written)
            words = ""
        if item is not None:
            written = end if item[0] == "br" else _IN_LINES.get(item[0], _within)(item)
            if not written:
                continue
            before = parts[-1] if parts else ""
            if written[0] == "[" and before[-1:] == "!":
                # Together they would be a picture.
                parts[-1] = f"{before[:-1]}\\!"
            elif written[0] == "`" and before[-1:] == "`":
                parts.append(" ")
            parts.append(written)
    return "\n".join([" ".join(line.split()) for line in "".join(parts).split("\n")])


def _run(children: Iterable[Child]) -> Iterator[Child]:
    """Yield texts and elements as they follow each other; what only changes how a text looks is text."""
    before: Child = ""
    for child in children:
        if isinstance(child, str):
            yield child
        elif 'aria-hidden="true"' not in child[1]:
            tag, attributes, inside = child
            if tag in _APART and not isinstance(before, str):
                # The style sheet keeps them apart.
                yield "; " if class_of(child) == class_of(before) == "hb-tag" else " "
            if tag in _PLAIN or (tag == "span" and not _SPECIAL.search(attributes)):
                yield from _run(children_of(inside))
            else:
                yield child
        before = child


def _words(text: str) -> str:
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{markdown.escaped(text, at_start=False)}{after}"


def _within(element: Element) -> str:
    """What is a block of its own elsewhere is a part of the line here."""
    return f" {_line(element[2])} "


def _item(element: Element) -> str:
    return f" {_line(element[2])}; "


def _span(element: Element) -> str:
    _, attributes, inside = element
    match class_of(element):
        case "hb-chips":
            chips = (_written([child]) for child in children_of(inside) if not isinstance(child, str))
            return f"({', '.join(chips)})"
        case "hb-tag":
            children = children_of(inside)
            name = [child for child in children if is_tag(child, "b")]
            value = [child for child in children if not is_tag(child, "b")]
            return f"{_line(name)}: {_line(value)}"
        case _:
            return _number(attributes) or _line(inside)


def _number(attributes: str) -> str:
    """The number in full of which an element shows as much as is good to read; nothing for other elements."""
    if "hb-number" not in attributes:
        return ""
    title = value_of(attributes, "title")
    return markdown.escaped(title, at_start=False) if _NUMBER.fullmatch(title) else ""


def _time(element: Element) -> str:
    _, attributes, inside = element
    return markdown.escaped(value_of(attributes, "datetime") or text_of(inside), at_start=False)


def _code(element: Element) -> str:
    _, attributes, inside = element
    shown, title = text_of(inside), value_of(attributes, "title")
    return markdown.code(title if title.startswith(shown) else shown)


def _link(element: Element) -> str:
    _, attributes, inside = element
    text, address = _line(inside), _TARGETS[attributes]
    return markdown.linked(text, address) if text and address else text


def _target(attributes: str) -> str:
    """Where a link leads; nothing if that is a place on its own page."""
    address = value_of(attributes, "href")
    return "" if address.startswith("#") else twin_address(address)


_TARGETS: Final = _Memory(_target)


_IN_LINES: Final[Mapping[str, Callable[[Element], str]]] = {
    "a": _link,
    "code": _code,
    "span": _span,
    "time": _time,
    "li": _item,
}
_PLAIN: Final = frozenset(("b", "strong", "i", "em", "u", "s", "del", "small", "sub", "sup", "abbr"))
_APART: Final = frozenset(("a", "span", "code", "time"))
_ALONE: Final = frozenset(("a", "code", "time"))
