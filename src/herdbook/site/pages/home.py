"""The home page: what is in production, what needs attention, what was recalled, and what changed last."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from herdbook.clock import instant
from herdbook.entries import DatasetVersion, Entry
from herdbook.finding import Severity
from herdbook.ref import Ref
from herdbook.site.book import Book, Link
from herdbook.site.page import Page, Section
from herdbook.site.pages.datasets import affected
from herdbook.site.pages.making import Maker
from herdbook.site.paths import path_of_rule

_PRODUCTION_SHOWN: Final = 20
_RECALLS_SHOWN: Final = 10
_CHANGES_SHOWN: Final = 10
_OPEN_SHOWN: Final = 10
_MODELS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Something that happened, for the list of latest changes."""

    at: str
    what: str
    ref: Ref
    by: str = ""


def home_page(make: Maker) -> Page:
    """Make the home page."""
    book = make.book
    catalog = book.catalog
    production = sorted(
        (item for item in catalog.endpoints.values() if item.environment == "production"),
        key=lambda item: item.name,
    )
    running = heapq.nlargest(
        _OPEN_SHOWN,
        (run for run in catalog.runs.values() if run.status == "running"),
        key=lambda run: (instant(run.started_at), run.id),
    )
    introduction = catalog.file.description if catalog.file is not None else ""
    return make.page(
        "home",
        "index.html",
        Section.HOME,
        "Home",
        f"{book.name}: which models are in production, and where they come from.",
        introduction=introduction,
        models=[
            (name, catalog.models.get(name), book.champion(name), len(catalog.versions_of(name)))
            for name in book.models[:_MODELS_SHOWN]
        ],
        counts=_counts(book),
        production=[share for item in production[:_PRODUCTION_SHOWN] for share in book.shares(item)],
        more_production=len(production) - _PRODUCTION_SHOWN,
        errors=book.report.count(Severity.ERROR),
        warnings=book.report.count(Severity.WARNING),
        waivers=[
            (waiver, page if book.has_page(page := path_of_rule(waiver.rule)) else None)
            for waiver in book.policy.waivers
        ],
        running=running,
        candidates=heapq.nlargest(_OPEN_SHOWN, _candidates(book)),
        recalls=[(version, _affected(book, version)) for version in book.recalled[:_RECALLS_SHOWN]],
        more_recalls=len(book.recalled) - _RECALLS_SHOWN,
        changes=[
            (change, book.link(change.ref)) for change in heapq.nlargest(_CHANGES_SHOWN, _changes(book))
        ],
    )


def _counts(book: Book) -> tuple[tuple[str, int, str], ...]:
    catalog = book.catalog
    counts = (
        ("model", len(book.models), "models/index.html"),
        ("model version", len(catalog.versions), "models/index.html"),
        ("run", len(catalog.runs), "experiments/index.html"),
        ("dataset version", len(catalog.dataset_versions), "datasets/index.html"),
        ("endpoint", len(catalog.endpoints), "endpoints/index.html"),
    )
    return tuple((noun if count == 1 else f"{noun}s", count, path) for noun, count, path in counts)


def _affected(book: Book, version: DatasetVersion) -> Mapping[str, tuple[Entry, ...]]:
    return {
        name: entries
        for name, entries in affected(book, version).items()
        if name in {"Endpoints", "Model versions"}
    }


def _candidates(book: Book) -> Iterator[tuple[str, str, int, Link]]:
    """Versions newer than their model's champion that no alias points to and nobody gave up."""
    for model in book.models:
        champion = book.champion(model)
        for version in book.catalog.versions_of(model):
            newer = champion is None or version.version > champion.version
            if newer and version.deprecated is None and not book.aliases.get((model, version.version)):
                yield version.text("created_at"), model, version.version, book.link_entry(version)


def _changes(book: Book) -> Iterator[Change]:
    catalog = book.catalog
    for ledger in catalog.aliases.values():
        for alias, assignments in ledger.ledgers.items():
            for item in assignments:
                target = f"version {item.version}" if item.version is not None else "nothing"
                yield Change(
                    item.at, f"{alias} set to {target}", Ref.model(ledger.model, item.version), item.by
                )
    for stages in catalog.stages.values():
        for transition in stages.transitions:
            ref = Ref.model(stages.model, transition.version)
            yield Change(transition.at, f"moved to {transition.stage}", ref, transition.by)
    for version in catalog.versions.values():
        yield Change(
            version.text("created_at"), "version registered", version.ref, version.text("created_by")
        )
    for dataset_version in catalog.dataset_versions.values():
        yield Change(
            dataset_version.text("created_at"),
            "dataset version added",
            dataset_version.ref,
            dataset_version.text("created_by"),
        )
        if dataset_version.recall is not None:
            yield Change(
                dataset_version.recall.at,
                "dataset version recalled",
                dataset_version.ref,
                dataset_version.recall.by,
            )
    for run in catalog.runs.values():
        if run.status in {"failed", "killed"}:
            yield Change(run.ended_at or run.started_at, f"run {run.status}", run.ref, run.text("user"))
