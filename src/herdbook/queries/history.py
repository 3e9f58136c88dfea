"""Every promotion of a model: what was in force when, who set it, and how that came into the record."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import SequenceMatcher, get_close_matches
from enum import StrEnum
from typing import Any, ClassVar

from herdbook.catalog import Catalog
from herdbook.clock import instant
from herdbook.entries import Endpoint, Stages
from herdbook.git import Commit, FileHistory, FolderState
from herdbook.opening import read_catalog
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError, shown
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref
from herdbook.tree import TreeFile

# Clocks differ, and people round.
_TOLERATED = timedelta(minutes=10)
_FINER = re.compile(r"[.,][0-9]{6}([0-9]{1,3})")
_LONGEST_VALUE = 60
_MOST_COMPARED = 250_000

Line = Mapping[str, Any]
"""A line of a ledger as it stands in its file."""


class GitRead(StrEnum):
    """What git had to say."""

    READ = "read"
    PARTLY = "partly"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The commit that brought something into the record.

    Attributes:
        commit: its hash.
        author: who wrote it; of a merge, who wrote the last commit that was merged.
        at: when it was committed, in UTC.
        pull_request: the number of the pull request that it came by; null where its message names none.
    """

    commit: str
    author: str
    at: str
    pull_request: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a ledger: an alias that moves, or a version that changes its stage.

    Attributes:
        held_by: the alias, ``@champion``, or the stage that it goes to, ``stage production``.
        version: the version; null where the alias was taken out of use.
        before: the version that the alias pointed to before; null for stages, and where it was new.
        at: when, in UTC, as the ledger says.
        by: who set it.
        approved_by: who approved it, as the ledger declares.
        reason: why.
        evidence: what it rests on.
        recorded: the commit that recorded the line; null where git does not know.
    """

    held_by: str
    version: Ref | None
    before: Ref | None
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]
    recorded: Recorded | None


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


class DisagreementKind(StrEnum):
    """How the ledger and the history of its file can disagree."""

    LATER = "later"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the ledger and the history of its file disagree.

    Attributes:
        kind: later (a line says that it happened after it was committed), changed or removed (this was done
            to a line after it had been committed).
        held_by: the alias, ``@champion``, or ``stage production``.
        version: the version in the line; null where the alias was taken out of use.
        at: when, in UTC, as the line says.
        message: what happened.
        recorded: the commit that did it; null for a change that is not committed.
    """

    kind: DisagreementKind
    held_by: str
    version: Ref | None
    at: str
    message: str
    recorded: Recorded | None


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
        QuestionError: it is no model, has no ledger, or no such alias.
    """
    model = found.of_entry.name
    if found.ref.kind is not Kind.MODEL or found.ref.version is not None:
        raise QuestionError(
            f"{found.ref} has no history of promotions: name a model, such as models:/<model>"
        )
    known = evidence or Evidence()
    ledgers = list(_ledgers(records.catalog, model, alias))
    paths = tuple(dict.fromkeys(ledger.path for ledger in ledgers))
    pasts = {path: _past(path, known.ledgers.get(path)) for path in paths}
    told = [_told(ledger, pasts[ledger.path]) for ledger in ledgers]
    events = sorted(
        (event for each in told for event in each.events if _is_until(event.at, at)),
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
        serving_from=_recorded(then.commit) if then is not None else None,
        git=_read(list(pasts.values())),
        git_note=known.note,
        disagreements=tuple(item for each in told for item in each.disagreements),
    )


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The lines of one alias, or of the stages (an empty `alias`)."""

    model: str
    path: str
    alias: str
    lines: Sequence[Line]

    def of(self, catalog: Catalog) -> Sequence[Line]:
        """The same lines in another catalog."""
        if self.alias:
            aliases = catalog.aliases.get(self.model)
            return aliases.data["aliases"].get(self.alias, ()) if aliases is not None else ()
        stages = catalog.stages.get(self.model)
        return stages.data["transitions"] if stages is not None else ()


