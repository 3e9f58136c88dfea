"""What the API tells about each entry."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from herdbook.clock import instant
from herdbook.entries import Assignment, DatasetVersion, Endpoint, Entry, ModelVersion, Run
from herdbook.queries.matching import first_start, read_datasets
from herdbook.ref import Ref
from herdbook.site.api.answers import Answers, fitting
from herdbook.site.api.files import Made, Writer
from herdbook.site.api.resources import (
    AliasFile,
    AliasItem,
    Assigned,
    Badge,
    DataOfExperiment,
    DatasetFile,
    DatasetVersionFile,
    DatasetVersionItem,
    EndpointFile,
    ExperimentFile,
    ExperimentItem,
    ExperimentsFile,
    Item,
    Links,
    ListFile,
    ModelFile,
    RunFile,
    RunOfExperiment,
    ServedItem,
    VersionFile,
    VersionItem,
)
from herdbook.site.book import Book, Share
from herdbook.site.lists import Part, parts
from herdbook.site.page import Job, Listed, Source
from herdbook.site.paths import (
    API,
    path_of,
    path_of_answer,
    path_of_api,
    path_of_badge,
    path_of_experiment,
    path_of_runs,
    path_of_twin,
)

T = TypeVar("T")

_MOST: Final = 100
_MOST_ANCESTORS: Final = 1000
_LONG: Final = 50_000
"""How many characters of a run are too many for a list of a hundred."""

ApiJob = Job[Iterator[Made]]
"""Files that are still to be made."""


def entry_jobs(book: Book, answers: Answers) -> Iterator[ApiJob]:
    """Yield what makes the files of the API, all but its index and those that come with pages."""
    make = _Maker(book, answers)
    catalog = book.catalog
    for part in parts(book.models, f"{API}/models/index.json"):
        yield Job(part.path, (part.place, *map(Ref.model, part.items)), partial(make.models, part))
    for name in book.models:
        yield _job(Ref.model(name), partial(make.model, name))
        for alias, lines in make.aliases_of(name).items():
            yield _job(Ref.model(name, alias=alias), partial(make.alias, name, alias, lines))
    endpoints = sorted(catalog.endpoints.values(), key=lambda item: item.name)
    for some_endpoints in parts(endpoints, f"{API}/endpoints/index.json"):
        listed = (Listed(endpoint.ref) for endpoint in some_endpoints.items)
        listing = partial(make.endpoints, some_endpoints)
        yield Job(some_endpoints.path, (some_endpoints.place, *listed), listing)
    for part in parts(book.datasets, f"{API}/datasets/index.json"):
        yield Job(part.path, (part.place, *map(Ref.dataset, part.items)), partial(make.datasets, part))
    for name in book.datasets:
        yield _job(Ref.dataset(name), partial(make.dataset, name), answers.extent(Ref.dataset(name)))
    runs = sorted(catalog.runs.values(), key=lambda run: (instant(run.started_at), run.id), reverse=True)
    for some_runs in parts(runs, f"{API}/runs/index.json"):
        listed = (Listed(run.ref) for run in some_runs.items)
        yield Job(some_runs.path, (some_runs.place, *listed), partial(make.runs, some_runs))
    experiments = tuple(catalog.experiments.items())
    for some_experiments in parts(experiments, f"{API}/experiments/index.json"):
        told = ((name, first_start(members), len(members)) for name, members in some_experiments.items)
        listing = partial(make.experiments, some_experiments)
        yield Job(some_experiments.path, (some_experiments.place, *told), listing)
    for name in catalog.experiments:
        yield from _experiment_jobs(make, name)


def job_with_page(book: Book, answers: Answers, entry: Entry) -> ApiJob | None:
    """Return what makes the files about an entry whose page is made beside them, if it is of such a kind."""
    make = _Maker(book, answers)
    match entry:
        case Run():
            return _job(entry.ref, partial(make.run, entry), answers.extent(entry.ref))
        case ModelVersion():
            return _job(entry.ref, partial(make.version, entry), answers.extent(entry.ref))
        case DatasetVersion():
            return _job(entry.ref, partial(make.dataset_version, entry), answers.extent(entry.ref))
        case Endpoint():
            return _job(entry.ref, partial(make.endpoint, entry), answers.extent(entry.ref))
        case _:
            return None


def jobs_about(book: Book, answers: Answers, entry: Entry) -> Iterator[ApiJob]:
    """Yield what makes the other files that tell the notes of an entry."""
    if isinstance(entry, Run):
        for job in _experiment_jobs(_Maker(book, answers), entry.experiment):
            if entry.ref in job.sources:
                yield job


def _experiment_jobs(make: "_Maker", name: str) -> Iterator[ApiJob]:
    members = make.book.catalog.experiments[name]
    began_at = first_start(members)
    for some_members in parts(members, path_of_runs(name)):
        told_whole = (run.ref for run in some_members.items)
        listing = partial(make.experiment, name, began_at, some_members)
        yield Job(some_members.path, (some_members.place, began_at, *told_whole), listing)


def _job(ref: Ref, make: Callable[[], Iterator[Made]], *sources: Source) -> ApiJob:
    return Job(path_of_api(ref), (ref, *sources), make)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the files about one entry, or a page of a list, at a time."""

    book: Book
    answers: Answers

    # Lists

    def models(self, part: Part[str]) -> Iterator[Made]:
        def item(name: str, writer: Writer) -> Item:
            model, champion = self.book.catalog.models.get(name), self.book.champion(name)
            about = {
                "versions": len(self.book.catalog.versions_of(name)),
                "champion": champion.version if champion is not None else None,
            }
            return _item(Ref.model(name), model, about, writer)

        yield _list(part, item)

    def datasets(self, part: Part[str]) -> Iterator[Made]:
        def item(name: str, writer: Writer) -> Item:
            versions = self.book.catalog.versions_of_dataset(name)
            about = {"versions": len(versions), "newest": versions[-1].version if versions else None}
            return _item(Ref.dataset(name), self.book.catalog.datasets.get(name), about, writer)

        yield _list(part, item)

    def endpoints(self, part: Part[Endpoint]) -> Iterator[Made]:
        def item(endpoint: Endpoint, writer: Writer) -> Item:
            about = {"environment": endpoint.environment, "type": endpoint.text("type")}
            return _item(endpoint.ref, endpoint, about, writer)

        yield _list(part, item)

    def runs(self, part: Part[Run]) -> Iterator[Made]:
        def item(run: Run, writer: Writer) -> Item:
            about = {
                "experiment": run.experiment,
                "type": run.type,
                "status": run.status,
                "started_at": run.started_at,
            }
            return _item(run.ref, run, about, writer)

        yield _list(part, item)

    # Models

    def aliases_of(self, model: str) -> Mapping[str, tuple[Assignment, ...]]:
        """For each alias of a model its assignments; also for those that were withdrawn."""
        ledger = self.book.catalog.aliases.get(model)
        ledgers = ledger.ledgers if ledger is not None else {}
        return {alias: lines for alias, lines in ledgers.items() if lines}

    def model(self, name: str) -> Iterator[Made]:
        catalog, ref = self.book.catalog, Ref.model(name)
        for part in parts(catalog.versions_of(name)[::-1], path_of_api(ref)):
            writer = Writer(part.path)
            yield writer.file(
                ModelFile(
                    ref=ref,
                    entry=_data(catalog.models.get(name)),
                    card=_data(catalog.cards.get((name, None))),
                    aliases=tuple(self._aliases(name, writer)),
                    versions=tuple(self._version_item(version, writer) for version in part.items),
                    page=part.number,
                    pages=part.last,
                    total=part.total,
                    links=_page_links(ref, writer) | _turn(part, writer),
                )
            )

    def _aliases(self, model: str, writer: Writer) -> Iterator[AliasItem]:
        for alias, lines in self.aliases_of(model).items():
            ref = Ref.model(model, alias=alias)
            links = {"alias": writer.to(path_of_api(ref)), "badge": writer.to(path_of_badge(model, alias))}
            yield AliasItem(alias, lines[-1].version, lines[-1].at, links)

    def _version_item(self, version: ModelVersion, writer: Writer) -> VersionItem:
        key = (version.model, version.version)
        return VersionItem(
            ref=version.ref,
            version=version.version,
            label=version.version_label,
            created_at=version.text("created_at"),
            aliases=tuple(self.book.aliases.get(key, ())),
            stage=self.book.stages.get(key, "none"),
            recalled=self.book.recalled_ancestor(version.ref) is not None,
            links={"version": writer.to(path_of_api(version.ref)), "page": writer.to(path_of(version.ref))},
        )

    def version(self, version: ModelVersion) -> Iterator[Made]:
        key, ref = (version.model, version.version), version.ref
        writer = Writer(path_of_api(ref))
        links = {"model": writer.to(path_of_api(Ref.model(version.model)))}
        served = (share.endpoint.ref for share in self.book.endpoints.get(key, ()))
        yield writer.file(
            VersionFile(
                ref=ref,
                entry=_data(version),
                card=_data(self.book.catalog.cards.get(key)),
                aliases=tuple(self.book.aliases.get(key, ())),
                stage=self.book.stages.get(key, "none"),
                endpoints=tuple(dict.fromkeys(served)),
                evaluations=tuple(run.ref for run in self.book.evaluations.get(key, ())[:_MOST]),
                recalled_ancestors=self._recalled(ref),
                links=links | _page_links(ref, writer) | _answer_links(ref, writer),
            )
        )
        yield from self._answers(ref)

    def alias(self, model: str, alias: str, lines: Sequence[Assignment]) -> Iterator[Made]:
        ref, number = Ref.model(model, alias=alias), lines[-1].version
        version = self.book.catalog.versions.get((model, number or 0))
        badge = path_of_badge(model, alias)
        writer = Writer(path_of_api(ref))
        links = {"model": writer.to(path_of_api(Ref.model(model))), "badge": writer.to(badge)}
        if version is not None:
            links["version"] = writer.to(path_of_api(version.ref))
            links["trace"] = writer.to(path_of_answer(version.ref, "trace"))
        run = self.book.run_of(version) if version is not None else None
        recalled = self._recalled(version.ref) if version is not None else ()
        yield writer.file(
            AliasFile(
                model=model,
                alias=alias,
                version=number,
                ref=version.ref if version is not None else None,
                label=version.version_label if version is not None else "",
                uri=version.text("uri") if version is not None else "",
                digest=version.text("digest") if version is not None else "",
                size=version.size if version is not None else None,
                flavors=version.flavors if version is not None else (),
                signature=version.data.get("signature") if version is not None else None,
                requirements=_requirements(version, run),
                python=run.environment.python if run is not None else "",
                run=run.ref if run is not None else None,
                deprecated=version.deprecated if version is not None else None,
                recalled_ancestors=recalled,
                assigned=_assigned(lines[-1]),
                history=tuple(map(_assigned, lines[-2 : -2 - _MOST : -1])),
                links=links | _page_links(ref, writer),
            )
        )
        yield Writer(badge).file(_badge(ref, number, version, bool(recalled)))

    # Data, runs, endpoints

    def dataset(self, name: str) -> Iterator[Made]:
        catalog, ref = self.book.catalog, Ref.dataset(name)
        for part in parts(catalog.versions_of_dataset(name)[::-1], path_of_api(ref)):
            writer = Writer(part.path)
            links = {"impact": writer.to(path_of_answer(ref, "impact"))}
            yield writer.file(
                DatasetFile(
                    ref=ref,
                    entry=_data(catalog.datasets.get(name)),
                    versions=tuple(self._dataset_version_item(version, writer) for version in part.items),
                    page=part.number,
                    pages=part.last,
                    total=part.total,
                    links=links | _page_links(ref, writer) | _turn(part, writer),
                )
            )
        yield from self.answers.impact(ref)

    def _dataset_version_item(self, version: DatasetVersion, writer: Writer) -> DatasetVersionItem:
        return DatasetVersionItem(
            ref=version.ref,
            version=version.version,
            created_at=version.text("created_at"),
            rows=version.rows,
            digest=version.text("digest"),
            recalled=version.recall is not None or self.book.recalled_ancestor(version.ref) is not None,
            links={"version": writer.to(path_of_api(version.ref)), "page": writer.to(path_of(version.ref))},
        )

    def dataset_version(self, version: DatasetVersion) -> Iterator[Made]:
        ref = version.ref
        writer = Writer(path_of_api(ref))
        links = {"dataset": writer.to(path_of_api(Ref.dataset(version.dataset)))}
        yield writer.file(
            DatasetVersionFile(
                ref=ref,
                entry=_data(version),
                recalled_ancestors=self._recalled(ref),
                links=links | _page_links(ref, writer) | _answer_links(ref, writer),
            )
        )
        yield from self._answers(ref)

    def run(self, run: Run) -> Iterator[Made]:
        ref = run.ref
        writer = Writer(path_of_api(ref))
        yield writer.file(
            RunFile(
                ref=ref,
                entry=_data(run),
                versions=tuple(version.ref for version in self.book.versions_of_run.get(run.id, ())),
                recalled_ancestors=self._recalled(ref),
                links=_page_links(ref, writer) | _answer_links(ref, writer),
            )
        )
        yield from self._answers(ref)

    def endpoint(self, endpoint: Endpoint) -> Iterator[Made]:
        ref = endpoint.ref
        writer = Writer(path_of_api(ref))
        yield writer.file(
            EndpointFile(
                ref=ref,
                entry=_data(endpoint),
                serves=tuple(self._served(share, writer) for share in self.book.shares(endpoint)),
                recalled_ancestors=self._recalled(ref),
                links=_page_links(ref, writer) | {"trace": writer.to(path_of_answer(ref, "trace"))},
            )
        )
        yield from self.answers.trace(ref)

    def _served(self, share: Share, writer: Writer) -> ServedItem:
        links = {}
        if share.alias is not None and (share.alias.alias or "") in self.aliases_of(share.alias.name):
            links["alias"] = writer.to(path_of_api(share.alias))
        if share.version is not None:
            links["version"] = writer.to(path_of_api(share.version.ref))
        return ServedItem(
            model=share.served.mention.text,
            version=share.version.ref if share.version is not None else None,
            traffic=share.served.traffic,
            since=share.assignment.at if share.assignment is not None else "",
            approved_by=share.assignment.approved_by if share.assignment is not None else (),
            links=links,
        )

    # Experiments

    def experiments(self, part: Part[tuple[str, tuple[Run, ...]]]) -> Iterator[Made]:
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
        yield writer.file(ExperimentsFile(items, part.number, part.last, part.total, _turn(part, writer)))

    def experiment(self, name: str, began_at: str, part: Part[Run]) -> Iterator[Made]:
        writer, page = Writer(part.path), path_of_experiment(name)
        links = {"page": writer.to(page), "markdown": writer.to(path_of_twin(page))}
        read = (data for run in part.items for data in read_datasets(self.book.catalog, run.inputs))
        versions = dict.fromkeys(self.book.catalog.resolve(data.ref) for data in read)
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
                links=links | _turn(part, writer),
            )
        )

    # What several of them have

    def _answers(self, ref: Ref) -> Iterator[Made]:
        yield from self.answers.trace(ref)
        yield from self.answers.impact(ref)

    def _recalled(self, ref: Ref) -> tuple[Ref, ...]:
        """The recalled dataset versions that something comes from, the nearest first."""
        node = self.book.lineage.node(ref)
        if node is None or self.book.recalled_ancestor(ref) is None:
            return ()
        recalled = {version.ref for version in self.book.recalled}
        depth = fitting([node], self.book.lineage.above, _MOST_ANCESTORS)
        upstream = self.book.lineage.upstream(node, depth)
        found = [other.ref for other in upstream if other.ref in recalled]
        nearest = self.book.recalled_ancestor(ref)
        return tuple(dict.fromkeys([*found, *([nearest.ref] if nearest is not None else [])]))


