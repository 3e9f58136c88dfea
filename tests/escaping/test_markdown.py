import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from herdbook.escaping import markdown
from report_readers import LINKED_BY_FORGES
from work import bounded

REFERENCES = [
    "@ana",
    "@a/b",
    "#12",
    "a/b#1",
    "gh-12",
    "!7",
    "a/b!7",
    "0f4b1c3",
    "a@0f4b1c3",
    "[issue:12]",
    "~x",
]
SPECIAL = st.sampled_from(
    [
        *("http://a.b", "//a.b", "www.a.b", "&lt;", "1. ", "a@b.c"),
        *"\\`*_{}[]<>()#+-.!|~&@:$^='\" \n\t1aé",
        *REFERENCES,
    ]
)
TEXTS = st.lists(st.one_of(SPECIAL, st.text(max_size=3)), max_size=25).map("".join)


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.prose: list[str] = []
        self.in_code = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self.in_code:
            self.prose.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)
        self.in_code = self.in_code or tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.in_code = self.in_code and tag != "code"


def read(source: str) -> Reader:
    reader = Reader()
    markdown_it = MarkdownIt("gfm-like", {"html": True})
    assert markdown_it.linkify is not None
    # In GitHub's dialect a name with a dot in it is no address.
    markdown_it.linkify.set({"fuzzy_link": False})
    reader.feed(markdown_it.render(source))
    reader.close()
    return reader


def flat(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


@given(TEXTS)
def test_a_text_is_read_as_itself(text: str) -> None:
    shown = read(markdown.escaped(text))
    assert flat(shown.text) == flat(text)
    assert set(shown.elements) <= {"p", "code"}


@given(TEXTS)
def test_a_text_within_a_line_is_read_as_itself(text: str) -> None:
    shown = read(f"- before {markdown.escaped(text)} after")
    assert flat(shown.text) == flat(f"before {flat(text)} after")
    assert set(shown.elements) - {"code"} == {"ul", "li"}


@given(TEXTS)
@example("é@ana")
@example("[issue:12].")
@example("http://a.b[issue:12]")
@example("(see #12, @ana)")
def test_no_forge_finds_anybody_or_anything_in_a_text(text: str) -> None:
    for part in read(f"a {markdown.escaped(text)} z").prose:
        assert not LINKED_BY_FORGES.search(part)


@pytest.mark.parametrize("text", REFERENCES)
def test_a_forge_would_link_what_is_only_escaped(text: str) -> None:
    assert any(
        map(
            LINKED_BY_FORGES.search,
            read("".join(f"\\{sign}" if sign in "@#!~[" else sign for sign in text)).prose,
        )
    )


def test_no_forge_finds_anything_in_naughty_strings(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        shown = read(f"a {markdown.escaped(text)} z")
        assert flat(shown.text) == flat(f"a {flat(text)} z")
        assert not any(map(LINKED_BY_FORGES.search, shown.prose))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("approved by @bo, see #12.", "approved by `@bo`, see `#12`."),
        ("(@ana/team)", "(`@ana/team`)"),
        ("commit 0f4b1c3d of churn@champion", "commit `0f4b1c3d` of churn\\@champion"),
        ("mail ana@example.org", "mail `ana@example.org`"),
        ("[issue:12].", "`[issue:12].`"),
        ("a`@b|#1", "a\\``@b`\\|`#1`"),
        ("50 % of ~1 & $2", "50 % of `~1` & `$2`"),
    ],
)
def test_only_the_word_becomes_code(text: str, written: str) -> None:
    assert markdown.escaped(text) == written


@pytest.mark.parametrize(
    "text",
    ["@" * 500_000, "a@" * 250_000, "." * 500_000 + "@x", "a" * 500_000, "a@" + "b" * 500_000],
    ids=lambda text: f"{text[:2]}…{text[-2:]}",
)
def test_long_words_are_written_at_once(text: str) -> None:
    with bounded():
        markdown.escaped(text)


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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"`a\|b`"),
        ("\\|", r"`\`\|"),
        ("a\\\\|b|c", r"`a\\`\|`b`\|`c`"),
        ("`\\|", r"`` `\ ``\|"),
    ],
)
def test_a_bar_behind_a_backslash_in_code_ends_no_cell(text: str, written: str) -> None:
    """To GitHub a backslash escapes a backslash when it looks for the ends of cells, in code as well."""
    cell = markdown.cell(markdown.code(text))
    assert cell == written
    assert all(len(run) % 2 for run in re.findall(r"(\\*)\|", cell))
    shown = read(f"| a | b |\n|---|---|\n| {cell} | x |")
    assert flat(shown.text) == flat(f"a b {text} x")


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


@given(TEXTS, st.sampled_from(["", " (`x`)", " 'x'", "\n(x)"]))
@example("]:1", " (`x`)")
@example("`a]: ]:`", " (`x`)")
def test_what_is_code_is_seen_as_a_link(text: str, rest: str) -> None:
    """What begins a line with a bracket and has a colon behind the next one would define a link, unseen."""
    written = markdown.code(text)
    if not written:
        return
    shown = read(f"- {markdown.linked(written, 'https://a.example/b')}{rest}")
    assert flat(shown.text) == flat(f"{text}{rest.replace('`', '')}")
    assert shown.elements.count("a") == 1


def test_a_link_leads_to_its_address_only() -> None:
    assert markdown.link("a]b", "models/x (1).html") == r"[a\]b](models/x%20%281%29.html)"
