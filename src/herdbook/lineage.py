"""Lineage: what was made from what, across the whole chain.

Edges point downstream, the way data flow: dataset version -> run -> model version -> alias -> endpoint.
"""

import marshal
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice
from typing import NamedTuple

from herdbook.catalog import Catalog, Origin
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.numbered import Graph, Lists
from herdbook.ref import Kind, Ref

_UNDRAWN = frozenset({"description", "metrics", "notes", "params", "tags"})
"""Fields of entries of which nothing in the graph follows; there are more, which change less often."""


MOST_COUNTED = 99
"""Up to how many neighbours of a node that are left out of a drawing are counted."""
_MOST_DRAWN = 60


class NodeKind(StrEnum):
    """What a node of the lineage graph stands for."""

    DATASET_VERSION = "dataset-version"
    RUN = "run"
    MODEL_VERSION = "model-version"
    ALIAS = "alias"
    ENDPOINT = "endpoint"
    CODE = "code"
    OUTSIDE = "outside"

    __hash__ = str.__hash__  # as for `Kind`


class Node(NamedTuple):
    """A node of the graph; `key` is the reference, the commit, or the uri of a thing outside the catalog.

    A pair of texts: it is looked up a thousand times for a page, and Python takes long for a hash of our own.
    """

    kind: NodeKind
    key: str

    @property
    def ref(self) -> Ref | None:
        """The reference that it is; `None` for a commit, and for a thing outside the catalog."""
        return _ref_of(self)


# The same few nodes stand around many others.
@lru_cache(maxsize=2**14)
def _ref_of(node: Node) -> Ref | None:
    return None if node.kind in (NodeKind.CODE, NodeKind.OUTSIDE) else Ref.written(node.key)


class Edge(NamedTuple):
    """`target` was made from, or points to, `source`; `role` says as what."""

    source: Node
    target: Node
    role: str = ""


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

    def __init__(self, edges: Iterator[tuple[Node, Node, str]], lone: Iterator[Node]) -> None:
        all_children: dict[Node, dict[Node, str]] = {node: {} for node in lone}
        all_parents: dict[Node, dict[Node, str]] = {node: {} for node in all_children}
        for source, target, role in edges:
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
        found, nodes = cls(iter(()), iter(())), _KeptNodes(graph)
        found._children = _Steps(nodes, graph.children, graph.child_roles)
        found._parents = _Steps(nodes, graph.parents, graph.parent_roles)
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
        if catalog.origin is not None and _is_drawn_alike(catalog, catalog.origin):
            return cls.of(catalog.origin.catalog)
        nodes = _Nodes(catalog)
        edges = (
            (source, target, role)
            for source, target, role in _links(catalog, nodes)
            if source is not None and target is not None
        )
        return cls(edges, _lone(catalog, nodes))

    def __contains__(self, node: Node) -> bool:
        return node in self._children

    def node(self, ref: Ref) -> Node | None:
        """The node of a reference, if it has one (an output of a run is found at its run)."""
        node = _node(ref)
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


def _is_drawn_alike(catalog: Catalog, origin: Origin) -> bool:
    """Tell whether a catalog has the same graph as that which it was made from."""
    before = origin.catalog
    return all(
        before.key_at(path) == catalog.key_at(path) and _drawn(before.at(path)) == _drawn(catalog.at(path))
        for path in origin.changed
    )


def _drawn(entry: Entry | None) -> bytes:
    """What an entry holds, but for that of which nothing in the graph follows."""
    if entry is None:
        return b""
    # The oldest form: in all others, equal values may differ in how they are held in memory.
    return marshal.dumps({key: value for key, value in entry.data.items() if key not in _UNDRAWN}, 0)


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


class _KeptNodes:
    """The nodes of a graph that was kept, each made once."""

    def __init__(self, graph: Graph) -> None:
        self._kinds, self._keys, self.roles = graph.kinds, graph.keys, graph.roles
        self._made: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def node(self, number: int) -> Node:
        """The node with a number."""
        found = self._made.get(number)
        if found is None:
            found = self._made[number] = Node(NodeKind(self._kinds[number]), self._keys[number])
        return found

    def number(self, node: Node) -> int | None:
        """The number of a node; `None` where it is not one of them."""
        if len(self._by_key) < len(self):  # an address outside may be written like a name
            return self._by_both.get((node.kind, node.key))
        number = self._by_key.get(node.key)
        return number if number is not None and self._kinds[number] == node.kind else None

    @cached_property
    def _by_key(self) -> Mapping[str, int]:
        return dict(zip(self._keys, range(len(self)), strict=True))

    @cached_property
    def _by_both(self) -> Mapping[tuple[str, str], int]:
        return dict(zip(zip(self._kinds, self._keys, strict=True), range(len(self)), strict=True))


class _Steps(Mapping[Node, Mapping[Node, str]]):
    """For each node of a graph that was kept its neighbours on one side, and as what they are that."""

    def __init__(self, nodes: _KeptNodes, neighbours: Lists, roles: Lists) -> None:
        self._nodes, self._neighbours, self._roles = nodes, neighbours, roles
        self._made: dict[Node, Mapping[Node, str]] = {}

    def __getitem__(self, node: Node) -> Mapping[Node, str]:
        found = self._made.get(node)
        if found is None:
            number = self._nodes.number(node)
            if number is None:
                raise KeyError(node)
            others = map(self._nodes.node, self._neighbours.at(number))
            roles = map(self._nodes.roles.__getitem__, self._roles.at(number))
            found = self._made[node] = dict(zip(others, roles, strict=True))
        return found

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Node) and self._nodes.number(node) is not None

    def __iter__(self) -> Iterator[Node]:
        return map(self._nodes.node, range(len(self._nodes)))

    def __len__(self) -> int:
        return len(self._nodes)


