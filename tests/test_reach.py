"""In the part of a catalog that an edit can reach is found what the edit does to the whole."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from benchmarks import generate
from hypothesis import given
from hypothesis import strategies as st

import yaml
from any_files import tree_of
from herdbook.catalog import Catalog
from herdbook.check import Report, check
from herdbook.gate import made_worse
from herdbook.opening import read_catalog
from herdbook.reach import EVERYWHERE, reached
from herdbook.rereading import reread
from herdbook.rules import RULES
from herdbook.rules.options import CHANGE
from herdbook.tree import DirTree
from rule_examples import Example, examples

TODAY = date(2026, 1, 1)


def compared(before: Catalog, after: Catalog, changed: set[str]) -> None:
    part, whole = (made_worse(before, after, paths, TODAY) for paths in (changed, changed | {EVERYWHERE}))
    assert errors(part) == errors(whole)


def errors(report: Report) -> list[tuple[str, str, str]]:
    return sorted((item.rule, item.place.source.path, item.message) for item in report.findings)


EXAMPLES = [
    pytest.param(example, id=f"{rule.ID}-{number}")
    for rule in RULES
    if rule.FAMILY != CHANGE
    for number, example in enumerate(examples(rule.__doc__ or ""))
    if example.verdict == "Bad"
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_edit_that_breaks_a_rule(example: Example, tmp_path: Path) -> None:
    example.lay_base(tmp_path / "before")
    example.lay(tmp_path / "after")
    before, after = (read_catalog(DirTree(tmp_path / name, "catalog")) for name in ("before", "after"))
    texts = [{source.path: source.text for source in side.sources} for side in (before, after)]
    changed = {path for path in texts[0].keys() | texts[1].keys() if texts[0].get(path) != texts[1].get(path)}
    compared(before, after, changed)
    compared(after, before, changed)


@cache
def generated() -> Mapping[str, Any]:
    return {path: json.loads(json.dumps(value)) for path, value in generate.files(200)}


@cache
def catalog() -> Catalog:
    return read_catalog(tree_of(generated()))


PATHS = sorted(generated())
WORDS = sorted({word for value in generated().values() for word in yaml.safe_dump(value).split()[:40]})


COPIES: Mapping[str, tuple[str, Any]] = {
    "run": ("id", "one-more"),
    "dataset-version": ("version", "v99"),
    "model-version": ("version", 99),
    "dataset": ("name", "one-more"),
}
"""By what a copy of an entry has another name."""


def _value(value: Any, route: list[Any], otherwise: Any) -> Any:
    """A copy of the value at a route, where there is one."""
    for step in route:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return otherwise
    return json.loads(json.dumps(value))


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """One to three files with a value dropped or replaced, perhaps from another; without the file; copied."""
    made: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PATHS))
        value = json.loads(json.dumps(made.get(path) or generated()[path]))
        kind = generated()[path]["kind"]
        around: Any = value
        route: list[Any] = []
        while True:
            keys = list(around) if isinstance(around, dict) else list(range(len(around)))
            key = draw(st.sampled_from(keys))
            inner = around[key]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
                around = inner
                route.append(key)
                continue
            break
        match draw(st.sampled_from(["drop", "word", "double", "delete", "ref", "peer", "copy"])):
            case "drop":
                del around[key]
            case "word":
                around[key] = draw(st.sampled_from(WORDS))
            case "double" if isinstance(inner, int | float):
                around[key] = inner * 2
            case "ref" if isinstance(inner, str):
                numbers = {"000": "001", "001": "000"}
                around[key] = next((inner.replace(a, b) for a, b in numbers.items() if a in inner), inner)
            case "peer":
                peers = [peer for peer in PATHS if generated()[peer]["kind"] == kind]
                around[key] = _value(generated()[draw(st.sampled_from(peers))], [*route, key], inner)
            case "copy" if kind in COPIES:
                field, name = COPIES[kind]
                made[f"{path.rpartition('/')[0]}/{name}.yaml"] = value | {field: name}
                continue
            case "delete":
                value = None
        made[path] = value
    return made


@given(edits())
def test_an_edit_of_any_kind(made: dict[str, Any]) -> None:
    after = {path: value for path, value in {**generated(), **made}.items() if value is not None}
    compared(catalog(), read_catalog(tree_of(after)), set(made))


def test_the_part_is_small() -> None:
    run = min(path for path in PATHS if path.startswith("runs/fraud-001/fraud-001-train"))
    found = paths_reached(run, {**generated()[run], "notes": "Looked at."})
    assert run in found
    assert len(found) < len(PATHS) / 2


def test_with_an_evaluation_come_those_it_is_compared_with() -> None:
    """No card names them, and no ledger: what ties them together is the model."""
    run = "runs/fraud-001/fraud-001-evaluate-2.yaml"
    alone = {path for path in PATHS if path.startswith("models/") and "/versions/" not in path}
    found = paths_reached(run, {**generated()[run], "notes": "Looked at."}, alone)
    assert {f"runs/fraud-001/fraud-001-evaluate-{number}.yaml" for number in range(1, 9)} <= found


def test_with_a_tag_come_the_data_that_it_names() -> None:
    run = "runs/fraud-001/fraud-001-prepare-1.yaml"
    tagged = {**generated()[run], "tags": {"dataset_version": "Orders-000_v3"}}
    own = {"datasets/orders-000/dataset.yaml", "datasets/orders-000/versions/v3.yaml"}
    assert own <= paths_reached(run, tagged)
    for alone in own:
        assert alone in paths_reached(run, tagged, own - {alone})


@given(edits(), edits(), st.booleans())
def test_where_it_reaches_is_found_what_is_found_in_the_whole(
    there: dict[str, Any], made: dict[str, Any], by_runs: bool
) -> None:
    """In a catalog in which something may be wrong already; perhaps only runs say what they made."""
    contents = {path: value for path, value in {**generated(), **there}.items() if value is not None}
    data = {path: value for path, value in contents.items() if "produced_by" in value} if by_runs else {}
    for path, value in data.items():
        contents[path] = {name: each for name, each in value.items() if name != "produced_by"}
    after = {path: value for path, value in {**contents, **made}.items() if value is not None}
    edited = {*there, *made, *data}
    before, now = (reread(catalog(), tree_of(files), edited) for files in (contents, after))
    reach = reached(before, now, set(made))
    if reach.files is None:
        assert (reach.before, reach.after) == (before, now)
        return
    assert set(made) <= reach.files
    for part, whole in ((reach.before, before), (reach.after, now)):
        found, expected = (
            [item for item in told(check(each, TODAY)) if item[1] in reach.files] for each in (part, whole)
        )
        assert found == expected


def told(report: Report) -> list[tuple[str, str, str, str]]:
    found = (*report.findings, *(item.finding for item in report.waived))
    return sorted((item.rule, item.place.source.path, item.message, item.help) for item in found)


def paths_reached(path: str, value: object, removed: Collection[str] = ()) -> set[str]:
    """What one edit reaches in a catalog without some of its files."""
    contents = {name: content for name, content in generated().items() if name not in removed}
    after = read_catalog(tree_of({**contents, path: value}))
    reach = reached(read_catalog(tree_of(contents)), after, {path})
    return {entry.source.path for entry in reach.before.entries()}
