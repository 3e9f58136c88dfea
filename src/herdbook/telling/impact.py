"""What depends on something, as a colleague would tell it."""

from collections.abc import Iterator, Sequence

from herdbook import formats
from herdbook.lineage import NodeKind
from herdbook.queries.impact import Affected, Impact, SubjectKind
from herdbook.telling.document import (
    Block,
    Code,
    Document,
    Items,
    Line,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    joined,
    listed,
    rest,
)
from herdbook.telling.naming import holder, named, ref_of

_MOST_ROWS = 20
_MOST_NAMED = 4
_NOUNS = {
    NodeKind.ENDPOINT: "endpoint",
    NodeKind.ALIAS: "alias",
    NodeKind.MODEL_VERSION: "model version",
    NodeKind.DATASET_VERSION: "dataset version",
    NodeKind.RUN: "run",
}
_TITLES = {
    NodeKind.ENDPOINT: "Endpoints",
    NodeKind.ALIAS: "Aliases in force",
    NodeKind.MODEL_VERSION: "Model versions",
    NodeKind.DATASET_VERSION: "Dataset versions",
    NodeKind.RUN: "Runs",
}


def tell_impact(impact: Impact, *, briefly: bool = False) -> Document:
    """Tell the answer; briefly, in a sentence or two without the details."""
    live = [item for item in impact.affected if item.live]
    return Document(
        ("What depends on ", _subject(impact)),
        tuple(_lead(impact, live)),
        "warn" if live or impact.unread else "good",
        () if briefly else tuple(_sections(impact, live)),
    )


def _sections(impact: Impact, live: Sequence[Affected]) -> Iterator[Section]:
    others = [item for item in impact.affected if item.distance and not item.live]
    if live:
        yield Section("In production", tuple(_in_production(impact, live)))
    if impact.reliances:
        yield Section("Promotions that rest on it", tuple(_reliances(impact)))
    for kind, title in _TITLES.items():
        alike = [item for item in others if item.kind is kind]
        if alike:
            shown = (
                f"Other {title[0].lower()}{title[1:]}" if any(item.kind is kind for item in live) else title
            )
            yield Section(shown, tuple(_table(impact, kind, alike)))
    if impact.undecided:
        yield Section("Perhaps also", tuple(_undecided(impact)))
    notes = tuple(_notes(impact))
    if notes:
        yield Section("Note", notes)


def _subject(impact: Impact) -> Part:
    ref = ref_of(impact.subject) if impact.subject_kind is SubjectKind.ENTRY else None
    return Mention(ref) if ref is not None else Code(impact.subject)


def _called(impact: Impact, *, first: bool = False) -> Iterator[Part]:
    if impact.subject_kind is SubjectKind.COMMIT:
        yield "Commit " if first else "commit "
        yield Code(impact.subject[:10])
    else:
        yield _subject(impact)


def _lead(impact: Impact, live: Sequence[Affected]) -> Iterator[Part]:
    itself = any(not item.distance for item in live)
    beyond = [item for item in live if item.distance]
    others = [item for item in impact.affected if item.distance]
    depend = "depends" if len(others) == 1 else "depend"
    if beyond:
        if itself:
            yield from _called(impact, first=True)
            yield " is in production itself. There, "
        else:
            yield "In production, "
        # Endpoints answer customers. Where there are none, aliases are what programs load.
        kind = next(kind for kind in _NOUNS if any(item.kind is kind for item in beyond))
        nearest = sorted((item for item in beyond if item.kind is kind), key=lambda item: item.key)
        yield from listed([(named(item.key), *_traffic(item)) for item in nearest], _MOST_NAMED)
        yield " depends on " if len(nearest) == 1 else " depend on "
        yield from ("it",) if itself else _called(impact)
        yield "."
        if len(others) > len(nearest):
            yield f" {_within(impact) or 'In all, '}{_counted(others)} depend on it."
    elif itself:
        yield from _called(impact, first=True)
        yield " is in production itself. "
        said = f"{_counted(others)} {depend} on it." if others else "Nothing else depends on it."
        yield _so_far(impact, said)
    elif others:
        yield _so_far(impact, "Nothing in production depends on ")
        yield from _called(impact)
        yield f"; {_counted(others)} {'does' if len(others) == 1 else 'do'}."
    else:
        yield from _nothing(impact)
    if impact.reliances:
        promotions = formats.plural(len(impact.reliances), "promotion")
        rest = "rests" if len(impact.reliances) == 1 else "rest"
        yield f" {promotions} in force {rest} on an evaluation with it."
    if impact.unread:
        files = formats.plural(impact.unread, "file")
        yield f" {files} of the catalog cannot be read, so that more may depend on it than is known."


def _so_far(impact: Impact, said: str) -> str:
    """What is said, as far as the answer goes."""
    within = _within(impact)
    return f"{within}{said[0].lower()}{said[1:]}" if within else said


def _within(impact: Impact) -> str:
    return f"Within {formats.plural(impact.depth or 0, 'step')}, " if impact.further else ""


