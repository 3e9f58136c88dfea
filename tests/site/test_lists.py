"""Tests of long lists, cut into pages."""

from collections.abc import Iterable

import pytest

from herdbook.site.lists import PAGE_LENGTH, choices, parts


@pytest.mark.parametrize("count", [0, 1, PAGE_LENGTH, PAGE_LENGTH + 1, 3 * PAGE_LENGTH])
def test_a_long_list_is_cut_without_losing_anything(count: int) -> None:
    items = range(count)
    cut = list(parts(items, "runs/index.html"))
    assert [item for part in cut for item in part.items] == list(items)
    assert [part.number for part in cut] == list(range(1, max(1, -(-count // PAGE_LENGTH)) + 1))
    assert cut[0].path == "runs/index.html"
    assert [part.previous for part in cut] == [None, *(part.path for part in cut[:-1])]
    assert [part.next for part in cut] == [*(part.path for part in cut[1:]), None]
    assert all(part.items == range(part.first_item - 1, part.last_item) for part in cut)


def test_no_page_of_a_list_is_many_clicks_away() -> None:
    cut = list(parts(range(700 * PAGE_LENGTH), "a/index.html"))
    leads = {part.path: [path for _, path in part.near] for part in cut}
    assert leads["a/index~12.html"] == [
        *("a/index.html", "a/index~2.html", "a/index~11.html", "a/index~12.html", "a/index~13.html"),
        *("a/index~22.html", "a/index~112.html", "a/index~700.html"),
    ]
    reached, clicks = {"a/index.html"}, 0
    while len(reached) < len(cut):
        reached |= {path for page in reached for path in leads[page]}
        clicks += 1
    assert clicks <= 14


@pytest.mark.parametrize(
    ("values", "offered"),
    [("", ()), ("aaa", ()), ("bab", ("a", "b")), (map(str, range(51)), ())],
)
def test_values_are_offered_where_there_is_a_choice_of_few(
    values: Iterable[str], offered: tuple[str, ...]
) -> None:
    assert choices(values) == offered
