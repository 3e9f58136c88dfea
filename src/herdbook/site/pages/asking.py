"""The page of questions: each with the answers that are asked for most, and the command for all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from herdbook.entries import ModelVersion
from herdbook.queries.asking import Found
from herdbook.queries.trace import trace
from herdbook.site.page import Page, Section
from herdbook.site.pages.making import Maker
from herdbook.site.paths import path_of
from herdbook.telling.document import Document
from herdbook.telling.trace import tell_trace

PATH: Final = "ask/index.html"

_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Question:
    """A question with some answers: for each what it is about, the page that says more, and the answer."""

    id: str
    title: str
    hint: str
    answers: Sequence[tuple[str, str, Document]]
    nothing: str
    command: str
    more: str


def ask_page(make: Maker) -> Page:
    """Make the page."""
    served = _in_force(make)
    return make.page(
        "ask",
        PATH,
        Section.ASK,
        "Ask",
        "Where a model comes from, what a dataset touches, why a model got worse, whether it is approved.",
        search_text="Ask: trace, impact, compare, status.",
        questions=(_origin(make, served),),
    )


def _in_force(make: Maker) -> Sequence[ModelVersion]:
    """Some versions in force: those that endpoints serve before others."""
    uses = make.book.records.registry.uses.values()
    kinds = sorted(uses, key=lambda found: min(use.kind != "endpoint" for use in found))
    return [found[0].version for found in kinds[:_SHOWN]]


def _origin(make: Maker, versions: Sequence[ModelVersion]) -> Question:
    records = make.book.records
    answers = [
        (version.ref.short, f"{path_of(version.ref)}#origin", tell_trace(trace(records, _found(version))))
        for version in versions
    ]
    return Question(
        "origin",
        "Which data, code and parameters made it?",
        "Open a version, a run or an endpoint: its picture goes back to the first dataset.",
        answers,
        "No version is in force.",
        "herdbook trace models:/<model>@champion",
        "models/index.html",
    )


def _found(version: ModelVersion) -> Found:
    return Found(version.ref, version)
