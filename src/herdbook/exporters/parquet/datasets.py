"""Tables of datasets and their versions."""

from collections.abc import Iterator

from herdbook.exporters.parquet.columns import (
    DESCRIBED,
    KEY,
    NAMED,
    OWNER,
    POSITION,
    SIZE,
    TERMS,
    Column,
    Row,
    Table,
    Type,
    described,
    named,
    run_of,
    text,
    time,
)
from herdbook.queries.records import Records

_DATASET_VERSION = (Column("dataset", "the dataset"), Column("version", "the version"))


def _datasets(records: Records) -> Iterator[Row]:
    fields = ("owner", "licence", "contact", "source", "known_biases", "personal_data")
    for entry in records.catalog.datasets.values():
        yield entry.name, str(entry.ref), *named(entry), *(text(entry.data.get(field)) for field in fields)


def _dataset_versions(records: Records) -> Iterator[Row]:
    for entry in records.catalog.dataset_versions.values():
        get, recall = entry.data.get, entry.recall
        yield (
            *(entry.dataset, entry.version, str(entry.ref), *named(entry)),
            *(time(get("created_at")), text(get("created_by")), text(get("uri")), text(get("digest"))),
            *(
                entry.size,
                entry.rows,
                text(get("format")),
                text(get("split")),
                run_of(records, entry.produced_by),
            ),
            *((time(recall.at), text(recall.by)) if recall is not None else (None, None)),
            *((recall.severity, text(recall.reason)) if recall is not None else (None, None)),
            text(recall.replaced_by) if recall is not None else None,
        )


def _dataset_columns(records: Records) -> Iterator[Row]:
    for entry in records.catalog.dataset_versions.values():
        for position, column in enumerate(entry.columns, 1):
            yield entry.dataset, entry.version, position, *described(column)


TABLES = (
    Table(
        "datasets",
        "a dataset",
        (
            Column("dataset", "its name"),
            *(KEY, *NAMED, OWNER, *TERMS),
            Column("source", "where the data come from"),
            Column("known_biases", "what is lopsided in them"),
            Column("personal_data", "what they say of people"),
        ),
        _datasets,
    ),
    Table(
        "dataset_versions",
        "a version of a dataset",
        (
            *(*_DATASET_VERSION, KEY, *NAMED),
            Column("created_at", "when it was made", Type.TIME),
            Column("created_by", "who made it"),
            Column("uri", "where it lies"),
            Column("digest", "the digest of its content, with the algorithm in front"),
            SIZE,
            Column("row_count", "how many rows it has", Type.WHOLE),
            Column("format", "the format of its files"),
            Column("split", "which part of the data it is"),
            Column("produced_by", "the run that wrote it"),
            Column("recalled_at", "when it was recalled", Type.TIME),
            Column("recalled_by", "who recalled it"),
            Column("recall_severity", "low, medium, high or critical"),
            Column("recall_reason", "what is wrong with it"),
            Column("replaced_by", "the version that takes its place"),
        ),
        _dataset_versions,
    ),
    Table(
        "dataset_columns",
        "a column of a version of a dataset",
        (*(*_DATASET_VERSION, POSITION, *DESCRIBED),),
        _dataset_columns,
    ),
)
