"""Write files: after a crash each is there as it was or as it should be, and nobody's work is lost.

Several files of a catalog change as one: all are written beside those that they replace before the first of
them is replaced, and where one cannot be replaced, those before it are put back. Signals that ask a program
to end wait so long. Only a process that is killed between two of these renames, which take microseconds,
leaves some files new and some old; each of them is whole.

A file that moves is written at its new place with the others, and goes from its old place when all are there.
A process that is killed in between leaves it at both places, never at none; ``git status`` shows which these
are, and deleting the old ones is all that is left to do.

Commands that change a catalog hold its lock while they read, decide and write. Editors and git know of no
lock, so that each file must still hold what the decision rests on when it is replaced; else the race is lost,
and nothing is written. The lock lies in ``.herdbook``, a hidden folder that no reader of catalogs looks into
and that git is told to ignore.
"""

import contextlib
import os
import re
import secrets
import signal
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import uniform

from herdbook.errors import HerdbookError, RaceError, StorageError, unreadable, unwritable
from herdbook.tree import DirTree, unlinked

PATIENCE = 30.0
"""How many seconds to wait for another command."""

_FOLDER = ".herdbook"
_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{8}", re.DOTALL)
_MANY, _AT_ONCE = 64, 8
_UNCHANGED = "nothing was changed"


@dataclass(frozen=True, slots=True)
class Write:
    """What a file of a catalog is to hold.

    Attributes:
        path: the file, from the folder of the catalog.
        before: what it must hold until then, at its old place if it moves; `None` where there must be none.
        after: what it holds from then on.
        moved_from: its old place, where it moves; there must be none at the new one.
    """

    path: str
    before: bytes | None
    after: bytes
    moved_from: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that are not afterwards what they were before."""
        return (self.path, self.moved_from) if self.moved_from else (self.path,)


@dataclass(frozen=True, slots=True)
class Store:
    """A catalog on disk that nobody else changes by a command meanwhile."""

    root: Path

    def write(self, writes: Sequence[Write]) -> None:
        """Change files, all or none.

        Raises:
            RaceError: a file does not hold what it must hold; nothing was changed.
            StorageError: writing failed; nothing was changed.
        """
        for write in writes:
            self._compare(write)
        sweep(*(self.root / path for write in writes for path in write.paths))
        staged: list[_Staged] = []
        try:
            jobs = []
            for write in writes:
                held = self.root / (write.moved_from or write.path)
                mode = None if write.before is None else _mode(held)
                staged.append(_Staged(self.root / write.path))
                before = None if write.moved_from else write.before
                jobs.append(partial(staged[-1].prepare, before, write.after, mode))
            # What goes, goes last.
            for write in (write for write in writes if write.moved_from):
                staged.append(_Staged(self.root / write.moved_from))
                mode = _mode(self.root / write.moved_from)
                jobs.append(partial(staged[-1].prepare, write.before, None, mode))
            _done(jobs)
            with _undisturbed():
                for write in writes:
                    self._compare(write)  # an editor may have saved since
                _replace_all(staged)
                _clear(staged)
        except OSError as error:
            raise unwritable(error.filename or self.root, error, _UNCHANGED) from error
        finally:
            _clear(staged)
        for write in writes:
            if write.moved_from:
                _without_empty_folders(self.root, write.moved_from)

    def _compare(self, write: Write) -> None:
        if not write.moved_from:
            self._compare_with(write.path, write.before)
            return
        self._compare_with(write.moved_from, write.before)
        self._compare_with(write.path, None)

    def _compare_with(self, path: str, before: bytes | None) -> None:
        if any(part in ("", ".", "..") for part in path.split("/")):
            raise StorageError(
                f"{path!r} is no path inside the catalog, so nothing was written; name one inside it"
            )
        if unlinked(self.root, path) is None:
            found = None
        else:
            try:
                found = DirTree(self.root).read(path)
            except OSError as error:
                raise unreadable(path, error) from error
        if found != before:
            what = "is gone" if found is None else "was changed by somebody else meanwhile"
            raise RaceError(f"{path}: the file {what}; nothing was written: run the command again")


@contextlib.contextmanager
def locked(root: Path, patience: float = PATIENCE) -> Iterator[Store]:
    """Hold the lock of a catalog; other commands that change it wait.

    Raises:
        RaceError: another command held it all the time.
        StorageError: the lock cannot be taken.
        HerdbookError: the system has no locks.
    """
    descriptor = _acquired(root, patience)
    try:
        yield Store(root)
    finally:
        with contextlib.suppress(OSError):  # it is closed all the same
            os.close(descriptor)


def create(path: Path, raw: bytes) -> None:
    """Write a new file: after a crash it is there whole or not at all, and what is there already stays.

    Raises:
        OSError: It cannot be written; FileExistsError when there is one of this name.
    """
    temporary = _beside(path)
    try:
        _write(temporary, raw)
        _link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Replace a file of one's own, which nobody else should have changed.

    Raises:
        RaceError: it does not hold any more what it held.
        OSError: it cannot be read or written.
    """
    try:
        found = DirTree(path.parent).read(path.name)
    except FileNotFoundError:
        found = None
    if found != before:
        what = "is gone" if found is None else "was changed by somebody else meanwhile"
        raise RaceError(f"{path}: the file {what}")
    temporary = _beside(path)
    try:
        _write(temporary, after)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _acquired(root: Path, patience: float) -> int:
    """Take the lock of a catalog; who closes what is returned, or dies, lets go of it."""
    try:
        import fcntl
    except ImportError as error:
        raise HerdbookError(
            "this system has no locks, so that catalogs cannot be changed by commands here; use Linux, "
            "macOS or WSL, or edit the files"
        ) from error
    descriptor = -1
    try:
        descriptor = _lock_file(root)
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
            else:
                return descriptor
            time.sleep(uniform(0.002, 0.02))
    except BaseException as error:
        if descriptor >= 0:
            os.close(descriptor)
        if isinstance(error, BlockingIOError):
            raise RaceError(
                f"{root}: another command has been changing the catalog for {patience:.0f} seconds; "
                "nothing was written: run this one again when that has ended"
            ) from error
        if isinstance(error, OSError):
            raise unwritable(root / _FOLDER, error, _UNCHANGED) from error
        raise


