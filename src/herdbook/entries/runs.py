"""Runs: what was run where, what it read and wrote, and what it measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

from herdbook.entries.entry import NOTHING, Data, Entry, Mention, mention_in
from herdbook.ref import Kind, Ref
from herdbook.source import Route

_TRAINING = frozenset({"", "train", "training"})


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

    @property
    def is_training(self) -> bool:
        """Whether a model learned from it, as far as its role tells."""
        return self.role in _TRAINING


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


@dataclass(frozen=True, slots=True)  # a tuple has a method `count`
class Slice:
    """Metrics of a part of the evaluation data, such as one demographic group."""

    by: Mapping[str, str | int | float | bool]
    count: int
    metrics: Mapping[str, float]
    route: Route


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Run(Entry):
    """A run: one execution of training, preprocessing, evaluation or inference code."""

    kind: ClassVar[str] = "run"

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @cached_property
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
        return mention_in(self.data, "parent", Kind.RUN)

    @property
    def evaluates(self) -> Mention | None:
        """The model version that an evaluation run evaluates."""
        return mention_in(self.data, "evaluates", Kind.MODEL)

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
    dataset = mention_in(item, "dataset", Kind.DATASET, route) if "dataset" in item else None
    get = item.get
    return Output(item["name"], get("uri", ""), get("digest", ""), get("size"), dataset, route)
