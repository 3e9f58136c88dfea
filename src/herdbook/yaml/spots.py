"""Where the values of a file stand, by the events of the parser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from herdbook.yaml.events import MAX_DEPTH, MAX_EVENTS, events_of, span_of
from herdbook.yaml.parsed import Span, YamlError
from herdbook.yaml.reader import FORBIDDEN

_A_KEY = object()


@dataclass(slots=True)
class Spot:
    """Where a value stands: its key, itself (`None` for a collection behind a key), and what is inside."""

    key: Span | None
    value: Span | None
    inside: dict[str | int, "Spot"] | None = None


class Spots:
    """Finds where the values of a file stand; the file is read no further than to what was asked for."""

    def __init__(self, text: str) -> None:
        self._around = Spot(None, None, {})
        # The parser sees other lines than people do where such characters are.
        self._steps = iter(()) if re.search(FORBIDDEN, text) else _noted(self._around, text)

    def top(self) -> Spot:
        """Where the document stands: that is at its first key."""
        spot = self.inside(self._around, 0)
        next(self._steps, None)
        return self._around if spot is None else spot

    def inside(self, spot: Spot, step: str | int) -> Spot | None:
        """Where the value behind a key or an index stands; `None` where there is none."""
        while spot.inside is not None:
            found = spot.inside.get(step)
            if found is not None:
                return found
            if next(self._steps, None) is None:
                break
        return None


def _noted(around: Spot, text: str) -> Iterator[bool]:
    """Note the places of values in what is around the document, event by event of the parser.

    It goes up to an event that no document of ours has.
    """
    key: Any = 0  # where the next value belongs: an index, a key, or `_A_KEY` when it is a key itself
    key_span: Span | None = None
    stack: list[tuple[Spot, Any]] = []
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
                    spot = Spot(key_span, place if placed else None)
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
