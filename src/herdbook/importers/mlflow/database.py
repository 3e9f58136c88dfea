"""Stores of MLflow in an SQLite file, read by plain SQL, whatever release wrote them.

The file is opened as one that nobody changes, so that not even a lock is written beside it. Tables and
columns that a release does not know yet count as empty.
"""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from herdbook.errors import HerdbookError, unreadable
from herdbook.importers.mlflow.records import (
    DELETED,
    Logged,
    Point,
    ReadData,
    Stored,
    StoredModel,
    StoredRun,
    StoredVersion,
    called,
    left_of,
    left_out,
)
from herdbook.importers.mlflow.values import whole
from herdbook.planning.drafts import Along

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-journal")
"""What SQLite keeps beside a database that is in use, or was when its program died."""
_OTHERS = {
    "trace_info": "trace",
    "assessments": "assessment",
    "evaluation_datasets": "evaluation dataset",
    "webhooks": "webhook",
    "scorers": "scorer",
    "endpoints": "gateway endpoint",
    "mcp_servers": "MCP server",
}

_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What Python raises for a broken database; its complaints may quote bytes that are no text."""

_RUN = (
    *("run_uuid", "experiment_id", "name", "status", "user_id"),
    *("start_time", "end_time", "lifecycle_stage", "artifact_uri"),
)

Row = tuple[Any, ...]


def is_database(path: Path) -> bool:
    """Tell whether a file is of SQLite.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise unreadable(path, error) from error


