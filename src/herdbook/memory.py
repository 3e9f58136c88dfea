"""Read catalogs with the help of what was read before: only files whose content is another are read again.

That a file still holds what it held is known from the name that git gives its content, or from its stamp: its
size, its identity, and when it and what is known of it were last changed. Where the stamp is another one, or
younger than the tick of a coarse clock when it was taken, the file is opened and its content hashed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from herdbook.cache import Cache, cache_for, content_digest
from herdbook.catalog import Catalog
from herdbook.opening import found_catalog, read_catalog, read_files
from herdbook.reading import UNREAD
from herdbook.rereading import reread
from herdbook.sharing import aside, can_share
from herdbook.snapshot import Snapshot, pieces_of
from herdbook.tree import SETTLED, Listing, Stamped, Tree, TreeFile

_WORTH_WRITING = 50
_WORTH_SHARING = 1_000


class _Read(NamedTuple):
    """A catalog that was read, and by what to tell whether its files still hold the same.

    Attributes:
        catalog: the catalog.
        name: the name of its tree.
        digests: tells what names the content of each file, in their order; empty where that is not known.
        paths: the path of each file.
        stamps: the stamp of each; empty where there is none to go by, or no name of its content.
        differing: how many files had to be opened for it.
    """

    catalog: Catalog
    name: str
    digests: Callable[[], Mapping[str, str]]
    paths: Sequence[str]
    stamps: Sequence[str]
    differing: int


class _Files(NamedTuple):
    """The files of a tree as it is now.

    Attributes:
        paths: the path of each, in their order.
        stamps: the stamp of each; empty for those that were changed just now.
        at: gives the file at a path.
    """

    paths: Sequence[str]
    stamps: Sequence[str]
    at: Callable[[str], TreeFile]


class Memory:
    """What was read of a catalog before, by this command and, with a cache, by others."""

    def __init__(self, cache: Cache | None = None, listing: Callable[[], Listing] | None = None) -> None:
        """Take the cache, and what waits for the files of the first tree, where they are being listed."""
        self._cache = cache
        self._listing = listing
        self._first: _Read | None = None
        self.kept: Catalog | None = None
        """The catalog of the snapshot in the cache, if there is one."""
        self._last: _Read | None = None
        self._being_written: Callable[[], bytes | None] | None = None

    @property
    def lasts(self) -> bool:
        """Whether anything is remembered for other commands; else it costs only those that read twice."""
        return self._cache is not None

    def read(self, tree: Tree) -> Catalog:
        """Read a tree; the answer is the same as if nothing had been read before.

        Raises:
            StorageError: the tree itself cannot be read.
        """
        earlier = self._last or self._recalled(tree)  # while the files are being listed beside this process
        files = _listed(tree, self._listing)
        self._listing = None
        if earlier is None or earlier.name != tree.name:
            found = _read(tree, files)
        else:
            found = _read_again(earlier, tree, files)
        self._first, self._last = self._first or found, found
        return found.catalog

    def save(self, *, beside: bool = False) -> None:
        """Keep what was read first for other commands.

        That costs about as much as reading one file in fifty anew; where less changed, it is left for later.

        Args:
            beside: write a large catalog while this process goes on, which does not end before that is done.
        """
        found = self._first
        if self._cache is None or found is None or not found.differing:
            return
        if found.differing * _WORTH_WRITING >= len(found.paths):
            write = partial(_written, self._cache, found)
            if beside and len(found.paths) >= _WORTH_SHARING and can_share():
                self._being_written = aside(write)
                self.kept = found.catalog
            else:
                self.kept = found.catalog if write() else None
        self._first = found._replace(differing=0)

    def note(self, content: bytes) -> None:
        """Keep something about the catalog of the snapshot for other commands."""
        if self._cache is None or not self._is_written():
            return
        self._cache.beside("notes").write([self._cache.seal, b"\n", content])

    def noted(self) -> bytes:
        """What was kept last about this very catalog; nothing where nothing was."""
        if self._cache is None or self._being_written is not None:
            return b""
        seal, _, content = self._cache.beside("notes").read().partition(b"\n")
        return content if seal == self._cache.seal else b""

    @property
    def kept_as(self) -> bytes:
        """What names the snapshot whose catalog is `kept`; empty where it is not in the cache."""
        there = self._cache is not None and self.kept is not None and self._is_written()
        return self._cache.seal if there and self._cache is not None else b""

    def _is_written(self) -> bool:
        """Tell whether the snapshot is in the cache, when all of it is written."""
        if self._cache is not None and self._being_written is not None:
            seal = self._being_written()
            if not seal:
                return False
            self._cache.seal, self._being_written = seal, None
        return True

    def _recalled(self, tree: Tree) -> _Read | None:
        snapshot = self._snapshot
        if snapshot is None:
            return None
        self.kept = snapshot.catalog(tree)
        return _Read(self.kept, tree.name, lambda: snapshot.digests, snapshot.paths, snapshot.stamps, 0)

    @cached_property
    def _snapshot(self) -> Snapshot | None:
        content = self._cache.read() if self._cache is not None else b""
        try:
            return Snapshot(content, self._cache.behind) if self._cache is not None and content else None
        except (LookupError, RecursionError, TypeError, ValueError):
            return None


def memory_of(folder: Path, *, of: str = "files") -> Memory:
    """What commands before this one read of the catalog in a folder, from files or from ``blobs`` of git."""
    return Memory(cache_for(folder, of=of))


def open_catalog(
    folder: Path, memory: Memory | None = None, *, name: str = "", beside: bool = False
) -> Catalog:
    """Read the catalog in a folder.

    Args:
        folder: the folder.
        memory: what other commands read of it; what did not change since is taken from there.
        name: what to call the folder where its files are named; without one, as it was typed.
        beside: whether what was read may be saved for other commands while this process goes on.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
        StorageError: it cannot be read.
    """
    tree = found_catalog(folder, name)
    if memory is None or not memory.lasts:
        return read_catalog(tree)
    catalog = memory.read(tree)
    memory.save(beside=beside)
    return catalog


def _written(cache: Cache, found: _Read) -> bytes:
    """Write a snapshot of what was read; return its seal, or nothing where it could not be written."""
    stamps = dict(zip(found.paths, found.stamps, strict=True))
    line, behind = pieces_of(found.catalog, found.digests(), stamps)
    written = cache.write([line], behind)
    return cache.seal if written else b""


def _read(tree: Tree, files: _Files) -> _Read:
    digests: dict[str, str] = {}
    all_files = [files.at(path) for path in files.paths]
    catalog = read_files(tree, all_files, digests)
    for file in all_files:
        if file.path not in digests:
            digests[file.path] = _name_unopened(file) or _name_of_content(tree, file.path)
    return _found(catalog, tree, digests, files, len(all_files))


def _read_again(earlier: _Read, tree: Tree, files: _Files) -> _Read:
    """Read the files that differ from those of an earlier reading."""
    same_paths = files.paths == earlier.paths
    if same_paths and files.stamps == earlier.stamps and all(files.stamps):
        return earlier._replace(differing=0)
    known = {} if same_paths else dict(zip(earlier.paths, earlier.stamps, strict=True))
    before = earlier.stamps if same_paths else map(known.get, files.paths)
    pairs = zip(files.paths, files.stamps, before, strict=True)
    suspects = [path for path, stamp, old in pairs if not stamp or stamp != old]
    names = dict(earlier.digests())
    changed = set() if same_paths else names.keys() - set(files.paths)
    opened = 0
    for path in suspects:
        name = _name_unopened(files.at(path))
        if not name:
            name = _name_of_content(tree, path)
            opened += 1
        if not name or name != names.get(path):
            names[path] = name
            changed.add(path)
    if not changed:
        return _found(earlier.catalog, tree, names, files, opened)
    if len(changed) * 2 > len(files.paths):
        return _read(tree, files)
    catalog = reread(earlier.catalog, tree, changed)
    return _found(catalog, tree, names, files, max(opened, len(changed)))


def _found(catalog: Catalog, tree: Tree, names: Mapping[str, str], files: _Files, differing: int) -> _Read:
    """What was read; a file whose content has no name is opened again, whatever its stamp says."""
    stamps = files.stamps
    if not all(names.values()):
        stamps = [stamp if names[path] else "" for path, stamp in zip(files.paths, stamps, strict=True)]

    def digests() -> Mapping[str, str]:
        return {path: names[path] for path in files.paths}

    return _Read(catalog, tree.name, digests, files.paths, stamps, differing)


def _name_unopened(file: TreeFile) -> str:
    """What names the content of a file that need not be opened for it; empty where it must be."""
    if file.problem:
        return f"problem: {file.problem}"
    if file.path.rpartition("/")[2] in UNREAD:
        return "unread"
    return file.digest


def _name_of_content(tree: Tree, path: str) -> str:
    try:
        return content_digest(tree.read(path))
    except (OSError, ValueError):
        return ""


def _listed(tree: Tree, listing: Callable[[], Listing] | None) -> _Files:
    """The files of a tree, and the stamps of those that were not changed just now, where it knows any."""
    if isinstance(tree, Stamped):
        found = tree.stamped(time.time_ns() - SETTLED) if listing is None else listing()
        return _Files(found.paths, found.stamps, found.file)
    files = {file.path: file for file in tree.files()}
    return _Files(list(files), [""] * len(files), files.__getitem__)
