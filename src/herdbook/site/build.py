"""Build the site: pages into frames, an index for search, assets, and the one writer."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from herdbook import schema
from herdbook.catalog import Catalog
from herdbook.formats import plural
from herdbook.queries.records import Records
from herdbook.site.book import Book
from herdbook.site.chrome import Chrome, build_chrome
from herdbook.site.graphs import Graphs
from herdbook.site.layout import Renderer
from herdbook.site.page import File, Page
from herdbook.site.pages import pages
from herdbook.site.pages.making import Job, Maker
from herdbook.site.search import SearchIndex
from herdbook.site.sharing import in_order
from herdbook.site.templates import Templates
from herdbook.site.write import write_site

_FOLDER = re.compile(r"/([A-Za-z0-9._~-]+/)*")

Progress = Callable[[int], object]
"""Told how many pages are done."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build wrote, where, in which frame; `warnings` tell of pages that show less than they could."""

    out: Path
    chrome: Chrome
    pages: int
    files: int
    warnings: tuple[str, ...] = ()


def build(
    records: Records,
    out: Path,
    *,
    templates: Path | None = None,
    renderer: Renderer = "wasm",
    progress: Progress | None = None,
    chrome: Chrome | None = None,
    share: bool = False,
) -> BuildResult:
    """Build the site of a catalog in the folder `out`, in place of an earlier one.

    Args:
        records: what is published; findings of the check stand on the pages of the entries they concern.
        out: the folder of the site.
        templates: a folder of templates and assets, laid over our own file by file.
        renderer: what draws graphs: ``wasm``, the built-in Graphviz, or ``dot``, the system's.
        progress: told how many pages are done.
        chrome: the frame of an earlier build with the same templates, which saves making it again.
        share: whether a second process makes half of the pages; the site is the same.

    Raises:
        HerdbookError: `out` holds files of others, or a template is faulty.
        StorageError: reading or writing failed; an earlier site stays as it was.
    """
    book = Book(records)
    graphs = Graphs(records.catalog, records.lineage, renderer)
    overlaid = Templates(templates)
    frame = chrome or build_chrome(overlaid, _folder(records.catalog))
    schemas = (
        File(f"schema/{kind}.json", f"{json.dumps(schema.schema(kind), indent=2)}\n".encode())
        for kind in schema.KINDS
    )
    if share:
        # What takes long to load is loaded once for both.
        overlaid.load_pages()
        graphs.load()
    warnings: dict[str, None] = {}

    def made() -> Iterator[Page]:
        jobs = (partial(_made, job, graphs) for job in pages(Maker(book, overlaid, graphs)))
        for page, said in in_order(jobs, share=share):
            warnings.update(dict.fromkeys(said))
            yield page

    result = publish(book.name, made(), schemas, frame, out, progress)
    return replace(result, warnings=(*result.warnings, *warnings))


def _made(job: Job, graphs: Graphs) -> tuple[Page, tuple[str, ...]]:
    """Make a page; whichever process does it, what its graphs complain of comes along."""
    return job(), graphs.warnings


def _folder(catalog: Catalog) -> str:
    """The path of the published site on its server, as the catalog states it."""
    path = urlsplit(catalog.file.text("url")).path if catalog.file is not None else ""
    folder = f"/{path.strip('/')}/".replace("//", "/")
    return folder if _FOLDER.fullmatch(folder) else "/"


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
    index = SearchIndex(chrome.search)

    def framed() -> Iterator[File]:
        nonlocal count
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
    warnings = (
        (f"search leaves out {plural(index.left_out, 'page')}, the oldest runs",) if index.left_out else ()
    )
    return BuildResult(out, chrome, count, files, warnings)
