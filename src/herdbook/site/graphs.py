"""Lineage as pictures: a neighbourhood of the graph, each node a link to its page, with a list below.

Everything that is read in a picture is written by `svg`; Graphviz only says where it goes. Nodes are called
n0, n1, ... and edges name their ends, so that a script (``assets/lineage.js``) can walk along them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from math import ceil
from types import MappingProxyType
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.formats import plural
from herdbook.lineage import MOST_COUNTED, Lineage, Neighbourhood, Node, NodeKind
from herdbook.queries.trace import Doubt, problems
from herdbook.site import svg
from herdbook.site.layout import (
    Arc,
    Box,
    Curve,
    DotEngine,
    Layout,
    Layouts,
    Plain,
    Point,
    Renderer,
    WasmEngine,
)

Link = Callable[[Node], str | None]
"""The address of a node's page, as a link on the page at hand; None for what has none."""

# More edges than this are a thicket in which nobody can follow one; they are listed instead.
MOST_EDGES: Final = 400

_NAME_LENGTH: Final = 30
_ROLE_LENGTH: Final = 20
_NAME_SIZE: Final = 13.0
_KIND_SIZE: Final = 11.0
_ROLE_SIZE: Final = 10.5
_HEIGHT: Final = 46.0
_WIDTH_STEP: Final = 24
_TEXT_LEFT: Final = 36.0
_TEXT_RIGHT: Final = 13.0
_MARGIN: Final = 14.0
_RADIUS: Final = 9.0
_ARROW: Final = 7.0
_REMEMBERED: Final = 16_384
_SHEETS: Final = 1_024

# Pictograms of 16 by 16 pixels: a drum, a play button, a cube, a tag, a globe, angle brackets, an arrow.
_ICONS: Final[Mapping[NodeKind, str]] = {
    NodeKind.DATASET_VERSION: "M2 4c0-1.3 2.7-2.3 6-2.3s6 1 6 2.3-2.7 2.3-6 2.3-6-1-6-2.3z"
    "V12c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3V4M2 8c0 1.3 2.7 2.3 6 2.3s6-1 6-2.3",
    NodeKind.RUN: "M8 1.6a6.4 6.4 0 1 1 0 12.8 6.4 6.4 0 1 1 0-12.8zM6.5 5.2v5.6L11 8z",
    NodeKind.MODEL_VERSION: "M8 1.5l5.7 3.2v6.6L8 14.5l-5.7-3.2V4.7zM2.3 4.7L8 8l5.7-3.3M8 8v6.5",
    NodeKind.ALIAS: "M1.8 7.4V2.5c0-.4.3-.7.7-.7h4.9l6.6 6.6c.3.3.3.8 0 1.1l-4.5 4.5c-.3.3-.8.3-1.1 0z"
    "M5 4.2a.8.8 0 1 0 .01 0z",
    NodeKind.ENDPOINT: "M8 1.6a6.4 6.4 0 1 1 0 12.8 6.4 6.4 0 1 1 0-12.8zM1.6 8h12.8"
    "M8 1.6c2.2 2 2.8 4.2 2.8 6.4s-.6 4.4-2.8 6.4c-2.2-2-2.8-4.2-2.8-6.4s.6-4.4 2.8-6.4z",
    NodeKind.CODE: "M4.8 4.5L1.3 8l3.5 3.5M11.2 4.5L14.7 8l-3.5 3.5M9.4 2.5l-2.8 11",
    NodeKind.OUTSIDE: "M9.5 2H14v4.5M14 2L7.5 8.5M11.5 9v4.8H2.2V4.5H7",
}
# Signs around the corner of a box: their outline, and what stands in it.
_BADGES: Final = {
    "recalled": ("M-7 0a7 7 0 1 1 14 0a7 7 0 1 1-14 0z", "M-2.6-2.6l5.2 5.2M2.6-2.6l-5.2 5.2"),
    "affected": ("M0-8l8 13.5h-16z", "M0-3.2v4M0 3.1v.2"),
}
_WORDS: Final[Mapping[NodeKind, str]] = {
    NodeKind.DATASET_VERSION: "dataset version",
    NodeKind.RUN: "run",
    NodeKind.MODEL_VERSION: "model version",
    NodeKind.ALIAS: "alias",
    NodeKind.ENDPOINT: "endpoint",
    NodeKind.CODE: "commit",
    NodeKind.OUTSIDE: "outside the catalog",
}


class Mark(StrEnum):
    """What is wrong with a node."""

    RECALLED = "recalled"
    AFFECTED = "affected"
    FAILED = "failed"
    MISSING = "missing"
    UNPINNED = "unpinned"
    INCOMPLETE = "incomplete"


