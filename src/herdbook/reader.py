"""Read YAML: the one reader for everything that Herdbook reads.

Bytes -> size, encoding and forbidden characters -> a guard against what YAML can do beyond plain data
(anchors, aliases, merge keys, tags, second documents, depth, size) -> plain values with the types of the
YAML 1.2 core schema. Editors and other tools therefore read what Herdbook reads.

Where the layout is the usual one, the values are read line by line; they are those that the parser leads to.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs forget to export it
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from herdbook.errors import HerdbookError
from herdbook.lines import read_lines
from herdbook.scalars import ScalarError, clip, surely, taken_for, value_of
from herdbook.tree import MAX_BYTES

MAX_DEPTH = 64
MAX_EVENTS = 300_000
"""How much a document may hold: each value, and each end of a mapping or list, is one event of the parser."""

# What a reviewer cannot see, or sees elsewhere than a parser does: controls, line ends that only some readers
# know, zero-width and bidirectional characters, selectors, tag characters, halves of surrogate pairs.
FORBIDDEN_CHARACTERS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    r"\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
FORBIDDEN = re.compile(rf"[{FORBIDDEN_CHARACTERS}]|\r(?!\n)")
_COMMON_BYTES = bytes(range(0x20, 0x7F)) + b"\t\n"
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)


class Span(NamedTuple):
    """A stretch of text in a file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def point(cls, line: int, column: int) -> "Span":
        """Return the span of one character."""
        return cls(line, column, line, column + 1)


START = Span.point(1, 1)
"""The beginning of a file."""


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


