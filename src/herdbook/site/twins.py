"""The Markdown twin of every page: what stands on it, for agents and for ``grep``.

It is made from the body of the page, so that the two cannot tell different things. Pictures, buttons and the
frame are left out; numbers, times, commits and digests that the page shortens are given in full; links lead
to the twins of pages. All text goes through the one writer of Markdown.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Final

from herdbook import markdown
from herdbook.site.page import Page
from herdbook.site.paths import path_of_twin

_LEFT_OUT: Final = ("svg", "button", "form", "label", "select", "script", "style", "template")
_LEFT_OUT_NAVIGATION: Final = frozenset(("hb-crumbs", "hb-jump"))
_EMPTY: Final = frozenset(("br", "hr", "img", "input", "wbr", "col", "link", "meta"))
_TAGS = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>([^<]*)""")
_OTHER_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Spans that are more than a look.
_SPECIAL = re.compile(r"\bhb-(?:chips|tag|number)\b")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_REMEMBERED: Final = 16_384


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
    return "\n\n".join(_blocks(_parsed(body).children)) + "\n"


# From markup to a tree


class _Element:
    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, attributes: str) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[_Element | str] = []

    def get(self, name: str) -> str:
        """The value of an attribute; empty where it is not given."""
        _, found, rest = self.attributes.partition(f' {name}="')
        return unescape(rest.partition('"')[0]) if found else ""


_Children = Sequence[_Element | str]


def _parsed(body: str) -> _Element:
    for tag in _LEFT_OUT:
        body = _without(body, tag)
    body = body.replace("<wbr>", "")
    root = inside = _Element("", "")
    path = [root]
    before = body.partition("<")[0]
    if before:
        root.children.append(unescape(before))
    for closing, tag, attributes, text in _TAGS.findall(body):
        if not closing:
            element = _Element(tag, attributes)
            inside.children.append(element)
            if tag not in _EMPTY:
                path.append(element)
                inside = element
        elif inside.tag == tag or any(element.tag == tag for element in path):
            while path.pop().tag != tag:
                pass
            inside = path[-1]
        if text:
            inside.children.append(unescape(text) if "&" in text else text)
    return root


def _without(body: str, tag: str) -> str:
    """Leave out the elements of a kind that never stand within each other."""
    start, *pieces = body.split(f"<{tag}")
    kept = [start]
    for piece in pieces:
        # There are elements whose names only begin alike.
        kept.append(piece.partition(f"</{tag}>")[2] if piece[:1] in " >\n" else f"<{tag}{piece}")
    return "".join(kept)


# Blocks


def _blocks(children: _Children) -> list[str]:
    """Write what stands below each other; texts between the blocks are paragraphs."""
    found: list[str] = []
    line: list[_Element | str] = []
    for child in children:
        if isinstance(child, str) or child.tag not in _BLOCKS:
            # Most often, it is a line break between the tags of two blocks.
            if line or not isinstance(child, str) or not child.isspace():
                line.append(child)
            continue
        if line:
            found += _paragraph(line)
            line = []
        found += _BLOCKS[child.tag](child)
    return found + _paragraph(line) if line else found


def _paragraph(children: _Children) -> list[str]:
    lines = [markdown.begun(line) for line in _inline(children, "\n").split("\n") if line]
    return ["\\\n".join(lines)] if lines else []


def _part(element: _Element) -> list[str]:
    return _blocks(element.children)


def _head(element: _Element) -> list[str]:
    """The head of a page begins with its heading; of what kind it is comes after it."""
    blocks = _blocks(element.children)
    blocks.sort(key=lambda block: not block.startswith("# "))
    return blocks


def _heading(element: _Element) -> list[str]:
    text = _inline(element.children)
    return [f"{'#' * int(element.tag[1])} {text}"] if text else []


def _navigation(element: _Element) -> list[str]:
    return [] if element.get("class") in _LEFT_OUT_NAVIGATION else _blocks(element.children)


def _figure(element: _Element) -> list[str]:
    blocks = _blocks([child for child in element.children if not _is(child, "figcaption")])
    caption = [child for child in element.children if _is(child, "figcaption")]
    # Without its picture, most often nothing is left that a caption could belong to.
    return [*_paragraph(caption), *blocks] if blocks else []


def _quotation(element: _Element) -> list[str]:
    blocks = _blocks(element.children)
    return [_set_off("\n\n".join(blocks), "> ", "> ")] if blocks else []


def _verbatim(element: _Element) -> list[str]:
    text = _text(element).replace("\r\n", "\n").replace("\r", "\n")
    return [markdown.fenced(text)] if text.strip() else []


def _rule(element: _Element) -> list[str]:
    return ["---"]


def _list(element: _Element) -> list[str]:
    start = int(element.get("start") or 1)
    items = [_blocks(child.children) for child in element.children if not isinstance(child, str)]
    marks = [f"{start + index}. " if element.tag == "ol" else "- " for index in range(len(items))]
    return _items(zip(marks, items, strict=True))


def _facts(element: _Element) -> list[str]:
    """Names and what they stand for, wherever they stand in the list."""
    names: list[str] = []
    items: list[str] = []
    for child in _descendants(element, ("dt", "dd")):
        if child.tag == "dt":
            names.append(_inline(child.children))
        else:
            items.append(f"{', '.join(names)}: {_inline(child.children)}")
            names = []
    return _items(("- ", [markdown.begun(item)]) for item in items)