class _Nodes:
    """Finds the node of each reference, so that every name of an entry leads to one node."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.found: dict[Ref, Node | None] = {}
        self.owned: dict[Entry, Node | None] = {}
        self.others: dict[tuple[NodeKind, str], Node] = {}

    def own(self, entry: Entry) -> Node | None:
        """The node of an entry."""
        if entry in self.owned:
            return self.owned[entry]
        ref = entry.ref
        node = self.owned[entry] = _node(ref) if ref is not None else None
        return node

    def of(self, ref: Ref | None) -> Node | None:
        """The node of what a reference leads to."""
        if ref is None:
            return None
        try:
            return self.found[ref]
        except KeyError:
            pass
        entry = self.catalog.resolve(ref) if ref.alias is None else None
        node = self.own(entry) if entry is not None else _node(self.catalog.by_name(ref))
        self.found[ref] = node
        return node

    def other(self, kind: NodeKind, key: str) -> Node:
        """The node of what is no entry. The same one each time: it is found faster than its equal."""
        return self.others.setdefault((kind, key), Node(kind, key))


def _node(ref: Ref) -> Node | None:
    match ref.kind:
        case Kind.RUN:
            run = ref if ref.output is None else Ref.run(ref.name)
            return Node(NodeKind.RUN, str(run))
        case Kind.DATASET if ref.version is not None:
            return Node(NodeKind.DATASET_VERSION, str(ref))
        case Kind.MODEL if ref.version is not None:
            return Node(NodeKind.MODEL_VERSION, str(ref))
        case Kind.MODEL if ref.alias is not None:
            return Node(NodeKind.ALIAS, str(ref))
        case Kind.ENDPOINT:
            return Node(NodeKind.ENDPOINT, str(ref))
        case _:
            return None


def _lone(catalog: Catalog, nodes: _Nodes) -> Iterator[Node]:
    for entries in (catalog.dataset_versions, catalog.runs, catalog.versions, catalog.endpoints):
        for entry in entries.values():
            node = nodes.own(entry)
            if node is not None:
                yield node


_Link = tuple[Node | None, Node | None, str]
"""What an edge is made of: source, target and role; where a thing has no node, there is no edge."""


def _links(catalog: Catalog, nodes: _Nodes) -> Iterator[_Link]:
    for dataset_version in catalog.dataset_versions.values():
        yield from _links_of_dataset_version(dataset_version, nodes)
    for run in catalog.runs.values():
        yield from _links_of_run(run, nodes)
    for version in catalog.versions.values():
        yield nodes.of(version.run.ref), nodes.own(version), version.text("output")
    for aliases in catalog.aliases.values():
        for alias, assignment in aliases.in_force().items():
            source = nodes.of(Ref.model(aliases.model, assignment.version))
            target = nodes.of(Ref.model(aliases.model, alias=alias))
            yield source, target, alias
    for endpoint in catalog.endpoints.values():
        node = nodes.own(endpoint)
        for source, traffic in _shares(endpoint, nodes).items():
            yield source, node, f"{traffic:g} %" if traffic is not None else ""


def _shares(endpoint: Endpoint, nodes: _Nodes) -> Mapping[Node | None, float | None]:
    """The traffic of each thing that an endpoint serves, also of one that it names several times."""
    found: dict[Node | None, float | None] = {}
    for served in endpoint.serves:
        node = nodes.of(served.mention.ref)
        shares = [share for share in (found.get(node), served.traffic) if share is not None]
        found[node] = sum(shares) if shares else None
    return found


def _links_of_dataset_version(version: DatasetVersion, nodes: _Nodes) -> Iterator[_Link]:
    node = nodes.own(version)
    for origin in version.derived_from:
        yield nodes.of(origin.ref), node, "derived from"
    if version.produced_by is not None:
        yield nodes.of(version.produced_by.ref), node, "output"


def _both(roles: str, role: str) -> str:
    """Some roles, and one more that may be among them."""
    return ", ".join(dict.fromkeys(filter(None, (*roles.split(", "), role))))


def _links_of_run(run: Run, nodes: _Nodes) -> Iterator[_Link]:
    node, started_at = nodes.own(run), run.started_at
    roles: dict[Node | None, str] = {}
    for item in run.inputs:
        source = (
            nodes.other(NodeKind.OUTSIDE, item.uri)
            if item.mention is None
            else nodes.of(nodes.catalog.pinned(item.ref, started_at))
        )
        known = roles.get(source, "")
        # The same data may be read as several things.
        roles[source] = _both(known, item.role) if known else item.role
    for source, role in roles.items():
        yield source, node, role
    for output in run.outputs:
        if output.dataset is not None:
            yield node, nodes.of(output.dataset.ref), output.name
    evaluates = run.evaluates
    if evaluates is not None:
        yield nodes.of(nodes.catalog.pinned(evaluates.ref, started_at)), node, "evaluated"
    code = run.code
    if code.commit:
        yield nodes.other(NodeKind.CODE, code.commit), node, code.entry_point
