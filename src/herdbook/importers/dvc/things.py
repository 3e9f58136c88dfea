"""What DVC knows at a commit, as frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.importers.dvc import paths
from herdbook.planning.drafts import Key


@dataclass(frozen=True, slots=True)
class Thing:
    """Data or a model at a place, as DVC knows it.

    Attributes:
        path: the place, from the top of the repository.
        digest: the digest, with its algorithm; empty where DVC knows none.
        size: the size in bytes, if that is said.
        stored: where a remote storage has it; empty where none is known to.
    """

    path: str
    digest: str
    size: int | None
    stored: str = ""

    @property
    def uri(self) -> str:
        """Where it lies."""
        return paths.uri(self.path)

    @property
    def version(self) -> Key:
        """The version of a dataset that it is."""
        return Key("dataset-version", self.digest.rpartition(":")[2][:12], self.path)

    def known(self) -> dict[str, Any]:
        """What is known of it, as fields have it."""
        stated = {"uri": self.uri, "digest": self.digest, "size": self.size}
        return {name: value for name, value in stated.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage wrote.

    Attributes:
        thing: what it is.
        run: the run.
        output: how the run calls it.
    """

    thing: Thing
    run: Key
    output: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a pipeline declares to be a model, or something else that is registered."""

    path: str
    kind: str
    description: str
    tags: Mapping[str, str]

    @property
    def is_model(self) -> bool:
        """Whether it is declared to be a model."""
        return self.kind == "model"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data that are tracked by themselves.

    Attributes:
        thing: the data.
        about: what is said of them, as fields of the dataset have it.
        source: the file that says so.
    """

    thing: Thing
    about: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it ran.

    Attributes:
        source: the file that it is recorded in.
        folder: the folder of that.
        inside: the folder that it ran in, which its paths begin in.
        name: what it is called.
        stated: what is recorded of it.
        about: what is declared about it.
        run: the run.
        made: what it wrote.
    """

    source: str
    folder: str
    inside: str
    name: str
    stated: Mapping[str, Any]
    about: Mapping[str, Any]
    run: Key
    made: Sequence[Made] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What DVC knows at a commit.

    Attributes:
        artifacts: what is declared, by its name: ``folder:name``, or the name alone at the top.
        models: where there are models among that.
        tracked: what is tracked by itself, by its path.
        datasets: the data among that.
        stages: what ran.
        made: what stages wrote, by paths.
        measured: where stages write what they measured.
    """

    artifacts: Mapping[str, Artifact]
    models: frozenset[str]
    tracked: Mapping[str, Thing]
    datasets: Sequence[Dataset]
    stages: Sequence[Stage]
    made: Mapping[str, Made]
    measured: frozenset[str]

    def is_model(self, path: str) -> bool:
        """Whether what a stage writes at a path is a model, or is named like one."""
        return path in self.models or paths.is_model_file(path)

    def is_data(self, path: str) -> bool:
        """Whether what a stage writes at a path is a dataset: no model, and no measurements."""
        return not self.is_model(path) and path not in self.measured
