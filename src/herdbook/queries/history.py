"""Every promotion of a model: what was in force when, who set it, and how that came into the record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar

from herdbook.catalog import Catalog
from herdbook.clock import instant
from herdbook.entries import Endpoint, Stages
from herdbook.git import FileHistory, FolderState
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError, shown
from herdbook.queries.ledgers import (
    Disagreement,
    Event,
    Ledger,
    Line,
    Past,
    Recorded,
    catalog_of,
    past_of,
    recorded_by,
    told,
)
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref

_FINER = re.compile(r"[.,][0-9]{6}([0-9]{1,3})")


class GitRead(StrEnum):
    """What git had to say."""

    READ = "read"
    PARTLY = "partly"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Holding:
    """What an alias or a stage held at the time.

    Attributes:
        held_by: the alias, ``@champion``, or ``stage production``.
        version: the version; null where the alias pointed to none.
        since: since when, in UTC.
        by: who set it.
        approved_by: who approved it, as the ledger declares.
    """

    held_by: str
    version: Ref | None
    since: str
    by: str
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Serving:
    """What an endpoint served of the model.

    Attributes:
        endpoint: the endpoint.
        environment: production, staging or development.
        model: the alias or version that it names.
        version: the version that this was at the time; null where it led to none.
        traffic: the percentage of its traffic; null where nobody says.
    """

    endpoint: Ref
    environment: str
    model: Ref
    version: Ref | None
    traffic: float | None


@dataclass(frozen=True, slots=True)
class History(Answer):
    """Every promotion of a model.

    Attributes:
        model: the model.
        alias: the alias that was asked about; empty for all of them, and the stages.
        at: the time that was asked about, in UTC; empty for now. A date means its end.
        events: the promotions until then, the newest last.
        holdings: what each alias and stage held at the time.
        serving: what the endpoints served of the model at the time.
        serving_from: the commit whose configuration of the endpoints this is; null for that of today.
        git: whether the history of the ledgers in git was read: in whole, partly, or there is none.
        git_note: why not all of it was.
        disagreements: where the ledgers and their history in git disagree.
    """

    question: ClassVar[str] = "history"

    model: Ref
    alias: str
    at: str
    events: tuple[Event, ...]
    holdings: tuple[Holding, ...]
    serving: tuple[Serving, ...]
    serving_from: Recorded | None
    git: GitRead
    git_note: str
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What git knows.

    Attributes:
        ledgers: the history of each ledger file, by its path inside the catalog.
        endpoints: the endpoints at the time that is asked about.
        note: why nothing more is known.
    """

    ledgers: Mapping[str, FileHistory] = field(default_factory=dict)
    endpoints: FolderState | None = None
    note: str = ""


def moment_of(text: str, today: date) -> str:
    """Read the time that a question is about: a date (its end), or a time (UTC unless it says otherwise).

    Returns:
        The time in UTC, as the catalog writes times.

    Raises:
        QuestionError: it is neither, or has not been yet.
    """
    hint = "write a date such as 2024-03-01, or a time such as 2024-03-01T12:00:00Z"
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text)
            if day > today:
                raise QuestionError(f"{text} has not been yet: ask about today, or a day before")
            return f"{day.isoformat()}T23:59:59.999999999Z"
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise QuestionError(f"{shown(text)} is no date: {hint}") from error
    try:
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError as error:
        raise QuestionError(f"{shown(text)} is no date: {hint}") from error
    if time.date() > today:
        raise QuestionError(f"{text} has not been yet: ask about today, or a day before")
    finer = _FINER.search(text)  # Python drops it, and a ledger may say it
    whole = time.replace(tzinfo=None).isoformat(timespec="microseconds" if finer else "auto")
    return f"{whole}{finer[1] if finer else ''}Z"


def ledger_files(model: str) -> tuple[str, str]:
    """The paths of the ledgers of a model inside the catalog: of its aliases, and of its stages."""
    return f"models/{model}/aliases.yaml", f"models/{model}/stages.yaml"


