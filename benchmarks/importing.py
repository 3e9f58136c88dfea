"""Importing: what bringing in a large store of MLflow takes, and what reading it by MLflow's client does."""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside

RUNS, METRICS, POINTS = 5_000, 50, 4
MOST_SECONDS, MOST_BYTES = 20.0, 500_000_000
LEAST_RATIO = 5
"""How many times longer MLflow's client takes at least."""

_STORE = Path("tests/data/stores/3.17.2/mlflow.db")
"""A store that MLflow wrote: of it, the tables are taken."""
_PART = 40
"""How many runs MLflow's client is asked for."""
_CLIENT = """
import sys, time
from mlflow import MlflowClient

uri, part, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = MlflowClient(uri, uri)
client.search_experiments()
begun = time.perf_counter()
token, found = None, []
while True:
    page = client.search_runs(["1"], max_results=1000, page_token=token)
    found += page
    token = page.token
    if not token:
        break
searched = time.perf_counter() - begun
assert len(found) == runs, len(found)
begun = time.perf_counter()
for run in found[:part]:
    for key in run.data.metrics:
        client.get_metric_history(run.info.run_id, key)
print(searched + (time.perf_counter() - begun) * runs / part)
"""


def store() -> Path:
    """Make a store of MLflow in SQLite."""
    path = FOLDER / "mlflow.db"
    shutil.copy(_STORE, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            if table not in ("alembic_version", "experiments", "workspaces"):
                connection.execute(f"DELETE FROM {table}")
        for table, columns, rows in _rows(random.Random(7)):
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
    return path


def imported(rounds: int) -> Cost:
    """What importing it into a new catalog takes."""
    path = store().resolve()

    def once() -> Cost:
        catalog = FOLDER / "imported"
        put_aside(catalog)
        catalog.mkdir()
        (catalog / "herdbook.yaml").write_text("kind: catalog\nname: bench\n")
        cost = measure([PROGRAMS / "herdbook", "import", "mlflow", path, "--catalog", "."], catalog)
        written = sum(1 for _ in catalog.glob("runs/*/*.yaml"))
        assert written == RUNS, f"{written} of {RUNS} runs were written"
        return cost

    return least_of(rounds, once)


def read_by_client() -> float | None:
    """The seconds that MLflow's client takes for the same; `None` where it cannot read databases here."""
    if any(find_spec(name) is None for name in ("sqlalchemy", "alembic")):
        return None
    copy = FOLDER / "client.db"
    shutil.copy(FOLDER / "mlflow.db", copy)  # it changes the databases that it opens
    command = [sys.executable, "-W", "ignore", "-c", _CLIENT, f"sqlite:///{copy}", str(_PART), str(RUNS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def _rows(chance: random.Random) -> Iterator[tuple[str, str, list[tuple[object, ...]]]]:
    for number in range(RUNS):
        run, start = f"{chance.getrandbits(128):032x}", 1_700_000_000_000 + number * 1000
        about = (
            run,
            f"run {number}",
            "ana",
            "FINISHED",
            start,
            start + 500,
            "active",
            f"s3://bucket/{run}",
            1,
        )
        columns = "run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri"
        yield "runs", f"{columns}, experiment_id", [about]
        pairs = "run_uuid, key, value"
        yield "params", pairs, [(run, f"param_{key}", str(chance.random())) for key in range(10)]
        tags = {"mlflow.user": "ana", "mlflow.source.name": "train.py", "team": "risk"}
        yield "tags", pairs, [(run, key, value) for key, value in tags.items()]
        points: list[tuple[object, ...]] = [
            (run, f"metric_{key:02}", chance.random(), start + step, step, 0)
            for key in range(METRICS)
            for step in range(POINTS)
        ]
        columns = "run_uuid, key, value, timestamp, step, is_nan"
        yield "metrics", columns, points
        yield "latest_metrics", columns, points[POINTS - 1 :: POINTS]
