"""Model cards: prose and choices that no run can know."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from herdbook.entries.entry import NOTHING, Entry, Mention, mentions_in
from herdbook.ref import Kind, Ref

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
        return mentions_in(self.data, "evaluations", Kind.RUN)

    @property
    def datasets(self) -> tuple[Mention, ...]:
        """The dataset versions that the card says the model was trained on."""
        return mentions_in(self.data, "datasets", Kind.DATASET)

    @property
    def metrics(self) -> Mapping[str, float]:
        """The metrics that the card claims."""
        return self.data.get("metrics", NOTHING)

    def mentions(self) -> Iterator[Mention]:
        yield from self.evaluations
        yield from self.datasets
