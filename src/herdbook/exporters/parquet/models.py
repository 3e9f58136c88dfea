"""Tables of models, their versions and their cards."""

from collections.abc import Iterator

from herdbook.entries import CARD_SECTIONS
from herdbook.exporters.parquet.columns import (
    DESCRIBED,
    KEY,
    NAMED,
    OWNER,
    POSITION,
    SIZE,
    TERMS,
    VERSION,
    Column,
    Row,
    Table,
    Type,
    as_json,
    described,
    named,
    reference,
    run_of,
    text,
    texts,
    time,
)
from herdbook.measurements import measurements
from herdbook.queries.predecessors import predecessors
from herdbook.queries.records import Records
from herdbook.ref import Ref


def _models(records: Records) -> Iterator[Row]:
    for entry in records.catalog.models.values():
        fields = (text(entry.data.get(field)) for field in ("owner", "task", "licence", "contact"))
        yield entry.name, str(entry.ref), *named(entry), *fields


def _model_versions(records: Records) -> Iterator[Row]:
    before = {model: predecessors(records, model) for model in records.registry.models}
    for entry in records.catalog.versions.values():
        get, stage = entry.data.get, records.registry.stages.get((entry.model, entry.version))
        earlier, deprecated = before[entry.model].get(entry.version), entry.deprecated or {}
        yield (
            *(entry.model, entry.version, str(entry.ref), text(entry.version_label), *named(entry)),
            *(
                run_of(records, entry.run),
                text(get("output")),
                text(get("uri")),
                text(get("digest")),
                entry.size,
            ),
            *(time(get("created_at")), text(get("created_by")), texts(entry.flavors)),
            stage.stage if stage is not None and stage.stage != "none" else None,
            *((earlier.version.version, str(earlier.basis)) if earlier is not None else (None, None)),
            *(time(deprecated.get("at")), text(deprecated.get("by")), text(deprecated.get("reason"))),
        )


def _signatures(records: Records) -> Iterator[Row]:
    for entry in records.catalog.versions.values():
        for side, columns in zip(("input", "output"), entry.signature or (), strict=False):
            for position, column in enumerate(columns, 1):
                yield entry.model, entry.version, side, position, *described(column)


def _cards(records: Records) -> Iterator[Row]:
    for entry in records.catalog.cards.values():
        fields = (*CARD_SECTIONS, "licence", "contact")
        shown = (entry.evaluations, entry.datasets)
        yield (
            *(entry.model, entry.version, *named(entry)),
            *(text(entry.data.get(field)) for field in fields),
            *([str(reference(mention)) for mention in mentions] for mentions in shown),
        )


def _measurements(records: Records) -> Iterator[Row]:
    for model, version in sorted(records.registry.evaluations):
        measured = measurements(records.registry, (model, version), slices=True)
        for item in measured.values():
            group = as_json(item.by) if item.by else None
            yield (
                *(model, version, str(Ref.model(model, version)), text(item.metric), float(item.value)),
                *(item.run.id, sorted(texts(item.data)), group),
            )


TABLES = (
    Table(
        "models",
        "a model",
        (
            Column("model", "its name"),
            *(KEY, *NAMED, OWNER),
            Column("task", "what it does"),
            *TERMS,
        ),
        _models,
    ),
    Table(
        "model_versions",
        "a version of a model",
        (
            *(*VERSION, KEY),
            Column("label", "another name of the version, such as 1.2.0"),
            *NAMED,
            Column("run", "the run that made it"),
            Column("output", "which output of the run it is"),
            Column("uri", "where its artifact lies"),
            Column("digest", "the digest of the artifact"),
            SIZE,
            Column("created_at", "when it was registered", Type.TIME),
            Column("created_by", "who registered it"),
            Column("flavors", "how it can be loaded", Type.TEXTS),
            Column("stage", "the stage that it is in"),
            Column("predecessor", "the version that it is compared with", Type.WHOLE),
            Column("predecessor_basis", "why with just this: alias or passed"),
            Column("deprecated_at", "when it was deprecated", Type.TIME),
            Column("deprecated_by", "who deprecated it"),
            Column("deprecation_reason", "why"),
        ),
        _model_versions,
    ),
    Table(
        "signatures",
        "an input or an output of a version of a model",
        (
            *VERSION,
            Column("side", "input or output"),
            *(POSITION, *DESCRIBED),
        ),
        _signatures,
    ),
    Table(
        "cards",
        "a card of a model; of one version, if there is a number",
        (
            *(*VERSION, *NAMED),
            *(Column(section, f"the section {section.replace('_', ' ')}") for section in CARD_SECTIONS),
            *TERMS,
            Column("evaluations", "the evaluations that it shows", Type.TEXTS),
            Column("datasets", "the data that it says the model was trained on", Type.TEXTS),
        ),
        _cards,
    ),
    Table(
        "measurements",
        "what was measured of a version; of what was measured again on the same data, the newest",
        (
            *(*VERSION, KEY),
            Column("metric", "the metric"),
            Column("value", "its value", Type.NUMBER),
            Column("run", "the evaluation that measured it"),
            Column("data", "the data that it was measured on", Type.TEXTS),
            Column("slice", "what the part of the data has in common, as JSON; nothing for all"),
        ),
        _measurements,
    ),
)