# What stands below a name instead of the kind, the worst first; the pictogram tells the kind, too.
_SAID: Final[Mapping[Mark, str]] = {
    Mark.MISSING: "missing",
    Mark.RECALLED: "recalled",
    Mark.AFFECTED: "recalled data",
    Mark.UNPINNED: "unpinned",
    Mark.INCOMPLETE: "incomplete",
}
_TAINTED: Final = frozenset((Mark.RECALLED, Mark.AFFECTED))
_MARKS: Final = {Doubt.UNPINNED: Mark.UNPINNED, Doubt.MISSING: Mark.INCOMPLETE}


# Equal to itself alone: each is made once, and asked for many times.
@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What a node shows.

    Attributes:
        name: what it is called, in the length of a label.
        line: what stands below: what it is or, where something is wrong, that.
        full_name: what it is called.
        kind: what it is, with what is wrong.
        marks: what is wrong.
        room: the pixels that its texts need in a row.
        heading: `full_name` as HTML.
        state: `kind` as HTML.
        mention: what it is called among the sources of another node, as HTML.
        description: `full_name` and `kind` in one line, as markup.
    """

    name: str
    line: str
    full_name: str
    kind: str
    marks: frozenset[Mark]
    room: float
    heading: str
    state: str
    mention: str
    description: Markup


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
        self.affected = affected_by_recall(catalog, lineage)
        self._catalog, self._lineage = catalog, lineage
        # The same few entries stand around many others.
        self.face = lru_cache(maxsize=_REMEMBERED)(self._face)
        self._layouts = Layouts(WasmEngine() if renderer == "wasm" else DotEngine(), earlier)
        self._sheet = lru_cache(maxsize=_SHEETS)(self._new_sheet)

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
                self.face(neighbourhood.focus).full_name
            )
        drawing = self._drawing(neighbourhood, link)
        sheet = self._sheet(*_shape(drawing)) if len(neighbourhood.edges) <= MOST_EDGES else None
        if sheet is None:
            return _listed(drawing, range(len(drawing.nodes)))
        return Markup(
            '<div class="hb-lineage"><div class="hb-graph-box">{}</div>'
            "<details><summary>As a list</summary>{}</details></div>"
        ).format(_picture(drawing, sheet), _listed(drawing, sheet.order))

    def listed(self, neighbourhood: Neighbourhood, link: Link) -> Markup:
        """Return a neighbourhood as a table: each thing, what it is, and what it was made from."""
        drawing = self._drawing(neighbourhood, link)
        return _listed(drawing, range(len(drawing.nodes)))

    def _new_sheet(self, boxes: tuple[Box, ...], arcs: tuple[Arc, ...]) -> "_Sheet | None":
        layout = self._layouts.of(boxes, arcs)
        if layout is None or len(layout.centres) != len(boxes):
            return None
        return _sheet(layout, boxes, arcs)

    def _face(self, node: Node) -> Face:
        """Say what a node shows."""
        entry = self._catalog.resolve(node.ref) if node.ref is not None else None
        known = [item for item in problems(self._lineage, node, entry) if item.doubt in _MARKS and entry]
        marks = frozenset(self._marks(node, entry)) | {_MARKS[item.doubt] for item in known}
        kind = _kind(node, entry)
        line = next((said for mark, said in _SAID.items() if mark in marks), kind)
        if marks & {Mark.MISSING, Mark.RECALLED}:
            kind = f"{line} {kind}"
        elif Mark.AFFECTED in marks:
            kind = f"{kind}, recalled data"
        kind = ", ".join([kind, *(svg.plain(item.message) for item in known)])
        full_name = svg.plain(node.ref.short if node.ref is not None else node.key)
        name = svg.plain(node.key[:10]) if node.kind is NodeKind.CODE else full_name
        name = svg.clipped(name, _NAME_LENGTH)
        room = max(svg.width_of(name, _NAME_SIZE), svg.width_of(line, _KIND_SIZE))
        mention = f"commit {name}" if node.kind is NodeKind.CODE else full_name
        heading, state, mention = (str(escape(text)) for text in (full_name, kind, mention))
        description = escape(svg.plain(f"{full_name}, {kind}"))
        return Face(name, line, full_name, kind, marks, room, heading, state, mention, description)

    def _marks(self, node: Node, entry: Entry | None) -> Iterator[Mark]:
        if node.ref is not None and entry is None:
            yield Mark.MISSING
        elif isinstance(entry, DatasetVersion) and entry.recall is not None:
            yield Mark.RECALLED
        elif node in self.affected:
            yield Mark.AFFECTED
        if isinstance(entry, Run) and entry.status in ("failed", "killed"):
            yield Mark.FAILED

    def _drawing(self, neighbourhood: Neighbourhood, link: Link) -> "_Drawing":
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
        return _Drawing(
            nodes,
            [self.face(node) for node in nodes],
            [svg.address(link(node)) for node in nodes],
            hidden,
            links,
            [_stroke(nodes[source].kind, nodes[target].kind, role) for source, target, role in links],
            numbers[neighbourhood.focus],
            sum(neighbourhood.hidden.values()),
        )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A neighbourhood on its way into a picture, its nodes numbered.

    Attributes:
        nodes: its nodes.
        faces: what each of them shows.
        hrefs: where each leads, if anywhere.
        hidden: how many connections of each are not drawn, of commits none.
        links: its edges, in order: from which node to which, and as what.
        strokes: how each edge is drawn.
        focus: the node that it is about.
        left_out: how many connections are not drawn.
    """

    nodes: Sequence[Node]
    faces: Sequence[Face]
    hrefs: Sequence[str | None]
    hidden: Sequence[int]
    links: Sequence[tuple[int, int, str]]
    strokes: "Sequence[_Stroke]"
    focus: int
    left_out: int