def history(
    records: Records, found: Found, alias: str = "", at: str = "", evidence: Evidence | None = None
) -> History:
    """Tell every promotion of a model.

    Args:
        records: the catalog.
        found: the model.
        alias: the alias that is asked about; all of them, and the stages, without one.
        at: the time that is asked about, as `moment_of` gives it; now, without one.
        evidence: what git knows.

    Raises:
        QuestionError: it is no model, has no ledger or no such alias, or a ledger that cannot be read.
    """
    model = found.of_entry.name
    if found.ref.kind is not Kind.MODEL or found.ref.version is not None:
        raise QuestionError(
            f"{found.ref} has no history of promotions: name a model, such as models:/<model>"
        )
    known = evidence or Evidence()
    ledgers = list(_ledgers(records.catalog, model, alias))
    paths = tuple(dict.fromkeys(ledger.path for ledger in ledgers))
    pasts = {path: past_of(path, known.ledgers.get(path)) for path in paths}
    lines = [told(ledger, pasts[ledger.path]) for ledger in ledgers]
    events = sorted(
        (event for each in lines for event in each.events if _is_until(event.at, at)),
        key=lambda event: instant(event.at),
    )
    holdings = tuple(_holdings(records.catalog, model, alias, at))
    then = known.endpoints if at else None
    endpoints = _endpoints(then) if then is not None else records.catalog.endpoints
    return History(
        model=Ref.model(model),
        alias=alias,
        at=at,
        events=tuple(events),
        holdings=holdings,
        serving=tuple(_serving(records.catalog, model, holdings, endpoints, alias)),
        serving_from=recorded_by(then.commit) if then is not None else None,
        git=_read(list(pasts.values())),
        git_note=known.note,
        disagreements=tuple(item for each in lines for item in each.disagreements),
    )


def _ledgers(catalog: Catalog, model: str, alias: str) -> Iterator[Ledger]:
    aliases, stages = catalog.aliases.get(model), catalog.stages.get(model)
    asked = ledger_files(model)[:1] if alias else ledger_files(model)
    refused = next((path for path in asked if path in catalog.refused), "")
    if refused:
        raise QuestionError(f"{refused} is refused; `herdbook check` says why")
    if aliases is None and stages is None:
        raise QuestionError(f"{Ref.model(model)} has no ledger: no alias or stage was ever set")
    known = aliases.data["aliases"] if aliases is not None else {}
    if alias and alias not in known:
        near = get_close_matches(alias, known, 1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'no aliases'}"
        raise QuestionError(f"{Ref.model(model)} never had an alias {shown(alias)}; {hint}")
    alias_file, stage_file = ledger_files(model)
    for name, lines in known.items():
        if alias in ("", name):
            yield Ledger(model, alias_file, name, lines)
    if stages is not None and not alias:
        yield Ledger(model, stage_file, "", stages.data["transitions"])


def _read(pasts: Sequence[Past | None]) -> GitRead:
    if all(past is None for past in pasts):
        return GitRead.NOTHING
    return GitRead.READ if all(past is not None and past.whole for past in pasts) else GitRead.PARTLY


# What was in force, and what served it


def _is_until(at: str, moment: str) -> bool:
    return not moment or instant(at) <= instant(moment)


def _until(lines: Sequence[Line], at: str) -> Sequence[Line]:
    """The lines until then, the newest last; of now, the last line tells, whatever it is dated."""
    past = [line for line in lines if _is_until(line["at"], at)]
    return sorted(past, key=lambda line: instant(line["at"])) if at else past


def _holdings(catalog: Catalog, model: str, alias: str, at: str) -> Iterator[Holding]:
    aliases, stages = catalog.aliases.get(model), catalog.stages.get(model)
    for name, lines in aliases.data["aliases"].items() if aliases is not None else ():
        if alias in ("", name):
            for line in _until(lines, at)[-1:]:
                yield _holding(
                    f"@{name}", Ref.model(model, line["version"]) if line["version"] else None, line
                )
    if stages is not None and not alias:
        lines = _until(stages.data["transitions"], at)
        then = Stages(stages.source, {**stages.data, "transitions": lines})
        for version, transition in sorted(then.current().items()):
            if transition.stage in ("staging", "production"):
                line = lines[int(transition.route[1])]
                yield _holding(f"stage {transition.stage}", Ref.model(model, version), line)


def _holding(held_by: str, version: Ref | None, line: Line) -> Holding:
    return Holding(held_by, version, line["at"], line["by"], tuple(line.get("approved_by", ())))


def _serving(
    catalog: Catalog,
    model: str,
    holdings: Sequence[Holding],
    endpoints: Mapping[str, Endpoint],
    alias: str,
) -> Iterator[Serving]:
    held = {holding.held_by: holding.version for holding in holdings}
    for endpoint in endpoints.values():
        for served in endpoint.serves:
            ref = catalog.by_name(served.mention.ref) if served.mention.ref is not None else None
            if ref is None or ref.name != model:
                continue
            if ref.alias is not None:
                version = held.get(f"@{ref.alias}")
            else:
                entry = catalog.resolve(ref)
                version = entry.ref if entry is not None else ref if ref.version is not None else None
            if not alias or ref.alias == alias or (version is not None and version in held.values()):
                yield Serving(endpoint.ref, endpoint.environment, ref, version, served.traffic)


def _endpoints(state: FolderState) -> Mapping[str, Endpoint]:
    return catalog_of({f"endpoints/{name}": raw for name, raw in state.files.items()}).endpoints
