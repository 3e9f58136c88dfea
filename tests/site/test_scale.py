import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.site.scale import MOST_POINTS, alike, sampled, scale, shown

# The numbers that a catalog may hold: finite, whole ones of any size.
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.integers(-(10**400), 10**400)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=700), st.integers(4, 200))
def test_thinned_curves_keep_their_ends_and_extremes(points: list[tuple[float, float]], most: int) -> None:
    kept = sampled(points, most)
    every = sampled(points, 10_000)
    assert len(every) == len(points)
    assert len(kept) <= most
    assert set(kept) <= set(every)
    assert [step for step, _ in kept] == sorted(step for step, _ in kept)
    if points:
        assert (kept[0], kept[-1]) == (every[0], every[-1])
        for extreme in (min, max):
            assert extreme(value for _, value in kept) == extreme(value for _, value in every)


def test_long_curves_are_thinned() -> None:
    points = [(step, math.sin(step / 500)) for step in range(100_000)]
    points[54_321] = (54_321, 9.0)
    kept = sampled(points)
    assert len(kept) <= MOST_POINTS
    assert (54_321.0, 9.0) in kept


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.integers(1, 8), st.booleans())
def test_axes_hold_their_values_and_few_distinct_ticks(
    values: list[float], ticks: int, rounded: bool
) -> None:
    axis = scale(values, 100, 0, ticks, rounded=rounded)
    drawn = axis.ticks()
    assert len(drawn) <= 2 * ticks + 4
    labels = [axis.label(tick) for tick in drawn]
    assert len(set(labels)) == len(labels)
    assert all(len(label) <= 24 for label in labels)
    for value in values:
        if abs(value) <= 1e300:
            assert -1e-6 <= axis.at(float(value)) <= 100 + 1e-6


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.8731, "0.8731"),
        (0.87, "0.87"),
        (1, "1"),
        (1200, "1,200"),
        (12_000, "12 k"),
        (1_234_567, "1.23 M"),
        (999_999, "1 M"),
        (-0.5, "\N{MINUS SIGN}0.5"),
        (0, "0"),
        (-0.0, "0"),
        (1e-9, "1e-9"),
        (1.7e308, "1.7e308"),
        (10**400, "1e400"),
        (-(10**400), "\N{MINUS SIGN}1e400"),
        (5e-324, "4.94e-324"),
    ],
)
def test_values_are_written_for_people(value: float, expected: str) -> None:
    assert shown(value) == expected


def test_values_side_by_side_have_the_same_decimals() -> None:
    assert alike([0.8, 0.8512, -1]) == ["0.8000", "0.8512", "\N{MINUS SIGN}1.0000"]
    assert alike([3, 4]) == ["3", "4"]
    assert alike([1e-9, 1]) == ["1e-9", "1"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1], ["0", "0.25", "0.50", "0.75", "1.00"]),
        ([0.2, 0.9], ["0.2", "0.4", "0.6", "0.8", "1.0"]),
        ([0, 50_000], ["0", "20 k", "40 k", "60 k"]),
        ([1e6, 1e6 + 4], ["1,000,000", "1,000,001", "1,000,002", "1,000,003", "1,000,004"]),
        ([-3e-9, 1e-9], ["\N{MINUS SIGN}3e-9", "\N{MINUS SIGN}2e-9", "\N{MINUS SIGN}1e-9", "0", "1e-9"]),
        ([3], ["2.6", "2.8", "3.0", "3.2", "3.4"]),
    ],
)
def test_ticks_are_round(values: list[float], expected: list[str]) -> None:
    axis = scale(values, 0, 380, 4, rounded=True)
    assert [axis.label(tick) for tick in axis.ticks()] == expected
