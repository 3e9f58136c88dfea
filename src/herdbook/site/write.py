"""The one writer of the site: files go into a hidden folder beside it, and into place when all are there.

A whole site takes the place of the old one in one step: the folder is the one or the other, never something
between. Where only some files are new, each of them takes its place by itself, so that no file is ever seen
half written; when a build is killed in these moments, the next one finds that the folder is not what was
recorded, and writes all of it. What a killed build leaves behind, the next one removes. A folder that holds
anything not written here is never touched.
"""

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from herdbook.errors import HerdbookError, StorageError
from herdbook.site.manifest import MANIFEST, Manifest
from herdbook.site.page import File
from herdbook.site.prints import Stamp, stamp

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_DAY: Final = 86_400


class Written(NamedTuple):
    """A file of a site that was written: its path, relative to the site, and the SHA-256 of its bytes."""

    path: str
    digest: str


class Draft:
    """A site while it is being written, in a hidden folder beside its place.

    Attributes:
        digests: the digest of each file that belongs to it, by its path.
    """

    def __init__(self, folder: Path) -> None:
        self.digests: dict[str, str] = {}
        self._folder = folder
        self._folders = {""}

    def add(self, file: File) -> None:
        """Write a file of the site."""
        self.note(self.put(file))

    def add_all(self, files: Iterable[File]) -> None:
        """Write files of the site, consumed one by one."""
        for file in files:
            self.add(file)

    def put(self, file: File) -> Written:
        """Write a file that belongs to the site as soon as it is noted; a copy of this process may do that.

        Raises:
            OSError: it cannot be written.
        """
        folder = file.path.rpartition("/")[0]
        _require_inside(file.path)
        if folder not in self._folders:
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        (self._folder / file.path).write_bytes(file.data)
        return Written(file.path, hashlib.sha256(file.data).hexdigest())

    def note(self, written: Written) -> None:
        """Take in that a file was written."""
        if written.path in self.digests:
            raise _no_path(written.path)
        self.digests[written.path] = written.digest


def write_site(out: Path, files: Iterable[File]) -> int:
    """Write `files`, which are consumed one by one, as a site; all else is as in `fill_site`."""
    return fill_site(out, lambda draft: draft.add_all(files))


def fill_site(out: Path, fill: Callable[[Draft], None]) -> int:
    """Write the site `out`, in place of what an earlier build wrote there; return how many files it has.

    Args:
        out: the folder of the site.
        fill: writes every file. The manifest, with the SHA-256 of each, is added as the last one.

    Raises:
        HerdbookError: `out` holds files that no build wrote, or is no folder.
        StorageError: reading or writing failed; the site is as it was before.
    """
    target = Path(os.path.realpath(out))
    try:
        _refuse_foreign(target, out)
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        with _fresh_folder(target) as fresh:
            draft = Draft(fresh)
            fill(draft)
            (fresh / MANIFEST).write_bytes(Manifest.of(draft.digests).content)
            _flush(fresh)
            # Somebody may have put a file there meanwhile.
            _refuse_foreign(target, out)
            _swap(fresh, target)
            _flush_folder(target.parent)
    except OSError as error:
        raise StorageError(_storage_message(out, error)) from error
    return len(draft.digests)


class NotAsRecordedError(Exception):
    """The folder is not what a record says; all of it has to be written."""


def can_update() -> bool:
    """Tell whether this system lets us hold on to a folder, whatever it is called in the meantime."""
    return {os.rename, os.mkdir, os.unlink, os.rmdir, os.stat} <= os.supports_dir_fd


def update_site(
    out: Path, fill: Callable[[Draft], None], replaced: Collection[str]
) -> tuple[int, Mapping[str, tuple[Stamp | None, Stamp | None]]]:
    """Write the files of the site `out` that are new; return how many it has, and what became of which.

    Args:
        out: the folder of the site.
        fill: writes what is new. The manifest is added.
        replaced: what of the site goes, unless it is among the new files; looked at when these are all there.

    Returns:
        The number of files, and for each file that was written or went its stamps before and after.

    Raises:
        NotAsRecordedError: something else is there, or another build is at work; nothing was changed.
        StorageError: reading or writing failed.
    """
    target = Path(os.path.realpath(out))
    try:
        _remove_leftovers(target)
        with _fresh_folder(target) as fresh, _alone_in(target) as folder:
            draft = Draft(fresh)
            fill(draft)
            digests = draft.digests
            old = manifest_in(target)
            try:
                new = {path for path, found in digests.items() if old.digest(path) != found}
                gone = {path for path in replaced if path not in digests}
                # What stands there meanwhile is listed, too: else the next build would take it for foreign.
                between = old.changed({path: digests[path] for path in new})
                listed = between.changed({}, gone) if gone else between
            except ValueError as error:
                raise NotAsRecordedError from error
            (fresh / f"{MANIFEST}-between").write_bytes(between.content)
            # That of a large site is as large as a thousand of its pages, and mostly nothing goes.
            if gone:
                (fresh / MANIFEST).write_bytes(listed.content)
            touched = sorted({*new, *gone, MANIFEST})
            before = {path: _stamp_in(folder, path) for path in touched}
            _flush(fresh)
            _put(fresh / f"{MANIFEST}-between", MANIFEST, folder)
            for path in sorted(new):
                _put(fresh / path, path, folder)
            for path in sorted(gone):
                _take_away(path, folder)
            if gone:
                _put(fresh / MANIFEST, MANIFEST, folder)
            stamps = {path: (before[path], _stamp_in(folder, path)) for path in touched}
            _flush(target)
    except OSError as error:
        raise StorageError(_storage_message(out, error, between=True)) from error
    return len(listed), stamps


