import json
import re
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from math import isqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herdbook.site.markdown import LONGEST, plain, prose
from work import bounded, steps

ALLOWED = {
    "p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "div", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip

CLASSES = {("div", "hb-table-box"), ("table", "hb-table"), ("th", "hb-number"), ("td", "hb-number")}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.faults.append(tag)
        for name, value in attrs:
            if name == "href":
                start = (value or "").split(":")[0].lower()
                if (":" in (value or "") and start not in {"http", "https", "mailto"}) or (
                    value or ""
                ).startswith("//"):
                    self.faults.append(f"{tag} {name}={value}")
            elif name == "class" and (tag, value) in CLASSES:
                continue
            elif (name, value) != ("rel", "noreferrer") and (tag, name) != ("ol", "start"):
                self.faults.append(f"{tag} {name}")


def faults(html: str) -> list[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.faults


def test_prose_is_rendered() -> None:
    html = prose("Some *text* with `code`:\n\n- one\n- **two**\n\n|a|b|\n|-|-|\n|1|2|\n")
    for part in ("<em>text</em>", "<code>code</code>", "<li>one</li>", "<strong>two</strong>", "<td>1</td>"):
        assert part in html


def test_tables_are_as_those_of_the_site() -> None:
    assert prose("|a|b|c|\n|-|-:|:-:|\n|1|2|3|\n") == (
        '<div class="hb-table-box"><table class="hb-table">\n'
        '<thead>\n<tr>\n<th>a</th>\n<th class="hb-number">b</th>\n<th>c</th>\n</tr>\n</thead>\n'
        '<tbody>\n<tr>\n<td>1</td>\n<td class="hb-number">2</td>\n<td>3</td>\n</tr>\n</tbody>\n'
        "</table></div>\n"
    )


@pytest.mark.parametrize(
    ("text", "below", "levels"),
    [
        ("# A\n\n## B\n\n# C", 2, "343"),
        ("# A\n\n###### B", 2, "34"),
        ("### A\n\nB\n====", 1, "32"),
        ("## A\n\n### B\n\n#### C", 1, "234"),
        ("> # A\n>\n> ## B\n\n- ### C\n\n##### D\n\n###### E", 3, "45666"),
    ],
)
def test_headings_begin_below_what_they_stand_under_and_skip_no_level(
    text: str, below: int, levels: str
) -> None:
    html = prose(text, below=below)
    assert "".join(re.findall(r"<h(\d)>", html)) == "".join(re.findall(r"</h(\d)>", html)) == levels


def test_raw_html_is_text() -> None:
    assert prose("<script>alert(1)</script>\n\n<b id=__config>x</b>") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>&lt;b id=__config&gt;x&lt;/b&gt;</p>\n"
    )


def test_pictures_become_links() -> None:
    assert prose("![a chart](https://example.org/x.png)") == (
        '<p><a href="https://example.org/x.png" rel="noreferrer">a chart</a></p>\n'
    )
    assert prose("![](javascript:alert(1))") == "<p>picture</p>\n"


def test_relative_links_begin_at_the_top_of_the_site() -> None:
    assert prose("[v7](models/clf/7.html)", "../../") == (
        '<p><a href="../../models/clf/7.html" rel="noreferrer">v7</a></p>\n'
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "../../etc", "data:text/html,x", "vbscript:x"]
)
def test_other_links_lead_nowhere(address: str) -> None:
    assert "href" not in prose(f"[x]({address}) <{address}>")


def test_secrets_are_not_shown() -> None:
    html = prose("<https://user:geheim@example.org/> [x](https://h/y?sig=geheim) `s3://k:geheim@b`")
    assert "geheim" not in html


@given(st.text(alphabet=st.characters() | st.sampled_from(list("<>[]()!`*_#|:/\\\"'&\n -")), max_size=200))
@settings(max_examples=300)
def test_nothing_outside_the_allow_list_comes_out(text: str) -> None:
    html = prose(text)
    html.encode()
    assert faults(html) == []


def test_no_attack_comes_through(shared_data: Path) -> None:
    texts = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    for file in sorted((shared_data / "xss").glob("*.txt")):
        texts += file.read_text(errors="replace").splitlines()
    for text in texts:
        for wrapped in (
            text,
            f"[x]({text})",
            f"![x]({text})",
            f"<{text}>",
            f"[x]: {text}\n\n[x]",
            f"|{text}|\n|-|\n|{text}|",
        ):
            assert faults(prose(wrapped)) == [], wrapped


PATHOLOGICAL: dict[str, Callable[[int], str]] = {
    "nested emphasis": lambda n: "*a **a " * (n // 14) + "b" + " a** a*" * (n // 14),
    "open brackets": lambda n: "[" * n,
    "open links": lambda n: "[a](" * (n // 4),
    "nested brackets": lambda n: "[" * (n // 2) + "a" + "]" * (n // 2),
    "bracket and parenthesis": lambda n: "[ (](" * (n // 5),
    "backticks": lambda n: "".join("e" + "`" * length for length in range(isqrt(2 * n) - 1)),
    "nested quotes": lambda n: "> " * (n // 2) + "a",
    "nested lists": lambda n: "".join("  " * depth + "* a\n" for depth in range(isqrt(n) - 2)),
    "long table": lambda n: "|a|b|\n|-|-|\n" + "|x|y|\n" * (n // 7),
    "wide table": lambda n: "|" * 50 + "\n" + "|-" * 50 + "|\n" + "|a\n" * (n // 6),
    "pictures": lambda n: "![[]()" * (n // 6),
    "comments": lambda n: "a <!-- " * (n // 7),
    "autolinks": lambda n: "<a:" * (n // 3),
    "references": lambda n: "[a]: /u\n" * (n // 9) + "[a]" * 100,
    "headings": lambda n: "#\n" * (n // 2),
    "emphasis only": lambda n: "_a" * (n // 2),
}
"""Prose of about a length that makes Markdown look far ahead, or back."""


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_the_work_grows_with_the_prose_alone(name: str) -> None:
    make = PATHOLOGICAL[name]
    prose("a")
    short, long = (steps(partial(prose, make(size))) for size in (300, 2_400))
    assert long < 10 * short
    longest = make(LONGEST - 1_000)
    assert len(longest) <= LONGEST
    with bounded():
        prose(longest)


def test_longer_prose_is_shown_as_it_was_written() -> None:
    assert prose("*<" * LONGEST) == f"<pre>{'*&lt;' * LONGEST}</pre>"


def test_plain_words_of_prose() -> None:
    assert (
        plain("# Fraud\n\nFinds *bad* `orders`, see [here](https://x.org).\n\n<b>x")
        == "Fraud Finds bad orders, see here. <b>x"
    )
    assert plain("word " * 100, 22) == "word word word word…"
