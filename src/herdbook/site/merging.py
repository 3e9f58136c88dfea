"""Merge the shards of a site: what comes of it is the site that one machine builds, byte for byte.

The catalog is not needed. What follows from all pages together (the proof that no link is dead, the index of
search, the manifest) is made from the notes in each shard. Shards come from elsewhere, and nothing in them is
believed that can be checked: where a file is missing, changed, or too many, no site is written.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from herdbook import __version__
from herdbook.errors import HerdbookError, StorageError
from herdbook.site.links import LinkCheck
from herdbook.site.manifest import MANIFEST
from herdbook.site.page import File
from herdbook.site.paths import NO_JEKYLL
from herdbook.site.search import INDEX, SEPARATOR, SearchIndex, is_of_search
from herdbook.site.shard import NOTES, Heading, OtherFormError, Part, Shard, heading_in, parts_in, whose
from herdbook.site.write import write_site

_AGAIN: Final = "download it again, or build all shards again"
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a merge wrote, and where; `warnings` tell of dead links in prose of the catalog."""

    out: Path
    pages: int
    files: int
    warnings: tuple[str, ...]


def merge(folders: Sequence[Path], out: Path, progress: Callable[[int], object] | None = None) -> MergeResult:
    """Merge the shards in `folders` into the site `out`, in place of what an earlier build wrote there.

    Args:
        folders: the folders of all shards, in any order.
        out: the folder of the site.
        progress: told how many pages are done.

    Raises:
        HerdbookError: these are not all shards of one site, as they were built, or `out` is not ours.
        DeadLinkError: a link of the site leads nowhere.
        StorageError: reading or writing failed.
    """
    downloads = [_Download(folder) for folder in folders]
    _require_one_site(downloads)
    _require_apart(out, folders)
    merging = _Merging(downloads, progress)
    count = write_site(out, merging.files())
    return MergeResult(out, merging.pages, count, merging.warnings)


