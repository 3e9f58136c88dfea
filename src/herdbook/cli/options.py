"""Options that several commands share."""

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from herdbook.errors import HerdbookError, StorageError

if TYPE_CHECKING:
    from herdbook.catalog import Catalog
    from herdbook.memory import Memory

Function = TypeVar("Function", bound=Callable[..., Any])


class Decorator(Protocol):
    """Adds something to a function, such as an option to a command."""

    def __call__(self, function: Function, /) -> Function:
        """Return the function with it."""


def together(*options: Decorator) -> Decorator:
    """Make one decorator of several options; help lists them in this order."""

    def added(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return added


def format_option(*forms: str, help: str = "") -> Decorator:
    """Make the option that says in which form a command writes; the first form is the usual one."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=help or None,
    )


catalog_option = click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("catalog"),
    show_default=True,
    help="Folder of the catalog.",
)


def memory_ahead(catalog_dir: Path) -> "Memory":
    """What commands before this one read of the catalog in a folder.

    Its files are listed from now on, beside this process, while it loads the rest of the command.
    """
    from herdbook.cache import cache_for
    from herdbook.tree import SETTLED, DirTree

    cache, listing = cache_for(catalog_dir), None
    if cache is not None:
        with suppress(StorageError):  # who opens the catalog will meet it again
            listing = DirTree(catalog_dir).stamped_ahead(time.time_ns() - SETTLED)
    from herdbook.memory import Memory

    return Memory(cache, listing)


def opened(catalog_dir: Path, memory: "Memory", name: str = "") -> "Catalog":
    """Read the catalog in a folder.

    Args:
        catalog_dir: the folder.
        memory: what was read of it before; what did not change since is taken from there.
        name: what to call the folder where its files are named; without one, as it was typed.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
    """
    from herdbook.memory import open_catalog

    catalog = open_catalog(catalog_dir, memory, name=name, beside=True)
    # What was read stays until the end: looking through it for garbage, as Python would soon do, is in vain.
    gc.freeze()
    return catalog


def recalled(catalog_dir: Path) -> "Catalog":
    """Read the catalog in a folder; what did not change since an earlier command is taken from the cache.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
    """
    return opened(catalog_dir, memory_ahead(catalog_dir))


def inside(path: Path, catalog_dir: Path) -> str:
    """The path inside the catalog of a path that a user typed, relative to here or to the catalog."""
    root = _real(catalog_dir)
    if root.is_relative_to(_real(path)):
        return ""
    for candidate in (path, root / path):
        # A link inside the catalog is a finding of its own, so the last part is not followed.
        found = _real(candidate.parent) / candidate.name if candidate.is_symlink() else _real(candidate)
        if found.is_relative_to(root) and os.path.lexists(found):
            return found.relative_to(root).as_posix()
    raise HerdbookError(
        f"{path}: there is no such file in {catalog_dir}; name one as seen from here, or from there"
    )


def _real(path: Path) -> Path:
    # Path.resolve raises on links that lead back to themselves.
    return Path(os.path.realpath(path))
