"""Make what changed since a site was built, and leave all else as it is."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Final

from herdbook.site.links import LinkCheck, scan_markup
from herdbook.site.manifest import Manifest
from herdbook.site.page import Job
from herdbook.site.paths import NO_JEKYLL
from herdbook.site.prints import Print, changed_print
from herdbook.site.publication import BuildResult, Made, Progress, Publication
from herdbook.site.record import Piece, SiteRecord, save
from herdbook.site.search import INDEX, SearchIndex, entries_of, is_of_search
from herdbook.site.since import Seen, remarked, seen
from herdbook.site.work import Work, folder_of
from herdbook.site.write import Draft, NotAsRecordedError, manifest_in, update_site

# Copies are there in no time; all templates are made ready for them.
_WORTH_SHARING: Final = 40


class UnsureError(Exception):
    """What was built before does not fit what is new; all of it is built again."""


def update(
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
        UnsureError: that will not do.
        NotAsRecordedError: the folder is not what the record says.
        DeadLinkError: a link leads nowhere.
        StorageError: reading or writing failed.
    """
    now = seen(work.records)
    paths, due = _remarked(work, record, now) or _changed(work, record, share=share)
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
        folder_of(work.book.catalog),
        work.templates.origin,
        _Standing(manifest, frozenset(replaced)),
        partial(_ids_in, out),
    )
    publication = Publication(work.book.imprint, record.chrome, check, progress, work.layouts)
    publication.pages = _count_of_pages(paths) - _count_of_pages(due)
    made: dict[str, Piece] = {}

    def fill(draft: Draft) -> None:
        publication.do((job for _, job in due.values()), draft, share=share)
        keys = {path: key for path, (key, _) in due.items()}
        new = keyed(keys, publication.made)
        made.update((path, new.get(path) or record.made[path]) for path in paths)
        if not _as_searched(made.values(), record.made.values()):
            before = _files_of_search(out)
            _complete(publication.index, made.values(), before)
            replaced.update(before)
            draft.add_all(publication.index.files())
        publication.add_missing_page(draft)
        publication.finish()
        if publication.faulty:
            raise UnsureError
        verify()

    count, stamps = update_site(out, fill, replaced)
    written = replace(
        record,
        print=changed_print(record.print, stamps),
        seen=now,
        made=made,
        layouts=work.layouts.packed(),
    )
    save(out, written)
    return BuildResult.of(publication, out, count)


_Due = tuple[Collection[str], Mapping[str, tuple[str, Job[Made]]]]
"""The paths of all jobs, in order, and by their paths the keys of those that have to be done, and these."""


def _remarked(work: Work, record: SiteRecord, now: Seen | None) -> _Due | None:
    """What has to be done where nothing but notes is different; `None` where something else is, or may be."""
    entries = remarked(record.seen, now, work.records) if work.templates.are_ours else None
    if entries is None:
        return None
    # Their keys would take a look at all entries.
    return record.made.keys(), {job.path: ("", job) for entry in entries for job in work.jobs_about(entry)}


def _changed(work: Work, record: SiteRecord, *, share: bool) -> _Due:
    """What has to be done, whatever is different.

    Raises:
        UnsureError: that has no keys.
    """
    if work.records.cyclic:
        raise UnsureError
    paths: list[str] = []
    due: dict[str, tuple[str, Job[Made]]] = {}
    for key, job in work.keyed_jobs(record.state, share=share):
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


def keyed(wanted: Mapping[str, str], made: Iterable[Piece]) -> dict[str, Piece]:
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
