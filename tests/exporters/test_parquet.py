"""Tables in Parquet, read back by pyarrow."""

import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from conftest import CHECKOUT
from herdbook.catalog import Catalog
from herdbook.dump import dump
from herdbook.errors import HerdbookError, StorageError
from herdbook.exporters.parquet import export_parquet
from herdbook.exporters.parquet.closure import pairs
from herdbook.exporters.parquet.columns import Column, Row, Table, Type, text, time
from herdbook.exporters.parquet.tables import TABLES
from herdbook.exporters.parquet.writing import replacing, write_table
from herdbook.lineage import Lineage, Node, NodeKind
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.tree import DirTree
from hostile_catalogs import attack_strings, chains, write_catalog
from rule_examples import EXAMPLE_CATALOG

TODAY = date(2026, 11, 26)
OWN = CHECKOUT / "catalog"
DOCUMENTED = (CHECKOUT / "examples" / "queries" / "README.md").read_text(encoding="utf-8")


def records(folder: Path) -> Records:
    return Records(read_catalog(DirTree(folder)), TODAY)


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return list(parquet.read_table(folder / f"{table}.parquet").to_pylist())


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "own"
    export_parquet(records(OWN), folder)
    return folder


def counts(catalog: Catalog) -> dict[str, int]:
    runs = catalog.runs.values()
    return {
        "catalogs": 1,
        "datasets": len(catalog.datasets),
        "dataset_versions": len(catalog.dataset_versions),
        "dataset_columns": sum(len(version.columns) for version in catalog.dataset_versions.values()),
        "runs": len(catalog.runs),
        "run_inputs": sum(len(run.inputs) for run in runs),
        "run_outputs": sum(len(run.outputs) for run in runs),
        "run_params": sum(len(run.params) for run in runs),
        "run_seeds": sum(len(run.seeds) for run in runs),
        "run_metrics": sum(len(run.metrics) for run in runs),
        "run_usage": sum(len(run.system) for run in runs),
        "run_curves": sum(len(points) for run in runs for points in run.curves.values()),
        "run_slices": sum(len(part.metrics) for run in runs for part in run.slices),
        "models": len(catalog.models),
        "model_versions": len(catalog.versions),
        "signatures": sum(
            len(side) for version in catalog.versions.values() for side in version.signature or ()
        ),
        "cards": len(catalog.cards),
        "alias_assignments": sum(
            len(lines) for ledger in catalog.aliases.values() for lines in ledger.ledgers.values()
        ),
        "stage_transitions": sum(len(ledger.transitions) for ledger in catalog.stages.values()),
        "endpoints": len(catalog.endpoints),
        "endpoint_serves": sum(len(endpoint.serves) for endpoint in catalog.endpoints.values()),
        "requirements": sum(len(run.environment.requirements) for run in runs)
        + sum(len(version.requirements) for version in catalog.versions.values()),
        "tags": sum(len(entry.tags) for entry in catalog.entries()),
    }


@pytest.mark.parametrize("folder", [OWN, EXAMPLE_CATALOG], ids=["own", "example"])
def test_every_entry_and_every_part_of_one_is_a_row(folder: Path, tmp_path: Path) -> None:
    asked = records(folder)
    written = export_parquet(asked, tmp_path / "out")
    expected = counts(asked.catalog)
    assert {table: written[table] for table in expected} == expected
    assert written.keys() - expected.keys() == {"promotions", "measurements", "edges", "lineage"}
    assert {table: len(rows(tmp_path / "out", table)) for table in written} == written


def test_columns_have_types_and_every_row_says_of_which_catalog_it_is(own: Path) -> None:
    types = {
        Type.TEXT: pyarrow.string(),
        Type.TEXTS: pyarrow.list_(pyarrow.string()),
        Type.NUMBER: pyarrow.float64(),
        Type.WHOLE: pyarrow.int64(),
        Type.TRUTH: pyarrow.bool_(),
        Type.TIME: pyarrow.timestamp("us", tz="UTC"),
    }
    for table in TABLES:
        found = parquet.read_table(own / f"{table.name}.parquet")
        stated = [("catalog", pyarrow.string()), *((item.name, types[item.type]) for item in table.columns)]
        assert [(field.name, field.type) for field in found.schema] == stated
        assert set(found["catalog"].to_pylist()) <= {"herdbook-examples"}


