import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from herdbook.catalog import Catalog
from herdbook.escaping.html import redact, visible
from herdbook.lineage import Edge, Lineage, Neighbourhood, Node, NodeKind
from herdbook.opening import read_catalog
from herdbook.ref import Ref
from herdbook.site.faces import affected_by_recall
from herdbook.site.graphs import MOST_EDGES, Graphs
from herdbook.site.layout import Layouts, WasmEngine
from herdbook.tree import DirTree
from svg_samples import assert_plain_svg, hostile_texts, texts

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
ASSETS = Path(__file__).parents[2] / "site_templates" / "assets"


def no_link(node: Node) -> str | None:
    return None


def code(text: str) -> Node:
    return Node(NodeKind.CODE, text)


def outside(text: str) -> Node:
    return Node(NodeKind.OUTSIDE, text)


def dataset(name: str, version: str) -> Node:
    ref = Ref.dataset(name, version)
    return Node(NodeKind.DATASET_VERSION, str(ref))


def run(name: str) -> Node:
    return Node(NodeKind.RUN, str(Ref.run(name)))


def around(focus: Node, edges: Iterable[Edge], hidden: dict[Node, int] | None = None) -> Neighbourhood:
    edges = tuple(sorted(set(edges)))
    nodes = {focus, *(node for edge in edges for node in (edge.source, edge.target))}
    return Neighbourhood(focus, tuple(sorted(nodes)), edges, hidden or {})


def empty_graphs() -> Graphs:
    return Graphs(Catalog(), Lineage())


GRAPHS = empty_graphs()


@pytest.fixture(scope="module")
def example() -> Catalog:
    return read_catalog(DirTree(EXAMPLE))


def picture(graphs: Graphs, neighbourhood: Neighbourhood) -> ET.Element:
    drawn = str(graphs.draw(neighbourhood, lambda node: f"x/{node.kind}.html"))
    assert drawn.startswith('<div class="hb-lineage"><div class="hb-graph-box"><svg ')
    return assert_plain_svg(drawn)


def nodes_of(root: ET.Element) -> list[ET.Element]:
    return [item for item in root.iter() if "hb-node" in item.get("class", "").split()]


def node_titles(root: ET.Element) -> list[str]:
    return [node.findtext("title", "") for node in nodes_of(root)]


def test_the_example_is_drawn_whole(example: Catalog) -> None:
    lineage = Lineage.of(example)
    focus = lineage.node(Ref.model("churn", 2))
    assert focus is not None
    neighbourhood = lineage.neighbourhood(focus)
    root = picture(Graphs(example, lineage), neighbourhood)
    titles = node_titles(root)
    assert sorted(titles) == sorted(
        [
            "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d, commit",
            "s3://raw/orders-2.json, outside the catalog",
            "prepare-2, preprocessing run",
            "orders/v2, dataset version",
            "train-2, training run",
            "churn/2, model version",
            "churn@champion, alias",
            "predict, online endpoint, 1 more connection not drawn",
            "evaluate-2, evaluation run, 1 more connection not drawn",
        ]
    )
    # Of a commit, whose other runs no page lists, nothing is counted.
    description = next(item.text for item in root.iter() if item.tag.endswith("desc"))
    assert description == "9 things, 10 connections; 2 more connections not drawn."
    lines = [item for item in root.iter() if "hb-edge" in item.get("class", "").split()]
    assert len(lines) == len(neighbourhood.edges)
    focused = [node for node in nodes_of(root) if "hb-node--focus" in node.get("class", "")]
    assert [node.findtext("title") for node in focused] == ["churn/2, model version"]
    roles = {item.text for item in root.iter() if item.get("class") == "hb-role"}
    assert roles == {"raw", "training", "90 %"}


def test_edges_name_their_ends_for_scripts(example: Catalog) -> None:
    lineage = Lineage.of(example)
    focus = lineage.node(Ref.model("churn", 2))
    assert focus is not None
    neighbourhood = lineage.neighbourhood(focus)
    root = picture(Graphs(example, lineage), neighbourhood)
    names = {node.get("data-node", ""): node.findtext("title", "").split(",")[0] for node in nodes_of(root)}
    assert set(names) == {f"n{index}" for index in range(len(neighbourhood.nodes))}
    links = [item for item in root.iter() if "hb-link" in item.get("class", "").split()]
    ends = {(names[link.get("data-from", "")], names[link.get("data-to", "")]) for link in links}
    assert ends == {(name_of(edge.source), name_of(edge.target)) for edge in neighbourhood.edges}
    written = {
        (names[item.get("data-from", "")], item.findtext("text"))
        for item in root.iter()
        if item.find("text") is not None and item.get("data-from")
    }
    assert written == {
        ("s3://raw/orders-2.json", "raw"),
        ("orders/v2", "training"),
        ("churn@champion", "90 %"),
    }


