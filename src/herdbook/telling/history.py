"""Every promotion of a model, as a colleague would tell it."""

from collections.abc import Iterator, Sequence

from herdbook import formats
from herdbook.queries.history import GitRead, History, Holding, Serving
from herdbook.queries.ledgers import Disagreement, DisagreementKind, Event, Recorded
from herdbook.ref import Ref
from herdbook.telling.document import (
    ALL_AS_JSON,
    Block,
    Code,
    Document,
    Items,
    Line,
    Mark,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    joined,
    listed,
    rest,
)
from herdbook.telling.naming import holder, named

_MOST_ROWS = 50
_MOST_NAMED = 4


def tell_history(history: History) -> Document:
    """Tell the answer."""
    sections: list[Section] = []
    if history.disagreements:
        sections.append(Section("Ledger and git disagree", (_disagreements(history.disagreements),)))
    if history.holdings:
        title = "In force then" if history.at else "In force now"
        sections.append(Section(title, (_holdings(history.holdings),)))
    if history.serving:
        title = "What served it then" if history.at else "What serves it now"
        sections.append(Section(title, tuple(_served(history))))
    if history.events:
        title = "Promotions until then" if history.at else "Promotions"
        sections.append(Section(title, tuple(_events(history))))
    note = _note(history)
    if note:
        sections.append(Section("Note", (Paragraph((note,)),)))
    until = f" until {_day_or_time(history.at)}" if history.at else ""
    return Document(
        ("History of ", Mention(_subject(history)), until),
        tuple(_lead(history)),
        "warn" if history.disagreements else "info",
        tuple(sections),
    )


def _subject(history: History) -> Ref:
    return Ref.model(history.model.name, alias=history.alias or None)


def _day_or_time(at: str) -> str:
    return f"the end of {at[:10]}" if at[10:19] == "T23:59:59" else formats.moment(at)


def _lead(history: History) -> Iterator[Part]:
    held = [holding for holding in history.holdings if holding.version is not None]
    verb = "was" if history.at else "is"
    if history.at:
        yield f"At {_day_or_time(history.at)} (UTC), "
    if not held:
        yield from ("nothing" if history.at else "Nothing", f" of {_subject(history)} {verb} in force.")
    elif history.alias:
        yield Mention(_subject(history))
        yield f" {verb} "
        yield from _since(held[0])
        serving = [item for item in history.serving if item.model.alias == history.alias]
        if serving:
            yield ", served by " if not history.at else "; it was served by "
            yield from listed([_endpoint(item) for item in serving], _MOST_NAMED)
        yield "."
    else:
        yield Mention(history.model)
        yield f" {'had' if history.at else 'has'} "
        yield from listed(
            [(holder(holding.held_by), f" on version {_number(holding)}") for holding in held], _MOST_NAMED
        )
        yield "."
    if history.events:
        first, last = formats.day(history.events[0].at), formats.day(history.events[-1].at)
        when = f"on {first}" if first == last else f"from {first} to {last}"
        yield f" {formats.plural(len(history.events), 'promotion')} on record, {when}."
    if history.disagreements:
        yield " The ledger and its history in git disagree."


def _since(holding: Holding) -> Line:
    version: Line = (Mention(holding.version),) if holding.version is not None else ("nothing",)
    approved: Line = (" and approved by ", *_people(holding.approved_by)) if holding.approved_by else ()
    return (*version, f", set by {holding.by} on {formats.moment(holding.since)}", *approved)


def _number(holding: Holding) -> str:
    return holding.version.version or "" if holding.version is not None else ""


def _people(names: Sequence[str]) -> Line:
    return listed([(name,) for name in names], _MOST_NAMED)


def _endpoint(item: Serving) -> Line:
    return (Mention(item.endpoint), f" ({item.traffic:g} %)" if item.traffic is not None else "")


