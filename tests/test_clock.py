from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from herdbook.clock import instant, now, time_at, time_of, today


def test_times_are_written_to_the_second() -> None:
    assert time_of(datetime(2024, 3, 15, 9, 12, 5, 999_999, UTC)) == "2024-03-15T09:12:05Z"
    assert time_at(1_710_493_925) == "2024-03-15T09:12:05Z"


def test_times_are_compared_by_when_they_are() -> None:
    times = [
        "2024-03-15T09:12:05Z",
        "2024-03-15T09:12:05.000Z",
        "2024-03-15T09:12:05.25Z",
        "2024-03-15T09:12:10Z",
    ]
    instants = list(map(instant, times))
    assert instants == sorted(instants)
    assert len(set(instants)) == 3
    assert instant("") == ""


@given(st.integers())
def test_a_time_that_no_calendar_shows_is_none(seconds: int) -> None:
    text = time_at(seconds)
    assert not text or datetime.fromisoformat(text).timestamp() == seconds
    assert text or not 0 <= seconds < 2**37


def test_the_present_is_that_of_utc() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    day, time = today(), datetime.fromisoformat(now())
    after = datetime.now(UTC)
    assert before <= time <= after
    assert day in {before.date(), after.date()}
