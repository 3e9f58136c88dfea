"""Read a catalog: every file of a tree is an entry, or has a finding that says why it is none."""

import marshal
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from herdbook import schema
from herdbook.cache import content_digest
from herdbook.catalog import FIELDS, Catalog, Origin
from herdbook.entries import (
    ENTRY_TYPES,
    Aliases,
    CatalogFile,
    Dataset,
    DatasetVersion,
    Endpoint,
    Entry,
    Model,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.errors import HerdbookError
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.ondemand import changed_entries
from herdbook.ref import is_name
from herdbook.sharing import can_share, in_order
from herdbook.source import SourceFile, read_source
from herdbook.spelling import most_alike
from herdbook.tree import FILES_AT_ONCE, DirTree, Tree, TreeFile
from herdbook.yaml.reader import FORBIDDEN_CHARACTERS

_TYPES: Mapping[str, type[Entry]] = {entry_type.kind: entry_type for entry_type in ENTRY_TYPES}
_WARNINGS = frozenset({"ambiguous-scalar"})
UNREAD = frozenset({"README.md"})
"""The names of files that may lie in a catalog and are no part of it."""
_UNPRINTABLE = rf"[{FORBIDDEN_CHARACTERS}\t\n\r]"


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
    reading = _Reading(digests)
    if len(files) >= _WORTH_SHARING and can_share():
        for file, found in zip(files, _looked_at(tree, files, hashed=digests is not None), strict=True):
            reading.read(tree, file, *found)
    else:
        for file in files:
            reading.read(tree, file)
    return reading.catalog()


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
            entries[FIELDS[type(old)]].setdefault(_key(old))
        if new is not None:
            entries[FIELDS[type(new)]][_key(new)] = new
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
    reading = _Reading()
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
    return type(entry), _key(entry), entry.expected_path, label


def _read_again(before: Catalog, tree: Tree, changed: Collection[str], values: Mapping[str, Any]) -> Catalog:
    doubtful = {finding.place.source.path for finding in before.findings}
    known = {
        entry.source.path: entry
        for entry in before.entries()
        if entry.source.path not in doubtful and entry.source.path not in changed
    }
    reading = _Reading()
    for file in tree.files():
        entry = known.get(file.path)
        if entry is None:
            reading.read(tree, file, values.get(file.path))
        else:
            reading.keep(entry)
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
        raise HerdbookError(f"{folder}: there is no such folder; name the catalog with --catalog DIR")
    tree = DirTree(folder, name)
    if all(file.path.rpartition("/")[2] in UNREAD for file in tree.files()):
        raise HerdbookError(f"{folder}: the folder holds no catalog; it begins with a herdbook.yaml")
    return tree


_WORTH_SHARING = 1_000


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
        return lambda: _Held(_accepted(tree, file, hashed=hashed) for file in some)

    starts = range(0, len(files), FILES_AT_ONCE)
    chunks = (files[start : start + FILES_AT_ONCE] for start in starts)
    for found in in_order(map(job, chunks), share=True):
        yield from found


def _accepted(tree: Tree, file: TreeFile, *, hashed: bool) -> tuple[Any, str]:
    """The value of a file that nothing is wrong with, and its digest; without a value it has to be read."""
    if file.problem or not file.path.endswith(".yaml"):
        return None, ""
    raw = _bytes(tree, file.path)
    digest = file.digest or (content_digest(raw) if hashed and raw else "")
    source, problems = read_source(tree, file.path, raw or None)
    return (None if problems or _Reading().entry(source) is None else source.value), digest


class _Reading:
    """What has been read so far."""

    def __init__(self, digests: dict[str, str] | None = None) -> None:
        self.digests = digests
        self.sources: list[SourceFile] = []
        self.findings: list[Finding] = []
        self.entries: dict[type[Entry], dict[Any, Entry]] = {entry_type: {} for entry_type in ENTRY_TYPES}
        self.seen: dict[str, Entry] = {}
        self.folders: dict[str, tuple[str, Entry]] = {}

    def read(self, tree: Tree, file: TreeFile, value: Any = None, digest: str = "") -> None:
        """Read a file; a value, if there is one, is what it is known to hold."""
        name = file.path.rpartition("/")[2]
        path = told_path(file.path)
        if path != file.path:
            self._find(
                "misplaced-file",
                "the path holds a character that cannot be seen or is no text",
                Place(SourceFile(tree, path)),
                "Rename it: letters, digits, dots, hyphens and underscores will do.",
            )
        elif file.problem:
            source = SourceFile(tree, file.path)
            self.sources.append(source)
            hint = "Put a regular file in its place, or delete it."
            self._find("unreadable-file", file.problem, Place(source), hint)
        elif name.endswith(".yaml"):
            self._read(tree, file, value, digest)
        elif name not in UNREAD:
            source = SourceFile(tree, file.path)
            hint = "Entries end in .yaml; keep other files outside the catalog."
            self._find("misplaced-file", "nothing reads this file", Place(source), hint)

    def keep(self, entry: Entry) -> None:
        """Take an entry as it was read before."""
        self.sources.append(entry.source)
        self._keep(entry)

    def _read(self, tree: Tree, file: TreeFile, value: Any, digest: str) -> None:
        path, raw = file.path, b""
        if self.digests is not None:
            raw = _bytes(tree, path) if value is None else b""
            self.digests[path] = digest or file.digest or (content_digest(raw) if raw else "")
        if value is not None:
            source = SourceFile(tree, path, value)
            self.sources.append(source)
            self._keep(_TYPES[value["kind"]](source, value))
            return
        source, problems = read_source(tree, path, raw or None)
        self.sources.append(source)
        doubts_only = all(problem.rule in _WARNINGS for problem in problems)
        entry = self.entry(source) if doubts_only else None
        if doubts_only and entry is None:
            return  # doubts about values that are wrong anyway would only distract
        for problem in problems:
            severity = Severity.WARNING if problem.rule in _WARNINGS else Severity.ERROR
            related = tuple(Related(message, Place(source, known=span)) for message, span in problem.related)
            place = Place(source, known=problem.span)
            self.findings.append(
                Finding(problem.rule, severity, problem.message, place, problem.help, related)
            )
        if entry is not None:
            self._keep(entry)

    def entry(self, source: SourceFile) -> Entry | None:
        """Make the entry of a file that could be read; `None` where its value is none of our format."""
        value = source.value
        if not isinstance(value, dict):
            self._find(
                "invalid-schema",
                "the file does not hold a mapping",
                Place(source),
                "Write an entry, beginning with its kind.",
            )
            return None
        kind = value.get("kind")
        entry_type = _TYPES.get(kind) if isinstance(kind, str) else None
        if entry_type is None:
            near = most_alike(_clip(kind), _TYPES) if isinstance(kind, str) else ""
            if kind is None:
                message = "the file does not say what kind of entry it is"
            else:
                message = (
                    f'there is no kind "{_clip(kind)}"' if isinstance(kind, str) else "the kind must be text"
                )
            hint = f"Did you mean {near}?" if near else f"Write one of: {', '.join(_TYPES)}."
            place = Place(source, ("kind",) if "kind" in value else ())
            self._find("invalid-schema", message, place, hint)
            return None
        violations = schema.validate(entry_type.kind, value, source.written)
        for violation in violations:
            self._find(
                "invalid-schema",
                violation.message,
                Place(source, violation.route, violation.on_key),
                violation.help,
            )
        if violations:
            return None
        entry = entry_type(source, value)
        return entry if self._can_be_a_file(entry) else None

    def _can_be_a_file(self, entry: Entry) -> bool:
        reserved = [name for name in _names_in(entry.expected_path) if not is_name(name)]
        for name in reserved:
            field = next(key for key, value in entry.data.items() if value == name)
            self._find(
                "invalid-schema",
                f"{name} is a name that Windows reserves",
                entry.at(field),
                "Take another name: it is also that of a file.",
            )
        return not reserved

    def _keep(self, entry: Entry) -> None:
        path = entry.expected_path
        misplaced = entry.source.path != path
        if misplaced:
            self._find(
                "misplaced-file",
                f"the file does not stand where its names say: {_clip(path)}",
                entry.at(),
                "Move the file, or mend the names in it.",
            )
        # Names are file names, too: two that differ only in case cannot both be checked out everywhere.
        name = f"run {entry.id}" if isinstance(entry, Run) else path
        other = self.seen.setdefault(name.casefold(), entry)
        if other is not entry:
            if not misplaced and other.source.path != other.expected_path:
                # A stray file does not take the place of the one that stands where it belongs.
                self.seen[name.casefold()] = entry
                del self.entries[type(other)][_key(other)]
                self.entries[type(entry)][_key(entry)] = entry
                entry, other = other, entry
            self._find(
                "duplicate-id",
                f"{other.label} is already defined in {other.source.file}",
                entry.at(),
                "Give one of them another name; names differ in more than the case of letters.",
                Related("defined here", other.at()),
            )
            return
        self.entries[type(entry)][_key(entry)] = entry
        self._keep_folder(entry, path.rpartition("/")[0])
        if isinstance(entry, ModelVersion) and entry.version_label:
            self._keep_label(entry)
        elif isinstance(entry, Aliases):
            self._compare_aliases(entry)

    def _keep_folder(self, entry: Entry, folder: str) -> None:
        first, other = self.folders.setdefault(folder.casefold(), (folder, entry))
        if first != folder:
            self._find(
                "duplicate-id",
                f"the folders {folder} and {first} differ only in the case of letters",
                entry.at(),
                "Spell the name alike in both, or give one of them another.",
                Related("in the other folder", other.at()),
            )

    def _compare_aliases(self, ledger: Aliases) -> None:
        first: dict[str, str] = {}
        for alias in ledger.data["aliases"]:
            other = first.setdefault(alias.casefold(), alias)
            if other != alias:
                self._find(
                    "duplicate-id",
                    f"the aliases {alias} and {other} differ only in the case of letters",
                    ledger.at("aliases", alias, on_key=True),
                    "Give one of them another name; people and systems take them for the same.",
                    Related("the other alias", ledger.at("aliases", other, on_key=True)),
                )

    def _keep_label(self, version: ModelVersion) -> None:
        other = self.seen.setdefault(f"label {version.model}/{version.version_label}", version)
        if other is not version:
            self._find(
                "duplicate-id",
                f"{other.label} has the label {version.version_label}, too",
                version.at("label"),
                "Give one of them another label; each leads to one version.",
                Related("first used here", other.at("label")),
            )

    def _find(self, rule: str, message: str, place: Place, help: str, *related: Related) -> None:
        self.findings.append(Finding(rule, Severity.ERROR, message, place, help, related))

    def catalog(self) -> Catalog:
        fields: dict[str, Any] = {field: self.entries[kind] for kind, field in FIELDS.items()}
        file = next(iter(self.entries[CatalogFile].values()), None)
        read = {entry.source.path for entries in self.entries.values() for entry in entries.values()}
        return Catalog(
            refused={source.path: source for source in self.sources if source.path not in read},
            findings=tuple(self.findings),
            file=file if isinstance(file, CatalogFile) else None,
            **fields,
        )


def _bytes(tree: Tree, path: str) -> bytes:
    """The bytes of a file; empty where they cannot be read, for reasons that the reader will tell."""
    try:
        return tree.read(path)
    except (OSError, ValueError):
        return b""


def _key(entry: Entry) -> Any:
    match entry:
        case Run():
            return entry.id
        case DatasetVersion():
            return (entry.dataset, entry.version)
        case ModelVersion() | ModelCard():
            return (entry.model, entry.version)
        case Aliases() | Stages():
            return entry.model
        case Dataset() | Model() | Endpoint() | CatalogFile():
            return entry.name
        case _:
            raise TypeError(type(entry))


def _names_in(path: str) -> list[str]:
    return path.removesuffix(".yaml").split("/")


def told_path(path: str) -> str:
    """The path of a file as findings tell it: what cannot be seen, or is no text, by its number."""
    # Most paths hold nothing else, and that is known without the pattern, which takes long to compile.
    if path.isascii() and path.isprintable():
        return path
    return re.sub(_UNPRINTABLE, _escaped, path)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _clip(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 100 else text[:97] + "..."
