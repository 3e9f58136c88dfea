import json
import re
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from herdbook.site import search
from herdbook.site.page import Page, Section
from herdbook.site.search import SEPARATOR, SearchIndex, digest_of, entries_of, is_of_search, steps_between
from site_samples import NASTY, PAGES

CONFIG = {"lang": ["en"], "separator": r"[\s\-]+"}


def index(*pages: Page) -> Any:
    built = SearchIndex(CONFIG)
    for page in pages:
        built.add(built.entry(page))
    (file,) = built.files()
    assert file.path == "search/search_index.json"
    return json.loads(file.data)


def test_a_page_is_found_by_title_text_and_tags() -> None:
    weights = {"title": {"boost": 1000.0}, "tags": {"boost": 100.0}, "text": {"boost": 1.0}}
    assert index(PAGES[2]) == {
        "config": {**CONFIG, "fields": weights},
        "docs": [
            {
                "location": "models/clf/7.html",
                "title": "clf version 7",
                "text": "Fraud detector.",
                "tags": ["b7d9e4"],
            }
        ],
    }


def test_the_theme_shows_entries_as_markup_so_they_are_escaped() -> None:
    page = Page("a.html", NASTY, "d", Section.HOME, Markup(), NASTY, (NASTY,))
    (entry,) = index(page)["docs"]
    for text in (entry["title"], entry["text"], *entry["tags"]):
        assert "<" not in text
        assert "&lt;script&gt;" in text
        assert "\u202e" not in text


def test_a_tag_begins_with_a_word_or_the_theme_highlights_the_one_before() -> None:
    page = Page("a.html", "T", "d", Section.HOME, Markup(), "", ("one", "- --two-three", "- -"))
    assert index(page)["docs"][0]["tags"] == ["one", "two-three"]


def test_what_cannot_be_seen_is_written_out_even_where_it_is_a_blank() -> None:
    page = Page("a.html", "a \x0b\u2028 b", "d", Section.HOME, Markup(), "x")
    assert index(page)["docs"][0]["title"] == r"a \x0b\u2028 b"


def test_a_page_without_words_is_not_found() -> None:
    assert index(Page("a.html", "T", "d", Section.HOME, Markup()))["docs"] == []


def many(count: int) -> list[Page]:
    return [
        Page(
            f"runs/fraud-{number}.html",
            f"fraud-{number}",
            "d",
            Section.EXPERIMENTS,
            Markup(),
            f"run of fraud, {NASTY if number == 7 else 'finished'}",
            (f"{number:040x}", "fraud"),
        )
        for number in range(count)
    ]


def pieces(*pages: Page) -> dict[str, Any]:
    built = SearchIndex(CONFIG)
    for page in pages:
        built.add(built.entry(page))
    return {file.path: json.loads(file.data) for file in built.files()}


def test_a_large_site_has_its_index_in_pieces_and_leaves_nothing_out() -> None:
    pages = many(2_000)
    found = pieces(*pages)
    top = found.pop("search/search_index.json")
    assert top["docs"] == []
    told = top["config"]["pieces"]
    folder = f"search/{told['folder']}/"
    assert all(path.startswith(folder) for path in found)
    docs = [
        doc
        for start in range(0, 2_000, told["together"])
        for doc in found[f"{folder}pages-{start // told['together']}.json"]
    ]
    assert [doc["location"] for doc in docs] == [page.path for page in pages]
    assert docs == index(*pages[: search.MOST_IN_ONE])["docs"] + docs[search.MOST_IN_ONE :]
    starts = found[f"{folder}words.json"]
    words = [found[f"{folder}words-{number}.json"] for number in range(len(starts))]
    assert [next(iter(piece)) for piece in words] == starts == sorted(starts)
    every = [word for piece in words for word in piece]
    assert every == sorted(every)
    assert len(words) > 1


def test_words_stand_in_the_order_in_which_scripts_compare_them() -> None:
    pages = [
        Page(f"a{number}.html", f"{word}{number}", "d", Section.HOME, Markup(), "x")
        for number in range(2_000)
        for word in ("\U0001f525", "\uff21")
    ]
    found = pieces(*pages)
    starts = next(found[path] for path in found if path.endswith("/words.json"))
    assert len(starts) > 2
    assert starts == sorted(starts, key=lambda word: word.encode("utf-16-be"))
    assert starts != sorted(starts)


def test_runs_come_after_all_else_that_fits_alike() -> None:
    data = Page("datasets/fraud/index.html", "fraud", "d", Section.DATASETS, Markup(), "x")
    assert [doc["location"] for doc in index(*many(2), data)["docs"]] == [
        data.path,
        "runs/fraud-0.html",
        "runs/fraud-1.html",
    ]


@pytest.mark.parametrize("text", ["R&D", "R<D", "R; D"])
def test_what_is_markup_in_the_index_separates_words_as_it_does_where_it_is_typed(text: str) -> None:
    separator = re.compile(SEPARATOR)
    assert separator.split(escape(text, quote=False)) == separator.split(text) == ["R", "D"]


def test_no_piece_grows_with_the_site() -> None:
    built = SearchIndex(CONFIG)
    for page in many(5_000):
        built.add(built.entry(page))
    assert max(len(file.data) for file in built.files()) < 40_000


def test_other_pages_have_other_pieces() -> None:
    first, other = (
        {path for path in pieces(*many(count)) if "pages-" in path} for count in (search.MOST_IN_ONE + 1, 600)
    )
    assert first
    assert not first & other


@pytest.mark.parametrize("count", [3, search.MOST_IN_ONE, search.MOST_IN_ONE + 1])
def test_an_index_is_read_as_it_was_written(count: int) -> None:
    built = SearchIndex(CONFIG)
    for page in many(count):
        built.add(built.entry(page))
    files = {file.path: file.data for file in built.files()}
    again = SearchIndex(CONFIG)
    before = entries_of(files)
    for page in many(count):
        again.add(before[page.path])
    assert {file.path: file.data for file in again.files()} == files
    assert all(map(is_of_search, files))


def test_what_tells_an_entry_from_others_is_nothing_where_there_is_none() -> None:
    one, two, *_ = map(SearchIndex(CONFIG).entry, many(2))
    assert len({digest_of(one), digest_of(two), b""}) == 3
    assert digest_of("") == b""


@given(st.sets(st.integers(0, 10_000)))
def test_numbers_come_back_from_the_steps_between_them(numbers: set[int]) -> None:
    last, found = 0, []
    for part in filter(None, steps_between(sorted(numbers)).split(",")):
        step, _, times = part.partition("*")
        for _ in range(int(times or 1)):
            last += int(step)
            found.append(last)
    assert found == sorted(numbers)
