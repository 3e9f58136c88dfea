"""Tests of the way of a site into its files."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from herdbook.site.chrome import Chrome, Imprint
from herdbook.site.links import LinkCheck
from herdbook.site.page import File, Job, Page, Section
from herdbook.site.paths import path_of_twin
from herdbook.site.publication import BuildResult, Done, Made, Publication, made_of
from herdbook.site.write import Draft, fill_site
from site_samples import PAGES, page

# The frame leads to the first page of every section.
SITE = (
    *PAGES,
    *(page(f"{section}/index.html", section) for section in Section if section not in ("", "models")),
)


def published(
    pages: Iterable[Page],
    out: Path,
    chrome: Chrome,
    progress: Callable[[int], object],
    extra: Iterable[File] = (),
) -> BuildResult:
    publication = Publication(Imprint("Sample"), chrome, LinkCheck(), progress)
    jobs = (Job(each.path, (), partial(made_of, each)) for each in pages)
    files = fill_site(out, lambda draft: publication.whole(jobs, extra, draft, share=False))
    return BuildResult.of(publication, out, files)


def test_a_site_is_its_pages_what_they_need_and_an_index(tmp_path: Path, chrome: Chrome) -> None:
    told: list[int] = []
    extra = [File("extra.txt", b"text")]
    result = published(SITE, tmp_path / "site", chrome, told.append, extra)
    written = {path.relative_to(result.out).as_posix() for path in result.out.rglob("*") if path.is_file()}
    needed = {asset.path for asset in chrome.assets} | {page.path for page in SITE}
    needed |= {path_of_twin(page.path) for page in SITE}
    rest = {"extra.txt", "404.html", ".nojekyll", "build-manifest.json", "search/search_index.json"}
    assert written == needed | rest
    assert result.pages == len(SITE)
    assert result.files == len(written) - 1
    assert told == list(range(1, len(SITE) + 1))
    assert not result.warnings


def test_a_page_is_written_before_the_next_one_is_made(tmp_path: Path, chrome: Chrome) -> None:
    alive = 0

    def pages() -> Iterator[Page]:
        nonlocal alive
        for each in SITE:
            alive += 1
            yield each
            assert seen[-1] == alive

    seen: list[int] = []
    published(pages(), tmp_path / "site", chrome, seen.append)
    assert seen == list(range(1, len(SITE) + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_where_something_fails_no_copy_goes_on_writing(tmp_path: Path, chrome: Chrome) -> None:
    def slowly(number: int) -> Made:
        time.sleep(0.02)
        return made_of(page(f"folder{number}/index.html", Section.EXPERIMENTS))

    def fail(done: Done) -> None:
        raise KeyError("this one")

    def fill(draft: Draft) -> None:
        jobs = [Job(f"folder{number}/index.html", (), partial(slowly, number)) for number in range(100)]
        publication = Publication(Imprint("Sample"), chrome, LinkCheck())
        publication.do(jobs, draft, share=True, note=fail)

    with pytest.raises(KeyError, match="this one"):
        fill_site(tmp_path / "site", fill)
    time.sleep(0.2)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_copies_write_the_files(tmp_path: Path, chrome: Chrome) -> None:
    """What they write does not come back to this process."""
    writers = tmp_path / "writers"

    def put(draft: Draft, file: File) -> object:
        with writers.open("a") as opened:
            print(os.getpid(), file=opened)
        return original(draft, file)

    original = Draft.put
    jobs = [Job(each.path, (), partial(made_of, each)) for each in SITE]
    publication = Publication(Imprint("Sample"), chrome, LinkCheck())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft, "put", put)
        fill_site(tmp_path / "site", lambda draft: publication.do(jobs, draft, share=True))
    found = {int(line) for line in writers.read_text().split()}
    assert found
    assert os.getpid() not in found
    assert publication.pages == len(SITE)
