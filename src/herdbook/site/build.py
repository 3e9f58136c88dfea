"""Build the site: pages into frames, an index for search, assets, and the one writer."""

import contextlib
import re
import threading
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from herdbook import __version__
from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.queries.records import Records
from herdbook.sharing import in_turns
from herdbook.site import api
from herdbook.site.api.answers import Answers
from herdbook.site.api.entries import ApiJob, job_with_page, jobs_about
from herdbook.site.book import Book
from herdbook.site.chrome import Chrome, Imprint, Skeleton, build_chrome
from herdbook.site.graphs import Graphs
from herdbook.site.keys import Keys
from herdbook.site.layout import Plain, Renderer
from herdbook.site.links import (
    NOTHING,
    DeadLinkError,
    LinkCheck,
    Scan,
    TakingLinkCheck,
    scan_frame,
    scan_markdown,
    scan_markup,
    scan_style,
)
from herdbook.site.llms import PATH as GUIDE
from herdbook.site.llms import llms_file
from herdbook.site.manifest import Manifest
from herdbook.site.page import EVERYTHING, File, Job, Page
from herdbook.site.pages import pages, pages_about
from herdbook.site.pages.making import Maker
from herdbook.site.paths import NO_JEKYLL, path_of_twin, ref_at
from herdbook.site.prints import Print, changed_print, print_beside
from herdbook.site.record import (
    KeptLayouts,
    Piece,
    SiteRecord,
    can_keep,
    load,
    save,
    state_of_building,
)
from herdbook.site.rows import rows_of
from herdbook.site.search import INDEX, SearchIndex, entries_of, is_of_search
from herdbook.site.shard import Heading, Notes, Part, Shard
from herdbook.site.since import Seen, remarked, seen
from herdbook.site.templates import Templates
from herdbook.site.twins import twin_address, twin_of
from herdbook.site.write import NotAsRecordedError, can_update, manifest_in, update_site, write_site

