"""Build the site: pages into frames, an index for search, assets, and the one writer."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from herdbook.catalog import Catalog
from herdbook.formats import plural
from herdbook.queries.records import Records
from herdbook.sharing import in_order
from herdbook.site.api import api_jobs, schemas
from herdbook.site.api.answers import Answers
from herdbook.site.book import Book
from herdbook.site.chrome import Chrome, Imprint, build_chrome
from herdbook.site.graphs import Graphs
from herdbook.site.layout import Renderer
from herdbook.site.links import NOTHING, LinkCheck, Scan, scan_frame, scan_markdown, scan_markup, scan_style
from herdbook.site.llms import llms_file
from herdbook.site.page import File, Page
from herdbook.site.pages import pages
from herdbook.site.pages.making import Job, Maker
from herdbook.site.paths import path_of_twin
from herdbook.site.search import SearchIndex
from herdbook.site.templates import Templates
from herdbook.site.twins import twin_address, twin_of
from herdbook.site.write import write_site

_FOLDER = re.compile(r"/([A-Za-z0-9._~-]+/)*")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job.

    Attributes:
        files: files of the site, each with what in it leads somewhere.
        page: a page that is still to be put into its frame, if that is what was made.
        found: what in the page leads somewhere.
        warnings: what went wrong.
    """

    files: tuple[tuple[File, Scan], ...]
    page: Page | None = None
    found: Scan = NOTHING
    warnings: tuple[str, ...] = ()


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
        HerdbookError: `out` holds files of others, a template is faulty, or a link leads nowhere.
        StorageError: reading or writing failed; an earlier site stays as it was.
    """
    book = Book(records)
    graphs = Graphs(records.catalog, records.lineage, renderer)
    overlaid = Templates(templates)
    frame = chrome or build_chrome(overlaid, _folder(records.catalog))
    answers = Answers(records)
    if share:
        # What takes long to load is loaded once for both.
        overlaid.load_pages()
        graphs.load()
        answers.load()
    jobs: Iterator[Callable[[], Made]] = chain(
        (partial(_made, job, graphs) for job in pages(Maker(book, overlaid, graphs))),
        [partial(_data, partial(llms_file, book))],
        (partial(_data, job) for job in api_jobs(book, answers)),
    )
    check = LinkCheck(_folder(records.catalog), overlaid.origin)
    return publish(book.imprint, in_order(jobs, share=share), schemas(), frame, out, check, progress)


def _made(job: Job, graphs: Graphs) -> Made:
    """Make a page; whichever process does it, what its graphs complain of comes along."""
    return replace(made_of(job()), warnings=graphs.warnings)


def _data(job: Callable[[], Iterator[tuple[File, Scan]]]) -> Made:
    """Make files that need no frame."""
    return Made(tuple(job()))


def made_of(page: Page) -> Made:
    """Put a page and its twin together, and look for what in them leads somewhere."""
    found, twin = scan_markup(str(page.body)), twin_of(page)
    path = path_of_twin(page.path)
    found_in_twin = scan_markdown(twin, frozenset(map(twin_address, found.prose)))
    return Made(((File(path, twin.encode()), found_in_twin),), page, found)


def _folder(catalog: Catalog) -> str:
    """The path of the published site on its server, as the catalog states it."""
    path = urlsplit(catalog.file.text("url")).path if catalog.file is not None else ""
    folder = f"/{path.strip('/')}/".replace("//", "/")
    return folder if _FOLDER.fullmatch(folder) else "/"


def publish(
    imprint: Imprint,
    made: Iterable[Made],
    extra: Iterable[File],
    chrome: Chrome,
    out: Path,
    check: LinkCheck,
    progress: Progress | None = None,
) -> BuildResult:
    """Write a site to `out`: what was `made`, pages in their frames, and the `extra` files.

    All of it is consumed one by one, so that a site of any size fits into memory.

    Raises:
        HerdbookError: `out` holds files of others.
        DeadLinkError: a link of the site leads nowhere.
        StorageError: writing failed.
    """
    count = 0
    index = SearchIndex(chrome.search)
    warnings: dict[str, None] = {}

    def files() -> Iterator[File]:
        nonlocal count
        for item in made:
            warnings.update(dict.fromkeys(item.warnings))
            if item.page is not None:
                yield framed(item.page, item.found)
                index.add(item.page)
                count += 1
                if progress is not None:
                    progress(count)
            for file, found in item.files:
                check.add(file.path, ("", found))
                yield file
        locations = index.file()
        yield locations
        check.add(locations.path)
        check.follow(locations.path, index.locations(), folder="")
        missing = chrome.missing_page(imprint)
        yield missing
        check.add(missing.path, ("chrome/404.html", scan_frame(missing.data.decode())))
        for file in (*chrome.assets, *extra):
            check.add(file.path, ("", _found_in(file)))
            yield file
        # GitHub's pages would otherwise go through a site generator of its own.
        yield File(".nojekyll", b"")
        warnings.update(dict.fromkeys(check.verify()))

    @cache
    def around(frame: str) -> Scan:
        return scan_frame(frame)

    def framed(page: Page, found: Scan) -> File:
        frame = around(chrome.around(page))
        own = replace(frame, addresses=(*frame.addresses, path_of_twin(page.path).rpartition("/")[2]))
        check.add(page.path, ("chrome/main.html", own), (page.template, found))
        return chrome.page(page, imprint)

    written = write_site(out, files())
    if index.left_out:
        warnings[f"search leaves out {plural(index.left_out, 'page')}, the oldest runs"] = None
    return BuildResult(out, chrome, count, written, tuple(warnings))


def _found_in(file: File) -> Scan:
    return scan_style(file.data.decode()) if file.path.endswith(".css") else NOTHING
