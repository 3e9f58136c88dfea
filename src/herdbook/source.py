"""Read YAML: the one reader for everything that Herdbook reads.

Bytes -> size, encoding and forbidden characters -> a guard against what YAML can do beyond plain data
(anchors, aliases, merge keys, tags, second documents, depth, size) -> plain values with the types of the
YAML 1.2 core schema. Editors and other tools therefore read what Herdbook reads.

Values do not carry their places. A place is a route such as ``("inputs", 1, "dataset")``; the line and column
are looked up in the file only when somebody asks.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs forget to export it
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from herdbook.errors import HerdbookError, StorageError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 200_000

Route = tuple[str | int, ...]

# What a reviewer cannot see, or sees elsewhere than a parser does: controls, line ends that only some readers
# know, zero-width and bidirectional characters, tag characters, halves of surrogate pairs.
FORBIDDEN_CHARACTERS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_FORBIDDEN = re.compile(rf"[{FORBIDDEN_CHARACTERS}]|\r(?!\n)")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)

_INT = re.compile(r"[-+]?[0-9]+")
_BASED_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIGITS_SEEN_AS_NUMBERS_BEFORE = re.compile(
    r"[-+]?0[0-7]+"  # octal
    r"|0o[0-7]+"  # octal now, text before
    r"|[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]*_[0-9a-fA-F_]*|[-+]0x[0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+][0-9]+)?"  # digits in groups
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # minutes and seconds, to the base of sixty
)
_EXPONENT_WITHOUT_POINT_OR_SIGN = re.compile(r"[-+]?[0-9]+[eE].*|[-+]?[0-9]*\.[0-9]*[eE][0-9]+")
_NUMBER_STARTS = frozenset("0123456789+-.")
_LONGEST_NUMBER = 400

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS_SEEN_AS_BOOLEANS_BEFORE = frozenset(
    word for base in ("y", "n", "yes", "no", "on", "off") for word in (base, base.capitalize(), base.upper())
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in a file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def point(cls, line: int, column: int) -> "Span":
        """Return the span of one character."""
        return cls(line, column, line, column + 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the text of a file, met while reading it; `rule` is the id of a rule."""

    rule: str
    message: str
    help: str
    span: Span
    related: tuple[tuple[str, Span], ...] = ()


class YamlError(HerdbookError):
    """The bytes are not YAML that Herdbook accepts; `problems` says why, at least one."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(f"line {first.span.line}, column {first.span.column}: {first.message}. {first.help}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Parsed:
    """The value of a document, and its doubts: values that other readers take for something else."""

    value: Any
    doubts: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file found in a tree. `problem` says why it cannot be read; empty for a regular file."""

    path: str
    problem: str = ""


