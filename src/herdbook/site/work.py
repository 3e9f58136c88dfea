"""All jobs of a site, and what they need."""

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.site import api
from herdbook.site.api.answers import Answers
from herdbook.site.api.entries import job_with_page
from herdbook.site.api.files import ApiJob
from herdbook.site.api.lists import jobs_about
from herdbook.site.book import Book
from herdbook.site.graphs import Graphs
from herdbook.site.keys import Keys
from herdbook.site.layout import Renderer
from herdbook.site.links import Scan
from herdbook.site.llms import PATH as GUIDE
from herdbook.site.llms import llms_file
from herdbook.site.page import EVERYTHING, File, Job, Page
from herdbook.site.pages import pages, pages_about
from herdbook.site.pages.making import Maker
from herdbook.site.paths import path_of
from herdbook.site.publication import Made, made_of
from herdbook.site.record import KeptLayouts
from herdbook.site.templates import Templates

# Looking at as many entries takes longer than making a copy.
_WORTH_SHARING = 1_000
_FOLDER = re.compile(r"/([A-Za-z0-9._~-]+/)*")


class Work:
    """All jobs of a site, and what they need."""

    def __init__(
        self,
        records: Records,
        templates: Templates,
        renderer: Renderer,
        layouts: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.records = records
        self.book = Book(records)
        # Copies of this process see what earlier ones made.
        self.layouts = KeptLayouts(layouts)
        self.graphs = Graphs(records.catalog, records.lineage, renderer, self.layouts)
        self.templates = templates
        self.answers = Answers(records, self.book.tracer, self.book.impacts)

    def load(self) -> None:
        """Load what takes long, once for all processes, and with both cores."""
        # It compiles for a third of a second, on the other core.
        compiling = threading.Thread(target=self._compile)
        compiling.start()
        self.load_pages()
        compiling.join()

    def load_pages(self) -> None:
        """Load that without what lays out graphs, of which few have another layout than before."""
        self.templates.load_pages()
        self.answers.load()

    def _compile(self) -> None:
        # What is wrong is told where it is used.
        with contextlib.suppress(Exception):
            self.graphs.load()

    def jobs_about(self, entry: Entry) -> Iterator[Job[Made]]:
        """Yield those of the jobs that show the notes of an entry."""
        for job in pages_about(Maker(self.book, self.templates, self.graphs), entry):
            yield self._page_job(job)
        for data in jobs_about(self.book, entry):
            yield _data_job(data)

    def keyed_jobs(self, state: bytes, *, share: bool) -> Iterator[tuple[str, Job[Made]]]:
        """Yield all jobs in their order, each with its key; with `share`, a copy of this process helps."""
        # What templates of others make of the book, nobody knows.
        keys = Keys(self.book, state, may_show_more=not self.templates.are_ours)
        jobs: Iterable[Job[Made]] = self.jobs()
        if share and self.book.catalog.count >= _WORTH_SHARING:
            keys.begin()
            jobs = list(jobs)  # while the copy looks at all entries
        for job in jobs:
            yield keys.of((job.path, *job.sources)), job

    def jobs(self) -> Iterator[Job[Made]]:
        """Yield all jobs in their order, each time anew."""
        for job in pages(Maker(self.book, self.templates, self.graphs)):
            yield self._page_job(job)
        yield Job(GUIDE, (EVERYTHING,), partial(_data, partial(llms_file, self.book)))
        for data in api.api_jobs(self.book, self.answers):
            yield _data_job(data)

    def _page_job(self, job: Job[Page]) -> Job[Made]:
        """Make a page, and what programs read of its entry: both give the same answers."""
        entry = self._entry_of(job)
        data = job_with_page(self.book, self.answers, entry) if entry is not None else None
        more = [source for source in data.sources if source not in job.sources] if data is not None else []
        return Job(job.path, (*job.sources, *more), partial(_made, job, data, self.graphs))

    def _entry_of(self, job: Job[Page]) -> Entry | None:
        """The entry whose own page it is: what such a page is made from begins with that."""
        ref = job.sources[0] if job.sources else None
        return self.book.catalog.resolve(ref) if isinstance(ref, Ref) and path_of(ref) == job.path else None


def _data_job(job: Job[Iterator[tuple[File, Scan]]]) -> Job[Made]:
    return Job(job.path, job.sources, partial(_data, job.make))


def _made(job: Job[Page], data: ApiJob | None, graphs: Graphs) -> Made:
    """Make a page; whichever process does it, what its graphs complain of comes along."""
    made = made_of(job.make())
    files = (*made.files, *data.make()) if data is not None else made.files
    return replace(made, files=files, warnings=graphs.warnings, layouts=graphs.take_layouts())


def _data(job: Callable[[], Iterator[tuple[File, Scan]]]) -> Made:
    """Make files that need no frame."""
    return Made(tuple(job()))


def folder_of(catalog: Catalog) -> str:
    """The path of the published site on its server, as the catalog states it."""
    path = urlsplit(catalog.file.text("url")).path if catalog.file is not None else ""
    folder = f"/{path.strip('/')}/".replace("//", "/")
    return folder if _FOLDER.fullmatch(folder) else "/"
