"""A lineage graph as it is kept: nodes are numbers, and made when they are come upon."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from herdbook.lineage.nodes import Node, NodeKind
from herdbook.numbered import Graph, Lists


class KeptNodes:
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


class Steps(Mapping[Node, Mapping[Node, str]]):
    """For each node of a graph that was kept its neighbours on one side, and as what they are that."""

    def __init__(self, nodes: KeptNodes, neighbours: Lists, roles: Lists) -> None:
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
