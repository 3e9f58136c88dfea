"""Take the files of a catalog, one by one: each is an entry, or has a finding that says why it is none."""

import re
from collections.abc import Mapping
from typing import Any

from herdbook import schema
from herdbook.cache import content_digest
from herdbook.catalog import FIELDS, Catalog
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
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.formats import clipped
from herdbook.ref import is_name
from herdbook.source import SourceFile, read_source
from herdbook.spelling import most_alike
from herdbook.tree import Tree, TreeFile
from herdbook.yaml.reader import FORBIDDEN_CHARACTERS

_TYPES: Mapping[str, type[Entry]] = {entry_type.kind: entry_type for entry_type in ENTRY_TYPES}
_WARNINGS = frozenset({"ambiguous-scalar"})
UNREAD = frozenset({"README.md"})
"""The names of files that may lie in a catalog and are no part of it."""
_UNPRINTABLE = rf"[{FORBIDDEN_CHARACTERS}\t\n\r]"


class Reading:
    """What has been read so far: each file is an entry, or has a finding that says why it is none."""

    def __init__(self, digests: dict[str, str] | None = None) -> None:
        """Begin; what names the content of each file is noted by its path in `digests`, if given."""
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
            near = most_alike(clipped(kind, 100), _TYPES) if isinstance(kind, str) else ""
            if kind is None:
                message = "the file does not say what kind of entry it is"
            else:
                message = (
                    f'there is no kind "{clipped(kind, 100)}"'
                    if isinstance(kind, str)
                    else "the kind must be text"
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
                f"the file does not stand where its names say: {clipped(path, 100)}",
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
                del self.entries[type(other)][key_of(other)]
                self.entries[type(entry)][key_of(entry)] = entry
                entry, other = other, entry
            self._find(
                "duplicate-id",
                f"{other.label} is already defined in {other.source.file}",
                entry.at(),
                "Give one of them another name; names differ in more than the case of letters.",
                Related("defined here", other.at()),
            )
            return
        self.entries[type(entry)][key_of(entry)] = entry
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
        """Return the catalog of all that was read."""
        fields: dict[str, Any] = {field: self.entries[kind] for kind, field in FIELDS.items()}
        file = next(iter(self.entries[CatalogFile].values()), None)
        read = {entry.source.path for entries in self.entries.values() for entry in entries.values()}
        return Catalog(
            refused={source.path: source for source in self.sources if source.path not in read},
            findings=tuple(self.findings),
            file=file if isinstance(file, CatalogFile) else None,
            **fields,
        )


def accepted(tree: Tree, file: TreeFile, *, hashed: bool) -> tuple[Any, str]:
    """Return the value of a file that nothing is wrong with, and its digest; `None` if it has to be read."""
    if file.problem or not file.path.endswith(".yaml"):
        return None, ""
    raw = _bytes(tree, file.path)
    digest = file.digest or (content_digest(raw) if hashed and raw else "")
    source, problems = read_source(tree, file.path, raw or None)
    return (None if problems or Reading().entry(source) is None else source.value), digest


def _bytes(tree: Tree, path: str) -> bytes:
    """The bytes of a file; empty where they cannot be read, for reasons that the reader will tell."""
    try:
        return tree.read(path)
    except (OSError, ValueError):
        return b""


def key_of(entry: Entry) -> Any:
    """Return that by which a catalog holds an entry, among those of its kind."""
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
