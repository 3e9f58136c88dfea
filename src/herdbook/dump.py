"""Write YAML: the one writer of catalog files.

The layout is canonical: the same value is always the same text. Keys stand in the order of the schema, what
fits on a line stands on one line, and prose stands as it was typed. Every text that some reader of YAML, of
version 1.1 or 1.2, takes for anything else is in quotes, and so are hashes, timestamps and addresses.

For every value `x` of the catalog's value space (mappings with text keys, lists, text without U+0000, bool,
64-bit int, finite float, null), reading ``dump(x)`` gives `x` again.

The text is put together here, not by PyYAML's emitters: the C one can neither indent lists nor write emoji,
and the Python one is many times slower. As `escaping.yaml` decides the style of every scalar, little is left
to emit.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.escaping.yaml import UnwritableError, is_prose, literal, scalar
from herdbook.schema import schema
from herdbook.source import Route
from herdbook.yaml.events import MAX_DEPTH

WIDTH = 110
"""Columns that a mapping or a list may take to stand on one line."""
LONGEST_IMPLICIT_KEY = 120
"""YAML looks for the colon of a key only so far; before that of a longer one stands a question mark."""
_FOLDERS_ABOVE = {"catalog": 0, "endpoint": 1, "dataset-version": 3, "model-version": 3}


@dataclass(frozen=True, slots=True)
class Remark:
    """What stands beside a value for people alone, and how they wrapped it.

    Attributes:
        above: comments on lines of their own before it, each with its ``#``; an empty one is a blank line.
        behind: the comment at the end of its line.
        below: of a mapping or a list, what stands behind its last member, like `above`.
        block: of a text in lines of its own, the mark that it stands behind, ``|`` or ``>``, and its lines.
    """

    above: tuple[str, ...] = ()
    behind: str = ""
    below: tuple[str, ...] = ()
    block: tuple[str, ...] = ()


Remarks = Mapping[Route, Remark]
"""Remarks by the routes of the values that they stand beside; of a file, what it begins and ends with."""


class DumpError(HerdbookError):
    """A value that no catalog file can hold."""

    def __init__(self, route: Route, what: str) -> None:
        super().__init__(f"{'.'.join(map(str, route)) or 'the value'}: {what}")
        self.route = route


def dump(value: Mapping[str, Any], kind: str | None = None, *, schemas: str | None = None) -> str:
    """Write a catalog file.

    Args:
        value: What the file says.
        kind: The kind of entry: it gives the order of the keys, and the first line, by which editors find the
            schema. Without it keys keep their order.
        schemas: Address of the folder of schemas, for that line; by default the folder ``.schema`` of the
            catalog, relative to the file.

    Raises:
        DumpError: Something is not of the value space; the message says what and where.
    """
    if kind is None:
        head, form = "", _ANY
    else:
        if schemas is None:
            above = 3 if kind == "model-card" and "version" in value else _FOLDERS_ABOVE.get(kind, 2)
            schemas = "../" * above + ".schema"
        head, form = f"# yaml-language-server: $schema={schemas}/{kind}.json\n", _form(kind)
    return head + "\n".join(_block(value, form, "", ()) if value else ("{}",)) + "\n"


def dump_remarked(value: Mapping[str, Any], kind: str | None, remarks: Remarks) -> str:
    """Write a catalog file again, with what people wrote into it for each other.

    A mapping or a list with comments inside stands in lines of its own, however short it is. Without remarks
    this is what `dump` writes below its first line.

    Args:
        value: What the file says.
        kind: The kind of entry; it gives the order of the keys.
        remarks: What is said beside the values.

    Raises:
        DumpError: Something is not of the value space.
    """
    form, notes = _ANY if kind is None else _form(kind), _Notes.of(remarks, value, kind)
    whole = remarks.get((), _NO_REMARK)
    lines = _block(value, form, "", (), notes) if value else ("{}", *whole.below)
    return "\n".join((*_without_blank(whole.above), *lines)) + "\n"


def dump_inline(value: Any, kind: str | None = None, route: Route = ()) -> str:
    """Write a value on one line, however long, as it can stand inside brackets and braces.

    Args:
        value: The value.
        kind: The kind of entry that it is put into.
        route: Where in the entry it is put.

    Raises:
        DumpError: Something is not of the value space.
    """
    line = _flow(value, math.inf, _form_at(kind, route), route, holds_mappings=True)
    assert line is not None, "there is room for everything"
    return line


def dump_member(
    head: str,
    value: Any,
    kind: str | None,
    route: Route,
    *,
    indent: str,
    spread: bool = False,
    remarks: Remarks = MappingProxyType({}),
) -> list[str]:
    """Write the lines of one member of a mapping or list that stands in lines of its own.

    Args:
        head: What stands before the value: the indentation, and a key with its colon, or a dash.
        value: The value.
        kind: The kind of entry that it is put into.
        route: Where in the entry it is put.
        indent: The indentation of the mapping or list.
        spread: Give every member of the value a line of its own, even where all fit on one.
        remarks: What is said beside the value and what is inside it; what stands above the value is left out.

    Raises:
        DumpError: Something is not of the value space.
    """
    form, notes = _form_at(kind, route), _Notes.of(remarks, value, kind, route)
    return "\n".join(_member(head, value, form, indent, route, notes, spread=spread)).split("\n")


def dump_key(name: str, route: Route) -> str:
    """Write a key of a mapping.

    Raises:
        DumpError: It is no text that a file can hold.
    """
    return _key(name, route)


def key_order(kind: str | None, route: Route) -> tuple[str, ...]:
    """The keys that the schema of a kind knows for the mapping at a route, in their order."""
    return tuple(_form_at(kind, route).members)


@dataclass(frozen=True, slots=True)
class _Form:
    """The order that a schema gives to the keys of a value and of what is inside it."""

    members: Mapping[str, "_Form"] = field(default_factory=dict)
    others: "_Form | None" = None
    items: "_Form | None" = None

    @classmethod
    def of(cls, part: Any, shared: Mapping[str, Any]) -> "_Form":
        if not isinstance(part, dict):
            return _ANY
        if "$ref" in part:
            return cls.of(shared[part["$ref"].rpartition("/")[2]], shared)
        return cls(
            {name: cls.of(member, shared) for name, member in part.get("properties", {}).items()},
            cls.of(part.get("additionalProperties"), shared),
            cls.of(part.get("items"), shared),
        )


_ANY = _Form()
_NUMBERS = frozenset({int, float})
_USUAL = 5
"""How long a number is at most that needs no second look: neither 1e-05 nor one of too many digits."""
_SCALARS = frozenset({int, float, str, bool, type(None)})


@dataclass(frozen=True, slots=True)
class _Notes:
    """Remarks, and the routes of the mappings and lists that hold any and so do not stand on one line."""

    at: Remarks
    spread: frozenset[Route]

    @classmethod
    def of(cls, remarks: Remarks, value: Any, kind: str | None, top: Route = ()) -> "_Notes":
        """Arrange remarks on what is inside the value at a route."""
        at = dict(remarks)
        for route in sorted(remarks, key=len, reverse=True):
            _raise(at, route, value, kind, top)
        spread: set[Route] = set()
        for route, remark in at.items():
            if any(remark.below):
                spread.add(route)
            if remark.behind or remark.block or any(remark.above) or any(remark.below):
                spread.update(route[:depth] for depth in range(len(route)))
        return cls(at, frozenset(spread))


def _raise(at: dict[Route, Remark], route: Route, value: Any, kind: str | None, top: Route) -> None:
    """Move comments above the first member of an item of a list to where they will stand: above the item."""
    while len(route) > len(top) + 1 and isinstance(route[-2], int) and any(at[route].above):
        around = route[:-1]
        inside = value
        for step in around[len(top) :]:
            inside = inside[step]
        first = next(_members(inside, _form_at(kind, around)))[0]
        if first != route[-1]:
            return
        there = at.get(around, _NO_REMARK)
        at[around] = replace(there, above=(*there.above, *_without_blank(at[route].above)))
        at[route] = replace(at[route], above=())
        route = around


_NO_REMARK = Remark()
_NO_NOTES = _Notes({}, frozenset())


@cache
def _form(kind: str) -> _Form:
    whole = schema(kind)
    return _Form.of(whole, whole["$defs"])


def _form_at(kind: str | None, route: Route) -> _Form:
    form = _ANY if kind is None else _form(kind)
    for step in route:
        inner = form.items if isinstance(step, int) else form.members.get(step) or form.others
        form = inner or _ANY
    return form


def _members(value: Any, form: _Form) -> Iterator[tuple[str | int, Any, _Form]]:
    if not isinstance(value, Mapping):
        yield from ((index, member, form.items or _ANY) for index, member in enumerate(value))
        return
    for name, inner in form.members.items():
        if name in value:
            yield name, value[name], inner
    for name, member in value.items():
        if name not in form.members:
            yield name, member, form.others or _ANY


def _block(
    value: Mapping[str, Any] | Sequence[Any],
    form: _Form,
    indent: str,
    route: Route,
    notes: _Notes = _NO_NOTES,
) -> Iterator[str]:
    """Write the lines of a mapping or list that is not empty, one or more for each member."""
    is_first = True
    for name, member, inner in _members(value, form):
        here = (*route, name)
        if here in notes.at:
            above = notes.at[here].above
            yield from _indented(_without_blank(above) if is_first else above, indent)
        is_first = False
        head = f"{indent}-"
        if isinstance(value, Mapping):
            key = _key(name, here)
            if len(key) > LONGEST_IMPLICIT_KEY:
                yield f"{indent}? {key}"
                key = ""
            head = f"{indent}{key}:"
        yield from _member(head, member, inner, indent, here, notes)
    if route in notes.at:
        yield from _indented(notes.at[route].below, indent)


def _member(
    head: str,
    value: Any,
    form: _Form,
    indent: str,
    route: Route,
    notes: _Notes = _NO_NOTES,
    *,
    spread: bool = False,
) -> Iterator[str]:
    remark = notes.at.get(route, _NO_REMARK)
    behind = f"  {remark.behind}" if remark.behind else ""
    in_list = head.endswith("-")
    around = indent
    indent += "  "
    if isinstance(value, str):
        if remark.block:
            mark, *typed = remark.block
            yield f"{head} {mark}{behind}"
            yield from _indented(typed, indent)
            return
        text = literal(value, indent) if is_prose(value) else _scalar(value, route, in_flow=False)
        first, end, rest = text.partition("\n")
        yield f"{head} {first}{behind}{end}{rest}"
        return
    if not (in_list or spread or notes.at) and (rows := _rows(value, route)):
        whole = f"[{', '.join(rows)}]"
        if len(whole) < WIDTH - len(head):
            yield f"{head} {whole}"
            return
        if max(map(len, rows)) <= WIDTH - len(indent) - 2:
            yield head
            yield from [f"{indent}- {row}" for row in rows]
            return
    spread = (spread or route in notes.spread) and isinstance(value, Mapping | list | tuple) and bool(value)
    line = None if spread else _flow(value, WIDTH - len(head) - 1, form, route, holds_mappings=in_list)
    if line is not None:
        yield f"{head} {line}{behind}"
        return
    lines = _block(value, form, indent, route, notes)
    if not in_list:
        yield f"{head}{behind}"
    else:
        # The first member stands on the line of the dash; what was behind it has its place above that.
        yield from _indented((remark.behind,) if remark.behind else (), around)
        first = next(lines)
        while not first or first.startswith("#", len(indent)):
            yield around + first[len(indent) :]
            first = next(lines)
        yield f"{head} {first.lstrip(' ')}"
    yield from lines


def _indented(lines: Iterable[str], indent: str) -> Iterator[str]:
    return (indent + line if line else "" for line in lines)


def _without_blank(lines: Sequence[str]) -> Sequence[str]:
    """Leave out the blank line that lines begin with; there is at most one in a row."""
    return lines[1:] if lines and not lines[0] else lines


def _flow(value: Any, room: float, form: _Form, route: Route, *, holds_mappings: bool) -> str | None:
    """Write a value on one line, or return None for a mapping or list that does not belong on one."""
    if type(value) in _SCALARS or not isinstance(value, Mapping | list | tuple):
        return _scalar(value, route, in_flow=True)
    if (text := _numbers(value, route)) is not None:
        return text if len(text) <= room else None
    if len(route) >= MAX_DEPTH:
        raise DumpError(route, f"it is nested more than {MAX_DEPTH} deep; flatten it")
    room -= 2
    parts = []
    for name, member, inner in _members(value, form):
        if isinstance(member, Mapping) and member and not holds_mappings:
            return None
        if isinstance(member, str) and (len(member) > room or (room < math.inf and is_prose(member))):
            return None
        here = (*route, name)
        part = _flow(member, room, inner, here, holds_mappings=holds_mappings)
        if part is None:
            return None
        if isinstance(value, Mapping):
            key = _key(name, here)
            part = f"{key}: {part}" if len(key) <= LONGEST_IMPLICIT_KEY else f"? {key} : {part}"
        room -= len(part) + 2
        if room < -2:
            return None
        parts.append(part)
    text = ", ".join(parts)
    return f"{{{text}}}" if isinstance(value, Mapping) else f"[{text}]"


def _rows(value: Any, route: Route) -> list[str]:
    """Write each list of numbers in a list, as curves are, on one line; nothing for any other list."""
    if type(value) is not list or not value or type(value[0]) is not list:
        return []
    rows = []
    for index, member in enumerate(value):
        row = _numbers(member, (*route, index))
        if row is None:
            return []
        rows.append(row)
    return rows


def _numbers(value: Any, route: Route) -> str | None:
    """Write a list of numbers on one line; such as the points of curves are, which are many."""
    if type(value) is not list or not value or len(route) >= MAX_DEPTH:
        return None
    if not _NUMBERS.issuperset(map(type, value)):
        return None
    parts = []
    for index, number in enumerate(value):
        text = repr(number)
        is_usual = "." in text or len(text) < _USUAL
        parts.append(text if is_usual and "n" not in text else _scalar(number, (*route, index), in_flow=True))
    return f"[{', '.join(parts)}]"


def _key(name: Any, route: Route) -> str:
    if not isinstance(name, str):
        raise DumpError(route, f"the key {name!r} is not text; make it text")
    return _scalar(name, route, in_flow=True)


def _scalar(value: Any, route: Route, *, in_flow: bool) -> str:
    try:
        return scalar(value, in_flow=in_flow)
    except UnwritableError as error:
        raise DumpError(route, str(error)) from error
