"""Tests of the lineage graph."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.catalog import Catalog, Origin
from herdbook.entries import Aliases, DatasetVersion, Endpoint, ModelVersion, Run
from herdbook.lineage import MOST_COUNTED, Edge, Lineage, Neighbourhood, Node, NodeKind
from herdbook.opening import read_catalog
from herdbook.ref import Ref
from herdbook.rereading import reread
from herdbook.source import SourceFile
from herdbook.tree import DirTree, Overlay
from work import steps

EXAMPLE = Path(__file__).parent / "data" / "example"
SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")


@pytest.fixture(scope="module", params=["drawn", "kept"])
def example(request: pytest.FixtureRequest) -> Lineage:
    drawn = Lineage.of(read_catalog(DirTree(EXAMPLE)))
    return drawn if request.param == "drawn" else Lineage.kept(drawn.graph())


def catalog(*entries: Any) -> Catalog:
    def of(entry_type: type, key: Any) -> dict[Any, Any]:
        return {key(entry): entry for entry in entries if isinstance(entry, entry_type)}

    return Catalog(
        runs=of(Run, lambda run: run.id),
        dataset_versions=of(DatasetVersion, lambda version: (version.dataset, version.version)),
        versions=of(ModelVersion, lambda version: (version.model, version.version)),
        aliases=of(Aliases, lambda aliases: aliases.model),
        endpoints=of(Endpoint, lambda endpoint: endpoint.name),
    )


def run(name: str, **more: Any) -> Run:
    return Run(SOURCE, {"id": name, "experiment": "e", "type": "training", "status": "finished", **more})


def data(name: str, **more: Any) -> DatasetVersion:
    return DatasetVersion(SOURCE, {"dataset": "d", "version": name, **more})


def version(number: int, run: str, **more: Any) -> ModelVersion:
    return ModelVersion(SOURCE, {"model": "m", "version": number, "run": run, "uri": "u", **more})


def aliases(**ledgers: list[tuple[int | None, str]]) -> Aliases:
    items = {
        alias: [{"version": number, "at": at, "by": "ada"} for number, at in ledger]
        for alias, ledger in ledgers.items()
    }
    return Aliases(SOURCE, {"model": "m", "aliases": items})


def endpoint(name: str, *models: str) -> Endpoint:
    return Endpoint(
        SOURCE, {"name": name, "type": "online", "serves": [{"model": model} for model in models]}
    )


def node(text: str) -> Node:
    ref = Ref.parse(text)
    kinds = {"runs": NodeKind.RUN, "datasets": NodeKind.DATASET_VERSION, "endpoints": NodeKind.ENDPOINT}
    kind = kinds.get(ref.kind) or (NodeKind.ALIAS if ref.alias else NodeKind.MODEL_VERSION)
    return Node(kind, text)


def keys(nodes: Iterable[Node]) -> list[str]:
    return [node.key for node in nodes]


def plain(*pairs: tuple[int, int]) -> Lineage:
    return Lineage(Edge(number(source), number(target)) for source, target in pairs)


def number(value: int) -> Node:
    return Node(NodeKind.RUN, f"{value:06}")


# What leads to what


def test_data_flow_from_data_to_endpoints(example: Lineage) -> None:
    served = node("endpoints:/predict")
    upstream = example.upstream(served)
    assert upstream[node("models:/churn@champion")] == upstream[node("models:/churn/1")] == 1
    assert upstream[node("models:/churn/2")] == 2
    assert upstream[node("runs:/train-2")] == 3
    assert upstream[node("datasets:/orders/v2")] == 4
    assert list(upstream.values()) == sorted(upstream.values())
    downstream = example.downstream(node("datasets:/orders/v2"))
    assert served in downstream
    assert downstream[served] == 4
    assert node("runs:/train-1") not in downstream


def test_a_walk_ends_at_its_depth(example: Lineage) -> None:
    start = node("datasets:/orders/v2")
    whole = example.downstream(start)
    for depth in range(6):
        assert example.downstream(start, depth) == {
            found: distance for found, distance in whole.items() if distance <= depth
        }
    assert example.upstream(Node(NodeKind.RUN, "runs:/absent")) == {}
    assert example.parents(Node(NodeKind.RUN, "runs:/absent")) == []
    assert example.children(Node(NodeKind.RUN, "runs:/absent")) == []
    for each in example.nodes():
        assert sorted(example.above(each)) == example.parents(each)
        assert sorted(example.below(each)) == example.children(each)


def test_edges_are_those_of_the_design() -> None:
    commit = "a" * 40
    lineage = Lineage.of(
        catalog(
            data("raw"),
            data("v1", produced_by="prepare", derived_from=["d/raw"]),
            run(
                "prepare",
                inputs=[{"dataset": "d/raw", "role": "raw"}, {"uri": "s3://x"}],
                outputs=[{"name": "clean", "dataset": "d/v2"}],
                code={"commit": commit, "entry_point": "prepare.py"},
            ),
            run("train", inputs=[{"dataset": "d/v1", "role": "training"}, {"run": "prepare/clean"}]),
            run("tune", inputs=[{"model": "m/1", "role": "base"}, {"model": "m@absent"}]),
            run("judge", evaluates="m/1"),
            version(1, "train", output="model", label="beta"),
            aliases(champion=[(1, "2024-01-01T00:00:00Z")], retired=[(None, "2024-01-01T00:00:00Z")]),
            endpoint("p", "m@champion", "m/1"),
        )
    )
    found = {
        (edge.source.key, edge.target.key, edge.role)
        for start in lineage.upstream(node("endpoints:/p")) | dict.fromkeys([node("models:/m/1")])
        for child in lineage.children(start)
        for edge in [lineage.edge(start, child)]
    }
    assert found == {
        ("datasets:/d/raw", "datasets:/d/v1", "derived from"),
        ("datasets:/d/raw", "runs:/prepare", "raw"),
        ("s3://x", "runs:/prepare", ""),
        (commit, "runs:/prepare", "prepare.py"),
        ("runs:/prepare", "datasets:/d/v1", "output"),
        ("runs:/prepare", "datasets:/d/v2", "clean"),
        ("runs:/prepare", "runs:/train", ""),
        ("datasets:/d/v1", "runs:/train", "training"),
        ("runs:/train", "models:/m/1", "model"),
        ("models:/m/1", "runs:/tune", "base"),
        ("models:/m/1", "runs:/judge", "evaluated"),
        ("models:/m/1", "models:/m@champion", "champion"),
        ("models:/m@champion", "endpoints:/p", ""),
        ("models:/m/1", "endpoints:/p", ""),
    }
    assert node("models:/m@retired") not in lineage
    assert keys(lineage.parents(node("runs:/tune"))) == ["models:/m@absent", "models:/m/1"]


def test_what_is_read_and_evaluated_is_told_as_both() -> None:
    inputs = [{"model": "m/1", "role": "scorer"}, {"model": "m/2"}]
    lineage = Lineage.of(
        catalog(
            run("judge", inputs=inputs, evaluates="m/1"),
            run("again", inputs=inputs, evaluates="m/2"),
            version(1, "train"),
            version(2, "train"),
        )
    )
    roles = {
        (source, target): lineage.role(node(f"models:/m/{source}"), node(f"runs:/{target}"))
        for source in (1, 2)
        for target in ("judge", "again")
    }
    assert roles == {
        (1, "judge"): "scorer, evaluated",
        (2, "judge"): "",
        (1, "again"): "scorer",
        (2, "again"): "evaluated",
    }


def test_what_is_read_as_several_things_has_all_of_these_roles() -> None:
    twice = [{"dataset": "d/v1", "role": role} for role in ("training", "test", "training")]
    others = [{"dataset": "d/v1"}, {"dataset": "d/v2"}, {"dataset": "d/v2", "role": "raw"}]
    shares = [{"model": "m/1", "traffic": 60}, {"model": "m/1"}, {"model": "m/1", "traffic": 39.5}]
    lineage = Lineage.of(
        catalog(
            data("v1"),
            run("train", inputs=[*twice, *others]),
            version(1, "train"),
            Endpoint(SOURCE, {"name": "e", "type": "online", "serves": shares}),
        )
    )
    assert lineage.edge(node("datasets:/d/v1"), node("runs:/train")).role == "training, test"
    assert lineage.edge(node("datasets:/d/v2"), node("runs:/train")).role == "raw"
    assert lineage.edge(node("models:/m/1"), node("endpoints:/e")).role == "99.5 %"


def test_traffic_is_the_role_of_what_is_served(example: Lineage) -> None:
    served = node("endpoints:/predict")
    assert example.edge(node("models:/churn@champion"), served).role == "90 %"
    assert example.edge(node("models:/churn/1"), served).role == "10 %"


def test_every_name_of_an_entry_leads_to_one_node() -> None:
    imported = {"title": "Old", "imported_from": {"system": "mlflow"}}
    names = ["m/1", "m/beta"]
    lineage = Lineage.of(
        catalog(
            run("train", outputs=[{"name": "model"}], **imported),
            version(1, "Old", label="beta"),
            *(run(f"use-{index}", inputs=[{"model": name}]) for index, name in enumerate(names)),
            run("after", inputs=[{"run": "Old/model"}, {"run": "train"}, {"run": "train/model"}]),
        )
    )
    assert keys(lineage.children(node("models:/m/1"))) == ["runs:/use-0", "runs:/use-1"]
    assert keys(lineage.children(node("runs:/train"))) == ["models:/m/1", "runs:/after"]
    assert node("models:/m/beta") not in lineage


def test_what_is_missing_is_a_node_too() -> None:
    lineage = Lineage.of(catalog(run("a", inputs=[{"dataset": "d/gone"}, {"model": "m/9"}], evaluates="m/8")))
    assert keys(lineage.parents(node("runs:/a"))) == ["datasets:/d/gone", "models:/m/8", "models:/m/9"]


def test_entries_without_neighbours_are_nodes() -> None:
    lineage = Lineage.of(catalog(run("a"), data("v1"), version(1, "a"), endpoint("p")))
    for text in ("runs:/a", "datasets:/d/v1", "models:/m/1", "endpoints:/p"):
        assert lineage.node(Ref.parse(text)) == node(text)
    assert lineage.node(Ref.run("a", "output")) == node("runs:/a")
    assert lineage.node(Ref.run("absent")) is None
    assert lineage.node(Ref.dataset("d")) is None
    assert lineage.node(Ref.model("m")) is None


def test_an_alias_means_the_version_of_the_day_of_the_run() -> None:
    ledger = aliases(
        champion=[(1, "2024-01-01T00:00:00Z"), (2, "2024-02-01T00:00:00Z"), (None, "2024-03-01T00:00:00Z")]
    )
    starts = {"early": "2023-12-31T00:00:00Z", "one": "2024-01-15T00:00:00Z", "two": "2024-02-01T00:00:00Z"}
    starts |= {"late": "2024-04-01T00:00:00Z"}
    users = [run(name, started_at=at, inputs=[{"model": "m@champion"}]) for name, at in starts.items()]
    lineage = Lineage.of(catalog(ledger, *users, run("undated", inputs=[{"model": "m@champion"}])))
    assert {name: keys(lineage.parents(node(f"runs:/{name}"))) for name in [*starts, "undated"]} == {
        "early": ["models:/m@champion"],
        "one": ["models:/m/1"],
        "two": ["models:/m/2"],
        "late": ["models:/m@champion"],
        "undated": ["models:/m@champion"],
    }


# Kept as numbers and texts

THINGS = st.sampled_from(["", "a", "runs:/a", "models:/m@a", "\u2028", "s3://\U0001f600"])
OUTSIDE = st.builds(Node, st.sampled_from([NodeKind.OUTSIDE, NodeKind.CODE]), THINGS)
LINKS = st.lists(st.tuples(OUTSIDE, OUTSIDE, st.sampled_from(["", "input", "\u00e9"])), max_size=12)


@given(LINKS, st.lists(OUTSIDE, max_size=3))
def test_a_graph_that_was_kept_is_the_same(links: list[tuple[Node, Node, str]], lone: list[Node]) -> None:
    drawn = Lineage(links, lone)
    kept = Lineage.kept(drawn.graph())
    assert kept.nodes() == drawn.nodes()
    assert kept.cycles() == drawn.cycles()
    assert kept.graph() == drawn.graph()
    assert list(map(repr, kept.in_order())) == list(map(repr, drawn.in_order()))
    for each in (*drawn.nodes(), Node(NodeKind.RUN, "runs:/a"), Node(NodeKind.OUTSIDE, "nowhere")):
        assert (each in kept) == (each in drawn)
        assert kept.downstream_of([each]) == drawn.downstream_of([each])
        assert kept.upstream_of([each], 1) == drawn.upstream_of([each], 1)
        assert kept.neighbourhood(each, 4) == drawn.neighbourhood(each, 4)
        for child in drawn.children(each):
            assert kept.edge(each, child) == drawn.edge(each, child)


def test_a_node_that_was_kept_has_its_reference() -> None:
    """Also where a name is one that no file may have, as that of an alias can be."""
    found = catalog(
        version(1, "a"),
        run("a", inputs=[{"dataset": "d/v1"}, {"run": "b/model"}, {"uri": "runs:/a"}]),
        endpoint("p", "m@aux", "m/1.0.0"),
        Aliases(SOURCE, {"model": "m", "aliases": {"aux": [{"version": 1, "at": "2024", "by": "a"}]}}),
    )
    drawn = Lineage.of(found)
    kept = Lineage.kept(drawn.graph())
    assert [(each, each.ref) for each in kept.nodes()] == [(each, each.ref) for each in drawn.nodes()]
    assert {each.kind for each in kept.nodes()} == set(NodeKind) - {NodeKind.CODE}


# What changed since


def changed(path: str, old: str, new: str) -> tuple[Catalog, Catalog]:
    """A catalog of which one file has changed since most of it was read, and the same read anew."""
    tree = DirTree(EXAMPLE)
    text = tree.read(path).decode()
    assert old in text
    now = Overlay(tree, {path: text.replace(old, new).encode()})
    return reread(read_catalog(tree), now, {path}), read_catalog(now)


RUN, EVALUATION = "runs/churn/train-2.yaml", "runs/churn/evaluate-2.yaml"
DATA, LEDGER, ENDPOINT = (
    "datasets/orders/versions/v2.yaml",
    "models/churn/aliases.yaml",
    "endpoints/predict.yaml",
)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (RUN, "tags:", "notes: Looked at again.\ntags:"),
        (RUN, "metrics: {auc: 0.82}", "metrics: {auc: 0.83}"),
        (DATA, "rows:", "description: Whatever came.\nrows:"),
        (ENDPOINT, "kind: endpoint", "kind: endpoint\nnotes: Looked at."),
        ("herdbook.yaml", "kind: catalog", "kind: catalog\ndescription: All of it."),
    ],
)
def test_a_graph_is_not_drawn_again_where_nothing_of_it_changed(
    path: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, anew = changed(path, old, new)
    expected = Lineage.of(anew).graph()
    assert now.origin is not None
    kept = Lineage.of(now.origin.catalog).graph()
    place = now.origin.catalog._places.get
    known = SimpleNamespace(lineage=kept, titles={}, relations=None, columns=None, place=place)
    now = replace(now, origin=Origin(replace(now.origin.catalog, known=known), now.origin.changed))
    monkeypatch.setattr("herdbook.lineage.links_and_nodes", None)
    assert Lineage.of(now).graph() == expected


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (RUN, "orders/v2, role: training", "orders/v1, role: training"),
        (RUN, "role: training", "role: tuning"),
        (RUN, "train.py, command", "fit.py, command"),
        (EVALUATION, "evaluates: churn/2", "evaluates: churn@champion"),
        (DATA, "produced_by: prepare-2", "produced_by: prepare-1"),
        (LEDGER, "{version: 2,", "{version: 1,"),
        (ENDPOINT, "traffic: 90", "traffic: 80"),
    ],
)
def test_a_graph_is_drawn_again_where_something_of_it_changed(path: str, old: str, new: str) -> None:
    now, anew = changed(path, old, new)
    assert Lineage.of(now).graph() == Lineage.of(anew).graph()


# Neighbourhoods


def test_a_small_neighbourhood_is_whole(example: Lineage) -> None:
    focus = node("models:/churn/2")
    found = example.neighbourhood(focus)
    assert set(found.nodes) == {focus, *example.upstream(focus), *example.downstream(focus)}
    assert found.nodes == tuple(sorted(found.nodes))
    assert found.edges == tuple(sorted(found.edges))
    assert {(edge.source, edge.target) for edge in found.edges} == {
        (parent, child) for child in found.nodes for parent in example.parents(child) if parent in found.nodes
    }


def test_a_neighbourhood_of_nothing_is_its_focus() -> None:
    stranger = Node(NodeKind.RUN, "runs:/absent")
    found = plain((1, 2)).neighbourhood(stranger)
    assert (found.nodes, found.edges, found.hidden) == ((stranger,), (), {})


def test_what_lies_behind_many_consumers_is_seen_too() -> None:
    # One dataset, 5,000 runs, each of which made a version.
    pairs = [(0, run) for run in range(1, 5001)] + [(run, run + 5000) for run in range(1, 5001)]
    found = plain(*pairs).neighbourhood(number(0), 60)
    assert len(found.nodes) == 60
    versions = [other for other in found.nodes if int(other.key) > 5000]
    assert len(versions) == 15
    # Of the rest it is said that they are many.
    assert found.hidden[number(0)] == MOST_COUNTED + 1


def test_room_that_is_left_is_filled() -> None:
    found = plain(*((0, child) for child in range(1, 41))).neighbourhood(number(0), 60)
    assert len(found.nodes) == 41
    assert found.hidden == {}


@pytest.mark.parametrize("limit", [2, 16, 60])
def test_a_drawing_follows_no_more_of_a_hub_than_is_counted(limit: int) -> None:
    seen: dict[int, Neighbourhood] = {}
    for width in range(1, 300):
        lineage = plain((width + 1, 0), *((0, child) for child in range(width + 1)[1:]))
        found = lineage.neighbourhood(number(1), limit)
        told = found._replace(nodes=(), edges=(), hidden={number(0): found.hidden.get(number(0), 0)})
        assert seen.setdefault(lineage.counted(number(0)), told) == told
    assert 100 < len(seen) < 200


GRAPHS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40)


@given(GRAPHS, st.integers(1, 14))
def test_a_neighbourhood_is_a_part_of_the_graph_around_its_focus(
    pairs: list[tuple[int, int]], limit: int
) -> None:
    lineage, focus = plain(*pairs), number(pairs[0][0])
    found = lineage.neighbourhood(focus, limit)
    around = {focus, *lineage.upstream(focus), *lineage.downstream(focus)}
    assert focus in found.nodes
    assert set(found.nodes) <= around
    assert len(found.nodes) == min(limit, len(around))
    inner = {
        (source, target) for source, target in pairs if {number(source), number(target)} <= set(found.nodes)
    }
    assert {(int(edge.source.key), int(edge.target.key)) for edge in found.edges} == inner
    for other in found.nodes:
        degree = len(lineage.parents(other)) + len(lineage.children(other))
        drawn = sum((edge.source == other) + (edge.target == other) for edge in found.edges)
        assert found.hidden.get(other, 0) == degree - drawn


@given(GRAPHS)
def test_upstream_and_downstream_mirror_each_other(pairs: list[tuple[int, int]]) -> None:
    lineage = plain(*pairs)
    nodes = {number(value) for pair in pairs for value in pair}
    for one in nodes:
        for other, distance in lineage.downstream(one).items():
            assert lineage.upstream(other)[one] == distance
        assert one not in lineage.downstream(one)


@given(GRAPHS, st.sets(st.integers(0, 12), max_size=3), st.none() | st.integers(0, 5))
def test_a_walk_from_several_nodes_goes_the_shortest_way_from_any(
    pairs: list[tuple[int, int]], starts: set[int], depth: int | None
) -> None:
    lineage = plain(*pairs)
    begun = list(map(number, starts))
    walk = lineage.downstream_of(begun, depth)
    expected = dict.fromkeys(begun, 0)
    for start in begun:
        for other, distance in lineage.downstream(start, depth).items():
            expected[other] = min(distance, expected.get(other, distance))
    assert walk.distances == expected
    assert list(walk.distances.values()) == sorted(walk.distances.values())
    assert walk.via.keys() == walk.distances.keys() - set(begun)
    for node, before in walk.via.items():
        assert walk.distances[before] == walk.distances[node] - 1
        assert node in lineage.children(before)
    farthest = [node for node, distance in walk.distances.items() if distance == depth]
    assert walk.further == sum(not set(lineage.children(node)) <= walk.distances.keys() for node in farthest)
    mirrored = plain(*((target, source) for source, target in pairs)).upstream_of(begun, depth)
    assert mirrored == walk


# Cycles


def test_cycles_are_found() -> None:
    assert plain((1, 2), (2, 3)).cycles() == []
    assert plain((1, 1), (1, 2)).cycles() == [[number(1)]]
    assert plain((2, 1), (1, 2)).cycles() == [[number(1), number(2)]]
    assert plain((1, 2), (2, 1), (3, 4), (4, 3), (2, 3)).cycles() == [
        [number(1), number(2)],
        [number(3), number(4)],
    ]


@given(GRAPHS)
def test_a_cycle_leads_from_each_of_its_nodes_to_the_next(pairs: list[tuple[int, int]]) -> None:
    lineage = plain(*pairs)
    cycles = lineage.cycles()
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        for source, target in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert (int(source.key), int(target.key)) in pairs
    knotted = {value for pair in pairs for value in pair if leads_back(value, pairs)}
    assert bool(cycles) == bool(knotted)


def leads_back(start: int, pairs: list[tuple[int, int]]) -> bool:
    reached: set[int] = set()
    waiting = [target for source, target in pairs if source == start]
    while waiting:
        value = waiting.pop()
        if value not in reached:
            reached.add(value)
            waiting += [target for source, target in pairs if source == value]
    return start in reached


# Size


def chain(length: int) -> Iterator[tuple[int, int]]:
    return ((value, value + 1) for value in range(length))


def test_a_chain_of_100_000_is_walked() -> None:
    lineage = plain(*chain(100_000))
    assert lineage.downstream(number(0))[number(100_000)] == 100_000
    assert len(lineage.upstream(number(100_000))) == 100_000
    assert len(lineage.neighbourhood(number(50_000)).nodes) == 60
    assert lineage.cycles() == []


def fan(width: int) -> Iterator[tuple[int, int]]:
    """Consumers of one dataset, each with a version of its own, and all evaluated by one run."""
    for child in range(width):
        yield 0, 1 + child
        yield 1 + child, 10_001 + child
        yield 10_001 + child, 30_000


def test_10_000_consumers_are_walked() -> None:
    lineage = plain(*fan(10_000))
    assert len(lineage.downstream(number(0))) == 20_001
    assert len(lineage.upstream(number(30_000))) == 20_001
    assert len(lineage.children(number(0))) == 10_000


def ring(length: int) -> Iterator[tuple[int, int]]:
    return ((value, (value + 1) % length) for value in range(length))


def test_a_ring_of_10_000_is_found() -> None:
    lineage = plain(*ring(10_000))
    (cycle,) = lineage.cycles()
    assert len(cycle) == 10_000
    assert len(lineage.downstream(number(0))) == 9_999


@pytest.mark.parametrize("edges", [chain, fan, ring])
@pytest.mark.parametrize(
    "ask",
    [
        lambda lineage, last: lineage.downstream(number(0)),
        lambda lineage, last: lineage.upstream(number(last)),
        lambda lineage, last: lineage.cycles(),
    ],
    ids=["downstream", "upstream", "cycles"],
)
def test_the_work_grows_with_the_graph_alone(
    edges: Callable[[int], Iterator[tuple[int, int]]], ask: Callable[[Lineage, int], object]
) -> None:
    cost = []
    for size in (2, 200, 800):
        pairs = list(edges(size))
        last = max(target for _, target in pairs)
        cost.append(steps(partial(ask, plain(*pairs), last)))
    assert cost[2] < 4.5 * cost[1]


def test_a_drawing_costs_no_more_than_what_is_drawn() -> None:
    # A hub with many consumers, which is seen from the page of each of them.
    def cost(width: int) -> list[int]:
        lineage = plain((width + 1, 0), *((0, child) for child in range(1, width + 1)))
        seen = {number(1): 3, number(0): 60, number(width + 1): 60}
        for focus, count in seen.items():
            assert len(lineage.neighbourhood(focus).nodes) == count
        return [steps(partial(lineage.neighbourhood, focus)) for focus in seen]

    # In which order a set is gone through makes a little of it.
    assert all(many < 1.05 * few for few, many in zip(cost(200), cost(20_000), strict=True))
