"""The catalog: every entry of a tree, found by reference."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from herdbook.clock import instant
from herdbook.columns import Columns, column_of, keys_of, value_of
from herdbook.entries import (
    NOTHING,
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
from herdbook.finding import Finding
from herdbook.numbered import Graph
from herdbook.ondemand import Named, OnDemand, named_alike, paths_of
from herdbook.ref import Kind, Ref
from herdbook.relations import Relations, own_name
from herdbook.source import SourceFile
from herdbook.spelling import Spellings
from herdbook.tree import as_listed

FIELDS: Mapping[type[Entry], str] = {
    Dataset: "datasets",
    DatasetVersion: "dataset_versions",
    Run: "runs",
    Model: "models",
    ModelVersion: "versions",
    ModelCard: "cards",
    Aliases: "aliases",
    Stages: "stages",
    Endpoint: "endpoints",
}
"""In which field of a catalog the entries of a type are found by name."""

LATEST = "latest"
"""What the newest version of a model is called, where no label is that."""
_VERSION = re.compile(r"models/([^/]+)/versions/([1-9][0-9]{0,9})\.yaml")

Where = tuple[str, Any]
"""Where an entry is found: in which field of a catalog, and under which name; herdbook.yaml in none."""


class Known(Protocol):
    """What is known of a catalog without a look at its entries; `None` for what is not."""

    def place(self, path: str) -> Where | None:
        """Where the entry of the file at a path is found, if there is one."""

    @property
    def titles(self) -> Mapping[tuple[Kind, str], str]:
        """What `Catalog.titles` would find."""

    @property
    def relations(self) -> Relations | None:
        """What `Catalog.relations` would find."""

    @property
    def lineage(self) -> Graph | None:
        """What was made from what, as `Lineage.of` would find it."""

    @property
    def columns(self) -> Columns | None:
        """What the runs have at some places in their files."""


@dataclass(frozen=True)
class Catalog:
    """All entries that could be read.

    Attributes:
        refused: the files that yielded no entry because of their form, by path.
        findings: what is wrong with the form of files.
        file: what herdbook.yaml says.
        known: what is known of the catalog without a look at its entries, if anything.
        origin: the catalog that this one was made from by changing files, if there is one.
        whole: of a part of a catalog, all of it: what files there are, and what somebody may have meant.
    """

    refused: Mapping[str, SourceFile] = field(default_factory=dict)
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
    known: Known | None = field(default=None, compare=False, repr=False)
    origin: "Origin | None" = field(default=None, compare=False, repr=False)
    whole: "Catalog | None" = field(default=None, compare=False, repr=False)

    def entries(self) -> Iterator[Entry]:
        """All entries, kind by kind."""
        if self.file is not None:
            yield self.file
        for entries in self._kinds:
            yield from entries.values()

    @property
    def _kinds(self) -> Sequence[Mapping[Any, Entry]]:
        return [getattr(self, name) for name in FIELDS.values()]

    @property
    def count(self) -> int:
        """How many entries there are."""
        return (self.file is not None) + sum(map(len, self._kinds))

    @cached_property
    def sources(self) -> tuple[SourceFile, ...]:
        """All files, in the order of their paths."""
        found = [*(entry.source for entry in self.entries()), *self.refused.values()]
        return tuple(sorted(found, key=lambda source: as_listed(source.path)))

    @property
    def a_source(self) -> SourceFile | None:
        """Any of the files; `None` in an empty catalog."""
        return next((entry.source for entry in self.entries()), next(iter(self.refused.values()), None))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of all files, in their order."""
        if self.whole is not None:
            return self.whole.paths
        return tuple(sorted([*self._places, *self.refused], key=as_listed))

    def at(self, path: str) -> Entry | None:
        """The entry of the file at a path, if there is one."""
        place = self._place(path)
        if place is None:
            return None
        name, key = place
        found: Entry | None = getattr(self, name)[key] if name else self.file
        return found

    def key_at(self, path: str) -> Any:
        """The name under which the entry of the file at a path is found, if there is one."""
        place = self._place(path)
        return None if place is None else place[1]

    def _place(self, path: str) -> Where | None:
        if self.known is not None:
            return self.known.place(path)
        if self.origin is not None and self._has_the_same_files:
            return self.origin.catalog._place(path)
        return self._places.get(path)

    @cached_property
    def _has_the_same_files(self) -> bool:
        """Tell whether all entries have the names and the files that they have in the origin."""
        if self.origin is None or (self.file is None) != (self.origin.catalog.file is None):
            return False
        return all(map(named_alike, self._kinds, self.origin.catalog._kinds))

    @cached_property
    def _places(self) -> Mapping[str, Where]:
        """By path, where an entry is found."""
        found: dict[str, Where] = {}
        if self.file is not None:
            found[self.file.source.path] = ("", None)
        for name, entries in zip(FIELDS.values(), self._kinds, strict=True):
            found.update((path, (name, key)) for key, path in paths_of(entries))
        return found

    def resolve(self, ref: Ref) -> Entry | None:
        """Find the entry that a reference names: an alias leads to its version, an output to its run.

        Versions are found by number, by label, and as ``latest``; entries that were imported under another
        name are found by their title too, where only one has it.
        """
        found = self._resolved(ref)
        if found is None and (name := self.titles.get((ref.kind, ref.name))) is not None:
            found = self._resolved(replace(ref, name=name))
        return found

    def by_name(self, ref: Ref) -> Ref:
        """The same reference with the name of an entry in place of the one that it had elsewhere."""
        name = self.titles.get((ref.kind, ref.name))
        return ref if name is None or self._resolved(ref) is not None else replace(ref, name=name)

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

    def refused_at(self, ref: Ref) -> tuple[str, ...]:
        """The files where a reference leads that were refused for their form; runs may be in any folder."""
        if ref.kind is Kind.RUN:
            return self._refused_runs.get(ref.name, ())
        path = f"{ref.kind}/{ref.name}"
        if ref.kind is Kind.MODEL and ref.version is not None and ref.version.lower() == LATEST:
            path += f"/versions/{self.newest_number(ref.name)}"
        elif ref.version is not None:
            path += f"/versions/{ref.version}"
        elif ref.kind is not Kind.ENDPOINT:
            model = "model" if ref.alias is None else "aliases"
            path += f"/{model if ref.kind is Kind.MODEL else 'dataset'}"
        return (f"{path}.yaml",) if f"{path}.yaml" in self.refused else ()

    def is_refused(self, ref: Ref) -> bool:
        """Tell whether a reference leads nowhere only because the file behind it was refused for its form."""
        return bool(self.refused_at(ref))

    def why_missing(self, ref: Ref | None) -> str:
        """Say, for a sentence about what a reference leads to, why that is not there."""
        if ref is not None and self.is_refused(ref):
            return "refused for the form of its file (`herdbook check` says why)"
        return "not in the catalog"

    def version(self, model: str, version: str) -> ModelVersion | None:
        """Find a version of a model by number, by label, or as ``latest``.

        Where the file of the newest one is refused, none is the latest: an older one would pass for it.
        """
        if version.isascii() and version.isdigit() and len(version) <= 10:
            found = self.versions.get((model, int(version)))
            return found if found is not None and str(found.version) == version else None
        labelled = self._labels[model].get(version)
        if labelled is not None or version.lower() != LATEST:
            return labelled
        return self.versions.get((model, self.newest_number(model)))

    def newest_number(self, model: str) -> int:
        """The highest number of a version of a model, those of files that are refused included; 0 without."""
        read = (number for _, number in self._versions_by_model.get(model, ()))
        return max(self._newest_refused.get(model, 0), *read, 0)

    def versions_of(self, model: str) -> tuple[ModelVersion, ...]:
        """The versions of a model, in order."""
        return tuple(map(self.versions.__getitem__, sorted(self._versions_by_model.get(model, ()))))

    def versions_of_dataset(self, dataset: str) -> tuple[DatasetVersion, ...]:
        """The versions of a dataset, in the natural order of their names (v9 before v10)."""
        keys = sorted(self._versions_by_dataset.get(dataset, ()), key=lambda key: _natural(key[1]))
        return tuple(map(self.dataset_versions.__getitem__, keys))

    def runs_of(self, experiment: str) -> tuple[Run, ...]:
        """The runs of an experiment, the newest first."""
        return self.experiments.get(experiment, ())

    @cached_property
    def experiments(self) -> Mapping[str, tuple[Run, ...]]:
        """The runs of each experiment, the newest first."""
        started_at = self.of_runs("started_at")
        members: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for run, experiment in self.of_runs("experiment").items():
            members[experiment].append((instant(started_at.get(run, "")), run))

        def newest_first(name: str) -> tuple[Run, ...]:
            return tuple(self.runs[run] for _, run in sorted(members[name], reverse=True))

        return Named(sorted(members), newest_first)

    def of_runs(self, *route: str) -> Mapping[str, Any]:
        """What runs have at a place in their files, by their ids; those that have nothing there are left out.

        Less is done for it than for a look at each run.
        """
        if self.known is not None and self.known.columns is not None:
            known = self.known.columns.column(route)
            if known is not None:
                return known
        if self.origin is not None:
            return self._of_runs_changed(self.origin, route)
        return column_of(self.runs.items(), route)

    def _of_runs_changed(self, origin: "Origin", route: tuple[str, ...]) -> Mapping[str, Any]:
        before, after = (
            {run.id: run for path in origin.changed if isinstance(run := side.at(path), Run)}
            for side in (origin.catalog, self)
        )
        touched = before.keys() | after.keys()
        kept = {key: value for key, value in origin.catalog.of_runs(*route).items() if key not in touched}
        return kept | column_of(after.items(), route)

    def of_run(self, *route: str) -> Callable[[str], Any]:
        """What tells what a run has at a place in its file, by its id; `None` where it has nothing there.

        It is for questions about some runs: where all of them are there anyway, no others are looked at.
        """
        if self.known is not None:
            return self.of_runs(*route).get
        return lambda run: value_of(self.runs.get(run), route)

    def keys_of_runs(self, field: str) -> Collection[str]:
        """The keys that runs have in one of the fields with keys of people's own choice, such as metrics."""
        if self.known is not None and self.known.columns is not None:
            return self.known.columns.keys(field)
        return keys_of(self.runs.values(), field)

    @cached_property
    def names_of_datasets(self) -> frozenset[str]:
        """The names of datasets, also of those of which there are only versions."""
        return frozenset({*self.datasets, *self._versions_by_dataset})

    @cached_property
    def _versions_by_model(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for key in self.versions:
            found[key[0]].append(key)
        return found

    @cached_property
    def _versions_by_dataset(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in self.dataset_versions:
            found[key[0]].append(key)
        return found

    @cached_property
    def _labels(self) -> OnDemand[Mapping[str, ModelVersion]]:
        """For each model its versions by their labels."""

        def made(model: str) -> Mapping[str, ModelVersion]:
            found: dict[str, ModelVersion] = {}
            for key in self._versions_by_model.get(model, ()):
                version = self.versions[key]
                if version.version_label:
                    found.setdefault(version.version_label, version)
            return found

        return OnDemand(made)

    @cached_property
    def _newest_refused(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for path in self.refused:
            if version := _VERSION.fullmatch(path):
                found[version[1]] = max(found.get(version[1], 0), int(version[2]))
        return found

    @cached_property
    def _refused_runs(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for path in self.refused:
            if path.startswith("runs/"):
                name = path.rpartition("/")[2].removesuffix(".yaml")
                found[name] = (*found.get(name, ()), path)
        return found

    @cached_property
    def titles(self) -> Mapping[tuple[Kind, str], str]:
        """The names of what was imported, by the names that it had elsewhere.

        What several had is no name: a new entry must not take the references to another one.
        """
        if self.known is not None:
            return self.known.titles
        if self.origin is not None and self._means_the_same:
            return self.origin.catalog.titles
        found: dict[tuple[Kind, str], str] = {}
        several: set[tuple[Kind, str]] = set()
        for kind, entries in self._named.items():
            for name, entry in entries.items():
                if entry.imported_from and entry.title:
                    key = (kind, entry.title)
                    if found.setdefault(key, name) != name:
                        several.add(key)
        return {key: name for key, name in found.items() if key not in several}

    @cached_property
    def relations(self) -> Relations:
        """Who refers to whom."""
        if self.known is not None and self.known.relations is not None:
            return self.known.relations
        if self.origin is not None and self._means_the_same:
            changed = self.origin.changed
            new = [entry for path in changed if (entry := self.at(path)) is not None]
            return self.origin.catalog.relations.changed(changed, new, self.resolve)
        return Relations.of(self.entries(), self.resolve)

    @cached_property
    def _means_the_same(self) -> bool:
        """Tell whether no reference in what did not change leads elsewhere than in the origin.

        It could by a title: where one comes or goes, or where a name does that is a title of something else.
        """
        if self.origin is None:
            return False
        before = self.origin.catalog
        sides = [side.at(path) for side in (before, self) for path in self.origin.changed]
        touched = [entry for entry in sides if entry is not None]
        if any(entry.imported_from and entry.title for entry in touched):
            return False
        names = {Ref.parse(name) for entry in touched if (name := own_name(entry))}
        return not any((ref.kind, ref.name) in before.titles for ref in names)

    def changed_since(self, earlier: "Catalog") -> frozenset[str] | None:
        """The paths at which files may differ from those of another catalog; `None` where that is unknown."""
        mine = self.origin or Origin(self, frozenset())
        others = earlier.origin or Origin(earlier, frozenset())
        return mine.changed | others.changed if mine.catalog is others.catalog else None

    @property
    def _named(self) -> Mapping[Kind, Mapping[str, Entry]]:
        return {
            Kind.MODEL: self.models,
            Kind.RUN: self.runs,
            Kind.DATASET: self.datasets,
            Kind.ENDPOINT: self.endpoints,
        }

    @cached_property
    def _spellings(self) -> Mapping[Kind, Spellings]:
        return {kind: Spellings(entries) for kind, entries in self._named.items()}

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
        name = self.by_name(ref).name
        times, versions = self._assignments[name].get(ref.alias, ((), ()))
        after = bisect_right(times, instant(at))
        version = versions[after - 1] if after else None
        return ref if version is None else Ref.model(name, version)

    @cached_property
    def _assignments(self) -> OnDemand[Mapping[str, tuple[list[str], list[int | None]]]]:
        """For each model and alias the times of its assignments, oldest first, and the versions."""

        def made(model: str) -> Mapping[str, tuple[list[str], list[int | None]]]:
            ledger = self.aliases.get(model)
            found = {}
            for alias, items in (ledger.data["aliases"] if ledger is not None else NOTHING).items():
                ordered = sorted(
                    ((instant(item["at"]), item["version"]) for item in items), key=itemgetter(0)
                )
                found[alias] = ([at for at, _ in ordered], [version for _, version in ordered])
            return found

        return OnDemand(made)

    def suggest(self, ref: Ref) -> str:
        """Name the entry whose reference is nearest to one that was not found; empty when none is near."""
        if self.whole is not None:
            return self.whole.suggest(ref)
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
            if not name:
                return ""
            near = replace(ref, name=name)
            return str(near if self.resolve(near) is not None else Ref(ref.kind, name))
        return Spellings(alike).nearest(str(ref))


class Origin(NamedTuple):
    """What a catalog was made from: another one that has no origin, and the paths of files that changed."""

    catalog: Catalog
    changed: frozenset[str]


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in re.split(r"([0-9]+)", text)
        if part
    )
