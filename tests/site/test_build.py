"""Tests of putting the parts of a site together."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from herdbook import schema
from herdbook.catalog import read_catalog
from herdbook.errors import HerdbookError
from herdbook.site.build import publish
from herdbook.site.chrome import Chrome, build_chrome
from herdbook.site.page import File, Page
from herdbook.site.templates import Templates
from herdbook.source import DirTree
from site_samples import PAGES, build_site, write_sample


@pytest.fixture(scope="module")
def chrome() -> Chrome:
    return build_chrome(Templates())


def test_a_site_is_its_pages_what_they_need_and_an_index(tmp_path: Path, chrome: Chrome) -> None:
    told: list[int] = []
    result = publish("Sample", PAGES, [File("extra.txt", b"text")], chrome, tmp_path / "site", told.append)
    written = {path.relative_to(result.out).as_posix() for path in result.out.rglob("*") if path.is_file()}
    needed = {asset.path for asset in chrome.assets} | {page.path for page in PAGES}
    rest = {"extra.txt", "404.html", ".nojekyll", "build-manifest.json", "search/search_index.json"}
    assert written == needed | rest
    assert result.pages == len(PAGES)
    assert result.files == len(written) - 1
    assert told == [1, 2, 3, 4]
    assert not result.warnings


def test_a_page_is_written_before_the_next_one_is_made(tmp_path: Path, chrome: Chrome) -> None:
    alive = 0

    def pages() -> Iterator[Page]:
        nonlocal alive
        for page in PAGES:
            alive += 1
            yield page
            assert seen[-1] == alive

    seen: list[int] = []
    publish("Sample", pages(), [], chrome, tmp_path / "site", seen.append)
    assert seen == [1, 2, 3, 4]


def test_the_site_of_a_catalog_holds_the_schemas(tmp_path: Path, chrome: Chrome) -> None:
    result = build_site(write_sample(tmp_path), tmp_path / "site", chrome)
    published = {path.stem: json.loads(path.read_text()) for path in (result.out / "schema").iterdir()}
    assert published == {kind: schema.schema(kind) for kind in schema.KINDS}


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://example.com/herd/book", "/herd/book/"),
        ("https://example.com/herd/book/", "/herd/book/"),
        ("https://example.com", "/"),
        ("https://example.com/%22%3E/", "/"),
    ],
)
def test_the_page_for_dead_links_begins_at_the_folder_that_the_catalog_states(
    tmp_path: Path, url: str, folder: str
) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "herdbook.yaml").write_text(f"kind: catalog\nname: sample\nurl: {url}\n")
    assert not read_catalog(DirTree(catalog)).findings
    result = build_site(catalog, tmp_path / "site")
    assert f'href="{folder}index.html"' in (result.out / "404.html").read_text()


def test_a_folder_of_others_is_not_built_into(tmp_path: Path, chrome: Chrome) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "thesis.txt").write_text("the only copy")
    with pytest.raises(HerdbookError, match="not written by herdbook build"):
        build_site(write_sample(tmp_path), tmp_path / "site", chrome)
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["thesis.txt"]
