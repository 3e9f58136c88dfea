"""What tells whether a folder is still as it was left: the size and the times of every file, in one number.

Of a site of 500,000 files it takes seconds. It has nothing to do with what a build makes, and can be taken
beside that from the very beginning.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from typing import Final

from herdbook.sharing import aside, can_share
from herdbook.site.manifest import MANIFEST

Stamp = tuple[int, int, int]
"""Size of a file, and when its content and its name were last changed."""
Print = int
"""All stamps of a folder in one number: the sum of what stands for each file, so that few are exchanged."""

_PRINTS: Final = 1 << 256
_NO_FILE: Final = (-1, 0, 0)
# How long the manifest of a site is that is worth a process of its own: some thousand files.
_WORTH_SHARING: Final = 200_000


def print_beside(site: Path) -> Callable[[], Print | None]:
    """Begin to take the print of a site, if it is large, in a copy of this process.

    Returns:
        What waits for the print, or takes it; it returns `None` where the site cannot be looked into.
    """
    take = partial(_print_if_any, site)
    with suppress(OSError):
        if can_share() and (site / MANIFEST).stat().st_size >= _WORTH_SHARING:
            return aside(take)
    return cache(take)


def _print_if_any(site: Path) -> Print | None:
    try:
        return print_of(site)
    except OSError:
        return None


def print_of(folder: Path) -> Print:
    """Take the print of a folder; what is no plain file has a stamp that no file has.

    Raises:
        OSError: it cannot be looked into.
    """
    found = 0
    waiting = [(str(folder), "")]
    while waiting:
        path, inside = waiting.pop()
        with os.scandir(path) as items:
            for item in items:
                name = inside + item.name
                if item.is_dir(follow_symlinks=False):
                    waiting.append((item.path, f"{name}/"))
                else:
                    found += _mark(name, stamp(item.stat(follow_symlinks=False)))
    return found % _PRINTS


def changed_print(before: Print, stamps: Mapping[str, tuple[Stamp | None, Stamp | None]]) -> Print:
    """The print of a folder after some files were changed, came or went, by their stamps before and after."""
    for path, (old, new) in stamps.items():
        before += _mark(path, new) - _mark(path, old)
    return before % _PRINTS


def _mark(path: str, stamp: Stamp | None) -> int:
    """What stands for a file; nothing stands for none."""
    if stamp is None:
        return 0
    size, modified, changed = stamp
    told = f"{path}\0{size} {modified} {changed}".encode("utf-8", "surrogateescape")
    return int.from_bytes(blake2b(told, digest_size=32).digest(), "big")


def stamp(status: os.stat_result) -> Stamp:
    """Stamp a file."""
    plain = S_ISREG(status.st_mode)
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns) if plain else _NO_FILE
