"""Tests of reading by events; what they lead to is tested with the reader."""

from herdbook.yaml import events
from herdbook.yaml.events import events_of, extent_of, load, span_of, written_extent
from herdbook.yaml.parsed import Span


def test_no_more_texts_are_remembered_than_the_bound() -> None:
    many = range(2 * events._MOST_SEEN)
    assert load("\n".join(f"- t{number}" for number in many)).value == [f"t{number}" for number in many]
    assert len(events._SEEN) <= events._MOST_SEEN
    assert load("- " + "long" * 1000).value == ["long" * 1000]
    assert max(map(len, events._SEEN)) <= events._LONGEST_SEEN


def test_an_event_says_where_it_stands() -> None:
    text = "a: b\nc: |+\n  d\n\n"
    with events_of(text) as found:
        scalars = [event for event in found if hasattr(event, "value")]
    assert [span_of(scalar) for scalar in scalars[:2]] == [Span(1, 1, 1, 2), Span(1, 4, 1, 5)]
    assert span_of(scalars[3]) == Span.point(2, 4)
    assert [text[slice(*extent_of(scalar))] for scalar in scalars[:3]] == ["a", "b", "c"]
    assert text[slice(*written_extent(scalars[3], text))] == "|+\n  d\n"