def test_what_entries_say_stands_in_their_rows(own: Path) -> None:
    run = next(row for row in rows(own, "runs") if row["run"] == "mortgage-train-2")
    said = records(OWN).catalog.runs["mortgage-train-2"]
    assert run["key"] == "runs:/mortgage-train-2"
    assert run["code_commit"] == said.code.commit
    assert run["started_at"] == datetime.fromisoformat(said.started_at)
    assert run["title"] == said.title
    assert run["evaluates"] is None
    evaluation = next(row for row in rows(own, "runs") if row["run"] == "mortgage-evaluate-2")
    assert evaluation["evaluates"] == "models:/mortgage-approval/2"
    params = {row["name"]: row for row in rows(own, "run_params") if row["run"] == "mortgage-train-2"}
    assert {name: row["number"] for name, row in params.items() if row["number"] is not None} == {
        name: value for name, value in said.params.items() if isinstance(value, int | float)
    }
    version = next(row for row in rows(own, "model_versions") if row["key"] == "models:/mortgage-approval/3")
    assert (version["run"], version["predecessor"]) == ("mortgage-train-3", 2)
    assert version["deprecation_reason"]
    recalled = [row for row in rows(own, "dataset_versions") if row["recalled_at"] is not None]
    assert [row["key"] for row in recalled] == ["datasets:/mortgage-applications/v2-train"]
    champion = [
        row
        for row in rows(own, "promotions")
        if (row["model"], row["held_by"]) == ("mortgage-approval", "@champion")
    ]
    assert [(row["version"], row["for_production"], row["approved_by"]) for row in champion] == [
        (2, True, ["risk-officer"])
    ]


def test_the_same_catalog_gives_the_same_bytes_in_place_of_the_old_ones(tmp_path: Path, own: Path) -> None:
    out = tmp_path / "exports" / "own"
    export_parquet(records(EXAMPLE_CATALOG), out)
    export_parquet(records(OWN), out)
    there = {path.name: path.read_bytes() for path in out.iterdir()}
    assert there == {path.name: path.read_bytes() for path in own.iterdir()}
    assert there.keys() == {f"{table.name}.parquet" for table in TABLES}
    assert [path.name for path in out.parent.iterdir()] == ["own"]


