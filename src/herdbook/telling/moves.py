"""What a change moves, as a colleague would tell it."""

from collections.abc import Iterator, Sequence

from herdbook import formats
from herdbook.queries.compare import Comparison
from herdbook.queries.moves import Moved
from herdbook.ref import Ref
from herdbook.telling.compare import metric_blocks, tell_compare
from herdbook.telling.document import (
    Block,
    Code,
    Facts,
    Line,
    Mark,
    Mention,
    Paragraph,
    Part,
    begun,
    listed,
    rest,
)
from herdbook.telling.naming import named

_MOST_MOVES = 20
_MOST_NAMED = 4
_LONGEST_REASON = 400


def movement(move: Moved) -> Iterator[Part]:
    """Say in a clause what moved."""
    if move.held_by.startswith("@"):
        yield Code(move.held_by)
        yield f" of {move.model.name} "
        if move.before is None:
            yield f"points to version {_number(move.now)}"
        elif move.now is None:
            yield f"points to no version, no longer to version {move.before.version}"
        else:
            yield f"moves from version {move.before.version} to version {move.now.version}"
    else:
        stage = move.held_by.removeprefix("stage ")
        version = f"version {_number(move.now or move.before)} of {move.model.name}"
        if move.now is None:
            yield f"{version} is in no stage any more, no longer in {stage}"
        elif stage == "none":
            yield f"{version} leaves stage {move.stage_before}"
        else:
            yield f"{version} moves {f'from {move.stage_before} ' if move.stage_before else ''}to {stage}"


def _number(ref: Ref | None) -> str:
    return (ref.version or "") if ref is not None else "none"


def move_blocks(moves: Sequence[Moved]) -> Iterator[Block]:
    """Tell what moved, and how each new holder compares with the one before."""
    compared = set()
    for move in moves[:_MOST_MOVES]:
        yield Paragraph((*begun(tuple(movement(move))), "."), "warn" if move.protected else "")
        yield Facts(tuple(_about(move)))
        told = (move.before, move.now)
        if move.comparison is not None and told not in compared:
            compared.add(told)
            yield from _compared(move.comparison)
        elif move.comparison is not None:
            yield Paragraph(("These two versions are compared above.",))
    yield from map(Paragraph, rest(len(moves), _MOST_MOVES, "moves"))


def _compared(comparison: Comparison) -> Iterator[Block]:
    summary = tell_compare(comparison, briefly=True)
    yield Paragraph(summary.lead, summary.tone)
    if comparison.metrics:
        yield from metric_blocks(comparison.metrics, slices=False)
    if comparison.slices:
        yield from metric_blocks(comparison.slices, slices=True)


def _about(move: Moved) -> Iterator[tuple[str, Line]]:
    alias = move.held_by.startswith("@")
    if move.now is not None:
        yield "Now" if alias else "Version", (Mention(move.now),)
    if move.before is not None:
        yield (
            "Before" if alias else "In place of" if move.now is not None else "Version",
            (Mention(move.before),),
        )
    if move.at:
        yield "Since", (f"{formats.moment(move.at)}, set by {move.by}",)
    if move.at and (move.protected or move.approved_by):
        approved = ", ".join(move.approved_by)
        yield (
            "Approved by",
            (f"{approved}, as the ledger declares",) if approved else (Mark("nobody", "warn"),),
        )
    if move.reason:
        yield "Reason", (formats.clipped(move.reason, _LONGEST_REASON),)
    if move.evidence:
        yield "Evidence", listed([(named(text),) for text in move.evidence], _MOST_NAMED)
    if move.endpoints:
        yield "Served by", listed([(Mention(ref),) for ref in move.endpoints], _MOST_NAMED)
