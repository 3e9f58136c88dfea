"""The files of a repository, read and written without following links out of it."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from herdbook.errors import StorageError, unreadable, unwritable
from herdbook.tree import OPEN_FLAGS, unlinked

MAX_BYTES = 4 * 1024 * 1024
"""How much of a file is read; GitHub overlooks a CODEOWNERS larger than three quarters of this."""


def inside(catalog: str, path: str) -> str:
    """The path in the repository of a file of the catalog, whose folder is ``.`` where that is the top."""
    return path if catalog == "." else f"{catalog}/{path}"


def read_file(root: Path, path: str) -> bytes | None:
    """Return the bytes of a file, at most one more than `MAX_BYTES`; `None` where there is none.

    Raises:
        StorageError: something other than a regular file is there, a link is on the way, or reading fails.
    """
    at = unlinked(root, path)
    if at is None:
        return None
    try:
        handle = os.open(at, OPEN_FLAGS)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise StorageError(f"{path}: it is not a regular file; put a file in its place")
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error


def write_new_file(root: Path, path: str, text: str) -> None:
    """Write a file that does not exist, with the folders that it needs; all of it, or nothing.

    Raises:
        StorageError: it exists, a link is on the way, or writing fails.
    """
    if unlinked(root, path) is not None:
        raise StorageError(
            f"{path}: it exists already, and is left as it is; run the command again to see how it differs"
        )
    place = root / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place.open("x", encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with file:
            file.write(text)
    except OSError as error:
        with suppress(OSError):
            place.unlink()  # half of it would be taken for somebody's own
        raise unwritable(path, error) from error


def require_folder(root: Path) -> None:
    """Make sure that a folder is at a place, or nothing yet.

    Raises:
        StorageError: something else is there, or the place cannot be looked at.
    """
    try:
        mode = root.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{root}: cannot be used: {error.strerror}; name another folder") from error
    if not stat.S_ISDIR(mode):
        raise StorageError(f"{root}: it is not a folder; name a folder, or one that does not exist yet")
