"""What the API tells in lists: of all entries of a kind, of experiments, and of the runs of each."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from herdbook.clock import instant
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.queries.matching import first_start, read_datasets
from herdbook.ref import Ref
from herdbook.site.api.files import ApiJob, Made, Writer
from herdbook.site.api.resources import (
    DataOfExperiment,
    ExperimentFile,
    ExperimentItem,
    ExperimentsFile,
    Item,
    Links,
    ListFile,
    RunOfExperiment,
)
from herdbook.site.book import Book
from herdbook.site.lists import Part, parts
from herdbook.site.page import Job, Listed
from herdbook.site.paths import API, path_of, path_of_api, path_of_experiment, path_of_runs, path_of_twin

T = TypeVar("T")

_LONG: Final = 50_000
"""How many characters of a run are too many for a list of a hundred."""


def list_jobs(book: Book) -> Iterator[ApiJob]:
    """Yield what makes the lists."""
    catalog = book.catalog
    for part in parts(book.models, f"{API}/models/index.json"):
        yield Job(part.path, (part.place, *map(Ref.model, part.items)), partial(_models, book, part))
    endpoints = sorted(catalog.endpoints.values(), key=lambda item: item.name)
    for some_endpoints in parts(endpoints, f"{API}/endpoints/index.json"):
        listed = (Listed(endpoint.ref) for endpoint in some_endpoints.items)
        listing = partial(_endpoints, book, some_endpoints)
        yield Job(some_endpoints.path, (some_endpoints.place, *listed), listing)
    for part in parts(book.datasets, f"{API}/datasets/index.json"):
        yield Job(part.path, (part.place, *map(Ref.dataset, part.items)), partial(_datasets, book, part))
    runs = sorted(catalog.runs.values(), key=lambda run: (instant(run.started_at), run.id), reverse=True)
    for some_runs in parts(runs, f"{API}/runs/index.json"):
        listed = (Listed(run.ref) for run in some_runs.items)
        yield Job(some_runs.path, (some_runs.place, *listed), partial(_runs, book, some_runs))
    experiments = tuple(catalog.experiments.items())
    for some_experiments in parts(experiments, f"{API}/experiments/index.json"):
        told = ((name, first_start(members), len(members)) for name, members in some_experiments.items)
        listing = partial(_experiments, some_experiments)
        yield Job(some_experiments.path, (some_experiments.place, *told), listing)
    for name in catalog.experiments:
        yield from _experiment_jobs(book, name)


def jobs_about(book: Book, entry: Entry) -> Iterator[ApiJob]:
    """Yield what makes the lists that tell the notes of an entry."""
    if isinstance(entry, Run):
        for job in _experiment_jobs(book, entry.experiment):
            if entry.ref in job.sources:
                yield job


def _experiment_jobs(book: Book, name: str) -> Iterator[ApiJob]:
    members = book.catalog.experiments[name]
    began_at = first_start(members)
    for some_members in parts(members, path_of_runs(name)):
        told_whole = (run.ref for run in some_members.items)
        listing = partial(_experiment, book, name, began_at, some_members)
        yield Job(some_members.path, (some_members.place, began_at, *told_whole), listing)


def _models(book: Book, part: Part[str]) -> Iterator[Made]:
    def item(name: str, writer: Writer) -> Item:
        model, champion = book.catalog.models.get(name), book.champion(name)
        about = {
            "versions": len(book.catalog.versions_of(name)),
            "champion": champion.version if champion is not None else None,
        }
        return _item(Ref.model(name), model, about, writer)

    yield _list(part, item)


def _datasets(book: Book, part: Part[str]) -> Iterator[Made]:
    def item(name: str, writer: Writer) -> Item:
        versions = book.catalog.versions_of_dataset(name)
        about = {"versions": len(versions), "newest": versions[-1].version if versions else None}
        return _item(Ref.dataset(name), book.catalog.datasets.get(name), about, writer)

    yield _list(part, item)


def _endpoints(book: Book, part: Part[Endpoint]) -> Iterator[Made]:
    def item(endpoint: Endpoint, writer: Writer) -> Item:
        about = {"environment": endpoint.environment, "type": endpoint.text("type")}
        return _item(endpoint.ref, endpoint, about, writer)

    yield _list(part, item)


def _runs(book: Book, part: Part[Run]) -> Iterator[Made]:
    def item(run: Run, writer: Writer) -> Item:
        about = {
            "experiment": run.experiment,
            "type": run.type,
            "status": run.status,
            "started_at": run.started_at,
        }
        return _item(run.ref, run, about, writer)

    yield _list(part, item)


def _experiments(part: Part[tuple[str, tuple[Run, ...]]]) -> Iterator[Made]:
    writer = Writer(part.path)
    items = tuple(
        ExperimentItem(
            experiment=name,
            began_at=first_start(runs),
            runs=len(runs),
            links={
                "runs": writer.to(path_of_runs(name)),
                "page": writer.to(path_of_experiment(name)),
            },
        )
        for name, runs in part.items
    )
    yield writer.file(ExperimentsFile(items, part.number, part.last, part.total, turn(part, writer)))


def _experiment(book: Book, name: str, began_at: str, part: Part[Run]) -> Iterator[Made]:
    writer, page = Writer(part.path), path_of_experiment(name)
    links = {"page": writer.to(page), "markdown": writer.to(path_of_twin(page))}
    read = (data for run in part.items for data in read_datasets(book.catalog, run.inputs))
    versions = dict.fromkeys(book.catalog.resolve(data.ref) for data in read)
    yield writer.file(
        ExperimentFile(
            experiment=name,
            began_at=began_at,
            runs=tuple(
                RunOfExperiment(run.ref, _brief(run), {"run": writer.to(path_of_api(run.ref))})
                for run in part.items
            ),
            datasets=tuple(
                DataOfExperiment(
                    version.ref,
                    version.text("uri"),
                    version.text("digest"),
                    {"version": writer.to(path_of_api(version.ref))},
                )
                for version in versions
                if isinstance(version, DatasetVersion)
            ),
            page=part.number,
            pages=part.last,
            total=part.total,
            links=links | turn(part, writer),
        )
    )


def _list(part: Part[T], item: Callable[[T, Writer], Item]) -> Made:
    writer = Writer(part.path)
    items = tuple(item(each, writer) for each in part.items)
    return writer.file(ListFile(items, part.number, part.last, part.total, turn(part, writer)))


def _item(ref: Ref, entry: Entry | None, about: Mapping[str, str | int | None], writer: Writer) -> Item:
    links = {"entry": writer.to(path_of_api(ref)), "page": writer.to(path_of(ref))}
    return Item(ref, entry.title if entry is not None else "", about, links)


def _brief(run: Run) -> object:
    """What a run says, of its curves only the last points; nothing where that is long."""
    data = dict(run.data)
    if run.curves:
        data["curves"] = {key: _ending(points) for key, points in run.curves.items()}
    return data if len(json.dumps(data)) <= _LONG else None


def _ending(points: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """The points of the last step of a curve, as whole numbers count steps."""
    last = max((int(step) for step, _ in points), default=0)
    return [point for point in points if int(point[0]) == last]


def turn(part: Part[T], writer: Writer) -> Links:
    """The way to the pages of a list before and after one."""
    neighbours = {"previous": part.previous, "next": part.next}
    return {name: writer.to(path) for name, path in neighbours.items() if path is not None}
