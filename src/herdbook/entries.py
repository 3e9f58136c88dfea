"""Entries: typed, frozen views of what the catalog's files hold.

An entry trusts its data: it is made only from a value that its schema accepted. Fields are read from the data
when they are asked for, so that a catalog of 100,000 entries costs little more than its values; kept is only
what takes some making and what a dozen rules ask for, and the kinds of entries that keep it have no slots.
Each entry knows its file, and ``entry.at(*route)`` is the place of a value in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from herdbook.finding import Place
from herdbook.ref import Kind, Ref, RefError
from herdbook.source import Route, SourceFile

Data = Mapping[str, Any]

NOTHING: Data = {}

# What is made for every run, some ten thousand times in one check, is a named tuple and made without detours:
# a frozen dataclass of as many fields takes three times as long.


class Mention(NamedTuple):
    """A reference that stands in a file; `ref` is `None`, and `error` says why, for a text of no grammar."""

    text: str
    ref: Ref | None
    route: Route
    error: str = ""

    @classmethod
    def of(cls, text: str, route: Route, kind: Kind | None = None) -> "Mention":
        """Read a reference out of a field; `kind` is that of a typed field."""
        try:
            return cls(text, Ref.parse(text, kind), route)
        except RefError as error:
            return cls(text, None, route, str(error))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One thing of the catalog: a file's data and where they stand."""

    source: SourceFile
    data: Data

    kind: ClassVar[str] = ""

    @property
    def ref(self) -> Ref | None:
        """The reference by which others name this entry; `None` for what nobody names."""
        return None

    @property
    def expected_path(self) -> str:
        """The path inside the catalog at which the names in the file want it to stand."""
        raise NotImplementedError(self.kind)

    @property
    def label(self) -> str:
        """What to call the entry in a sentence."""
        return str(self.ref) if self.ref is not None else self.source.path

    @property
    def title(self) -> str:
        """The title for people; empty where none is given."""
        return str(self.data.get("title", ""))

    @property
    def description(self) -> str:
        """Prose about the entry, in Markdown; empty where none is given."""
        return str(self.data.get("description", ""))

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags."""
        return self.data.get("tags", NOTHING)

    @property
    def imported_from(self) -> Mapping[str, str]:
        """Where an importer took the entry from."""
        return self.data.get("imported_from", NOTHING)

    def text(self, field: str) -> str:
        """A text field by name; empty where it is not given."""
        return str(self.data.get(field, ""))

    def at(self, *route: str | int, on_key: bool = False) -> Place:
        """The place of a value of this entry."""
        return Place(self.source, route, on_key)

    def mentions(self) -> Iterator[Mention]:
        """The references to other entries that stand in the file."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Recall:
    """The withdrawal of a dataset version."""

    at: str
    by: str
    reason: str
    severity: str
    replaced_by: Ref | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset, or an input or output of a model's signature."""

    name: str
    type: str
    description: str = ""
    nullable: bool | None = None


class Input(NamedTuple):
    """What a run read: an entry (`mention`), or a thing outside the catalog (`uri`)."""

    mention: Mention | None
    uri: str
    role: str
    digest: str
    name: str
    route: Route

    @property
    def ref(self) -> Ref | None:
        """The reference to the entry, if it is one."""
        return self.mention.ref if self.mention is not None else None


class Output(NamedTuple):
    """What a run wrote. `dataset` is the dataset version that it became."""

    name: str
    uri: str
    digest: str
    size: int | None
    dataset: Mention | None
    route: Route


class Code(NamedTuple):
    """The code that a run ran."""

    repository: str
    commit: str
    branch: str
    dirty: bool | None
    entry_point: str
    command: str


class Environment(NamedTuple):
    """The software and hardware that a run ran on."""

    python: str
    platform: str
    requirements: tuple[str, ...]
    container: str
    hardware: str


@dataclass(frozen=True, slots=True)
class Slice:
    """Metrics of a part of the evaluation data, such as one demographic group."""

    by: Mapping[str, str | int | float | bool]
    count: int
    metrics: Mapping[str, float]
    route: Route


