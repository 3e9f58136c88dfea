"""Answers on pages: in a sentence where they matter, and on pages of their own where there is more to say."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from herdbook.entries import DatasetVersion, Endpoint, Entry, ModelVersion, Run
from herdbook.queries.asking import Found
from herdbook.queries.compare import Comparison, compare_with
from herdbook.queries.predecessors import Basis, Predecessor
from herdbook.queries.status import status
from herdbook.ref import Kind, Ref
from herdbook.site.page import Job, Listed, Page, Section
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.pages.pictures import Charts, comparison_charts
from herdbook.site.paths import path_of, path_of_comparison, path_of_impact
from herdbook.telling.compare import tell_compare
from herdbook.telling.document import Document
from herdbook.telling.impact import tell_impact
from herdbook.telling.status import tell_status
from herdbook.telling.trace import tell_trace

# From the first dataset to an endpoint it is six steps where one preprocessing lies between them. All pages
# together would otherwise cost the square of the length of a chain.
STEPS: Final = 12

Crumbs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer on a page: the question in a few words, the answer, and where there is more of it."""

    question: str
    answer: Document
    path: str


def answers_of_version(make: Maker, version: ModelVersion, comparison: Comparison | None) -> tuple[Said, ...]:
    """Whether it is approved, where it comes from, why it differs from the one before, what depends on it.

    The comparison is that with the one before, if there is one.
    """
    here = path_of(version.ref)
    said = [
        Said("Is it approved?", approved(make, version), f"{here}#approvals"),
        Said("Where does it come from?", traced(make, version), f"{here}#origin"),
    ]
    if comparison is not None:
        before_it = comparison.before.ref
        path = path_of_comparison(version.ref, before_it)
        question = f"Better or worse than {before_it.version}?"
        said.append(Said(question, tell_compare(comparison, briefly=True), path))
    before = make.book.predecessor(version)
    champion = _other_champion(make, version, before)
    if champion is not None:
        path = path_of_comparison(version.ref, champion.version.ref)
        question = f"Than the champion, {champion.version.version}?"
        said.append(Said(question, compared(make, version, champion), path))
    said.append(Said("What depends on it?", touched(make, version), f"{here}#served"))
    return tuple(said)


def answers_of_run(make: Maker, run: Run) -> tuple[Said, ...]:
    """Where a run got its data and code from, and what depends on it."""
    here = path_of(run.ref)
    return (
        Said("Where does it come from?", traced(make, run), f"{here}#inputs"),
        Said("What depends on it?", touched(make, run), f"{here}#lineage"),
    )


def answers_of_data(make: Maker, version: DatasetVersion) -> tuple[Said, ...]:
    """What a dataset version touches, and where it comes from."""
    return (
        Said("What depends on it?", touched(make, version), path_of_impact(version.ref)),
        Said("Where does it come from?", traced(make, version), f"{path_of(version.ref)}#about"),
    )


def answers_of_dataset(make: Maker, name: str) -> tuple[Said, ...]:
    """What all versions of a dataset touch."""
    ref = Ref.dataset(name)
    document = _touched(make, Found(ref, make.book.catalog.datasets.get(name)))
    return (Said("What depends on it?", document, path_of_impact(ref)),)


def answers_of_endpoint(make: Maker, endpoint: Endpoint) -> tuple[Said, ...]:
    """Whether what an endpoint serves is approved, and where it comes from."""
    here = path_of(endpoint.ref)
    return (
        Said("Is it approved?", approved(make, endpoint), f"{here}#serves"),
        Said("Where does it come from?", traced(make, endpoint), f"{here}#lineage"),
    )


def traced(make: Maker, item: Entry) -> Document:
    """Where an entry comes from, in a sentence."""
    return tell_trace(make.book.tracer.trace(_found(item), STEPS), briefly=True)


def touched(make: Maker, item: Entry) -> Document:
    """What depends on an entry, in a sentence."""
    return _touched(make, _found(item))


def approved(make: Maker, item: Entry) -> Document:
    """Whether an entry is approved for production, in a sentence."""
    return tell_status(status(make.book.records, _found(item)), briefly=True)


def compared(make: Maker, version: ModelVersion, before: Predecessor) -> Document:
    """What a version does better and worse than one before it, and why, in a sentence."""
    return tell_compare(compare_with(make.book.records, version, before), briefly=True)


def comparison_pages(make: Maker) -> Iterator[PageJob]:
    """Each version against the one before it that passed, and against the champion."""
    for model in make.book.models:
        for version in make.book.catalog.versions_of(model):
            before = make.book.predecessor(version)
            for other in (before, _other_champion(make, version, before)):
                if other is not None:
                    path = path_of_comparison(version.ref, other.version.ref)
                    page = partial(_comparison_page, make, version, other)
                    yield Job(path, (version.ref, other.basis), page)


def impact_page(make: Maker, ref: Ref, entry: Entry | None, name: str) -> PageJob:
    """What a dataset, or a version of it, touches."""
    page = partial(_impact_page, make, Found(ref, entry), name)
    return Job(path_of_impact(ref), (Listed(ref),), page)


def _other_champion(make: Maker, version: ModelVersion, before: Predecessor | None) -> Predecessor | None:
    """The champion, where it is neither the version nor the one before it."""
    champion = make.book.champion(version.model)
    if champion is None or champion is version or (before is not None and champion is before.version):
        return None
    return Predecessor(champion, Basis.NAMED)


def _comparison_page(make: Maker, version: ModelVersion, before: Predecessor) -> Page:
    model = make.book.catalog.models.get(version.model)
    name = (model.title if model is not None else "") or version.model
    title = f"{name} {version.version} against {before.version.version}"
    return _page(
        make,
        "Comparison",
        path_of_comparison(version.ref, before.version.ref),
        Section.MODELS,
        title,
        tell_compare(compare_with(make.book.records, version, before)),
        (
            ("Models", "models/index.html"),
            (version.model, path_of(Ref.model(version.model))),
            (f"version {version.version}", path_of(version.ref)),
        ),
        f"herdbook compare {version.ref.short} {before.version.ref.short}",
        comparison_charts(make.book, version, before.version),
    )


def _impact_page(make: Maker, found: Found, name: str) -> Page:
    return _page(
        make,
        "Impact",
        path_of_impact(found.ref),
        Section.DATASETS,
        f"What {name} touches",
        _touched(make, found),
        (("Datasets", "datasets/index.html"), (name, path_of(found.ref))),
        f"herdbook impact {found.ref}",
    )


def _page(
    make: Maker,
    kind: str,
    path: str,
    section: Section,
    title: str,
    document: Document,
    crumbs: Crumbs,
    command: str,
    charts: Charts = (),
) -> Page:
    return make.page(
        "answer",
        path,
        section,
        title,
        f"{title}: the answer, and what it rests on.",
        kind=kind,
        document=document,
        crumbs=(("Home", "index.html"), *crumbs),
        command=command,
        charts=charts,
    )


def _touched(make: Maker, found: Found) -> Document:
    impacts = make.book.impacts
    if found.ref.kind is not Kind.DATASET:
        return tell_impact(impacts.impact(found, STEPS), briefly=True)
    # Told on the page of the data, and on one of its own, which is made next.
    known = make.told.get(found.ref)
    if known is None:
        make.told.clear()
        known = make.told[found.ref] = tell_impact(impacts.impact(found, STEPS))
    return known


def _found(item: Entry) -> Found:
    if item.ref is None:
        raise ValueError(f"{item.label} has no reference")
    return Found(item.ref, item)
