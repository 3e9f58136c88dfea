"""How many points of a curve are kept, and which."""

from collections.abc import Sequence
from typing import TypeVar

Point = TypeVar("Point")

MAX_POINTS = 1_000
"""How many points of a curve are kept at most."""


def spread(points: Sequence[Point], most: int = MAX_POINTS) -> list[Point]:
    """At most so many points (two or more): the first, the last, and every so many between them."""
    last = len(points) - 1
    if last < most:
        return list(points)
    return [points[index * last // (most - 1)] for index in range(most)]
