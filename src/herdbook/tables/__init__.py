"""What a table holds: its rows, and its columns with their types.

Nothing is guessed: what could be read in several ways, or is no table throughout, is an error that says what
to do. Types are those of all rows, not of the first few.
"""

from collections.abc import Callable, Iterable
from io import BufferedReader, FileIO, RawIOBase
from typing import Any

from herdbook.tables.parts import Column as Column
from herdbook.tables.parts import Reading as Reading
from herdbook.tables.parts import Table as Table
from herdbook.tables.parts import TableError as TableError
from herdbook.tables.parts import together as together

_FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_PACKED = ".gz"


def format_of(name: str) -> str:
    """The format of a table, by the name of its file; nothing for what is not read as a table."""
    bare = name.lower().removesuffix(_PACKED)
    found = next((known for end, known in _FORMATS.items() if bare.endswith(end)), "")
    packed = name.lower().endswith(_PACKED)
    if found == "parquet" and packed:
        return ""
    return f"{found} (gzip)" if found and packed else found


def parts_of(names: Iterable[str]) -> tuple[str, list[str]]:
    """The files of a folder that together are one table, and their format; none where they are not.

    What begins with a dot or an underscore are no data, but the notes of whatever wrote them.
    """
    data = [name for name in names if not any(part.startswith((".", "_")) for part in name.split("/"))]
    formats = {format_of(name) for name in data}
    form = formats.pop() if len(formats) == 1 else ""
    return form, data if form else []


def read_table(
    file: FileIO, name: str, reading: Reading | None = None, progress: Callable[[int], object] | None = None
) -> Table:
    """Read a table in a format that is known, from where the file stands to its end.

    Args:
        file: the file.
        name: its name, which says the format.
        reading: how to read what several ways lead to.
        progress: is told of each piece that was read how many bytes it has.

    Raises:
        TableError: it is no such table; the message says where and what to do.
    """
    reading = reading or Reading()
    kind, packed, _ = format_of(name).partition(" ")
    raw = _Watched(file, progress)
    if kind == "parquet":
        from herdbook.tables.parquet import read_parquet

        return read_parquet(raw, name)
    from herdbook.tables.packed import unpacked

    with unpacked(BufferedReader(raw, 1 << 20), name, packed=bool(packed)) as stream:
        if kind in ("csv", "tsv"):
            from herdbook.tables.delimited import read_delimited

            return read_delimited(stream, name, reading)
        from herdbook.tables.jsonlines import read_json_lines

        return read_json_lines(stream, name, reading)


class _Watched(RawIOBase):
    """A file that tells how much of it was read. It leaves closing to whoever opened the file."""

    def __init__(self, file: FileIO, progress: Callable[[int], object] | None) -> None:
        self._file = file
        self._progress = progress

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int | None:
        count = self._file.readinto(buffer)
        if count and self._progress is not None:
            self._progress(count)
        return count