class Tree(Protocol):
    """Where a catalog is read from. Paths are relative to the catalog, with ``/``."""

    @property
    def name(self) -> str:
        """What to put in front of a path so that a person finds the file."""

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`."""


@dataclass(frozen=True, slots=True)
class DirTree:
    """A folder on disk. Links are never followed, and nothing but regular files is opened."""

    root: Path
    name: str = field(default="")

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.root.as_posix())

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths; hidden ones are left out.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        pending: list[tuple[str, os.DirEntry[str] | None]] = [("", None)]
        while pending:
            path, entry = pending.pop()
            if entry is not None and entry.is_symlink():
                yield TreeFile(path, "it is a symbolic link")
            elif entry is not None and not entry.is_dir(follow_symlinks=False):
                regular = entry.is_file(follow_symlinks=False)
                yield TreeFile(path, "" if regular else "it is neither a file nor a folder")
            else:
                try:
                    with os.scandir(self.root / path) as found:
                        inside = sorted((item for item in found if not item.name.startswith(".")), key=_name)
                except OSError as error:
                    if entry is None:
                        raise StorageError(
                            f"{self.name}: cannot read the folder: {error.strerror}"
                        ) from error
                    yield TreeFile(path, f"the folder cannot be read: {error.strerror}")
                else:
                    prefix = f"{path}/" if path else ""
                    pending.extend((prefix + item.name, item) for item in reversed(inside))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`.

        Raises:
            OSError: the file cannot be read, or is not a regular file any more.
        """
        handle = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            raw = os.read(handle, MAX_BYTES + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else None
        finally:
            os.close(handle)
        if raw is None:
            raise OSError(0, "not a regular file", path)
        return raw


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


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
        return line[0][span.column - 1 : span.end_column - 1] if line and span.end_line == span.line else ""

    def span(self, route: Route = (), *, on_key: bool = False) -> Span:
        """Find where the value at `route` stands.

        A mapping or a list is found at its key. Where the route leads to nothing (a missing key), the nearest
        thing around it is found.
        """
        places = _places(self)
        for length in range(len(route), -1, -1):
            place = places.get(route[:length])
            if place is not None:
                key, value = place
                return (
                    key
                    if key is not None and (on_key or value is None or length < len(route))
                    else value or key or _START
                )
        return _START


_START = Span.point(1, 1)


def read_source(tree: Tree, path: str) -> tuple[SourceFile, tuple[Problem, ...]]:
    """Read one file of a tree. When a problem other than a doubt was met, the value is `None`."""
    try:
        parsed = parse_yaml(tree.read(path))
    except YamlError as error:
        return SourceFile(tree, path), error.problems
    except OSError as error:
        cause = error.strerror or str(error)
        problem = Problem(
            "unreadable-file",
            f"the file cannot be read: {cause}",
            "Make it a regular, readable file.",
            _START,
        )
        return SourceFile(tree, path), (problem,)
    return SourceFile(tree, path, parsed.value), parsed.doubts


def parse_yaml(raw: bytes) -> Parsed:
    """Read one YAML document.

    Returns:
        Its value: dict with str keys, list, str, int, float (finite), bool, None.

    Raises:
        YamlError: the bytes are not YAML, or more than plain data.
    """
    text = _decode(raw)
    loader = _Loader(text)
    value = loader.load()
    if loader.problems:
        raise YamlError(tuple(loader.problems))
    return Parsed(value, tuple(loader.doubts))


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise _refusal(
            f"the file is larger than {MAX_BYTES // 1024} KiB",
            "Keep data elsewhere and refer to it by uri and digest.",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise _refusal("the file is encoded in UTF-16 or UTF-32", "Save it as UTF-8.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise _refusal(
            f"byte {error.start} (0x{raw[error.start]:02x}) is not UTF-8",
            "Save the file as UTF-8.",
            _span_after(before),
        ) from error
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _refusal("the file is empty", "Write the entry, beginning with its kind, or delete the file.")
    found = _FORBIDDEN.search(text)
    if found is not None:
        code = ord(found[0])
        what = (
            "a carriage return without a line feed" if code == 13 else f"the invisible character U+{code:04X}"
        )
        raise _refusal(
            f"the file holds {what}, which reviewers and readers see differently",
            'Delete it, or write it as an escape in double quotes, such as "\\u200d".',
            _span_after(text[: found.start()]),
            rule="forbidden-character",
        )
    if "=======" in text or "<<<<<<<" in text:
        marker = _CONFLICT.search(text)
        if marker is not None:
            raise _refusal(
                "a merge conflict was left in the file",
                "Decide which side holds and delete the marker lines.",
                _span_after(text[: marker.start()]),
            )
    return text


def _refusal(message: str, help: str, span: Span = _START, *, rule: str = "invalid-yaml") -> YamlError:
    return YamlError((Problem(rule, message, help, span),))


def _span_after(before: str) -> Span:
    return Span.point(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


_NO_KEY = object()
_MOST_PROBLEMS = 20


class _Loader:
    """Builds the value of one document from the parser's events, refusing all that is not plain data."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []

    def load(self) -> Any:
        # A loop and a stack of its own: depth is then a number to compare, not a matter of the C stack.
        root: list[Any] = []
        stack: list[tuple[Any, Any]] = []
        container: Any = root
        key: Any = _NO_KEY
        nodes = 0
        for event in _events(self.text):
            kind = event.__class__
            if kind is ScalarEvent:
                value = self._scalar(event)
            elif issubclass(kind, CollectionEndEvent):
                value = container
                container, key = stack.pop()
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._plain(event)
                if len(stack) >= MAX_DEPTH:
                    raise _refusal(
                        f"the document is nested more than {MAX_DEPTH} deep", "Flatten it.", _span(event)
                    )
                if container.__class__ is dict and key is _NO_KEY:
                    raise _refusal(
                        "a mapping or a list cannot be a key here",
                        "Keys are text; put the value behind a key.",
                        _span(event),
                    )
                stack.append((container, key))
                container, key = ({} if kind is MappingStartEvent else []), _NO_KEY
                continue
            elif kind is AliasEvent:
                raise _refusal("aliases (*name) are not allowed", "Write the value out.", _span(event))
            elif kind is DocumentStartEvent:
                self._document(event, first=not root)
                continue
            else:
                continue
            nodes += 1
            if nodes > MAX_NODES:
                raise _refusal(
                    f"the document holds more than {MAX_NODES:,} values",
                    "Keep bulk data elsewhere and refer to it.",
                    _span(event),
                )
            if container.__class__ is list:
                container.append(value)
            elif key is _NO_KEY:
                key = self._key(event, value, container)
            else:
                container[key] = value
                key = _NO_KEY
        return root[0] if root else None

    def _plain(self, event: Any) -> None:
        if event.anchor is not None:
            raise _refusal(
                f"anchors (&{_clip(event.anchor)}) are not allowed",
                "Write the value out where it is needed.",
                _span(event),
            )
        if event.tag is not None:
            raise _refusal(
                f"tags ({_clip(event.tag)}) are not allowed",
                "Delete the tag; quote text that looks like a number.",
                _span(event),
            )

    def _document(self, event: Any, *, first: bool) -> None:
        if not first:
            raise _refusal(
                "the file holds a second document",
                "Delete the line with three dashes; one file is one entry.",
                _span(event),
            )
        if event.version is not None or event.tags:
            raise _refusal("directives (%YAML, %TAG) are not allowed", "Delete the line.", _span(event))

    def _key(self, event: Any, value: Any, container: dict[str, Any]) -> Any:
        if value.__class__ is not str:
            raise _refusal(
                f"the key {_clip(event.value) or 'is empty; it'} is not text",
                "Write it in quotes.",
                _span(event),
            )
        if value == "<<" and event.implicit[0]:
            raise _refusal("merge keys (<<) are not allowed", "Write the keys out.", _span(event))
        if value in container and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(
                Problem(
                    "duplicate-key",
                    f'the key "{_clip(value)}" stands twice in one mapping',
                    "Keep the one that holds.",
                    _span(event),
                )
            )
        return value

    def _scalar(self, event: Any) -> Any:
        if event.anchor is not None or event.tag is not None:
            self._plain(event)
        text = event.value
        if not event.implicit[0]:
            return text
        if text[:1] in _NUMBER_STARTS:
            return self._number(event, text)
        value = _WORDS.get(text, text)
        if value is text and text in _WORDS_SEEN_AS_BOOLEANS_BEFORE:
            self._doubt(event, text, "true or false")
        return value

    def _number(self, event: Any, text: str) -> Any:
        if _DIGITS_SEEN_AS_NUMBERS_BEFORE.fullmatch(text):
            self._doubt(event, text, "another number")
        if _INT.fullmatch(text) or _BASED_INT.fullmatch(text):
            if len(text) <= _LONGEST_NUMBER:
                number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
                if -(2**63) <= number < 2**63:
                    return number
            raise _refusal(
                f"the number {_clip(text)} does not fit into 64 bits",
                "If it is text, write it in quotes.",
                _span(event),
            )
        if _FLOAT.fullmatch(text):
            number = float(text) if len(text) <= _LONGEST_NUMBER else float("inf")
            if number in (float("inf"), float("-inf")):
                raise _refusal(
                    f"the number {_clip(text)} is not finite",
                    "Write a finite number, or text in quotes.",
                    _span(event),
                )
            if _EXPONENT_WITHOUT_POINT_OR_SIGN.fullmatch(text):
                self._doubt(event, text, "text")
            return number
        if _NOT_FINITE.fullmatch(text):
            raise _refusal(
                f"the number {text} is not finite",
                "Leave the value out, or write it as text in quotes.",
                _span(event),
            )
        return text

    def _doubt(self, event: Any, text: str, what: str) -> None:
        if len(self.doubts) < _MOST_PROBLEMS:
            self.doubts.append(
                Problem(
                    "ambiguous-scalar",
                    f"{_clip(text)} is taken for {what} by older YAML readers",
                    "Write text in quotes, and numbers plainly, with a point and a signed exponent (3.0e-4).",
                    _span(event),
                )
            )