def name_of(node: Node) -> str:
    return node.ref.short if node.ref is not None else node.key


def listed(graphs: Graphs, neighbourhood: Neighbourhood) -> list[str]:
    """The rows of the list of a neighbourhood, cells parted by bars."""
    root = ET.fromstring(f"<x>{graphs.listed(neighbourhood, no_link)}</x>")
    return ["|".join("".join(cell.itertext()) for cell in row.iter("td")) for row in root.iter("tr")][1:]


def test_the_list_below_a_picture_tells_the_same(example: Catalog) -> None:
    lineage = Lineage.of(example)
    focus = lineage.node(Ref.model("churn", 2))
    assert focus is not None
    neighbourhood = lineage.neighbourhood(focus)
    graphs = Graphs(example, lineage)
    assert sorted(listed(graphs, neighbourhood)) == [
        "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d|commit|",
        "churn/2|model version|train-2 (model)",
        "churn@champion|alias|churn/2 (champion)",
        "evaluate-2|evaluation run, 1 more connection not drawn"
        "|commit 0f4b1c3d5e (evaluate.py), churn/2 (evaluated)",
        "orders/v2|dataset version|prepare-2 (table)",
        "predict|online endpoint, 1 more connection not drawn|churn@champion (90 %)",
        "prepare-2|preprocessing run|commit 0f4b1c3d5e (prepare.py), s3://raw/orders-2.json (raw)",
        "s3://raw/orders-2.json|outside the catalog|",
        "train-2|training run|commit 0f4b1c3d5e (train.py), orders/v2 (training)",
    ]
    # In the order of the picture, the entry of the page in bold, and folded away.
    drawn = ET.fromstring(str(graphs.draw(neighbourhood, no_link)))
    details = next(drawn.iter("details"))
    assert [item.text for item in details.iter("b")] == ["churn/2"]
    names = [next(row.iter("td")) for row in list(details.iter("tr"))[1:]]
    assert ["".join(name.itertext()) for name in names] == [
        title.split(",")[0]
        for title in node_titles(assert_plain_svg(str(graphs.draw(neighbourhood, no_link))))
    ]


def test_every_node_with_a_page_is_a_link(example: Catalog) -> None:
    lineage = Lineage.of(example)
    focus = lineage.node(Ref.endpoint("predict"))
    assert focus is not None
    neighbourhood = lineage.neighbourhood(focus)
    drawn = Graphs(example, lineage).draw(
        neighbourhood, lambda node: f"../{node.ref.name}.html#a" if node.ref is not None else None
    )
    root = assert_plain_svg(str(drawn))
    links = {node.findtext("title", "").split(",")[0]: node.get("href") for node in nodes_of(root)}
    for node in neighbourhood.nodes:
        shown = node.ref.short if node.ref is not None else node.key
        assert links[shown] == (f"../{node.ref.name}.html#a" if node.ref is not None else None)


