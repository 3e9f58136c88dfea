"""Where catalogs are read from: a folder on disk, or anything else that lists files and gives their bytes."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from herdbook.errors import StorageError, unreadable
from herdbook.sharing import can_share, in_order

MAX_BYTES = 1024 * 1024
"""How large a file of a catalog may be."""

WORKTREE = "WORKTREE"
"""Names the files on disk where a commit could be named."""

_WORTH_SHARING, _WORTH_A_COPY, _FOLDERS_AT_ONCE = 2_000, 200, 50
SETTLED = 2_000_000_000
"""How many nanoseconds ago a file must have been changed last: the coarsest clocks tick every two seconds."""
FILES_AT_ONCE = 256
"""How many files, in the order of their paths, are read at a time where that is cheaper than one by one."""


class TreeFile(NamedTuple):
    """A file found in a tree.

    Attributes:
        path: where it is in the tree.
        problem: why it cannot be read; empty for a regular file.
        digest: names its content, where the tree knows that without reading it; else empty.
    """

    path: str
    problem: str = ""
    digest: str = ""


class Tree(Protocol):
    """Where a catalog is read from. Paths are relative to the catalog, with ``/``."""

    @property
    def name(self) -> str:
        """What to put in front of a path so that a person finds the file; nothing at a repository's top."""

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths."""

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`."""


class Listing(NamedTuple):
    """The files of a tree, in the order of their paths, and what tells whether they changed.

    Attributes:
        paths: the path of each file.
        stamps: for each what is another whenever the file is; empty where that cannot be told.
        problems: why some cannot be read, by path.
    """

    paths: list[str]
    stamps: list[str]
    problems: Mapping[str, str]

    def file(self, path: str) -> TreeFile:
        """The file at one of the paths."""
        return TreeFile(path, self.problems.get(path, ""))


@runtime_checkable
class Stamped(Tree, Protocol):
    """A tree that can tell whether a file changed without opening it."""

    def stamped(self, settled: int) -> Listing:
        """List the files with their stamps.

        Args:
            settled: the time in nanoseconds since 1970 after which nothing may have changed: within the tick
                of a clock, a file can change twice without looking different.
        """


