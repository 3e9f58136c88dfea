"""Models and their versions."""

from collections.abc import Iterator
from typing import ClassVar

from herdbook.entries.columns import Column, columns_of
from herdbook.entries.entry import NOTHING, Data, Entry, Mention
from herdbook.ref import Kind, Ref

NO_RUN = "not-recorded"
"""Stands where an imported version names no run; that there is none of this name is what the check says."""


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
        return (
            None if signature is None else (columns_of(signature["inputs"]), columns_of(signature["outputs"]))
        )

    @property
    def deprecated(self) -> Data | None:
        """When (`at`), by whom and for what reason the version was deprecated."""
        return self.data.get("deprecated")

    def mentions(self) -> Iterator[Mention]:
        yield self.run
