"""What a store of MLflow holds, however it is kept: the same records for folders, databases and servers.

They say what MLflow says, in its own units: times are milliseconds since 1970, parameters and tags are texts.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from herdbook.formats import plural
from herdbook.planning.drafts import Along, Problem, some

ACTIVE, DELETED = "active", "deleted"
NOTE = "mlflow.note.content"
"""The tag that holds a description."""
USUAL = "default"
"""The workspace of everything in stores that use no workspaces."""


_LARGEST = 1.7976931348623157e308
"""What MLflow writes for infinity, which not every database can hold; its server says it as it is kept."""


class Point(NamedTuple):
    """A value of a metric; the last by these three is the metric of the run."""

    step: int
    timestamp: int
    value: float

    @classmethod
    def kept(cls, step: int, timestamp: int, value: float) -> "Point":
        """A value as a database of MLflow keeps it."""
        return cls(step, timestamp, math.copysign(math.inf, value) if abs(value) >= _LARGEST else value)


@dataclass(frozen=True, slots=True)
class ReadData:
    """A dataset that a run read: its name and fingerprint, what it was used for, and what is known of it."""

    name: str
    digest: str
    context: str = ""
    source_type: str = ""
    source: str = ""
    schema: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """A model that was logged, as MLflow 3 keeps it apart from its run."""

    model_id: str
    name: str
    run_id: str
    location: str
    created: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run.

    Attributes:
        place: where it was found, for people.
        run_id: its id.
        experiment: the name of its experiment.
        name: what people call it.
        status: MLflow's word for how it stands.
        user: who started it.
        start: when it began.
        end: when it ended.
        life: whether it was deleted.
        artifacts: where its artifacts are, as the store says.
        params: its parameters.
        tags: its tags.
        points: for each metric all of its values.
        read: the datasets that it read.
        models_read: the ids of the logged models that it read.
        logged: the models that it logged.
    """

    place: str
    run_id: str
    experiment: str
    name: str = ""
    status: str = ""
    user: str = ""
    start: int | None = None
    end: int | None = None
    life: str = ACTIVE
    artifacts: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    read: Sequence[ReadData] = ()
    models_read: Sequence[str] = ()
    logged: Sequence[Logged] = ()


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of a registered model; `source` was registered, and is at `location`, if that differs."""

    model: str
    version: str
    run_id: str = ""
    source: str = ""
    location: str = ""
    model_id: str = ""
    created: int | None = None
    updated: int | None = None
    user: str = ""
    description: str = ""
    stage: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A registered model, its versions, and which of them its aliases name."""

    place: str
    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: Sequence[StoredVersion] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """A store.

    Attributes:
        address: the address of the server; empty for what lies here.
        models: the registered models.
        logged: all logged models by their ids.
        problems: what could not be read.
        is_whole: whether these are all of the registered models.
    """

    address: str = ""
    models: Sequence[StoredModel] = ()
    logged: Mapping[str, Logged] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    is_whole: bool = True


class Store(Protocol):
    """Where records come from."""

    def run(self, run_id: str) -> StoredRun | None:
        """Read one run, without its parameters, metrics, data and models; `None` where there is none.

        Raises:
            HerdbookError: it cannot be read.
        """

    def stored(self) -> Stored:
        """Read what there is besides runs."""

    def runs(self, logged: Mapping[str, Logged], along: Along) -> Iterator[StoredRun]:
        """Read the runs.

        Args:
            logged: the logged models.
            along: goes through the list of runs.
        """


def called(workspace: str, name: str) -> str:
    """What an experiment or a model is called: in another workspace than the usual one, by both names."""
    return name if workspace in ("", USUAL) else f"{workspace}/{name}"


def left_of(experiment: str, tags: Mapping[str, str]) -> list[Problem]:
    """What a catalog has no place for in an experiment: what people wrote about it as a whole."""
    own = sorted(key for key in tags if not key.startswith("mlflow."))
    parts = (["its description"] if tags.get(NOTE) else []) + ([f"its tags ({some(own)})"] if own else [])
    if not parts:
        return []
    are = "are" if own else "is"
    why = f"{' and '.join(parts)} {are} left out, for a catalog keeps none of an experiment"
    return [Problem(experiment, why, is_loss=False)]


def left_out(source: str, count: int, *nouns: str) -> list[Problem]:
    """What a store holds and a catalog has no place for."""
    if not count:
        return []
    why = "is left out, for a catalog has no place for it"
    if count > 1:
        why = "are left out, for a catalog has no place for them"
    return [Problem(source, f"{plural(count, *nouns)} {why}", is_loss=False)]
