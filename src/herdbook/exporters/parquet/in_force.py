"""Tables of what is in force: ledgers, what holds a version today, and what endpoints serve."""

from collections.abc import Iterator

from herdbook.entries import Assignment, Transition
from herdbook.exporters.parquet.columns import (
    KEY,
    MODEL,
    NAMED,
    NUMBER,
    OWNER,
    POSITION,
    VERSION,
    Column,
    Row,
    Table,
    Type,
    named,
    reference,
    text,
    texts,
    time,
)
from herdbook.queries.records import Records
from herdbook.ref import Ref

_PROMOTED = (
    Column("set_at", "since when", Type.TIME),
    Column("set_by", "who set it"),
    Column("approved_by", "who approved it, as the ledger declares", Type.TEXTS),
    Column("reason", "why"),
    Column("evidence", "what it rests on", Type.TEXTS),
)


def _alias_assignments(records: Records) -> Iterator[Row]:
    for ledger in records.catalog.aliases.values():
        protected = records.policy.protected_aliases(ledger.model)
        for alias, lines in ledger.ledgers.items():
            for position, line in enumerate(lines, 1):
                is_in_force = position == len(lines) and line.version is not None
                yield (
                    *(ledger.model, alias, str(Ref.model(ledger.model, alias=alias)), position),
                    *(line.version, *_promoted(line)),
                    *(is_in_force, alias in protected),
                )


def _stage_transitions(records: Records) -> Iterator[Row]:
    for ledger in records.catalog.stages.values():
        for position, line in enumerate(ledger.transitions, 1):
            yield ledger.model, position, line.version, line.stage, line.archive_existing, *_promoted(line)


def _promotions(records: Records) -> Iterator[Row]:
    for model in sorted({*records.catalog.aliases, *records.catalog.stages}):
        protected = records.policy.protected_aliases(model)
        held: list[tuple[int, str, bool, Assignment | Transition]] = []
        aliases = records.catalog.aliases.get(model)
        for alias, line in aliases.in_force().items() if aliases is not None else ():
            if line.version is not None:
                held.append((line.version, f"@{alias}", alias in protected, line))
        stages = records.catalog.stages.get(model)
        for version, transition in stages.current().items() if stages is not None else ():
            if transition.stage != "none":
                is_production = transition.stage == "production"
                held.append((version, f"stage {transition.stage}", is_production, transition))
        for version, held_by, is_for_production, said in sorted(held, key=lambda item: item[:2]):
            key = str(Ref.model(model, version))
            yield model, version, key, held_by, is_for_production, *_promoted(said)


def _endpoints(records: Records) -> Iterator[Row]:
    for entry in records.catalog.endpoints.values():
        fields = (text(entry.data.get(field)) for field in ("owner", "url", "schedule"))
        yield entry.name, str(entry.ref), *named(entry), entry.type, entry.environment, *fields


def _endpoint_serves(records: Records) -> Iterator[Row]:
    for entry in records.catalog.endpoints.values():
        for position, served in enumerate(entry.serves, 1):
            found = records.catalog.resolve(served.mention.ref) if served.mention.ref is not None else None
            version = text(found.ref) if found is not None else None
            yield entry.name, position, reference(served.mention), version, served.traffic


def _promoted(line: Assignment | Transition) -> Row:
    evidence = [str(text(mention.text)) for mention in line.evidence]
    return time(line.at), text(line.by), texts(line.approved_by), text(line.reason), evidence


TABLES = (
    Table(
        "alias_assignments",
        "a line of a ledger of aliases: from then on, the alias pointed to that version, or to nothing",
        (
            MODEL,
            Column("alias", "the alias"),
            *(KEY, POSITION, NUMBER, *_PROMOTED),
            Column("in_force", "whether it points there today", Type.TRUTH),
            Column("protected", "whether the policy lets it move only with approval", Type.TRUTH),
        ),
        _alias_assignments,
    ),
    Table(
        "stage_transitions",
        "a line of a ledger of stages",
        (
            *(MODEL, POSITION, NUMBER),
            Column("stage", "the stage that the version came into"),
            Column("archive_existing", "whether that archived those before it", Type.TRUTH),
            *_PROMOTED,
        ),
        _stage_transitions,
    ),
    Table(
        "promotions",
        "an alias or a stage that holds a version today",
        (
            *(*VERSION, KEY),
            Column("held_by", "the alias, @champion, or the stage: stage production"),
            Column("for_production", "it is a protected alias, or production", Type.TRUTH),
            *_PROMOTED,
        ),
        _promotions,
    ),
    Table(
        "endpoints",
        "an endpoint",
        (
            Column("endpoint", "its name"),
            *(KEY, *NAMED),
            Column("type", "online or batch"),
            Column("environment", "production, staging or development"),
            OWNER,
            Column("url", "where it answers"),
            Column("schedule", "when it runs"),
        ),
        _endpoints,
    ),
    Table(
        "endpoint_serves",
        "something that an endpoint serves",
        (
            Column("endpoint", "the endpoint"),
            POSITION,
            Column("target", "the alias or the version that it names"),
            Column("key", "the version that this is today"),
            Column("traffic", "the percentage of its traffic", Type.NUMBER),
        ),
        _endpoint_serves,
    ),
)
