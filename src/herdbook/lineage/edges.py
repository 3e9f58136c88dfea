"""What the entries of a catalog say was made from what."""

import marshal
from collections.abc import Iterator, Mapping

from herdbook.catalog import Catalog, Origin
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.lineage.nodes import Node, NodeKind, node_of
from herdbook.ref import Ref

_UNDRAWN = frozenset({"description", "metrics", "notes", "params", "tags"})
"""Fields of entries of which nothing in the graph follows; there are more, which change less often."""

Link = tuple[Node, Node, str]
"""An edge: source, target and role. Plain, as there are hundreds of thousands."""
_Link = tuple[Node | None, Node | None, str]
"""The same before it is known whether both have a node; otherwise there is no edge."""


def links_and_nodes(catalog: Catalog) -> tuple[Iterator[Link], Iterator[Node]]:
    """All edges, and the nodes of all entries; some edges lead to other nodes."""
    nodes = _Nodes(catalog)
    links = (
        (source, target, role)
        for source, target, role in _links(catalog, nodes)
        if source is not None and target is not None
    )
    return links, _nodes_of_entries(catalog, nodes)


def is_drawn_alike(catalog: Catalog, origin: Origin) -> bool:
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
        node = self.owned[entry] = node_of(ref) if ref is not None else None
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
        node = self.own(entry) if entry is not None else node_of(self.catalog.by_name(ref))
        self.found[ref] = node
        return node

    def other(self, kind: NodeKind, key: str) -> Node:
        """The node of what is no entry. The same one each time: it is found faster than its equal."""
        return self.others.setdefault((kind, key), Node(kind, key))


def _nodes_of_entries(catalog: Catalog, nodes: _Nodes) -> Iterator[Node]:
    for entries in (catalog.dataset_versions, catalog.runs, catalog.versions, catalog.endpoints):
        for entry in entries.values():
            node = nodes.own(entry)
            if node is not None:
                yield node


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
    if run.evaluates is not None:
        source = nodes.of(nodes.catalog.pinned(run.evaluates.ref, started_at))
        # What is evaluated may be listed as read, too.
        roles[source] = _both(roles.get(source, ""), "evaluated")
    for source, role in roles.items():
        yield source, node, role
    for output in run.outputs:
        if output.dataset is not None:
            yield node, nodes.of(output.dataset.ref), output.name
    code = run.code
    if code.commit:
        yield nodes.other(NodeKind.CODE, code.commit), node, code.entry_point
