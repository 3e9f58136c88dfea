"""The page of questions: each with the answers that are asked for most, and the command for all others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from herdbook.entries import DatasetVersion, ModelVersion
from herdbook.registry import UseKind
from herdbook.site.page import Page, Section
from herdbook.site.pages.answers import approved, compared, touched, traced
from herdbook.site.pages.making import Maker
from herdbook.site.paths import path_of, path_of_comparison, path_of_impact
from herdbook.telling.document import Document

PATH: Final = "ask/index.html"

_SHOWN: Final = 5

Example = tuple[str, str, Document]
"""What an answer is about, the page that says more, and the answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with some answers, what to say where there are none, and where all others are found."""

    id: str
    title: str
    hint: str
    answers: Sequence[Example]
    nothing: str
    command: str
    more: str


def ask_page(make: Maker) -> Page:
    """Make the page."""
    return make.page(
        "ask",
        PATH,
        Section.ASK,
        "Ask",
        "Where a model comes from, what a dataset touches, why a model got worse, whether it is approved.",
        search_text="Ask: trace, impact, compare, status.",
        questions=tuple(_questions(make)),
    )


def _questions(make: Maker) -> Iterator[Question]:
    served = _in_force(make)
    yield Question(
        "origin",
        "Which data, code and parameters made it?",
        "Open a version, a run or an endpoint: its picture goes back to the first dataset.",
        [(_name(version), f"{path_of(version.ref)}#origin", traced(make, version)) for version in served],
        "No version is in force.",
        "herdbook trace models:/<model>@champion",
        "models/index.html",
    )
    yield Question(
        "touched",
        "What did this dataset touch?",
        "Open a dataset or a version of it: what is in production comes first.",
        [(item.ref.short, path_of_impact(item.ref), touched(make, item)) for item in _data(make)],
        "There is no dataset.",
        "herdbook impact datasets:/<dataset>/<version>",
        "datasets/index.html",
    )
    yield Question(
        "worse",
        "Why did it get worse?",
        "Open a version: it is set against the last one that passed, with the likely cause on top.",
        list(islice(_comparisons(make), _SHOWN)),
        "No model has two versions.",
        "herdbook compare models:/<model>/<version>",
        "models/index.html",
    )
    yield Question(
        "approved",
        "Is it approved, by whom, on what evidence?",
        "Open a version or an endpoint: who set each alias, who approved it, and what they relied on.",
        [
            (_name(version), f"{path_of(version.ref)}#approvals", approved(make, version))
            for version in served
        ],
        "No version is in force.",
        "herdbook status models:/<model>@champion",
        "promotions/index.html",
    )


def _in_force(make: Maker) -> Sequence[ModelVersion]:
    """Some versions in force: those that endpoints serve before others."""
    uses = make.book.records.registry.uses.values()
    served = sorted(uses, key=lambda found: all(use.kind is not UseKind.ENDPOINT for use in found))
    return [found[0].version for found in served[:_SHOWN]]


def _data(make: Maker) -> Sequence[DatasetVersion]:
    """Some dataset versions: those that were recalled before others."""
    versions = islice(make.book.catalog.dataset_versions.values(), _SHOWN)
    return list(dict.fromkeys((*make.book.recalled[:_SHOWN], *versions)))[:_SHOWN]


def _comparisons(make: Maker) -> Iterator[Example]:
    """The newest version of each model, those that come from recalled data, against the ones before."""
    book = make.book
    newest = [version for model in book.models for version in book.catalog.versions_of(model)[-2:][::-1]]
    for version in sorted(newest, key=lambda item: book.recalled_ancestor(item.ref) is None):
        before = book.predecessor(version)
        if before is not None:
            path = path_of_comparison(version.ref, before.version.ref)
            yield f"{_name(version)} against {before.version.version}", path, compared(make, version, before)


def _name(version: ModelVersion) -> str:
    return f"{version.model} {version.version}"
