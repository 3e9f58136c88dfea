"""Every form of an answer shows just what it says, whatever stands in the catalog."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from answer_samples import FOLDER, forms, samples
from herdbook.queries.trace import Trace
from herdbook.ref import Ref
from herdbook.reports.answers import answer_json, document_markdown, document_text, shortened
from herdbook.telling.document import (
    Arrow,
    Block,
    Branch,
    Code,
    Corner,
    Document,
    Facts,
    Graph,
    Items,
    Line,
    Mark,
    Mention,
    Paragraph,
    Section,
    Table,
    Tree,
    Verbatim,
    plain,
)

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\r\x1b[2Kgone",
    "::error file=x::boom",
    "##[error]boom",
    "##vso[task.setvariable variable=x]y",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "| a | b |",
    "`code` ``more``",
    "```\nfence\n```",
    "# heading",
    "- item\n- item",
    "1. one",
    "> quote",
    "---",
    "**bold** _it_ ~~gone~~",
    "&lt;b&gt; &#60;",
    "https://evil.example www.evil.example",
    "a\u202eb\u200bc\u2028d",
    "line\nbreak\ttab",
    "[bold red]markup[/]",
    "@somebody and #12, GH-12 of ana/book#1 at 0f4b1c3d",
    "\\",
    "",
    " ",
    "x" * 500,
]

texts = st.sampled_from(HOSTILE) | st.text(max_size=30)
parts = st.one_of(
    texts,
    st.builds(Mark, texts, st.sampled_from(["good", "warn", "bad", "info", ""])),
    st.builds(Code, texts),
    st.builds(Mention, st.just(Ref.model("churn", 2)), texts),
)
lines = st.lists(parts, max_size=3).map(tuple)
branches = st.recursive(
    st.builds(Branch, lines), lambda inner: st.builds(Branch, lines, st.lists(inner, max_size=2).map(tuple))
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 3))
    cells = st.lists(lines, min_size=width, max_size=width).map(tuple)
    columns = draw(st.lists(texts, min_size=width, max_size=width))
    rows = draw(st.lists(cells, max_size=3))
    return Table(tuple(columns), tuple(rows), draw(st.frozensets(st.integers(0, width - 1))))


states = st.sampled_from(["added", "removed", "changed", "unchanged"])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    corners = draw(
        st.lists(st.builds(Corner, texts, st.sampled_from(["run", "alias", ""]), states), max_size=4)
    )
    places = st.integers(0, max(0, len(corners) - 1))
    arrows = st.lists(st.builds(Arrow, places, places, texts, states), max_size=4 if corners else 0)
    return Graph(tuple(corners), tuple(draw(arrows)))


blocks = st.one_of(
    graphs(),
    st.builds(Paragraph, lines),
    st.builds(Items, st.lists(lines, max_size=3).map(tuple)),
    st.builds(Facts, st.lists(st.tuples(texts, lines), max_size=3).map(tuple)),
    tables(),
    st.builds(Tree, st.lists(branches, max_size=2).map(tuple)),
    st.builds(Verbatim, texts, st.sampled_from(["", "shell"])),
)
sections = st.builds(Section, texts, st.lists(blocks, max_size=2).map(tuple))
documents = st.builds(
    Document,
    lines.map(lambda line: ("t", *line)),
    lines.map(lambda line: ("l", *line)),
    st.sampled_from(["good", "warn", "bad", "info", ""]),
    st.lists(sections, max_size=3).map(tuple),
)


# Whole outputs


@pytest.mark.parametrize("name", samples())
@pytest.mark.parametrize("ending", ["txt", "md", "json"])
def test_answers_are_written_as_they_were(name: str, ending: str) -> None:
    assert forms(*samples()[name])[ending] == (FOLDER / f"{name}.{ending}").read_text(), (
        "if this is meant, `python tests/answer_samples.py` writes it down"
    )


def test_nothing_else_is_written_down() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {
        f"{name}.{ending}" for name in samples() for ending in ("txt", "md", "json")
    }


# Terminals


@given(documents)
def test_a_terminal_is_given_nothing_to_obey(document: Document) -> None:
    for line in document_text(document).split("\n"):
        assert line.isprintable()
        assert not re.match(r"\s*::", line)
        assert not re.search(r"##\w*\[", line)


@given(documents, st.integers(20, 200))
def test_on_a_terminal_only_our_own_colours_are_escapes(document: Document, width: int) -> None:
    text = document_text(document, width)
    assert all(line.isprintable() for line in re.sub(r"\x1b\[[\d;]*m", "", text).split("\n"))


def test_a_terminal_shows_colours_and_a_pipe_none() -> None:
    document = Document(("t",), ("lead",), "bad", (Section("s", (Paragraph((Mark("no", "bad"),)),)),))
    assert "\x1b[" in document_text(document, 80)
    assert document_text(document) == "lead\n\ns\n  [no]\n"


def test_long_lines_stay_whole_in_a_pipe_and_are_folded_on_a_terminal() -> None:
    word = "x" * 300
    document = Document(("t",), (word,), "", (Section("s", (Facts((("name", (word,)),)),)),))
    assert document_text(document).splitlines()[0] == word
    assert all(
        len(re.sub(r"\x1b\[[\d;]*m", "", line)) <= 80 for line in document_text(document, 80).splitlines()
    )


# Markdown


def tokens(markdown: str) -> Iterator[Token]:
    """The tokens of a text as GitHub's dialect reads it, inner ones included."""
    reader = MarkdownIt("commonmark", {"html": True, "linkify": True})
    reader.enable(["table", "strikethrough", "linkify"])
    assert reader.linkify is not None
    # There, a name with a dot in it is no address.
    reader.linkify.set({"fuzzy_link": False})
    for token in reader.parse(markdown):
        yield token
        yield from token.children or ()


