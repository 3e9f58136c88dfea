"""The one writer of the site: the folder is the old site or the new one, never something between.

Files go into a hidden folder beside the site, which takes its place when it is whole. What a killed build
leaves behind, the next one removes. A folder that holds anything not written here is never touched.
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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from herdbook import __version__
from herdbook.errors import HerdbookError, StorageError
from herdbook.site.page import File

MANIFEST: Final = "build-manifest.json"
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_DAY: Final = 86_400


def write_site(out: Path, files: Iterable[File]) -> int:
    """Write `files` as the site `out`, in place of what an earlier build wrote there; return their number.

    `files` is consumed one by one. The manifest, with the SHA-256 of every file, is added as the last one.

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
            count = _write_files(fresh, files)
            _flush(fresh)
            # Somebody may have put a file there meanwhile.
            _refuse_foreign(target, out)
            _swap(fresh, target)
            _flush_folder(target.parent)
    except OSError as error:
        raise StorageError(_storage_message(out, error)) from error
    return count


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


def _write_files(fresh: Path, files: Iterable[File]) -> int:
    digests: dict[str, str] = {}
    folders = {""}
    for file in files:
        folder = file.path.rpartition("/")[0]
        _require_sound(file.path, digests)
        if folder not in folders:
            (fresh / folder).mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        (fresh / file.path).write_bytes(file.data)
        digests[file.path] = hashlib.sha256(file.data).hexdigest()
    manifest = {"herdbook": __version__, "files": dict(sorted(digests.items()))}
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return len(digests)


def _require_sound(path: str, written: dict[str, str]) -> None:
    # Names of entries are checked long before; this guards the disk against a mistake of ours.
    if (
        path in written
        or path == MANIFEST
        or "\\" in path
        or any(part in {"", ".", ".."} for part in path.split("/"))
    ):
        raise ValueError(f"{path!r} is no path for a new file of the site")


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


def _storage_message(out: Path, error: OSError) -> str:
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
    return f"the site {out} cannot be written: {reason}; {cure}. What stood there before is unchanged"