class _Download:
    """A shard as it came here.

    Attributes:
        folder: where it is.
        heading: what it is a part of.
        digests: of each file that its build wrote, and that was not taken yet, its SHA-256.
    """

    heading: Heading
    digests: dict[str, str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders: set[str] = set()
        for name in (MANIFEST, NOTES):
            if not (folder / name).exists():
                raise HerdbookError(
                    f"{folder} is no shard of a site, it has no {name}: give the folders that herdbook build "
                    "--shard wrote, each as a whole and by itself"
                )
        with self._trouble_in(MANIFEST):
            self._require_plain(MANIFEST)
            self.digests = _digests((folder / MANIFEST).read_bytes())
        with self._trouble_in(NOTES):
            self._require_plain(NOTES)
            with (folder / NOTES).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != self.digests.pop(NOTES, None):
                    raise ValueError("it has been changed")
                file.seek(0)
                self.heading = heading_in(file.readline())

    def parts(self) -> Iterator[Part]:
        """Yield what the notes say of each job."""
        with self._trouble_in(NOTES), (self.folder / NOTES).open("rb") as file:
            yield from parts_in(islice(file, 1, None))

    def take(self, path: str) -> File:
        """Return a file that the notes name.

        Raises:
            HerdbookError: it is not there as the build wrote it.
            StorageError: it cannot be read.
        """
        digest = self.digests.pop(path, None)
        with self._trouble_in(path):
            self._require_plain(path)
            data = (self.folder / path).read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                raise ValueError("it has been changed")
        return File(path, data)

    def _require_plain(self, path: str) -> None:
        """Make sure that a path leads to a file in this very folder.

        Raises:
            ValueError: something in it is a link, or anything else.
            OSError: it cannot be looked at, or is not there.
        """
        above = path.rpartition("/")[0]
        if above and above not in self._folders:
            steps = above.split("/")
            for count in range(len(steps)):
                if not stat.S_ISDIR((self.folder / "/".join(steps[: count + 1])).lstat().st_mode):
                    raise ValueError(f"{'/'.join(steps[: count + 1])} is no plain folder")
            self._folders.add(above)
        if not stat.S_ISREG((self.folder / path).lstat().st_mode):
            raise ValueError("it is no plain file")

    @contextmanager
    def _trouble_in(self, path: str) -> Iterator[None]:
        """Tell what is wrong with a file of the shard."""
        place = self.folder / path
        try:
            yield
        except OtherFormError as error:
            raise HerdbookError(
                f"{place} is in {error}, which this Herdbook ({__version__}) does not read: merge with the "
                "version that built the shards"
            ) from error
        except ValueError as error:
            raise HerdbookError(
                f"{place} is not as herdbook build --shard wrote it ({error}): {_AGAIN}"
            ) from error
        except FileNotFoundError as error:
            raise HerdbookError(
                f"{self.folder} lacks {path}, which its build wrote there: {_AGAIN}"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise StorageError(f"{place} cannot be read: {reason}; allow reading it, or {_AGAIN}") from error


def _digests(manifest: bytes) -> dict[str, str]:
    try:
        value = json.loads(manifest.decode())
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    files = value.get("files") if isinstance(value, dict) else None
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise ValueError("it lists no files")
    return files


def _require_one_site(downloads: Sequence[_Download]) -> None:
    """Make sure that these are the shards of one site, all of them.

    Raises:
        HerdbookError: they are not.
    """
    first = downloads[0]
    found: dict[Shard, _Download] = {}
    for download in downloads:
        _require_alike(first, download)
        shard = download.heading.shard
        other = found.setdefault(shard, download)
        if other is not download:
            raise HerdbookError(
                f"{other.folder} and {download.folder} are both shard {shard}: give each shard once"
            )
    of = first.heading.shard.of
    missing = [f"{number}/{of}" for number in range(1, of + 1) if Shard(number, of) not in found]
    if missing:
        more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
        raise HerdbookError(
            f"of {of} shards, {', '.join(missing[:_SHOWN])}{more} {'are' if missing[1:] else 'is'} missing: "
            "give the folders of all shards, each downloaded into its own; run a job of CI that failed again"
        )


def _require_alike(first: _Download, other: _Download) -> None:
    one, two = first.heading, other.heading
    if two.herdbook != __version__:
        raise HerdbookError(
            f"{other.folder} was built by Herdbook {two.herdbook}, and this is {__version__}: merge with the "
            "version that built the shards"
        )
    # A pattern of others could keep the merge busy for ever.
    if two.search.get("separator") != SEPARATOR:
        raise HerdbookError(
            f"{other.folder / NOTES} has settings of search that no Herdbook {__version__} writes: {_AGAIN}"
        )
    if one.shard.of != two.shard.of:
        raise HerdbookError(
            f"{first.folder} is shard {one.shard}, and {other.folder} is shard {two.shard}: build all shards "
            "with the same number behind the slash"
        )
    if one.building != two.building:
        raise HerdbookError(
            f"{first.folder} and {other.folder} were built with different Pythons, packages, templates or "
            "--graphviz: build all shards in the same environment, with the same options"
        )
    if one.catalog != two.catalog:
        raise HerdbookError(
            f"{first.folder} and {other.folder} were built from different states of the catalog: build all "
            "shards from the same commit, with the same --catalog, and on the same day where waivers expire"
        )
    if (one.jobs, one.folder, one.search) != (two.jobs, two.folder, two.search):
        raise HerdbookError(
            f"{first.folder} and {other.folder} do not belong to the same site: build all shards again"
        )


def _require_apart(out: Path, folders: Sequence[Path]) -> None:
    site = Path(os.path.realpath(out))
    for folder in folders:
        shard = Path(os.path.realpath(folder))
        if site.is_relative_to(shard) or shard.is_relative_to(site):
            raise HerdbookError(
                f"the site {out} would lie in one folder with the shard {folder}: give a folder apart from "
                "the shards with --out"
            )


class _Merging:
    """Shards on their way into a site: the jobs of all of them, in the order of a build on one machine.

    Attributes:
        pages: how many pages have passed.
        warnings: what is to be told of the site, when all has passed.
    """

    def __init__(self, downloads: Sequence[_Download], progress: Callable[[int], object] | None) -> None:
        self._shards: Mapping[int, _Download] = {each.heading.shard.number: each for each in downloads}
        self._heading = downloads[0].heading
        self._progress = progress
        self._check = LinkCheck(self._heading.folder)
        self._index = SearchIndex(self._heading.search)
        self._holders: dict[str, _Download] = {}
        # What the merge makes itself.
        self._folders = {INDEX.rpartition("/")[0]}
        self.pages = 0
        self.warnings: tuple[str, ...] = ()

    def files(self) -> Iterator[File]:
        """Yield all files of the site.

        Raises:
            HerdbookError: a shard is not as it was built.
            DeadLinkError: a link leads nowhere.
            StorageError: reading failed.
        """
        jobs, of = self._heading.jobs, self._heading.shard.of
        parts = {number: download.parts() for number, download in self._shards.items()}
        for job in range(jobs):
            number = whose(job, of)
            part = next(parts[number], None)
            if part is None or part.job != job:
                raise HerdbookError(
                    f"{self._shards[number].folder} does not say what came of job {job}: {_AGAIN}"
                )
            if job == jobs - 1:
                yield from self._found()
            yield from self._files_of(part, self._shards[number])
            self._index.add(part.entry)
            if part.has_page and job < jobs - 1:
                self.pages += 1
                if self._progress is not None:
                    self._progress(self.pages)
        for number, download in self._shards.items():
            if next(parts[number], None) is not None:
                raise HerdbookError(f"{download.folder / NOTES} goes on after the last job: {_AGAIN}")
            for path in download.digests:
                raise HerdbookError(f"{download.folder} holds {path}, which came of no job: {_AGAIN}")
        yield File(NO_JEKYLL, b"")
        self.warnings = self._check.verify()

    def _found(self) -> Iterator[File]:
        """Yield the index of search."""
        for file in self._index.files():
            yield file
            self._check.add(file.path)
        self._check.follow(INDEX, self._index.locations(), folder="")

    def _files_of(self, part: Part, download: _Download) -> Iterator[File]:
        for passed in part.files:
            self._require_free(passed.path, download)
            self._check.add_passed(passed)
            yield download.take(passed.path)

    def _require_free(self, path: str, download: _Download) -> None:
        """Make sure that nothing else has the place of a file, which is taken from now on.

        Raises:
            HerdbookError: something has.
        """
        if path in (MANIFEST, NOTES, NO_JEKYLL) or is_of_search(path):
            raise HerdbookError(f"{download.folder} holds {path}, which only a merge makes: {_AGAIN}")
        holder = self._holders.get(path)
        if holder is not None:
            where = f"both {holder.folder} and" if holder is not download else "two jobs of"
            raise HerdbookError(
                f"{where} {download.folder} made {path}, which can come of one job only: {_AGAIN}"
            )
        self._holders[path] = download
        taken = path if path in self._folders else None
        above = path.rpartition("/")[0]
        while above and above not in self._folders:
            self._folders.add(above)
            taken = above if above in self._holders else taken
            above = above.rpartition("/")[0]
        if taken is not None:
            raise HerdbookError(f"{taken} is a file and a folder, one of them in {download.folder}: {_AGAIN}")
