"""Read a catalog again of which most did not change: only what changed is opened."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from herdbook.catalog import FIELDS, Catalog, Origin
from herdbook.entries import CatalogFile, Entry, ModelVersion, Run
from herdbook.ondemand import changed_entries
from herdbook.reading import Reading, key_of
from herdbook.tree import Tree, TreeFile


def reread(
    before: Catalog, tree: Tree, changed: Collection[str], values: Mapping[str, Any] = MappingProxyType({})
) -> Catalog:
    """Read a tree again in which nothing but the files at some paths can have changed.

    Args:
        before: what `read_catalog` made of the tree; what it accepted without a doubt is not opened again.
        tree: the tree as it is now.
        changed: the paths at which files were changed, added or removed.
        values: what is known without reading of some of these: values that their schemas accept.

    Raises:
        StorageError: the tree itself cannot be read.
    """
    try:
        return _with_changes(before, tree, changed, values)
    except _DoubtError:
        return _read_again(before, tree, changed, values)


class _DoubtError(Exception):
    """What changed may have to do with files that did not change."""


def _with_changes(
    before: Catalog, tree: Tree, changed: Collection[str], values: Mapping[str, Any]
) -> Catalog:
    """The catalog with other entries in some files.

    Raises:
        _DoubtError: not only what these files hold could be different.
    """
    for finding in before.findings:
        path = finding.place.source.path
        stray = finding.rule == "misplaced-file" and before.at(path) is not None
        if finding.rule == "duplicate-id" or stray or path in changed:
            raise _DoubtError
    entries: dict[str, Any] = defaultdict(dict)
    named: list[Entry] = []
    file = before.file
    for path in changed:
        old, new = before.at(path), _entry_at(tree, path, values.get(path))
        if isinstance(old, CatalogFile) and isinstance(new, CatalogFile):
            file = new
            continue
        if isinstance(old, CatalogFile) or isinstance(new, CatalogFile):
            raise _DoubtError
        if old is not None:
            entries[FIELDS[type(old)]].setdefault(key_of(old))
        if new is not None:
            entries[FIELDS[type(new)]][key_of(new)] = new
            if old is None or _names_of(old) != _names_of(new):
                named.append(new)
    if named and not _are_free(before, named):
        raise _DoubtError
    others: dict[str, Any] = {
        field: changed_entries(getattr(before, field), found) for field, found in entries.items()
    }
    origin = before.origin or Origin(before, frozenset())
    origin = Origin(origin.catalog, origin.changed.union(changed))
    return replace(before, file=file, known=None, origin=origin, **others)


def _entry_at(tree: Tree, path: str, value: Any) -> Entry | None:
    """The entry at a path, where it belongs; `None` where no file is.

    Raises:
        _DoubtError: there is something else.
    """
    reading = Reading()
    reading.read(tree, TreeFile(path), value)
    if reading.findings and not _is_gone(tree, path):
        raise _DoubtError
    found = [entry for kept in reading.entries.values() for entry in kept.values()]
    return found[0] if found else None


def _is_gone(tree: Tree, path: str) -> bool:
    try:
        tree.read(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _are_free(before: Catalog, named: Iterable[Entry]) -> bool:
    """Tell whether nothing in a catalog goes by the names of new entries."""
    taken = {path.casefold() for path in before.paths}
    folders = {folder.casefold(): folder for folder in {path.rpartition("/")[0] for path in before.paths}}
    runs: set[str] = set()
    labels: set[tuple[str, str]] = set()
    for entry in named:
        path = entry.expected_path
        folder = path.rpartition("/")[0]
        if path.casefold() in taken or folders.setdefault(folder.casefold(), folder) != folder:
            return False
        taken.add(path.casefold())
        if isinstance(entry, Run):
            runs = runs or {run.casefold() for run in before.runs}
            if entry.id.casefold() in runs:
                return False
            runs.add(entry.id.casefold())
        if isinstance(entry, ModelVersion) and entry.version_label:
            others = (other.version_label for other in before.versions_of(entry.model))
            labels.update((entry.model, label) for label in others)
            if (entry.model, entry.version_label) in labels:
                return False
            labels.add((entry.model, entry.version_label))
    return True


def _names_of(entry: Entry) -> tuple[object, ...]:
    """All by which an entry is told from others."""
    label = entry.version_label if isinstance(entry, ModelVersion) else ""
    return type(entry), key_of(entry), entry.expected_path, label


def _read_again(before: Catalog, tree: Tree, changed: Collection[str], values: Mapping[str, Any]) -> Catalog:
    doubtful = {finding.place.source.path for finding in before.findings}
    known = {
        entry.source.path: entry
        for entry in before.entries()
        if entry.source.path not in doubtful and entry.source.path not in changed
    }
    reading = Reading()
    for file in tree.files():
        entry = known.get(file.path)
        if entry is None:
            reading.read(tree, file, values.get(file.path))
        else:
            reading.keep(entry)
    return reading.catalog()
