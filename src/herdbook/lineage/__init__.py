"""Lineage: what was made from what, across the whole chain.

Edges point downstream, the way data flow: dataset version -> run -> model version -> alias -> endpoint.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from herdbook.catalog import Catalog
from herdbook.lineage.edges import Link, is_drawn_alike, links_and_nodes
from herdbook.lineage.kept import KeptNodes, Steps
from herdbook.lineage.nodes import Edge as Edge
from herdbook.lineage.nodes import Node as Node
from herdbook.lineage.nodes import NodeKind as NodeKind
from herdbook.lineage.nodes import node_of
from herdbook.numbered import Graph, Lists
from herdbook.ref import Ref

MOST_COUNTED = 99
"""Up to how many neighbours of a node that are left out of a drawing are counted."""
_MOST_DRAWN = 60


class Neighbourhood(NamedTuple):
    """The part of the graph around a node.

    Attributes:
        focus: the node.
        nodes: what is drawn, the node among it.
        edges: all edges between these.
        hidden: how many neighbours of a node are left out; of very many it only says that it is more than
            `MOST_COUNTED`, so that a drawing with a hub in it does not change whenever the hub does.
    """

    focus: Node
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    hidden: Mapping[Node, int]


class Walk(NamedTuple):
    """What a walk through the graph came upon, nearest first.

    Attributes:
        distances: how many steps away each node is; those where the walk began are 0 steps away.
        via: for each node that was reached, the neighbour from which it was reached first.
        further: how many nodes at the greatest distance have neighbours that the walk did not go to.
    """

    distances: Mapping[Node, int]
    via: Mapping[Node, Node]
    further: int


class Lineage:
    """The lineage graph of a catalog. References to entries that do not exist are nodes, too."""

    def __init__(self, links: Iterable[Link] = (), nodes: Iterable[Node] = ()) -> None:
        """Take edges, and nodes that are there also without any."""
        all_children: dict[Node, dict[Node, str]] = {node: {} for node in nodes}
        all_parents: dict[Node, dict[Node, str]] = {node: {} for node in all_children}
        for source, target, role in links:
            # Nodes are looked up no more often than need be: it is what building takes most of its time for.
            children = all_children.get(source)
            if children is None:
                children = all_children[source] = {}
                all_parents[source] = {}
            parents = all_parents.get(target)
            if parents is None:
                parents = all_parents[target] = {}
                all_children[target] = {}
            children[target] = parents[source] = role
        # For each node its neighbours, and the roles of the edges to them.
        self._children: Mapping[Node, Mapping[Node, str]] = all_children
        self._parents: Mapping[Node, Mapping[Node, str]] = all_parents
        self._cycles: list[list[Node]] | None = None

    @classmethod
    def kept(cls, graph: Graph) -> "Lineage":
        """The graph that `graph` gave; nodes are made when they are come upon."""
        found, nodes = cls(), KeptNodes(graph)
        found._children = Steps(nodes, graph.children, graph.child_roles)
        found._parents = Steps(nodes, graph.parents, graph.parent_roles)
        found._cycles = [[nodes.node(number) for number in cycle] for cycle in graph.cycles]
        return found

    def graph(self) -> Graph:
        """The graph as numbers and texts."""
        numbers = {node: number for number, node in enumerate(self._children)}
        roles: dict[str, int] = {}

        def lists(steps: Mapping[Node, Mapping[Node, str]]) -> tuple[Lists, Lists]:
            return (
                Lists.of([numbers[other] for other in steps[node]] for node in numbers),
                Lists.of(
                    [roles.setdefault(role, len(roles)) for role in steps[node].values()] for node in numbers
                ),
            )

        children, parents = lists(self._children), lists(self._parents)
        cycles = [[numbers[node] for node in cycle] for cycle in self.cycles()]
        kinds, keys = [node.kind.value for node in numbers], [node.key for node in numbers]
        return Graph(kinds, keys, list(roles), *children, *parents, cycles)

    @classmethod
    def of(cls, catalog: Catalog) -> "Lineage":
        """Draw the graph of a catalog, or take that which is kept of it, or of one that has the same."""
        graph = catalog.known.lineage if catalog.known is not None else None
        if graph is not None:
            return cls.kept(graph)
        if catalog.origin is not None and is_drawn_alike(catalog, catalog.origin):
            return cls.of(catalog.origin.catalog)
        return cls(*links_and_nodes(catalog))

    def __contains__(self, node: Node) -> bool:
        return node in self._children

    def node(self, ref: Ref) -> Node | None:
        """The node of a reference, if it has one (an output of a run is found at its run)."""
        node = node_of(ref)
        return node if node is not None and node in self else None

    def nodes(self) -> list[Node]:
        """All nodes, in order."""
        return sorted(self._children)

    def parents(self, node: Node) -> list[Node]:
        """What the node was made from directly, in order."""
        return sorted(self._parents.get(node, ()))

    def children(self, node: Node) -> list[Node]:
        """What was made from the node directly, in order."""
        return sorted(self._children.get(node, ()))

    def above(self, node: Node) -> Iterable[Node]:
        """What `parents` returns, in no order: it is there already, for those who only count."""
        return self._parents.get(node, ())

    def below(self, node: Node) -> Iterable[Node]:
        """What `children` returns, in no order."""
        return self._children.get(node, ())

    def edge(self, source: Node, target: Node) -> Edge:
        """The edge between two neighbours."""
        return Edge(source, target, self.role(source, target))

    def role(self, source: Node, target: Node) -> str:
        """As what one neighbour was made from, or points to, the other."""
        return self._children[source][target]

    def upstream(self, node: Node, depth: int | None = None) -> dict[Node, int]:
        """Everything that the node was made from, with its distance, nearest first."""
        return _without(node, self.upstream_of([node], depth))

    def downstream(self, node: Node, depth: int | None = None) -> dict[Node, int]:
        """Everything that was made from the node, with its distance, nearest first."""
        return _without(node, self.downstream_of([node], depth))

    def upstream_of(self, nodes: Iterable[Node], depth: int | None = None) -> Walk:
        """Some nodes and everything that they were made from."""
        return _walk(nodes, self._parents, depth)

    def downstream_of(self, nodes: Iterable[Node], depth: int | None = None) -> Walk:
        """Some nodes and everything that was made from them."""
        return _walk(nodes, self._children, depth)

    def neighbourhood(self, focus: Node, limit: int = _MOST_DRAWN) -> Neighbourhood:
        """What is upstream and downstream of a node, nearest first, at most `limit` nodes.

        No node brings more than a quarter of them at first: behind a few of the thousands of consumers of a
        dataset lies more to see than in a drawing full of consumers. What room is left is filled afterwards.
        The cost is bounded by `limit`, however many neighbours the nodes have.
        """
        if focus not in self:
            return Neighbourhood(focus, (focus,), (), {})
        kept = {focus}
        for fan in (max(1, limit // 4), limit):
            walks = [(step, [focus], {focus}) for step in (self._parents, self._children)]
            while any(level for _, level, _ in walks) and len(kept) < limit:
                for step, level, reached in walks:
                    near = dict.fromkeys(other for node in level for other in islice(step[node], fan))
                    found = [node for node in near if node not in reached]
                    reached.update(found)
                    kept.update([node for node in found if node not in kept][: limit - len(kept)])
                    level[:] = [node for node in found if node in kept]
        edges = tuple(sorted(self._edges_among(kept)))
        left = {node: self.degree(node) for node in kept}
        for source, target, _ in edges:
            left[source] -= 1
            left[target] -= 1
        hidden = {node: min(count, MOST_COUNTED + 1) for node, count in left.items() if count}
        return Neighbourhood(focus, tuple(sorted(kept)), edges, hidden)

    def degree(self, node: Node) -> int:
        """How many neighbours a node has."""
        return len(self._parents[node]) + len(self._children[node])

    def counted(self, node: Node) -> int:
        """Of how many neighbours of a node drawings can tell: no more of them make another drawing."""
        # All that can be drawn beside the node, and one more than is counted of the rest.
        return min(self.degree(node), _MOST_DRAWN + MOST_COUNTED)

    def _edges_among(self, nodes: set[Node]) -> Iterator[Edge]:
        for target in nodes:
            sources = self._parents[target]
            for source in sources if len(sources) < len(nodes) else nodes:
                if source in nodes and source in sources:
                    yield Edge(source, target, sources[source])

    def in_order(self) -> Iterator[tuple[Node, Mapping[Node, str], Mapping[Node, str]]]:
        """Yield each node after all that it was made from, with its parents and children and their roles.

        Nodes that are made from themselves are left out, and so is what is made from them.
        """
        waiting = {node: len(parents) for node, parents in self._parents.items()}
        free = [node for node, count in waiting.items() if not count]
        while free:
            node = free.pop()
            yield node, self._parents[node], self._children[node]
            for child in self._children[node]:
                waiting[child] -= 1
                if not waiting[child]:
                    free.append(child)

    def cycles(self) -> list[list[Node]]:
        """The cycles, one for each knot of nodes that lead back to themselves; an honest record has none."""
        if self._cycles is None:
            self._cycles = self._found_cycles()
        return self._cycles

    def _found_cycles(self) -> list[list[Node]]:
        tangled = self._tangled()
        if not tangled:
            return []
        import networkx as nx  # it takes longer to load than this whole search, and is hardly ever needed

        graph: nx.DiGraph[Node] = nx.DiGraph()
        graph.add_edges_from(
            (source, target) for source in tangled for target in self._children[source] if target in tangled
        )
        found = []
        for knot in nx.strongly_connected_components(graph):
            first = min(knot)
            if len(knot) > 1 or graph.has_edge(first, first):
                path = nx.find_cycle(graph.subgraph(knot), first)
                found.append([edge[0] for edge in path])
        return sorted(found)

    def _tangled(self) -> dict[Node, None]:
        """What is left when all that was made from nothing is taken away, again and again."""
        waiting = {node: len(parents) for node, parents in self._parents.items()}
        free = [node for node, count in waiting.items() if not count]
        while free:
            node = free.pop()
            del waiting[node]
            for child in self._children[node]:
                count = waiting[child] = waiting[child] - 1
                if not count:
                    free.append(child)
        return dict.fromkeys(waiting)


def _walk(starts: Iterable[Node], steps: Mapping[Node, Iterable[Node]], depth: int | None) -> Walk:
    distances = dict.fromkeys(starts, 0)
    via: dict[Node, Node] = {}
    level, distance = sorted(node for node in distances if node in steps), 0
    while level and distance != depth:
        distance += 1
        found: dict[Node, Node] = {}
        for node in level:
            for other in steps[node]:
                if other not in distances:
                    found.setdefault(other, node)
        level = sorted(found)
        distances.update(dict.fromkeys(level, distance))
        via |= found
    further = sum(any(other not in distances for other in steps[node]) for node in level)
    return Walk(distances, via, further)


def _without(start: Node, walk: Walk) -> dict[Node, int]:
    return {node: distance for node, distance in walk.distances.items() if node != start}
