import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.formats import (
    clipped,
    day,
    duration,
    moment,
    number,
    plain_value,
    plural,
    seconds,
    short_digest,
    size,
    spread,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (True, "True"),
        ("text", "text"),
        (0.87, "0.87"),
        (0.123456, "0.1235"),
        (0.0003, "0.0003"),
        (3e-12, "3e-12"),
        (12.3456789, "12.346"),
        (2.0, "2"),
        (123456.78, "123,456.8"),
        (1.5e300, "1.5e+300"),
        (-0.5, "-0.5"),
        *(
            (0.99994, "0.9999"),
            (0.99996, "0.99996"),
            (-0.999996, "-0.999996"),
            (1 - 2**-53, "0.9999999999999999"),
        ),
        (float("inf"), "inf"),
    ],
)
def test_numbers(value: object, shown: str) -> None:
    assert number(value) == shown


@given(st.floats(-1e300, 1e300))
def test_a_shown_number_is_near_the_number(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=1e-3)


@given(st.floats(-1, 1, exclude_min=True, exclude_max=True))
def test_what_is_not_quite_one_is_not_shown_as_one(value: float) -> None:
    assert abs(float(number(value))) < 1
    assert number(value)[-1].isdigit()


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (181224, "181 kB"),
        (999_999, "1 MB"),
        (24 * 10**17, "2.4e+03 PB"),
    ],
)
def test_sizes(count: int, shown: str) -> None:
    assert size(count) == shown


def test_times() -> None:
    assert moment("2024-03-15T09:12:00Z") == "2024-03-15 09:12"
    assert moment("2024-03-15") == "2024-03-15"
    assert day("2024-03-15T09:12:00Z") == "2024-03-15"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2024-03-15T09:12:00Z", "2024-03-15T09:57:31Z", "45 min 31 s"),
        ("2024-03-15T09:12:00Z", "2024-03-15T09:12:00.25Z", "0.25 s"),
        ("2024-03-15T09:12:00Z", "2024-03-17T10:12:00Z", "2 d 1 h"),
        ("2024-03-15T09:12:00Z", "2024-03-15T10:12:00Z", "1 h"),
        ("2024-03-15T09:12:00Z", "2024-03-15T09:11:00Z", ""),
        ("2024-03-15T09:12:00Z", "2024-03-15T09:12:00Z", "< 1 s"),
        ("2024-03-15T09:12:00Z", "", ""),
    ],
)
def test_durations(start: str, end: str, shown: str) -> None:
    assert duration(start, end) == shown


def test_seconds_are_counted_where_there_are_two_times() -> None:
    assert seconds("2024-03-15T09:12:00Z", "2024-03-15T09:13:00.5Z") == 60.5
    assert seconds("2024-03-15T09:12:00Z", "2024-03-15T09:12:00Z") == 0
    assert seconds("2024-03-15T09:12:00Z", "2024-03-15T09:11:59Z") is None
    assert seconds("", "2024-03-15T09:11:59Z") is None


def test_digests_counts_and_picks() -> None:
    assert short_digest("sha256:0123456789abcdef") == "sha256:0123456789"
    assert [plural(0, "run"), plural(1, "run"), plural(1200, "entry", "entries")] == [
        "0 runs",
        "1 run",
        "1,200 entries",
    ]
    assert spread(range(100), 3) == [0, 50, 99]
    assert spread([1, 2], 3) == [1, 2]


def test_values_of_the_catalog() -> None:
    values = (None, True, 0.5, ["a", False], "x")
    assert [plain_value(value) for value in values] == ["", "true", "0.5", "a, false", "x"]


@pytest.mark.parametrize(
    ("text", "shown"), [("", ""), ("0123456789", "0123456789"), ("0123456789a", "0123456...")]
)
def test_of_a_text_that_is_too_long_the_beginning_is_shown(text: str, shown: str) -> None:
    assert clipped(text, 10) == shown
