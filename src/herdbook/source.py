"""The files of a catalog: what was read from each, and where in it each value stands.

Values do not carry their places. A place is a route such as ``("inputs", 1, "dataset")``; the line and column
are looked up in the file only when somebody asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from herdbook.reader import (
    FORBIDDEN,
    MAX_DEPTH,
    MAX_EVENTS,
    START,
    Problem,
    Span,
    YamlError,
    events_of,
    parse_yaml,
    span_of,
)
from herdbook.tree import Tree

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file of a tree and the value read from it (`None` when it could not be read)."""

    tree: Tree
    path: str
    value: Any = None

    @property
    def file(self) -> str:
        """The path for people: the catalog folder as they wrote it, and the path inside."""
        return f"{self.tree.name}/{self.path}" if self.tree.name not in ("", ".") else self.path

    @property
    def text(self) -> str:
        """The text of the file; what is not UTF-8 becomes a replacement character; empty when it is gone."""
        return _text(self)

    def written(self, route: Route) -> str:
        """The value at `route` as it is written in the file; empty when it goes over several lines."""
        span = self.span(route)
        line = self.text.split("\n", span.line)[span.line - 1 :][:1]
        if not line or span.end_line != span.line:
            return ""
        return line[0][span.column - 1 : span.end_column - 1].rstrip("\r")

    def span(self, route: Route = (), *, on_key: bool = False) -> Span:
        """Find where the value at `route` stands.

        A mapping or a list is found at its key. Where the route leads to nothing (a missing key), the nearest
        thing around it is found.
        """
        spots = _spots(self)
        spot = spots.top()
        for step in route:
            inner = spots.inside(spot, step)
            if inner is None:
                return spot.key or spot.value or START
            spot = inner
        return (spot.key if on_key else spot.value) or spot.key or spot.value or START


def read_source(tree: Tree, path: str, raw: bytes | None = None) -> tuple[SourceFile, tuple[Problem, ...]]:
    """Read one file of a tree. When a problem other than a doubt was met, the value is `None`.

    Args:
        tree: the tree.
        path: the path of the file in it.
        raw: the bytes of the file, where they have been read already.
    """
    try:
        parsed = parse_yaml(tree.read(path) if raw is None else raw)
    except YamlError as error:
        return SourceFile(tree, path), error.problems
    except (OSError, ValueError) as error:  # a ValueError: no system takes such a path
        cause = getattr(error, "strerror", None) or str(error)
        problem = Problem(
            "unreadable-file",
            f"the file cannot be read: {cause}",
            "Make it a regular, readable file.",
            START,
        )
        return SourceFile(tree, path), (problem,)
    return SourceFile(tree, path, parsed.value), parsed.doubts


@lru_cache(maxsize=8)
def _text(source: SourceFile) -> str:
    try:
        return source.tree.read(source.path).decode("utf-8", "replace").removeprefix("\ufeff")
    except (OSError, ValueError):
        return ""


_A_KEY = object()


@dataclass(slots=True)
class _Spot:
    """Where a value stands: its key, itself (`None` for a collection behind a key), and what is inside."""

    key: Span | None
    value: Span | None
    inside: dict[str | int, "_Spot"] | None = None


class _Spots:
    """Finds where the values of a file stand; the file is read no further than to what was asked for."""

    def __init__(self, text: str) -> None:
        self._around = _Spot(None, None, {})
        # The parser sees other lines than people do where such characters are.
        self._steps = iter(()) if FORBIDDEN.search(text) else self._read(text)

    def top(self) -> _Spot:
        """Where the document stands: that is at its first key."""
        spot = self.inside(self._around, 0)
        next(self._steps, None)
        return self._around if spot is None else spot

    def inside(self, spot: _Spot, step: str | int) -> _Spot | None:
        """Where the value behind a key or an index stands; `None` where there is none."""
        while spot.inside is not None:
            found = spot.inside.get(step)
            if found is not None:
                return found
            if next(self._steps, None) is None:
                break
        return None

    def _read(self, text: str) -> Iterator[bool]:
        """Note the places of values, event by event of the parser, up to one that no document of ours has."""
        around = self._around
        key: Any = 0  # where the next value belongs: an index, a key, or `_A_KEY` when it is a key itself
        key_span: Span | None = None
        stack: list[tuple[_Spot, Any]] = []
        lines = text.count("\n") + 1
        try:
            with events_of(text) as events:
                for event in islice(events, MAX_EVENTS):
                    if isinstance(event, CollectionEndEvent):
                        around, key = stack.pop()
                    elif not isinstance(event, NodeEvent):
                        continue
                    elif key is _A_KEY:
                        if not isinstance(event, ScalarEvent):
                            return
                        key, key_span = event.value, span_of(event)
                        if len(stack) == 1 and around.key is None:
                            # What is missing from the top is sought at the first key.
                            around.key, around.value = key_span, None
                    else:
                        inside = isinstance(event, CollectionStartEvent)
                        # Nothing, behind a last line that does not end, is said to stand on the next one.
                        place = span_of(event)
                        placed = place.line <= lines and not (inside and key_span)
                        spot = _Spot(key_span, place if placed else None)
                        if around.inside is not None:
                            around.inside.setdefault(key, spot)
                        key, key_span = key + 1 if isinstance(key, int) else _A_KEY, None
                        if inside:
                            if len(stack) > MAX_DEPTH:
                                return
                            stack.append((around, key))
                            around, spot.inside = spot, {}
                            key = _A_KEY if isinstance(event, MappingStartEvent) else 0
                    yield True
        except YamlError:
            pass  # what stands before the fault can still be found


# Few at a time: those of a large file take 100 MB. Findings are asked for their places file after file.
@lru_cache(maxsize=2)
def _spots(source: SourceFile) -> _Spots:
    return _Spots(source.text)
