"""The questions in SQL, asked of exports with local Spark, give what they give in DuckDB."""

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import CHECKOUT
from foreign import python_of
from herdbook.exporters.parquet.tables import TABLES
from sql_exports import QUERIES, exported, query

pytestmark = pytest.mark.foreign

ASKED = {
    "trace": query("trace"),
    "trace of an endpoint": query("trace", "endpoints:/mortgage-decisions"),
    "trace of a generated version": query("trace", "models:/fraud-000/3"),
    "impact": query("impact"),
    "impact of generated data": query("impact", "datasets:/orders-000/v1"),
    "compare": query("compare"),
    "compare with another one": query(
        "compare", "models:/mortgage-approval/4", "models:/mortgage-approval/1"
    ),
    "status": query("status"),
}


def told(value: Any) -> Any:
    """A value as JSON has it, the same from both."""
    return value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value


def in_duckdb(exports: Path, text: str) -> list[dict[str, Any]]:
    with duckdb.connect() as database:
        for table in TABLES:
            files = exports / "*" / f"{table.name}.parquet"
            database.execute(f"CREATE VIEW {table.name} AS SELECT * FROM read_parquet('{files}')")
        found = database.execute(text)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, map(told, row), strict=True)) for row in found.fetchall()]


def test_spark_answers_as_duckdb_does(tmp_path: Path) -> None:
    python = python_of("mlflow")
    exported(tmp_path)
    own = {"PYTHONPATH": str(QUERIES), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(python)}
    done = subprocess.run(
        [python, CHECKOUT / "tests" / "spark_answers.py", tmp_path / "exports"],
        input=json.dumps(ASKED),
        env={**os.environ, **own},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answers = json.loads(done.stdout)
    assert answers.keys() == ASKED.keys()
    for name, text in ASKED.items():
        expected = in_duckdb(tmp_path / "exports", text)
        assert len(expected) > 3
        assert answers[name] == expected, name


def test_the_script_for_spark_knows_all_tables() -> None:
    text = (QUERIES / "ask_spark.py").read_text(encoding="utf-8")
    stated: dict[str, Any] = {}
    exec(text[text.index("TABLES = (") : text.index("def read_tables")], stated)
    assert sorted(stated["TABLES"]) == sorted(table.name for table in TABLES)
