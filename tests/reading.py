"""What tests of the reader share."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from herdbook.source import SourceFile
from herdbook.yaml.parsed import Problem, Span, YamlError
from herdbook.yaml.reader import parse_yaml


class Memory:
    """A tree of one file in memory."""

    name = "catalog"

    def __init__(self, text: str | bytes) -> None:
        self.raw = text.encode() if isinstance(text, str) else text

    def files(self) -> Iterator[Any]:
        return iter(())

    def read(self, path: str) -> bytes:
        return self.raw


def source(text: str | bytes) -> SourceFile:
    return SourceFile(Memory(text), "a.yaml")


def read(text: str) -> Any:
    return parse_yaml(text.encode()).value


def doubts(text: str) -> list[str]:
    return [problem.message for problem in parse_yaml(text.encode()).doubts]


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(YamlError) as raised:
        parse_yaml(text.encode() if isinstance(text, str) else text)
    return raised.value.problems


def met(raw: bytes) -> tuple[Problem, ...]:
    """The doubts about a document, or what is wrong with it."""
    try:
        return parse_yaml(raw).doubts
    except YamlError as error:
        return error.problems


def inside(span: Span, text: str) -> bool:
    """Tell whether a span lies in a text; it may stand just behind a line, and on the line after the last."""
    lines = text.removeprefix("\ufeff").split("\n")
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and span.end_column <= len(lines[span.end_line - 1]) + 2
        and (span.line, span.column) < (span.end_line, span.end_column)
    )


JSON_CHARACTERS = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\0")
JSON_TEXT = st.text(JSON_CHARACTERS)
JSON_KEY = st.text(JSON_CHARACTERS, max_size=100)  # YAML looks no further than 1,024 characters for the colon
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(JSON_KEY, inner, max_size=5),
)
