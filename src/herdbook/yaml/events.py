"""Follow the events of PyYAML's parser: to the value of a document, or to the place of each value in it.

The parser takes a while to load, and is needed only for files that are not laid out as most are.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

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

import yaml
from herdbook.formats import clipped
from herdbook.yaml.parsed import START, Parsed, Problem, Span, YamlError, refusal, span_after
from herdbook.yaml.scalars import ScalarError, surely, taken_for, value_of

MAX_DEPTH = 64
MAX_EVENTS = 300_000
"""How much a document may hold: each value, and each end of a mapping or list, is one event of the parser."""


_NO_KEY: Any = object()
"""Stands where the pending key of a mapping would: the next value is a key."""

_IN_LIST: Any = object()
"""Stands where the pending key of a mapping would: there are no keys here."""

_MOST_PROBLEMS = 20

_SEEN: dict[str, Any] = {}
"""What unquoted texts stand for; the same words and numbers stand in thousands of files."""
_MOST_SEEN = 2**15
_LONGEST_SEEN = 40


def load(text: str, *, bounded: bool = True) -> Parsed:
    """Build the value of a document; numbers in it have to be ones that a catalog can hold, or need not.

    Raises:
        YamlError: it is no YAML, or more than plain data.
    """
    return _Loader(bounded=bounded).load(text)


class _Loader:
    """Builds the value of one document from the parser's events, refusing all that is not plain data."""

    def __init__(self, *, bounded: bool) -> None:
        self._bounded = bounded
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
            raise refusal(
                "the document holds too many values",
                "Keep bulk data elsewhere and refer to it.",
                span_of(event),
            )
        if not root:
            raise refusal(
                "the file is empty", "Write the entry, beginning with its kind, or delete the file."
            )
        if self.problems:
            raise YamlError(tuple(self.problems))
        return Parsed(root[0], tuple(self.doubts))

    def _duplicate(self, event: Any) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            message = f'the key "{clipped(event.value)}" stands twice in one mapping'
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
            raise refusal("merge keys (<<) are not allowed", "Write the keys out.", span_of(event))
        try:
            value = value_of(text, bounded=self._bounded)
        except ScalarError as error:
            raise refusal(error.message, error.help, span_of(event)) from error
        if len(self.doubts) < _MOST_PROBLEMS and (other := taken_for(text)):
            self._doubt(event, other)
        if is_key and value.__class__ is not str:
            what = f"the key {clipped(text)} is not text" if text else "a key is missing"
            raise refusal(what, "Keys are text: write it in quotes.", span_of(event))
        return value

    def _doubt(self, event: Any, what: str) -> None:
        self.doubts.append(
            Problem(
                "ambiguous-scalar",
                f"{clipped(event.value)} is taken for {what} by older YAML readers",
                "Write text in quotes, and numbers plainly, with a point and a signed exponent (3.0e-4).",
                span_of(event),
            )
        )


def _anchor_or_tag(event: Any) -> YamlError:
    if event.anchor is not None:
        what, help = f"anchors (&{clipped(event.anchor)})", "Write the value out where it is needed."
    else:
        what, help = f"tags ({clipped(event.tag)})", "Delete the tag; quote text that looks like a number."
    return refusal(f"{what} are not allowed", help, span_of(event))


def _key_or_depth(event: Any, *, is_key: bool) -> YamlError:
    if is_key:
        return refusal(
            "a mapping or a list cannot be a key",
            "Keys are text; put what is inside behind a key, or a text with braces or brackets in quotes.",
            span_of(event),
        )
    return refusal(f"the document is nested more than {MAX_DEPTH} deep", "Flatten it.", span_of(event))


def _look_at_frame(event: Any, *, first: bool) -> None:
    """Refuse what stands around or between values and is more than plain data."""
    if event.__class__ is AliasEvent:
        raise refusal("aliases (*name) are not allowed", "Write the value out.", span_of(event))
    if event.__class__ is DocumentStartEvent and not first:
        raise refusal(
            "the file holds a second document",
            "Delete the line with three dashes; one file is one entry.",
            span_of(event),
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


def look_closer(text: str) -> None:
    """Refuse what the C parser lets pass; `text` is a document that it accepted."""
    pieces: list[str] = []
    after = 0
    with events_of(text) as events:
        for event in events:
            if event.__class__ is ScalarEvent:
                if "\0" in event.value:
                    raise refusal("a text holds the character U+0000", "Delete the escape.", span_of(event))
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
            raise refusal(message, help, span_after(text[: found.start(1)]))


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
        raise refusal(f"this is not YAML: {error}", "Mend the syntax.") from error


def _syntax_error(error: yaml.MarkedYAMLError, text: str) -> YamlError:
    problem = error.problem or error.context or "its syntax is broken"
    at, begun = error.problem_mark or error.context_mark, error.context_mark
    help = _CURES.get(problem, "Mend the syntax here or just above.")
    span = _point(at) if at is not None else START
    related: tuple[tuple[str, Span], ...] = ()
    if at is not None and begun is not None:
        if at.index >= len(text.rstrip()):
            # At the end of the file nobody sees what was not closed.
            span = _point(begun) if begun.index < at.index else span_after(text.rstrip())
        elif begun.line != at.line:
            related = ((f"{error.context} that begins here", _point(begun)),)
    return refusal(f"this is not YAML: {problem}", help, span, related=related)


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