def _clip(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    if end.line != start.line:
        return Span.point(start.line + 1, start.column + 1)
    return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)


def _events(text: str) -> Iterator[Event]:
    parser = CParser(text)
    try:
        get_event = parser.get_event
        event = get_event()
        while event.__class__ is not StreamEndEvent:
            yield event
            event = get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        span = Span.point(mark.line + 1, mark.column + 1) if mark is not None else _START
        raise _refusal(
            f"this is not YAML: {error.problem or error.context}", "Mend the syntax here or just above.", span
        ) from error
    except yaml.YAMLError as error:
        raise _refusal(f"this is not YAML: {error}", "Mend the syntax.") from error
    finally:
        parser.dispose()


@lru_cache(maxsize=64)
def _text(source: SourceFile) -> str:
    try:
        return source.tree.read(source.path).decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _places(source: SourceFile) -> dict[Route, tuple[Span | None, Span | None]]:
    """Map each route of a file to the spans of its key and of its value (`None` for a mapping or a list)."""
    places: dict[Route, tuple[Span | None, Span | None]] = {}
    stack: list[
        tuple[Route, Any]
    ] = []  # the enclosing collections: route, and index (list) or pending key (mapping)
    try:
        for event in _events(source.text):
            if isinstance(event, CollectionEndEvent):
                stack.pop()
                continue
            if not isinstance(event, NodeEvent):
                continue
            scalar = isinstance(event, ScalarEvent)
            key: Span | None = None
            route: Route = ()
            if stack:
                parent, state = stack[-1]
                if isinstance(state, int):
                    stack[-1] = (parent, state + 1)
                    route = (*parent, state)
                elif state is None:
                    text, span = getattr(event, "value", ""), _span(event)
                    stack[-1] = (parent, (text, span))
                    if parent == () and () not in places:
                        places[()] = (span, None)
                    continue
                else:
                    stack[-1] = (parent, None)
                    route, key = (*parent, state[0]), state[1]
            if scalar:
                places.setdefault(route, (key, _span(event)))
            elif key is not None:
                places.setdefault(route, (key, None))
            elif route:
                places.setdefault(
                    route, (None, Span.point(event.start_mark.line + 1, event.start_mark.column + 1))
                )
            if isinstance(event, MappingStartEvent):
                stack.append((route, None))
            elif isinstance(event, SequenceStartEvent):
                stack.append((route, 0))
    except YamlError:
        pass  # what stands before the fault can still be found
    return places
