"""Tables whose values stand between commas, tabs or other signs: CSV as RFC 4180 has it."""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import chain
from typing import IO, TYPE_CHECKING

from herdbook.formats import plural
from herdbook.tables.packed import LONGEST_LINE
from herdbook.tables.parts import Column, Reading, Table, TableError, table_of
from herdbook.tables.types import STRING, Gathered, type_of

if TYPE_CHECKING:
    import _csv

_SIGNS = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar", " ": "a blank"}
_MOST_DOUBTS = 5
_NO_HEADER = "is the first line a header? If it is not, say --no-header; "
_LEFT_OUT = "--no-columns leaves rows and columns out"


def read_delimited(stream: IO[bytes], name: str, reading: Reading) -> Table:
    """Read a table whose values stand between signs.

    Raises:
        TableError: it is none, or it is not clear how it is to be read.
    """
    delimiter = reading.delimiter or ("\t" if name.lower().removesuffix(".gz").endswith(".tsv") else ",")
    limit = csv.field_size_limit(LONGEST_LINE)
    try:
        lines = _Lines(TextIOWrapper(stream, _encoding(reading), newline=""), name)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            return _read(rows, lines, name, reading)
        except csv.Error as error:
            raise TableError(
                f"{name}, line {rows.line_num}: {error}; mend the line, or say what stands between the "
                f"values with --delimiter; {_LEFT_OUT}"
            ) from error
        except UnicodeError as error:
            raise TableError(
                f"{name}, behind line {rows.line_num}: the text is no {reading.encoding}; say how it is "
                f"encoded with --encoding, such as latin-1 or utf-16; {_LEFT_OUT}"
            ) from error
    except LookupError as error:
        raise TableError(f"{error}; name one that Python knows with --encoding, such as latin-1") from error
    finally:
        csv.field_size_limit(limit)


def _encoding(reading: Reading) -> str:
    """With UTF-8, a byte order mark is no part of the first name."""
    plain = reading.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    return "utf-8-sig" if plain else reading.encoding


class _Lines:
    """The lines of a text, the first of which can be seen again."""

    def __init__(self, text: TextIOWrapper, name: str) -> None:
        self._text = text
        self._name = name
        self.first = ""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise TableError(
                    f"{self._name}: a line has more than {LONGEST_LINE:,} characters; is it a table? "
                    f"{_LEFT_OUT}"
                )
            self.first = self.first or line
            yield line


def _read(rows: "_csv.Reader", lines: _Lines, name: str, reading: Reading) -> Table:
    filled = (row for row in rows if row)  # a line with nothing in it is no row
    first = next(filled, None)
    if first is None:
        return Table(0, (), ("The file holds no line.",))
    _keep_to_delimiter(first, lines.first, name, reading)
    header = _is_header(first, name, reading)
    gathered = [Gathered(reading.missing) for _ in first]
    columns = range(len(first))
    count = 0
    for row in filled if header else chain([first], filled):
        if len(row) != len(gathered):
            raise TableError(
                f"{name}, line {rows.line_num}: the line has {len(row)} values where the first one has "
                f"{len(first)}; mend it, or say what stands between the values with --delimiter; {_LEFT_OUT}"
            )
        count += 1
        for index in columns:
            gathered[index].add(row[index])
    names = first if header else [""] * len(first)
    found = [
        _column(index, *pair, header=header)
        for index, pair in enumerate(zip(names, gathered, strict=True), 1)
    ]
    return table_of(count, found, list(_doubts(found, gathered)), name, _NO_HEADER)


def _keep_to_delimiter(first: list[str], line: str, name: str, reading: Reading) -> None:
    if len(first) > 1 or reading.delimiter is not None:
        return
    other = next((sign for sign in _SIGNS if sign in line.strip()), None)
    if other is not None:
        raise TableError(
            f"{name}, line 1: the line is one value with {_SIGNS[other]} in it; say what stands between the "
            f"values, if it is {_SIGNS[other]} with --delimiter {other!r}, and if it is one value with "
            "--delimiter ','"
        )


def _is_header(first: list[str], name: str, reading: Reading) -> bool:
    if reading.header is not None:
        return reading.header
    wrong = next((value for value in first if value and type_of(value) != STRING), None)
    if wrong is not None:
        raise TableError(
            f"{name}, line 1: {wrong!r} stands where the name of a column should; say --header if it is one, "
            f"and --no-header if the first line holds data; {_LEFT_OUT}"
        )
    return True


def _column(place: int, name: str, gathered: Gathered, *, header: bool) -> Column:
    if name.strip():
        return Column(name, gathered.found, gathered.has_missing)
    note = "It has no name in the file." if header else ""
    return Column(f"column {place}", gathered.found, gathered.has_missing, note)


def _doubts(columns: list[Column], gathered: list[Gathered]) -> Iterator[str]:
    doubtful = [
        (column.name, types.words) for column, types in zip(columns, gathered, strict=True) if types.words
    ]
    for name, words in doubtful[:_MOST_DOUBTS]:
        word, times = words.most_common(1)[0]
        yield (
            f"The column {name} holds {word!r} in {plural(times, 'row')}; --missing {word!r} takes that for "
            "a missing value."
        )
    if len(doubtful) > _MOST_DOUBTS:
        yield f"So do {plural(len(doubtful) - _MOST_DOUBTS, 'more column')}, with this or another word."
