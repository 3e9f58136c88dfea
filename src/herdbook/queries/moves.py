"""What a change moves: aliases to other versions, and versions to other stages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from herdbook.diff import AliasMove, StageMove
from herdbook.lineage import NodeKind
from herdbook.queries.compare import Comparison, compare_with
from herdbook.queries.predecessors import Basis, Predecessor
from herdbook.queries.records import Records
from herdbook.ref import Ref

_MOST_COMPARED = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """An alias that points to another version, or a version that is in another stage.

    Attributes:
        model: the model.
        held_by: the alias, ``@champion``, or the stage that a version comes to, ``stage production``; of a
            version that is in no stage any more, the one that it was in.
        protected: it counts as production: a protected alias, or the production stage.
        before: the version that the alias pointed to, or the one that was put into production last; of a
            version that is in no stage any more, itself; null for none.
        now: the version that the alias points to, or that comes to the stage; null for none.
        stage_before: for a stage, the one that the version was in; empty where it was in none.
        at: since when, in UTC; empty where no line says so.
        by: who set it.
        approved_by: who approved it, as the ledger declares.
        reason: why.
        evidence: what it rests on.
        endpoints: the endpoints that serve what the alias points to.
        comparison: how the new version differs from the one before; null where there are not two, where it
            does not count as production, and beyond the first 20 of such moves.
    """

    model: Ref
    held_by: str
    protected: bool
    before: Ref | None
    now: Ref | None
    stage_before: str
    at: str
    by: str
    approved_by: tuple[str, ...]
    reason: str
    evidence: tuple[str, ...]
    endpoints: tuple[Ref, ...]
    comparison: Comparison | None


def moves_between(head: Records, found: Sequence[AliasMove | StageMove]) -> Iterator[Moved]:
    """Tell what moved: what counts as production first, then what left production.

    Args:
        head: the catalog after the change, with the policy that judges the change.
        found: what the ledgers moved.
    """
    return _Moves(head).told(found)


class _Moves:
    """Tells what moved."""

    def __init__(self, head: Records) -> None:
        self._head = head
        self._protected: dict[str, frozenset[str]] = {}
        self._in_production: dict[str, list[int]] = {}
        self._compared = 0

    def told(self, found: Sequence[AliasMove | StageMove]) -> Iterator[Moved]:
        """What counts as production comes first, then what left production."""
        for move in sorted(found, key=self._order):
            yield self._alias(move) if isinstance(move, AliasMove) else self._stage(move)

    def _order(self, move: AliasMove | StageMove) -> tuple[bool, bool]:
        return not self._is_protected(move), isinstance(move, AliasMove) or move.before != "production"

    def _is_protected(self, move: AliasMove | StageMove) -> bool:
        if isinstance(move, StageMove):
            return move.after == "production"
        if move.model not in self._protected:
            self._protected[move.model] = frozenset(self._head.policy.protected_aliases(move.model))
        return move.alias in self._protected[move.model]

    def _alias(self, move: AliasMove) -> Moved:
        ref = Ref.model(move.model, alias=move.alias)
        node = self._head.lineage.node(ref)
        served_by = self._head.lineage.children(node) if node is not None else ()
        return self._moved(
            move,
            held_by=f"@{move.alias}",
            versions=(move.before, move.after),
            endpoints=tuple(
                child.ref for child in served_by if child.kind is NodeKind.ENDPOINT and child.ref is not None
            ),
        )

    def _stage(self, move: StageMove) -> Moved:
        before = move.version if not move.after else None
        if move.after == "production":
            held = self._put_into_production(move)
            before = next((version for version in reversed(held) if version != move.version), None)
        return self._moved(
            move,
            held_by=f"stage {move.after or move.before}",
            versions=(before, move.version if move.after else None),
            stage_before=move.before,
        )

    def _put_into_production(self, move: StageMove) -> Sequence[int]:
        """The versions that were in production before, in the order in which they were put there."""
        if move.model not in self._in_production:
            ledger = move.before_ledger
            current = ledger.current() if ledger is not None else {}
            held = [(line.route, number) for number, line in current.items() if line.stage == "production"]
            self._in_production[move.model] = [number for _, number in sorted(held)]
        return self._in_production[move.model]

    def _moved(
        self,
        move: AliasMove | StageMove,
        held_by: str,
        versions: tuple[int | None, int | None],
        stage_before: str = "",
        endpoints: tuple[Ref, ...] = (),
    ) -> Moved:
        protected, line = self._is_protected(move), move.after_line
        before, now = [Ref.model(move.model, number) if number is not None else None for number in versions]
        return Moved(
            model=Ref.model(move.model),
            held_by=held_by,
            protected=protected,
            before=before,
            now=now,
            stage_before=stage_before,
            at=line.at if line is not None else "",
            by=line.by if line is not None else "",
            approved_by=line.approved_by if line is not None else (),
            reason=" ".join(line.reason.split()) if line is not None else "",
            evidence=tuple(mention.text for mention in line.evidence) if line is not None else (),
            endpoints=endpoints,
            comparison=self._comparison(move.model, held_by, versions) if protected else None,
        )

    def _comparison(
        self, model: str, held_by: str, versions: tuple[int | None, int | None]
    ) -> Comparison | None:
        before, now = (self._head.catalog.versions.get((model, number or 0)) for number in versions)
        if before is None or now is None or self._compared >= _MOST_COMPARED:
            return None
        self._compared += 1
        alias = held_by.removeprefix("@")
        basis = Basis.ALIAS if held_by.startswith("@") else Basis.NAMED
        return compare_with(
            self._head, now, Predecessor(before, basis, alias if basis is Basis.ALIAS else "")
        )