class Assignment(NamedTuple):
    """A line of the alias ledger: from `at` on, the alias points to `version` (`None`: to nothing).

    `cited` is what it names as evidence, as it is written.
    """

    version: int | None
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    cited: tuple[str, ...]
    route: Route

    @property
    def evidence(self) -> tuple[Mention, ...]:
        """What it names as evidence."""
        return _cited(self.cited, self.route)


class Transition(NamedTuple):
    """A line of the stage ledger: from `at` on, `version` is in `stage`; `cited` as for an assignment."""

    version: int
    stage: str
    archive_existing: bool
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    cited: tuple[str, ...]
    route: Route

    @property
    def evidence(self) -> tuple[Mention, ...]:
        """What it names as evidence."""
        return _cited(self.cited, self.route)


@dataclass(frozen=True, slots=True)
class Served:
    """What an endpoint serves, and the percentage of its traffic (`None` where not given)."""

    mention: Mention
    traffic: float | None
    route: Route


class CatalogFile(Entry):
    """herdbook.yaml: the name of the catalog, its people, policy and waivers."""

    __slots__ = ()

    kind: ClassVar[str] = "catalog"

    @property
    def expected_path(self) -> str:
        return "herdbook.yaml"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def people(self) -> Mapping[str, Data]:
        """The people by id; each has a name, perhaps a role, an email and logins."""
        return self.data.get("people", NOTHING)

    @property
    def imports(self) -> Mapping[str, str]:
        """Which fields the tags and parameters of imported runs belong in."""
        return self.data.get("imports", NOTHING)


class Dataset(Entry):
    """A dataset: what holds for every version of it."""

    __slots__ = ()

    kind: ClassVar[str] = "dataset"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def ref(self) -> Ref:
        return Ref.dataset(self.name)

    @property
    def expected_path(self) -> str:
        return f"datasets/{self.name}/dataset.yaml"


