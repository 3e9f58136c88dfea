"""The text of a file with a change: only the value or the lines of a key that are meant are replaced."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

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
from herdbook.editing.changes import Append, Edit, EditError, Put, Remove, Rename, named, value_at
from herdbook.editing.nodes import Node, composed
from herdbook.remarks import remarks_of
from herdbook.schema import KINDS
from herdbook.source import Route

_BLANKS = " \t\r\n"


class Text:
    """The text of a file, and where its values stand."""

    def __init__(self, text: str, value: Any) -> None:
        self.text = text
        self.value = value
        kind = value.get("kind") if isinstance(value, dict) else None
        self.kind = kind if isinstance(kind, str) and kind in KINDS else None
        self.root = composed(text)

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
        self, route: Route, around: Node, node: Node, wanted: Any, remarks: Remarks
    ) -> Iterator[str]:
        """Lay out a member of a mapping or list; there is nothing to yield where it is gone."""
        step = route[-1]
        value = value_at(wanted, route[:-1])
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

    def _node(self, route: Route) -> Node | None:
        node: Node | None = self.root
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

    def _replaced(self, route: Route, node: Node, new: Any) -> str:
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

    def _head(self, around: Node, route: Route, node: Node) -> tuple[int, str]:
        """Where the line of a member begins, and what stands there before its value."""
        indent = " " * around.column
        step = route[-1]
        if isinstance(step, str):
            start, end = around.keys[step]
            return start, f"{indent}{self.text[start:end]}:"
        return self.text.rfind("-", 0, node.start), f"{indent}-"

    def _extent(self, node: Node, around: Node, route: Route) -> tuple[int, int]:
        """Where a value stands. Of nothing, the parser does not always know; it belongs behind the colon."""
        step = route[-1]
        if node.start == node.end and isinstance(step, str):
            colon = self.text.find(":", around.keys[step][1]) + 1
            return colon, colon
        return node.start, node.end

    def _with_key(self, route: Route, mapping: Node, name: str, new: Any) -> str:
        """Add a key behind the one that comes before it in the schema, or else behind all others."""
        here = (*route, name)
        before = self._before(route, mapping, name)
        _, end = self._extent(mapping.member(before), mapping, (*route, before))
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

    def _before(self, route: Route, mapping: Node, name: str) -> str:
        order = key_order(self.kind, route)
        present = list(mapping.keys)
        if name not in order:
            return present[-1]
        earlier = [key for key in order[: order.index(name)] if key in mapping.keys]
        return earlier[-1] if earlier else present[0]

    def _siblings_are_spread(self, mapping: Node, new: Any) -> bool:
        members = (mapping.members or {}).values()
        return isinstance(new, Mapping) and any(member.is_spread for member in members)

    def _with_item(self, route: Route, items: Node, new: Any) -> str:
        index = len(items.members or ())
        last = items.member(index - 1)
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
            raise EditError(f"{named(route)} does not stand in the file; there is nothing to remove")
        if len(mapping.keys) == 1 and route[:-1]:
            return self._replaced(route[:-1], mapping, {})
        names = list(mapping.keys)
        place = names.index(name)
        key = mapping.keys[name][0]
        node = mapping.member(name)
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
        self, mapping: Node, names: Sequence[str], place: int, key: int, end: int, following: int | None
    ) -> str:
        """Remove a key between braces, and the comma on one side of it."""
        if following is not None and self.text[end:following].strip(_BLANKS) == ",":
            return self._spliced(key, following, "")
        if following is None and place:
            _, before = self._extent(mapping.member(names[place - 1]), mapping, (names[place - 1],))
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

    def _refuse_comments(self, node: Node, start: int, end: int) -> None:
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


def _spaced(text: str, node: Node) -> str:
    return f" {text}" if node.start == node.end else text
