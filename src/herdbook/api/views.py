"""Entries as Python sees them: frozen, and each leads to those that it names.

They show a catalog as it was when it was loaded; after a change, load it again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from herdbook import entries
from herdbook.api.showing import Fact, line, table
from herdbook.catalog import Catalog as Entries
from herdbook.queries.asking import QuestionError, find
from herdbook.ref import Kind, Ref

_MOST_NAMED = 5

View = TypeVar("View", bound="Entry")


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """What all entries have.

    Attributes:
        ref: the reference, such as ``models:/churn/2``.
    """

    _entries: Entries
    ref: str
    _entry: entries.Entry | None

    kind: ClassVar[str] = "entry"

    @property
    def data(self) -> Mapping[str, Any]:
        """All that its file holds; empty where it has no file of its own."""
        return {} if self._entry is None else self._entry.data

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same entry, with the same content."""
        return isinstance(other, Entry) and (self.ref, self.data) == (other.ref, other.data)

    def __hash__(self) -> int:
        return hash(self.ref)

    @property
    def title(self) -> str:
        """The title for people; empty where none is given."""
        return "" if self._entry is None else self._entry.title

    @property
    def description(self) -> str:
        """Prose about it, in Markdown; empty where none is given."""
        return "" if self._entry is None else self._entry.description

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags."""
        return {} if self._entry is None else self._entry.tags

    def facts(self) -> Iterator[Fact]:
        """What is shown of it besides its title."""
        return iter(())

    def __repr__(self) -> str:
        return line(self.kind, self.ref, [("title", self.title), *self.facts()])

    def _repr_html_(self) -> str:
        return table(self.kind, self.ref, [("title", self.title), *self.facts(), ("tags", dict(self.tags))])

    def _named(self, kind: Kind, mention: entries.Mention, view: type[View]) -> View:
        """What the entry names in a field that is for a kind."""
        return see(self._entries, f"{kind}:/{mention.text}", view)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DatasetVersion(Entry):
    """A version of a dataset."""

    _entry: entries.DatasetVersion

    kind: ClassVar[str] = "dataset version"

    @property
    def dataset(self) -> "Dataset":
        """The dataset that it is a version of."""
        return see(self._entries, str(Ref.dataset(self._entry.dataset)), Dataset)

    @property
    def version(self) -> str:
        """The version."""
        return self._entry.version

    @property
    def uri(self) -> str:
        """Where the data are; empty where nobody recorded it."""
        return self._entry.text("uri")

    @property
    def digest(self) -> str:
        """The digest of the data, with its algorithm; empty where nobody recorded it."""
        return self._entry.text("digest")

    @property
    def rows(self) -> int | None:
        """How many rows there are."""
        return self._entry.rows

    @property
    def columns(self) -> tuple[entries.Column, ...]:
        """The columns, with their types."""
        return self._entry.columns

    @property
    def produced_by(self) -> "Run | None":
        """The run that wrote it, if one is named."""
        run = self._entry.produced_by
        return None if run is None else self._named(Kind.RUN, run, Run)

    @property
    def derived_from(self) -> tuple["DatasetVersion", ...]:
        """The dataset versions that it was made from."""
        parents = self._entry.derived_from
        return tuple(self._named(Kind.DATASET, parent, DatasetVersion) for parent in parents)

    @property
    def recall(self) -> entries.Recall | None:
        """The recall, if it was withdrawn."""
        return self._entry.recall

    def facts(self) -> Iterator[Fact]:
        yield "uri", self.uri
        yield "digest", self.digest
        yield "rows", self.rows
        yield "recalled", self.recall.reason if self.recall is not None else None


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Dataset(Entry):
    """A dataset."""

    kind: ClassVar[str] = "dataset"

    @property
    def name(self) -> str:
        """The name."""
        return Ref.parse(self.ref).name

    @property
    def versions(self) -> tuple[DatasetVersion, ...]:
        """The versions, in the natural order of their names."""
        return tuple(
            DatasetVersion(self._entries, str(entry.ref), entry)
            for entry in self._entries.versions_of_dataset(self.name)
        )

    def version(self, version: str) -> DatasetVersion:
        """Return a version.

        Raises:
            HerdbookError: there is none of this name.
        """
        return see(self._entries, str(Ref.dataset(self.name, version)), DatasetVersion)

    def facts(self) -> Iterator[Fact]:
        yield "owner", self.data.get("owner")
        yield "licence", self.data.get("licence")
        yield "versions", [entry.version for entry in self.versions[-_MOST_NAMED:]]


@dataclass(frozen=True, slots=True, repr=False)
class Input:
    """What a run read.

    Attributes:
        ref: the reference to what the catalog holds; empty for a thing outside, which has a `uri`.
        uri: the address of a thing outside the catalog.
        role: as what it was used.
        digest: the digest of what was really read; empty where nobody recorded it.
    """

    _entries: Entries
    ref: str
    uri: str
    role: str
    digest: str

    @property
    def entry(self) -> "DatasetVersion | Version | Run | None":
        """The entry that it is, an alias being the version of today; `None` for a thing outside.

        Raises:
            HerdbookError: the catalog does not hold it.
        """
        if not self.ref:
            return None
        found = seen(self._entries, self.ref)
        return found if isinstance(found, DatasetVersion | Version | Run) else None

    def __repr__(self) -> str:
        return line("input", self.ref or self.uri, [("role", self.role), ("digest", self.digest)])


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Run(Entry):
    """A run."""

    _entry: entries.Run

    kind: ClassVar[str] = "run"

    @property
    def id(self) -> str:
        """The id."""
        return self._entry.id

    @property
    def experiment(self) -> str:
        """The experiment that it belongs to."""
        return self._entry.experiment

    @property
    def type(self) -> str:
        """One of training, preprocessing, evaluation, batch-inference."""
        return self._entry.type

    @property
    def status(self) -> str:
        """One of running, finished, failed, killed."""
        return self._entry.status

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters."""
        return self._entry.params

    @property
    def seeds(self) -> Mapping[str, int]:
        """The seeds of the random generators."""
        return self._entry.seeds

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics."""
        return self._entry.metrics

    @property
    def curves(self) -> Mapping[str, list[list[float]]]:
        """For each metric that has some, its points ``[step, value]``."""
        return self._entry.curves

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What it read."""
        return tuple(
            Input(
                self._entries,
                "" if item.mention is None else str(item.mention.ref or item.mention.text),
                item.uri,
                item.role,
                item.digest,
            )
            for item in self._entry.inputs
        )

    @property
    def outputs(self) -> tuple[entries.Output, ...]:
        """What it wrote: name, uri, digest, size."""
        return self._entry.outputs

    @property
    def code(self) -> entries.Code:
        """The code that ran: repository, commit, entry point, command."""
        return self._entry.code

    @property
    def environment(self) -> entries.Environment:
        """What it ran in: Python, packages, container, hardware."""
        return self._entry.environment

    @property
    def slices(self) -> tuple[entries.Slice, ...]:
        """Results by group."""
        return self._entry.slices

    @property
    def evaluates(self) -> "Version | None":
        """The model version that an evaluation measured, if one is named."""
        version = self._entry.evaluates
        return None if version is None else self._named(Kind.MODEL, version, Version)

    @property
    def parent(self) -> "Run | None":
        """The run that this one is nested in, if there is one."""
        parent = self._entry.parent
        return None if parent is None else self._named(Kind.RUN, parent, Run)

    def facts(self) -> Iterator[Fact]:
        yield "type", self.type
        yield "status", self.status
        yield "started_at", self._entry.started_at
        yield "user", self._entry.text("user")
        yield "commit", self.code.commit
        yield "inputs", [item.ref or item.uri for item in self.inputs]
        yield "metrics", dict(self.metrics)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Version(Entry):
    """A version of a model."""

    _entry: entries.ModelVersion

    kind: ClassVar[str] = "model version"

    @property
    def model(self) -> "Model":
        """The model that it is a version of."""
        return see(self._entries, str(Ref.model(self._entry.model)), Model)

    @property
    def version(self) -> int:
        """The number."""
        return self._entry.version

    @property
    def label(self) -> str:
        """Another name, such as 1.2.0; empty where none is given."""
        return self._entry.version_label

    @property
    def run(self) -> Run:
        """The run that made it.

        Raises:
            HerdbookError: the catalog does not hold it.
        """
        return self._named(Kind.RUN, self._entry.run, Run)

    @property
    def uri(self) -> str:
        """Where the artifact is; empty where nobody recorded it."""
        return self._entry.text("uri")

    @property
    def digest(self) -> str:
        """The digest of the artifact, with its algorithm; empty where nobody recorded it."""
        return self._entry.text("digest")

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases that point to it."""
        ledger = self._entries.aliases.get(self._entry.model)
        moves = {} if ledger is None else ledger.in_force()
        return tuple(alias for alias, line in moves.items() if line.version == self.version)

    @property
    def signature(self) -> tuple[tuple[entries.Column, ...], tuple[entries.Column, ...]] | None:
        """What goes in and what comes out, if that is on record."""
        return self._entry.signature

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that it needs, as pip writes them."""
        return self._entry.requirements

    def facts(self) -> Iterator[Fact]:
        yield "label", self.label
        yield "aliases", [f"@{alias}" for alias in self.aliases]
        yield "run", self._entry.run.text
        yield "uri", self.uri
        yield "digest", self.digest


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Model(Entry):
    """A model."""

    kind: ClassVar[str] = "model"

    @property
    def name(self) -> str:
        """The name."""
        return Ref.parse(self.ref).name

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions, in order."""
        return tuple(
            Version(self._entries, str(entry.ref), entry) for entry in self._entries.versions_of(self.name)
        )

    def version(self, version: int | str) -> Version:
        """Return a version by its number, its label, or as ``latest``.

        Raises:
            HerdbookError: there is none.
        """
        return see(self._entries, str(Ref.model(self.name, version)), Version)

    @property
    def aliases(self) -> Mapping[str, Version]:
        """The versions that aliases point to."""
        ledger = self._entries.aliases.get(self.name)
        return {} if ledger is None else {alias: self.alias(alias) for alias in ledger.in_force()}

    def alias(self, alias: str) -> Version:
        """Return the version that an alias points to.

        Raises:
            HerdbookError: there is no such alias, or it points to nothing.
        """
        return see(self._entries, str(Ref.model(self.name, alias=alias)), Version)

    def facts(self) -> Iterator[Fact]:
        yield "owner", self.data.get("owner")
        yield "versions", [entry.version for entry in self.versions[-_MOST_NAMED:]]
        yield "aliases", {f"@{alias}": version.version for alias, version in self.aliases.items()}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Endpoint(Entry):
    """Something that serves models."""

    _entry: entries.Endpoint

    kind: ClassVar[str] = "endpoint"

    @property
    def name(self) -> str:
        """The name."""
        return Ref.parse(self.ref).name

    @property
    def environment(self) -> str:
        """One of production, staging, development."""
        return self._entry.environment

    @property
    def serves(self) -> tuple[Version, ...]:
        """The versions that it serves today.

        Raises:
            HerdbookError: the catalog does not hold one of them.
        """
        served = (item.mention for item in self._entry.serves)
        return tuple(self._named(Kind.MODEL, version, Version) for version in served)

    def facts(self) -> Iterator[Fact]:
        yield "environment", self.environment
        yield "serves", [item.mention.text for item in self._entry.serves]


_VIEWS: Mapping[Kind, tuple[type[Entry], type[Entry]]] = {
    Kind.DATASET: (Dataset, DatasetVersion),
    Kind.MODEL: (Model, Version),
    Kind.RUN: (Run, Run),
    Kind.ENDPOINT: (Endpoint, Endpoint),
}


def seen(catalog: Entries, reference: str) -> Entry:
    """Return what a reference stands for, an alias being the version that it points to.

    Raises:
        HerdbookError: it is malformed, or leads nowhere.
    """
    found = find(catalog, reference)
    ref = found.of_entry
    whole, version = _VIEWS[ref.kind]
    view = whole if ref.version is None and ref.alias is None else version
    return view(catalog, str(ref), found.entry)


def see(catalog: Entries, reference: str, kind: type[View]) -> View:
    """Return what a reference stands for, which must be of a kind.

    Raises:
        HerdbookError: it is malformed, leads nowhere, or to something else.
    """
    found = seen(catalog, reference)
    if not isinstance(found, kind):
        raise QuestionError(f"{reference} is a {found.kind} and no {kind.kind}; name one that is")
    return found
