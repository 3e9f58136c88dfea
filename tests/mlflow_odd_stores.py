"""Stores of MLflow as they are found in the wild: the same odd content as a database and as a folder."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from mlflow_stores import STORES

START = 1_700_000_000_000
NAMES = (
    *(
        "Кредитный скоринг",
        "信用スコア",
        "تسجيل الائتمان",
        "क्रेडिट",
        "🔥🔥",
        "naïve café",
        "ﬁ",
        "é",
        "e\u0301",
    ),
    *("a", "A", "con", "..x", "x" * 200, "tab\tname", " spaced ", "two\nlines", "quote'\"", "%2e%2e"),
    *("-", "#", "007", "1e5", "null", "yes", "a:b", "[x]", "{x}", "!x", "&x", "*x", "models", "runs/other"),
    *("\u202etxt", "zero\u200bwidth", "👩\u200d💻", "line\u2028end", "\ufefftop"),
)
STATUSES = {"RUNNING": 1, "FINISHED": 3, "FAILED": 4, "KILLED": 5}
WINDOWS = ("file:///C:/Users/Ana%20B/mlruns", r"file:C:\Users\Ana B\mlruns", r"C:\Users\Ana B\mlruns")


@dataclass(frozen=True)
class OddRun:
    """A run of an odd store."""

    run_id: str
    name: str
    status: str
    end: int | None
    life: str
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: tuple[tuple[str, float, int, int], ...] = ()


@dataclass(frozen=True)
class OddExperiment:
    """An experiment of an odd store; of a `half` deleted one, the runs are still there."""

    number: int
    name: str
    life: str
    place: str
    runs: tuple[OddRun, ...]
    tags: dict[str, str] = field(default_factory=dict)


def experiments() -> Iterator[OddExperiment]:
    """A hundred experiments, of which some are gone, and one is gone by half."""
    for number in range(1, 101):
        name = NAMES[number] if number < len(NAMES) else f"experiment {number}"
        life = "deleted" if number in (7, 8) else "active"
        runs = []
        for order in range(number % 4):
            status = list(STATUSES)[(number + order) % 4]
            is_gone = number == 7 or (number == 9 and order == 0)
            points = [("loss", 0.5 - again / 10, START + again, 0) for again in range(3)]
            points += [("curve/x", step / 10, START, step) for step in (2, -1, 0)]
            runs.append(
                OddRun(
                    run_id=f"{number:016x}{order:016x}",
                    name=NAMES[(number + order) % len(NAMES)],
                    status=status,
                    end=None if status in ("RUNNING", "KILLED") else START + 1_000,
                    life="deleted" if is_gone else "active",
                    params={"empty": "", "depth": str(number), "nested/key.all-of _1": "['a', 1]"},
                    tags={"note": "two\nlines\r\nthree", "Ключ": "v", "empty": ""},
                    points=() if order == 2 else tuple(points),
                )
            )
        tags = {"mlflow.note.content": "About it."} if number % 20 == 0 else {}
        yield OddExperiment(number, name, life, f"{WINDOWS[number % 3]}/{number}", tuple(runs), tags)


def write_database(path: Path) -> None:
    """Fill a database that MLflow laid out."""
    shutil.copy(STORES / "3.17.2" / "mlflow.db", path)
    with closing(sqlite3.connect(path)) as connection, connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table != "alembic_version":
                connection.execute(f"DELETE FROM {table}")
        for experiment in experiments():
            _insert(
                connection,
                "experiments",
                experiment_id=experiment.number,
                name=experiment.name,
                lifecycle_stage=experiment.life,
                artifact_location=experiment.place,
                workspace="default",
            )
            for key, value in experiment.tags.items():
                _insert(connection, "experiment_tags", experiment_id=experiment.number, key=key, value=value)
            for run in experiment.runs:
                _insert(
                    connection,
                    "runs",
                    run_uuid=run.run_id,
                    experiment_id=experiment.number,
                    name=run.name,
                    status=run.status,
                    start_time=START,
                    end_time=run.end,
                    lifecycle_stage=run.life,
                    artifact_uri=f"{experiment.place}/{run.run_id}/artifacts",
                    user_id="ana",
                )
                for table, pairs in (("params", run.params), ("tags", run.tags)):
                    for key, value in pairs.items():
                        _insert(connection, table, run_uuid=run.run_id, key=key, value=value)
                for key, number, at, step in run.points:
                    point = {"run_uuid": run.run_id, "key": key, "value": number, "timestamp": at}
                    _insert(connection, "metrics", **point, step=step, is_nan=False)
                by_step = sorted(run.points, key=lambda point: (point[3], point[2]))
                for key, number, at, step in {point[0]: point for point in by_step}.values():
                    point = {"run_uuid": run.run_id, "key": key, "value": number, "timestamp": at}
                    _insert(connection, "latest_metrics", **point, step=step, is_nan=False)


def write_folder(path: Path) -> None:
    """Write the same as files, as MLflow 2 and 3 lay them out."""
    for experiment in experiments():
        is_in_trash = experiment.life == "deleted" and experiment.number != 8
        folder = path / (".trash" if is_in_trash else "") / str(experiment.number)
        _meta(
            folder,
            artifact_location=experiment.place,
            experiment_id=str(experiment.number),
            lifecycle_stage=experiment.life,
            name=experiment.name,
        )
        _texts(folder / "tags", experiment.tags)
        (folder / "models").mkdir()
        for run in experiment.runs:
            _meta(
                folder / run.run_id,
                artifact_uri=f"{experiment.place}/{run.run_id}/artifacts",
                end_time=run.end,
                experiment_id=str(experiment.number),
                lifecycle_stage=run.life,
                run_id=run.run_id,
                run_name=run.name,
                start_time=START,
                status=STATUSES[run.status],
                user_id="ana",
            )
            _texts(folder / run.run_id / "params", run.params)
            _texts(folder / run.run_id / "tags", run.tags)
            lines: dict[str, str] = {}
            for key, number, at, step in run.points:
                lines[key] = f"{lines.get(key, '')}{at} {number} {step}\n"
            _texts(folder / run.run_id / "metrics", lines)
            (folder / run.run_id / "artifacts").mkdir()


def _insert(connection: sqlite3.Connection, table: str, **row: object) -> None:
    asked = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    connection.execute(asked, [*row.values()])


def _meta(folder: Path, **said: object) -> None:
    folder.mkdir(parents=True)
    text = yaml.safe_dump(said, default_flow_style=False, allow_unicode=True)  # as MLflow writes it
    (folder / "meta.yaml").write_text(text, encoding="utf-8")


def _texts(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode())
