"""What is known of a table, and how it is to be read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from herdbook.errors import HerdbookError
from herdbook.tables.types import INTEGER, NUMBER, STRING, UNKNOWN

MOST_COLUMNS = 2_000
"""With more, a table is a matrix, and a list of its columns helps nobody."""
LONGEST_NAME = 1_000
_MOST_NOTES = 5


class TableError(HerdbookError):
    """What is no table, or could be one in several ways."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a table.

    Attributes:
        delimiter: what stands between the values of a line; `None` for a comma, or a tab in .tsv.
        encoding: how the text is encoded.
        header: whether the first line holds the names of the columns; `None` if it looks so.
        missing: the texts that stand for a missing value, besides nothing at all.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"
    header: bool | None = None
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: what it is called in the file.
        type: what all of its values are.
        is_missing: whether a row has no value there.
        note: what else has to be said of it; nothing, as a rule.
    """

    name: str
    type: str
    is_missing: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table holds.

    Attributes:
        rows: how many rows.
        columns: the columns in their order; none where there are too many.
        notes: sentences about what a person should look at.
    """

    rows: int
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()


def table_of(rows: int, columns: list[Column], notes: list[str], name: str, cure: str = "") -> Table:
    """Put a table together; columns that no catalog file can hold are left out or refused.

    Args:
        rows: how many rows there are.
        columns: the columns.
        notes: what a person should look at.
        name: what the table is called.
        cure: what may be the matter where a name is none, with a separator behind it.

    Raises:
        TableError: a name cannot be that of a column.
    """
    if len(columns) > MOST_COLUMNS:
        return Table(rows, (), (*notes, f"It has {len(columns):,} columns, too many to be listed."))
    for place, column in enumerate(columns, 1):
        if len(column.name) > LONGEST_NAME or not {"\n", "\r", "\0"}.isdisjoint(column.name):
            raise TableError(
                f"{name}: the name of column {place} is no line of text; {cure}--no-columns leaves rows and "
                "columns out"
            )
    twice = [column for column, times in Counter(column.name for column in columns).items() if times > 1]
    if twice:
        notes = [*notes, f"Several columns are called {', '.join(twice[:5])}."]
    return Table(rows, tuple(columns), tuple(notes))


def together(tables: Sequence[tuple[str, Table]], *, as_text: bool) -> Table | None:
    """Put the parts of a table together; nothing if they have different columns.

    Args:
        tables: the parts with their names.
        as_text: whether their values are texts, so that one of any other type makes a column one of texts.
    """
    (_, first), *others = tables
    if not others:
        return first
    names = [column.name for column in first.columns]
    if any([column.name for column in table.columns] != names for _, table in others):
        return None
    columns = []
    for place, column in enumerate(first.columns):
        alike = [table.columns[place] for _, table in tables]
        kind = _of_all([part.type for part in alike], as_text=as_text)
        columns.append(replace(column, type=kind, is_missing=any(part.is_missing for part in alike)))
    notes = [f"{name}: {note}" for name, table in tables for note in table.notes]
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES:] = [f"There are {len(notes) - _MOST_NOTES} more notes like these."]
    return Table(sum(table.rows for _, table in tables), tuple(columns), tuple(notes))


def _of_all(types: Iterable[str], *, as_text: bool) -> str:
    found = {part for name in types for part in name.split(" or ")} - {UNKNOWN}
    if found == {INTEGER, NUMBER}:
        return NUMBER
    if as_text and len(found) > 1:
        return STRING
    return " or ".join(sorted(found)) or UNKNOWN