def shape(document: Document) -> list[str]:
    """The types of the tokens that a document becomes."""
    return [token.type for token in tokens(document_markdown(document))]


@given(documents)
@example(Document(("t",), ("l",), "good", (Section("s", (Paragraph((Mark("", "good"),)),)),)))
@example(Document(("t",), ("l",), "good", (Section("s", (Paragraph(("", "---")), Paragraph((" ", "***")))),)))
def test_markdown_holds_no_links_pictures_or_html(document: Document) -> None:
    assert not {"html_block", "html_inline", "image", "link_open", "s_open", "em_open", "hr"} & set(
        shape(document)
    )


@pytest.mark.parametrize("line", [("1", ". x"), ("", "1. x"), ("#", " x"), (Mark(""), "- x"), (" ", "> x")])
def test_parts_of_a_line_begin_nothing_together(line: Line) -> None:
    inside = [shape(Document(("t",), ("l",), "", (Section("s", (Paragraph(it),)),))) for it in (line, ("x",))]
    assert inside[0] == inside[1]


@given(texts, texts)
def test_text_changes_nothing_about_the_structure(one: str, other: str) -> None:
    """A document has as many headings, rows and items as it has without what stands in it."""

    def structure(first: str, second: str) -> list[str]:
        line: Line = (first, Mark(second), Code(second), " ", second)
        inner: list[Block] = [
            Paragraph(("p", *line)),
            Items((("i", *line), ("j", *line))),
            Facts((("a", ("f", *line)),)),
            Table(("c", first), ((("c", *line), ("d", *line)),)),
            Tree((Branch(("t", *line), (Branch(("u", *line)),)),)),
        ]
        document = Document(
            ("t", *line), ("l", *line), "", tuple(Section(f"s{first}", (block,)) for block in inner)
        )
        kinds = (
            "heading_open",
            "tr_open",
            "td_open",
            "list_item_open",
            "paragraph_open",
            "fence",
            "blockquote_open",
        )
        return [kind for kind in shape(document) if kind in kinds]

    assert structure(one, other) == structure("x", "y")


@given(documents)
def test_markdown_in_a_log_holds_nothing_to_obey(document: Document) -> None:
    for line in document_markdown(document).split("\n"):
        assert line.isprintable()
        assert not re.match(r"\s*::", line)
        assert not re.search(r"##\w*\[", line)


@given(st.text())
def test_verbatim_lines_stay_one_block(text: str) -> None:
    document = Document((), (), "", (Section("s", (Verbatim(text, "shell"),)),))
    (fence,) = (token for token in tokens(document_markdown(document)) if token.type == "fence")
    assert fence.info == "shell"


@given(graphs())
def test_a_drawing_stays_one_block(graph: Graph) -> None:
    document = Document((), (), "", (Section("s", (graph,)),))
    (fence,) = (token for token in tokens(document_markdown(document)) if token.type == "fence")
    assert fence.info == "mermaid"
    assert fence.content.startswith("flowchart LR\n")


