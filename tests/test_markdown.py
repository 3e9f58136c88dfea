from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from herdbook import markdown

SPECIAL = st.sampled_from(
    [*"\\`*_{}[]<>()#+-.!|~&@:$^='\" \n\t1aé", "http://a.b", "//a.b", "www.a.b", "&lt;", "1. ", "a@b.c"]
)
TEXTS = st.lists(st.one_of(SPECIAL, st.text(max_size=3)), max_size=25).map("".join)
NAMED = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\u00a0"))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)


def read(source: str) -> Reader:
    reader = Reader()
    reader.feed(MarkdownIt("gfm-like", {"html": True}).render(source))
    reader.close()
    return reader


def flat(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


@given(TEXTS)
def test_a_text_is_read_as_itself(text: str) -> None:
    shown = read(markdown.escaped(text))
    assert flat(shown.text) == flat(text)
    assert set(shown.elements) <= {"p"}


@given(TEXTS)
def test_a_text_within_a_line_is_read_as_itself(text: str) -> None:
    shown = read(f"- before {markdown.escaped(text)} after")
    assert flat(shown.text) == flat(f"before {flat(text)} after")
    assert set(shown.elements) == {"ul", "li"}


@given(TEXTS)
def test_a_code_span_is_read_as_itself(text: str) -> None:
    shown = read(f"x {markdown.code(text)}")
    assert flat(shown.text) == flat(f"x {text}")
    assert set(shown.elements) <= {"p", "code"}


@given(st.lists(TEXTS, min_size=2, max_size=2))
def test_a_cell_stays_a_cell(texts: list[str]) -> None:
    cells = [
        markdown.cell(f"x{make(text)}")
        for make, text in zip((markdown.escaped, markdown.code), texts, strict=True)
    ]
    shown = read(f"| a | b |\n|---|---|\n| {cells[0]} | {cells[1]} |")
    assert shown.elements.count("td") == 2
    assert set(shown.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert flat(shown.text) == flat(f"a b x{flat(texts[0])} x{flat(texts[1])}")


@given(TEXTS)
def test_a_block_of_code_is_read_as_itself(text: str) -> None:
    shown = read(markdown.fenced(text, "sh"))
    assert flat(shown.text) == flat(text)
    assert set(shown.elements) == {"pre", "code"}


@pytest.mark.parametrize(
    "text", ["val_auc of mortgage-approval", "0.5 (by a)", "runs:/a-1", "a.b - c + d = e > f"]
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert markdown.escaped(text) == text


def test_a_link_leads_to_its_address_only() -> None:
    assert markdown.link("a]b", "models/x (1).html") == r"[a\]b](models/x%20%281%29.html)"