class DatasetVersion(Entry):
    """A version of a dataset: data that never change again."""

    __slots__ = ()

    kind: ClassVar[str] = "dataset-version"

    @property
    def dataset(self) -> str:
        return str(self.data["dataset"])

    @property
    def version(self) -> str:
        return str(self.data["version"])

    @property
    def ref(self) -> Ref:
        return Ref.dataset(self.dataset, self.version)

    @property
    def expected_path(self) -> str:
        return f"datasets/{self.dataset}/versions/{self.version}.yaml"

    @property
    def rows(self) -> int | None:
        return self.data.get("rows")

    @property
    def size(self) -> int | None:
        """The size in bytes."""
        return self.data.get("size")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The schema of the data."""
        return _columns(self.data.get("schema", ()))

    @property
    def produced_by(self) -> Mention | None:
        """The run that wrote this version."""
        return _mention(self.data, "produced_by", Kind.RUN)

    @property
    def derived_from(self) -> tuple[Mention, ...]:
        """The dataset versions that this one was made from."""
        return _mentions(self.data, "derived_from", Kind.DATASET)

    @property
    def recall(self) -> Recall | None:
        """The recall of this version, if it was withdrawn."""
        recall = self.data.get("recall")
        if recall is None:
            return None
        successor = _mention(recall, "replaced_by", Kind.DATASET)
        return Recall(
            recall["at"],
            recall["by"],
            recall["reason"],
            recall["severity"],
            successor.ref if successor else None,
        )

    def mentions(self) -> Iterator[Mention]:
        yield from _some(self.produced_by)
        yield from self.derived_from
        yield from _some(_mention(self.data.get("recall", NOTHING), "replaced_by", Kind.DATASET, ("recall",)))


@dataclass(frozen=True, eq=False)
class Run(Entry):
    """A run: one execution of training, preprocessing, evaluation or inference code."""

    kind: ClassVar[str] = "run"

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def ref(self) -> Ref:
        return Ref.run(self.id)

    @property
    def expected_path(self) -> str:
        return f"runs/{self.experiment}/{self.id}.yaml"

    @property
    def experiment(self) -> str:
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
    def started_at(self) -> str:
        return self.text("started_at")

    @property
    def ended_at(self) -> str:
        return self.text("ended_at")

    @cached_property
    def code(self) -> Code:
        code = self.data.get("code", NOTHING)
        return Code(
            repository=code.get("repository", ""),
            commit=code.get("commit", ""),
            branch=code.get("branch", ""),
            dirty=code.get("dirty"),
            entry_point=code.get("entry_point", ""),
            command=code.get("command", ""),
        )

    @property
    def environment(self) -> Environment:
        environment = self.data.get("environment", NOTHING)
        return Environment(
            python=environment.get("python", ""),
            platform=environment.get("platform", ""),
            requirements=tuple(environment.get("requirements", ())),
            container=environment.get("container", ""),
            hardware=environment.get("hardware", ""),
        )

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        return inputs_of(self.data.get("inputs", ()))

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        return tuple(
            [_output(item, ("outputs", index)) for index, item in enumerate(self.data.get("outputs", ()))]
        )

    def output(self, name: str) -> Output | None:
        """The output of a name; of several, the first."""
        return self._outputs_by_name.get(name)

    @cached_property
    def _outputs_by_name(self) -> Mapping[str, Output]:
        return {output.name: output for output in reversed(self.outputs)}

    @property
    def params(self) -> Data:
        return self.data.get("params", NOTHING)

    @property
    def seeds(self) -> Mapping[str, int]:
        return self.data.get("seeds", NOTHING)

    @property
    def metrics(self) -> Mapping[str, float]:
        return self.data.get("metrics", NOTHING)

    @property
    def curves(self) -> Mapping[str, list[list[float]]]:
        """For each metric its points ``[step, value]``."""
        return self.data.get("curves", NOTHING)

    @property
    def system(self) -> Mapping[str, float]:
        """What the run consumed, such as gpu_hours or peak_memory_gb."""
        return self.data.get("system", NOTHING)

    @property
    def parent(self) -> Mention | None:
        """The run that this one is nested in."""
        return _mention(self.data, "parent", Kind.RUN)

    @property
    def evaluates(self) -> Mention | None:
        """The model version that an evaluation run evaluates."""
        return _mention(self.data, "evaluates", Kind.MODEL)

    @property
    def slices(self) -> tuple[Slice, ...]:
        return tuple(
            Slice(item["by"], item["count"], item["metrics"], ("slices", index))
            for index, item in enumerate(self.data.get("slices", ()))
        )

    def mentions(self) -> Iterator[Mention]:
        for item in self.inputs:
            if item.mention is not None:
                yield item.mention
        for output in self.outputs:
            if output.dataset is not None:
                yield output.dataset
        for mention in (self.parent, self.evaluates):
            if mention is not None:
                yield mention


class Model(Entry):
    """A registered model: what holds for every version of it."""

    __slots__ = ()

    kind: ClassVar[str] = "model"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def ref(self) -> Ref:
        return Ref.model(self.name)

    @property
    def expected_path(self) -> str:
        return f"models/{self.name}/model.yaml"

    @property
    def policy(self) -> Data:
        """What the model lays over the catalog's policy."""
        return self.data.get("policy", NOTHING)


class ModelVersion(Entry):
    """A version of a model: an artifact that a run made."""

    __slots__ = ()

    kind: ClassVar[str] = "model-version"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def version(self) -> int:
        return int(self.data["version"])

    @property
    def ref(self) -> Ref:
        return Ref.model(self.model, self.version)

    @property
    def expected_path(self) -> str:
        return f"models/{self.model}/versions/{self.version}.yaml"

    @property
    def version_label(self) -> str:
        """Another name of the version, such as 1.2.0; empty where none is given."""
        return self.text("label")

    @property
    def run(self) -> Mention:
        """The run that made the artifact."""
        return Mention.of(self.data["run"], ("run",), Kind.RUN)

    @property
    def size(self) -> int | None:
        """The size of the artifact in bytes."""
        return self.data.get("size")

    @property
    def flavors(self) -> tuple[str, ...]:
        return tuple(self.data.get("flavors", ()))

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(self.data.get("requirements", ()))

    @property
    def signature(self) -> tuple[tuple[Column, ...], tuple[Column, ...]] | None:
        """The inputs and the outputs of the model."""
        signature = self.data.get("signature")
        return None if signature is None else (_columns(signature["inputs"]), _columns(signature["outputs"]))

    @property
    def deprecated(self) -> Data | None:
        """When (`at`), by whom and for what reason the version was deprecated."""
        return self.data.get("deprecated")

    def mentions(self) -> Iterator[Mention]:
        yield self.run


