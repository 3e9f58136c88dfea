"""Hash files and folders.

A folder is known by the SHA-256 of a list of its files, each with its own, as ``sha256sum`` writes it::

    find -L . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum

So the order in which a system lists files, their times and their permissions make no difference, and a digest
can be checked without Herdbook.
"""

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from herdbook.errors import RaceError, StorageError, unreadable

Progress = Callable[[int], object]
"""Is told of each piece that was read how many bytes it has."""

Files = Sequence[tuple[bytes, Path]]
"""The files of a folder: the name that each has in it, and where it is, should the name be that of a link."""

_PIECE = 1 << 20
# What `sha256sum` itself writes in another way, or what cannot be told apart in a list of lines.
_UNLISTED = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a file or folder is known by: its digest, and its size in bytes."""

    digest: str
    size: int


def measure(path: Path, progress: Progress | None = None) -> Measured:
    """Hash a regular file piece by piece; it may be larger than the memory.

    Raises:
        StorageError: It cannot be read, or is no regular file: a pipe would never end.
        RaceError: It was changed meanwhile.
    """
    with steady(path) as file:
        return measure_opened(file, progress)


def measure_opened(file: FileIO, progress: Progress | None = None) -> Measured:
    """Hash what can be read of a file from here."""
    found, size = hashlib.sha256(), 0
    # Folders may hold very many small files: none needs more room than it has bytes.
    piece = memoryview(bytearray(min(_PIECE, max(os.fstat(file.fileno()).st_size, 1))))
    while count := file.readinto(piece):
        found.update(piece[:count])
        size += count
        if progress is not None:
            progress(count)
    return Measured(f"sha256:{found.hexdigest()}", size)


def measure_folder(path: Path, progress: Progress | None = None) -> Measured:
    """Hash all files of a folder and of the folders in it, hidden ones too.

    Raises:
        StorageError: as `steady_folder` does.
        RaceError: A file was changed, added or taken away meanwhile.
    """
    with steady_folder(path) as files:
        return measure_files(files, progress)


def measure_files(files: Files, progress: Progress | None = None) -> Measured:
    """Hash the files of a folder.

    Raises:
        StorageError: One cannot be read.
        RaceError: One was changed meanwhile.
    """
    listed, size = hashlib.sha256(), 0
    for name, file in files:
        measured = measure(file, progress)
        listed.update(measured.digest.removeprefix("sha256:").encode() + b"  ./" + name + b"\n")
        size += measured.size
    return Measured(f"sha256-dir:{listed.hexdigest()}", size)


def size_of(path: Path) -> int:
    """The size of a file, or of all files of a folder, in bytes.

    Raises:
        StorageError: as `measure` and `measure_folder` do.
    """
    try:
        files = [file for _, file, _ in _files_in(path)] if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files)
    except OSError as error:
        raise unreadable(error.filename or path, error) from error


@contextlib.contextmanager
def steady(path: Path) -> Iterator[FileIO]:
    """Open a regular file to read it, as often as one likes; nobody may change it meanwhile.

    Raises:
        StorageError: It cannot be read, or is no regular file.
        RaceError: It is not what it was, by its size and the time of its last change, or another one has its
            name now.
    """
    try:
        _keep_to_files(path, path.stat().st_mode)
        # What has come in its place since must not let us wait either, as a pipe would.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor
            before = os.fstat(descriptor)
            _keep_to_files(path, before.st_mode)
            yield file
            after, there = os.fstat(descriptor), path.stat()
    except OSError as error:
        raise unreadable(error.filename or path, error) from error
    if not _state(before) == _state(after) == _state(there):
        raise RaceError(f"{path} was changed while it was read; {_AGAIN}")


@contextlib.contextmanager
def steady_folder(path: Path) -> Iterator[Files]:
    """List the files of a folder, in the order of the bytes of their names; nobody may change one meanwhile.

    Links count as the files that they lead to, as long as these lie in the folder: what lies elsewhere does
    not come along when the folder is copied.

    Raises:
        StorageError: Something cannot be read, is neither a file nor a folder, or leads out of the folder; or
            there is no file.
        RaceError: A file was changed, added or taken away meanwhile.
    """
    files = _files_in(path)
    if not files:
        raise StorageError(f"{path} holds no file; name a folder with the data in it")
    yield [(name, file) for name, file, _ in files]
    if _files_in(path) != files:
        raise RaceError(f"{path}: files came, went or changed while they were read; {_AGAIN}")


_AGAIN = "run this again when nobody writes there any more"


def _state(about: os.stat_result) -> tuple[int, ...]:
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _keep_to_files(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise StorageError(
            f"{path} is not a file, so it has no digest; name a file, or pack a folder into one"
        )


def _files_in(path: Path) -> list[tuple[bytes, Path, tuple[int, ...]]]:
    """The files of a folder by the names that they have in it, in the order of these; with their states."""
    found: list[tuple[bytes, Path, tuple[int, ...]]] = []
    top = Path(os.path.realpath(path))
    folders = [top]
    try:
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    file = Path(entry.path)
                    name = file.relative_to(top).as_posix()
                    if _UNLISTED.search(name):
                        raise StorageError(
                            f"{path}: the name {name!r} holds a character that no list of files can show; "
                            "rename the file"
                        )
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(file)
                        continue
                    if entry.is_symlink():
                        file = _target(path, top, name, file)
                    about = file.stat()
                    if not stat.S_ISREG(about.st_mode):
                        raise StorageError(
                            f"{path / name} is neither a file nor a folder, so it has no digest; take it away"
                        )
                    found.append((os.fsencode(name), file, _state(about)))
    except OSError as error:
        raise unreadable(error.filename or path, error) from error
    return sorted(found)


def _target(path: Path, top: Path, name: str, link: Path) -> Path:
    """The file that a link leads to."""
    target = Path(os.path.realpath(link))
    if not target.is_relative_to(top) or not target.is_file():
        raise StorageError(
            f"{path / name} is a link that leads to no file in the folder, and a copy of the folder would "
            "not hold what it leads to; put a copy of that in its place"
        )
    return target
