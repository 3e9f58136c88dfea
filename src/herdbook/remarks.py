"""Find what a catalog file says beside its values: comments, blank lines, and how a long text is wrapped.

A comment at the end of a line belongs to the value that the line begins or ends with. One on a line of its
own belongs to what follows; indented further than that, to the end of the mapping or list that it is in line
with.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, ScalarEvent

from herdbook.dump import Remark
from herdbook.source import Route
from herdbook.yaml.events import events_of, extent_of, written_extent

_BLANKS = " \t\r"


def remarks_of(text: str) -> dict[Route, Remark]:
    """Find the remarks of a document that the reader has accepted; `text` begins behind a byte order mark."""
    return _Reading(text).remarks()


def comments_of(text: str) -> list[str]:
    """The comments of a document that the reader has accepted, sorted, with blanks at their ends left out."""
    remarks = remarks_of(text).values()
    return sorted(
        line for remark in remarks for line in (*remark.above, remark.behind, *remark.below) if line
    )


@dataclass(slots=True)
class _Found:
    """What has been found beside one value.

    Attributes:
        above: comments and blank lines before it.
        around: comments on its own lines, or between its key and it.
        below: comments and blank lines behind its last member.
        block: the mark and the lines of a text in lines of its own.
    """

    above: list[str] = field(default_factory=list)
    around: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    block: tuple[str, ...] = ()

    def remark(self) -> Remark:
        """Of several comments around a value only the last can stay behind it."""
        above = [*self.above, *self.around[:-1]]
        while self.below and not self.below[-1]:
            self.below.pop()
        return Remark(_collapsed(above), "".join(self.around[-1:]), _collapsed(self.below), self.block)


@dataclass(slots=True)
class _Collection:
    """A mapping or list that is being read.

    Attributes:
        route: where it is.
        column: where its keys or dashes stand; less than any comment for one in braces or brackets.
        is_list: whether it is a list.
        flow: whether it stands in braces or brackets.
        next: where the next value belongs: an index or a key; `None` where a key comes next.
        is_empty: whether nothing has been read of it.
    """

    route: Route
    column: int
    is_list: bool
    flow: bool
    next: str | int | None
    is_empty: bool = True


@dataclass(frozen=True, slots=True)
class _Line:
    """A comment, or a blank line, between two values.

    Attributes:
        comment: the comment; nothing is a blank line.
        column: where it stands; nothing where something stands before it.
        before: what stands before it on its line, such as a dash.
        continued: the line is the one on which the value before ends.
    """

    comment: str
    column: int
    before: str
    continued: bool


class _Reading:
    """Goes through the events of a document, and looks at what stands between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[Route, _Found] = {}
        self.after = 0  # where the last value, key or bracket ended
        self.owner: Route | None = None  # the value that it belongs to
        self.open = [_Collection((), -1, True, True, None)]
        self.closed: list[_Collection] = []  # mappings and lists that ended since, the innermost first

    def remarks(self) -> dict[Route, Remark]:
        with events_of(self.text) as events:
            for event in events:
                if isinstance(event, ScalarEvent):
                    self._scalar(event)
                elif isinstance(event, CollectionStartEvent):
                    self._start(event)
                elif isinstance(event, CollectionEndEvent):
                    self._end(event)
        self._between(len(self.text), None)
        return {route: found.remark() for route, found in self.found.items()}

    def _at(self, route: Route) -> _Found:
        return self.found.setdefault(route, _Found())

    def _place(self) -> Route:
        """Where the next value belongs."""
        around = self.open[-1]
        return (*around.route, around.next) if around.next is not None else ()

    def _scalar(self, event: Any) -> None:
        around = self.open[-1]
        start, end = written_extent(event, self.text)
        if around.next is None and len(self.open) > 1:
            around.next = event.value
            self._between(start, self._place())
            around.is_empty = False
            self.after, self.owner = end, self._place()
            return
        place = self._place()
        if around.is_list:
            self._between(start, place)
            self.after = end
        elif start != end:  # of nothing, the parser does not always know where it stands
            self._inside(start, place)
            self.after = end
        self.owner = place
        if event.style in ("|", ">"):
            self._block(event, start, end, place)
        self._passed()

    def _block(self, event: Any, start: int, end: int, place: Route) -> None:
        header, *lines = self.text[start:end].replace("\r", "").split("\n")
        mark, behind, comment = header.partition("#")
        if behind:
            self._at(place).around.append(f"#{comment}".rstrip(_BLANKS))
        if _is_movable(mark.strip(), lines, event.value):
            indent = len(lines[0]) - len(lines[0].lstrip(" "))
            mark = event.style if event.value.endswith("\n") else f"{event.style}-"
            self._at(place).block = (mark, *(line[indent:] for line in lines))

    def _start(self, event: Any) -> None:
        around = self.open[-1]
        place = self._place()
        start, end = extent_of(event)
        is_list = not isinstance(event, MappingStartEvent)
        flow = bool(event.flow_style)
        if flow and end - start == 1 and self.text[start] in "{[":
            if around.is_list:
                self._between(start, place)
            else:
                self._inside(start, place)
            self.after, self.owner = end, place
        elif not flow and around.is_list and place:
            # What stands before several dashes on one line belongs to the first of them.
            self._between(start, place)
            self.after, self.owner = start, place
        column = -1 if flow else event.start_mark.column
        self.open.append(_Collection(place, column, is_list, flow, 0 if is_list else None))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        start, end = extent_of(event)
        if not done.flow:
            self.closed.append(done)
        elif end > start:
            for line in self._lines(start):
                if done.is_empty or (line.continued and line.comment):
                    self._around(done.route if done.is_empty else self.owner, line)
                else:
                    self._at(done.route).below.append(line.comment)
            self.after, self.owner = end, done.route
        self._passed()

    def _passed(self) -> None:
        """Go on to what comes behind a value."""
        around = self.open[-1]
        around.is_empty = False
        around.next = around.next + 1 if isinstance(around.next, int) else None

    def _around(self, place: Route | None, line: _Line) -> None:
        if line.comment and place:
            self._at(place).around.append(line.comment)
        elif line.comment:
            # The braces around everything go, and what stands beside them becomes lines of its own.
            found, is_over = self._at(()), not self.open[0].is_empty
            (found.below if is_over else found.above).append(line.comment)

    def _inside(self, start: int, place: Route) -> None:
        """Look at what stands between a key and its value."""
        if self._is_bare(start):
            return
        for line in self._lines(start):
            self._around(place, line)

    def _between(self, start: int, place: Route | None) -> None:
        """Look at what stands before a member of a mapping or list; `None` is the end of the file."""
        if self.owner is None:
            self._beginning(start, place or ())
            return
        closed, self.closed = self.closed, []
        if self._is_bare(start):
            return
        around = self.open[-1]
        lines = list(self._lines(start))
        target = None if place is None else self._at(place).above
        blank, dash = False, ""
        for line in lines:
            if not line.comment:
                blank = True
                continue
            if line.continued or line.before == ":":
                self._around(self.owner, line)
                continue
            if line.before and target is not None:
                # Behind a dash it belongs to what the dash begins.
                target += [dash] if dash else []
                closed, dash = [], line.comment
                continue
            inside = [one for one in closed if around.column < one.column <= line.column]
            if inside:
                deepest = max(one.column for one in inside)
                chosen = [one for one in inside if one.column == deepest][-1]
                closed = closed[closed.index(chosen) :]
                below = self._at(chosen.route).below
            else:
                closed = []
                below = self._at(()).below if target is None else target
            below += [dash] if dash else []
            below += ["", line.comment] if blank else [line.comment]
            blank, dash = False, ""
        if place is not None:
            self._at(place).above += [""] * blank
            self._at(place).around += [dash] if dash else []

    def _beginning(self, start: int, place: Route) -> None:
        """Look at what stands before everything: up to the last blank line it is about the file."""
        lines = [line.comment for line in self._lines(start)]
        last = max((index for index, line in enumerate(lines) if not line), default=-1)
        head = lines[: last + 1] if place and any(lines[:last]) else lines
        self._at(()).above = head
        self._at(place).above += lines[len(head) :]

    def _is_bare(self, end: int) -> bool:
        """Whether there is neither a comment nor a blank line up to a place, as nearly everywhere."""
        between = self.text[self.after : end]
        return "#" not in between and between.count("\n") < 2

    def _lines(self, end: int) -> Iterator[_Line]:
        """The comments and blank lines from behind what was last read up to another place in the text."""
        pieces = self.text[self.after : end].split("\n")
        if end < len(self.text):
            pieces[-1] = pieces[-1].partition("#")[0]
        for index, piece in enumerate(pieces):
            before, mark, comment = piece.partition("#")
            if mark:
                shown = f"#{comment}".rstrip(_BLANKS)
                column = 0 if before.strip(_BLANKS) else len(before)
                yield _Line(shown, column, before.strip(_BLANKS), index == 0)
            elif 0 < index < len(pieces) - 1 and not piece.strip(_BLANKS):
                yield _Line("", 0, "", False)


def _is_movable(mark: str, lines: list[str], text: str) -> bool:
    """Whether a text in lines of its own can stand further in or out as it is."""
    return (
        not re.search("[0-9]", mark)
        and bool(lines)
        and lines[0][:1] == " "
        and lines[0].lstrip(" ")[:1] not in ("", "\t")
        and text.removesuffix("\n") == text.rstrip()
        and all(line.strip() or not line for line in lines)
    )


def _collapsed(lines: list[str]) -> tuple[str, ...]:
    """Leave one of several blank lines in a row."""
    return tuple(line for index, line in enumerate(lines) if line or index == 0 or lines[index - 1])
