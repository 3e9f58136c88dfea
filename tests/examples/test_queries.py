"""The questions in SQL, asked of exports with DuckDB, give what the commands of the same names give."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from herdbook.exporters.parquet.columns import time
from herdbook.exporters.parquet.tables import TABLES
from herdbook.lineage import NodeKind
from herdbook.queries import impact as impact_question
from herdbook.queries.asking import find
from herdbook.queries.compare import compare
from herdbook.queries.data_changes import Change
from herdbook.queries.differences import Aspect
from herdbook.queries.metric_changes import Verdict
from herdbook.queries.predecessors import predecessors
from herdbook.queries.records import Records
from herdbook.queries.status import status
from herdbook.queries.trace import trace
from herdbook.ref import Ref
from sql_exports import QUERIES, exported, query

CATALOGS = ["herdbook-examples", "benchmark"]
Row = dict[str, Any]


class Asked(NamedTuple):
    """Two catalogs and what answers questions in SQL about their exports."""

    folder: Path
    records: Mapping[str, Records]
    database: duckdb.DuckDBPyConnection

    def rows(self, text: str, catalog: str) -> list[Row]:
        """The rows of an answer that are about a catalog."""
        found = self.database.execute(text)
        assert found.description is not None
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return [row for row in rows if row["catalog"] == catalog]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("sql")
    records = exported(folder)
    with duckdb.connect() as database:
        for table in TABLES:
            files = folder / "exports" / "*" / f"{table.name}.parquet"
            database.execute(f"CREATE TABLE {table.name} AS SELECT * FROM read_parquet('{files}')")
        yield Asked(folder / "exports", records, database)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_trace_finds_all_that_something_was_made_from(asked: Asked, catalog: str) -> None:
    records = asked.records[catalog]
    refs = [node.ref for node in records.lineage.nodes() if node.ref is not None]
    assert len(refs) > 30
    for ref in refs[:: max(1, len(refs) // 60)]:
        answer = trace(records, find(records.catalog, str(ref)))
        rows = asked.rows(query("trace", str(ref)), catalog)
        steps = {(step.distance, step.kind, step.key) for step in answer.steps}
        assert {(row["distance"], row["kind"], row["key"]) for row in rows if not row["fact"]} == steps
        facts = {(row["key"], row["fact"], row["value"]) for row in rows if row["fact"]}
        expected = set()
        for step in answer.steps:
            for source in step.sources:
                role = f"{source.role}: " if source.role else ""
                expected.add((step.key, "made from", f"{role}{source.key}"))
            if step.run is not None:
                for name, value in step.run.params.items():
                    said = value if isinstance(value, str) else json.dumps(value)
                    expected.add((step.key, f"parameter {name}", said))
                expected |= {(step.key, "package", text) for text in step.run.environment.requirements}
                told = {
                    "commit": step.run.code.commit,
                    "python": step.run.environment.python,
                    "container": step.run.environment.container,
                }
                expected |= {(step.key, fact, value) for fact, value in told.items() if value}
            known = step.data or step.version
            if known is not None and known.digest and step.kind is not NodeKind.ALIAS:
                expected.add((step.key, "digest", known.digest))
            if step.data is not None and step.data.recalled:
                reason = records.catalog.resolve(Ref.parse(step.key))
                assert reason is not None
                expected.add((step.key, "recalled", reason.data["recall"]["reason"]))
        assert facts == expected


@pytest.mark.parametrize("catalog", CATALOGS)
def test_impact_finds_all_that_depends_on_something_and_what_of_it_is_live(
    asked: Asked, catalog: str
) -> None:
    records = asked.records[catalog]
    nodes = records.lineage.nodes()
    asked_of = {str(node.kind) for node in nodes}
    assert asked_of >= {kind.value for kind in NodeKind} - {NodeKind.OUTSIDE.value}
    live = 0
    for node in [node for node in nodes if node.kind is not NodeKind.OUTSIDE][:: max(1, len(nodes) // 80)]:
        subject = (
            impact_question.commit(records, node.key)
            if node.kind is NodeKind.CODE
            else impact_question.named(records, node.key)
        )
        answer = impact_question.impact(records, subject)
        rows = asked.rows(query("impact", node.key), catalog)
        assert [(row["live"], row["distance"], row["kind"], row["key"]) for row in rows] == [
            (item.live, item.distance, item.kind, item.key) for item in answer.affected
        ]
        live += answer.live
        about = {item.key: item for item in answer.affected}
        for row in rows:
            item = about[row["key"]]
            assert (row["title"] or "", row["type"] or "") == (item.title, item.type) or item.kind in (
                NodeKind.DATASET_VERSION,
                NodeKind.ALIAS,
            )
            assert row["started_at"] == time(item.at)
    assert live > 5


@pytest.mark.parametrize("catalog", CATALOGS)
def test_compare_finds_what_differs_from_the_version_before(asked: Asked, catalog: str) -> None:
    records = asked.records[catalog]
    compared = 0
    for model in records.registry.models:
        for number, predecessor in predecessors(records, model).items():
            ref = Ref.model(model, number)
            before = predecessor.version
            answer = compare(records, find(records.catalog, str(ref)))
            assert answer.before.ref == before.ref
            rows = asked.rows(query("compare", str(ref)), catalog)
            assert rows == asked.rows(query("compare", str(ref), str(before.ref)), catalog)
            assert {(row["before_key"], row["now_key"]) for row in rows} <= {(str(before.ref), str(ref))}
            same = [
                change
                for change in (*answer.metrics, *answer.slices)
                if change.verdict is not Verdict.NOT_COMPARABLE and change.data
            ]
            assert {
                (row["name"], row["before_number"], row["now_number"])
                for row in rows
                if row["what"].startswith("metric")
            } == {
                (
                    change.metric + (f" {json.dumps(dict(change.by), sort_keys=True)}" if change.by else ""),
                    change.before,
                    change.now,
                )
                for change in same
            }
            compared += len(same)
            told = {
                (difference.name, difference.change)
                for difference in answer.differences
                if difference.aspect is Aspect.PARAMETER
            }
            assert {
                (
                    row["name"],
                    Change.ADDED
                    if row["before_value"] is None
                    else Change.REMOVED
                    if row["now_value"] is None
                    else Change.CHANGED,
                )
                for row in rows
                if row["what"] == "parameter"
            } == told
            inputs = [row for row in rows if row["what"] == "input"]
            data = [item for item in answer.differences if item.aspect is Aspect.DATA]
            refs = {str(ref) for item in data for ref in (item.before_ref, item.now_ref) if ref is not None}
            assert refs <= {row["name"] for row in inputs}
            assert bool([row for row in rows if row["what"] == "code"]) == any(
                item.aspect is Aspect.CODE and item.before != item.now for item in answer.differences
            )
    assert compared > 10


@pytest.mark.parametrize("catalog", CATALOGS)
def test_status_tells_what_is_in_production_and_by_whom(asked: Asked, catalog: str) -> None:
    records = asked.records[catalog]
    rows = asked.rows(query("status"), catalog)
    found = {(row["key"], row["held_by"]): row for row in rows}
    assert len(found) == len(rows) > 5
    expected = set()
    for version in records.catalog.versions.values():
        (told,) = status(records, find(records.catalog, str(version.ref))).versions
        for promotion in told.promotions:
            if not promotion.for_production:
                continue
            expected.add((str(version.ref), promotion.held_by))
            row = found[str(version.ref), promotion.held_by]
            assert row["set_at"] == time(promotion.at)
            assert (row["set_by"], row["reason"] or "") == (promotion.by, promotion.reason)
            assert tuple(row["approved_by"]) == promotion.approved_by
            assert tuple(row["evidence"]) == promotion.evidence
            assert (row["recalled_data"] is not None) == bool(told.recalls)
            assert (row["deprecation_reason"] or "").strip() == told.deprecated
        for endpoint in told.endpoints:
            if records.catalog.endpoints[endpoint.name].environment == "production":
                expected.add((str(version.ref), f"endpoint {endpoint.name}"))
    assert found.keys() == expected


def test_queries_are_asked_of_all_catalogs_at_once(asked: Asked) -> None:
    found = asked.database.execute(query("status")).fetchall()
    assert {row[0] for row in found} == set(CATALOGS)


def test_the_script_shows_the_answer(asked: Asked) -> None:
    done = subprocess.run(
        [sys.executable, QUERIES / "ask_duckdb.py", asked.folder, QUERIES / "impact.sql"],
        capture_output=True,
        text=True,
        check=True,
    )
    head, *lines = done.stdout.splitlines()
    assert head.split(" | ")[:5] == ["catalog", "live", "distance", "kind", "key"]
    answer = impact_question.impact(
        asked.records["herdbook-examples"],
        impact_question.named(asked.records["herdbook-examples"], "datasets:/mortgage-applications/v1-train"),
    )
    assert [line.split(" | ")[4] for line in lines] == [item.key for item in answer.affected]
