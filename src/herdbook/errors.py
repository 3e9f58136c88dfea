"""Errors that are shown to a user as they are: what happened, where, and what to do."""


class HerdbookError(Exception):
    """A fault of the input or of the environment; the command ends with exit code 2."""

    exit_code = 2


class StorageError(HerdbookError):
    """Reading or writing failed (disk full, no permission); the command ends with exit code 3."""

    exit_code = 3


class RaceError(HerdbookError):
    """Somebody else changed the same at the same time, and won; the command ends with exit code 4."""

    exit_code = 4