def test_a_catalog_is_called_as_it_says_or_as_one_wants(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    (folder / "models" / "m").mkdir(parents=True)
    (folder / "models" / "m" / "model.yaml").write_text("kind: model\nname: m\n")
    with pytest.raises(HerdbookError, match="give --name"):
        export_parquet(records(folder), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    export_parquet(records(folder), tmp_path / "out", "team a")
    assert [row["catalog"] for row in rows(tmp_path / "out", "models")] == ["team a"]


def test_any_text_comes_through_as_it_is(tmp_path: Path, shared_data: Path) -> None:
    strings = attack_strings(shared_data)[::25]
    folder = write_catalog(tmp_path / "catalog", chains(strings))
    asked = records(folder)
    export_parquet(asked, tmp_path / "out", "'; DROP TABLE runs; --")
    said = {str(run.ref): run.description for run in asked.catalog.runs.values()}
    assert len(said) > 10
    found = rows(tmp_path / "out", "runs")
    assert {row["key"]: row["description"] or "" for row in found} == said
    assert {row["catalog"] for row in found} == {"'; DROP TABLE runs; --"}


def test_numbers_at_the_edge_come_through(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    (folder / "runs" / "e").mkdir(parents=True)
    huge, small = 2**63 - 1, -(2**63)
    run = {
        "kind": "run",
        "id": "r",
        "experiment": "e",
        "type": "training",
        "status": "finished",
        "started_at": "2024-02-29T23:59:59.123456789Z",
        "params": {
            **{"huge": huge, "small": small, "nan": "nan", "no": False, "none": None, "empty": ""},
            **{"list": [1, "a"], "tiny": 5e-324, "half": 0.5},
        },
        "metrics": {"most": 1.7976931348623157e308, "whole": huge, "minus": -0.0},
        "seeds": {"python": huge},
    }
    (folder / "runs" / "e" / "r.yaml").write_text(dump(run, "run"))
    asked = records(folder)
    assert asked.catalog.findings == ()
    export_parquet(asked, tmp_path / "out", "edge")
    params = {row["name"]: (row["value"], row["number"]) for row in rows(tmp_path / "out", "run_params")}
    assert params == {
        "huge": (str(huge), float(huge)),
        "small": (str(small), float(small)),
        "nan": ("nan", None),
        "no": ("false", None),
        "none": ("null", None),
        "empty": ("", None),
        "list": ('[1, "a"]', None),
        "tiny": ("5e-324", 5e-324),
        "half": ("0.5", 0.5),
    }
    metrics = {row["name"]: row["value"] for row in rows(tmp_path / "out", "run_metrics")}
    assert metrics == {"most": 1.7976931348623157e308, "whole": float(huge), "minus": -0.0}
    assert rows(tmp_path / "out", "run_seeds")[0]["value"] == huge
    assert rows(tmp_path / "out", "runs")[0]["started_at"] == datetime(2024, 2, 29, 23, 59, 59, 123456, UTC)


@pytest.mark.parametrize("value", ["", None, "2024-06-30T23:59:60Z", "2024-02-31T00:00:00Z", "soon", 3])
def test_what_is_no_time_is_missing(value: object) -> None:
    assert time(value) is None


def test_half_a_surrogate_pair_is_no_text_that_a_file_can_hold() -> None:
    assert text("a\ud800b") == "a?b"
    assert text("") is None


@given(
    written=st.lists(
        st.tuples(
            st.none() | st.text().map(text),
            st.none() | st.lists(st.text().map(lambda item: text(item) or ""), max_size=3),
            st.none() | st.floats(allow_nan=False),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.booleans(),
            st.none() | st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
        ),
        max_size=5,
    )
)
@settings(max_examples=50)
def test_rows_are_read_as_they_were_written(
    written: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    columns = tuple(Column(kind.name.lower(), "", kind) for kind in Type)
    table = Table("any", "", columns, lambda records: iter(()))
    assert write_table(folder, table, "c", written) == len(written)
    found = rows(folder, "any")
    assert [tuple(row.values()) for row in found] == [("c", *row) for row in written]


def test_memory_holds_some_thousand_rows_and_not_all(tmp_path: Path) -> None:
    count = 400_000

    def many() -> Iterator[Row]:
        for number in range(count):
            yield (f"a text that is not like any other one: {number:>100}",)

    table = Table("many", "", (Column("text", ""),), lambda records: iter(()))
    tracemalloc.start()
    before = pyarrow.total_allocated_bytes()
    try:
        assert write_table(tmp_path, table, "c", many()) == count
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000_000 < count * 150
    assert pyarrow.total_allocated_bytes() - before < 20_000_000


def test_pairs_are_what_walks_through_the_lineage_come_upon() -> None:
    for folder in (OWN, EXAMPLE_CATALOG):
        lineage = records(folder).lineage
        expected = {
            (start.key, str(start.kind), other.key, str(other.kind), distance)
            for start in lineage.nodes()
            for other, distance in lineage.downstream_of([start]).distances.items()
        }
        found = list(pairs(lineage))
        assert len(found) == len(expected)
        assert set(found) == expected


def test_what_is_made_from_itself_has_pairs_as_well() -> None:
    one, other = (Node(NodeKind.RUN, name) for name in ("a", "b"))
    lineage = Lineage([(one, other, ""), (other, one, "")])
    assert [(pair[0], pair[2], pair[4]) for pair in pairs(lineage)] == [
        ("a", "a", 0),
        ("a", "b", 1),
        ("b", "b", 0),
        ("b", "a", 1),
    ]


@pytest.mark.parametrize("name", ["notes.txt", "runs.parquet.bak", "sub/x", ".hidden"])
def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(HerdbookError, match="holds what is no table of an export"):
        export_parquet(records(EXAMPLE_CATALOG), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / name).read_text() == "mine"
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(HerdbookError, match="is a file: name a folder"):
        export_parquet(records(EXAMPLE_CATALOG), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_what_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "runs.parquet").write_text("old")

    def full() -> None:
        with replacing(folder, ["runs.parquet"]) as fresh:
            (fresh / "runs.parquet").write_text("new")
            raise OSError(28, "No space left")

    with pytest.raises(StorageError, match="cannot be written: No space left; what was there is unchanged"):
        full()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (folder / "runs.parquet").read_text() == "old"


def test_pyarrow_is_asked_for_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(HerdbookError, match=r"pip install herdbook\[parquet\]"):
        export_parquet(records(EXAMPLE_CATALOG), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_explained_beside_the_queries(table: Table) -> None:
    assert f"## `{table.name}`\n\nEach row is {table.meaning}.\n" in DOCUMENTED
    _, _, rest = DOCUMENTED.partition(f"## `{table.name}`\n")
    stated = rest.partition("\n## ")[0]
    for column in table.columns:
        assert f"| `{column.name}` | {column.type.value} | {column.meaning} |" in stated
    assert stated.count("\n| `") == len(table.columns)
