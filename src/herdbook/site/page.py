"""What the site is made of: pages and plain files, as values."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Generic, NamedTuple, TypeVar

from markupsafe import Markup

from herdbook.ref import Ref

T = TypeVar("T")


class Section(StrEnum):
    """The part of the site that a page stands in; the value is its folder ("" holds the home page)."""

    HOME = ""
    MODELS = "models"
    EXPERIMENTS = "experiments"
    DATASETS = "datasets"
    ENDPOINTS = "endpoints"
    PROMOTIONS = "promotions"
    ASK = "ask"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site, ready but for the frame around it.

    Attributes:
        path: where it stands, relative to the site, with slashes: ``models/clf/7.html``.
        title: plain text; also the heading in search results.
        description: one sentence of plain text, for search engines and previews.
        body: what stands inside the frame; markup of our own making.
        search_text: plain text under which search finds the page.
        search_tags: the words that count most in a search: names, commits, tags.
        template: the template that made the body.
    """

    path: str
    title: str
    description: str
    section: Section
    body: Markup
    search_text: str = ""
    search_tags: tuple[str, ...] = ()
    template: str = ""


class File(NamedTuple):
    """A file of the site as it is: its path, relative to the site, and its bytes."""

    path: str
    data: bytes


class Whole(Enum):
    """What is made from more than some entries: from all of them, or from all findings of the check."""

    EVERYTHING = "all entries"
    FINDINGS = "all findings"


EVERYTHING: Final = Whole.EVERYTHING
FINDINGS: Final = Whole.FINDINGS


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry on a page of others, which shows none of its notes."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry on a page of others that shows no more of it than a link does: its name and its marks."""

    ref: Ref


Source = object
"""What something is made from: a reference stands for an entry with all that came from it and it came from,
`Listed` for the same without notes, `Linked` for what every link to it shows, as does a `Whole` for what it
says, and every other value for itself."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """What is still to be made.

    Attributes:
        path: the first file that comes of it; no other job has it.
        sources: all that it is made from, besides what concerns every file of the site.
        make: makes it.
    """

    path: str
    sources: tuple[Source, ...]
    make: Callable[[], T]
