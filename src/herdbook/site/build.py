"""Build the site: pages into frames, an index for search, assets, and the one writer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from herdbook.site.chrome import Chrome
from herdbook.site.page import File, Page
from herdbook.site.search import SearchIndex
from herdbook.site.write import write_site

Progress = Callable[[int], object]
"""Told how many pages are done."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build wrote, and where."""

    out: Path
    pages: int
    files: int


def publish(
    name: str,
    pages: Iterable[Page],
    extra: Iterable[File],
    chrome: Chrome,
    out: Path,
    progress: Progress | None = None,
) -> BuildResult:
    """Write the site `name` to `out`: `pages` in their frames, the `extra` files as they are.

    Pages are consumed one by one, so that a site of any size fits into memory.

    Raises:
        HerdbookError: `out` holds files of others.
        StorageError: writing failed.
    """
    count = 0

    def framed() -> Iterator[File]:
        nonlocal count
        index = SearchIndex(chrome.search)
        for page in pages:
            yield chrome.page(page, name)
            index.add(page)
            count += 1
            if progress is not None:
                progress(count)
        yield index.file()
        yield chrome.missing_page(name)
        yield from chrome.assets
        # GitHub's pages would otherwise go through a site generator of its own.
        yield File(".nojekyll", b"")
        yield from extra

    files = write_site(out, framed())
    return BuildResult(out, count, files)
