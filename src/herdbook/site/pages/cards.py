"""What the card of a model says, and that of a version laid over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from herdbook.entries import CARD_SECTIONS, Data, Mention, Model, ModelCard


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on the card that a page shows.

    Attributes:
        description: what opens it, if anything does.
        sections: id, heading and text of those that are written, in the order in which they are read.
        own: the ids of the sections that the card of the version says itself.
        licence: the licence, of the card or of the model.
        contact: where questions go, as the card or the model has it.
        datasets: the dataset versions that it speaks of.
        metrics: the numbers that it states.
        tags: its labels.
        notes: what else was noted on it.
    """

    description: str
    sections: Sequence[tuple[str, str, str]]
    own: frozenset[str]
    licence: str
    contact: str
    datasets: Sequence[Mention]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    notes: str


def card_of(
    model: Model | None, of_all: ModelCard | None, of_version: ModelCard | None = None
) -> Card | None:
    """Lay the card of a version over the one of its model; nothing where there is neither."""
    cards = [card for card in (of_all, of_version) if card is not None]
    if not cards:
        return None
    written: Data = {name: value for card in cards for name, value in card.data.items()}
    known = {**(model.data if model is not None else {}), **written}
    return Card(
        description=str(written.get("description", "")),
        sections=tuple(
            (name, name.replace("_", " ").capitalize(), str(written[name]))
            for name in CARD_SECTIONS
            if name in written
        ),
        own=frozenset(of_version.sections) if of_version is not None else frozenset(),
        licence=str(known.get("licence", "")),
        contact=str(known.get("contact", "")),
        datasets=next((card.datasets for card in reversed(cards) if card.datasets), ()),
        metrics={name: value for card in cards for name, value in card.metrics.items()},
        tags={name: text for card in cards for name, text in card.tags.items()},
        notes=str(written.get("notes", "")),
    )