def test_recall_failure_and_absence_show(tmp_path: Path) -> None:
    files = {
        "datasets/d/versions/1.yaml": "kind: dataset-version\ndataset: d\nversion: '1'\n"
        f"digest: md5:{'0' * 32}\n"
        "recall: {at: '2024-01-01T00:00:00Z', by: ana, reason: bad, severity: high}\n",
        "datasets/d/versions/2.yaml": "kind: dataset-version\ndataset: d\nversion: '2'\n"
        "derived_from: [d/1]\n",
        "runs/e/r.yaml": "kind: run\nid: r\nexperiment: e\ntype: training\nstatus: failed\n"
        "inputs: [{dataset: d/2}, {dataset: gone/1}]\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    catalog = read_catalog(DirTree(tmp_path))
    assert not catalog.findings
    lineage = Lineage.of(catalog)
    assert affected_by_recall(catalog, lineage) == {dataset("d", "2"), run("r")}
    root = picture(Graphs(catalog, lineage), lineage.neighbourhood(run("r")))
    classes = {
        node.findtext("title"): set(node.get("class", "").split()) - {"hb-node"} for node in nodes_of(root)
    }
    assert classes == {
        "d/1, recalled dataset version": {"hb-node--dataset-version", "hb-node--recalled"},
        "d/2, dataset version, recalled data, no digest is recorded": {
            *("hb-node--dataset-version", "hb-node--affected", "hb-node--unpinned")
        },
        "gone/1, missing dataset version": {"hb-node--dataset-version", "hb-node--missing"},
        "r, training run, failed, recalled data, no commit is recorded, no packages are recorded": {
            *("hb-node--run", "hb-node--affected", "hb-node--failed", "hb-node--incomplete", "hb-node--focus")
        },
    }
    lines = {node.findtext("text[2]") for node in nodes_of(root)}
    assert lines == {"recalled", "recalled data", "missing"}
    badges = [node for node in nodes_of(root) if node.find("g/path[@class='hb-node__badge']") is not None]
    assert [node.findtext("text[1]") for node in badges] == ["d/1", "d/2", "r"]


def test_what_is_unpinned_or_incomplete_says_so(tmp_path: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    files = {
        "datasets/d/versions/1.yaml": "kind: dataset-version\ndataset: d\nversion: '1'\n",
        "runs/e/r.yaml": "kind: run\nid: r\nexperiment: e\ntype: training\nstatus: finished\n"
        f"code: {{commit: {'a' * 40}}}\n"
        "environment: {requirements: [torch>2]}\ninputs: [{dataset: d/1}]\n",
        "models/m/versions/1.yaml": "kind: model-version\nmodel: m\nversion: 1\nrun: r\n"
        f"uri: s3://models/m\ndigest: {digest}\n",
        "runs/e/s.yaml": "kind: run\nid: s\nexperiment: e\ntype: evaluation\nstatus: finished\n"
        "evaluates: m/1\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    catalog = read_catalog(DirTree(tmp_path))
    assert not catalog.findings
    lineage = Lineage.of(catalog)
    root = picture(Graphs(catalog, lineage), lineage.neighbourhood(run("r")))
    lines = {node.findtext("text[1]"): node.findtext("text[2]") for node in nodes_of(root)}
    assert lines == {
        "aaaaaaaaaa": "commit",
        "d/1": "unpinned",
        "r": "unpinned",
        "m/1": "model version",
        "s": "incomplete",
    }
    titles = " ".join(node_titles(root))
    assert "r, training run, the package torch>2 is not pinned to one version" in titles
    assert "s, evaluation run, no commit is recorded, no inputs are recorded" in titles


def test_shapes_that_layouts_stumble_over() -> None:
    one, two = dataset("d", "1"), run("r")
    chain = [dataset("d", str(index)) for index in range(150)]
    assert "<svg" not in str(GRAPHS.draw(around(one, []), no_link))
    shapes = {
        "self-loop": around(one, [Edge(one, one, "derived from")]),
        "cycle": around(one, [Edge(one, two, "in"), Edge(two, one, "out")]),
        "chain": around(chain[75], map(Edge, chain, chain[1:])),
        "fan": around(one, [Edge(one, run(f"r{index}"), "training") for index in range(149)], {one: 12_345}),
    }
    for name, shape in shapes.items():
        root = picture(GRAPHS, shape)
        assert len(nodes_of(root)) == len(shape.nodes), name
        lines = [item for item in root.iter() if item.get("class") == "hb-edge"]
        assert len(lines) == len(shape.edges), name
    assert "99+ more" in texts(picture(GRAPHS, shapes["fan"]))
    assert not GRAPHS.warnings


def test_boxes_of_a_picture_do_not_overlap() -> None:
    root = picture(
        GRAPHS, around(run("x"), [Edge(run("x"), run(f"a-rather-long-name-{i}")) for i in range(20)])
    )
    boxes = []
    for node in nodes_of(root):
        x, y = map(float, node.get("transform", "").removeprefix("translate(").removesuffix(")").split())
        boxes.append((x, y))
    assert len(set(boxes)) == 21
    column = sorted(y for x, y in boxes if x > min(x for x, _ in boxes))
    assert len(column) == 20
    assert all(lower - upper >= 46 for upper, lower in pairwise(column))


def test_a_thicket_is_listed(example: Catalog) -> None:
    left, right = ([run(f"{side}{index}") for index in range(21)] for side in "ab")
    thicket = around(left[0], [Edge(source, target) for source in left for target in right])
    assert len(thicket.edges) > MOST_EDGES
    drawn = str(GRAPHS.draw(thicket, no_link))
    assert "<svg" not in drawn
    assert drawn.count("<tr>") == len(thicket.nodes) + 1


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_text(key: str, role: str, commit: str) -> None:
    target = run("r")
    edges = [Edge(outside(key), target, role), Edge(code(commit), target, role)]
    neighbourhood = around(target, edges)
    root = picture(GRAPHS, neighbourhood)
    full = " ".join(redact(visible(key)).split())
    assert f"{full}, outside the catalog" in node_titles(root)
    if len(full) <= 30:
        assert full in texts(root) or full == ""
    assert full in "".join(listed(GRAPHS, neighbourhood))


def test_hostile_strings_are_text(shared_data: Path) -> None:
    strings = hostile_texts(shared_data)
    assert len(strings) > 1000
    target = run("r")
    for start in range(0, len(strings), 40):
        some = strings[start : start + 40]
        neighbourhood = around(target, [Edge(outside(text), target, text) for text in some])
        root = picture(GRAPHS, neighbourhood)
        expected = {f"{' '.join(redact(visible(text)).split())}, outside the catalog" for text in some}
        assert expected <= set(node_titles(root))
    assert not GRAPHS.warnings


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "//evil.example/", "data:text/html,x", "java\nscript:x", 'x" onclick="y', " x"],
)
def test_only_addresses_become_links(href: str) -> None:
    neighbourhood = around(run("r"), [Edge(run("r"), run("s"))])
    assert "href" not in str(GRAPHS.draw(neighbourhood, lambda node: href))
    assert "href" not in str(GRAPHS.listed(neighbourhood, lambda node: href))


def test_nothing_of_the_catalog_reaches_graphviz() -> None:
    seen: list[str] = []

    class Watching(WasmEngine):
        def output(self, text: str) -> str:
            seen.append(text)
            return super().output(text)

    graphs = empty_graphs()
    graphs._layouts = Layouts(Watching())
    target = run("r")
    for secret in ("tea-spoon", "tea-grass"):
        graphs.draw(around(target, [Edge(outside(secret), target, "a-role")]), no_link)
    assert "tea" not in "".join(seen)
    assert "role" not in "".join(seen)


class Counting(WasmEngine):
    calls = 0

    def output(self, text: str) -> str:
        self.calls += 1
        return super().output(text)


def test_the_same_graph_is_the_same_bytes_and_is_laid_out_once() -> None:
    graphs, engine = empty_graphs(), Counting()
    graphs._layouts = Layouts(engine)
    neighbourhood = around(run("r"), [Edge(run("r"), run("s")), Edge(run("r"), run("t"))])
    first = graphs.draw(neighbourhood, no_link)
    assert first == graphs.draw(neighbourhood, no_link) == empty_graphs().draw(neighbourhood, no_link)
    assert engine.calls == 1


def test_graphs_whose_commits_have_other_hashes_share_a_layout() -> None:
    graphs, engine = empty_graphs(), Counting()
    graphs._layouts = Layouts(engine)
    for one, other in (("1" * 40, "2" * 40), ("f" * 40, "0" * 40)):
        edges = [Edge(run("a"), run("b")), Edge(code(one), run("a")), Edge(code(other), run("b"))]
        root = picture(graphs, around(run("a"), edges))
        names = {node.findtext("title", "")[:10]: node.get("data-node") for node in nodes_of(root)}
        assert (names[one[:10]], names[other[:10]]) == ("n0", "n1")
    assert engine.calls == 1


LABELS = [
    "W" * 30,
    "@" * 40,
    "mmmmmmmm-WWWWWWWW-00000000",
    "iiiiiiii",
    "日本語の名前とても長い名前です日本語の名前とても",
    "نموذج الاحتيال في الطلبات",
    "😀" * 12,
    "\ufdfd" * 10,
    "Щ" * 29,
    "ŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴŴ",
    "a\u0301" * 15,
    "\u202e\u200b\x07",
]


def test_labels_stay_in_their_boxes(browser: Browser) -> None:
    # Each label in a picture of its own: boxes of a kind are as wide as the widest of them.
    pictures = "".join(
        GRAPHS.draw(around(run("r"), [Edge(outside(label), run("r"), label)]), no_link) for label in LABELS
    )
    styles = "".join((ASSETS / name).read_text() for name in ("herdbook.css", "pictures.css"))
    page = browser.new_page()
    page.set_content(f"<style>body {{ font-family: system-ui }} {styles}</style>{pictures}")
    overflowing = page.evaluate(
        """() => [...document.querySelectorAll(".hb-node")].flatMap(node => {
            const box = node.querySelector(".hb-node__box").getBoundingClientRect();
            return [...node.querySelectorAll("text")].filter(text => {
                const words = text.getBoundingClientRect();
                return words.left < box.left || words.right > box.right - 4;
            }).map(text => text.textContent);
        })"""
    )
    page.close()
    assert overflowing == []


def test_a_graph_that_cannot_be_laid_out_is_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    graphs = Graphs(Catalog(), Lineage(), renderer="dot")
    drawn = str(graphs.draw(around(run("a"), [Edge(run("a"), run("b"), "in")]), lambda node: "x.html"))
    assert '<td><a href="x.html">b</a></td><td>missing run</td><td>a (in)</td>' in drawn
    assert graphs.warnings == (
        "there is no dot on the PATH: install Graphviz, or build with --graphviz wasm",
    )


def test_a_layout_of_another_graph_is_not_used() -> None:
    class Confused(WasmEngine):
        def output(self, text: str) -> str:
            return json.dumps({"bb": "0,0,9,9", "objects": [{"_gvid": 0, "name": "n0", "pos": "4,4"}]})

    graphs = empty_graphs()
    graphs._layouts = Layouts(Confused())
    assert "<table" in str(graphs.draw(around(run("a"), [Edge(run("a"), run("b"))]), no_link))
