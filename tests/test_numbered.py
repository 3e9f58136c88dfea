"""Lists of numbers in one array."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from herdbook.numbered import NO_LISTS, Lists


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=4), max_size=6))
def test_lists_come_back(lists: list[list[int]]) -> None:
    found = Lists.of(lists)
    assert [list(found.at(number)) for number in range(len(lists))] == lists
    assert list(found.at(len(lists))) == []
    assert list(found.numbers) == list(chain.from_iterable(lists))


def test_where_there_are_no_lists_each_is_empty() -> None:
    assert list(NO_LISTS.at(0)) == []
    assert list(Lists.of([]).at(0)) == []
