"""What a change changes, as a colleague would tell it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from herdbook import formats
from herdbook.diff import FieldKind, LineKind
from herdbook.escaping.shell import command
from herdbook.queries.changes import (
    CatalogChanges,
    ChangedEntry,
    ChangedField,
    Downstream,
    LedgerLine,
    RecallOf,
    Setting,
    Thing,
)
from herdbook.queries.lineage_changes import Drawing
from herdbook.ref import Ref
from herdbook.telling.document import (
    Arrow,
    Block,
    Branch,
    Code,
    Corner,
    Document,
    Graph,
    Items,
    Line,
    Mark,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    Tree,
    begun,
    joined,
    listed,
    rest,
)
from herdbook.telling.moves import move_blocks, movement
from herdbook.telling.naming import named

_MOST_ROWS = 50
_MOST_FIELDS = 20
_MOST_NAMED = 4
_LONGEST_VALUE = 200
_LONGEST_REASON = 400
_NOUNS = {
    "model-version": ("model version", "model versions"),
    "run": ("run", "runs"),
    "dataset-version": ("dataset version", "dataset versions"),
    "model": ("model", "models"),
    "dataset": ("dataset", "datasets"),
    "endpoint": ("endpoint", "endpoints"),
    "alias": ("alias", "aliases"),
    "model-card": ("card", "cards"),
    "aliases": ("alias ledger", "alias ledgers"),
    "stages": ("stage ledger", "stage ledgers"),
    "catalog": ("the file herdbook.yaml", ""),
    "code": ("commit", "commits"),
    "outside": ("thing outside", "things outside"),
}
_LEDGERS = frozenset({"aliases", "stages"})
_SETTINGS = {"catalog": frozenset({"policy", "waivers", "people"}), "model": frozenset({"policy"})}
_REWRITTEN = {
    LineKind.INSERTED: "inserted before older ones",
    LineKind.EDITED: "edited",
    LineKind.REMOVED: "removed",
    LineKind.REORDERED: "put into another order",
}
_GAINED = {
    FieldKind.ADDED: "gained",
    FieldKind.REMOVED: "lost",
    FieldKind.CHANGED: "changed",
    FieldKind.REORDERED: "changed",
}


def tell_changes(changes: CatalogChanges) -> Document:
    """Tell the answer."""
    title: Line = ("What changes from ", Code(changes.base), " to ", Code(changes.head))
    rewritten = [line for line in changes.lines if line.kind is not LineKind.ADDED]
    recalls = [recall for recall in changes.recalls if recall.kind is not FieldKind.REMOVED]
    sections = [
        Section(name, blocks)
        for name, blocks in (
            ("What moves", tuple(move_blocks(changes.moves))),
            ("Recalls", tuple(_recalls(changes.recalls))),
            ("Ledgers that are rewritten", tuple(_rewritten(rewritten))),
            ("Also added to ledgers", tuple(_added(tuple(_untold(changes))))),
            ("Files that cannot be read", tuple(_refused(changes))),
            ("Removed", tuple(_things(changes.removed))),
            ("Policy, waivers and people", tuple(_settings(changes.settings))),
            ("Renamed", tuple(_changed(changes.renamed))),
            ("Changed", tuple(_changed(tuple(_told_here(changes.changed))))),
            ("Cards", tuple(_sections(changes))),
            ("Added", tuple(_things(changes.added))),
            ("Lineage", tuple(_lineage(changes.drawing))),
        )
        if blocks
    ]
    bad = rewritten or recalls or any(file.now for file in changes.refused)
    tone: Tone = "bad" if bad else "warn" if changes.removed or changes.settings or changes.moves else ""
    in_full = command("herdbook", "diff", changes.base, changes.head, "--format", "json")
    return Document(title, tuple(_lead(changes, rewritten)), tone, tuple(sections), in_full)


def _told_here(entries: Sequence[ChangedEntry]) -> Iterator[ChangedEntry]:
    """What of changed entries is not told by the sections about ledgers and settings."""
    for entry in entries:
        areas = _SETTINGS.get(entry.kind, frozenset())
        fields = tuple(field for field in entry.fields if field.steps[0] not in areas)
        if fields or entry.file != entry.file_before:
            yield replace(entry, fields=fields)


# The answer in one sentence


def _lead(changes: CatalogChanges, rewritten: Sequence[LedgerLine]) -> Iterator[Part]:
    if not changes.differs:
        yield "Nothing in the catalog differs."
        return
    clauses: list[Line] = []
    for verb, entries in (
        ("added", changes.added),
        ("removed", changes.removed),
        ("renamed", changes.renamed),
        ("changed", changes.changed),
    ):
        # What happened to a ledger is told by what moves.
        counted = [entry.kind for entry in entries if entry.kind not in _LEDGERS]
        if counted:
            clauses.append((f"{_counted(counted)} {verb}",))
    for recall in changes.recalls[:_MOST_NAMED]:
        verb = "is no longer recalled" if recall.kind is FieldKind.REMOVED else "is recalled"
        clauses.append((Mention(recall.dataset), f" {verb}"))
    if len(changes.recalls) > _MOST_NAMED:
        clauses.append((formats.plural(len(changes.recalls) - _MOST_NAMED, "more recall"),))
    clauses += [tuple(movement(move)) for move in changes.moves[:_MOST_NAMED]]
    if len(changes.moves) > _MOST_NAMED:
        clauses.append((formats.plural(len(changes.moves) - _MOST_NAMED, "more move"),))
    if rewritten:
        clauses.append((f"{formats.plural(len(rewritten), 'line')} of ledgers rewritten",))
    elif not clauses and changes.lines:
        clauses.append((f"{formats.plural(len(changes.lines), 'line')} added to ledgers",))
    unread = sum(file.now for file in changes.refused)
    if unread:
        clauses.append((f"{formats.plural(unread, 'file')} cannot be read",))
    if not clauses and changes.refused:
        clauses.append((f"{formats.plural(len(changes.refused), 'file')} can be read again, or are gone",))
    elif not clauses:
        clauses.append(("a ledger is written in another way",))
    yield from begun(joined(clauses, "; "))
    yield "."
    if changes.live:
        yield " This concerns what is in production: "
        yield from listed([(named(key),) for key in changes.live], _MOST_NAMED)
        yield "."


def _counted(kinds: Sequence[str]) -> str:
    counts = Counter(kinds)
    texts = [
        formats.plural(counts[kind], noun, several) if several else noun  # there is one, or none
        for kind, (noun, several) in _NOUNS.items()
        if counts[kind]
    ]
    return " and ".join((", ".join(texts[:-1]), texts[-1])) if len(texts) > 1 else texts[0]


# The details


def _recalls(recalls: Sequence[RecallOf]) -> Iterator[Block]:
    rows = tuple(
        (
            (Mention(recall.dataset),),
            (
                Mark("withdrawn", "warn")
                if recall.kind is FieldKind.REMOVED
                else Mark(recall.severity, "bad"),
            ),
            (formats.clipped(recall.reason, _LONGEST_REASON),),
            (Mention(recall.replaced_by),) if recall.replaced_by is not None else (),
            _depends(recall.downstream),
        )
        for recall in recalls[:_MOST_ROWS]
    )
    if rows:
        yield Table(("Dataset version", "Severity", "Reason", "Replaced by", "Depends on it"), rows)
    yield from map(Paragraph, rest(len(recalls), _MOST_ROWS, "recalls"))


def _rewritten(lines: Sequence[LedgerLine]) -> Iterator[Block]:
    if not lines:
        return
    yield Paragraph(("A ledger only ever grows: what was decided stays on record as it was.",), "bad")
    branches = []
    for line in lines[:_MOST_ROWS]:
        ledger: Line = (Code(f"@{line.alias}"),) if line.alias else ("the stages",)
        known = line.now if line.kind is LineKind.INSERTED or line.before is None else line.before
        version = known.get("version") if isinstance(known, dict) else None
        at = formats.moment(str(known.get("at", ""))) if isinstance(known, dict) else ""
        which = f" version {'none' if version is None else version}, {at}: {_REWRITTEN[line.kind]}"
        children = tuple(Branch(tuple(_field(field))) for field in line.fields[:_MOST_FIELDS])
        branches.append(Branch((Mention(line.model), " ", *ledger, ",", which), children))
    yield Tree(tuple(branches))
    yield from map(Paragraph, rest(len(lines), _MOST_ROWS, "lines"))


def _untold(changes: CatalogChanges) -> Iterator[LedgerLine]:
    """The added lines that no move tells, such as an approval afterwards, or what held only for a while."""
    moved = {(move.model, move.held_by, move.at, move.now) for move in changes.moves}
    for line in changes.lines:
        if line.kind is LineKind.ADDED and (line.model, _holder(line), *_since(line)) not in moved:
            yield line


def _holder(line: LedgerLine) -> str:
    return f"@{line.alias}" if line.alias else f"stage {line.now['stage']}"


def _since(line: LedgerLine) -> tuple[str, Ref | None]:
    version = line.now["version"]
    return line.now["at"], None if version is None else Ref.model(line.model.name, version)


def _added(lines: Sequence[LedgerLine]) -> Iterator[Block]:
    rows = []
    for line in lines[:_MOST_ROWS]:
        (at, version), approved = _since(line), ", ".join(line.now.get("approved_by", ()))
        rows.append(
            (
                (Mention(line.model), f" {_holder(line)}"),
                (Mention(version) if version is not None else "none",),
                (formats.moment(at),),
                (line.now["by"],),
                (approved or "nobody",),
                (_short(line.now.get("reason", ""), _LONGEST_REASON),),
            )
        )
    if rows:
        yield Table(("Ledger", "Version", "Since", "Set by", "Approved by", "Reason"), tuple(rows))
    yield from map(Paragraph, rest(len(lines), _MOST_ROWS, "lines"))


def _refused(changes: CatalogChanges) -> Iterator[Block]:
    lines: list[Line] = []
    for file in changes.refused[:_MOST_ROWS]:
        if file.now:
            said = "cannot be read; `herdbook check` says why" if not file.before else "still cannot be read"
        else:
            said = "could not be read before"
        lines.append((Code(file.file), f" {said}"))
    if lines:
        yield Items(tuple(lines))
    yield from map(Paragraph, rest(len(changes.refused), _MOST_ROWS, "files"))


def _things(things: Sequence[Thing]) -> Iterator[Block]:
    rows = tuple(
        (
            _called(thing.ref, thing.label),
            (_NOUNS[thing.kind][0],),
            (thing.title,),
            _depends(thing.downstream),
        )
        for thing in things[:_MOST_ROWS]
    )
    if rows:
        yield Table(("What", "Kind", "Title", "Depends on it"), rows)
    yield from map(Paragraph, rest(len(things), _MOST_ROWS, "entries"))


def _settings(settings: Sequence[Setting]) -> Iterator[Block]:
    lines: list[Line] = []
    for setting in settings[:_MOST_ROWS]:
        of: Line = (Mention(setting.model),) if setting.model is not None else (Code("herdbook.yaml"),)
        lines.append((*of, ": ", *_field(setting.field)))
    if lines:
        yield Items(tuple(lines))
    yield from map(Paragraph, rest(len(settings), _MOST_ROWS, "settings"))


def _changed(entries: Sequence[ChangedEntry]) -> Iterator[Block]:
    branches = []
    for entry in entries[:_MOST_ROWS]:
        line = list(_called(entry.ref, entry.label))
        if entry.label != entry.label_before:
            line += [", before ", Code(entry.label_before), _BASES.get(entry.basis, "")]
        elif entry.file != entry.file_before:
            line += [", now in ", Code(entry.file)]
        depends = _depends(entry.downstream)
        if depends:
            line += ["; depends on it: ", *depends]
        children = [Branch(tuple(_field(field))) for field in entry.fields[:_MOST_FIELDS]]
        if len(entry.fields) > _MOST_FIELDS:
            children.append(Branch((f"and {len(entry.fields) - _MOST_FIELDS:,} more",)))
        branches.append(Branch(tuple(line), tuple(children)))
    if branches:
        yield Tree(tuple(branches))
    yield from map(Paragraph, rest(len(entries), _MOST_ROWS, "entries"))


_BASES = {
    "content": " (all else is the same)",
    "imported-from": " (imported from the same place)",
    "digest": " (by its digest)",
}


def _sections(changes: CatalogChanges) -> Iterator[Block]:
    cards: dict[Ref, dict[str, list[str]]] = {}
    for section in changes.sections:
        said = cards.setdefault(section.card, {how: [] for how in ("lost", "changed", "gained")})
        said[_GAINED[section.kind]].append(section.section.replace("_", " "))
    lines: list[Line] = [
        (Mention(card), ": ", "; ".join(f"{how} {', '.join(names)}" for how, names in said.items() if names))
        for card, said in list(cards.items())[:_MOST_ROWS]
    ]
    if lines:
        yield Items(tuple(lines))
    yield from map(Paragraph, rest(len(cards), _MOST_ROWS, "cards"))


def _lineage(drawing: Drawing) -> Iterator[Block]:
    if not drawing.edges:
        return  # the other sections have named what stands alone
    yield Paragraph(("What is added is marked with +, what is removed with -, what is changed with ~.",))
    places = {node.key: place for place, node in enumerate(drawing.nodes)}
    yield Graph(
        tuple(Corner(node.key, str(node.kind), node.state.value) for node in drawing.nodes),
        tuple(
            Arrow(places[edge.source], places[edge.target], _role(edge.role, edge.target), edge.state.value)
            for edge in drawing.edges
        ),
    )
    if drawing.hidden:
        yield Paragraph((f"{formats.plural(drawing.hidden, 'more node')} that changed do not fit in here.",))


def _role(role: str, target: str) -> str:
    """The role of an edge; that of an alias is its name, which stands there already."""
    return "" if target.endswith(f"@{role}") else role


def _called(ref: Ref | None, label: str) -> Line:
    return (Mention(ref),) if ref is not None else (label,)


def _depends(downstream: Downstream | None) -> Line:
    """Count what depends on something, and name what is in production."""
    if downstream is None or not downstream.counts:
        return ()
    kinds = [kind for kind, count in downstream.counts.items() for _ in range(count)]
    line: list[Part] = [_counted(kinds)]
    if downstream.live_count:
        shown: list[Line] = [(named(key),) for key in downstream.live[:_MOST_NAMED]]
        if downstream.live_count > len(shown):
            shown.append((f"{downstream.live_count - len(shown):,} more",))
        line += [", in production ", *listed(shown, len(shown))]
    return tuple(line)


def _field(field: ChangedField) -> Iterator[Part]:
    yield Code(" > ".join(field.steps))
    match field.kind:
        case FieldKind.ADDED:
            yield " added: "
            yield _value(field.now)
        case FieldKind.REMOVED:
            yield " removed: "
            yield _value(field.before)
        case FieldKind.REORDERED:
            yield " is in another order"
        case _:
            yield ": "
            yield _value(field.before)
            yield " -> "
            yield _value(field.now)


def _value(value: Any) -> Part:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Code(_short(text, _LONGEST_VALUE)) if text.strip() else "(empty)"


def _short(text: str, most: int) -> str:
    return formats.clipped(" ".join(text.split()), most)
