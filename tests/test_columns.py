"""Columns that were kept say of all runs what their files say."""

import marshal
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.cache import Cache
from herdbook.columns import KEPT, KEYED, Columns, column_of, keys_of, packed
from herdbook.entries import Run
from herdbook.memory import Memory
from herdbook.snapshot import _TYPES
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

KEYS = st.sampled_from(["", "a", "b.c", "metrics"])
# What is equal in Python is not always the same: 1, 1.0 and true are three parameters.
PARAMS = st.sampled_from(
    [None, True, False, 0, 1, -1, 2**70, 0.0, -0.0, 1.0, "", "1", "x", [1], [1.0], {"a": True}]
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["", "x", "\u00e9"]),
        "status": st.sampled_from(["finished", "failed"]),
        "started_at": st.sampled_from(["2024-01-01T00:00:00Z", "2024"]),
        "code": st.dictionaries(st.sampled_from(["commit", "branch"]), st.sampled_from(["a", "b"])),
        "environment": st.fixed_dictionaries({}, optional={"requirements": st.just(["numpy==2.4.6"])}),
        "inputs": st.lists(st.just({"dataset": "d/v1"}), max_size=2),
        "metrics": st.dictionaries(KEYS, st.sampled_from([0, 1, 0.5, -0.0])),
        "params": st.dictionaries(KEYS, PARAMS),
        "tags": st.dictionaries(KEYS, st.sampled_from(["", "x"])),
    },
)
ROUTES = [*KEPT, *((field, key) for field in KEYED for key in ("", "a", "b.c", "metrics", "nowhere"))]


def exactly(column: Any) -> list[tuple[str, str]]:
    return sorted((key, repr(value)) for key, value in column.items())


@given(st.lists(VALUES, max_size=5))
def test_a_column_that_was_kept_is_the_same(values: list[dict[str, Any]]) -> None:
    source = SourceFile(DirTree(Path()), "run.yaml")
    runs = {f"r{number}": Run(source, value) for number, value in enumerate(values)}
    places, cells = packed(list(runs.values()))
    columns = Columns(list(runs), marshal.loads(marshal.dumps(places)), memoryview(cells))
    for route in ROUTES:
        found = columns.column(route)
        assert found is not None, route
        assert exactly(found) == exactly(column_of(runs.items(), route)), route
        assert columns.column(route) is found, "read again"
    for field in KEYED:
        assert sorted(columns.keys(field)) == sorted(keys_of(runs.values(), field))


def test_what_is_not_kept_is_not_taken_for_nothing() -> None:
    places, cells = packed([])
    columns = Columns([], places, memoryview(cells))
    assert columns.column(("outputs",)) is None
    assert columns.column(("metrics",)) is None
    assert columns.column(("metrics", "auc")) == {}


def test_what_is_alike_is_written_once() -> None:
    source = SourceFile(DirTree(Path()), "run.yaml")

    def size(count: int) -> int:
        needs = [f"package-{number}==1.0" for number in range(50)]
        return len(
            packed([Run(source, {"environment": {"requirements": list(needs)}}) for _ in range(count)])[1]
        )

    assert size(100) < 2 * size(1)


def test_of_one_experiment_no_other_runs_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    alone = folder / "runs" / "alone" / "train-x.yaml"
    alone.parent.mkdir()
    text = (folder / "runs" / "churn" / "train-1.yaml").read_text().replace("id: train-1", "id: train-x")
    alone.write_text(text.replace("experiment: churn", "experiment: alone"))
    memory = Memory(Cache(tmp_path / "cache", folder, bytes(32)))
    memory.read(DirTree(folder))
    memory.save()
    catalog = Memory(Cache(tmp_path / "cache", folder, bytes(32))).read(DirTree(folder))
    made: list[str] = []

    def make(source: SourceFile, value: Any) -> Run:
        made.append(value["id"])
        return Run(source, value)

    monkeypatch.setattr("herdbook.snapshot._TYPES", [make if each is Run else each for each in _TYPES])
    assert "churn" in catalog.experiments
    assert [run.id for run in catalog.runs_of("alone")] == ["train-x"]
    assert made == ["train-x"]


def test_a_catalog_knows_columns_however_it_was_read(tmp_path: Path) -> None:
    """From its files, from a snapshot, and from a snapshot and files that changed, came or went since."""
    folder = shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")

    def read() -> Any:
        memory = Memory(Cache(tmp_path / "cache", folder, bytes(32)))
        found = memory.read(DirTree(folder))
        memory.save()
        return found

    def compare(catalog: Any) -> None:
        for route in (*ROUTES, ("outputs",), ("metrics", "accuracy"), ("params", "depth"), ("tags", "team")):
            expected = column_of(catalog.runs.items(), route)
            assert exactly(catalog.of_runs(*route)) == exactly(expected), route
            tell = catalog.of_run(*route)
            assert [tell(run) for run in (*catalog.runs, "nobody")] == [
                expected.get(run) for run in (*catalog.runs, "nobody")
            ]
        for field in KEYED:
            assert sorted(catalog.keys_of_runs(field)) == sorted(keys_of(catalog.runs.values(), field))
        for name, runs in catalog.experiments.items():
            assert set(runs) == {run for run in catalog.runs.values() if run.experiment == name}

    compare(read())
    known = read()
    assert known.known is not None
    compare(known)
    train, evaluation = (folder / "runs" / "churn" / f"{name}.yaml" for name in ("train-1", "evaluate-1"))
    train.with_name("train-x.yaml").write_text(train.read_text().replace("id: train-1", "id: train-x"))
    train.unlink()
    evaluation.write_text(f"{evaluation.read_text()}title: another\n")
    changed = Memory(Cache(tmp_path / "cache", folder, bytes(32))).read(DirTree(folder))
    assert changed.origin is not None
    assert "train-x" in changed.of_runs("status")
    assert "train-1" not in changed.of_runs("status")
    assert changed.of_runs("title")["evaluate-1"] == "another"
    compare(changed)