def _nothing(impact: Impact) -> Iterator[Part]:
    match impact.subject_kind:
        case SubjectKind.COMMIT if not impact.affected:
            yield "No run in the catalog ran the code of commit "
            yield Code(impact.subject)
        case SubjectKind.REQUIREMENT if not (impact.undecided or impact.further):
            yield "No run and no version in the catalog has a package that is "
            yield Code(impact.subject)
            if impact.similar:
                yield "; did you mean "
                yield Code(impact.similar)
                yield "?"
                return
        case SubjectKind.REQUIREMENT if not impact.further:
            yield "Nothing in the catalog is known to have been made with "
            yield Code(impact.subject)
        case _:
            yield _so_far(impact, "Nothing depends on ")
            yield from _called(impact)
    yield "."


def _counted(items: Sequence[Affected]) -> str:
    counts = [
        formats.plural(count, noun, "aliases" if kind is NodeKind.ALIAS else "")
        for kind, noun in _NOUNS.items()
        if (count := sum(item.kind is kind for item in items))
    ]
    return counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and {counts[-1]}" if counts else ""


def _traffic(item: Affected) -> Line:
    shares = [share.traffic for share in item.serves if share.traffic is not None]
    if not shares or len(shares) < len(item.serves):
        return ()
    return (f" ({min(100.0, sum(shares)):g} % of its traffic)",)


def _in_production(impact: Impact, live: Sequence[Affected]) -> Iterator[Block]:
    order = list(_NOUNS)
    ordered = sorted(live, key=lambda item: (order.index(item.kind), item.key))
    rows = [((named(item.key),), _place(item), _through(impact, item)) for item in ordered[:_MOST_ROWS]]
    yield Table(("What", "In production as", "Depends on it through"), tuple(rows))
    yield from map(Paragraph, rest(len(ordered), _MOST_ROWS))


def _place(item: Affected) -> Line:
    if item.kind is NodeKind.ENDPOINT:
        return (f"{item.type} endpoint",)
    return ("protected alias",) if item.kind is NodeKind.ALIAS else ("production stage",)


def _through(impact: Impact, item: Affected) -> Line:
    if item.serves:
        return joined(
            [
                (Mention(share.model), f" ({share.traffic:g} %)" if share.traffic is not None else "")
                for share in item.serves
            ]
        )
    if not item.via:
        return (f"version {item.role}" if impact.subject_kind is SubjectKind.REQUIREMENT else "itself",)
    role = item.role if item.kind in (NodeKind.RUN, NodeKind.DATASET_VERSION) else ""
    return (_neighbour(impact, item.via), f" ({role})" if role else "")


def _neighbour(impact: Impact, key: str) -> Part:
    commit = impact.subject_kind is SubjectKind.COMMIT and key == impact.subject
    return Code(key[:10]) if commit else named(key)


def _table(impact: Impact, kind: NodeKind, items: Sequence[Affected]) -> Iterator[Block]:
    about = {
        NodeKind.ENDPOINT: "Environment",
        NodeKind.ALIAS: "Points to",
        NodeKind.MODEL_VERSION: "Held by",
        NodeKind.RUN: "Type",
    }.get(kind)
    columns = ("What", *([about] if about else []), "Steps away", "Depends on it through")
    rows = tuple(
        (
            (named(item.key),),
            *([_about(item)] if about else []),
            (f"{item.distance:,}",),
            _through(impact, item),
        )
        for item in items[:_MOST_ROWS]
    )
    yield Table(columns, rows, frozenset({len(columns) - 2}))
    yield from map(Paragraph, rest(len(items), _MOST_ROWS))


def _about(item: Affected) -> Line:
    match item.kind:
        case NodeKind.ENDPOINT:
            return (item.environment,)
        case NodeKind.ALIAS:
            return (Mention(item.version),) if item.version is not None else ()
        case NodeKind.MODEL_VERSION:
            return joined([(holder(name),) for name in item.held_by])
        case _:
            return (f"{item.type}{', ' if item.type and item.at else ''}{formats.day(item.at)}",)


def _reliances(impact: Impact) -> Iterator[Block]:
    yield Paragraph(
        (
            "These versions were not made from it, but promoted on the evidence of evaluations that were. "
            "Evaluate them again if they are wrong.",
        )
    )
    rows = tuple(
        ((Mention(item.version),), (holder(item.held_by),), (Mention(item.evidence),))
        for item in impact.reliances[:_MOST_ROWS]
    )
    yield Table(("Version", "Promoted to", "On the evidence of"), rows)
    yield from map(Paragraph, rest(len(impact.reliances), _MOST_ROWS))


def _undecided(impact: Impact) -> Iterator[Block]:
    yield Paragraph(("These name the package without one exact version, so that nobody can tell.",), "warn")
    lines: list[Line] = [(named(key),) for key in impact.undecided[:_MOST_ROWS]]
    yield Items((*lines, *rest(len(impact.undecided), _MOST_ROWS)))


def _notes(impact: Impact) -> Iterator[Block]:
    if impact.further:
        steps = formats.plural(impact.depth or 0, "step")
        yield Paragraph((f"This goes {steps} downstream; there is more behind it.",))
    if impact.cycles:
        yield Paragraph(
            (
                "The record says of these that they were made from themselves: ",
                *listed([(named(key),) for key in impact.cycles], _MOST_NAMED),
                ".",
            ),
            "warn",
        )
