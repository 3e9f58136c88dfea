"""The axes of charts: their ticks, how values on them are written, and how many of them are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Final

from herdbook import formats

MOST_POINTS: Final = 200

_FARTHEST: Final = 1e300
_UNITS: Final = ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: the value `low` is at the pixel `start`, `high` at `end`; ticks are multiples of `step`."""

    low: float
    high: float
    step: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return the round values on the axis."""
        first, last = ceil(self.low / self.step - 1e-9), floor(self.high / self.step + 1e-9)
        return [index * self.step for index in range(first, last + 1)]

    def label(self, value: float) -> str:
        """Write a tick, with as many decimals as tell it from the next one."""
        if value == 0:
            return "0"
        largest = max(abs(self.low), abs(self.high))
        if not 1e-4 <= largest < 1e15:
            return _signed(_scientific(value, 10))
        # In a unit that leaves two decimals at most.
        known = min(largest, self.step * 100) if largest >= 1e4 else 0
        size, unit = next(((size, unit) for size, unit in _UNITS if known >= size), (1.0, ""))
        step = self.step / size
        decimals = next((count for count in range(12) if abs(round(step, count) / step - 1) < 1e-9), 12)
        return _signed(f"{value / size:,.{decimals}f}{unit}")


def scale(
    values: Iterable[float],
    start: float,
    end: float,
    ticks: int,
    *,
    rounded: bool = False,
    whole: bool = False,
) -> Scale:
    """Make the axis for some values, with about `ticks` ticks.

    Args:
        values: what must find room on it, at least one.
        start: the pixel of the lowest value.
        end: the pixel of the highest one.
        ticks: how many stretches there should be between ticks.
        rounded: whether the axis begins and ends at a tick.
        whole: whether ticks are whole numbers.
    """
    known = [bounded(value) for value in values]
    low, high = min(known), max(known)
    largest = max(abs(low), abs(high))
    if high - low < max(largest * 1e-9, 1e-290):
        # A constant stands in the middle.
        margin = largest / 10 if largest > 1e-280 else 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / ticks
    power = 10.0 ** floor(log10(rough))
    factors = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    step = next(factor * power for factor in factors if factor * power >= rough * 0.999)
    step = max(1.0, step) if whole else step
    if rounded:
        low, high = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return Scale(low, high, step, start, end)


def bounded(value: float) -> float:
    """Return a number of the catalog as one for an axis, on which nothing is further off than 1e300."""
    return float(max(-_FARTHEST, min(_FARTHEST, value)))


def shown(value: float) -> str:
    """Write a value in a picture: ``0.8731``, ``12.3 k``."""
    if not 1e-4 <= abs(value) < 1e15 and value != 0:
        return _signed(_scientific(value, 3))
    if abs(value) < 10_000:
        return _signed(formats.number(value))
    about = float(f"{value:.3g}")
    size, unit = next((size, unit) for size, unit in _UNITS if abs(about) >= size)
    return _signed(f"{about / size:g}{unit}")


def step_shown(step: float) -> str:
    """Write a step so that it is told from the next one, were there a million of them: ``1,000,100``."""
    return _signed(f"{step:,.4f}".rstrip("0").rstrip(".")) if 1 <= abs(step) < 1e15 else shown(step)


def alike(values: Sequence[float]) -> list[str]:
    """Write values that stand beside each other with the same number of decimals."""
    written = [shown(value) for value in values]
    if any(abs(bounded(value)) >= 1000 or "e" in text for value, text in zip(values, written, strict=True)):
        return written
    decimals = max((len(text.partition(".")[2]) for text in written), default=0)
    return [_signed(f"{bounded(value):.{decimals}f}") for value in values]


def sampled(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """Thin out a curve to at most `most` points (four or more), in order; its ends, peaks and dips stay.

    Each stretch of the curve keeps its lowest and its highest point.
    """
    ordered = sorted(((bounded(step), bounded(value)) for step, value in points), key=lambda point: point[0])
    if len(ordered) <= most:
        return ordered
    inner = ordered[1:-1]
    stretches = (most - 2) // 2
    kept = [ordered[0]]
    for index in range(stretches):
        stretch = range(index * len(inner) // stretches, (index + 1) * len(inner) // stretches)
        low = min(stretch, key=lambda position: inner[position][1])
        high = max(stretch, key=lambda position: inner[position][1])
        kept.extend(inner[position] for position in sorted({low, high}))
    return [*kept, ordered[-1]]


def _scientific(value: float, digits: int) -> str:
    try:
        written = f"{float(value):.{digits}g}"
    except OverflowError:
        # A whole number of the catalog may be too large for a float.
        written = f"{Decimal(value):.{digits - 1}e}"
    mantissa, _, exponent = written.partition("e")
    short = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{short}e{int(exponent)}" if exponent else short


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}", 1) if text.startswith("-") else text