CARD_SECTIONS = (
    "intended_use",
    "out_of_scope_use",
    "users",
    "training_data",
    "known_biases",
    "limitations",
    "failure_modes",
    "ethical_considerations",
    "caveats",
)
"""The sections of a card, in the order in which they are read."""


class ModelCard(Entry):
    """A card of a model or, with `version`, of one version: prose and choices that no run can know."""

    __slots__ = ()

    kind: ClassVar[str] = "model-card"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def version(self) -> int | None:
        return self.data.get("version")

    @property
    def label(self) -> str:
        return f"the card of {Ref.model(self.model, self.version)}"

    @property
    def expected_path(self) -> str:
        name = "card" if self.version is None else f"cards/{self.version}"
        return f"models/{self.model}/{name}.yaml"

    @property
    def sections(self) -> Mapping[str, str]:
        """The sections that are written, by name, in the order in which they are read."""
        return {name: self.data[name] for name in CARD_SECTIONS if name in self.data}

    @property
    def evaluations(self) -> tuple[Mention, ...]:
        """The evaluation runs whose metrics and slices the card shows."""
        return _mentions(self.data, "evaluations", Kind.RUN)

    @property
    def datasets(self) -> tuple[Mention, ...]:
        """The dataset versions that the card says the model was trained on."""
        return _mentions(self.data, "datasets", Kind.DATASET)

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics that the card claims."""
        return self.data.get("metrics", NOTHING)

    def mentions(self) -> Iterator[Mention]:
        yield from self.evaluations
        yield from self.datasets


@dataclass(frozen=True, eq=False)
class Aliases(Entry):
    """The alias ledger of a model."""

    kind: ClassVar[str] = "aliases"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def label(self) -> str:
        return f"the aliases of {Ref.model(self.model)}"

    @property
    def expected_path(self) -> str:
        return f"models/{self.model}/aliases.yaml"

    @cached_property
    def ledgers(self) -> Mapping[str, tuple[Assignment, ...]]:
        """For each alias its assignments, oldest first."""
        return {
            alias: tuple(_assignment(item, ("aliases", alias, index)) for index, item in enumerate(items))
            for alias, items in self.data["aliases"].items()
        }

    def version_of(self, alias: str) -> int | None:
        """The version that an alias points to; `None` where it points to none, or is not in the ledger."""
        items = self.data["aliases"].get(alias)
        version: int | None = items[-1]["version"] if items else None
        return version

    def in_force(self) -> Mapping[str, Assignment]:
        """For each alias that points to a version its last assignment."""
        return {
            alias: _assignment(items[-1], ("aliases", alias, len(items) - 1))
            for alias, items in self.data["aliases"].items()
            if items and items[-1]["version"] is not None
        }

    def mentions(self) -> Iterator[Mention]:
        for assignments in self.ledgers.values():
            for assignment in assignments:
                if assignment.version is not None:
                    ref = Ref.model(self.model, assignment.version)
                    yield Mention(str(ref), ref, (*assignment.route, "version"))
                yield from assignment.evidence


@dataclass(frozen=True, eq=False)
class Stages(Entry):
    """The stage ledger of a model, for those who keep MLflow's older lifecycle."""

    kind: ClassVar[str] = "stages"

    @property
    def model(self) -> str:
        return str(self.data["model"])

    @property
    def label(self) -> str:
        return f"the stages of {Ref.model(self.model)}"

    @property
    def expected_path(self) -> str:
        return f"models/{self.model}/stages.yaml"

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """The transitions, oldest first."""
        return tuple(
            Transition(
                version=item["version"],
                stage=item["stage"],
                archive_existing=item.get("archive_existing", False),
                at=item["at"],
                by=item["by"],
                approved_by=tuple(item.get("approved_by", ())),
                reason=item.get("reason", ""),
                cited=tuple(item.get("evidence", ())),
                route=("transitions", index),
            )
            for index, item in enumerate(self.data["transitions"])
        )

    def current(self) -> Mapping[int, Transition]:
        """For each version the transition that put it into the stage in which it is now."""
        stages: dict[int, Transition] = {}
        within: dict[str, dict[int, None]] = {}
        for transition in self.transitions:
            before = stages.get(transition.version)
            if before is not None:
                del within[before.stage][transition.version]
            if transition.archive_existing:
                for version in within.pop(transition.stage, ()):
                    stages[version] = _archived(stages[version], transition)
                    within.setdefault("archived", {})[version] = None
            stages[transition.version] = transition
            within.setdefault(transition.stage, {})[transition.version] = None
        return stages

    def mentions(self) -> Iterator[Mention]:
        for transition in self.transitions:
            ref = Ref.model(self.model, transition.version)
            yield Mention(str(ref), ref, (*transition.route, "version"))
            yield from transition.evidence


