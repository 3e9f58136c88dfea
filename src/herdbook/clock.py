"""Times as the catalog writes them, and the present one: in UTC, to the second."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day that it is."""
    return datetime.now(UTC).date()


def now() -> str:
    """The time that it is: ``2024-03-15T09:12:00Z``."""
    return time_of(datetime.now(UTC))


def time_of(moment: datetime) -> str:
    """Write a moment in UTC."""
    return f"{moment.isoformat(timespec='seconds').removesuffix('+00:00')}Z"


def instant(time: str) -> str:
    """What times are compared by: as they are written, half a second past comes before the full second."""
    time = time.removesuffix("Z")
    return time.rstrip("0").rstrip(".") if "." in time else time


def time_at(seconds: int) -> str:
    """Write the time so many seconds after 1970; nothing where no calendar shows it."""
    try:
        return time_of(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return ""
