"""Streams of lines, packed or not."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from typing import IO

from herdbook.tables.parts import TableError

LONGEST_LINE = 64 * 1024 * 1024
"""A longer line is none: whoever asks for it would have it in memory as a whole."""


@contextlib.contextmanager
def unpacked(file: BufferedReader, name: str, *, packed: bool) -> Iterator[IO[bytes]]:
    """Give what a file holds; one that is packed with gzip is unpacked as it is read.

    Raises:
        TableError: it is not packed so, or is cut off.
    """
    if not packed:
        yield file
        return
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            yield stream  # type: ignore[misc]  # it reads as files of bytes do
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(
            f"{name}: is not packed with gzip, or is cut off ({error}); pack it again, or leave rows and "
            "columns out with --no-columns"
        ) from error
