"""Tests of pictures and lists of graphs whose layout is given."""

import xml.etree.ElementTree as ET

import pytest

from herdbook.catalog import Catalog
from herdbook.lineage import Lineage, Node, NodeKind
from herdbook.site.drawing import Drawing, listing, picture, shape_of, sheet_of, stroke_of
from herdbook.site.faces import Faces
from herdbook.site.layout import Curve, Layout

NODES = (
    Node(NodeKind.DATASET_VERSION, "datasets:/orders/2024-03"),
    Node(NodeKind.DATASET_VERSION, "datasets:/d/1"),
    Node(NodeKind.RUN, "runs:/a"),
)
FACES = Faces(Catalog(), Lineage())


def drawing(hidden: int = 0, *, role: str = "training", href: str | None = None) -> Drawing:
    """Two dataset versions and the run that read them, about which it is."""
    links = [(0, 2, role), (1, 2, role)]
    return Drawing(
        nodes=NODES,
        faces=[FACES.of(node) for node in NODES],
        hrefs=[href] * 3,
        hidden=[0, 0, hidden],
        links=links,
        strokes=[stroke_of(NODES[source].kind, NODES[target].kind, said) for source, target, said in links],
        focus=2,
    )


def drawn(some: Drawing) -> ET.Element:
    """Draw it with the data one above the other, and the run to their right."""
    boxes, arcs = shape_of(some)
    curve = Curve(((80.0, 20.0), (120.0, 40.0), (160.0, 60.0), (200.0, 60.0)), (140.0, 50.0))
    layout = Layout(300, 200, ((80.0, 20.0), (80.0, 120.0), (260.0, 60.0)), {(0, 2): curve})
    return ET.fromstring(str(picture(some, sheet_of(layout, boxes, arcs))))


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [item for item in root.iter() if name in (item.get("class") or "").split()]


def test_boxes_of_a_kind_are_equally_wide_and_widen_in_steps() -> None:
    (one, other, run), _ = shape_of(drawing())
    assert one == other
    assert one.width > run.width
    assert one.width % 24 == run.width % 24 == 0


def test_nodes_are_written_column_by_column_and_the_one_in_question_is_marked() -> None:
    nodes = of_class(drawn(drawing()), "hb-node")
    assert [node.get("data-node") for node in nodes] == ["n0", "n1", "n2"]
    assert [bool("hb-node--focus" in (node.get("class") or "")) for node in nodes] == [False, False, True]


def test_an_edge_without_a_way_is_left_out_with_its_words() -> None:
    root = drawn(drawing())
    assert [edge.get("data-from") for edge in of_class(root, "hb-link")] == ["n0"]
    assert [words.text for words in of_class(root, "hb-role")] == ["training"]


@pytest.mark.parametrize("href", [None, "runs/a.html"])
def test_a_node_with_a_page_is_a_link_in_the_picture_and_in_the_list(href: str | None) -> None:
    root, table = drawn(drawing(href=href)), str(listing(drawing(href=href), range(3)))
    assert len([node for node in root.iter() if node.get("href") == "runs/a.html"]) == (3 if href else 0)
    assert table.count('<a href="runs/a.html">') == (3 if href else 0)


def test_a_list_is_in_the_order_that_is_asked_for() -> None:
    table = ET.fromstring(str(listing(drawing(role="<in>"), (2, 0, 1))))
    rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")][1:]
    assert rows == [
        ["a", "missing run", "orders/2024-03 (<in>), d/1 (<in>)"],
        ["orders/2024-03", "missing dataset version", ""],
        ["d/1", "missing dataset version", ""],
    ]


@pytest.mark.parametrize(
    ("hidden", "word", "told"),
    [
        (1, "+1 more", ", 1 more connection not drawn"),
        (99, "+99 more", ", 99 more connections not drawn"),
        (100, "99+ more", ", more than 99 connections not drawn"),
    ],
)
def test_what_is_not_drawn_is_counted_up_to_a_hundred(hidden: int, word: str, told: str) -> None:
    *_, node = of_class(drawn(drawing(hidden)), "hb-node")
    title = next(item.text or "" for item in node.iter() if item.tag.endswith("title"))
    assert title.endswith(told)
    assert word in [text.text for text in node.iter() if text.tag.endswith("text")]
    assert told in str(listing(drawing(hidden), range(3)))
