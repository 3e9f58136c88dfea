"""Tables across all kinds of entries: the catalog itself, tags, packages, and what was made from what."""

from collections.abc import Iterator, Sequence

from herdbook.entries import Entry
from herdbook.exporters.parquet.closure import pairs
from herdbook.exporters.parquet.columns import (
    NAME,
    NAMED,
    POSITION,
    Column,
    Row,
    Table,
    Type,
    text,
)
from herdbook.queries.records import Records
from herdbook.requirements import package


def _catalogs(records: Records) -> Iterator[Row]:
    file = records.catalog.file
    if file is not None:
        yield text(file.title), text(file.description), text(file.text("url")), text(file.text("repository"))


def _tags(records: Records) -> Iterator[Row]:
    for entry in records.catalog.entries():
        for name, value in entry.tags.items():
            yield entry.kind, text(entry.ref), entry.source.path, text(name), text(value)


def _requirements(records: Records) -> Iterator[Row]:
    for run in records.catalog.runs.values():
        yield from _required(run, run.environment.requirements)
    for version in records.catalog.versions.values():
        yield from _required(version, version.requirements)


def _required(entry: Entry, requirements: Sequence[str]) -> Iterator[Row]:
    for position, requirement in enumerate(requirements, 1):
        name, version = package(requirement)
        yield str(entry.ref), position, text(name), text(version), text(requirement)


def _edges(records: Records) -> Iterator[Row]:
    lineage = records.lineage
    for source in lineage.nodes():
        for target in lineage.children(source):
            role = lineage.edge(source, target).role
            yield text(source.key), str(source.kind), text(target.key), str(target.kind), text(role)


def _lineage(records: Records) -> Iterator[Row]:
    return pairs(records.lineage)


TABLES = (
    Table(
        "catalogs",
        "a catalog",
        (
            *NAMED[:2],
            Column("url", "where its site is"),
            Column("repository", "where it is kept"),
        ),
        _catalogs,
    ),
    Table(
        "requirements",
        "a package that a run or a version of a model needs",
        (
            Column("key", "the reference of the run or the version"),
            POSITION,
            Column("package", "the package"),
            Column("version", "its version, where it is pinned to one"),
            Column("requirement", "what is written"),
        ),
        _requirements,
    ),
    Table(
        "tags",
        "a tag of any entry",
        (
            Column("kind", "the kind of the entry"),
            Column("key", "its reference, if it has one"),
            Column("path", "its file in the catalog"),
            NAME,
            Column("value", "the value"),
        ),
        _tags,
    ),
    Table(
        "edges",
        "something that something else was made from, or points to",
        (
            Column("source", "a reference, a commit, or the address of something outside the catalog"),
            Column("source_kind", "dataset-version, run, model-version, alias, endpoint, code or outside"),
            Column("target", "what was made from it"),
            Column("target_kind", "the kind of that"),
            Column("role", "as what it was used"),
        ),
        _edges,
    ),
    Table(
        "lineage",
        "a thing and another one that was made from it, over any number of steps",
        (
            Column("ancestor", "a reference, a commit, or the address of something outside the catalog"),
            Column("ancestor_kind", "its kind, as in edges"),
            Column("descendant", "what was made from it; at distance 0, itself"),
            Column("descendant_kind", "the kind of that"),
            Column("distance", "how many steps lie between, by the shortest way", Type.WHOLE),
        ),
        _lineage,
    ),
)
