import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from herdbook.lineage import Node, NodeKind
from herdbook.queries.answer import as_json
from herdbook.queries.asking import find
from herdbook.queries.impact import Impacts
from herdbook.queries.trace import Tracer, trace
from herdbook.ref import Ref
from herdbook.site.api import answers
from herdbook.site.api.answers import IN_A_FILE, Answers, fitting
from site_samples import read


def node(name: object) -> Node:
    return Node(NodeKind.OUTSIDE, str(name))


def chain(length: int) -> Mapping[Node, list[Node]]:
    return {node(number): [node(number + 1)] if number + 1 < length else [] for number in range(length)}


@pytest.mark.parametrize(
    ("length", "most", "depth"), [(1, 5, None), (5, 5, None), (6, 5, 4), (1000, 5, 4), (3, 1, 1), (2, 1, 1)]
)
def test_as_many_steps_are_gone_as_fit(length: int, most: int, depth: int | None) -> None:
    assert fitting([node(0)], chain(length).__getitem__, most) == depth


def test_what_is_one_step_away_is_always_there() -> None:
    star = {node("hub"): [node(number) for number in range(50)]}
    assert fitting([node("hub")], lambda one: star.get(one, []), 5) == 1


def test_circles_and_nothing_come_to_an_end() -> None:
    ring = {node(0): [node(1)], node(1): [node(0)]}
    assert fitting([node(0)], ring.__getitem__, 5) is None
    assert fitting([], ring.__getitem__, 5) is None


def test_no_more_is_looked_at_than_needed() -> None:
    looked: list[Node] = []

    def children(one: Node) -> list[Node]:
        looked.append(one)
        return [node(f"{one.key}{digit}") for digit in "0123456789"]

    assert fitting([node("")], children, 100) == 1
    assert len(looked) <= 11


@pytest.mark.parametrize(("chained", "single", "steps"), [(300, 0, 25), (300, 900, IN_A_FILE)])
def test_where_most_runs_have_a_long_past_each_tells_less_of_it(
    tmp_path: Path, chained: int, single: int, steps: int
) -> None:
    folder = tmp_path / "runs" / "daily"
    folder.mkdir(parents=True)
    for number in range(chained + single):
        follows = 0 < number < chained
        inputs = f"inputs: [{{run: day-{number - 1}/state}}]\n" if follows else ""
        (folder / f"day-{number}.yaml").write_text(
            f"kind: run\nid: day-{number}\nexperiment: daily\ntype: training\nstatus: finished\n{inputs}"
            "outputs: [{name: state}]\n"
        )
    (tmp_path / "herdbook.yaml").write_text("kind: catalog\nname: sample\n")
    records = read(tmp_path)
    assert len(records.catalog.runs) == chained + single
    ((file, _),) = Answers(records, Tracer(records), Impacts(records)).trace(Ref.run(f"day-{chained - 1}"))
    assert len(json.loads(file.data)["steps"]) == steps


STEP = """kind: run
id: {name}
title: 'of "distance": 7, "steps": [], <b>'
experiment: daily
type: training
status: finished
inputs: [{inputs}]
outputs: [{{name: state}}]
"""
INPUTS = {
    "a": "",
    "b": "{run: a/state}",
    # An address that is written like a run, with a place of its own in the lineage.
    "c": "{run: b/state}, {uri: 'runs:/a'}",
    "d": "{run: a/state}, {run: c/state}",
    "e": "{run: d/state}, {run: a/state}",
}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("most", [2, 3, IN_A_FILE])
def test_steps_that_were_written_before_are_written_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, order: int
) -> None:
    (tmp_path / "runs" / "daily").mkdir(parents=True)
    (tmp_path / "herdbook.yaml").write_text("kind: catalog\nname: sample\n")
    for name, inputs in INPUTS.items():
        (tmp_path / "runs" / "daily" / f"{name}.yaml").write_text(STEP.format(name=name, inputs=inputs))
    records = read(tmp_path)
    assert len(records.catalog.runs) == len(INPUTS)
    monkeypatch.setattr(answers, "IN_A_FILE", most)
    told = Answers(records, Tracer(records), Impacts(records))
    for name in list(INPUTS)[::order]:
        found = find(records.catalog, f"runs:/{name}")
        first, *rest = (json.loads(file.data) for file, _ in told.trace(found.ref))
        expected = as_json(trace(records, found, first["depth"]))
        steps = [step for part in (first, *rest) for step in part["steps"]]
        first.pop("next", None)
        assert {**first, "steps": steps} == expected