def _items(items: Iterable[tuple[str, list[str]]]) -> list[str]:
    lines = [_set_off("\n\n".join(blocks), mark, " " * len(mark)) for mark, blocks in items]
    return ["\n".join(lines)] if lines else []


def _set_off(text: str, first: str, rest: str) -> str:
    """Put something in front of the first line and of the lines that follow it."""
    lines = [f"{rest}{line}" if line else rest.rstrip() for line in text.split("\n")]
    return f"{first}{text.partition(chr(10))[0]}".rstrip() + "".join(f"\n{line}" for line in lines[1:])


def _table(element: _Element) -> list[str]:
    rows = [
        [_cell(cell) for cell in row.children if not isinstance(cell, str)]
        for row in _descendants(element, ("tr",))
    ]
    width = max(map(len, rows), default=0)
    if width == 0:
        return []
    rows = [row + [""] * (width - len(row)) for row in rows]
    rows.insert(1, ["---"] * width)
    return ["\n".join(f"| {' | '.join(row)} |" for row in rows)]


def _cell(element: _Element) -> str:
    written = _number(element) or _inline(element.children)
    return markdown.cell(written) if "|" in written else written


_BLOCKS: Final[Mapping[str, Callable[[_Element], list[str]]]] = {
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


def _inline(children: _Children, end: str = "; ") -> str:
    """Write what stands in a line; where the page begins a new one, `end` does."""
    if len(children) == 1:
        # Most cells and items hold a word, a link or a piece of code.
        only = children[0]
        if isinstance(only, str):
            return _words(only).strip()
        if only.tag in _ALONE:
            return _IN_LINES[only.tag](only)
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
            written = end if item.tag == "br" else _IN_LINES.get(item.tag, _within)(item)
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


def _run(children: _Children) -> Iterator[_Element | str]:
    """Yield texts and elements as they follow each other; what only changes how a text looks is text."""
    before: _Element | str = ""
    for child in children:
        if isinstance(child, str):
            yield child
        elif 'aria-hidden="true"' not in child.attributes:
            if isinstance(before, _Element) and child.tag in _APART:
                # The style sheet keeps them apart.
                yield "; " if child.get("class") == before.get("class") == "hb-tag" else " "
            if child.tag in _PLAIN or (child.tag == "span" and not _SPECIAL.search(child.attributes)):
                yield from _run(child.children)
            else:
                yield child
        before = child


@lru_cache(maxsize=_REMEMBERED)
def _words(text: str) -> str:
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{markdown.escaped(text, at_start=False)}{after}"


def _within(element: _Element) -> str:
    """What is a block of its own elsewhere is a part of the line here."""
    return f" {_inline(element.children)} "


def _item(element: _Element) -> str:
    return f" {_inline(element.children)}; "


def _span(element: _Element) -> str:
    match element.get("class"):
        case "hb-chips":
            chips = (_inline([child]) for child in element.children if isinstance(child, _Element))
            return f"({', '.join(chips)})"
        case "hb-tag":
            name = [child for child in element.children if _is(child, "b")]
            value = [child for child in element.children if not _is(child, "b")]
            return f"{_inline(name)}: {_inline(value)}"
        case _:
            return _number(element) or _inline(element.children)


def _number(element: _Element) -> str:
    """The number in full of which an element shows as much as is good to read; nothing for other elements."""
    if "hb-number" not in element.attributes:
        return ""
    title = element.get("title")
    return _words(title) if _NUMBER.fullmatch(title) else ""


def _time(element: _Element) -> str:
    return markdown.escaped(element.get("datetime") or _text(element), at_start=False)


def _code(element: _Element) -> str:
    shown, title = _text(element), element.get("title")
    return _span_of_code(title if title.startswith(shown) else shown)


def _link(element: _Element) -> str:
    text = _inline(element.children)
    address = element.get("href")
    return _linked(text, address) if text and address[:1] not in ("", "#") else text


# The same few things are named on many pages.
@lru_cache(maxsize=_REMEMBERED)
def _linked(text: str, address: str) -> str:
    return markdown.linked(text, twin_address(address))


_span_of_code = lru_cache(maxsize=_REMEMBERED)(markdown.code)


_IN_LINES: Final[Mapping[str, Callable[[_Element], str]]] = {
    "a": _link,
    "code": _code,
    "span": _span,
    "time": _time,
    "li": _item,
}
_PLAIN: Final = frozenset(("b", "strong", "i", "em", "u", "s", "del", "small", "sub", "sup", "abbr"))
_APART: Final = frozenset(("a", "span", "code", "time"))
_ALONE: Final = frozenset(("a", "code", "time"))


# Looking into elements


def _is(child: _Element | str, *tags: str) -> bool:
    return not isinstance(child, str) and child.tag in tags


def _descendants(element: _Element, tags: Sequence[str]) -> Iterator[_Element]:
    for child in element.children:
        if isinstance(child, str):
            continue
        if child.tag in tags:
            yield child
        else:
            yield from _descendants(child, tags)


def _text(element: _Element) -> str:
    return "".join(child if isinstance(child, str) else _text(child) for child in element.children)
