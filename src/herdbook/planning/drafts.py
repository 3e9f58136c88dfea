"""Drafts: entries as another system has them, under the names that it gives to them.

A draft holds what an entry says, by the names of our fields, without its kind and its own names. Wherever
the name of another entry belongs, a `Key` stands: what the other system calls that. Which names they all get
here, and which of them are here already, is decided when they are brought into a catalog.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Key:
    """What another system calls something.

    Attributes:
        kind: the kind of entry that it is here, or ``experiment``, or ``output``.
        name: its name there: the id of a run, the name of a dataset, a model, an endpoint or an experiment,
            the version of a dataset or a model, the name of an output. Ledgers have none, nor has the card of
            a model.
        within: the name there of what it is a part of: the dataset, the model, or the run of an output.
    """

    kind: str
    name: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as another system has it.

    Attributes:
        key: what it is called there.
        value: what it says, with keys in place of the names of others; texts of any length and form.
            ``imported_from`` may say which field comes from where, if not from the one of the same name.
        source: where it was found, for people.
    """

    key: Key
    value: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a source that does not come over as it is.

    Attributes:
        source: where it was found, for people.
        message: what is the matter, and what became of it.
        is_loss: whether something is left out, rather than done in another way than one may think.
    """

    source: str
    message: str
    is_loss: bool = True

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


def told_once(problems: Iterable[Problem]) -> list[Problem]:
    """Problems as people are told them: notes that are the same for many places, once."""
    places: dict[str, list[str]] = {}
    told: list[tuple[str, bool, list[str]]] = []
    for problem in problems:
        sources = [] if problem.is_loss else places.setdefault(problem.message, [])
        if not sources:
            told.append((problem.message, problem.is_loss, sources))
        sources.append(problem.source)
    return [Problem(some(sources), message, is_loss) for message, is_loss, sources in told]


def some(texts: Sequence[str]) -> str:
    """The first few of some texts, and how many more there are."""
    others = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {others:,} more" if others > 0 else "")


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found in a source.

    Attributes:
        system: the other system, as ``imported_from`` names it.
        address: which one of its kind, such as the address of a server; empty where that says nothing.
        drafts: the entries; of two with the same key, the first counts.
        problems: what could not be read, or only in part.
        is_whole: whether all models that are registered there are among them, so that others are gone.
    """

    system: str
    address: str
    drafts: Sequence[Draft]
    problems: Sequence[Problem] = ()
    is_whole: bool = True


class Along(Protocol):
    """Goes through a list; whoever gives it can watch how far that is."""

    def __call__(self, items: Sequence[T], /) -> Iterable[T]:
        """Go through a list."""
