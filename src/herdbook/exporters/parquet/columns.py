"""What the tables are made of: names, types and meanings of columns, and values that fit them."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from herdbook.entries import Column as Described
from herdbook.entries import Entry, Mention, Run
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref

Row = tuple[Any, ...]


class Type(Enum):
    """What a column holds; in any of them, a value may be missing."""

    TEXT = "text"
    TEXTS = "list of texts"
    NUMBER = "number"
    WHOLE = "whole number"
    TRUTH = "true or false"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """A column."""

    name: str
    meaning: str
    type: Type = Type.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: its name, and that of its file.
        meaning: what a row of it is.
        columns: its columns, without the first of all tables, ``catalog``.
        rows: its rows, in a fixed order, with a value for each of these columns.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rows: Callable[[Records], Iterator[Row]]


KEY = Column("key", "its reference, as edges and lineage have it")
NAMED = (
    Column("title", "what people call it"),
    Column("description", "prose about it, in Markdown"),
    Column("path", "its file in the catalog"),
)
MODEL = Column("model", "the model")
NUMBER = Column("version", "the number of the version", Type.WHOLE)
VERSION = (MODEL, NUMBER)
POSITION = Column("position", "its place in the list, from 1", Type.WHOLE)
NAME = Column("name", "its name")
DESCRIBED = (
    NAME,
    Column("type", "its type"),
    Column("description", "what it means"),
    Column("nullable", "whether values may be missing", Type.TRUTH),
)
OWNER = Column("owner", "who answers for it")
TERMS = (
    Column("licence", "under which licence it may be used"),
    Column("contact", "where questions go"),
)
SIZE = Column("size", "its size in bytes", Type.WHOLE)


def text(value: Any) -> str | None:
    """A text as a column holds it: nothing where it is empty, and only what UTF-8 can say."""
    return str(value).encode("utf-8", "replace").decode() if value not in (None, "") else None


def time(value: Any) -> datetime | None:
    """A time as a column holds it; nothing where there is no such time, such as in a leap second."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except (TypeError, ValueError, OverflowError):
        return None


def named(entry: Entry) -> Row:
    """The values of `NAMED`."""
    return text(entry.title), text(entry.description), entry.source.path


def texts(values: Iterable[Any]) -> list[str]:
    """A list of texts as a column holds it."""
    return [str(text(value)) for value in values]


def reference(mention: Mention | None) -> str | None:
    """What a reference says, in full where it can be read."""
    return None if mention is None else text(mention.ref if mention.ref is not None else mention.text)


def run_of(records: Records, mention: Mention | None) -> str | None:
    """The id of the run that a reference leads to."""
    if mention is None or mention.ref is None:
        return reference(mention)
    found = records.catalog.resolve(mention.ref)
    return text(found.id if isinstance(found, Run) else mention.ref.name)


def key_of(records: Records, ref: Ref) -> str:
    """The key in the lineage of what a reference leads to: an alias has one of its own."""
    found = records.catalog.resolve(ref) if ref.alias is None else None
    if found is not None:
        return str(found.ref)
    return str(Ref.run(ref.name) if ref.kind is Kind.RUN else records.catalog.by_name(ref))


def as_json(value: Any) -> str:
    """A value as JSON, always the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def described(column: Described) -> Row:
    """The values of `DESCRIBED`."""
    return text(column.name), text(column.type), text(column.description), column.nullable
