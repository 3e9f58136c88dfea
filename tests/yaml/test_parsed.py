"""Tests of what reading comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.yaml.parsed import START, Problem, Span, YamlError, refusal, span_after


def test_an_error_says_first_what_stands_first() -> None:
    first = Problem("duplicate-key", "a stands twice", "Delete it.", Span.point(3, 2))
    error = YamlError((first, Problem("invalid-yaml", "b", "c", START)))
    assert str(error) == "line 3, column 2: a stands twice. Delete it."
    assert error.problems[0] == first


def test_what_has_no_place_is_refused_at_the_beginning() -> None:
    (problem,) = refusal("the file is empty", "Write it.").problems
    assert problem == Problem("invalid-yaml", "the file is empty", "Write it.", Span(1, 1, 1, 2))


@pytest.mark.parametrize(
    ("before", "line", "column"), [("", 1, 1), ("ab", 1, 3), ("a\n", 2, 1), ("\n\nü", 3, 2)]
)
def test_the_place_behind_a_text_is_found(before: str, line: int, column: int) -> None:
    assert span_after(before) == Span(line, column, line, column + 1)


@given(st.text("a\n"), st.text("a\n"))
def test_places_are_in_the_order_of_the_text(before: str, more: str) -> None:
    assert (span_after(before) < span_after(before + more)) == bool(more)
