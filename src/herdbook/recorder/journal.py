"""Journals: what a run records is taken down at once, so that nothing is lost when its process is killed.

A journal is a file of one JSON text in a line for each note, in the hidden folder of the catalog. A note is
handed to the system before the call that made it returns; it needs no flushing to disk for that it outlives
the process. The process that records holds a lock on the file, which the system lets go of when the process
dies: so others know whether the run still goes on.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from typing import IO

from herdbook.errors import HerdbookError, StorageError
from herdbook.recorder.record import Note, Record
from herdbook.storing import hidden_folder
from herdbook.tree import OPEN_FLAGS, unlinked

_SUFFIX = ".jsonl"
_TORN = "the disk took a part of a line only"
_LONGEST_LINE = 16 * 1024 * 1024


class InUseError(HerdbookError):
    """A run that still goes on in another process."""


class Journal:
    """The journal of a run that this process records."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def begin(cls, catalog: Path, run_id: str, record: Record) -> "Journal":
        """Begin the journal of a run; one that is there already gives way to it.

        Raises:
            OSError: it cannot be written.
        """
        path = _folder(catalog) / f"{run_id}{_SUFFIX}"
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        journal = cls(path, os.open(temporary, flags, 0o666))
        try:
            _lock(journal._descriptor)
            journal._write(f"{_json(record.beginning())}\n")
            temporary.replace(path)
        except BaseException:
            os.close(journal._descriptor)
            temporary.unlink(missing_ok=True)
            raise
        return journal

    def take(self, note: Note) -> None:
        """Take down a note.

        Raises:
            OSError: it cannot be written.
        """
        self._write(f"{_json(note)}\n")

    def point(self, key: str, step: float, value: float) -> None:
        """Take down a point of a curve, the note that comes by thousands; numbers must be finite.

        Raises:
            OSError: it cannot be written.
        """
        raw = f'["point",{quoted(key)},{step!r},{value!r}]\n'.encode("ascii")
        if os.write(self._descriptor, raw) != len(raw):
            raise OSError(_TORN)

    def end(self) -> None:
        """Delete the journal, since the file of the run holds all of it."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.close()

    def close(self) -> None:
        """Write no more, and let go of the lock."""
        os.close(self._descriptor)

    def _write(self, line: str) -> None:
        raw = line.encode("ascii")
        if os.write(self._descriptor, raw) != len(raw):
            raise OSError(_TORN)


def journals(catalog: Path) -> Iterator[tuple[str, Path]]:
    """The runs of which there are journals, each with the file."""
    with contextlib.suppress(OSError, StorageError):
        if unlinked(catalog, ".herdbook/journals") is None:
            return
        for path in sorted((catalog / ".herdbook" / "journals").iterdir()):
            if path.suffix == _SUFFIX and not path.is_symlink():
                yield path.stem, path


def journal_of(catalog: Path, run_id: str) -> Path | None:
    """The journal of a run, if there is one."""
    return dict(journals(catalog)).get(run_id)


def replayed(path: Path) -> Record:
    """Make the record of a run again out of its journal.

    The last line counts only where it is whole: the call that wrote the rest never returned.

    Raises:
        HerdbookError: this is no journal.
        OSError: it cannot be read.
    """
    with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
        return _read(path, file)


@contextlib.contextmanager
def seized(path: Path) -> Iterator[Record]:
    """Make the record of a run again whose process is gone, and keep others from doing the same meanwhile.

    Raises:
        InUseError: the process is alive, or another one has seized the journal.
        HerdbookError: this is no journal.
        OSError: it cannot be read.
    """
    with os.fdopen(os.open(path, OPEN_FLAGS), "rb") as file:
        try:
            _lock(file.fileno())
        except BlockingIOError as error:
            raise InUseError(
                f"the run {path.stem} still goes on in another process; end that first"
            ) from error
        yield _read(path, file)


def _read(path: Path, file: IO[bytes]) -> Record:
    try:
        record = Record.begun(json.loads(file.readline(_LONGEST_LINE)))
        for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
            if line.endswith(b"\n"):
                record.take(json.loads(line))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise HerdbookError(f"{path}: this is no journal of a run; delete it") from error
    return record


def _json(note: Note) -> str:
    # What is no plain data has no place in the file of the run either; there, a warning says so.
    return json.dumps(note, default=str)


def _folder(catalog: Path) -> Path:
    folder = hidden_folder(catalog) / "journals"
    unlinked(catalog, f"{folder.parent.name}/{folder.name}")
    folder.mkdir(exist_ok=True)
    return folder


def _lock(descriptor: int) -> None:
    """Take the lock of a journal, where the system has locks.

    Raises:
        BlockingIOError: another process has it.
    """
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
