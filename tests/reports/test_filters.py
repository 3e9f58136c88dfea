"""A filter that does not parse, shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.queries.filters import FilterError, parse_filter
from herdbook.reports.filters import filter_error_text
from herdbook.reports.terminal import columns


def shown(text: str) -> str:
    with pytest.raises(FilterError) as raised:
        parse_filter(text)
    return filter_error_text(raised.value)


def test_a_caret_stands_under_the_place() -> None:
    assert shown("metrics.auc > '0.9' AND status = 'x'") == (
        "error: filter: a number belongs here, not '0.9'\n"
        "  metrics.auc > '0.9' AND status = 'x'\n"
        "                ^^^^^\n"
        "help: write it without quotes: 0.9\n"
    )


def test_a_caret_stands_where_something_is_missing() -> None:
    assert shown("metrics.auc >") == (
        "error: filter: a number belongs here, not the end\n  metrics.auc >\n               ^\n"
    )


def test_wide_characters_take_two_columns() -> None:
    assert shown("tags.組 = 1").splitlines()[1:3] == ["  tags.組 = 1", "            ^"]


def test_characters_that_do_not_print_are_escaped() -> None:
    lines = shown("tags.a = '\x1b[31m'\nAND tags.b = 1").splitlines()
    assert lines[1:3] == [
        r"  tags.a = '\x1b[31m'\x0aAND tags.b = 1",
        r"                                      ^",
    ]


def test_a_long_filter_is_cut_around_the_place() -> None:
    lines = shown(
        " AND ".join(["metrics.auc > 0.5"] * 500 + ["metrics.auc > x"] + ["status = 'x'"] * 500)
    ).splitlines()
    assert max(map(len, lines)) < 120
    assert lines[1][lines[2].index("^")] == "x"


@given(st.text(max_size=300))
def test_every_line_is_safe_to_print_and_the_caret_within_the_text(text: str) -> None:
    try:
        parse_filter(text)
    except FilterError as error:
        lines = filter_error_text(error).splitlines()
        assert all(line.isprintable() and not line.startswith("::") for line in lines)
        assert columns(lines[2]) <= columns(lines[1]) + 1
