"""The picture of a graph in SVG, and the list below it.

Everything that is read in a picture is written by `svg`; Graphviz only says where it goes. Nodes are called
n0, n1, ... and edges name their ends, so that a script (``assets/lineage.js``) can walk along them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from herdbook.formats import plural
from herdbook.lineage import MOST_COUNTED, Node, NodeKind
from herdbook.site import svg
from herdbook.site.faces import KIND_SIZE, NAME_SIZE, Face, Mark
from herdbook.site.layout import Arc, Box, Curve, Layout, Point

SHEETS: Final = 1_024
"""How many shapes of pictures are remembered."""

_ROLE_LENGTH: Final = 20
_ROLE_SIZE: Final = 10.5
_HEIGHT: Final = 46.0
_WIDTH_STEP: Final = 24
_TEXT_LEFT: Final = 36.0
_TEXT_RIGHT: Final = 13.0
_MARGIN: Final = 14.0
_RADIUS: Final = 9.0
_ARROW: Final = 7.0
_REMEMBERED: Final = 16_384

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


class Stroke(NamedTuple):
    """How an edge is drawn: what is written on it, how wide that is, how straight it is kept, its class."""

    words: str
    width: float
    weight: int
    css: str


@lru_cache(maxsize=_REMEMBERED)
def stroke_of(source: NodeKind, target: NodeKind, role: str) -> Stroke:
    """Say how an edge is drawn."""
    # Written only where the two ends leave it open: which data a run learned from and which it was tested on,
    # how much of the traffic a version gets. What else there is would only say again what the nodes say.
    data = source in (NodeKind.DATASET_VERSION, NodeKind.OUTSIDE) and target is NodeKind.RUN
    words = svg.clipped(role, _ROLE_LENGTH) if data or target is NodeKind.ENDPOINT else ""
    # The way of the data is what is kept short and straight; code comes in from the side.
    weight = 1 if source is NodeKind.CODE or target is NodeKind.ENDPOINT else 3
    css = " hb-code" if source is NodeKind.CODE else ""
    return Stroke(words, svg.width_of(words, _ROLE_SIZE), weight, css)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A neighbourhood on its way into a picture, its nodes numbered.

    Attributes:
        nodes: its nodes.
        faces: what each of them shows.
        hrefs: where each leads, if anywhere.
        hidden: how many connections of each are not drawn, of commits none.
        links: its edges, in order: from which node to which, and as what.
        strokes: how each edge is drawn.
        focus: the node that it is about.
    """

    nodes: Sequence[Node]
    faces: Sequence[Face]
    hrefs: Sequence[str | None]
    hidden: Sequence[int]
    links: Sequence[tuple[int, int, str]]
    strokes: Sequence[Stroke]
    focus: int


# As `Face`.
@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
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


def sheet_of(layout: Layout, boxes: Sequence[Box], arcs: Sequence[Arc]) -> Sheet:
    """Make the sheet of a layout of some boxes and arcs."""
    centres = layout.centres
    places = [
        svg.moved(x - box.width / 2, y - box.height / 2) for (x, y), box in zip(centres, boxes, strict=True)
    ]
    return Sheet(
        layout.width + 2 * _MARGIN,
        layout.height + 2 * _MARGIN,
        boxes,
        tuple(sorted(range(len(centres)), key=lambda index: (centres[index], index))),
        tuple(places),
        tuple([((arc.source, arc.target), layout.curves.get((arc.source, arc.target))) for arc in arcs]),
    )


def shape_of(drawing: Drawing) -> tuple[tuple[Box, ...], tuple[Arc, ...]]:
    """Say what a picture is to layout: boxes, and arcs between them."""
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


def picture(drawing: Drawing, sheet: Sheet) -> Markup:
    """Write a picture: its nodes and edges, on a sheet of its shape."""
    tainted = [face.tainted for face in drawing.faces]
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


def _description(drawing: Drawing) -> str:
    hidden = sum(drawing.hidden)
    more = f"; {plural(hidden, 'more connection')} not drawn" if hidden else ""
    return f"{plural(len(drawing.nodes), 'thing')}, {plural(len(drawing.links), 'connection')}{more}."


# Of most shapes, all edges look alike in all pictures.
@lru_cache(maxsize=SHEETS)
def _edges(sheet: Sheet, states: tuple[str, ...], roles: tuple[str, ...]) -> Markup:
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


def _node(drawing: Drawing, number: int, sheet: Sheet) -> Markup:
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
            svg.text(_TEXT_LEFT, 20, face.name, "hb-node__name", NAME_SIZE, room=room),
            svg.text(_TEXT_LEFT, 36, face.line, "hb-node__kind", KIND_SIZE, room=room),
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


def listing(drawing: Drawing, order: Iterable[int]) -> Markup:
    """Write a picture as a table, in this order of nodes: each thing, what it is, what it was made from."""
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
