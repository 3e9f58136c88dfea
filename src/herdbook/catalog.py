"""The catalog: every entry of a tree, found by reference."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from operator import itemgetter

from herdbook.entries import (
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
from herdbook.ref import Kind, Ref
from herdbook.source import SourceFile


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
