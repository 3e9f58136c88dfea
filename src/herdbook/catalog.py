"""The catalog: every entry of a tree, found by reference."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from herdbook import schema
from herdbook.cache import Memory, cache_for, content_digest
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
from herdbook.reader import FORBIDDEN_CHARACTERS
from herdbook.ref import Kind, Ref, is_name
from herdbook.sharing import LARGE_JOBS, can_share, in_order
from herdbook.source import SourceFile, read_source
from herdbook.tree import FILES_AT_ONCE, DirTree, Tree, TreeFile

_TYPES: Mapping[str, type[Entry]] = {entry_type.kind: entry_type for entry_type in ENTRY_TYPES}
_WARNINGS = frozenset({"ambiguous-scalar"})
_UNREAD = frozenset({"README.md"})
_UNPRINTABLE = re.compile(rf"[{FORBIDDEN_CHARACTERS}\t\n\r]")


@dataclass(frozen=True)
class Catalog:
    """All entries that could be read, and `findings` about the form of those that could not."""

    sources: tuple[SourceFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    file: CatalogFile | None = None
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    dataset_versions: Mapping[tuple[str, str], DatasetVersion] = field(default_factory=dict)
    runs: Mapping[str, Run] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    versions: Mapping[tuple[str, int], ModelVersion] = field(default_factory=dict)
    cards: Mapping[tuple[str, int | None], ModelCard] = field(default_factory=dict)
    aliases: Mapping[str, Aliases] = field(default_factory=dict)
    stages: Mapping[str, Stages] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """All entries, kind by kind."""
        if self.file is not None:
            yield self.file
        for entries in (
            self.datasets,
            self.dataset_versions,
            self.runs,
            self.models,
            self.versions,
            self.cards,
            self.aliases,
            self.stages,
            self.endpoints,
        ):
            yield from entries.values()

    def resolve(self, ref: Ref) -> Entry | None:
        """Find the entry that a reference names: an alias leads to its version, an output to its run.

        Versions are found by number, by label, and as ``latest``; entries that were imported under another
        name are found by their title too, where only one has it.
        """
        found = self._resolved(ref)
        if found is None and (name := self._names_by_title.get((ref.kind, ref.name))) is not None:
            found = self._resolved(replace(ref, name=name))
        return found

    def _resolved(self, ref: Ref) -> Entry | None:
        match ref.kind:
            case Kind.RUN:
                run = self.runs.get(ref.name)
                if run is None or ref.output is None:
                    return run
                return run if run.output(ref.output) is not None else None
            case Kind.DATASET if ref.version is not None:
                return self.dataset_versions.get((ref.name, ref.version))
            case Kind.DATASET:
                return self.datasets.get(ref.name)
            case Kind.ENDPOINT:
                return self.endpoints.get(ref.name)
            case Kind.MODEL if ref.alias is not None:
                return self._aliased(ref.name, ref.alias)
            case Kind.MODEL if ref.version is not None:
                return self.version(ref.name, ref.version)
            case Kind.MODEL:
                return self.models.get(ref.name)

    def is_refused(self, ref: Ref) -> bool:
        """Tell whether a reference leads nowhere only because the file behind it was refused for its form."""
        match ref.kind:
            case Kind.RUN:
                return ref.name in self._refused_runs
            case Kind.ENDPOINT:
                return f"endpoints/{ref.name}.yaml" in self.refused
            case Kind.DATASET:
                tail = "dataset" if ref.version is None else f"versions/{ref.version}"
                return f"datasets/{ref.name}/{tail}.yaml" in self.refused
            case Kind.MODEL:
                whole = "aliases" if ref.alias is not None else "model"
                tail = whole if ref.version is None else f"versions/{ref.version}"
                return f"models/{ref.name}/{tail}.yaml" in self.refused

    def version(self, model: str, version: str) -> ModelVersion | None:
        """Find a version of a model by number, by label, or as ``latest``."""
        if version.isascii() and version.isdigit() and len(version) <= 10:
            found = self.versions.get((model, int(version)))
            return found if found is not None and str(found.version) == version else None
        labelled = self._labels.get((model, version))
        if labelled is not None or version.lower() != "latest":
            return labelled
        versions = self.versions_of(model)
        return versions[-1] if versions else None

    def versions_of(self, model: str) -> tuple[ModelVersion, ...]:
        """The versions of a model, in order."""
        return self._versions_by_model.get(model, ())

    def versions_of_dataset(self, dataset: str) -> tuple[DatasetVersion, ...]:
        """The versions of a dataset, in the natural order of their names (v9 before v10)."""
        return self._versions_by_dataset.get(dataset, ())

    def runs_of(self, experiment: str) -> tuple[Run, ...]:
        """The runs of an experiment, the newest first."""
        return self.experiments.get(experiment, ())

    @cached_property
    def experiments(self) -> Mapping[str, tuple[Run, ...]]:
        """The runs of each experiment, the newest first."""
        found: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs.values():
            found[run.experiment].append(run)
        return {
            name: tuple(sorted(found[name], key=lambda run: (_moment(run.started_at), run.id), reverse=True))
            for name in sorted(found)
        }

    @cached_property
    def _versions_by_model(self) -> Mapping[str, tuple[ModelVersion, ...]]:
        found: dict[str, list[ModelVersion]] = defaultdict(list)
        for version in self.versions.values():
            found[version.model].append(version)
        return {
            model: tuple(sorted(versions, key=lambda entry: entry.version))
            for model, versions in found.items()
        }

    @cached_property
    def _versions_by_dataset(self) -> Mapping[str, tuple[DatasetVersion, ...]]:
        found: dict[str, list[DatasetVersion]] = defaultdict(list)
        for version in self.dataset_versions.values():
            found[version.dataset].append(version)
        return {
            dataset: tuple(sorted(versions, key=lambda entry: _natural(entry.version)))
            for dataset, versions in found.items()
        }

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str], ModelVersion]:
        found: dict[tuple[str, str], ModelVersion] = {}
        for version in self.versions.values():
            if version.version_label:
                found.setdefault((version.model, version.version_label), version)
        return found

    @cached_property
    def refused(self) -> Mapping[str, SourceFile]:
        """The files that yielded no entry because of their form, by path."""
        read = {entry.source.path for entry in self.entries()}
        return {source.path: source for source in self.sources if source.path not in read}

    @cached_property
    def _refused_runs(self) -> frozenset[str]:
        paths = (path for path in self.refused if path.startswith("runs/"))
        return frozenset(path.rpartition("/")[2].removesuffix(".yaml") for path in paths)

    @cached_property
    def _names_by_title(self) -> Mapping[tuple[Kind, str], str]:
        """The names of what was imported, by the names that it had elsewhere.

        What several had is no name: a new entry must not take the references to another one.
        """
        found: dict[tuple[Kind, str], str] = {}
        several: set[tuple[Kind, str]] = set()
        for kind, entries in self._named.items():
            for name, entry in entries.items():
                if entry.imported_from and entry.title:
                    key = (kind, entry.title)
                    if found.setdefault(key, name) != name:
                        several.add(key)
        return {key: name for key, name in found.items() if key not in several}

    @property
    def _named(self) -> Mapping[Kind, Mapping[str, Entry]]:
        return {
            Kind.MODEL: self.models,
            Kind.RUN: self.runs,
            Kind.DATASET: self.datasets,
            Kind.ENDPOINT: self.endpoints,
        }

    @cached_property
    def _spellings(self) -> Mapping[Kind, "_Spellings"]:
        return {kind: _Spellings(entries) for kind, entries in self._named.items()}

    def _aliased(self, model: str, alias: str) -> ModelVersion | None:
        ledger = self.aliases.get(model)
        version = ledger.version_of(alias) if ledger is not None else None
        return self.versions.get((model, version)) if version is not None else None

    def pinned(self, ref: Ref | None, at: str) -> Ref | None:
        """Turn an alias into the version that it pointed to at a time; other references stay as they are.

        A run that names an alias means the version of its day: the alias moves on, the record does not.
        """
        if ref is None or ref.alias is None or not at:
            return ref
        times, versions = self._assignments.get((ref.name, ref.alias), ((), ()))
        after = bisect_right(times, _moment(at))
        version = versions[after - 1] if after else None
        return ref if version is None else Ref.model(ref.name, version)

    @cached_property
    def _assignments(self) -> Mapping[tuple[str, str], tuple[list[str], list[int | None]]]:
        """For each model and alias the times of its assignments, oldest first, and the versions."""
        found = {}
        for model, ledger in self.aliases.items():
            for alias, items in ledger.data["aliases"].items():
                ordered = sorted(
                    ((_moment(item["at"]), item["version"]) for item in items), key=itemgetter(0)
                )
                found[model, alias] = ([at for at, _ in ordered], [version for _, version in ordered])
        return found

    def suggest(self, ref: Ref) -> str:
        """Name the entry whose reference is nearest to one that was not found; empty when none is near."""
        if ref.kind is Kind.MODEL and ref.name in self.models:
            aliases = self.aliases[ref.name].in_force() if ref.name in self.aliases else {}
            alike = [str(entry.ref) for entry in self.versions_of(ref.name)]
            alike += [str(Ref.model(ref.name, alias=alias)) for alias in aliases]
        elif ref.kind is Kind.DATASET and ref.version is not None and ref.name in self.datasets:
            alike = [str(entry.ref) for entry in self.versions_of_dataset(ref.name)]
        elif ref.kind is Kind.RUN and ref.output is not None and ref.name in self.runs:
            alike = [str(Ref.run(ref.name, output.name)) for output in self.runs[ref.name].outputs]
        else:
            name = self._spellings[ref.kind].nearest(ref.name)
            return str(replace(ref, name=name)) if name else ""
        return _Spellings(alike).nearest(str(ref))


def read_catalog(tree: Tree, cache: Memory | None = None) -> Catalog:
    """Read every entry of a tree. What is wrong with a file becomes a finding, and that file yields no entry.

    Args:
        tree: the tree.
        cache: what files were found to hold earlier; the answer is the same with and without.

    Raises:
        StorageError: the tree itself cannot be read.
    """
    reading = _Reading(cache)
    files = list(tree.files())
    unknown = cache is None or cache.is_empty
    if unknown and len(files) >= _WORTH_SHARING and can_share():
        for file, found in zip(files, _looked_at(tree, files, hashed=cache is not None), strict=True):
            reading.read(tree, file, *found)
    else:
        for file in files:
            reading.read(tree, file)
    return reading.catalog()


def reread(before: Catalog, tree: Tree, changed: Collection[str]) -> Catalog:
    """Read a tree again in which nothing but the files at some paths can have changed.

    Args:
        before: what `read_catalog` made of the tree; what it accepted without a doubt is not opened again.
        tree: the tree as it is now.
        changed: the paths at which files were changed, added or removed.

    Raises:
        StorageError: the tree itself cannot be read.
    """
    doubtful = {finding.place.source.path for finding in before.findings}
    known = {
        entry.source.path: entry
        for entry in before.entries()
        if entry.source.path not in doubtful and entry.source.path not in changed
    }
    reading = _Reading(None)
    for file in tree.files():
        entry = known.get(file.path)
        if entry is None:
            reading.read(tree, file)
        else:
            reading.keep(entry)
    return reading.catalog()


def found_catalog(folder: Path) -> DirTree:
    """Find the catalog in a folder, without reading it.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
        StorageError: it cannot be looked into.
    """
    if not folder.is_dir():
        raise HerdbookError(f"{folder}: there is no such folder; name the catalog with --catalog DIR")
    tree = DirTree(folder)
    if all(file.path.rpartition("/")[2] in _UNREAD for file in tree.files()):
        raise HerdbookError(f"{folder}: the folder holds no catalog; it begins with a herdbook.yaml")
    return tree


def open_catalog(folder: Path, *, cached: bool = False) -> Catalog:
    """Read the catalog in a folder.

    Args:
        folder: the folder.
        cached: take what did not change since the last time from the user's cache. Questions do; what passes
            judgement must not.

    Raises:
        HerdbookError: there is no such folder, or nothing in it.
        StorageError: it cannot be read.
    """
    tree = found_catalog(folder)
    cache = cache_for(folder) if cached else None
    catalog = read_catalog(tree, cache)
    if cache is not None:
        cache.save()
    return catalog


_WORTH_SHARING = 1_000


def _looked_at(tree: Tree, files: Sequence[TreeFile], *, hashed: bool) -> Iterator[tuple[Any, str]]:
    """What each file holds, if it is accepted, and its digest; two processes look at them side by side."""

    def job(some: Sequence[TreeFile]) -> Callable[[], list[tuple[Any, str]]]:
        return lambda: [_accepted(tree, file, hashed=hashed) for file in some]

    starts = range(0, len(files), FILES_AT_ONCE)
    chunks = (files[start : start + FILES_AT_ONCE] for start in starts)
    for found in in_order(map(job, chunks), share=True, turn=LARGE_JOBS):
        yield from found


def _accepted(tree: Tree, file: TreeFile, *, hashed: bool) -> tuple[Any, str]:
    """The value of a file that nothing is wrong with, and its digest; without a value it has to be read."""
    if file.problem or not file.path.endswith(".yaml"):
        return None, ""
    raw = _bytes(tree, file.path)
    digest = file.digest or (content_digest(raw) if hashed else "")
    source, problems = read_source(tree, file.path, raw or None)
    return (None if problems or _Reading(None).entry(source) is None else source.value), digest


class _Reading:
    """What has been read so far."""

    def __init__(self, cache: Memory | None) -> None:
        self.cache = cache
        self.sources: list[SourceFile] = []
        self.findings: list[Finding] = []
        self.entries: dict[type[Entry], dict[Any, Entry]] = {entry_type: {} for entry_type in ENTRY_TYPES}
        self.seen: dict[str, Entry] = {}
        self.folders: dict[str, tuple[str, Entry]] = {}

    def read(self, tree: Tree, file: TreeFile, value: Any = None, digest: str = "") -> None:
        """Read a file; a value, if there is one, is what it is known to hold."""
        name = file.path.rpartition("/")[2]
        if _UNPRINTABLE.search(file.path):
            self._find(
                "misplaced-file",
                "the path holds a character that cannot be seen or is no text",
                Place(SourceFile(tree, _UNPRINTABLE.sub(_escaped, file.path))),
                "Rename it: letters, digits, dots, hyphens and underscores will do.",
            )
        elif file.problem:
            source = SourceFile(tree, file.path)
            self.sources.append(source)
            hint = "Put a regular file in its place, or delete it."
            self._find("unreadable-file", file.problem, Place(source), hint)
        elif name.endswith(".yaml"):
            self._read(tree, file, value, digest)
        elif name not in _UNREAD:
            source = SourceFile(tree, file.path)
            hint = "Entries end in .yaml; keep other files outside the catalog."
            self._find("misplaced-file", "nothing reads this file", Place(source), hint)

    def keep(self, entry: Entry) -> None:
        """Take an entry as it was read before."""
        self.sources.append(entry.source)
        self._keep(entry)

    def _read(self, tree: Tree, file: TreeFile, value: Any, digest: str) -> None:
        path, raw = file.path, b""
        if self.cache is not None and value is None:
            raw = b"" if file.digest else _bytes(tree, path)
            digest = file.digest or content_digest(raw)
            value = self.cache.value(digest)
        elif self.cache is not None:
            self.cache.keep(digest, value)
        if value is not None:
            source = SourceFile(tree, path, value)
            self.sources.append(source)
            self._keep(_TYPES[value["kind"]](source, value))
            return
        raw = raw or _bytes(tree, path)
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
            if self.cache is not None and raw and not problems:
                self.cache.keep(digest, source.value)
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
            near = get_close_matches(_clip(kind), _TYPES, 1) if isinstance(kind, str) else []
            if kind is None:
                message = "the file does not say what kind of entry it is"
            else:
                message = (
                    f'there is no kind "{_clip(kind)}"' if isinstance(kind, str) else "the kind must be text"
                )
            hint = f"Did you mean {near[0]}?" if near else f"Write one of: {', '.join(_TYPES)}."
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
        found: dict[type[Entry], Any] = self.entries
        return Catalog(
            sources=tuple(self.sources),
            findings=tuple(self.findings),
            file=next(iter(found[CatalogFile].values()), None),
            datasets=found[Dataset],
            dataset_versions=found[DatasetVersion],
            runs=found[Run],
            models=found[Model],
            versions=found[ModelVersion],
            cards=found[ModelCard],
            aliases=found[Aliases],
            stages=found[Stages],
            endpoints=found[Endpoint],
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


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in re.split(r"([0-9]+)", text)
        if part
    )


class _Spellings:
    """Finds among many texts the one that somebody who mistyped it meant."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.forwards = sorted(texts)
        self.backwards = sorted(text[::-1] for text in self.forwards)

    def nearest(self, text: str) -> str:
        """Return the text that is most alike; empty when none is.

        Only those are compared that begin or end like it: in a large catalog, all would take too long.
        """
        alike = [
            *_around(self.forwards, text),
            *(other[::-1] for other in _around(self.backwards, text[::-1])),
        ]
        return next(iter(get_close_matches(text, alike, 1)), "")


def _around(ordered: list[str], text: str) -> list[str]:
    at = bisect_left(ordered, text)
    return ordered[max(0, at - 50) : at + 50]


def _moment(time: str) -> str:
    """A time in a form that sorts: ``:31.5Z`` is later than ``:31Z``."""
    return time.removesuffix("Z")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _clip(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 100 else text[:97] + "..."
