"""What jobs of a site make, on its way into files: framed, looked through for links, and made findable."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from herdbook.sharing import in_turns
from herdbook.site.chrome import Chrome, Imprint, Skeleton
from herdbook.site.layout import Plain
from herdbook.site.links import (
    NOTHING,
    LinkCheck,
    Passed,
    Scan,
    scan_frame,
    scan_markdown,
    scan_markup,
    scan_style,
)
from herdbook.site.page import File, Job, Page
from herdbook.site.paths import NO_JEKYLL, path_of_twin
from herdbook.site.record import KeptLayouts, Piece
from herdbook.site.rows import rows_of
from herdbook.site.search import INDEX, SearchIndex, digest_of
from herdbook.site.twins import twin_address, twin_of
from herdbook.site.write import Draft, Written

Progress = Callable[[int], object]
"""Told how many pages are done."""


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


class Done(NamedTuple):
    """What came of a job whose files are written: all that is still to be known of them.

    Attributes:
        written: the files, the page first if there is one.
        passed: what each of them left behind in the proof that no link is dead.
        has_page: whether there is a page.
        entry: what makes the page findable; empty where search shall not find it.
        warnings: what went wrong.
        layouts: layouts of graphs that were made for it.
    """

    written: tuple[Written, ...]
    passed: tuple[Passed, ...]
    has_page: bool = False
    entry: str = ""
    warnings: tuple[str, ...] = ()
    layouts: Mapping[str, Plain] = MappingProxyType({})


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


_Scanned = tuple[File, tuple[tuple[str, Scan], ...]]
"""A file, and what leads somewhere in its parts, each with the template that made the part."""


@dataclass
class Publication:
    """A site on its way into files.

    Attributes:
        imprint: what every page says of the site.
        chrome: the frame.
        check: the proof that no link is dead.
        progress: told how many pages are done.
        layouts: takes the layouts of graphs that were made.
        index: what search finds.
        pages: how many pages are done.
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
    _ahead: LinkCheck = field(init=False)
    _frames: dict[Skeleton, Scan] = field(default_factory=dict)
    _told: int = 0

    def __post_init__(self) -> None:
        self.index = SearchIndex(self.chrome.search)
        self._ahead = self.check.ahead()

    @property
    def faulty(self) -> bool:
        """Tell whether something is to be told, which a later build must tell again."""
        return bool(self.warnings)

    def whole(self, jobs: Iterable[Job[Made]], extra: Iterable[File], draft: Draft, *, share: bool) -> None:
        """Write all of a site: what comes of the jobs, pages in their frames, and the `extra` files.

        With `share`, two copies of this process do the jobs. All is consumed one by one, so that a site of
        any size fits into memory.

        Raises:
            DeadLinkError: a link of the site leads nowhere.
            OSError: writing failed.
        """
        self.do(jobs, draft, share=share)
        for file in self.index.files():
            draft.add(file)
            self.check.add(file.path)
        self.check.follow(INDEX, self.index.locations(), folder="")
        self.add_belongings(extra, draft)
        draft.add(File(NO_JEKYLL, b""))
        self.finish()

    def do(
        self,
        jobs: Iterable[Job[Made]],
        draft: Draft,
        *,
        share: bool,
        note: Callable[[Done], object] = lambda done: None,
    ) -> None:
        """Do jobs and write what comes of them; `note` is told what came of each, in their order."""
        doing = (partial(self._do, job, draft) for job in jobs)
        # When anything fails, no copy may be left that still writes.
        with contextlib.closing(in_turns(doing, share=share)) as all_done:
            for done in all_done:
                note(self._take(done, draft))
        self._tell()

    def _do(self, job: Job[Made], draft: Draft) -> Done:
        """Do a job and write its files, as a copy of this process may; this one takes in what came of it."""
        made = job.make()
        files: list[_Scanned] = [(file, (("", scan),)) for file, scan in made.files]
        if made.page is not None:
            files.insert(0, self._framed(made.page, made.found))
        return Done(
            written=tuple(draft.put(file) for file, _ in files),
            passed=tuple(self._ahead.add(file.path, *scans) for file, scans in files),
            has_page=made.page is not None,
            entry=self.index.entry(made.page) if made.page is not None else "",
            warnings=made.warnings,
            layouts=made.layouts,
        )

    def _take(self, done: Done, draft: Draft) -> Done:
        """Take in what came of a job; return what of it is new here: copies do not know of each other."""
        for written in done.written:
            draft.note(written)
        self.index.add(done.entry)
        self.warnings.update(dict.fromkeys(done.warnings))
        self.layouts.add(done.layouts)
        paths = tuple(written.path for written in done.written)
        self.made.append(Piece("", paths, digest_of(done.entry)))
        if done.has_page:
            self.pages += 1
            self.drawn += 1
            self._tell()
        return done._replace(passed=tuple(map(self.check.add_passed, done.passed)))

    def add_missing_page(self, draft: Draft) -> Passed:
        """Write the page that a web server shows for dead links."""
        page = self.chrome.missing_page(self.imprint)
        draft.add(page)
        return self.check.add(page.path, ("chrome/404.html", scan_frame(page.data.decode())))

    def add_belongings(self, extra: Iterable[File], draft: Draft) -> tuple[Passed, ...]:
        """Write what belongs to no page: the one for dead links, the assets, and the `extra` files."""
        passed = [self.add_missing_page(draft)]
        for file in (*self.chrome.assets, *extra):
            draft.add(file)
            passed.append(self.check.add(file.path, ("", _found_in(file))))
        return tuple(passed)

    def finish(self) -> None:
        """Verify all links.

        Raises:
            DeadLinkError: one leads nowhere.
        """
        self.warnings.update(dict.fromkeys(self.check.verify()))

    def _tell(self) -> None:
        if self.progress is not None and self._told < self.pages:
            self.progress(self.pages)
            self._told = self.pages

    def _framed(self, page: Page, found: Scan) -> _Scanned:
        """Put a page into its frame; the frame and the page lead elsewhere, each by its own template."""
        skeleton = self.chrome.skeleton(page)
        frame = self._frames.get(skeleton)
        if frame is None:
            frame = self._frames[skeleton] = scan_frame("".join(skeleton.pieces))
        own = frame._replace(addresses=(*frame.addresses, path_of_twin(page.path).rpartition("/")[2]))
        scans = (("chrome/main.html", own), (page.template, found))
        return self.chrome.page(page, self.imprint), scans


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

    @classmethod
    def of(cls, publication: Publication, out: Path, files: int) -> "BuildResult":
        """What was written of a publication, in so many files."""
        warnings = tuple(publication.warnings)
        return cls(out, publication.chrome, publication.pages, files, warnings, publication.drawn)


def _found_in(file: File) -> Scan:
    return scan_style(file.data.decode()) if file.path.endswith(".css") else NOTHING