def hidden_folder(root: Path) -> Path:
    """The folder of a catalog for what is no part of it, made where it is missing; it tells git to ignore it.

    Raises:
        OSError: it cannot be made.
        StorageError: a link stands in its place.
    """
    folder = root / _FOLDER
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    if unlinked(root, f"{_FOLDER}/.gitignore") is None:
        with contextlib.suppress(FileExistsError):
            create(folder / ".gitignore", b"*\n")
    return folder


def _lock_file(root: Path) -> int:
    """Open the lock of a catalog."""
    folder = hidden_folder(root)
    unlinked(root, f"{_FOLDER}/lock")
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(folder / "lock", flags, 0o666)


class _Staged:
    """A file that is about to be replaced or to go: what it will hold and what it holds lie beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.new: Path | None = None
        self.old: Path | None = None

    def prepare(self, before: bytes | None, after: bytes | None, mode: int | None) -> None:
        if before is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        else:
            self.old = _beside(self.path)
            _write(self.old, before, mode)
        if after is not None:
            self.new = _beside(self.path)
            _write(self.new, after, mode)

    def replace(self) -> None:
        if self.new is None:
            self.path.unlink()
        elif self.old is None:
            _link(self.new, self.path)
        else:
            self.new.replace(self.path)

    def put_back(self) -> None:
        if self.old is None:
            self.path.unlink()
        else:
            self.old.replace(self.path)

    def clear(self) -> None:
        for path in (self.new, self.old):
            if path is not None:
                with contextlib.suppress(OSError):
                    path.unlink()


def _clear(staged: Sequence[_Staged]) -> None:
    for file in staged:
        file.clear()


def _replace_all(staged: Sequence[_Staged]) -> None:
    done: list[_Staged] = []
    try:
        for file in staged:
            file.replace()
            done.append(file)
        for folder in dict.fromkeys(file.path.parent for file in staged):
            _sync(folder)
    except BaseException as error:
        left = []
        for file in reversed(done):
            try:
                file.put_back()
            except OSError:
                left.append(str(file.path))
        if left:
            raise StorageError(
                f"{', '.join(left)}: changed already when writing failed ({error}), and cannot be put back; "
                "see with git what differs"
            ) from error
        raise


def _without_empty_folders(root: Path, path: str) -> None:
    """Remove the folders around a file that is gone, up to the first that holds something else."""
    folder = (root / path).parent
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let the signals that ask a program to end wait: between two renames they would leave half a change."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def sweep(*paths: Path) -> None:
    """Delete what a killed process left beside files; who writes one of them now would hold a lock."""
    names: dict[Path, set[str]] = {}
    for path in paths:
        names.setdefault(path.parent, set()).add(path.name)
    for folder, some in names.items():
        with contextlib.suppress(OSError):
            for found in folder.iterdir():
                left = _TEMPORARY.fullmatch(found.name)
                if left is not None and left[1] in some:
                    found.unlink()


def _done(jobs: Sequence[Callable[[], None]]) -> None:
    """Do all jobs, each of which waits for the disk: many do so side by side."""
    if len(jobs) < _MANY:
        for job in jobs:
            job()
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for doing in [pool.submit(job) for job in jobs]:
            doing.result()


def _write(path: Path, raw: bytes, mode: int | None = None) -> None:
    with path.open("xb") as file:
        if mode is not None:
            path.chmod(mode)
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _link(temporary: Path, path: Path) -> None:
    """Give a file that is written its name; unlike renaming, this fails when the name is taken."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise
        temporary.rename(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
