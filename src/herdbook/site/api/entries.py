"""What the API tells about each entry; lists of entries are in ``lists``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from herdbook.entries import Assignment, DatasetVersion, Endpoint, Entry, ModelVersion, Run
from herdbook.ref import Ref
from herdbook.site.api.answers import Answers, fitting
from herdbook.site.api.files import ApiJob, Made, Writer
from herdbook.site.api.lists import turn
from herdbook.site.api.resources import (
    AliasFile,
    AliasItem,
    Assigned,
    Badge,
    DatasetFile,
    DatasetVersionFile,
    DatasetVersionItem,
    EndpointFile,
    Links,
    ModelFile,
    RunFile,
    ServedItem,
    VersionFile,
    VersionItem,
)
from herdbook.site.book import Book, Share
from herdbook.site.lists import parts
from herdbook.site.page import Job, Source
from herdbook.site.paths import (
    path_of,
    path_of_answer,
    path_of_api,
    path_of_badge,
    path_of_twin,
)

_MOST: Final = 100
_MOST_ANCESTORS: Final = 1000


def entry_jobs(book: Book, answers: Answers) -> Iterator[ApiJob]:
    """Yield what makes the files about entries, all but those that come with pages."""
    make = _Maker(book, answers)
    for name in book.models:
        yield _job(Ref.model(name), partial(make.model, name))
        for alias, lines in make.aliases_of(name).items():
            yield _job(Ref.model(name, alias=alias), partial(make.alias, name, alias, lines))
    for name in book.datasets:
        yield _job(Ref.dataset(name), partial(make.dataset, name), answers.extent(Ref.dataset(name)))


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


def _job(ref: Ref, make: Callable[[], Iterator[Made]], *sources: Source) -> ApiJob:
    return Job(path_of_api(ref), (ref, *sources), make)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the files about one entry at a time."""

    book: Book
    answers: Answers

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
                    links=_page_links(ref, writer) | turn(part, writer),
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
                    links=links | _page_links(ref, writer) | turn(part, writer),
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


def _data(entry: Entry | None) -> object:
    return entry.data if entry is not None else None


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