def _holdings(holdings: Sequence[Holding]) -> Block:
    rows = tuple(
        (
            (holder(holding.held_by),),
            (Mention(holding.version),) if holding.version is not None else ("nothing",),
            (formats.moment(holding.since),),
            (holding.by,),
            _people(holding.approved_by) or ("nobody",),
        )
        for holding in holdings[:_MOST_ROWS]
    )
    return Table(("Held by", "Version", "Since", "Set by", "Approved by"), rows)


def _served(history: History) -> Iterator[Block]:
    rows = tuple(
        (
            (Mention(item.endpoint),),
            (item.environment,),
            (Mention(item.model),),
            (Mention(item.version),) if item.version is not None else (Mark("none", "warn"),),
            (f"{item.traffic:g} %" if item.traffic is not None else "",),
        )
        for item in history.serving[:_MOST_ROWS]
    )
    yield Table(("Endpoint", "Environment", "Serves", "Version", "Traffic"), rows, frozenset({4}))
    yield from map(Paragraph, rest(len(history.serving), _MOST_ROWS))
    if history.at:
        if history.serving_from is not None:
            when = formats.moment(history.serving_from.at)
            yield Paragraph(
                ("As the endpoints were in commit ", Code(history.serving_from.commit[:10]), f" of {when}.")
            )
        else:
            yield Paragraph(
                (
                    "This is what the endpoints are configured to serve today: "
                    "git does not tell what they were at the time.",
                ),
                "warn",
            )


def _events(history: History) -> Iterator[Block]:
    with_git = any(event.recorded is not None for event in history.events)
    unknown = "not committed" if history.git is GitRead.READ else "unknown"
    rows = tuple(
        (
            (formats.moment(event.at),),
            (holder(event.held_by),),
            _moved(event),
            (event.by,),
            _people(event.approved_by) or ("nobody",),
            joined([(named(text),) for text in event.evidence]),
            (event.reason,),
            *([_commit(event.recorded, unknown)] if with_git else []),
        )
        for event in history.events[-_MOST_ROWS:]
    )
    columns = ("When", "What", "Version", "Set by", "Approved by", "On the evidence of", "Reason")
    if len(history.events) > _MOST_ROWS:
        yield Paragraph((f"{len(history.events) - _MOST_ROWS:,} earlier ones", ALL_AS_JSON, "."))
    yield Table((*columns, *(("Recorded by",) if with_git else ())), rows)


def _moved(event: Event) -> Line:
    before = f"{event.before.version} -> " if event.before is not None else ""
    return (f"{before}{event.version.version if event.version is not None else 'none'}",)


def _commit(recorded: Recorded | None, unknown: str = "") -> Line:
    if recorded is None:
        return (unknown,)
    request = f", #{recorded.pull_request}" if recorded.pull_request is not None else ""
    return (Code(recorded.commit[:10]), f", {recorded.author}, {formats.day(recorded.at)}{request}")


def _disagreements(items: Sequence[Disagreement]) -> Block:
    lines: list[Line] = []
    for item in items[:_MOST_ROWS]:
        version = f"version {item.version.version}" if item.version is not None else "none"
        line: Line = (
            Mark(item.kind, "bad" if item.kind is not DisagreementKind.LATER else "warn"),
            " ",
            holder(item.held_by),
            f" -> {version} of {formats.moment(item.at)}: {item.message}",
        )
        if item.recorded is not None:
            line = (*line, " (commit ", *_commit(item.recorded), ")")
        elif item.kind is not DisagreementKind.LATER:
            line = (*line, " (not committed)")
        lines.append(line)
    return Items((*lines, *rest(len(items), _MOST_ROWS)))


def _note(history: History) -> str:
    if history.git_note:
        return f"The history in git could not be read: {history.git_note}"
    match history.git:
        case GitRead.NOTHING:
            return "This is what the ledgers say; they are in no git history that could confirm it."
        case GitRead.PARTLY:
            return (
                "Git tells only a part of the history of the ledgers: the clone is shallow, a ledger is not "
                "committed, or its history is too long or holds what cannot be read. "
                "The rest is told by the ledgers alone."
            )
        case _:
            return ""
