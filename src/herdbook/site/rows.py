"""The rows of a page of a long list as JSON: scripts load those of all pages when a reader sorts or filters.

They are made from the body of the page, so that the two cannot show different things, and a change that
reaches one page of a list reaches one file of rows. Most cells of a column are alike but for a few texts and
addresses: a file holds each shape of a cell once, and of each row what goes into its shapes. It is no part of
the API: scripts of another version of the site are never given it.

    total    how many rows the list has, and
    columns  the headings: by both, a script sees whether a file belongs to the page that it works on
    shapes   elements as [tag, {attribute: value}, child, ...]; a number stands for a text of the cell
    texts    the texts that are used more than once
    rows     for each the class of the row, then for each cell the number of its shape and what goes into it:
             a text, or the number of one in `texts`
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from typing import Final

from herdbook.site.page import File, Page
from herdbook.site.paths import path_of_rows

_TABLE = re.compile(r'<table\b[^>]* data-src="[^>]* data-total="(\d+)"[^>]*>(.*?)</table>', re.DOTALL)
_HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ROW_CLASS = re.compile(r'\s*class="([^"]*)"')
_CELL = re.compile(r"<t[dh]\b.*?</t[dh]>", re.DOTALL)
# What differs from cell to cell: attributes, and text that is more than space. Classes are its look.
_SLOT = re.compile(r' class="[^"]*"|="([^"]*)"|>([^<>]*[^<>\s][^<>]*)(?=<)')
_MARK: Final = "\0"
_SPACE = re.compile(r"[ \t\r\n\f]+")
_EMPTY: Final = frozenset(("br", "wbr"))
_WORTH_SHARING: Final = 4
"""A shorter text takes no more room than its number."""

Shape = list[object]
"""An element: its tag, its attributes and its children; numbers stand for texts that differ."""


def rows_of(page: Page) -> File | None:
    """Return the rows of the long list on a page; nothing where all of it is on the page."""
    body = str(page.body)
    if ' data-src="' not in body:
        return None
    table = _TABLE.search(body)
    if table is None:
        return None
    head, _, rows = table[2].partition("<tbody>")
    return File(path_of_rows(page.path), _written(int(table[1]), head, rows.split("<tr")[1:]))


def _written(total: int, head: str, rows: Sequence[str]) -> bytes:
    shapes: dict[str, int] = {}
    taken: list[tuple[str, list[tuple[int, list[str]]]]] = []
    for row in rows:
        css = _ROW_CLASS.match(row)
        cells = []
        for cell in _CELL.findall(row):
            shape, values = _taken_apart(cell)
            cells.append((shapes.setdefault(shape, len(shapes)), values))
        taken.append((unescape(css[1]) if css is not None else "", cells))
    uses = Counter(value for _, cells in taken for _, values in cells for value in values)
    shared = [value for value, count in uses.items() if count > 1 and len(value) >= _WORTH_SHARING]
    numbers = {value: number for number, value in enumerate(shared)}
    content = {
        "total": total,
        "columns": [_spaced(unescape(_TAG.sub("", text))).strip() for text in _HEADING.findall(head)],
        "shapes": [_shape(shape) for shape in shapes],
        "texts": shared,
        "rows": [[css, *_flat(cells, numbers)] for css, cells in taken],
    }
    text = json.dumps(content, separators=(",", ":"))
    return f"{text}\n".replace("<", "\\u003c").encode("ascii")


def _flat(cells: Sequence[tuple[int, Sequence[str]]], numbers: dict[str, int]) -> Iterator[object]:
    for shape, values in cells:
        yield shape
        for value in values:
            yield numbers.get(value, value)


def _taken_apart(cell: str) -> tuple[str, list[str]]:
    """Take what differs out of a cell; what is left has a number in each place.

    An attribute that says the same as one before it, with no text between them, is the same place: times and
    numbers stand in several.
    """
    values: list[str] = []
    recent: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        attribute, text = found.groups()
        if text is not None:
            recent.clear()
            values.append(_spaced(unescape(text) if "&" in text else text))
            return f">{_MARK}{len(values) - 1}"
        if attribute is None:
            return found[0]
        number = recent.setdefault(attribute, len(values))
        if number == len(values):
            values.append(unescape(attribute) if "&" in attribute else attribute)
        return f'="{_MARK}{number}"'

    shape = _SLOT.sub(place, cell)
    if not _takes(shape, len(values)):
        # It is markup of a team's own that is not whole.
        return f"<td>{_MARK}0</td>", [_spaced(unescape(_TAG.sub(" ", cell)))]
    return shape, values


def _spaced(text: str) -> str:
    return _SPACE.sub(" ", text)


# The cells of a site have a few dozen shapes.
@lru_cache(maxsize=1024)
def _shape(markup: str) -> Shape:
    reader = _ShapeReader()
    reader.feed(markup)
    reader.close()
    return reader.shape


@lru_cache(maxsize=1024)
def _takes(markup: str, count: int) -> bool:
    """Tell whether a shape has a place for each of so many texts."""

    def numbers(part: object) -> Iterator[int]:
        if isinstance(part, int):
            yield part
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from numbers(inner)

    return set(numbers(_shape(markup))) == set(range(count))


class _ShapeReader(HTMLParser):
    """Reads a cell from which all was taken out that differs; a team's own may not end what it begins."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Shape] = [[]]

    @property
    def shape(self) -> Shape:
        """The cell."""
        return next((part for part in self._open[0] if isinstance(part, list)), ["td", {}])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element: Shape = [tag, {name: _value(value or "") for name, value in attrs}]
        self._open[-1].append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1][:1] == [tag]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].append(_value(_spaced(data)))


def _value(text: str) -> int | str:
    return int(text[1:]) if text.startswith(_MARK) and text[1:].isdigit() else text
