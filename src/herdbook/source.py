"""The files of a catalog: what was read from each, and where in it each value stands.

Values do not carry their places. A place is a route such as ``("inputs", 1, "dataset")``; the line and column
are looked up in the file only when somebody asks.
"""

import atexit
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from herdbook.tree import Tree
from herdbook.yaml.parsed import START, Problem, Span, YamlError
from herdbook.yaml.reader import parse_yaml

if TYPE_CHECKING:
    from herdbook.yaml.spots import Spots

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
        return _span(self, route, on_key)


def read_source(
    tree: Tree, path: str, raw: bytes | None = None, *, bounded: bool = True
) -> tuple[SourceFile, tuple[Problem, ...]]:
    """Read one file of a tree. When a problem other than a doubt was met, the value is `None`.

    Args:
        tree: the tree.
        path: the path of the file in it.
        raw: the bytes of the file, where they have been read already.
        bounded: whether numbers in it have to be ones that a catalog can hold.
    """
    try:
        parsed = parse_yaml(tree.read(path) if raw is None else raw, bounded=bounded)
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


# Many findings speak of the same few places besides their own: where the recalled data is, for one.
@lru_cache(maxsize=256)
def _span(source: SourceFile, route: Route, on_key: bool) -> Span:
    spots = _spots(source)
    spot = spots.top()
    for step in route:
        inner = spots.inside(spot, step)
        if inner is None:
            return spot.key or spot.value or START
        spot = inner
    return (spot.key if on_key else spot.value) or spot.key or spot.value or START


# Few at a time: those of a large file take 100 MB. Findings are asked for their places file after file.
@lru_cache(maxsize=2)
def _spots(source: SourceFile) -> "Spots":
    from herdbook.yaml.spots import Spots

    return Spots(source.text)


# What is being read has to end before the interpreter takes the modules apart that its ending needs.
atexit.register(_spots.cache_clear)
