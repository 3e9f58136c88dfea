"""Lineage: what was made from what, across the whole chain.

Edges point downstream, the way data flow: dataset version -> run -> model version -> alias -> endpoint.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import networkx as nx

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Input, ModelVersion, Run
from herdbook.ref import Kind, Ref


class NodeKind(StrEnum):
    """What a node of the lineage graph stands for."""

    DATASET_VERSION = "dataset-version"
    RUN = "run"
    MODEL_VERSION = "model-version"
    ALIAS = "alias"
    ENDPOINT = "endpoint"
    CODE = "code"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A node of the graph; `key` is the reference, the commit, or the uri of a thing outside the catalog."""

    kind: NodeKind
    key: str
    ref: Ref | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        # The graph asks for it many times for every edge; few nodes of different kinds share a key.
        return hash(self.key)


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`target` was made from, or points to, `source`; `role` says as what."""

    source: Node
    target: Node
    role: str = ""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The part of the graph around a node; `hidden` counts the neighbours of a node that are left out."""

    focus: Node
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    hidden: Mapping[Node, int]


class Lineage:
    """The lineage graph of a catalog. References to entries that do not exist are nodes, too."""

    def __init__(self, edges: Iterator[Edge], lone: Iterator[Node]) -> None:
        self._graph: nx.DiGraph[Node] = nx.DiGraph()
        self._graph.add_nodes_from(lone)
        self._graph.add_edges_from((edge.source, edge.target, {"role": edge.role}) for edge in edges)

    @classmethod
    def of(cls, catalog: Catalog) -> "Lineage":
        """Draw the graph of a catalog."""
        nodes = _Nodes(catalog)
        return cls(_edges(catalog, nodes), _lone(catalog, nodes))

    def __contains__(self, node: Node) -> bool:
        return node in self._graph

    def node(self, ref: Ref) -> Node | None:
        """The node of a reference, if it has one (an output of a run is found at its run)."""
        node = _node(ref)
        return node if node is not None and node in self._graph else None

    def parents(self, node: Node) -> list[Node]:
        """What the node was made from directly, in order."""
        return sorted(self._graph.predecessors(node)) if node in self._graph else []

    def children(self, node: Node) -> list[Node]:
        """What was made from the node directly, in order."""
        return sorted(self._graph.successors(node)) if node in self._graph else []

    def edge(self, source: Node, target: Node) -> Edge:
        """The edge between two neighbours."""
        return Edge(source, target, self._graph.edges[source, target]["role"])

    def upstream(self, node: Node, depth: int | None = None) -> dict[Node, int]:
        """Everything that the node was made from, with its distance, nearest first."""
        return self._walk(node, self._graph.predecessors, depth)

    def downstream(self, node: Node, depth: int | None = None) -> dict[Node, int]:
        """Everything that was made from the node, with its distance, nearest first."""
        return self._walk(node, self._graph.successors, depth)

    def neighbourhood(self, focus: Node, limit: int = 60) -> Neighbourhood:
        """What is upstream and downstream of a node, nearest first, at most `limit` nodes.

        No node brings more than a quarter of them at first: behind a few of the thousands of consumers of a
        dataset lies more to see than in a drawing full of consumers. What room is left is filled afterwards.
        The cost is bounded by `limit`, however many neighbours the nodes have.
        """
        if focus not in self._graph:
            return Neighbourhood(focus, (focus,), (), {})
        kept = {focus}
        for fan in (max(1, limit // 4), limit):
            levels = {self._graph.predecessors: [focus], self._graph.successors: [focus]}
            reached = {step: {focus} for step in levels}
            while any(levels.values()) and len(kept) < limit:
                for step, level in levels.items():
                    near = dict.fromkeys(other for node in level for other in islice(step(node), fan))
                    found = [node for node in near if node not in reached[step]]
                    reached[step].update(found)
                    kept.update([node for node in found if node not in kept][: limit - len(kept)])
                    levels[step] = [node for node in found if node in kept]
        edges = tuple(sorted(self._edges_among(kept)))
        drawn: dict[Node, int] = dict.fromkeys(kept, 0)
        for edge in edges:
            drawn[edge.source] += 1
            drawn[edge.target] += 1
        hidden = {
            node: self._graph.degree(node) - count
            for node, count in drawn.items()
            if self._graph.degree(node) > count
        }
        return Neighbourhood(focus, tuple(sorted(kept)), edges, hidden)

    def _edges_among(self, nodes: set[Node]) -> Iterator[Edge]:
        for target in nodes:
            sources = self._graph.pred[target]
            for source in sources if len(sources) < len(nodes) else nodes:
                if source in nodes and source in sources:
                    yield self.edge(source, target)

    def cycles(self) -> list[list[Node]]:
        """The cycles, one for each knot of nodes that lead back to themselves; an honest record has none."""
        found = []
        for knot in nx.strongly_connected_components(self._graph):
            first = min(knot)
            if len(knot) > 1 or self._graph.has_edge(first, first):
                path = nx.find_cycle(self._graph.subgraph(knot), first)
                found.append([edge[0] for edge in path])
        return sorted(found)

    def _walk(
        self, start: Node, step: Callable[[Node], Iterable[Node]], depth: int | None
    ) -> dict[Node, int]:
        distances: dict[Node, int] = {start: 0}
        level = [start] if start in self._graph else []
        while level and (depth is None or distances[level[0]] < depth):
            distance = distances[level[0]] + 1
            found = {other: None for node in level for other in step(node) if other not in distances}
            level = sorted(found)
            distances.update(dict.fromkeys(level, distance))
        del distances[start]
        return distances


class _Nodes:
    """Finds the node of each reference, so that every name of an entry leads to one node."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.found: dict[Ref, Node | None] = {}

    def of(self, ref: Ref | None) -> Node | None:
        if ref is None:
            return None
        if ref not in self.found:
            entry = self.catalog.resolve(ref) if ref.alias is None else None
            self.found[ref] = _node(ref if entry is None or entry.ref is None else entry.ref)
        return self.found[ref]


def _node(ref: Ref) -> Node | None:
    match ref.kind:
        case Kind.RUN:
            run = Ref.run(ref.name)
            return Node(NodeKind.RUN, str(run), run)
        case Kind.DATASET if ref.version is not None:
            return Node(NodeKind.DATASET_VERSION, str(ref), ref)
        case Kind.MODEL if ref.version is not None:
            return Node(NodeKind.MODEL_VERSION, str(ref), ref)
        case Kind.MODEL if ref.alias is not None:
            return Node(NodeKind.ALIAS, str(ref), ref)
        case Kind.ENDPOINT:
            return Node(NodeKind.ENDPOINT, str(ref), ref)
        case _:
            return None


def _lone(catalog: Catalog, nodes: _Nodes) -> Iterator[Node]:
    for entries in (catalog.dataset_versions, catalog.runs, catalog.versions, catalog.endpoints):
        for entry in entries.values():
            node = nodes.of(entry.ref)
            if node is not None:
                yield node


def _edges(catalog: Catalog, nodes: _Nodes) -> Iterator[Edge]:
    for dataset_version in catalog.dataset_versions.values():
        yield from _edges_of_dataset_version(dataset_version, nodes)
    for run in catalog.runs.values():
        yield from _edges_of_run(run, nodes)
    for version in catalog.versions.values():
        yield from _edges_of_version(version, nodes)
    for aliases in catalog.aliases.values():
        for alias, assignment in aliases.in_force().items():
            source = nodes.of(Ref.model(aliases.model, assignment.version))
            target = nodes.of(Ref.model(aliases.model, alias=alias))
            yield from _edge(source, target, alias)
    for endpoint in catalog.endpoints.values():
        for served in endpoint.serves:
            traffic = f"{served.traffic:g} %" if served.traffic is not None else ""
            yield from _edge(nodes.of(served.mention.ref), nodes.of(endpoint.ref), traffic)


def _edges_of_dataset_version(version: DatasetVersion, nodes: _Nodes) -> Iterator[Edge]:
    node = nodes.of(version.ref)
    for origin in version.derived_from:
        yield from _edge(nodes.of(origin.ref), node, "derived from")
    if version.produced_by is not None:
        yield from _edge(nodes.of(version.produced_by.ref), node, "output")


def _edges_of_run(run: Run, nodes: _Nodes) -> Iterator[Edge]:
    node = nodes.of(run.ref)
    for item in run.inputs:
        source = (
            _outside(item)
            if item.mention is None
            else nodes.of(nodes.catalog.pinned(item.ref, run.started_at))
        )
        yield from _edge(source, node, item.role)
    for output in run.outputs:
        if output.dataset is not None:
            yield from _edge(node, nodes.of(output.dataset.ref), output.name)
    if run.evaluates is not None:
        yield from _edge(nodes.of(nodes.catalog.pinned(run.evaluates.ref, run.started_at)), node, "evaluated")
    code = run.code
    if code.commit:
        yield from _edge(Node(NodeKind.CODE, code.commit), node, code.entry_point)


def _edges_of_version(version: ModelVersion, nodes: _Nodes) -> Iterator[Edge]:
    yield from _edge(nodes.of(version.run.ref), nodes.of(version.ref), version.text("output"))


def _outside(item: Input) -> Node:
    return Node(NodeKind.OUTSIDE, item.uri)


def _edge(source: Node | None, target: Node | None, role: str) -> Iterator[Edge]:
    if source is not None and target is not None:
        yield Edge(source, target, role)
