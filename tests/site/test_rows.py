"""The rows of a list as JSON say what the page says, in as many bytes as scripts can load."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

from herdbook.site.chrome import Chrome
from herdbook.site.page import Page, Section
from herdbook.site.paths import path_of_rows
from herdbook.site.rows import rows_of
from site_samples import NASTY, build_site, write_sample

HEAD = '<thead><tr><th scope="col">Run</th><th scope="col">a_<wbr>b &lt;</th></tr></thead>'


def page_of(rows: str, attributes: str = ' data-src="index.json" data-total="7"') -> Page:
    table = f'<table class="hb-table"{attributes}>{HEAD}\n<tbody>\n{rows}\n</tbody></table>'
    body = f"<p>Before.</p>{table}<p>After.</p>"
    return Page("experiments/x/index~2.html", "x", "About x.", Section.EXPERIMENTS, Markup(body))


def read(page: Page) -> Any:
    file = rows_of(page)
    assert file is not None
    return json.loads(file.data)


def attributes_of(given: Mapping[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in given.items())


def escaped(given: Mapping[str, str]) -> str:
    return attributes_of({name: escape(value) for name, value in given.items()})


def written(content: Any) -> list[str]:
    """The rows of a file, as markup."""
    rows = []
    for css, *rest in content["rows"]:
        cells, at = [], 0
        while at < len(rest):
            shape = content["shapes"][rest[at]]
            count = max(_numbers(shape), default=-1) + 1
            assert at + count < len(rest)
            values = [content["texts"][v] if isinstance(v, int) else v for v in rest[at + 1 : at + 1 + count]]
            cells.append(_markup(shape, values))
            at += 1 + count
        rows.append(
            f'<tr class="{escape(css)}">{"".join(cells)}</tr>' if css else f"<tr>{''.join(cells)}</tr>"
        )
    return rows


def _numbers(shape: Sequence[Any]) -> Iterator[int]:
    _, attributes, *children = shape
    for part in (*attributes.values(), *children):
        if isinstance(part, list):
            yield from _numbers(part)
        elif isinstance(part, int):
            yield part


def _markup(shape: Sequence[Any], values: Sequence[str]) -> str:
    def text(part: int | str) -> str:
        return escape(values[part] if isinstance(part, int) else part)

    tag, attributes, *children = shape
    start = f"<{tag}{attributes_of({name: text(value) for name, value in attributes.items()})}>"
    inside = "".join(_markup(child, values) if isinstance(child, list) else text(child) for child in children)
    return start if tag in {"br", "wbr"} else f"{start}{inside}</{tag}>"


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=12).map(
    lambda text: text.replace("\0", "")
)
WORDS = st.one_of(
    TEXTS, st.sampled_from(["finished", '"><b>', "&amp;", '="0', "\\0", "a b", "1", NASTY.strip()])
)
NAMES = st.sampled_from(["title", "href", "datetime", "data-value", "data-choice", "class"])


def element(children: st.SearchStrategy[list[str]]) -> st.SearchStrategy[str]:
    def build(tag: str, attributes: Mapping[str, str], inside: Sequence[str]) -> str:
        return f"<{tag}{escaped(attributes)}>{''.join(inside)}</{tag}>"

    return st.builds(
        build,
        st.sampled_from(["a", "span", "time", "code"]),
        st.dictionaries(NAMES, WORDS, max_size=3),
        children,
    )


@st.composite
def cells(draw: st.DrawFn) -> str:
    # Two texts side by side are one.
    inner = draw(st.lists(element(WORDS.map(escape).map(lambda text: [text])), max_size=3))
    parts = [
        draw(WORDS.map(escape)),
        *(part for item in inner for part in (item, draw(st.sampled_from(["", ", "])))),
    ]
    attributes = draw(st.dictionaries(NAMES, WORDS, max_size=2))
    last = draw(st.sampled_from(["", "<br>"]))
    return f"<td{escaped(attributes)}>{''.join(parts)}{last}</td>"


ROWS = st.lists(
    st.builds(
        lambda css, inside: f"<tr{css}>{''.join(inside)}</tr>",
        st.sampled_from(["", ' class="hb-row--bad"']),
        st.lists(cells(), max_size=4),
    ),
    max_size=6,
)


@given(ROWS)
@example(['<tr><td class="="><a title=""></a></td></tr>'])
def test_rows_say_what_the_page_says(rows: list[str]) -> None:
    content = read(page_of("\n".join(rows)))
    assert written(content) == [_spaced(row) for row in rows]
    assert (content["total"], content["columns"]) == (7, ["Run", "a_b <"])


def _spaced(markup: str) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", markup)


@given(ROWS)
def test_a_file_of_rows_is_plain_text_without_markup(rows: list[str]) -> None:
    file = rows_of(page_of("\n".join(rows)))
    assert file is not None
    assert file.path == "experiments/x/index~2.json"
    assert file.data.isascii()
    assert b"<" not in file.data


PIECES = st.sampled_from(
    [
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<td ",
        "<b>",
        "</b>",
        "<a href='x'",
        "</p>",
        "<br>",
        "x",
        "<!--",
        "-->",
        "&",
        "<",
    ]
)


@given(st.lists(PIECES, max_size=12).map(lambda pieces: f"<tr><td>{''.join(pieces)}</td></tr>"))
def test_what_a_template_of_others_left_open_is_read_as_far_as_it_goes(rows: str) -> None:
    content = read(page_of(rows))
    assert len(written(content)) == len(content["rows"]) == rows.count("<tr")


def test_a_table_of_one_page_needs_no_file() -> None:
    assert rows_of(page_of("<tr><td>1</td></tr>", attributes="")) is None
    assert rows_of(Page("a.html", "a", "b", Section.HOME, Markup('<img data-src="a.png">'))) is None


def test_equal_cells_are_held_once() -> None:
    row = '<tr><td class="hb-number" title="{0}5" data-value="{0}5">{0}</td><td>training</td></tr>'
    content = read(page_of("".join(row.format(number) for number in ("0.25", "0.75"))))
    assert content["shapes"] == [
        ["td", {"class": "hb-number", "title": 0, "data-value": 0}, 1],
        ["td", {}, 0],
    ]
    assert content["texts"] == ["training"]
    assert content["rows"] == [["", 0, "0.255", "0.25", 1, 0], ["", 0, "0.755", "0.75", 1, 0]]


# On the pages of a site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chrome: Chrome) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    build_site(write_sample(folder, runs=230), folder / "out", chrome)
    return folder / "out"


LISTS = {
    "experiments/long/index.html": 230,
    "datasets/orders/v2.html": 232,
    "rules/missing-run-context.html": 230,
}
FOLLOWING = re.compile(r'<a rel="next" href="([^"]*)"')


def list_pages(site: Path, first: str) -> Iterator[tuple[Path, str]]:
    """The pages of a list, as a reader without scripts goes through them."""
    path = site / first
    while True:
        text = path.read_text(encoding="utf-8")
        yield path, text
        following = FOLLOWING.search(text)
        if following is None:
            return
        path = path.parent / following[1]


def rows_on(text: str) -> list[str]:
    table = re.search(r"<table[^>]* data-src=.*?</table>", text, re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr.*?</tr>", table[0].partition("<tbody>")[2], re.DOTALL)
    return [_without_space(row) for row in rows]


def _without_space(row: str) -> str:
    return re.sub(r"(?<=>)\s+|\s+(?=<)", "", row)


@pytest.mark.parametrize("first", LISTS)
def test_the_files_of_a_list_hold_the_rows_of_its_pages_in_few_bytes(site: Path, first: str) -> None:
    headings = set()
    for path, text in list_pages(site, first):
        file = site / path_of_rows(path.relative_to(site).as_posix())
        content = json.loads(file.read_bytes())
        assert [_without_space(row) for row in written(content)] == rows_on(text)
        assert file.stat().st_size < 25_000
        assert content["total"] == LISTS[first]
        headings.add(tuple(content["columns"]))
    assert len(headings) == 1


@pytest.mark.parametrize(("first", "count"), LISTS.items())
def test_all_rows_of_a_list_are_reached_without_scripts(site: Path, first: str, count: int) -> None:
    pages = list(list_pages(site, first))
    rows = [row for _, text in pages for row in rows_on(text)]
    assert len(pages) == 3
    assert len(set(rows)) == len(rows) == count
    for _, text in pages:
        assert f'data-pages="3" data-total="{count}"' in text


def test_only_lists_of_several_pages_have_files_of_rows(site: Path) -> None:
    others = ("api/", "schema/", "search/", "build-manifest")
    files = {path.relative_to(site).as_posix() for path in site.rglob("*.json")}
    pages = (page for page in site.rglob("*.html") if " data-pages=" in page.read_text(encoding="utf-8"))
    wanted = {path_of_rows(page.relative_to(site).as_posix()) for page in pages}
    assert {path for path in files if not path.startswith(others)} == wanted


def test_a_changed_run_changes_the_rows_of_its_page_alone(
    tmp_path: Path, chrome: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERDBOOK_CACHE", str(tmp_path / "cache"))
    catalog = write_sample(tmp_path, runs=230)
    site = build_site(catalog, tmp_path / "site", chrome).out
    before = {path: path.read_bytes() for path in site.rglob("*.json")}
    run = catalog / "runs/long/long-100.yaml"
    run.write_text(run.read_text().replace("training", "evaluation"))
    build_site(catalog, site, chrome)
    changed = {
        path.relative_to(site).as_posix() for path, data in before.items() if path.read_bytes() != data
    }
    lists = {path for path in changed if path.startswith(("experiments/", "datasets/"))}
    assert lists == {"experiments/long/index~2.json", "datasets/orders/v2~2.json"}
