"""Datasets, their versions, and that versions are withdrawn."""

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from herdbook.entries.columns import Column, columns_of
from herdbook.entries.entry import NOTHING, Entry, Mention, mention_in, mentions_in
from herdbook.ref import Kind, Ref


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


class Recall(NamedTuple):
    """The withdrawal of a dataset version."""

    at: str
    by: str
    reason: str
    severity: str
    replaced_by: Ref | None


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
        return columns_of(self.data.get("schema", ()))

    @property
    def produced_by(self) -> Mention | None:
        """The run that wrote this version."""
        return mention_in(self.data, "produced_by", Kind.RUN)

    @property
    def derived_from(self) -> tuple[Mention, ...]:
        """The dataset versions that this one was made from."""
        return mentions_in(self.data, "derived_from", Kind.DATASET)

    @property
    def recall(self) -> Recall | None:
        """The recall of this version, if it was withdrawn."""
        recall = self.data.get("recall")
        if recall is None:
            return None
        successor = mention_in(recall, "replaced_by", Kind.DATASET)
        return Recall(
            recall["at"],
            recall["by"],
            recall["reason"],
            recall["severity"],
            successor.ref if successor else None,
        )

    def mentions(self) -> Iterator[Mention]:
        recall = self.data.get("recall", NOTHING)
        successor = mention_in(recall, "replaced_by", Kind.DATASET, ("recall",))
        for mention in (self.produced_by, *self.derived_from, successor):
            if mention is not None:
                yield mention
