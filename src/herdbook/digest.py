"""Hash files."""

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from herdbook.errors import StorageError


@dataclass(frozen=True, slots=True)
class Measured:
    """What a file is known by: its digest (``sha256:`` and 64 hexadecimal digits) and its size in bytes."""

    digest: str
    size: int


def measure(path: Path) -> Measured:
    """Hash a regular file piece by piece; it may be larger than the memory.

    Raises:
        StorageError: It cannot be read, or is no regular file: a pipe would never end, and the digest of a
            folder is not defined.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StorageError(
                f"{path} is not a file, so it has no digest; name a file, or pack a folder into one"
            )
        with path.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Measured(f"sha256:{digest}", file.tell())
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error
