"""Tests of the places of values."""

import gc
import json
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from herdbook.yaml.events import MAX_DEPTH
from herdbook.yaml.parsed import Span
from herdbook.yaml.spots import Spots
from reading import JSON, inside, source


def test_places_are_found_up_to_a_fault() -> None:
    broken = source("a: b\nc: d\n e: f\n")
    assert broken.span(("c",)).line == 2
    assert source("a: b\n? [c]\n: d\n").span(("a",)) == Span(1, 4, 1, 5)
    assert source("a: b\na: c\n").span(("a",)) == Span(1, 4, 1, 5)  # the first of two
    assert source(b"\xff\xfe").span(("a",)) == Span(1, 1, 1, 3)
    assert source("").span() == source("[]").span() == source("- a").span(("a",)) == Span.point(1, 1)


@pytest.mark.parametrize("text", ["---", "--- ", "--- # x", "---\n", "-", "a:"])
def test_nothing_stands_inside_the_file(text: str) -> None:
    assert inside(source(text.encode()).span(("a", 0, "b")), text)


@given(JSON)
def test_every_value_has_a_place_of_its_own(value: Any) -> None:
    text = json.dumps({"top": value}, indent=1)
    found = source(text)
    places = [found.span(route) for route in routes({"top": value})]
    assert all(inside(place, text) for place in places)
    starts = [(place.line, place.column) for place in places]
    assert starts == sorted(set(starts))


def test_nothing_is_left_of_a_file_that_was_looked_at() -> None:
    gc.collect()
    gc.disable()
    try:
        spots = Spots("a: b\nc: d\n")
        assert spots.inside(spots.top(), "a") is not None
        left = weakref.ref(spots)
        del spots
        # In a check of many files, the garbage collector would come when a hundred megabytes are left.
        assert left() is None
    finally:
        gc.enable()


def routes(value: Any, route: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if route:
        yield route
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from routes(inner, (*route, key))


def test_places_are_found_at_any_depth() -> None:
    nested = source("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert nested.span((0,) * (MAX_DEPTH - 1)).column == MAX_DEPTH