def _ledgers(catalog: Catalog, model: str, alias: str) -> Iterator[_Ledger]:
    aliases, stages = catalog.aliases.get(model), catalog.stages.get(model)
    if aliases is None and stages is None:
        refused = next((path for path in ledger_files(model) if path in catalog.refused), "")
        if refused:
            raise QuestionError(f"{refused} is refused; `herdbook check` says why")
        raise QuestionError(f"{Ref.model(model)} has no ledger: no alias or stage was ever set")
    known = aliases.data["aliases"] if aliases is not None else {}
    if alias and alias not in known:
        near = get_close_matches(alias, known, 1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'no aliases'}"
        raise QuestionError(f"{Ref.model(model)} never had an alias {shown(alias)}; {hint}")
    alias_file, stage_file = ledger_files(model)
    for name, lines in known.items():
        if alias in ("", name):
            yield _Ledger(model, alias_file, name, lines)
    if stages is not None and not alias:
        yield _Ledger(model, stage_file, "", stages.data["transitions"])


# What the ledger tells, and what git adds to it


@dataclass(frozen=True, slots=True)
class _Told:
    events: tuple[Event, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class _Past:
    """A ledger file after each commit that changed it, as a catalog of its own, the oldest first.

    `whole` tells whether that is all: a version that cannot be read is left out, and what is new in the next
    one may have been in it.
    """

    versions: Sequence[tuple[Catalog, Recorded | None]] = ()
    whole: bool = False


def _past(path: str, history: FileHistory | None) -> _Past | None:
    if history is None:
        return None
    found = []
    # What a shallow clone begins with was there before.
    is_known = whole = history.complete
    for version in history.versions:
        catalog = read_catalog(_Files({} if version.content is None else {path: version.content}))
        if catalog.refused:
            is_known = whole = False
        else:
            found.append((catalog, _recorded(version.commit) if is_known else None))
            is_known = True
    return _Past(found, whole)


def _told(ledger: _Ledger, past: _Past | None) -> _Told:
    commits, disagreements = _compared(ledger, past) if past is not None else ([], [])
    events = []
    before: Ref | None = None
    for index, line in enumerate(ledger.lines):
        recorded = commits[index] if commits else None
        version = _version(ledger, line)
        events.append(
            Event(
                held_by=_held_by(ledger, line),
                version=version,
                before=before if ledger.alias else None,
                at=line["at"],
                by=line["by"],
                approved_by=tuple(line.get("approved_by", ())),
                reason=line.get("reason", ""),
                evidence=tuple(line.get("evidence", ())),
                recorded=recorded,
            )
        )
        if recorded is not None and _is_later(line["at"], recorded.at):
            message = f"it says {line['at']}, but was committed before that, at {recorded.at}"
            disagreements.append(_disagreement(DisagreementKind.LATER, ledger, line, message, recorded))
        before = version
    return _Told(tuple(events), tuple(disagreements))


def _compared(ledger: _Ledger, past: _Past) -> tuple[Sequence[Recorded | None], list[Disagreement]]:
    """For each line the commit that recorded it, and what was done to lines that had been committed."""
    lines: Sequence[Line] = ()
    by: Sequence[Recorded | None] = ()
    disagreements: list[Disagreement] = []
    for after, recorded in (
        *((ledger.of(then), commit) for then, commit in past.versions),
        (ledger.lines, None),
    ):
        by, found = _followed(ledger, lines, after, by, recorded)
        disagreements += found
        lines = after
    return by, disagreements


def _followed(
    ledger: _Ledger,
    before: Sequence[Line],
    after: Sequence[Line],
    by: Sequence[Recorded | None],
    recorded: Recorded | None,
) -> tuple[list[Recorded | None], list[Disagreement]]:
    """Follow the lines of a ledger through one change of its file."""
    first, last = _common(before, after)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    old_by = by[first : len(before) - last]
    now: list[Recorded | None] = []
    found: list[Disagreement] = []
    for tag, old_from, old_to, new_from, new_to in _opcodes(old, new):
        if tag == "equal":
            now += old_by[old_from:old_to]
            continue
        changed = min(old_to - old_from, new_to - new_from)
        for line, line_after in zip(old[old_from : old_from + changed], new[new_from:new_to], strict=False):
            message = _change(line, line_after)
            found.append(_disagreement(DisagreementKind.CHANGED, ledger, line, message, recorded))
        for line in old[old_from + changed : old_to]:
            message = "the line was taken out of the ledger"
            found.append(_disagreement(DisagreementKind.REMOVED, ledger, line, message, recorded))
        now += old_by[old_from : old_from + changed]
        now += [recorded] * (new_to - new_from - changed)
    return [*by[:first], *now, *by[len(before) - last :]], found


def _common(before: Sequence[Line], after: Sequence[Line]) -> tuple[int, int]:
    """How many lines at the beginning and at the end are the same: of a ledger that grew, all of the old."""
    most = min(len(before), len(after))
    first = 0
    while first < most and before[first] == after[first]:
        first += 1
    last = 0
    while last < most - first and before[-1 - last] == after[-1 - last]:
        last += 1
    return first, last


def _opcodes(old: Sequence[Line], new: Sequence[Line]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > _MOST_COMPARED:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, list(map(_text, old)), list(map(_text, new)), autojunk=False).get_opcodes()


def _disagreement(
    kind: DisagreementKind, ledger: _Ledger, line: Line, message: str, recorded: Recorded | None
) -> Disagreement:
    held_by, version = _held_by(ledger, line), _version(ledger, line)
    return Disagreement(kind, held_by, version, line["at"], message, recorded)


def _change(before: Line, after: Line) -> str:
    names = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    parts = [f"{name} was {_clip(before.get(name))} and became {_clip(after.get(name))}" for name in names]
    return "; ".join(parts)


def _clip(value: object) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def _text(line: Line) -> str:
    return json.dumps(line, sort_keys=True)


def _held_by(ledger: _Ledger, line: Line) -> str:
    return f"@{ledger.alias}" if ledger.alias else f"stage {line['stage']}"


def _version(ledger: _Ledger, line: Line) -> Ref | None:
    return None if line["version"] is None else Ref.model(ledger.model, line["version"])


def _recorded(commit: Commit) -> Recorded:
    return Recorded(commit.hash, commit.author, commit.at, commit.pull_request)


def _is_later(at: str, committed: str) -> bool:
    try:
        return datetime.fromisoformat(at) > datetime.fromisoformat(committed) + _TOLERATED
    except (ValueError, OverflowError):
        return False


def _read(pasts: Sequence[_Past | None]) -> GitRead:
    if all(past is None for past in pasts):
        return GitRead.NOTHING
    return GitRead.READ if all(past is not None and past.whole for past in pasts) else GitRead.PARTLY


# What was in force, and what served it


def _is_until(at: str, moment: str) -> bool:
    return not moment or instant(at) <= instant(moment)


def _holdings(catalog: Catalog, model: str, alias: str, at: str) -> Iterator[Holding]:
    aliases, stages = catalog.aliases.get(model), catalog.stages.get(model)
    for name, lines in aliases.data["aliases"].items() if aliases is not None else ():
        if alias in ("", name):
            past = [line for line in lines if _is_until(line["at"], at)]
            if at:  # of now, the last line tells, whatever it is dated
                past.sort(key=lambda line: instant(line["at"]))
            for line in past[-1:]:
                yield _holding(
                    f"@{name}", Ref.model(model, line["version"]) if line["version"] else None, line
                )
    if stages is not None and not alias:
        lines = [line for line in stages.data["transitions"] if _is_until(line["at"], at)]
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
    return read_catalog(_Files({f"endpoints/{name}": raw for name, raw in state.files.items()})).endpoints


@dataclass(frozen=True, slots=True)
class _Files:
    """Files that git gave."""

    contents: Mapping[str, bytes]
    name: str = ""

    def files(self) -> Iterator[TreeFile]:
        return (TreeFile(path) for path in sorted(self.contents))

    def read(self, path: str) -> bytes:
        return self.contents[path]