def _list(part: Part[T], item: Callable[[T, Writer], Item]) -> Made:
    writer = Writer(part.path)
    items = tuple(item(each, writer) for each in part.items)
    return writer.file(ListFile(items, part.number, part.last, part.total, _turn(part, writer)))


def _item(ref: Ref, entry: Entry | None, about: Mapping[str, str | int | None], writer: Writer) -> Item:
    links = {"entry": writer.to(path_of_api(ref)), "page": writer.to(path_of(ref))}
    return Item(ref, entry.title if entry is not None else "", about, links)


def _data(entry: Entry | None) -> object:
    return entry.data if entry is not None else None


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


def _turn(part: Part[T], writer: Writer) -> Links:
    """The way to the pages of a list before and after one."""
    neighbours = {"previous": part.previous, "next": part.next}
    return {name: writer.to(path) for name, path in neighbours.items() if path is not None}


def _page_links(ref: Ref, writer: Writer) -> Links:
    page = path_of(ref)
    return {"page": writer.to(page), "markdown": writer.to(path_of_twin(page.partition("#")[0]))}


def _answer_links(ref: Ref, writer: Writer) -> Links:
    return {question: writer.to(path_of_answer(ref, question)) for question in ("trace", "impact")}


def _assigned(line: Assignment) -> Assigned:
    evidence = tuple(mention.text for mention in line.evidence)
    return Assigned(line.version, line.at, line.by, line.approved_by, line.reason, evidence)


def _requirements(version: ModelVersion | None, run: Run | None) -> tuple[str, ...]:
    """What a version needs; where it does not say so, what its run had."""
    if version is not None and version.requirements:
        return version.requirements
    return run.environment.requirements if run is not None else ()


def _badge(ref: Ref, number: int | None, version: ModelVersion | None, recalled: bool) -> Badge:
    if number is None:
        message, color = "withdrawn", "lightgrey"
    elif version is None:
        message, color = f"v{number} missing", "red"
    elif recalled:
        message, color = f"v{number} recalled data", "red"
    elif version.deprecated is not None:
        message, color = f"v{number} deprecated", "orange"
    else:
        message, color = f"v{number}", "brightgreen" if ref.alias == "champion" else "blue"
    return Badge(1, ref.short, message, color)
