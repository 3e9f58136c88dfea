"""How values are shown: numbers, sizes, times, durations, digests. Templates use these as filters."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

T = TypeVar("T")


def number(value: object) -> str:
    """Show a number for reading: whole ones grouped by thousands, others with four digits or more."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    if not math.isfinite(value):
        return str(value)
    magnitude = abs(value)
    if value.is_integer() and magnitude < 1e15:
        return f"{int(value):,}"
    if magnitude >= 1000:
        return f"{value:,.1f}" if magnitude < 1e9 else f"{value:.4g}"
    if magnitude >= 1:
        return f"{value:.5g}"
    if magnitude < 1e-3:
        return f"{value:.4g}"
    digits = 4
    while (shown := f"{value:.{digits}f}".rstrip("0")).endswith("."):
        digits += 1  # what is not quite one is not shown as one
    return shown


def plain_value(value: object) -> str:
    """Show a value of the catalog as people write it: ``true``, ``a, b, c``; nothing for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(plain_value, value))
        case _:
            return str(value)


def size(count: int) -> str:
    """Show a number of bytes: ``181 kB``, ``2.4 GB`` (powers of 1,000)."""
    if abs(count) < 1000:
        return f"{count} B"
    shown = float(count)
    units = iter(("kB", "MB", "GB", "TB", "PB"))
    unit = "B"
    while abs(shown) >= 999.5 and (larger := next(units, "")):
        shown, unit = shown / 1000, larger
    return f"{shown:.3g} {unit}"


def moment(time: str) -> str:
    """Show a time of the catalog (``2024-03-15T09:12:00Z``) by day and minute; UTC goes without saying."""
    return time[:16].replace("T", " ") if len(time) > 10 else time


def day(time: str) -> str:
    """Show the day of a time of the catalog."""
    return time[:10]


def seconds(start: str, end: str) -> float | None:
    """Count the seconds between two times of the catalog; none where there is no such time."""
    try:
        took = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except (ValueError, TypeError):
        return None
    return took if took >= 0 else None


def duration(start: str, end: str) -> str:
    """Show the time between two times of the catalog: ``45 min 31 s``; nothing where there is none."""
    took = seconds(start, end)
    if took is None:
        return ""
    if took == 0:
        return "< 1 s"
    if took < 60:
        return f"{took:.3g} s"
    minutes, rest = divmod(round(took), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def clipped(text: str, most: int = 60) -> str:
    """Show a text in at most so many characters: of a longer one its beginning, and dots."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def short_digest(digest: str) -> str:
    """Show the algorithm and the beginning of a digest: ``sha256:3f9a1c07d2``."""
    algorithm, colon, value = digest.partition(":")
    return f"{algorithm}{colon}{value[:10]}"


def plural(count: int, noun: str, several: str = "") -> str:
    """Show a count with its noun: ``1 run``, ``3 runs``, ``2 entries``."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def spread(items: Sequence[T], most: int) -> Sequence[T]:
    """Pick at most so many items, evenly, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(index * (len(items) - 1) / (most - 1))] for index in range(most)]


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "number": number,
    "plain_value": plain_value,
    "size": size,
    "moment": moment,
    "day": day,
    "seconds": seconds,
    "duration": duration,
    "short_digest": short_digest,
    "plural": plural,
    "spread": spread,
}
