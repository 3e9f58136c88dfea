from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markupsafe import Markup

from herdbook.site.markdown import prose
from herdbook.site.page import Page, Section
from herdbook.site.twins import (
    _LINES,
    _LONGEST_REMEMBERED,
    _PARAGRAPHS,
    _REMEMBERED,
    _ROWS,
    markdown_of,
    twin_of,
)

SPECIAL = st.sampled_from(
    [
        *"\\`*_{}[]<>()#+-.!|~&@:$^='\" \n\t1aé",
        "http://a.b",
        "//a.b",
        "www",
        "&lt;",
        "1. ",
        "a@b.c",
        "](x)",
        "```",
        "---",
    ]
)
TEXTS = st.lists(st.one_of(SPECIAL, st.text(max_size=3)), max_size=15).map("".join)
WORDS = st.one_of(
    TEXTS.map(lambda text: Markup("{}").format(text)),
    TEXTS.map(lambda text: Markup("<b>{}</b>").format(text)),
    TEXTS.map(lambda text: Markup("<code>{}</code>").format(text)),
    TEXTS.map(lambda text: Markup("<span class='hb-muted'>{}</span>").format(text)),
)
LINES = st.lists(WORDS, max_size=4).map(lambda words: Markup().join(words))


class Reader(HTMLParser):
    """What a reader of Markdown sees: elements, addresses, and text without blanks."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        reader = MarkdownIt("gfm-like", {"html": True})
        assert reader.linkify is not None
        found = reader.linkify.match
        # GitHub and GitLab make links of bare names of hosts only where these begin with www.
        reader.linkify.match = lambda text: [
            match for match in found(text) or () if match.schema or match.raw.lower().startswith("www.")
        ]
        self.feed(reader.render(source))
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += "".join(data.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in {"href", "src"}]


class Text(HTMLParser):
    def __init__(self, body: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(body)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += "".join(data.split())


def shown(body: str) -> str:
    return Text(body).text.replace("\0", "\ufffd")


@given(LINES)
def test_a_paragraph_stays_one(line: Markup) -> None:
    twin = Reader(markdown_of(f"<p>{line}</p>"))
    assert twin.text == shown(line)
    assert set(twin.elements) <= {"p", "code"}


@pytest.mark.parametrize("between", ["<code></code>", "<code> </code>", '<a href="x"></a>'])
def test_what_shows_nothing_does_not_join_what_is_around_it(between: str) -> None:
    assert markdown_of(f"<p>!0{between}!0</p>") == "`!0` `!0`\n"


@given(LINES, LINES)
def test_a_break_in_a_line_begins_nothing_new(one: Markup, other: Markup) -> None:
    twin = Reader(markdown_of(f"<p>{one}<br>{other}</p>"))
    assert twin.text == shown(one + other)
    assert set(twin.elements) <= {"p", "code", "br"}


@given(st.lists(LINES, min_size=1, max_size=4), st.sampled_from(["ul", "ol"]))
def test_items_stay_items(lines: list[Markup], tag: str) -> None:
    items = Markup().join(Markup("<li>{}</li>").format(line) for line in lines)
    twin = Reader(markdown_of(f"<{tag}>{items}</{tag}>"))
    assert twin.text == shown(items)
    assert twin.elements.count("li") == len(lines)
    assert set(twin.elements) <= {tag, "li", "p", "code"}


@given(st.lists(st.lists(LINES, min_size=2, max_size=2), min_size=1, max_size=4))
def test_cells_stay_cells(rows: list[list[Markup]]) -> None:
    cells = [Markup().join(Markup("<td>{}</td>").format(cell) for cell in row) for row in rows]
    table = Markup().join(Markup("<tr>{}</tr>").format(row) for row in cells)
    twin = Reader(markdown_of(f"<table><tr><th>a</th><th>b</th></tr>{table}</table>"))
    assert twin.text == "ab" + shown(table)
    assert twin.elements.count("td") == 2 * len(rows)
    assert set(twin.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@given(TEXTS, st.sampled_from(["{}", "<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>"]))
def test_code_stays_code(text: str, around: str) -> None:
    block = Markup("<pre><code>{}</code></pre>").format(text)
    twin = Reader(markdown_of(around.format(block)))
    assert twin.text == shown(block)
    assert set(twin.elements) <= {"pre", "code", "ul", "li", "blockquote"}


@given(LINES, st.text(max_size=20))
def test_a_link_leads_where_the_page_says(line: Markup, tail: str) -> None:
    address = f"https://example.org/{tail}"
    twin = Reader(markdown_of(Markup('<p>{}<a href="{}">there</a></p>').format(line, address)))
    assert twin.text == shown(line) + "there"
    assert [address[:20] for address in twin.addresses] == ["https://example.org/"]
    assert set(twin.elements) <= {"p", "code", "a"}


@given(TEXTS)
def test_prose_brings_in_no_more_than_on_the_page(text: str) -> None:
    body = prose(text)
    page, twin = Reader(""), Reader(markdown_of(body))
    page.feed(body)
    assert twin.text == shown(body)
    assert set(twin.addresses) <= {address.replace(".html", ".md") for address in page.addresses}
    assert set(twin.elements) <= {*page.elements, "p", "thead", "tbody", "code"}


@given(TEXTS, TEXTS)
def test_a_twin_begins_with_its_heading(title: str, text: str) -> None:
    page = Page("a.html", f"T{title}", "", Section.HOME, Markup("<p>{}</p>").format(text))
    assert twin_of(page).startswith(("# T", "# `T"))


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ('<a href="../runs/a.html#outputs">a</a>', "[a](../runs/a.md)"),
        ('<a href="#card">card</a>', "card"),
        ('<a href="https://example.org/a.html?x=1&amp;y=2">a</a>', "[a](https://example.org/a.html?x=1&y=2)"),
        ('<a href="../schema/run.json">run</a>', "[run](../schema/run.json)"),
        ('<code title="sha256:0123456789">sha256:0123</code>', "`sha256:0123456789`"),
        ('<code title="not in this catalog">orders/v9</code>', "`orders/v9`"),
        ('<time datetime="2024-03-15T09:12:00Z">2024-03-15</time>', "2024-03-15T09:12:00Z"),
        ('<span class="hb-number" title="0.123456">0.1235</span>', "0.123456"),
        ('<span class="hb-number" title="as measured">0.1235</span>', "0.1235"),
        ("<dl><dt>A</dt><dd>b</dd><div><dt>C</dt><dd>d<br>e</dd></div></dl>", "- A: b\n- C: d; e"),
        ('<span class="hb-chips"><a href="x.html">one</a><span>two</span></span>', "([one](x.md), two)"),
        (
            '<span class="hb-tag"><b>a</b> 1</span><span class="hb-tag"><b>b</b> 2</span>',
            "a: 1; b: 2",
        ),
        ('<p>5 kB<button data-copy="x">copy</button></p><svg width="1"><text>no</text></svg>', "5 kB"),
        ("<figure><figcaption>loss</figcaption><svg><path/></svg></figure>", ""),
        ("<figure><figcaption>loss</figcaption><p>falls</p></figure>", "loss\n\nfalls"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n\n  - b\n- c"),
        ('<nav class="hb-crumbs"><a href="x.html">up</a></nav><p>a</p>', "a"),
        ('<nav class="hb-pager"><a href="x.html">Next</a></nav>', "[Next](x.md)"),
        ("<header><span>Run</span><h1>exp-1</h1></header>", "# exp-1\n\nRun"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ('<p title="a > b">c</p>', "c"),
        ("<p>wow!<a href='x'>y</a></p>", "wow!y"),
        ('<p>wow!<a href="x">y</a></p>', r"wow\![y](x)"),
        ("<td>a|b <code>c|d</code></td>", "a\\|b `c|d`"),
        ("<p>a<formula>b</formula></p>", "a b"),
        ("<table><tr><th>a</th></tr><tr></tr></table>", "| a |\n| --- |\n|  |"),
        (
            "<table><tr><td>a<ul><li>b</li></ul></td><td>c</td></tr><tr><td>d</td></tr></table>",
            "| a b; | c |\n| --- | --- |\n| d |  |",
        ),
        (
            "<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>",
            "| a b | c |\n| --- | --- |",
        ),
        (
            """<table><tr><td title="</td>">a</td><td><b title='</tr>'>b</b></td></tr></table>""",
            "| a | b |\n| --- | --- |",
        ),
        ('<p><a href="x.html" title="</a></p>">a</a> b</p>', "[a](x.md) b"),
        ("<p>a <span>b <span>c</span></span> <em>d <em>e</em></em></p>", "a b c d e"),
        ("<p>a <b>b <i>c</b> d</p><p>e</p>", "a b c d\n\ne"),
        ("<p>a <b>b</p><p>c</b></p>", "a b\n\nc"),
        ("a</p></b>b", "ab"),
        ("<ul><li>long_<wbr>name <button>copy</button></li></ul>", r"- long_name"),
        ('<p>a <a href="x.html"><svg><a href="y.html"><text>no</text></a></svg>b</a></p>', "a [b](x.md)"),
        ("<p>a</p><script>let b = '<p>no</p>'; if (c<d) e('</div>')</script><p>f</p>", "a\n\nf"),
        ("<section><p>a</p><template><p>no", "a"),
    ],
)
def test_what_is_written(body: str, written: str) -> None:
    assert markdown_of(body).strip() == written


def row(text: str) -> str:
    return f"<table><tr><td><b>{text}</b></td></tr></table><p>{text}</p>"


def test_only_so_much_is_remembered() -> None:
    memories = (_LINES, _PARAGRAPHS, _ROWS)
    for number in range(_REMEMBERED + 10):
        text = f"only {number}"
        assert markdown_of(row(text)) == f"| {text} |\n| --- |\n\n{text}\n"
        assert markdown_of(row(text)) == f"| {text} |\n| --- |\n\n{text}\n"
    assert all(0 < len(memory) <= _REMEMBERED for memory in memories)
    long = "word " * _LONGEST_REMEMBERED + "end"
    assert markdown_of(row(long)).endswith(" word end\n")
    assert not any(key for memory in memories for key in memory if long in key)