class Endpoint(Entry):
    """Something that serves models: a service, or a batch job."""

    __slots__ = ()

    kind: ClassVar[str] = "endpoint"

    @property
    def name(self) -> str:
        return str(self.data["name"])

    @property
    def ref(self) -> Ref:
        return Ref.endpoint(self.name)

    @property
    def expected_path(self) -> str:
        return f"endpoints/{self.name}.yaml"

    @property
    def type(self) -> str:
        """One of online, batch."""
        return str(self.data["type"])

    @property
    def environment(self) -> str:
        """One of production, staging, development."""
        return str(self.data.get("environment", "production"))

    @property
    def serves(self) -> tuple[Served, ...]:
        return tuple(
            Served(
                Mention.of(item["model"], ("serves", index, "model"), Kind.MODEL),
                item.get("traffic"),
                ("serves", index),
            )
            for index, item in enumerate(self.data["serves"])
        )

    def mentions(self) -> Iterator[Mention]:
        for served in self.serves:
            yield served.mention


ENTRY_TYPES: tuple[type[Entry], ...] = (
    CatalogFile,
    Dataset,
    DatasetVersion,
    Run,
    Model,
    ModelVersion,
    ModelCard,
    Aliases,
    Stages,
    Endpoint,
)


def _archived(before: Transition, cause: Transition) -> Transition:
    return Transition(
        version=before.version,
        stage="archived",
        archive_existing=False,
        at=cause.at,
        by=cause.by,
        approved_by=cause.approved_by,
        reason=f"version {cause.version} took its place",
        cited=(),
        route=cause.route,
    )


def _assignment(item: Data, route: Route) -> Assignment:
    return Assignment(
        version=item["version"],
        at=item["at"],
        by=item["by"],
        approved_by=tuple(item.get("approved_by", ())),
        reason=item.get("reason", ""),
        cited=tuple(item.get("evidence", ())),
        route=route,
    )


def _cited(texts: Iterable[str], route: Route) -> tuple[Mention, ...]:
    return tuple(Mention.of(text, (*route, "evidence", index)) for index, text in enumerate(texts))


_INPUT_KINDS = (("dataset", Kind.DATASET), ("model", Kind.MODEL), ("run", Kind.RUN))


def inputs_of(items: Sequence[Data]) -> tuple[Input, ...]:
    """What a run read, from what its file says."""
    return tuple([_input(item, ("inputs", index)) for index, item in enumerate(items)])


def _input(item: Data, route: Route) -> Input:
    mention = None
    for key, kind in _INPUT_KINDS:
        if key in item:
            mention = Mention.of(item[key], (*route, key), kind)
            break
    get = item.get
    return Input(mention, get("uri", ""), get("role", ""), get("digest", ""), get("name", ""), route)


def _output(item: Data, route: Route) -> Output:
    dataset = _mention(item, "dataset", Kind.DATASET, route) if "dataset" in item else None
    get = item.get
    return Output(item["name"], get("uri", ""), get("digest", ""), get("size"), dataset, route)


def _columns(items: Any) -> tuple[Column, ...]:
    return tuple(
        Column(item.get("name", ""), item["type"], item.get("description", ""), item.get("nullable"))
        for item in items
    )


def _mention(data: Data, key: str, kind: Kind | None, route: Route = ()) -> Mention | None:
    text = data.get(key)
    return None if text is None else Mention.of(text, (*route, key), kind)


def _mentions(data: Data, key: str, kind: Kind) -> tuple[Mention, ...]:
    return tuple(Mention.of(text, (key, index), kind) for index, text in enumerate(data.get(key, ())))


def _some(mention: Mention | None) -> Iterator[Mention]:
    if mention is not None:
        yield mention
