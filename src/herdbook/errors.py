"""Errors that are shown to a user as they are: what happened, where, and what to do."""

import errno


class HerdbookError(Exception):
    """A fault of the input or of the environment; the command ends with exit code 2."""

    exit_code = 2


class StorageError(HerdbookError):
    """Reading or writing failed (disk full, no permission); the command ends with exit code 3."""

    exit_code = 3


class RaceError(HerdbookError):
    """Somebody else changed the same at the same time, and won; the command ends with exit code 4."""

    exit_code = 4


_TO_READ = {
    errno.ENOENT: "name one that is there",
    errno.ENOTDIR: "name one that is there",
    errno.EISDIR: "name a file",
    errno.ELOOP: "name what the link should lead to",
    errno.EACCES: "allow reading it",
    errno.EPERM: "allow reading it",
}
_TO_WRITE = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room in the quota",
    errno.EFBIG: "allow larger files",
    errno.EROFS: "make the disk writable",
    errno.EACCES: "allow writing there",
    errno.EPERM: "allow writing there",
}


def unreadable(place: object, error: OSError) -> StorageError:
    """Return the error that a file or folder cannot be read, with what to do about it."""
    cure = _TO_READ.get(error.errno or 0, "see to it that it can be read")
    return StorageError(f"{place}: cannot be read: {error.strerror or error}; {cure}")


def unwritable(place: object, error: OSError, meanwhile: str = "") -> StorageError:
    """Return the error that a file or folder cannot be written, with what to do about it.

    Args:
        place: the file or folder.
        error: why.
        meanwhile: what became of what was there, if that goes not without saying.
    """
    cure = _TO_WRITE.get(error.errno or 0, "see to it that files can be written there")
    became = f"{meanwhile}: " if meanwhile else ""
    return StorageError(f"{place}: cannot be written: {error.strerror or error}; {became}{cure}")