@dataclass(frozen=True, slots=True)
class DirTree:
    """A folder on disk. Links are never followed, and nothing but regular files is opened."""

    root: Path
    name: str = field(default="")

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.root.as_posix())

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths; hidden ones are left out.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        return (TreeFile(path, problem) for path, problem, _ in self._walk(self._top()))

    def stamped(self, settled: int) -> Listing:
        """List the files with their stamps.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        return self._stamping(settled, _WORTH_SHARING)()

    def stamped_ahead(self, settled: int) -> Callable[[], Listing]:
        """Begin to do that, and go on beside this process; return what waits for it, once.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        return self._stamping(settled, _WORTH_A_COPY)

    def _stamping(self, settled: int, least: int) -> Callable[[], Listing]:
        """Begin to list the files with their stamps, with a copy where there is as much as `least`."""

        def job(some: Sequence[_Found]) -> Callable[[], tuple[str, str, Mapping[str, str]]]:
            return lambda: self._stamped(some, settled)

        outline = self._outline()
        chunks = (
            outline[start : start + _FOLDERS_AT_ONCE] for start in range(0, len(outline), _FOLDERS_AT_ONCE)
        )
        found = in_order(map(job, chunks), share=len(outline) >= least and can_share())

        def listing() -> Listing:
            paths: list[str] = []
            stamps: list[str] = []
            problems: dict[str, str] = {}
            for some_paths, some_stamps, some_problems in found:
                if some_paths:
                    paths.extend(some_paths.split("\0"))
                    stamps.extend(some_stamps.split("\0"))
                    problems.update(some_problems)
            return Listing(paths, stamps, problems)

        return listing

    def _stamped(self, some: Sequence["_Found"], settled: int) -> tuple[str, str, Mapping[str, str]]:
        """The paths among some things, their stamps, and problems; as texts, which are sent fastest."""
        paths, stamps, problems = [], [], {}
        for path, problem, place in self._walk(some):
            paths.append(path)
            stamps.append(stamp_of(place, settled))
            if problem:
                problems[path] = problem
        return "\0".join(paths), "\0".join(stamps), problems

    def _outline(self) -> list["_Found"]:
        """What is in the folder and in the folders in it, in order; the latter stand for what is in them.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        outline: list[_Found] = []
        for path, entry in self._top():
            try:
                is_folder = entry.is_dir(follow_symlinks=False)
                outline += _inside(entry.path, f"{path}/") if is_folder else [(path, entry)]
            except OSError:  # the walk will say so
                outline.append((path, entry))
        return outline

    def _top(self) -> list["_Found"]:
        """What is in the folder, in order.

        Raises:
            StorageError: it cannot be read.
        """
        try:
            return _inside(os.fspath(self.root), "")
        except OSError as error:
            raise unreadable(self.name, error) from error

    def _walk(self, starts: Sequence["_Found"]) -> Iterator[tuple[str, str, str]]:
        """The files among some things and inside them: path, problem, and where each is for the system."""
        pending = list(reversed(starts))
        while pending:
            path, entry = pending.pop()
            if entry.is_file(follow_symlinks=False):
                yield path, "", entry.path
            elif entry.is_symlink():
                yield path, "it is a symbolic link", entry.path
            elif not entry.is_dir(follow_symlinks=False):
                yield path, "it is neither a file nor a folder", entry.path
            else:
                try:
                    pending += reversed(_inside(entry.path, f"{path}/"))
                except OSError as error:
                    yield path, f"the folder cannot be read: {error.strerror}", entry.path

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`.

        Raises:
            OSError: the file cannot be read, or is not a regular file any more.
        """
        handle = os.open(f"{self.root}/{path}", OPEN_FLAGS)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "it is not a regular file", path)
            # One byte more than there should be: the end is then known without asking again.
            raw = os.read(handle, min(status.st_size, MAX_BYTES) + 1)
            while len(raw) < min(status.st_size, MAX_BYTES + 1) and (more := os.read(handle, MAX_BYTES)):
                raw += more
        finally:
            os.close(handle)
        return raw[: MAX_BYTES + 1]


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files that are at hand already, by their paths."""

    contents: Mapping[str, bytes]
    name: str = ""

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths."""
        return map(TreeFile, sorted(self.contents, key=as_listed))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`.

        Raises:
            OSError: there is no such file.
        """
        if path not in self.contents:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self.contents[path][: MAX_BYTES + 1]


@dataclass(frozen=True, slots=True)
class Overlay:
    """A tree with other contents in some of its files, some files more, or without some that are `gone`."""

    under: Tree
    contents: Mapping[str, bytes]
    gone: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name of the tree itself."""
        return self.under.name

    def files(self) -> Iterator[TreeFile]:
        """List the files, in the order of their paths."""
        new = set(self.contents)
        there = []
        for file in self.under.files():
            if file.path not in self.gone:
                there.append(TreeFile(file.path) if file.path in new else file)
            new.discard(file.path)
        return iter(sorted([*there, *map(TreeFile, new)], key=lambda file: as_listed(file.path)))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file, at most one more than `MAX_BYTES`.

        Raises:
            OSError: the file cannot be read, or is gone.
        """
        if path in self.gone and path not in self.contents:
            raise FileNotFoundError(path)
        laid_over = self.contents.get(path)
        return self.under.read(path) if laid_over is None else laid_over[: MAX_BYTES + 1]


def as_listed(path: str) -> list[str]:
    """What sorts paths as trees list them: as a walk through folders meets them."""
    return path.split("/")


def unlinked(root: Path, path: str) -> Path | None:
    """Return the place of a path below a folder; `None` where nothing is.

    Raises:
        StorageError: a link on the way leads elsewhere, or it cannot be looked at.
    """
    at = root
    for part in path.split("/"):
        at /= part
        try:
            status = at.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        if stat.S_ISLNK(status.st_mode):
            raise StorageError(
                f"{at.relative_to(root).as_posix()}: it is a symbolic link; put the file itself in its place"
            )
    return at


def top_around(folder: Path) -> Path | None:
    """The top folder of the repository around a folder whose path holds no links, if there is one."""
    return next((around for around in (folder, *folder.parents) if (around / ".git").exists()), None)


OPEN_FLAGS = os.O_RDONLY
"""How to open what may have become a link or a pipe. Not every system has every flag."""
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    OPEN_FLAGS |= getattr(os, _flag, 0)


_Found = tuple[str, "os.DirEntry[str]"]
"""Something in a folder: its path in the tree, and what the system says of it."""
_NAME = attrgetter("name")


def _inside(folder: str, prefix: str) -> list[_Found]:
    """What is in a folder, in order; hidden things are left out.

    Raises:
        OSError: it cannot be read.
    """
    with os.scandir(folder) as found:
        inside = sorted([item for item in found if item.name[0] != "."], key=_NAME)
    return [(prefix + item.name, item) for item in inside]


def stamp_of(place: str | Path, settled: int) -> str:
    """What is another whenever the file at a place is; empty where that cannot be told, as for `Stamped`."""
    try:
        status = os.lstat(place)
    except OSError:
        return ""
    modified, changed = status.st_mtime_ns, status.st_ctime_ns
    if modified >= settled or changed >= settled:
        return ""
    return f"{status.st_size} {modified} {changed} {status.st_ino} {status.st_dev}"