def _listed(drawing: _Drawing, order: Iterable[int]) -> Markup:
    faces = drawing.faces
    sources: dict[int, list[str]] = defaultdict(list)
    for source, target, role in drawing.links:
        sources[target].append(faces[source].mention + _as(role))
    rows = []
    for number in order:
        face, href = faces[number], drawing.hrefs[number]
        name = face.heading if href is None else f'<a href="{svg.escaped(href)}">{face.heading}</a>'
        name = f"<b>{name}</b>" if number == drawing.focus else name
        kind = face.state + _more(drawing.hidden[number])
        rows.append(f"<tr><td>{name}</td><td>{kind}</td><td>{', '.join(sources[number])}</td></tr>")
    return Markup(
        '<div class="hb-table-box"><table class="hb-table"><thead><tr><th scope="col">Name</th>'
        '<th scope="col">What it is</th><th scope="col">Made from</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _shape(drawing: _Drawing) -> tuple[tuple[Box, ...], tuple[Arc, ...]]:
    nodes = drawing.nodes
    # Nodes of a kind are equally wide, so that columns look like columns.
    rooms: dict[NodeKind, float] = defaultdict(float)
    for node, face in zip(nodes, drawing.faces, strict=True):
        rooms[node.kind] = max(rooms[node.kind], face.room)
    boxes = {kind: _box(room) for kind, room in rooms.items()}
    arcs = [
        Arc(source, target, stroke.width, stroke.weight)
        for (source, target, _), stroke in zip(drawing.links, drawing.strokes, strict=True)
    ]
    return tuple([boxes[node.kind] for node in nodes]), tuple(arcs)


def _box(room: float) -> Box:
    # In steps, so that graphs that differ in a few letters share a layout.
    return Box(ceil((_TEXT_LEFT + room + _TEXT_RIGHT) / _WIDTH_STEP) * _WIDTH_STEP, _HEIGHT)


# As `Face`.
@dataclass(frozen=True, slots=True, eq=False)
class _Sheet:
    """What all pictures of one shape share.

    Attributes:
        width: of the picture.
        height: of the picture.
        boxes: how large its nodes are.
        order: the numbers of its nodes, in the order in which it is read: column by column.
        places: where each node stands, as SVG says it.
        ways: the two ends of each arc, in their order, and its way, if it has one.
    """

    width: float
    height: float
    boxes: Sequence[Box]
    order: tuple[int, ...]
    places: tuple[str, ...]
    ways: tuple[tuple[tuple[int, int], Curve | None], ...]


def _sheet(layout: Layout, boxes: Sequence[Box], arcs: Sequence[Arc]) -> _Sheet:
    centres = layout.centres
    places = [
        svg.moved(x - box.width / 2, y - box.height / 2) for (x, y), box in zip(centres, boxes, strict=True)
    ]
    return _Sheet(
        layout.width + 2 * _MARGIN,
        layout.height + 2 * _MARGIN,
        boxes,
        tuple(sorted(range(len(centres)), key=lambda index: (centres[index], index))),
        tuple(places),
        tuple([((arc.source, arc.target), layout.curves.get((arc.source, arc.target))) for arc in arcs]),
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


def affected_by_recall(catalog: Catalog, lineage: Lineage) -> frozenset[Node]:
    """Return everything that was made from a recalled dataset version, directly or not, or points to it."""
    recalled = [
        node
        for version in catalog.dataset_versions.values()
        if version.recall is not None and (node := lineage.node(version.ref)) is not None
    ]
    affected: set[Node] = set()
    waiting = list(recalled)
    while waiting:
        found = [node for node in lineage.children(waiting.pop()) if node not in affected]
        affected.update(found)
        waiting.extend(found)
    return frozenset(affected)


def _kind(node: Node, entry: Entry | None) -> str:
    match entry:
        case Run():
            kind = f"{entry.type} run" if entry.type != "batch-inference" else "batch inference"
            return kind if entry.status == "finished" else f"{kind}, {entry.status}"
        case Endpoint():
            return f"{svg.plain(entry.text('type'))} endpoint"
        case _:
            return _WORDS[node.kind]


class _Stroke(NamedTuple):
    """How an edge is drawn: what is written on it, how wide that is, how straight it is kept, its class."""

    words: str
    width: float
    weight: int
    css: str


@lru_cache(maxsize=_REMEMBERED)
def _stroke(source: NodeKind, target: NodeKind, role: str) -> _Stroke:
    # Written only where the two ends leave it open: which data a run learned from and which it was tested on,
    # how much of the traffic a version gets. What else there is would only say again what the nodes say.
    data = source in (NodeKind.DATASET_VERSION, NodeKind.OUTSIDE) and target is NodeKind.RUN
    words = svg.clipped(role, _ROLE_LENGTH) if data or target is NodeKind.ENDPOINT else ""
    # The way of the data is what is kept short and straight; code comes in from the side.
    weight = 1 if source is NodeKind.CODE or target is NodeKind.ENDPOINT else 3
    css = " hb-code" if source is NodeKind.CODE else ""
    return _Stroke(words, svg.width_of(words, _ROLE_SIZE), weight, css)


def _picture(drawing: _Drawing, sheet: _Sheet) -> Markup:
    tainted = [not face.marks.isdisjoint(_TAINTED) for face in drawing.faces]
    states = [
        " hb-affected" if tainted[source] and tainted[target] else stroke.css
        for (source, target, _), stroke in zip(drawing.links, drawing.strokes, strict=True)
    ]
    parts = [_edges(sheet, tuple(states), tuple([stroke.words for stroke in drawing.strokes]))]
    parts.extend([_node(drawing, number, sheet) for number in sheet.order])
    description = svg.element("desc", None, (_description(drawing),))
    inside = svg.element("g", {"transform": f"translate({_MARGIN:g} {_MARGIN:g})"}, parts)
    label = f"Lineage of {drawing.faces[drawing.focus].full_name}"
    # Not the role of an image: an image has no links in it for those who hear it.
    return svg.picture(
        sheet.width, sheet.height, "hb-graph", "graphics-document", label, (description, inside)
    )


def _description(drawing: _Drawing) -> str:
    more = f"; {plural(drawing.left_out, 'more connection')} not drawn" if drawing.left_out else ""
    return f"{plural(len(drawing.nodes), 'thing')}, {plural(len(drawing.links), 'connection')}{more}."


# Of most shapes, all edges look alike in all pictures.
@lru_cache(maxsize=_SHEETS)
def _edges(sheet: _Sheet, states: tuple[str, ...], roles: tuple[str, ...]) -> Markup:
    lines, labels = [], []
    for (ends, curve), state, role in zip(sheet.ways, states, roles, strict=True):
        if curve is None:
            continue
        lines.append(_edge(curve, ends, state))
        if role and curve.label is not None:
            labels.append(_label(role, curve.label, ends))
    # Written over the edges, lest one of them runs through the words of another.
    return Markup("").join([*lines, *labels])


def _edge(curve: Curve, ends: tuple[int, int], state: str) -> Markup:
    way = svg.element("path", {"class": "hb-edge", "d": _way(curve)})
    arrow = svg.element("path", {"class": "hb-arrow", "d": _arrow(curve)})
    return svg.element("g", {"class": f"hb-link{state}", **_ends(ends)}, (way, arrow))


def _label(role: str, place: Point, ends: tuple[int, int]) -> Markup:
    words = svg.text(
        place[0], place[1] + 3.5, role, "hb-role", _ROLE_SIZE, "middle", svg.width_of(role, _ROLE_SIZE)
    )
    return svg.element("g", _ends(ends), (words,))


def _ends(ends: tuple[int, int]) -> dict[svg.Attribute, str | float]:
    return {"data-from": f"n{ends[0]}", "data-to": f"n{ends[1]}"}


def _way(curve: Curve) -> str:
    start, *rest = curve.points
    return f"M{svg.points([start])}C{svg.points(rest)}" if rest else f"M{svg.points([start])}"


def _arrow(curve: Curve) -> str:
    tip = curve.points[-1]
    # The last control points may lie on the tip; the direction is that of the first one that does not.
    before = (point for point in reversed(curve.points) if _distance(point, tip) > 0.5)
    back = next(before, (tip[0] - 1, tip[1]))
    length = _distance(back, tip)
    along = ((back[0] - tip[0]) / length * _ARROW, (back[1] - tip[1]) / length * _ARROW)
    across = (-along[1] * 0.45, along[0] * 0.45)
    left = (tip[0] + along[0] + across[0], tip[1] + along[1] + across[1])
    right = (tip[0] + along[0] - across[0], tip[1] + along[1] - across[1])
    return f"M{svg.points([tip])}L{svg.points([left, right])}z"


def _distance(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _node(drawing: _Drawing, number: int, sheet: _Sheet) -> Markup:
    kind, face, hidden = drawing.nodes[number].kind, drawing.faces[number], drawing.hidden[number]
    box = sheet.boxes[number]
    parts = [_title(face, hidden), _inside(kind, face, box)]
    if hidden:
        parts.append(_count(hidden, box))
    css = _css(kind, face.marks, focus=number == drawing.focus)
    return svg.link(drawing.hrefs[number], css, parts, sheet.places[number], f"n{number}")


@lru_cache(maxsize=_REMEMBERED)
def _title(face: Face, hidden: int) -> Markup:
    return svg.element("title", None, (face.description + _more(hidden),))


@lru_cache(maxsize=512)
def _css(kind: NodeKind, marks: frozenset[Mark], *, focus: bool) -> str:
    said = [kind, *sorted(marks), *(["focus"] if focus else [])]
    return " ".join(["hb-node", *(f"hb-node--{each}" for each in said)])


@lru_cache(maxsize=_REMEMBERED)
def _inside(kind: NodeKind, face: Face, box: Box) -> Markup:
    """What is seen of a node, wherever it stands."""
    room = box.width - _TEXT_LEFT - _TEXT_RIGHT
    return Markup("").join(
        [
            _frame(box),
            _icon(kind),
            svg.text(_TEXT_LEFT, 20, face.name, "hb-node__name", _NAME_SIZE, room=room),
            svg.text(_TEXT_LEFT, 36, face.line, "hb-node__kind", _KIND_SIZE, room=room),
            *(_badge(mark, box) for mark in (Mark.RECALLED, Mark.AFFECTED) if mark in face.marks),
        ]
    )


@lru_cache(maxsize=_REMEMBERED)
def _count(hidden: int, box: Box) -> Markup:
    """The sign on a node that says how many connections of it are not drawn."""
    words = f"+{hidden} more" if hidden <= MOST_COUNTED else f"{MOST_COUNTED}+ more"
    width = svg.width_of(words, 10) + 12
    left = box.width - width - 8
    outline = svg.rounded(left, box.height - 7, width, 15, 7.5)
    sign = svg.element("path", {"class": "hb-node__more", "d": outline})
    return sign + svg.text(left + width / 2, box.height + 4, words, "hb-node__count", anchor="middle")


@lru_cache(maxsize=_REMEMBERED)
def _as(role: str) -> str:
    return f" ({escape(svg.plain(role))})" if role else ""


def _more(count: int) -> str:
    if count > MOST_COUNTED:
        return f", more than {MOST_COUNTED} connections not drawn"
    return f", {plural(count, 'more connection')} not drawn" if count else ""


@lru_cache(maxsize=512)
def _frame(box: Box) -> Markup:
    outline = svg.rounded(0, 0, box.width, box.height, _RADIUS)
    return svg.element("path", {"class": "hb-node__box", "d": outline})


@lru_cache(maxsize=512)
def _badge(mark: Mark, box: Box) -> Markup:
    """Mark the corner of a box: a disc with a cross on what was recalled, a warning on what comes from it."""
    outline, sign = _BADGES[mark]
    place: dict[svg.Attribute, str | float] = {"transform": f"translate({svg.number(box.width - 12)} 0)"}
    shapes = (
        svg.element("path", {"class": "hb-node__badge", "d": outline}),
        svg.element("path", {"class": "hb-node__sign", "d": sign}),
    )
    return svg.element("g", place, shapes)


@cache
def _icon(kind: NodeKind) -> Markup:
    attributes: dict[svg.Attribute, str | float] = {"class": "hb-node__icon", "transform": "translate(12 15)"}
    return svg.element("path", attributes | {"d": _ICONS[kind]})
