"""Read a catalog: every file of a tree, two processes side by side where there are many."""

import marshal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from herdbook.catalog import Catalog
from herdbook.errors import HerdbookError
from herdbook.reading import UNREAD, Reading, accepted
from herdbook.sharing import can_share, in_order
from herdbook.tree import FILES_AT_ONCE, DirTree, Tree, TreeFile

_WORTH_SHARING = 1_000


def read_catalog(tree: Tree) -> Catalog:
    """Read every entry of a tree. What is wrong with a file becomes a finding, and that file yields no entry.

    Raises:
        StorageError: the tree itself cannot be read.
    """
    return read_files(tree, list(tree.files()))


def read_files(tree: Tree, files: Sequence[TreeFile], digests: dict[str, str] | None = None) -> Catalog:
    """Do the same with files that were listed before.

    Args:
        tree: the tree.
        files: all of its files, in the order of their paths.
        digests: where to note what names the contents of files by their paths, if anywhere.

    Raises:
        StorageError: the tree itself cannot be read.
    """
    reading = Reading(digests)
    if len(files) >= _WORTH_SHARING and can_share():
        for file, found in zip(files, _looked_at(tree, files, hashed=digests is not None), strict=True):
            reading.read(tree, file, *found)
    else:
        for file in files:
            reading.read(tree, file)
    return reading.catalog()


def found_catalog(folder: Path, name: str = "") -> DirTree:
    """Find the catalog in a folder, without reading it.

    Args:
        folder: the folder.
        name: what to call it where its files are named; without one, as it was typed.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
        StorageError: it cannot be looked into.
    """
    if not folder.is_dir():
        near = _catalog_around(folder.name) or "DIR"
        raise HerdbookError(f"{folder}: there is no such folder; name the catalog with --catalog {near}")
    tree = DirTree(folder, name)
    if all(file.path.rpartition("/")[2] in UNREAD for file in tree.files()):
        raise HerdbookError(f"{folder}: the folder holds no catalog; it begins with a herdbook.yaml")
    return tree


def _catalog_around(name: str) -> Path | None:
    """The catalog that the working folder lies in or beside, for somebody who went into a folder below."""
    try:
        depth = len(Path.cwd().parts)
    except OSError:
        return None  # the working folder is gone
    ups = [Path(*[".."] * levels) for levels in range(depth)]
    around = (folder for up in ups for folder in (up, up / name))
    return next((folder for folder in around if (folder / "herdbook.yaml").is_file()), None)


class _Held(list[tuple[Any, str]]):
    """What some files hold, and their digests: plain data.

    Between processes it goes in Python's own form, which is faster, and brings the same keys back as the same
    objects.
    """

    def __reduce__(self) -> tuple[Callable[[bytes], Any], tuple[bytes]]:
        return marshal.loads, (marshal.dumps(list(self)),)


def _looked_at(tree: Tree, files: Sequence[TreeFile], *, hashed: bool) -> Iterator[tuple[Any, str]]:
    """What each file holds, if it is accepted, and its digest; two processes look at them side by side."""

    def job(some: Sequence[TreeFile]) -> Callable[[], _Held]:
        return lambda: _Held(accepted(tree, file, hashed=hashed) for file in some)

    starts = range(0, len(files), FILES_AT_ONCE)
    chunks = (files[start : start + FILES_AT_ONCE] for start in starts)
    for found in in_order(map(job, chunks), share=True):
        yield from found