def parse_yaml(raw: bytes, *, finite: bool = True) -> Parsed:
    """Read one YAML document.

    Args:
        raw: the bytes of the document.
        finite: whether numbers have to be; what other programs wrote may hold infinite ones, and .nan.

    Returns:
        Its value: dict with str keys, list, str, int (64 bits), float (finite), bool, None.

    Raises:
        YamlError: the bytes are not YAML, or more than plain data.
    """
    text = _decode(raw)
    known = read_lines(text)
    parsed = _Loader(finite=finite).load(text) if known is None else Parsed(known)
    if ("\t" in text or "?" in text or "\\" in text or _COMMENT_AFTER_TEXT.search(text)) and _UNUSUAL.search(
        text
    ):
        _look_closer(text)
    return parsed


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise _refusal(
            f"the file is larger than {MAX_BYTES // 1024} KiB",
            "Keep data elsewhere and refer to it by uri and digest.",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:2]:
        raise _refusal("the file is encoded in UTF-16 or UTF-32", "Save it as UTF-8.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix("\ufeff")
        raise _refusal(
            f"byte {error.start} (0x{raw[error.start]:02x}) is not UTF-8",
            "Save the file as UTF-8.",
            _span_after(before),
        ) from error
    text = text.removeprefix("\ufeff")
    if text.endswith(" ") and not text.rpartition("\n")[2].strip(" "):
        text += "\n"  # the C parser overlooks a last line of blanks that does not end
    if raw.translate(None, _COMMON_BYTES):
        _refuse_forbidden(text)
    # Refused before they are parsed: the C parser compares each with all before it.
    # One character is found many times faster than several.
    if "%" in text and ("\n%" in text or text.startswith("%")):
        before = "" if text.startswith("%") else text[: text.index("\n%") + 1]
        raise _refusal("directives (%YAML, %TAG) are not allowed", "Delete the line.", _span_after(before))
    if any(sign in text and 7 * sign in text for sign in "<=>|"):
        marker = _CONFLICT.search(text)
        if marker is not None:
            raise _refusal(
                "a merge conflict was left in the file",
                "Decide which side holds and delete the marker lines.",
                _span_after(text[: marker.start()]),
            )
    return text


def _refuse_forbidden(text: str) -> None:
    found = FORBIDDEN.search(text)
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


def _refusal(
    message: str,
    help: str,
    span: Span | None = None,
    *,
    rule: str = "invalid-yaml",
    related: tuple[tuple[str, Span], ...] = (),
) -> YamlError:
    return YamlError((Problem(rule, message, help, span or START, related),))


def _span_after(before: str) -> Span:
    return Span.point(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


_NO_KEY: Any = object()
"""Stands where the pending key of a mapping would: the next value is a key."""

_IN_LIST: Any = object()
"""Stands where the pending key of a mapping would: there are no keys here."""

_MOST_PROBLEMS = 20

_SEEN: dict[str, Any] = {}
"""What unquoted texts stand for; the same words and numbers stand in thousands of files."""
_MOST_SEEN = 2**15
_LONGEST_SEEN = 40


class _Loader:
    """Builds the value of one document from the parser's events, refusing all that is not plain data."""

    def __init__(self, *, finite: bool = True) -> None:
        self._finite = finite
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []

    def load(self, text: str) -> Parsed:
        # A loop and a stack of its own: depth is then a number to compare, not a matter of the C stack.
        # This loop runs for every value of a catalog: what is rare is done elsewhere.
        root: list[Any] = []
        container: Any = root
        key = _IN_LIST
        stack: list[tuple[Any, Any]] = []
        seen = _SEEN
        event: Any = None
        with events_of(text) as events:
            for event in islice(events, MAX_EVENTS):
                kind = event.__class__
                if kind is ScalarEvent:
                    value = event.value
                    if event.anchor is not None or event.tag is not None:
                        raise _anchor_or_tag(event)
                    if event.implicit[0]:
                        known = seen.get(value)
                        if known is not None and (key is not _NO_KEY or known.__class__ is str):
                            value = known
                        else:
                            value = self._unquoted(event, value, is_key=key is _NO_KEY)
                elif kind is MappingEndEvent or kind is SequenceEndEvent:
                    value = container
                    container, key = stack.pop()
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    if event.anchor is not None or event.tag is not None:
                        raise _anchor_or_tag(event)
                    if key is _NO_KEY or len(stack) >= MAX_DEPTH:
                        raise _key_or_depth(event, is_key=key is _NO_KEY)
                    stack.append((container, key))
                    container, key = ({}, _NO_KEY) if kind is MappingStartEvent else ([], _IN_LIST)
                    continue
                else:
                    _look_at_frame(event, first=not root)
                    continue
                if key is _IN_LIST:
                    container.append(value)
                elif key is not _NO_KEY:
                    container[key] = value
                    key = _NO_KEY
                else:
                    if value in container:
                        self._duplicate(event)
                    key = value
        if event.__class__ is not StreamEndEvent:
            raise _refusal(
                "the document holds too many values",
                "Keep bulk data elsewhere and refer to it.",
                span_of(event),
            )
        if not root:
            raise _refusal(
                "the file is empty", "Write the entry, beginning with its kind, or delete the file."
            )
        if self.problems:
            raise YamlError(tuple(self.problems))
        return Parsed(root[0], tuple(self.doubts))

    def _duplicate(self, event: Any) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            message = f'the key "{clip(event.value)}" stands twice in one mapping'
            self.problems.append(
                Problem("duplicate-key", message, "Keep the one that holds.", span_of(event))
            )

    def _unquoted(self, event: Any, text: str, *, is_key: bool) -> Any:
        """Find what an unquoted text stands for, and remember it where that is plain."""
        value = surely(text)
        if value is None or (is_key and value.__class__ is not str):
            return self._plain(event, text, is_key=is_key)
        if len(_SEEN) < _MOST_SEEN and len(text) <= _LONGEST_SEEN:
            _SEEN[text] = value
        return value

    def _plain(self, event: Any, text: str, *, is_key: bool) -> Any:
        """Find what an unquoted text stands for that may be more than text."""
        if is_key and text == "<<":
            raise _refusal("merge keys (<<) are not allowed", "Write the keys out.", span_of(event))
        try:
            value = value_of(text, finite=self._finite)
        except ScalarError as error:
            raise _refusal(error.message, error.help, span_of(event)) from error
        if len(self.doubts) < _MOST_PROBLEMS and (other := taken_for(text)):
            self._doubt(event, other)
        if is_key and value.__class__ is not str:
            what = f"the key {clip(text)} is not text" if text else "a key is missing"
            raise _refusal(what, "Keys are text: write it in quotes.", span_of(event))
        return value

    def _doubt(self, event: Any, what: str) -> None:
        self.doubts.append(
            Problem(
                "ambiguous-scalar",
                f"{clip(event.value)} is taken for {what} by older YAML readers",
                "Write text in quotes, and numbers plainly, with a point and a signed exponent (3.0e-4).",
                span_of(event),
            )
        )


def _anchor_or_tag(event: Any) -> YamlError:
    if event.anchor is not None:
        what, help = f"anchors (&{clip(event.anchor)})", "Write the value out where it is needed."
    else:
        what, help = f"tags ({clip(event.tag)})", "Delete the tag; quote text that looks like a number."
    return _refusal(f"{what} are not allowed", help, span_of(event))


def _key_or_depth(event: Any, *, is_key: bool) -> YamlError:
    if is_key:
        return _refusal(
            "a mapping or a list cannot be a key",
            "Keys are text; put what is inside behind a key, or a text with braces or brackets in quotes.",
            span_of(event),
        )
    return _refusal(f"the document is nested more than {MAX_DEPTH} deep", "Flatten it.", span_of(event))


def _look_at_frame(event: Any, *, first: bool) -> None:
    """Refuse what stands around or between values and is more than plain data."""
    if event.__class__ is AliasEvent:
        raise _refusal("aliases (*name) are not allowed", "Write the value out.", span_of(event))
    if event.__class__ is DocumentStartEvent and not first:
        raise _refusal(
            "the file holds a second document",
            "Delete the line with three dashes; one file is one entry.",
            span_of(event),
        )


# What the C parser takes, but YAML 1.2 does not: other readers refuse it, or read something else. Nearly no
# file holds even a sign of it, so that it is looked for in a second pass.
_COMMENT_AFTER_TEXT = re.compile(r"#(?<!\s#)(?<!\A#)")
_UNUSUAL = re.compile(
    r"""^\ *\t                             # indentation with a tab
    | [\[{,]\s*\?                          # a question mark inside brackets or braces
    | ["'\]}\[{,|>+\-0-9:?]\#              # a comment right after what does not end in any text
    | \\(?:0 | x00 | u0000 | U00000000)    # an escaped NUL
    """,
    re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#.*", re.MULTILINE)
_LOOKS_DIFFERENT = (
    (
        re.compile(r"(#)"),
        "a comment begins right after something else",
        "Put a blank before the #, or write the text that holds it in quotes.",
    ),
    (
        re.compile(r"^ *(\t)[ \t]*[^ \t\r\n]", re.MULTILINE),
        "a line is indented with a tab",
        "Indent with blanks.",
    ),
    (
        re.compile(r"[\[{,]\s*(\?)[^ \t\r\n]"),
        "a text inside brackets or braces begins with a question mark",
        "Write it in quotes.",
    ),
)


def _look_closer(text: str) -> None:
    """Refuse what the C parser lets pass; `text` is a document that it accepted."""
    pieces: list[str] = []
    after = 0
    with events_of(text) as events:
        for event in events:
            if event.__class__ is ScalarEvent:
                if "\0" in event.value:
                    raise _refusal("a text holds the character U+0000", "Delete the escape.", span_of(event))
                start, end = extent_of(event)
                scalar = text[start:end]
                # Of a block of lines only the header counts as layout; of other texts, the blanks in them.
                header = scalar.partition("\n")[0] if event.style in ("|", ">") else ""
                filler = r"[^\n]" if header else r"\S"
                pieces += text[after:start], header, re.sub(filler, "x", scalar[len(header) :])
                after = end
    layout = _COMMENT.sub(lambda comment: " " * len(comment[0]), "".join((*pieces, text[after:])))
    for pattern, message, help in _LOOKS_DIFFERENT:
        found = pattern.search(layout)
        if found is not None:
            raise _refusal(message, help, _span_after(text[: found.start(1)]))


def span_of(event: Any) -> Span:
    """The span of what an event of the parser tells of; of more than one line, its beginning."""
    start, end = event.start_mark, event.end_mark
    if end.line != start.line:
        return Span.point(start.line + 1, start.column + 1)
    return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)


_CURES = {
    "mapping values are not allowed in this context": (
        "Write a text that holds a colon and a blank in quotes, or mend the indentation."
    ),
    "found character that cannot start any token": (
        "Write a text that begins with @, ` or % in quotes; indent with blanks, not with tabs."
    ),
    "found a tab character that violates indentation": "Indent with blanks, not with tabs.",
    "found unexpected end of stream": "Close the quotes.",
    "did not find expected ',' or ']'": "Close the bracket, and put commas between its items.",
    "did not find expected ',' or '}'": "Close the brace, and put commas between its items.",
    "did not find expected node content": "Write a value here, or close the bracket or brace.",
    "did not find expected key": "Indent the keys of a mapping alike, each before a colon and a blank.",
    "could not find expected ':'": "Put a colon and a blank after the key.",
    "found unknown escape character": "Write \\\\ for a backslash, or use single quotes.",
    "did not find expected '-' indicator": "Indent the items of a list alike, each after a dash and a blank.",
}


@contextmanager
def events_of(text: str) -> Iterator[Iterator[Any]]:
    """Give the events of the parser; what it refuses becomes a `YamlError`."""
    parser = CParser(text)
    try:
        yield iter(parser.get_event, None)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text) from error
    except yaml.YAMLError as error:
        raise _refusal(f"this is not YAML: {error}", "Mend the syntax.") from error


def _syntax_error(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    problem = error.problem or error.context or "its syntax is broken"
    at, begun = error.problem_mark or error.context_mark, error.context_mark
    help = _CURES.get(problem, "Mend the syntax here or just above.")
    span = _point(at) if at is not None else START
    related: tuple[tuple[str, Span], ...] = ()
    if at is not None and begun is not None:
        if at.index >= len(text.rstrip()):
            # At the end of the file nobody sees what was not closed.
            span = _point(begun) if begun.index < at.index else _span_after(text.rstrip())
        elif begun.line != at.line:
            related = ((f"{error.context} that begins here", _point(begun)),)
    return _refusal(f"this is not YAML: {problem}", help, span, related=related)


def extent_of(event: Any) -> tuple[int, int]:
    """Where what an event tells of begins and ends, in characters from the start of the text."""
    return event.start_mark.index, event.end_mark.index


def written_extent(event: Any, text: str) -> tuple[int, int]:
    """Where a scalar begins and ends; to one in lines of its own, only blank lines that it keeps belong."""
    start, end = extent_of(event)
    if event.style not in ("|", ">"):
        return start, end
    written = text[start:end].rstrip(" \t\r\n")
    if "+" in written.partition("\n")[0].partition("#")[0]:
        written = text[start:end].rstrip(" ").removesuffix("\n").removesuffix("\r")
    return start, start + len(written)


def _point(mark: Any) -> Span:
    return Span.point(mark.line + 1, mark.column + 1)
