import json
from typing import Any

import pytest
from markupsafe import Markup

from herdbook.site import search
from herdbook.site.page import Page, Section
from herdbook.site.search import SearchIndex
from site_samples import NASTY, PAGES

CONFIG = {"lang": ["en"], "separator": r"[\s\-]+"}


def index(*pages: Page) -> Any:
    built = SearchIndex(CONFIG)
    for page in pages:
        built.add(page)
    file = built.file()
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


def test_a_very_large_site_keeps_its_index_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LIMIT", 2)
    built = SearchIndex(CONFIG)
    for page in PAGES:
        built.add(page)
    entries = json.loads(built.file().data)["docs"]
    assert [entry["location"] for entry in entries] == [page.path for page in PAGES[:2]]
    assert built.left_out == 2