class Database:
    """A store in an SQLite file.

    Raises:
        HerdbookError: it is none, or cannot be read as a whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        for end in _BESIDE:
            beside = path.with_name(path.name + end)
            if beside.exists() and beside.stat().st_size:
                raise HerdbookError(
                    f"{path}: a program has it open, or died while it had; part of it is in {beside.name}: "
                    f"end the program, or import a copy made with `sqlite3 {path.name} '.backup copy.db'`"
                )
        self.stamp = self._stamp()
        with ExitStack() as refused:
            try:
                uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
                self.connection = sqlite3.connect(uri, uri=True)
                refused.callback(self.close)
                self.connection.text_factory = bytes  # texts of old stores need not be UTF-8
                self.columns = self._columns()
            except _UNREADABLE as error:
                raise self._unreadable(error) from error
            if not {"runs", "experiments", "params", "tags", "metrics"} <= self.columns.keys():
                raise HerdbookError(
                    f"{path}: this database holds no runs of MLflow; "
                    "name the one that --backend-store-uri names"
                )
            refused.pop_all()

    def runs(self, logged: Mapping[str, Logged], along: Along) -> Iterator[StoredRun]:
        """Read the runs."""
        experiments = self._experiments()
        params, tags = (self._by_run(table, "run_uuid", "key", "value") for table in ("params", "tags"))
        points = self._by_run("metrics", "run_uuid", "key", "step", "timestamp", "value", "is_nan")
        read, models_read, made = self._inputs(logged)
        for row in along(list(self._rows("runs", *_RUN, order="run_uuid"))):
            run_id = row[0]
            yield replace(
                self._run(row, experiments, tags(run_id)),
                params={_text(key): _text(value) for _, key, value in params(run_id)},
                points=_points(points(run_id)),
                read=read.get(_text(run_id), ()),
                models_read=models_read.get(_text(run_id), ()),
                logged=made.get(_text(run_id), ()),
            )
        self._hold_still()

    def run(self, run_id: str) -> StoredRun | None:
        """Read one run, without its parameters, metrics, data and models; `None` where there is none."""
        row = next(self._rows("runs", *_RUN, run=run_id), None)
        tags = self._rows("tags", "run_uuid", "key", "value", run=run_id)
        found = None if row is None else self._run(row, self._experiments(), tags)
        self._hold_still()
        return found

    def _run(self, row: Row, experiments: Mapping[Any, tuple[str, str]], tags: Iterable[Row]) -> StoredRun:
        run_id, experiment, name, status, user, start, end, life, artifacts = row
        called, life_of_all = experiments.get(experiment, ("", ""))
        return StoredRun(
            place=f"{self.path}: run {_text(run_id)}",
            run_id=_text(run_id),
            experiment=called or f"experiment {experiment}",
            name=_text(name),
            status=_text(status),
            user=_text(user),
            start=whole(start),
            end=whole(end),
            life=DELETED if life_of_all == DELETED else _text(life),
            artifacts=_text(artifacts),
            tags={_text(key): _text(value) for _, key, value in tags},
        )

    def _experiments(self) -> dict[Any, tuple[str, str]]:
        """The names of the experiments, and whether they were deleted."""
        asked = ("workspace", "experiment_id", "name", "lifecycle_stage")
        rows = self._rows("experiments", *asked, order="experiment_id")
        return {key: (_called(workspace, name), _text(life)) for workspace, key, name, life in rows}

    def stored(self) -> Stored:
        """Read what there is besides runs."""
        asked = ("model_id", "name", "source_run_id", "artifact_location", "creation_timestamp_ms")
        logged = [
            Logged(_text(model_id), _text(name), _text(run_id), _text(location), whole(created))
            for model_id, name, run_id, location, created in self._rows("logged_models", *asked)
        ]
        problems = []
        for table, noun in _OTHERS.items():
            there = sum(deleted is None for (deleted,) in self._rows(table, "deleted_timestamp"))
            problems += left_out(str(self.path), there, noun)
        tags = self._grouped(self._rows("experiment_tags", "experiment_id", "key", "value"), 1)
        for number, (name, life) in self._experiments().items():
            if life != DELETED:
                problems += left_of(f"{self.path}: experiment {name}", tags[(number,)])
        return Stored("", self._models(), {model.model_id: model for model in logged}, problems)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _models(self) -> list[StoredModel]:
        """The registered models; each workspace has its own names for them."""
        of = ("workspace", "name")
        tags = self._grouped(self._rows("registered_model_tags", *of, "key", "value"), 2)
        version_tags = self._grouped(self._rows("model_version_tags", *of, "version", "key", "value"), 3)
        aliases = self._grouped(self._rows("registered_model_aliases", *of, "alias", "version"), 2)
        versions = defaultdict(list)
        for row in self._rows(
            "model_versions",
            *of,
            *("version", "run_id", "source", "storage_location", "creation_time"),
            *("last_updated_time", "user_id", "description", "current_stage"),
        ):
            workspace, name, number, run_id, source, location, created, updated, user, description, stage = (
                row
            )
            model = (workspace, name)
            version = StoredVersion(
                model=_called(*model),
                version=_text(number),
                run_id=_text(run_id),
                source=_text(source),
                location=_text(location),
                created=whole(created),
                updated=whole(updated),
                user=_text(user),
                description=_text(description),
                stage=_text(stage),
                tags=version_tags[(*model, number)],
            )
            versions[model].append(version)
        found = []
        for workspace, name, description in self._rows("registered_models", *of, "description", order="name"):
            model = (workspace, name)
            found.append(
                StoredModel(
                    place=f"{self.path}: model {_called(*model)}",
                    name=_called(*model),
                    description=_text(description),
                    tags=tags[model],
                    versions=sorted(
                        versions[model], key=lambda version: (len(version.version), version.version)
                    ),
                    aliases=aliases[model],
                )
            )
        return found

    def _inputs(
        self, logged: Mapping[str, Logged]
    ) -> tuple[dict[str, list[ReadData]], dict[str, list[str]], dict[str, list[Logged]]]:
        """For each run the datasets and models that it read, and the models that it logged."""
        data = {
            _text(row[0]): row[1:]
            for row in self._rows(
                "datasets",
                *("dataset_uuid", "name", "digest", "dataset_source_type", "dataset_source"),
                *("dataset_schema", "dataset_profile"),
            )
        }
        contexts = {
            input_id: _text(value)
            for input_id, name, value in self._rows("input_tags", "input_uuid", "name", "value")
            if _text(name) == "mlflow.data.context"
        }
        read: dict[str, list[ReadData]] = defaultdict(list)
        models_read: dict[str, list[str]] = defaultdict(list)
        made: dict[str, list[Logged]] = defaultdict(list)
        rows = self._rows(
            "inputs", "input_uuid", "source_type", "source_id", "destination_type", "destination_id"
        )
        for input_id, *named in rows:
            source_type, source, target_type, target = map(_text, named)
            match source_type, target_type:
                case "DATASET", "RUN" if source in data:
                    name, digest, *about = map(_text, data[source])
                    read[target].append(ReadData(name, digest, contexts.get(input_id, ""), *about))
                case "RUN_INPUT", "MODEL_INPUT":
                    models_read[source].append(target)
                case "RUN_OUTPUT", "MODEL_OUTPUT" if target in logged:
                    made[source].append(logged[target])
        return read, models_read, made

    # Rows

    def _columns(self) -> dict[str, frozenset[str]]:
        names = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        asked = "SELECT name FROM pragma_table_info(?)"
        return {
            _text(name): frozenset(
                _text(column) for (column,) in self.connection.execute(asked, (_text(name),))
            )
            for (name,) in names
        }

    def _rows(self, table: str, *columns: str, order: str = "", run: str = "") -> Iterator[Row]:
        """The rows of a table, or those of a run; in columns that it does not have is nothing."""
        there = self.columns.get(table)
        if there is None:
            return
        asked = ", ".join(name if name in there else f"NULL AS {name}" for name in columns) or "1"
        ordered = f" ORDER BY {order}" if order in there else ""
        of_run, values = (" WHERE run_uuid = ?", (run,)) if run else ("", ())
        try:
            rows = self.connection.execute(f"SELECT {asked} FROM {table}{of_run}{ordered}", values)
            for row in rows:  # noqa: UP028  # `yield from` would close the cursor again, after its database
                yield row
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def _by_run(self, table: str, *columns: str) -> Callable[[Any], Iterable[Row]]:
        """Return what gives the rows of one run after the other, in the order of their ids.

        So one pass reads a table of millions of rows, and no more than those of one run are held.
        """
        groups = groupby(self._rows(table, *columns, order="run_uuid"), key=itemgetter(0))
        waiting: list[tuple[Any, Iterator[Row]]] = []

        def of(run_id: Any) -> Iterable[Row]:
            while True:
                if not waiting:
                    group = next(groups, None)
                    if group is None:
                        return ()
                    waiting.append(group)
                found, rows = waiting[0]
                if found is not None and found > run_id:
                    return ()
                waiting.clear()
                if found == run_id:
                    return rows

        return of

    def _grouped(self, rows: Iterable[Row], keys: int) -> Mapping[Row, Mapping[str, str]]:
        found: dict[Row, dict[str, str]] = defaultdict(dict)
        for row in rows:
            name, value = row[keys:]
            found[row[:keys]][_text(name)] = _text(value)
        return found

    def _stamp(self) -> tuple[int, int, int]:
        try:
            now = self.path.stat()
        except OSError as error:
            raise unreadable(self.path, error) from error
        return now.st_ino, now.st_size, now.st_mtime_ns

    def _hold_still(self) -> None:
        """Make sure that nobody wrote meanwhile: what was read would be from before and from after that.

        Raises:
            HerdbookError: somebody did.
        """
        if self._stamp() != self.stamp:
            raise HerdbookError(
                f"{self.path}: it was written to while it was read: import again when nothing writes to it, "
                f"or import a copy made with `sqlite3 {self.path.name} '.backup copy.db'`"
            )

    def _unreadable(self, error: Exception) -> HerdbookError:
        self._hold_still()
        return HerdbookError(
            f"{self.path}: SQLite cannot read it: {error}; restore it from a backup, or save what it holds "
            f"with `sqlite3 {self.path.name} .recover | sqlite3 saved.db`, and import that"
        )


def _points(rows: Iterable[Row]) -> dict[str, Sequence[Point]]:
    found: dict[Any, list[Point]] = defaultdict(list)
    for _, key, step, timestamp, value, is_nan in rows:
        number = value if isinstance(value, int | float) and not is_nan else math.nan
        found[key].append(Point.kept(step or 0, timestamp or 0, number))
    return {_text(key): points for key, points in found.items()}


def _called(workspace: Any, name: Any) -> str:
    return called(_text(workspace), _text(name))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