def _stamp_in(folder: int, path: str) -> Stamp | None:
    try:
        return stamp(os.stat(path, dir_fd=folder, follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextlib.contextmanager
def _alone_in(target: Path) -> Iterator[int]:
    """Hold a folder, whatever it will be called, and be the only one to write single files into it."""
    try:
        descriptor = _lock(target)
    except OSError as error:
        raise NotAsRecordedError from error
    if descriptor is None:
        raise NotAsRecordedError
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def manifest_in(out: Path) -> Manifest:
    """The manifest of a site.

    Raises:
        NotAsRecordedError: it is none that this version wrote.
    """
    try:
        return Manifest((out / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise NotAsRecordedError from error


def _put(source: Path, path: str, folder: int) -> None:
    steps = path.split("/")[:-1]
    for count in range(len(steps)):
        with contextlib.suppress(FileExistsError):
            os.mkdir("/".join(steps[: count + 1]), dir_fd=folder)
    os.replace(source, path, dst_dir_fd=folder)


def _take_away(path: str, folder: int) -> None:
    os.unlink(path, dir_fd=folder)
    above = path.rpartition("/")[0]
    with contextlib.suppress(OSError):
        while above:
            os.rmdir(above, dir_fd=folder)
            above = above.rpartition("/")[0]


def _refuse_foreign(target: Path, out: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise HerdbookError(f"{out} is a file: give a folder for the site with --out")
    present = set(_paths_below(target))
    if not present:
        return
    try:
        listed = set(json.loads((target / MANIFEST).read_bytes())["files"])
    except (OSError, ValueError, TypeError, KeyError):
        raise HerdbookError(
            f"{out} is not empty and was not written by herdbook build: "
            "give another folder with --out, or empty it"
        ) from None
    foreign = sorted(present - listed - {MANIFEST})
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise HerdbookError(
            f"{out} holds files that herdbook build did not write ({shown}): move them elsewhere, "
            "or give another folder with --out"
        )


def _paths_below(folder: Path) -> Iterator[str]:
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if Path(base, name).is_symlink()]
        for name in (*names, *links):
            yield Path(base, name).relative_to(folder).as_posix()


@contextlib.contextmanager
def _fresh_folder(target: Path) -> Iterator[Path]:
    """Make the hidden folder beside `target`, locked while this build lives, and remove it in the end."""
    fresh = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}")
    fresh.mkdir()
    try:
        with _locked(fresh):
            yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _remove_leftovers(target: Path) -> None:
    for leftover in target.parent.glob(f"{_prefix(target)}*"):
        if leftover.is_dir() and not leftover.is_symlink() and not _in_use(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def _prefix(target: Path) -> str:
    return f".{target.name}.herdbook-"


def _require_inside(path: str) -> None:
    # Names of entries are checked long before; this guards the disk against a mistake of ours.
    if path == MANIFEST or "\\" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise _no_path(path)


def _no_path(path: str) -> ValueError:
    return ValueError(f"{path!r} is no path for a new file of the site")


def _swap(fresh: Path, target: Path) -> None:
    """Put `fresh` in the place of `target`; what stood there then stands at `fresh`, or is gone."""
    if not target.exists():
        try:
            fresh.rename(target)
        except OSError as error:
            # Another build was quicker.
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            return
    if not _exchange(fresh, target):
        old = fresh.with_name(f"{fresh.name}-old")
        target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    renameat2 = _system_call("renameat2")
    if renameat2 is None:
        return False
    result = renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _system_call(name: str) -> Callable[..., int] | None:
    """Return a function of Linux's C library that Python does not offer, or None where there is none."""
    if sys.platform != "linux":
        return None
    function: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    return function


def _flush(folder: Path) -> None:
    """Have the disk hold all files below `folder`: in one call, since 10,000 single ones take a minute."""
    syncfs = _system_call("syncfs")
    if syncfs is None:
        if hasattr(os, "sync"):
            os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    # Not every system opens folders, and the swap has been made already.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = _lock(folder)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _in_use(folder: Path) -> bool:
    """Tell whether a living build works in `folder`; the system drops the lock of a killed one."""
    try:
        import fcntl  # noqa: F401  only asks whether this system has locks
    except ImportError:
        with contextlib.suppress(OSError):
            return time.time() - folder.stat().st_mtime < _DAY
        return True
    try:
        descriptor = _lock(folder)
    except OSError:
        return True
    if descriptor is not None:
        os.close(descriptor)
    return False


def _lock(folder: Path) -> int | None:
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _storage_message(out: Path, error: OSError, *, between: bool = False) -> str:
    reason = error.strerror or str(error)
    cure = {
        errno.ENOSPC: "make room on the disk",
        errno.EDQUOT: "make room in the quota",
        errno.EACCES: "allow writing there, or give another folder with --out",
        errno.EPERM: "allow writing there, or give another folder with --out",
        errno.EROFS: "give a folder on a disk that can be written with --out",
        errno.EBUSY: "the folder cannot be replaced as a whole: give a folder inside it with --out",
        errno.EXDEV: "the folder cannot be replaced as a whole: give a folder inside it with --out",
    }.get(error.errno or 0, "give another folder with --out")
    rest = "Build it again" if between else "What stood there before is unchanged"
    return f"the site {out} cannot be written: {reason}; {cure}. {rest}"
