"""The same question has the same answer everywhere: as text, in Markdown, on pages, in the API."""

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from conftest import CHECKOUT
from herdbook.entries import Entry
from herdbook.opening import read_catalog
from herdbook.queries.answer import Answer, as_json
from herdbook.queries.asking import Found
from herdbook.queries.compare import compare_with
from herdbook.queries.impact import entry, impact
from herdbook.queries.predecessors import predecessors
from herdbook.queries.records import Records
from herdbook.queries.status import status
from herdbook.queries.trace import trace
from herdbook.reports.answers import answer_json, document_markdown, document_text
from herdbook.site.build import build
from herdbook.site.paths import path_of, path_of_answer, path_of_comparison, path_of_impact
from herdbook.telling.compare import tell_compare
from herdbook.telling.document import (
    ALL_AS_JSON,
    Block,
    Branch,
    Document,
    Facts,
    Items,
    Line,
    Mention,
    Paragraph,
    Table,
    Tree,
    Verbatim,
    plain,
)
from herdbook.telling.impact import tell_impact
from herdbook.telling.status import tell_status
from herdbook.telling.trace import tell_trace
from herdbook.tree import DirTree

Asked = tuple[Answer, Document, str, str | None, bool]
"""An answer, told, with its page, its file of the API, and whether the page tells all of it."""


@pytest.fixture(scope="module")
def records() -> Records:
    return Records(read_catalog(DirTree(CHECKOUT / "catalog")), date(2026, 11, 21))


@pytest.fixture(scope="module")
def site(records: Records, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(records, tmp_path_factory.mktemp("same") / "site").out


def asked(records: Records) -> Iterator[Asked]:
    """Every question about every entry of the catalog of the examples."""
    catalog = records.catalog
    made: tuple[Entry, ...] = (*catalog.versions.values(), *catalog.runs.values())
    data, endpoints = catalog.dataset_versions.values(), catalog.endpoints.values()
    for found in named(*made, *data, *endpoints):
        origin = trace(records, found)
        yield origin, tell_trace(origin), path_of(found.ref), path_of_answer(found.ref, "trace"), False
    for found in named(*made):
        touched = impact(records, entry(records, found))
        yield touched, tell_impact(touched), path_of(found.ref), path_of_answer(found.ref, "impact"), False
    for found in named(*data):
        touched = impact(records, entry(records, found))
        page = path_of_impact(found.ref)
        yield touched, tell_impact(touched), page, path_of_answer(found.ref, "impact"), True
    for found in named(*catalog.versions.values(), *endpoints):
        judged = status(records, found)
        yield judged, tell_status(judged), path_of(found.ref), None, False
    for version in catalog.versions.values():
        before = predecessors(records, version.model).get(version.version)
        if before is not None:
            compared = compare_with(records, version, before)
            page = path_of_comparison(version.ref, before.version.ref)
            yield compared, tell_compare(compared), page, None, True


def named(*entries: Entry) -> list[Found]:
    return [Found(item.ref, item) for item in entries if item.ref is not None]


def test_the_same_answer_stands_everywhere(records: Records, site: Path) -> None:
    pages: dict[str, str] = {}
    count = 0
    for answer, document, page, file, whole in asked(records):
        text = words(document_text(document))
        in_markdown = words(
            visible(MarkdownIt("commonmark").enable("table").render(document_markdown(document)))
        )
        if page not in pages:
            pages[page] = words(visible((site / page).read_text().partition('id="hb-content"')[2]))
        lines = list(facts(document))
        assert lines
        for line in lines:
            assert words(line) in text, (answer, line)
            assert words(line) in in_markdown, (answer, line)
        for line in lines if whole else lines[:1]:
            assert words(line.replace(ALL_AS_JSON.text, "")) in pages[page], (page, line)
        said: Any = as_json(answer)
        assert json.loads(answer_json(answer)) == said
        assert file is None or json.loads((site / file).read_text()) == said
        mentioned = set(references(document))
        assert mentioned
        assert mentioned <= set(re.findall(r"\w+:/[^\"]+", json.dumps(said)))
        count += 1
    assert count > 70


def facts(document: Document) -> Iterator[str]:
    """Every line of a document, the lead first."""
    yield plain(document.lead)
    for section in document.sections:
        for block in section.blocks:
            yield from map(plain, lines_of(block))


def lines_of(block: Block) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield block.line
        case Items():
            yield from block.lines
        case Facts():
            yield from (line for _, line in block.rows)
        case Table():
            yield from (cell for row in block.rows for cell in row)
        case Tree():
            yield from (line for root in block.roots for line in lines_of_branch(root))
        case Verbatim():
            yield (block.text,)


def lines_of_branch(branch: Branch) -> Iterator[Line]:
    yield branch.line
    for child in branch.children:
        yield from lines_of_branch(child)


def references(document: Document) -> Iterator[str]:
    yield from (str(part.ref) for part in document.title if isinstance(part, Mention))
    for section in document.sections:
        for block in section.blocks:
            for line in lines_of(block):
                yield from (str(part.ref) for part in line if isinstance(part, Mention))


def visible(markup: str) -> str:
    """The text of a page."""
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"</(?:li|p|td|tr|dd|dt|h\d)>", " ", markup)))


def words(text: str) -> str:
    """A text in the short names of the site, without marks around words, and with single blanks."""
    short = re.sub(r"\b(?:models|runs|datasets|endpoints):/", "", text)
    return " ".join(re.sub(r"[\[\]*]", "", short).split())
