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
        data: all that its file holds; empty where it has no file of its own.
    """

    _entries: Entries
    ref: str
    data: Mapping[str, Any]

    kind: ClassVar[str] = "entry"

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same entry, with the same content."""
        return isinstance(other, Entry) and (self.ref, self.data) == (other.ref, other.data)

    def __hash__(self) -> int:
        return hash(self.ref)

    @property
    def title(self) -> str:
        """The title for people; empty where none is given."""
        return str(self.data.get("title", ""))

    @property
    def description(self) -> str:
        """Prose about it, in Markdown; empty where none is given."""
        return str(self.data.get("description", ""))

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags."""
        found: Mapping[str, str] = self.data.get("tags", {})
        return found

    def facts(self) -> Iterator[Fact]:
        """What is shown of it besides its title."""
        return iter(())

    def __repr__(self) -> str:
        return line(self.kind, self.ref, [("title", self.title), *self.facts()])

    def _repr_html_(self) -> str:
        return table(self.kind, self.ref, [("title", self.title), *self.facts(), ("tags", dict(self.tags))])

    def _own(self, kind: type[entries.Entry]) -> Any:
        """The entry behind it, which is of a kind."""
        found = find(self._entries, self.ref).entry
        if not isinstance(found, kind):
            raise QuestionError(f"{self.ref} has no file of its own in the catalog")
        return found


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DatasetVersion(Entry):
    """A version of a dataset."""

    kind: ClassVar[str] = "dataset version"

    @property
    def dataset(self) -> "Dataset":
        """The dataset that it is a version of."""
        return see(self._entries, f"{Kind.DATASET}:/{self.data['dataset']}", Dataset)

    @property
    def version(self) -> str:
        """The version."""
        return str(self.data["version"])

    @property
    def uri(self) -> str:
        """Where the data are; empty where nobody recorded it."""
        return str(self.data.get("uri", ""))

    @property
    def digest(self) -> str:
        """The digest of the data, with its algorithm; empty where nobody recorded it."""
        return str(self.data.get("digest", ""))

    @property
    def rows(self) -> int | None:
        """How many rows there are."""
        return self.data.get("rows")

    @property
    def columns(self) -> tuple[entries.Column, ...]:
        """The columns, with their types."""
        found: tuple[entries.Column, ...] = self._own(entries.DatasetVersion).columns
        return found

    @property
    def produced_by(self) -> "Run | None":
        """The run that wrote it, if one is named."""
        named = self.data.get("produced_by")
        return None if named is None else see(self._entries, f"{Kind.RUN}:/{named}", Run)

    @property
    def derived_from(self) -> tuple["DatasetVersion", ...]:
        """The dataset versions that it was made from."""
        return tuple(
            see(self._entries, f"{Kind.DATASET}:/{named}", DatasetVersion)
            for named in self.data.get("derived_from", ())
        )

    @property
    def recall(self) -> entries.Recall | None:
        """The recall, if it was withdrawn."""
        found: entries.Recall | None = self._own(entries.DatasetVersion).recall
        return found

    def facts(self) -> Iterator[Fact]:
        yield "uri", self.uri
        yield "digest", self.digest
        yield "rows", self.rows
        yield "recalled", self.data.get("recall", {}).get("reason")


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
            DatasetVersion(self._entries, str(entry.ref), entry.data)
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

    kind: ClassVar[str] = "run"

    @property
    def id(self) -> str:
        """The id."""
        return str(self.data["id"])

    @property
    def experiment(self) -> str:
        """The experiment that it belongs to."""
        return str(self.data["experiment"])

    @property
    def type(self) -> str:
        """One of training, preprocessing, evaluation, batch-inference."""
        return str(self.data["type"])

    @property
    def status(self) -> str:
        """One of running, finished, failed, killed."""
        return str(self.data["status"])

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters."""
        found: Mapping[str, Any] = self.data.get("params", {})
        return found

    @property
    def seeds(self) -> Mapping[str, int]:
        """The seeds of the random generators."""
        found: Mapping[str, int] = self.data.get("seeds", {})
        return found

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics."""
        found: Mapping[str, float] = self.data.get("metrics", {})
        return found

    @property
    def curves(self) -> Mapping[str, list[list[float]]]:
        """For each metric that has some, its points ``[step, value]``."""
        found: Mapping[str, list[list[float]]] = self.data.get("curves", {})
        return found

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
            for item in self._own(entries.Run).inputs
        )

    @property
    def outputs(self) -> tuple[entries.Output, ...]:
        """What it wrote: name, uri, digest, size."""
        found: tuple[entries.Output, ...] = self._own(entries.Run).outputs
        return found

    @property
    def code(self) -> entries.Code:
        """The code that ran: repository, commit, entry point, command."""
        found: entries.Code = self._own(entries.Run).code
        return found

    @property
    def environment(self) -> entries.Environment:
        """What it ran in: Python, packages, container, hardware."""
        found: entries.Environment = self._own(entries.Run).environment
        return found

    @property
    def slices(self) -> tuple[entries.Slice, ...]:
        """Results by group."""
        found: tuple[entries.Slice, ...] = self._own(entries.Run).slices
        return found

    @property
    def evaluates(self) -> "Version | None":
        """The model version that an evaluation measured, if one is named."""
        named = self.data.get("evaluates")
        return None if named is None else see(self._entries, f"{Kind.MODEL}:/{named}", Version)

    @property
    def parent(self) -> "Run | None":
        """The run that this one is nested in, if there is one."""
        named = self.data.get("parent")
        return None if named is None else see(self._entries, f"{Kind.RUN}:/{named}", Run)

    def facts(self) -> Iterator[Fact]:
        yield "type", self.type
        yield "status", self.status
        yield "started_at", self.data.get("started_at")
        yield "user", self.data.get("user")
        yield "commit", self.data.get("code", {}).get("commit")
        yield "inputs", [item.ref or item.uri for item in self.inputs]
        yield "metrics", dict(self.metrics)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Version(Entry):
    """A version of a model."""

    kind: ClassVar[str] = "model version"

    @property
    def model(self) -> "Model":
        """The model that it is a version of."""
        return see(self._entries, f"{Kind.MODEL}:/{self.data['model']}", Model)

    @property
    def version(self) -> int:
        """The number."""
        return int(self.data["version"])

    @property
    def label(self) -> str:
        """Another name, such as 1.2.0; empty where none is given."""
        return str(self.data.get("label", ""))

    @property
    def run(self) -> Run:
        """The run that made it.

        Raises:
            HerdbookError: the catalog does not hold it.
        """
        return see(self._entries, f"{Kind.RUN}:/{self.data['run']}", Run)

    @property
    def uri(self) -> str:
        """Where the artifact is; empty where nobody recorded it."""
        return str(self.data.get("uri", ""))

    @property
    def digest(self) -> str:
        """The digest of the artifact, with its algorithm; empty where nobody recorded it."""
        return str(self.data.get("digest", ""))

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases that point to it."""
        ledger = self._entries.aliases.get(str(self.data["model"]))
        moves = {} if ledger is None else ledger.in_force()
        return tuple(alias for alias, line in moves.items() if line.version == self.version)

    @property
    def signature(self) -> tuple[tuple[entries.Column, ...], tuple[entries.Column, ...]] | None:
        """What goes in and what comes out, if that is on record."""
        found: tuple[tuple[entries.Column, ...], tuple[entries.Column, ...]] | None
        found = self._own(entries.ModelVersion).signature
        return found

    @property
    def requirements(self) -> tuple[str, ...]:
        """The packages that it needs, as pip writes them."""
        return tuple(self.data.get("requirements", ()))

    def facts(self) -> Iterator[Fact]:
        yield "label", self.label
        yield "aliases", [f"@{alias}" for alias in self.aliases]
        yield "run", self.data["run"]
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
            Version(self._entries, str(entry.ref), entry.data)
            for entry in self._entries.versions_of(self.name)
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

    kind: ClassVar[str] = "endpoint"

    @property
    def name(self) -> str:
        """The name."""
        return Ref.parse(self.ref).name

    @property
    def environment(self) -> str:
        """One of production, staging, development."""
        return str(self.data.get("environment", "production"))

    @property
    def serves(self) -> tuple[Version, ...]:
        """The versions that it serves today.

        Raises:
            HerdbookError: the catalog does not hold one of them.
        """
        return tuple(
            see(self._entries, f"{Kind.MODEL}:/{item['model']}", Version) for item in self.data["serves"]
        )

    def facts(self) -> Iterator[Fact]:
        yield "environment", self.environment
        yield "serves", [item["model"] for item in self.data["serves"]]


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
    return view(catalog, str(ref), {} if found.entry is None else found.entry.data)


def see(catalog: Entries, reference: str, kind: type[View]) -> View:
    """Return what a reference stands for, which must be of a kind.

    Raises:
        HerdbookError: it is malformed, leads nowhere, or to something else.
    """
    found = seen(catalog, reference)
    if not isinstance(found, kind):
        raise QuestionError(f"{reference} is a {found.kind} and no {kind.kind}")
    return found
