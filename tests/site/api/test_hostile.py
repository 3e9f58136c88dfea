"""Hostile text of the catalog in what programs and agents read: it stays text, and stops no build."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from herdbook.site.chrome import build_chrome
from herdbook.site.templates import Templates
from hostile_catalogs import attack_strings, chains, write_catalog
from site_samples import build_site

EVERY = 40
ELEMENTS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "a",
        "code",
        "pre",
        "blockquote",
        "hr",
        "br",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src")]


@pytest.fixture(scope="module")
def site(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    catalog = write_catalog(folder / "catalog", chains(attack_strings(shared_data)[::EVERY]))
    return build_site(catalog, folder / "site", build_chrome(Templates())).out


def test_a_reader_of_markdown_sees_no_element_and_no_address_that_a_page_could_not_have(site: Path) -> None:
    reader = MarkdownIt("gfm-like", {"html": True})
    twins = sorted(site.rglob("*.md"))
    assert len(twins) > 200
    for path in twins:
        seen = Seen(reader.render(path.read_text()))
        assert seen.elements <= ELEMENTS, path
        assert all(re.match(r"(?i)https?://|mailto:|[\w.~/-]+$", address) for address in seen.addresses), path


def test_data_are_json_without_markup(site: Path) -> None:
    files = sorted(site.rglob("api/**/*.json"))
    assert len(files) > 200
    for path in files:
        text = path.read_bytes()
        json.loads(text)
        assert b"<" not in text
