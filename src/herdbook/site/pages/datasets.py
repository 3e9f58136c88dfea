"""The pages of datasets and their versions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from herdbook.clock import instant
from herdbook.entries import DatasetVersion, Endpoint, Entry, ModelVersion, Run
from herdbook.lineage import Node, NodeKind
from herdbook.ref import Ref
from herdbook.site.book import Book
from herdbook.site.lists import Choices, Part, choices, on_one_page, parts
from herdbook.site.markdown import plain
from herdbook.site.page import Job, Linked, Listed, Page, Section
from herdbook.site.pages.answers import answers_of_data, answers_of_dataset, impact_page
from herdbook.site.pages.making import Maker, PageJob
from herdbook.site.paths import path_of, path_of_impact

E = TypeVar("E", bound=Entry)

_SHOWN: Final = 100
_NODES: Final = 40


def dataset_pages(make: Maker) -> Iterator[PageJob]:
    """The list of datasets, and each dataset with its versions, and what it touches."""
    book = make.book
    for part in parts(book.datasets, "datasets/index.html"):
        page_of_list = partial(
            make.page,
            "datasets",
            part.path,
            Section.DATASETS,
            "Datasets",
            "All datasets, their versions, and what was recalled.",
            part=part,
        )
        yield Job(part.path, (part.place, *map(Ref.dataset, part.items)), page_of_list)
    for name in book.datasets:
        for versions in parts(book.catalog.versions_of_dataset(name)[::-1], path_of(Ref.dataset(name))):
            sources = (versions.place, Ref.dataset(name))
            yield Job(versions.path, sources, partial(_dataset, make, name, versions))
            if versions.number == 1:
                yield impact_page(make, Ref.dataset(name), book.catalog.datasets.get(name), name)


def _dataset(make: Maker, name: str, part: Part[DatasetVersion]) -> Page:
    dataset = make.book.catalog.datasets.get(name)
    description = dataset.description if dataset is not None else ""
    first = part.number == 1
    tags = dataset.tags.values() if dataset is not None else ()
    owner = make.book.person(dataset.text("owner")) if dataset is not None else ""
    return make.page(
        "dataset",
        part.path,
        Section.DATASETS,
        (dataset.title if dataset is not None else "") or name,
        plain(description) or f"The dataset {name} and its versions.",
        search_text=f"Dataset. {plain(description, 300)} {owner}" if first else "",
        search_tags=(name, *tags) if first else (),
        answers=answers_of_dataset(make, name) if first else (),
        name=name,
        dataset=dataset,
        part=part,
        users={version.version: len(users(make.book, version)) for version in part.items},
    )


def dataset_version_pages(make: Maker) -> Iterator[PageJob]:
    """The pages of each version of each dataset: its own, what it touches, and more if it has many users."""
    for name in make.book.datasets:
        for version in make.book.catalog.versions_of_dataset(name):
            yield dataset_version_page(make, version)
            yield impact_page(make, version.ref, version, f"{name} {version.version}")
            yield from _pages_of_users(make, version)


def dataset_version_page(make: Maker, version: DatasetVersion) -> PageJob:
    """The page of a dataset version."""
    return Job(path_of(version.ref), (version.ref,), partial(_version, make, version))


def _pages_of_users(make: Maker, version: DatasetVersion) -> Iterator[PageJob]:
    # Few versions have so many users that it is worth looking at them here.
    if _few_use(make.book, version):
        return
    used_by = _used_by(make.book, version)
    for part in used_by.parts[1:]:
        # What else came of the version is not shown: most of its pages stay where a run is another one.
        shown = (part.place, used_by.choices, Linked(version.ref), *(Listed(run.ref) for run in part.items))
        yield Job(part.path, shown, partial(_users, make, version, part, used_by.choices))


@dataclass(frozen=True, slots=True)
class UsedBy:
    """The runs that read a dataset version, the newest first: page by page, and what to choose them by."""

    parts: tuple[Part[Run], ...]
    choices: Choices


def _used_by(book: Book, version: DatasetVersion) -> UsedBy:
    runs = users(book, version)
    chosen = {
        "Run": ("Status", choices(run.status for run in runs)),
        "Experiment": ("Experiment", choices(run.experiment for run in runs)),
        "Type": ("Type", choices(run.type for run in runs)),
    }
    return UsedBy(tuple(parts(runs, path_of(version.ref))), chosen)


def _few_use(book: Book, version: DatasetVersion) -> bool:
    node = book.lineage.node(version.ref)
    return node is None or on_one_page(book.lineage.degree(node))


def _users(make: Maker, version: DatasetVersion, part: Part[Run], chosen_by: Choices) -> Page:
    """Earlier runs that read a dataset version which many read."""
    return make.page(
        "dataset-version-users",
        part.path,
        Section.DATASETS,
        f"{version.dataset} {version.version}: used by",
        f"Runs that read the version {version.version} of the dataset {version.dataset}.",
        version=version,
        part=part,
        choices=chosen_by,
    )


def _version(make: Maker, version: DatasetVersion) -> Page:
    book = make.book
    used_by = _used_by(book, version)
    node = book.lineage.node(version.ref)
    derived = (
        [child for child in book.lineage.children(node) if child.kind is NodeKind.DATASET_VERSION]
        if node
        else []
    )
    tags = [f"{name}={value}" for name, value in version.tags.items()]
    author = book.person(version.text("created_by"))
    return make.page(
        "dataset-version",
        path_of(version.ref),
        Section.DATASETS,
        f"{version.dataset} {version.version}",
        plain(version.description) or f"Version {version.version} of the dataset {version.dataset}.",
        search_text=f"Dataset version. {plain(version.description, 300)} {author}",
        search_tags=(version.ref.short, version.text("digest"), *tags[:10]),
        answers=answers_of_data(make, version),
        version=version,
        dataset=book.catalog.datasets.get(version.dataset),
        graph=make.lineage(version.ref, path_of(version.ref), _NODES),
        producers=producers(book, version),
        part=used_by.parts[0],
        choices=used_by.choices,
        derived=[book.link_node(child) for child in derived[:_SHOWN]],
        more_derived=len(derived) - _SHOWN,
        impact=path_of_impact(version.ref),
        affected=affected(book, version) if version.recall is not None else {},
    )


def producers(book: Book, version: DatasetVersion) -> tuple[Run, ...]:
    """The runs that wrote a dataset version, whichever side said so."""
    node = book.lineage.node(version.ref)
    return _entries(book, book.lineage.parents(node) if node is not None else (), Run)


def users(book: Book, version: DatasetVersion) -> tuple[Run, ...]:
    """The runs that read a dataset version, the newest first."""
    node = book.lineage.node(version.ref)
    runs = _entries(book, book.lineage.children(node) if node is not None else (), Run)
    return tuple(sorted(runs, key=lambda run: (instant(run.started_at), run.id), reverse=True))


def affected(book: Book, version: DatasetVersion) -> Mapping[str, tuple[Entry, ...]]:
    """What comes from a dataset version, by kind, the worst first: endpoints, model versions, data, runs."""
    node = book.lineage.node(version.ref)
    downstream = tuple(book.lineage.downstream(node)) if node is not None else ()
    groups: dict[str, tuple[Entry, ...]] = {
        "Endpoints": _entries(book, downstream, Endpoint),
        "Model versions": _entries(book, downstream, ModelVersion),
        "Dataset versions": _entries(book, downstream, DatasetVersion),
        "Runs": _entries(book, downstream, Run),
    }
    return {name: entries for name, entries in groups.items() if entries}


def _entries(book: Book, nodes: Iterable[Node], entry_type: type[E]) -> tuple[E, ...]:
    found = (
        book.catalog.resolve(node.ref)
        for node in nodes
        if node.ref is not None and node.kind is not NodeKind.ALIAS
    )
    return tuple(entry for entry in found if isinstance(entry, entry_type))
