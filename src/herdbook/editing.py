"""Change catalog files: the text of one file, so that all that is not meant stays as it is, to the byte.

Comments, order, quotes, blank lines, line ends and a byte order mark are kept, for only the text of a value,
or the lines of a key, are replaced. Places come from the events of the one parser, new values from the one
writer, in the style of what stands around them.

Every edit is proved: the result is read again and must say what the old file said but for the intended
change. Where that fails, because the layout is an odd one, the smallest part of the file around the change
for which it does not fail is laid out anew, with all of its comments. What cannot be proved is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

from herdbook.dump import (
    LONGEST_IMPLICIT_KEY,
    Remark,
    Remarks,
    dump_inline,
    dump_key,
    dump_member,
    dump_remarked,
    key_order,
)
from herdbook.errors import HerdbookError
from herdbook.events import events_of, extent_of, written_extent
from herdbook.parsed import YamlError
from herdbook.reader import parse_yaml
from herdbook.remarks import comments_of, remarks_of
from herdbook.schema import KINDS
from herdbook.source import Route

_BLANKS = " \t\r\n"


class EditError(HerdbookError):
    """A change that cannot be made to a file without touching what is not meant."""


@dataclass(frozen=True, slots=True)
class Put:
    """Let the value at a route be this one; keys that are missing on the way are added."""

    route: Route
    value: Any


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the key at the end of a route out of its mapping."""

    route: Route


@dataclass(frozen=True, slots=True)
class Append:
    """Put a value at the end of the list at a route; where there is no list yet, it becomes the first."""

    route: Route
    value: Any


@dataclass(frozen=True, slots=True)
class Rename:
    """Call the key at the end of a route by another name; its value, place and comments stay."""

    route: Route
    name: str


Edit = Put | Remove | Append | Rename


