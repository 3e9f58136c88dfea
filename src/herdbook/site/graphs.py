"""Lineage as pictures: a neighbourhood of the graph, each node a link to its page, with a list below."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from herdbook.catalog import Catalog
from herdbook.lineage import Lineage, Neighbourhood, Node, NodeKind
from herdbook.site import svg
from herdbook.site.drawing import SHEETS, Drawing, Sheet, listing, picture, shape_of, sheet_of, stroke_of
from herdbook.site.faces import Faces
from herdbook.site.layout import Arc, Box, DotEngine, Layouts, Plain, Renderer, WasmEngine

Link = Callable[[Node], str | None]
"""The address of a node's page, as a link on the page at hand; None for what has none."""

MOST_EDGES: Final = 400
"""More edges than this are a thicket in which nobody can follow one; they are listed instead."""


class Graphs:
    """Draws neighbourhoods. Make one for each build: it remembers layouts and keeps the warnings.

    Args:
        catalog: where kinds, states and recalls of nodes stand.
        lineage: the graph of that catalog.
        renderer: ``wasm``, or ``dot`` for the system's Graphviz.
        earlier: layouts that it made in an earlier build.
    """

    def __init__(
        self,
        catalog: Catalog,
        lineage: Lineage,
        renderer: Renderer = "wasm",
        earlier: Mapping[str, Plain] = MappingProxyType({}),
    ) -> None:
        self._faces = Faces(catalog, lineage)
        self._layouts = Layouts(WasmEngine() if renderer == "wasm" else DotEngine(), earlier)
        self._sheet = lru_cache(maxsize=SHEETS)(self._new_sheet)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why some graphs are lists instead of pictures."""
        return tuple(self._layouts.warnings)

    def load(self) -> None:
        """Make ready what lays graphs out, as far as a copy of this process can use it too."""
        self._layouts.load()

    def take_layouts(self) -> dict[str, Plain]:
        """Return the layouts that were made since this was last asked, for builds to come."""
        return self._layouts.take_made()

    def draw(self, neighbourhood: Neighbourhood, link: Link) -> Markup:
        """Return the picture of a neighbourhood with its list below; what cannot be drawn is a list."""
        if not neighbourhood.edges:
            return Markup('<p class="hb-empty">{} is connected to nothing.</p>').format(
                self._faces.of(neighbourhood.focus).full_name
            )
        drawing = self._drawing(neighbourhood, link)
        sheet = self._sheet(*shape_of(drawing)) if len(neighbourhood.edges) <= MOST_EDGES else None
        if sheet is None:
            return listing(drawing, range(len(drawing.nodes)))
        return Markup(
            '<div class="hb-lineage"><div class="hb-graph-box">{}</div>'
            "<details><summary>As a list</summary>{}</details></div>"
        ).format(picture(drawing, sheet), listing(drawing, sheet.order))

    def listed(self, neighbourhood: Neighbourhood, link: Link) -> Markup:
        """Return a neighbourhood as a table: each thing, what it is, and what it was made from."""
        drawing = self._drawing(neighbourhood, link)
        return listing(drawing, range(len(drawing.nodes)))

    def _new_sheet(self, boxes: tuple[Box, ...], arcs: tuple[Arc, ...]) -> Sheet | None:
        layout = self._layouts.of(boxes, arcs)
        if layout is None or len(layout.centres) != len(boxes):
            return None
        return sheet_of(layout, boxes, arcs)

    def _drawing(self, neighbourhood: Neighbourhood, link: Link) -> Drawing:
        nodes = _numbered(neighbourhood)
        numbers = {node: number for number, node in enumerate(nodes)}
        hidden = [0] * len(nodes)
        for node, count in neighbourhood.hidden.items():
            # A commit has no page on which the others could be found.
            if node.kind is not NodeKind.CODE:
                hidden[numbers[node]] = count
        links = sorted(
            [(numbers[source], numbers[target], role) for source, target, role in neighbourhood.edges]
        )
        return Drawing(
            nodes,
            [self._faces.of(node) for node in nodes],
            [svg.address(link(node)) for node in nodes],
            hidden,
            links,
            [stroke_of(nodes[source].kind, nodes[target].kind, role) for source, target, role in links],
            numbers[neighbourhood.focus],
        )


def _numbered(neighbourhood: Neighbourhood) -> tuple[Node, ...]:
    """Return the nodes in the order of their numbers: as they are, but commits by the runs that ran them.

    Hashes are in no order. Graphs that differ in nothing else share a layout.
    """
    runs: dict[Node, list[str]] = defaultdict(list)
    for edge in neighbourhood.edges:
        if edge.source.kind is NodeKind.CODE:
            runs[edge.source].append(edge.target.key)
    return tuple(sorted(neighbourhood.nodes, key=lambda node: (node.kind, runs.get(node, []))))