def test_a_drawing_is_a_tree_in_text() -> None:
    corners = (
        Corner("data", "dataset-version"),
        Corner("old", "run", "removed"),
        Corner("new", "run", "added"),
        Corner("model", "model-version", "changed"),
        Corner("ring", "run"),
    )
    arrows = (
        Arrow(0, 1, "training"),
        Arrow(0, 2, "training", "added"),
        Arrow(1, 3, "", "removed"),
        Arrow(2, 3),
        Arrow(3, 0, "again"),
        Arrow(4, 4),
    )
    written = document_text(Document(("t",), ("l",), "", (Section("s", (Graph(corners, arrows),)),)))
    assert written.splitlines()[3:] == [
        "  data",
        "  ├── - old (training)",
        "  │   └── ~ model (no longer)",
        "  │       └── data (again), see above",
        "  └── + new (training, new)",
        "      └── ~ model, see above",
        "  ring",
        "  └── ring, see above",
    ]


# What is too long


@given(documents, st.integers(0, 2_000))
def test_what_is_too_long_is_cut_from_the_end(document: Document, most: int) -> None:
    whole = document_markdown(document)
    written = document_markdown(document, most=most)
    bare = document_markdown(replace(document, sections=()))
    if len(whole) <= most:
        assert written == whole
    else:
        # Only a note is left where not even the first row fits.
        assert len(written) <= max(
            most, len(bare) + 500 + 9 * sum(len(each.title) for each in document.sections)
        )
        assert written.startswith(bare.removesuffix("\n"))


def rows(count: int) -> Table:
    return Table(("What",), tuple(((f"row {number}",),) for number in range(count)))


def long_document() -> Document:
    names = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
    drawing = Graph((Corner("x", "run"),), ())
    sections = (*(Section(name, (rows(100),)) for name in names), Section("Drawing", (drawing,)))
    return Document(("t",), ("lead",), "", sections, "herdbook diff a b --format json")


def test_what_is_left_out_is_said() -> None:
    written = document_markdown(long_document(), most=1_900)
    assert 1_880 < len(written) <= 1_900
    assert [line for line in written.splitlines() if line.startswith("#")] == [
        "## t",
        "### First",
        "### Second",
        "### Left out to keep this short",
    ]
    shown = sum(line.startswith("| row") for line in written.splitlines())
    assert written.endswith(
        f"- {200 - shown} rows of Second\n"
        "- all of Third\n- all of Fourth\n- all of Fifth\n- all of Sixth\n- all of Seventh\n"
        "- and 2 more sections\n"
        "- To see it: `herdbook diff a b --format json`\n"
    )


@pytest.mark.parametrize(
    ("block", "first"),
    [
        (Items((("a",), ("b",))), Items((("a",),))),
        (Facts((("a", ("b",)), ("c", ("d",)))), Facts((("a", ("b",)),))),
        (rows(2), rows(1)),
        (Tree((Branch(("a",)), Branch(("b",)))), Tree((Branch(("a",)),))),
    ],
)
def test_blocks_are_cut_between_their_rows(block: Block, first: Block) -> None:
    document = Document(("t",), ("lead",), "", (Section("s", (block, Paragraph(("p",)))),))

    def fits(part: Document) -> bool:
        return block not in part.sections[0].blocks

    cut = shortened(document, fits)
    assert cut.sections[0].blocks == (first,)
    assert plain_items(cut.sections[1]) == ["2 rows of s"]


def plain_items(section: Section) -> list[str]:
    (items,) = section.blocks
    assert isinstance(items, Items)
    return [plain(line) for line in items.lines]


def test_mentions_lead_where_they_are_said_to() -> None:
    document = Document(("t",), (Mention(Ref.run("a")), " ", Mention(Ref.run("b"), "b")))
    written = document_markdown(document, lambda mention: f"{mention.ref.name}.html" if mention.text else "")
    assert "**`runs:/a` [b](b.html)**" in written


# JSON


@given(texts)
def test_json_holds_any_text_and_no_command(text: str) -> None:
    step = replace(traced().steps[0], title=text)
    written = answer_json(replace(traced(), steps=(step,)))
    assert json.loads(written)["steps"][0]["title"] == text
    assert written.isascii()
    for line in written.splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


@cache
def traced() -> Trace:
    answer, _ = samples()["trace"]
    assert isinstance(answer, Trace)
    return answer


def test_the_forms_say_the_same() -> None:
    """Every fact of the document stands in the text and in the Markdown."""
    for answer, document in samples().values():
        written = forms(answer, document)
        markdown = "".join(
            token.content for token in tokens(written["md"]) if token.type in ("text", "code_inline")
        )
        for said in facts(document):
            flat = " ".join(said.split())
            assert flat in " ".join(written["txt"].split())
            assert flat.replace(" ", "") in markdown.replace(" ", "")


def facts(document: Document) -> Iterator[str]:
    yield plain(document.lead)
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            if isinstance(block, Table):
                yield from block.columns
                yield from (
                    plain(cell) for row in block.rows for cell in row if all(isinstance(p, str) for p in cell)
                )