def edit(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Make changes to a file, one after the other.

    Args:
        raw: The file.
        edits: What to change.

    Returns:
        The file with the changes; the very same bytes where it says all of that already.

    Raises:
        YamlError: The file cannot be read.
        DumpError: A value cannot be written.
        EditError: A route leads nowhere, or the change cannot be made without touching something else.
    """
    text = raw.decode("utf-8", "replace")
    value = parse_yaml(raw).value
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for change in edits:
        wanted = edited(value, [change])
        if same(wanted, value):
            continue
        text = _changed(_Text(text, value), change, wanted)
        value = wanted
    return (mark + text).encode()


def edited(value: Any, edits: Sequence[Edit]) -> Any:
    """What a file says after changes to what it says now, which is left as it is.

    Raises:
        EditError: A route leads nowhere.
    """
    for change in edits:
        match change:
            case Put(route, new):
                value = _put(value, route, 0, new)
            case Append(route, new):
                there = _at(value, route)
                if there is not None and not isinstance(there, list):
                    raise EditError(f"{_named(route)} is no list; make it one before something is added")
                value = _put(value, route, 0, [*(there or ()), new])
            case Remove(route):
                around = _around(value, route, to="remove")
                value = _put(value, route[:-1], 0, {k: v for k, v in around.items() if k != route[-1]})
            case Rename(route, name):
                around = _around(value, route, to="rename")
                if name in around and name != route[-1]:
                    here = _named((*route[:-1], name))
                    raise EditError(f"{here} stands in the file already; take one of them out first")
                renamed = {name if key == route[-1] else key: inner for key, inner in around.items()}
                value = _put(value, route[:-1], 0, renamed)
    return value


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and from true, at any depth."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)


def _at(value: Any, route: Route) -> Any:
    for step in route:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _around(value: Any, route: Route, *, to: str) -> Mapping[str, Any]:
    """The mapping that holds the key at the end of a route, which is there `to` be changed."""
    around = _at(value, route[:-1])
    if not isinstance(around, Mapping) or route[-1] not in around:
        raise EditError(f"{_named(route)} does not stand in the file; there is nothing to {to}")
    return around


def _put(value: Any, route: Route, depth: int, new: Any) -> Any:
    """Return `value` with another one at a route; what is behind `depth` steps of it is `value` itself."""
    if depth == len(route):
        return new
    step = route[depth]
    if isinstance(step, int):
        if not isinstance(value, list) or step >= len(value):
            raise EditError(f"{_named(route[: depth + 1])} does not stand in the file; add what is before it")
        return [_put(old, route, depth + 1, new) if i == step else old for i, old in enumerate(value)]
    if value is not None and not isinstance(value, Mapping):
        raise EditError(f"{_named(route[:depth])} is no mapping; make it one before a key is added")
    known = value or {}
    return {**known, step: _put(known.get(step), route, depth + 1, new)}


def _named(route: Route) -> str:
    return ".".join(map(str, route)) or "the file"


def _changed(before: "_Text", change: Edit, wanted: Any) -> str:
    """Return the text of a file with a change.

    Raises:
        EditError: There is no such text that can be proved to say what is wanted.
    """
    text = before.with_change(change)
    problem = _problem(text, wanted)
    if problem is None:
        return text
    comments = comments_of(before.text)
    for text in before.laid_out_with(change, wanted):
        if _problem(text, wanted) is None and comments_of(text) == comments:
            return text
    raise EditError(
        f"{_named(change.route)} cannot be changed without touching something else{problem}; change it by "
        "hand, or write it in a plainer layout first"
    )


def _problem(text: str, wanted: Any) -> str | None:
    """Why a text does not say what is wanted, in words to follow others; `None` where it does."""
    try:
        return None if same(parse_yaml(text.encode()).value, wanted) else ""
    except YamlError as error:
        return f" ({error.problems[0].message})"


@dataclass(slots=True)
class _Node:
    """A value in a text: from its first to behind its last character, what is inside included.

    Attributes:
        start: where it begins.
        end: where it ends; comments behind it are left out.
        column: of what stands in lines of its own, the column of its keys or dashes.
        flow: it is a mapping or list in braces or brackets.
        block: it is a text in lines of its own, behind ``|`` or ``>``.
        keys: of a mapping, the extents of its keys.
        members: what is inside, in the order of the text; `None` for anything but mappings and lists.
    """

    start: int
    end: int
    column: int = 0
    flow: bool = False
    block: bool = False
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    members: dict[str | int, "_Node"] | None = None

    @property
    def is_spread(self) -> bool:
        """Whether it is a mapping or list that stands in lines of its own."""
        return self.members is not None and not self.flow

    def scalars(self) -> Iterator["_Node"]:
        """What is inside and has nothing inside itself, keys included."""
        if self.members is None:
            yield self
        for start, end in self.keys.values():
            yield _Node(start, end)
        for member in (self.members or {}).values():
            yield from member.scalars()


class _Text:
    """The text of a file, and where its values stand."""

    def __init__(self, text: str, value: Any) -> None:
        self.text = text
        self.value = value
        named = value.get("kind") if isinstance(value, dict) else None
        self.kind = named if isinstance(named, str) and named in KINDS else None
        self.root = _composed(text)

    def with_change(self, change: Edit) -> str:
        """Return the text with a change; whether it came out as meant is for others to prove."""
        match change:
            case Remove(route):
                return self._without(route)
            case Rename(route, name):
                return self._renamed(route, name)
            case Append(route, new):
                there = self._node(route)
                if there is None or not there.members:
                    return self._with(route, [new])
                return self._with_item(route, there, new)
            case Put(route, new):
                return self._with(route, new)

    def laid_out_with(self, change: Edit, wanted: Any) -> Iterator[str]:
        """Yield the text with a change and what is around it laid out anew: small parts, then larger ones."""
        remarks = _kept(remarks_of(self.text), change)
        for depth in range(len(change.route), 0, -1):
            route = change.route[:depth]
            around, node = self._node(route[:-1]), self._node(route)
            if around is not None and node is not None and not around.flow:
                yield from self._laid_out(route, around, node, wanted, remarks)
        text = dump_remarked(wanted, self.kind, remarks)
        yield text.replace("\n", self._eol(0))

    def _laid_out(
        self, route: Route, around: _Node, node: _Node, wanted: Any, remarks: Remarks
    ) -> Iterator[str]:
        """Lay out a member of a mapping or list; there is nothing to yield where it is gone."""
        step = route[-1]
        value = _at(wanted, route[:-1])
        if isinstance(step, str) and step not in value:
            return
        start = around.keys[step][0] if isinstance(step, str) else self.text.rfind("-", 0, node.start)
        begin = self.text.rfind("\n", 0, start) + 1
        if self.text[begin:start].strip(" ") == "?":
            start = self.text.index("?", begin)
        _, end = self._extent(node, around, route)
        head = f"{dump_key(step, route)}:" if isinstance(step, str) else "-"
        inside = {place: remark for place, remark in remarks.items() if place[: len(route)] == route}
        indent = " " * around.column
        lines = dump_member(indent + head, value[step], self.kind, route, indent=indent, remarks=inside)
        lines[0] = lines[0][around.column :]
        stop = end + len(self._rest_of_line(end))
        yield self._spliced(start, stop, self._eol(end).join(lines))

    def _node(self, route: Route) -> _Node | None:
        node: _Node | None = self.root
        for step in route:
            node = node.members.get(step) if node is not None and node.members is not None else None
        return node

    def _with(self, route: Route, new: Any) -> str:
        """Put a value where there is one, or else a key into the innermost mapping that there is."""
        for depth in range(len(route), -1, -1):
            node = self._node(route[:depth])
            if node is None:
                continue
            rest = route[depth:]
            for step in reversed(rest[1:]):
                new = {step: new}
            if rest and node.members:
                return self._with_key(route[:depth], node, str(rest[0]), new)
            return self._replaced(route[:depth], node, {rest[0]: new} if rest else new)
        raise AssertionError("the file itself is found by the empty route")

    def _replaced(self, route: Route, node: _Node, new: Any) -> str:
        around = self._node(route[:-1]) if route else None
        if around is None:
            raise EditError("the whole of a file cannot be replaced; write a new one")
        start, end = self._extent(node, around, route)
        self._refuse_comments(node, node.start, end)
        if around.flow:
            return self._spliced(start, end, _spaced(dump_inline(new, self.kind, route), node))
        anchor, head = self._head(around, route, node)
        lines = dump_member(head, new, self.kind, route, indent=" " * around.column)
        if len(lines) > 1 and self._rest_of_line(end).strip(_BLANKS) and not isinstance(new, Mapping | list):
            lines = [f"{head} {dump_inline(new, self.kind, route)}"]  # a comment follows on the same line
        if len(lines) == 1 and not node.is_spread:
            return self._spliced(start, end, _spaced(lines[0].removeprefix(head).lstrip(" "), node))
        self._refuse_comments(node, anchor + len(head) - around.column - 1, end)
        lines[0] = lines[0][around.column :]
        if end == len(self.text):
            lines.append("")  # a text in lines of its own ends in a line end
        return self._spliced(anchor, end, self._eol(end).join(lines))

    def _head(self, around: _Node, route: Route, node: _Node) -> tuple[int, str]:
        """Where the line of a member begins, and what stands there before its value."""
        indent = " " * around.column
        step = route[-1]
        if isinstance(step, str):
            start, end = around.keys[step]
            return start, f"{indent}{self.text[start:end]}:"
        return self.text.rfind("-", 0, node.start), f"{indent}-"

    def _extent(self, node: _Node, around: _Node, route: Route) -> tuple[int, int]:
        """Where a value stands. Of nothing, the parser does not always know; it belongs behind the colon."""
        step = route[-1]
        if node.start == node.end and isinstance(step, str):
            colon = self.text.find(":", around.keys[step][1]) + 1
            return colon, colon
        return node.start, node.end

    def _with_key(self, route: Route, mapping: _Node, name: str, new: Any) -> str:
        """Add a key behind the one that comes before it in the schema, or else behind all others."""
        here = (*route, name)
        before = self._before(route, mapping, name)
        _, end = self._extent(_member(mapping, before), mapping, (*route, before))
        if mapping.flow:
            member = dump_inline({name: new}, self.kind, route)[1:-1]
            return self._behind_in_flow(mapping.keys[before][0], end, member)
        indent = " " * mapping.column
        key = dump_key(name, here)
        head, above = f"{indent}{key}:", []
        if len(key) > LONGEST_IMPLICIT_KEY:
            head, above = f"{indent}:", [f"{indent}? {key}"]
        spread = self._siblings_are_spread(mapping, new)
        lines = dump_member(head, new, self.kind, here, indent=indent, spread=spread)
        return self._below(end, [*above, *lines])

    def _behind_in_flow(self, key: int, end: int, member: str) -> str:
        """Put a member behind another one between braces; where that has a line of its own, on the next."""
        begin = self.text.rfind("\n", 0, key) + 1
        rest = self._rest_of_line(end)
        behind = rest.lstrip(_BLANKS)
        stop = end + len(rest)
        if self.text[begin:key].strip(_BLANKS) or behind[:1] not in ("", "#", ",") or stop == len(self.text):
            return self._spliced(end, end, f", {member}")
        below = f"{self._eol(end)}{self.text[begin:key]}{member}"
        if behind[:1] != ",":
            return f"{self.text[:end]},{rest}{below}{self.text[stop:]}"
        if behind[1:].lstrip(_BLANKS)[:1] in ("", "#"):
            return self._spliced(stop, stop, f"{below},")
        return self._spliced(end, end, f", {member}")

    def _before(self, route: Route, mapping: _Node, name: str) -> str:
        order = key_order(self.kind, route)
        present = list(mapping.keys)
        if name not in order:
            return present[-1]
        earlier = [key for key in order[: order.index(name)] if key in mapping.keys]
        return earlier[-1] if earlier else present[0]

    def _siblings_are_spread(self, mapping: _Node, new: Any) -> bool:
        members = (mapping.members or {}).values()
        return isinstance(new, Mapping) and any(member.is_spread for member in members)

    def _with_item(self, route: Route, items: _Node, new: Any) -> str:
        index = len(items.members or ())
        last = _member(items, index - 1)
        here = (*route, index)
        if items.flow:
            return self._spliced(last.end, last.end, f", {dump_inline(new, self.kind, here)}")
        indent = " " * items.column
        lines = dump_member(f"{indent}-", new, self.kind, here, indent=indent, spread=last.is_spread)
        if last.flow and len(lines) > 1:
            # Where the others stand on one line, however long, so does this one.
            line = f"{indent}- {dump_inline(new, self.kind, here)}"
            above = self.text[self.text.rfind("\n", 0, last.start) + 1 : last.end]
            if len(line) <= len(above) and "\\n" not in line:
                lines = [line]
        return self._below(last.end, lines)

    def _without(self, route: Route) -> str:
        mapping = self._node(route[:-1])
        name = route[-1]
        if mapping is None or not isinstance(name, str):
            raise EditError(f"{_named(route)} does not stand in the file; there is nothing to remove")
        if len(mapping.keys) == 1 and route[:-1]:
            return self._replaced(route[:-1], mapping, {})
        names = list(mapping.keys)
        place = names.index(name)
        key = mapping.keys[name][0]
        node = _member(mapping, name)
        _, end = self._extent(node, mapping, route)
        following = mapping.keys[names[place + 1]][0] if place + 1 < len(names) else None
        if mapping.flow:
            self._refuse_comments(node, mapping.keys[name][1], end)
            return self._without_in_flow(mapping, names, place, key, end, following)
        begin = self.text.rfind("\n", 0, key) + 1
        if self.text[begin:key].strip(" ?") and following is not None:  # on the line of a dash
            self._refuse_comments(node, mapping.keys[name][1], following)
            return self._spliced(key, following, "")
        self._refuse_comments(node, mapping.keys[name][1], end)
        stop = self.text.find("\n", end) + 1 or len(self.text)
        return self._spliced(begin, stop, "")

    def _renamed(self, route: Route, name: str) -> str:
        mapping = self._node(route[:-1])
        assert mapping is not None
        start, end = mapping.keys[str(route[-1])]
        key, quote = dump_key(name, (*route[:-1], name)), self.text[start]
        if quote in "'\"" and key == name and not set(name) & set("'\"\\"):
            key = f"{quote}{name}{quote}"
        return self._spliced(start, end, key)

    def _without_in_flow(
        self, mapping: _Node, names: Sequence[str], place: int, key: int, end: int, following: int | None
    ) -> str:
        """Remove a key between braces, and the comma on one side of it."""
        if following is not None and self.text[end:following].strip(_BLANKS) == ",":
            return self._spliced(key, following, "")
        if following is None and place:
            _, before = self._extent(_member(mapping, names[place - 1]), mapping, (names[place - 1],))
            if self.text[before:key].strip(_BLANKS) == ",":
                return self._spliced(before, end, "")
        begin = self.text.rfind("\n", 0, key) + 1
        behind = self._rest_of_line(end).lstrip(_BLANKS).removeprefix(",").lstrip(_BLANKS)
        if not self.text[begin:key].strip(_BLANKS) and behind[:1] in ("", "#"):  # alone on its line
            return self._spliced(begin, end + len(self._rest_of_line(end)) + len(self._eol(end)), "")
        raise EditError(f"a comment stands beside {names[place]}, inside the braces; remove the key by hand")

    def _below(self, end: int, lines: Sequence[str]) -> str:
        """Put lines below the one on which something ends."""
        eol = self._eol(end)
        stop = end + len(self._rest_of_line(end))
        last = eol if stop == len(self.text) else ""
        return self._spliced(stop, stop, "".join(eol + line for line in lines) + last)

    def _rest_of_line(self, at: int) -> str:
        return self.text[at:].partition("\n")[0].removesuffix("\r")

    def _eol(self, at: int) -> str:
        """The line end that is used there; the last line may have none, so the one above counts as well."""
        found = self.text.find("\n", at)
        if found < 0:
            found = self.text.rfind("\n")
        return "\r\n" if found > 0 and self.text[found - 1] == "\r" else "\n"

    def _refuse_comments(self, node: _Node, start: int, end: int) -> None:
        """Refuse to replace a stretch of text that holds comments."""
        after = start
        for scalar in sorted(node.scalars(), key=lambda scalar: scalar.start):
            gap = self.text[after : max(after, scalar.start)]
            header = self.text[scalar.start : scalar.end].partition("\n")[0] if scalar.block else ""
            if "#" in gap or "#" in header:
                break
            after = max(after, scalar.end)
        else:
            if "#" not in self.text[after : max(after, end)]:
                return
        line = self.text.count("\n", 0, start) + 1
        raise EditError(
            f"comments stand inside what would be replaced, at line {line} and below; change it by hand"
        )

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]


def _kept(remarks: Remarks, change: Edit) -> dict[Route, Remark]:
    """The remarks that still hold when something has changed: not those on what is replaced or removed."""
    if isinstance(change, Append):
        return dict(remarks)
    depth = len(change.route)
    if isinstance(change, Rename):
        there = (*change.route[:-1], change.name)
        return {
            there + route[depth:] if route[:depth] == change.route else route: remark
            for route, remark in remarks.items()
        }
    kept = {route: remark for route, remark in remarks.items() if route[:depth] != change.route}
    remark = remarks.get(change.route)
    if remark is not None and isinstance(change, Put):
        kept[change.route] = Remark(remark.above, remark.behind)
    return kept


def _member(node: _Node, step: str | int) -> _Node:
    assert node.members is not None
    return node.members[step]


def _spaced(text: str, node: _Node) -> str:
    return f" {text}" if node.start == node.end else text


def _composed(text: str) -> _Node:
    """Find where the values of a document stand; it is one that the reader has accepted."""
    around = _Node(0, 0, members={})
    stack: list[tuple[_Node, Any]] = []
    key: Any = 0  # where the next value belongs: an index, a key, or `None` where a key comes next
    with events_of(text) as events:
        for event in events:
            if isinstance(event, CollectionEndEvent):
                done = around
                around, key = stack.pop()
                if done.flow:
                    done.end = extent_of(event)[1]
                else:
                    inside = (done.members or {}).values()
                    done.end = max([done.start, *(member.end for member in inside)])
                    done.end = max([done.end, *(end for _, end in done.keys.values())])
            elif not isinstance(event, ScalarEvent | CollectionStartEvent):
                continue
            elif key is None and isinstance(event, ScalarEvent):
                key = event.value
                around.keys[key] = extent_of(event)
                continue
            else:
                node = _placed(event, text)
                assert around.members is not None
                around.members[key] = node
                if isinstance(event, CollectionStartEvent):
                    stack.append((around, key))
                    around, key = node, None if isinstance(event, MappingStartEvent) else 0
                    continue
            key = key + 1 if isinstance(key, int) else None
    return _member(around, 0)


def _placed(event: Any, text: str) -> _Node:
    if isinstance(event, ScalarEvent):
        return _Node(*written_extent(event, text), block=event.style in ("|", ">"))
    start, end = extent_of(event)
    return _Node(start, end, event.start_mark.column, bool(event.flow_style), members={})
