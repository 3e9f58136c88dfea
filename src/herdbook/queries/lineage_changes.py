"""What a change changes in the lineage: what became of nodes and edges, and a picture of that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from herdbook.diff import AliasMove, Changes, StageMove
from herdbook.lineage import Edge, Lineage, Node, NodeKind
from herdbook.ref import Ref

_MOST_DRAWN = 60
_MOST_DRAWN_FIRST = 40  # what changed; the rest is for its neighbours, if it has so many
_MOST_NEIGHBOURS = 8


class State(StrEnum):
    """What became of a part of the lineage."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """An edge of the lineage that was added or removed.

    Attributes:
        source: what the target was made from: a reference, a commit or an address.
        target: what was made from it.
        role: as what.
        state: added, removed or changed (its role is another one); in a drawing also unchanged.
    """

    source: str
    target: str
    role: str
    state: State


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A node of the drawing.

    Attributes:
        key: a reference, or an address outside the catalog.
        kind: what it is.
        state: what became of it.
    """

    key: str
    kind: NodeKind
    state: State


@dataclass(frozen=True, slots=True)
class Drawing:
    """The lineage around what changed, as far as it fits on a drawing.

    Attributes:
        nodes: what changed, and its neighbours; at most 60.
        edges: the edges between them.
        hidden: how many things that changed are left out.
    """

    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    hidden: int


def states_of(found: Changes, before: Lineage, now: Lineage) -> Mapping[Node, State]:
    """What became of the nodes that changed, the most important first."""
    states: dict[Node, State] = {}

    def note(ref: Ref | None, state: State) -> None:
        node = (now.node(ref) or before.node(ref)) if ref is not None else None
        if node is not None:
            states.setdefault(node, state)

    for move in found.moves:
        if isinstance(move, AliasMove):
            gained, lost = move.before is None, move.after is None
            state = State.ADDED if gained else State.REMOVED if lost else State.CHANGED
            note(Ref.model(move.model, alias=move.alias), state)
    for entry in found.removed:
        note(entry.ref, State.REMOVED)
    for pair in found.renamed:
        note(pair.before.ref, State.REMOVED)
        note(pair.after.ref, State.ADDED)
    for entry in found.added:
        note(entry.ref, State.ADDED)
    for change in found.changed:
        note(change.after.ref, State.CHANGED)
    for move in found.moves:
        if isinstance(move, StageMove):
            note(Ref.model(move.model, move.version), State.CHANGED)
    return states


def edges_around(before: Lineage, now: Lineage, states: Mapping[Node, State]) -> Iterator[LineageEdge]:
    """The edges of nodes that changed which are other ones than before."""
    told: set[tuple[Node, Node]] = set()
    for node in states:
        sides = [{(edge.source, edge.target): edge for edge in _around(side, node)} for side in (before, now)]
        for key in dict.fromkeys((*sides[0], *sides[1])):
            edge = _edge(sides[0].get(key), sides[1].get(key))
            if key not in told and edge.state is not State.UNCHANGED:
                told.add(key)
                yield edge


def _around(lineage: Lineage, node: Node) -> Iterator[Edge]:
    for parent in lineage.parents(node):
        yield lineage.edge(parent, node)
    for child in lineage.children(node):
        yield lineage.edge(node, child)


def _edge(before: Edge | None, now: Edge | None) -> LineageEdge:
    edge = now or before
    assert edge is not None
    if before is None or now is None:
        state = State.ADDED if before is None else State.REMOVED
    else:
        state = State.UNCHANGED if before.role == now.role else State.CHANGED
    return LineageEdge(edge.source.key, edge.target.key, edge.role, state)


def drawing_around(before: Lineage, now: Lineage, states: Mapping[Node, State]) -> Drawing:
    """Draw what changed, with its neighbours, as far as there is room."""
    drawn = _drawn(before, now, states)
    edges = []
    for node in drawn:
        sides = [
            {parent: lineage.edge(parent, node) for parent in lineage.parents(node) if parent in drawn}
            for lineage in (before, now)
        ]
        for parent in dict.fromkeys((*sides[1], *sides[0])):
            edges.append(_edge(sides[0].get(parent), sides[1].get(parent)))
    return Drawing(
        nodes=tuple(LineageNode(node.key, node.kind, _state(node, before, now, states)) for node in drawn),
        edges=tuple(edges),
        hidden=sum(node not in drawn for node in states),
    )


def _drawn(before: Lineage, now: Lineage, states: Mapping[Node, State]) -> Mapping[Node, None]:
    """Choose what to draw: what changed, together with what changed next to it, then its other neighbours."""
    steps = (now.parents, now.children, before.parents, before.children)
    drawn: dict[Node, None] = {}
    near: dict[Node, None] = {}
    for start in states:
        waiting = [start]
        while waiting and len(drawn) < _MOST_DRAWN_FIRST:
            node = waiting.pop(0)
            if node not in drawn:
                drawn[node] = None
                found = dict.fromkeys(chain.from_iterable(step(node)[:_MOST_NEIGHBOURS] for step in steps))
                waiting += [other for other in found if other in states]
                near |= dict.fromkeys(other for other in found if other.kind is not NodeKind.CODE)
    for node in (*[each for each in near if each not in drawn], *states):
        if len(drawn) < _MOST_DRAWN:
            drawn.setdefault(node)
    return drawn


def _state(node: Node, before: Lineage, now: Lineage, states: Mapping[Node, State]) -> State:
    if node in states:
        return states[node]
    return State.ADDED if node not in before else State.REMOVED if node not in now else State.UNCHANGED