_FOLDER = re.compile(r"/([A-Za-z0-9._~-]+/)*")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job.

    Attributes:
        files: files of the site, each with what in it leads somewhere.
        page: a page that is still to be put into its frame, if that is what was made.
        found: what in the page leads somewhere.
        warnings: what went wrong.
        layouts: layouts of graphs that were made for it.
    """

    files: tuple[tuple[File, Scan], ...]
    page: Page | None = None
    found: Scan = NOTHING
    warnings: tuple[str, ...] = ()
    layouts: Mapping[str, Plain] = field(default_factory=dict)


Progress = Callable[[int], object]
"""Told how many pages are done."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build wrote, where, in which frame; `warnings` tell of pages that show less than they could.

    Attributes:
        out: the folder of the site.
        chrome: the frame of its pages.
        pages: how many pages it has.
        files: how many files it has.
        warnings: what its pages lack.
        drawn: how many of the pages were drawn; the others stayed as they were.
    """

    out: Path
    chrome: Chrome
    pages: int
    files: int
    warnings: tuple[str, ...] = ()
    drawn: int = 0


class _UnsureError(Exception):
    """What was built before does not fit what is new; all of it is built again."""


def build(
    records: Records,
    out: Path,
    *,
    templates: Path | None = None,
    renderer: Renderer = "wasm",
    progress: Progress | None = None,
    chrome: Chrome | None = None,
    share: bool = False,
    standing: Callable[[], Print | None] | None = None,
) -> BuildResult:
    """Build the site of a catalog in the folder `out`, in place of an earlier one.

    Of what an earlier build left there and recorded in the user's cache, only those files are made again that
    a change can reach; the site is the same, byte for byte.

    Args:
        records: what is published; findings of the check stand on the pages of the entries they concern.
        out: the folder of the site.
        templates: a folder of templates and assets, laid over our own file by file.
        renderer: what draws graphs: ``wasm``, the built-in Graphviz, or ``dot``, the system's.
        progress: told how many pages are done.
        chrome: the frame of an earlier build with the same templates, which saves making it again.
        share: whether two copies of this process make the pages; the site is the same.
        standing: takes the print of what stands in `out`, where somebody has begun with that.

    Raises:
        HerdbookError: `out` holds files of others, a template is faulty, or a link leads nowhere.
        StorageError: reading or writing failed; an earlier site stays as it was.
    """
    overlaid, folder = Templates(templates), _folder(records.catalog)
    state = _state(out, overlaid, renderer, folder)
    record = load(out, state) if state is not None else None
    layouts = record.layouts if record is not None else {}
    work = Work(records, overlaid, renderer, layouts)
    if record is not None:
        try:
            return _update(work, record, out, progress, standing or print_beside(out), share=share)
        except (_UnsureError, NotAsRecordedError, DeadLinkError):
            # What is wrong with a link is told by a build that sees all of them.
            work = Work(records, overlaid, renderer, layouts)
    # That of a record comes without its assets.
    frame = chrome if chrome is not None and chrome.assets else build_chrome(overlaid, folder)
    if share:
        work.load()
    check = LinkCheck(folder, overlaid.origin)
    publication = Publication(work.book.imprint, frame, check, progress, work.layouts)
    made = in_turns(map(_making, work.jobs()), share=share)
    result = publication.whole(made, api.schemas(), out)
    # What was made from itself has no beginning at which its keys could.
    if state is not None and not publication.faulty and not records.cyclic:
        _remember(work, publication, state, out)
    return result


def build_shard(
    records: Records,
    out: Path,
    shard: Shard,
    *,
    templates: Path | None = None,
    renderer: Renderer = "wasm",
    progress: Progress | None = None,
    chrome: Chrome | None = None,
    share: bool = False,
) -> BuildResult:
    """Build a shard of the site of a catalog in the folder `out`, always from nothing.

    The arguments are those of `build`. Dead links are told when the shards are merged.

    Raises:
        HerdbookError: `out` holds files of others, or a template is faulty.
        StorageError: reading or writing failed.
    """
    overlaid, folder = Templates(templates), _folder(records.catalog)
    building = state_of_building(overlaid, renderer, folder)
    work = Work(records, overlaid, renderer)
    catalog = Keys(work.book, building).of_catalog()
    frame = chrome if chrome is not None else build_chrome(overlaid, folder)
    if share:
        work.load()
    check = TakingLinkCheck(folder, overlaid.origin)
    publication = Publication(work.book.imprint, frame, check, progress, work.layouts)
    jobs = (job for number, job in enumerate(work.jobs()) if shard.has(number))
    made = in_turns(map(_making, jobs), share=share)

    def files() -> Iterator[File]:
        notes = Notes(overlaid.origin)
        count = sum(1 for _ in work.jobs())
        for number, item in zip(filter(shard.has, range(count)), made, strict=True):
            yield from publication.parts((item,))
            notes.add(Part(number, check.take(), next(iter(publication.index.take()), None)))
        if shard.has(count):
            yield from publication.belongings(api.schemas())
            notes.add(Part(count, check.take()))
        yield notes.file(
            Heading(shard, count + 1, __version__, building.hex(), catalog, folder, frame.search)
        )

    return publication.result(out, write_site(out, files()))


# Copies are there in no time; all templates are made ready for them.
_WORTH_SHARING: Final = 40


def _making(job: Job[Made]) -> Callable[[], Made]:
    return job.make


def _state(out: Path, templates: Templates, renderer: Renderer, folder: str) -> bytes | None:
    """What the build of a site follows from besides its catalog; `None` where nothing is to be kept of it."""
    # Another version of the system's `dot` may draw otherwise, and does not tell.
    if renderer != "wasm" or not can_update() or not can_keep(out):
        return None
    try:
        return state_of_building(templates, renderer, folder)
    except OSError:
        return None


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
        for data in jobs_about(self.book, self.answers, entry):
            yield _data_job(data)

    def keys(self, state: bytes) -> Keys:
        """The keys of the jobs."""
        # What templates of others make of the book, nobody knows.
        return Keys(self.book, state, may_show_more=not self.templates.are_ours)

    def jobs(self) -> Iterator[Job[Made]]:
        """Yield all jobs in their order, each time anew."""
        for job in pages(Maker(self.book, self.templates, self.graphs)):
            yield self._page_job(job)
        yield Job(GUIDE, (EVERYTHING,), partial(_data, partial(llms_file, self.book)))
        for data in api.api_jobs(self.book, self.answers):
            yield _data_job(data)

    def _page_job(self, job: Job[Page]) -> Job[Made]:
        """Make a page, and what programs read of its entry: both give the same answers."""
        ref = ref_at(job.path)
        entry = self.book.catalog.resolve(ref) if ref is not None else None
        data = job_with_page(self.book, self.answers, entry) if entry is not None else None
        more = [source for source in data.sources if source not in job.sources] if data is not None else []
        return Job(job.path, (*job.sources, *more), partial(_made, job, data, self.graphs))


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


def _update(
    work: Work,
    record: SiteRecord,
    out: Path,
    progress: Progress | None,
    standing: Callable[[], Print | None],
    *,
    share: bool,
) -> BuildResult:
    """Make what changed since a site was built, and leave all else as it is.

    Args:
        work: the jobs.
        record: what was built.
        out: the folder of the site.
        progress: told how many pages are done.
        standing: takes the print of what stands there.
        share: whether two copies of this process make the pages.

    Raises:
        _UnsureError: that will not do.
        NotAsRecordedError: the folder is not what the record says.
        DeadLinkError: a link leads nowhere.
        StorageError: reading or writing failed.
    """
    now = seen(work.records)
    paths, due = _remarked(work, record, now) or _changed(work, record)
    manifest = manifest_in(out)

    def verify() -> None:
        if standing() != record.print:
            raise NotAsRecordedError

    # A few pages are drawn while another process may look at what stands there.
    many = len(due) >= _WORTH_SHARING
    if many:
        verify()
    if not due and list(paths) == list(record.made):
        verify()
        if now != record.seen:
            save(out, replace(record, seen=now))
        return BuildResult(out, record.chrome, _count_of_pages(paths), len(manifest))
    share = share and many
    if share:
        work.load_pages()
    replaced = _replaced(record, due, paths)
    check = LinkCheck(
        _folder(work.book.catalog),
        work.templates.origin,
        _Standing(manifest, frozenset(replaced)),
        partial(_ids_in, out),
    )
    publication = Publication(work.book.imprint, record.chrome, check, progress, work.layouts)
    publication.pages = _count_of_pages(paths) - _count_of_pages(due)
    made: dict[str, Piece] = {}

    def files() -> Iterator[File]:
        stale = (job.make for _, job in due.values())
        yield from publication.parts(in_turns(stale, share=share))
        keys = {path: key for path, (key, _) in due.items()}
        new = _keyed(keys, publication.made)
        made.update((path, new.get(path) or record.made[path]) for path in paths)
        if not _as_searched(made.values(), record.made.values()):
            before = _files_of_search(out)
            _complete(publication.index, made.values(), before)
            replaced.update(before)
            yield from publication.index.files()
        yield publication.missing_page()
        publication.finish()
        if publication.faulty:
            raise _UnsureError
        verify()

    count, stamps = update_site(out, files(), replaced)
    written = replace(
        record,
        print=changed_print(record.print, stamps),
        seen=now,
        made=made,
        layouts=work.layouts.packed(),
    )
    save(out, written)
    return publication.result(out, count)


_Due = tuple[Collection[str], Mapping[str, tuple[str, Job[Made]]]]
"""The paths of all jobs, in order, and by their paths the keys of those that have to be done, and these."""


def _remarked(work: Work, record: SiteRecord, now: Seen | None) -> _Due | None:
    """What has to be done where nothing but notes is different; `None` where something else is, or may be."""
    entries = remarked(record.seen, now, work.records) if work.templates.are_ours else None
    if entries is None:
        return None
    # Their keys would take a look at all entries.
    return record.made.keys(), {job.path: ("", job) for entry in entries for job in work.jobs_about(entry)}


def _changed(work: Work, record: SiteRecord) -> _Due:
    """What has to be done, whatever is different.

    Raises:
        _UnsureError: that has no keys.
    """
    if work.records.cyclic:
        raise _UnsureError
    keys = work.keys(record.state)
    paths: list[str] = []
    due: dict[str, tuple[str, Job[Made]]] = {}
    for job in work.jobs():
        key = keys.of((job.path, *job.sources))
        paths.append(job.path)
        if job.path not in record.made or record.made[job.path].key != key:
            due[job.path] = (key, job)
    return paths, due


def _replaced(record: SiteRecord, anew: Iterable[str], paths: Iterable[str]) -> set[str]:
    """The files of jobs that are done anew, or no more."""
    gone = {*record.made}.difference(paths)
    return {file for path in (*gone, *anew) if path in record.made for file in record.made[path].files}


def _count_of_pages(paths: Iterable[str]) -> int:
    """How many jobs make pages, by their paths."""
    return sum(path.endswith(".html") for path in paths)


def _keyed(wanted: Mapping[str, str], made: Iterable[Piece]) -> dict[str, Piece]:
    """What came of jobs, with their keys, by their paths."""
    return {
        path: piece if piece.key == key else piece._replace(key=key)
        for (path, key), piece in zip(wanted.items(), made, strict=True)
    }


def _as_searched(made: Iterable[Piece], before: Iterable[Piece]) -> bool:
    """Tell whether search finds the same as before, in the same order."""
    now, then = ([piece.entry for piece in pieces if piece.entry] for pieces in (made, before))
    return now == then


class _Standing:
    """The files of a site that stay as they are."""

    def __init__(self, manifest: Manifest, replaced: Container[str]) -> None:
        self._has = cache(lambda path: path not in replaced and bool(manifest.digest(path)))

    def __contains__(self, path: object) -> bool:
        # Those that search has may yet change, and to some that every site has no link may lead.
        return isinstance(path, str) and not is_of_search(path) and path != NO_JEKYLL and self._has(path)


def _remember(work: Work, publication: "Publication", state: bytes, out: Path) -> None:
    """Keep a record of what was written, and of layouts that were used, earlier ones among them."""
    left = print_beside(out)
    keys = work.keys(state)
    wanted = {job.path: keys.of((job.path, *job.sources)) for job in work.jobs()}
    found = left()
    if found is None:
        return
    made, layouts = _keyed(wanted, publication.made), work.layouts.packed()
    save(out, SiteRecord(state, found, seen(work.records), made, layouts, publication.chrome))


def _files_of_search(out: Path) -> dict[str, bytes]:
    """The files that search has.

    Raises:
        NotAsRecordedError: they cannot be read.
    """
    try:
        found = (path for path in (out / INDEX).parent.rglob("*") if path.is_file())
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}
    except OSError as error:
        raise NotAsRecordedError from error


def _complete(index: SearchIndex, made: Iterable[Piece], before: Mapping[str, bytes]) -> None:
    """Take what search knew of the pages that stay from the files that it had.

    Raises:
        NotAsRecordedError: they do not hold it.
    """
    try:
        index.complete([piece.files[0] for piece in made if piece.entry], entries_of(before))
    except (ValueError, KeyError, TypeError) as error:
        raise NotAsRecordedError from error


def _ids_in(out: Path, path: str) -> frozenset[str]:
    """The places in a file of the site.

    Raises:
        NotAsRecordedError: it cannot be read.
    """
    try:
        return frozenset(scan_markup((out / path).read_text(encoding="utf-8")).ids)
    except (OSError, ValueError) as error:
        raise NotAsRecordedError from error


def made_of(page: Page) -> Made:
    """Put a page, its twin and its rows together, and look for what in them leads somewhere."""
    found, twin = scan_markup(str(page.body)), twin_of(page)
    path = path_of_twin(page.path)
    found_in_twin = scan_markdown(twin, frozenset(map(twin_address, found.prose)))
    files = [(File(path, twin.encode()), found_in_twin)]
    rows = rows_of(page)
    if rows is not None:
        # Their links are those of the page.
        files.append((rows, NOTHING))
    return Made(tuple(files), page, found)


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
    return Publication(imprint, chrome, check, progress).whole(made, extra, out)


@dataclass
class Publication:
    """Pages on their way into files: each is framed, looked through for links, and made findable.

    Attributes:
        imprint: what every page says of the site.
        chrome: the frame.
        check: the proof that no link is dead.
        progress: told how many pages are done.
        layouts: takes the layouts of graphs that were made.
        index: what search finds.
        pages: how many pages have passed.
        drawn: how many of them were new.
        made: what came of each job; of new ones, without their keys.
        warnings: what pages lack.
    """

    imprint: Imprint
    chrome: Chrome
    check: LinkCheck
    progress: Progress | None = None
    layouts: KeptLayouts = field(default_factory=KeptLayouts)
    index: SearchIndex = field(init=False)
    pages: int = 0
    drawn: int = 0
    made: list[Piece] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    _frames: dict[Skeleton, Scan] = field(default_factory=dict)
    _told: int = 0

    def __post_init__(self) -> None:
        self.index = SearchIndex(self.chrome.search)

    @property
    def faulty(self) -> bool:
        """Tell whether something is to be told, which a later build must tell again."""
        return bool(self.warnings)

    def whole(self, made: Iterable[Made], extra: Iterable[File], out: Path) -> BuildResult:
        """Write all of a site; what `publish` does."""
        return self.result(out, write_site(out, self._all(made, extra)))

    def result(self, out: Path, files: int) -> BuildResult:
        """Tell what was written."""
        return BuildResult(out, self.chrome, self.pages, files, tuple(self.warnings), self.drawn)

    def parts(self, items: Iterable[Made]) -> Iterator[File]:
        """Yield the files of all jobs that were done."""
        for item in items:
            self.warnings.update(dict.fromkeys(item.warnings))
            self.layouts.add(item.layouts)
            paths = [file.path for file, _ in item.files]
            entry = b""
            if item.page is not None:
                paths.insert(0, item.page.path)
                yield self._framed(item.page, item.found)
                entry = self.index.add(item.page)
                self.pages += 1
                self.drawn += 1
                self._tell()
            self.made.append(Piece("", tuple(paths), entry))
            for file, scan in item.files:
                self.check.add(file.path, ("", scan))
                yield file
        self._tell()

    def missing_page(self) -> File:
        """Return the page that a web server shows for dead links."""
        page = self.chrome.missing_page(self.imprint)
        self.check.add(page.path, ("chrome/404.html", scan_frame(page.data.decode())))
        return page

    def belongings(self, extra: Iterable[File]) -> Iterator[File]:
        """Yield what belongs to no page: the one for dead links, the assets, and the `extra` files."""
        yield self.missing_page()
        for file in (*self.chrome.assets, *extra):
            self.check.add(file.path, ("", _found_in(file)))
            yield file

    def finish(self) -> None:
        """Verify all links.

        Raises:
            DeadLinkError: one leads nowhere.
        """
        self.warnings.update(dict.fromkeys(self.check.verify()))

    def _all(self, made: Iterable[Made], extra: Iterable[File]) -> Iterator[File]:
        yield from self.parts(made)
        for file in self.index.files():
            yield file
            self.check.add(file.path)
        self.check.follow(INDEX, self.index.locations(), folder="")
        yield from self.belongings(extra)
        yield File(NO_JEKYLL, b"")
        self.finish()

    def _tell(self) -> None:
        if self.progress is not None and self._told < self.pages:
            self.progress(self.pages)
            self._told = self.pages

    def _framed(self, page: Page, found: Scan) -> File:
        skeleton = self.chrome.skeleton(page)
        frame = self._frames.get(skeleton)
        if frame is None:
            frame = self._frames[skeleton] = scan_frame("".join(skeleton.pieces))
        own = frame._replace(addresses=(*frame.addresses, path_of_twin(page.path).rpartition("/")[2]))
        self.check.add(page.path, ("chrome/main.html", own), (page.template, found))
        return self.chrome.page(page, self.imprint)


def _found_in(file: File) -> Scan:
    return scan_style(file.data.decode()) if file.path.endswith(".css") else NOTHING
