"""Scalars are read again as they were, by every reader, and look as a person would have written them."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import yaml
from herdbook.escaping.yaml import UnwritableError, is_prose, literal, scalar
from herdbook.yaml.reader import FORBIDDEN_CHARACTERS, parse_yaml

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\0"]))


@given(texts)
def test_a_text_is_read_again_wherever_it_stands(text: str) -> None:
    written = f"a: {scalar(text, in_flow=False)}\nb: [{scalar(text, in_flow=True)}]\n"
    held = {"a": text, "b": [text]}
    assert yaml.safe_load(written) == held
    parsed = parse_yaml(written.encode())
    assert parsed.value == held
    assert not parsed.doubts
    assert not re.search(f"[{FORBIDDEN_CHARACTERS}\r]", written)


@given(st.lists(st.sampled_from(["x", "\n", " ", "#", ": ", "- ", "é"])).map("".join).filter(is_prose))
def test_prose_stands_as_it_was_typed(text: str) -> None:
    mark, *lines = literal(text, "  ").split("\n")
    assert mark in ("|", "|-")
    assert lines == [f"  {line}" if line else "" for line in text.removesuffix("\n").split("\n")]
    written = f"a: {literal(text, '  ')}\n"
    assert yaml.safe_load(written) == parse_yaml(written.encode()).value == {"a": text}


AMBIGUOUS = """
1 +1 -1 1.5 1. .5 1e3 1E3 1.5e-3 0x1F 0o17 017 0b101 1_000 1_000.5 0E0_ 1e_+1 .5e_1 12:30:45
190:20:30.15 ~ null Null NULL true
True yes No on OFF y N .inf -.inf .NaN 2024-03-15 2024-03-15T09:12:00Z << = 7e10 012345 - ? : --- ...
b7d9e4 1234567 4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736 s3://bucket/key https://example.org
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""


@pytest.mark.parametrize("text", AMBIGUOUS.split())  # fmt: skip
def test_text_that_could_be_something_else_is_in_quotes(text: str) -> None:
    assert scalar(text, in_flow=False) == scalar(text, in_flow=True) == f'"{text}"'


@pytest.mark.parametrize(
    "text",
    ["3.10.12", "v2.1", "scikit-learn==1.4.2", "ml-engineer", "decade", "e", "a#b", "first release (AUC)"],
)
def test_plain_text_is_without_quotes(text: str) -> None:
    assert scalar(text, in_flow=False) == scalar(text, in_flow=True) == text


@pytest.mark.parametrize("text", ["runs:/eval-12", "first, second", "why?", "a [b]"])
def test_quotes_on_one_line_are_for_what_would_end_the_text_there(text: str) -> None:
    assert scalar(text, in_flow=False) == text
    assert scalar(text, in_flow=True) == f'"{text}"'


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1e-05, "1.0e-05"),
        (1e16, "1.0e+16"),
        (0.1, "0.1"),
        (5e-324, "5.0e-324"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (3, "3"),
        (True, "true"),
    ],
)
def test_numbers(number: float, text: str) -> None:
    assert scalar(number, in_flow=False) == text


def test_numbers_of_other_libraries_are_written_as_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert scalar(numpy.float64(0.5), in_flow=False) == "0.5"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**63, "does not fit into 64 bits; write it as text"),
        (math.nan, "nan is not finite; leave it out"),
        ("x\ud800", "character 1 is half of a surrogate pair"),
        ("ab\0", "character 2 is U+0000"),
        (b"x", "a value of type bytes cannot be written"),
    ],
)
def test_what_no_file_can_hold_is_refused(value: Any, why: str) -> None:
    with pytest.raises(UnwritableError, match=re.escape(why)):
        scalar(value, in_flow=True)
