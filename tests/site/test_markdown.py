import json
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herdbook.site.markdown import LONGEST, plain, prose

ALLOWED = {
    "p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


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


def test_headings_begin_below_those_of_the_page() -> None:
    assert prose("# A\n\n###### B\n") == "<h3>A</h3>\n<h6>B</h6>\n"


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


N = LONGEST - 10
PATHOLOGICAL = {
    "nested emphasis": "*a **a " * (N // 14) + "b" + " a** a*" * (N // 14),
    "open brackets": "[" * N,
    "open links": "[a](" * (N // 4),
    "nested brackets": "[" * (N // 2) + "a" + "]" * (N // 2),
    "bracket and parenthesis": "[ (](" * (N // 5),
    "backticks": "".join("e" + "`" * length for length in range(340)),
    "nested quotes": "> " * (N // 2) + "a",
    "nested lists": "".join("  " * depth + "* a\n" for depth in range(240)),
    "long table": "|a|b|\n|-|-|\n" + "|x|y|\n" * (N // 7),
    "wide table": "|" * 500 + "\n" + "|-" * 500 + "|\n" + "|a\n" * 10_000,
    "pictures": "![[]()" * (N // 6),
    "comments": "a <!-- " * (N // 7),
    "autolinks": "<a:" * (N // 3),
    "references": "[a]: /u\n" * (N // 9) + "[a]" * 100,
    "headings": "#\n" * (N // 2),
    "emphasis only": "_a" * (N // 2),
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_hostile_prose_takes_little_time(name: str) -> None:
    start = time.process_time()
    prose(PATHOLOGICAL[name][:LONGEST])
    assert time.process_time() - start < 4


def test_longer_prose_is_shown_as_it_was_written() -> None:
    assert prose("*<" * LONGEST) == f"<pre>{'*&lt;' * LONGEST}</pre>"


def test_plain_words_of_prose() -> None:
    assert (
        plain("# Fraud\n\nFinds *bad* `orders`, see [here](https://x.org).\n\n<b>x")
        == "Fraud Finds bad orders, see here. <b>x"
    )
    assert plain("word " * 100, 22) == "word word word word…"
