"""A tracking server that answers from a database, as MLflow's own does, or with rubbish."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 3
"""How much stands on a page, whatever is asked for."""

Answer = tuple[int, str, bytes, dict[str, str]]
"""A status, a type of content, the content, and more headers."""
Rubbish = Callable[[str, int], Answer | None]
"""What is answered to a path at so many times it is asked; `None` for what belongs there."""


def json_answer(value: Any, status: int = 200) -> Answer:
    """An answer as MLflow gives it."""
    return status, "application/json", json.dumps(value).encode(), {}


class Answers:
    """What a server answers.

    Args:
        database: what it holds.
        rubbish: what it answers instead.
        workspaces: those that it has, if it has any.
    """

    def __init__(
        self,
        database: Path,
        rubbish: Rubbish = lambda _path, _times: None,
        workspaces: Sequence[str] = (),
    ) -> None:
        self.database, self.rubbish, self.workspaces = database, rubbish, workspaces
        self.asked: dict[str, int] = {}
        self.authorizations: set[str] = set()

    def answer(self, path: str, asked: dict[str, Any], authorization: str) -> Answer:
        """Answer a request."""
        self.authorizations.add(authorization)
        self.asked[path] = self.asked.get(path, 0) + 1
        found = self.rubbish(path, self.asked[path])
        if found is not None:
            return found
        makers: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
            "experiments/search": ("experiments", self._experiments),
            "runs/search": ("runs", self._runs),
            "runs/get": ("run", self._one_run),
            "experiments/get": ("experiment", self._experiment),
            "metrics/get-history": ("metrics", self._history),
            "logged-models/search": ("models", self._logged),
            "registered-models/search": ("registered_models", self._models),
            "model-versions/search": ("model_versions", self._versions),
        }
        if path == "/api/3.0/mlflow/server-info":
            return json_answer({"store_type": "SqlStore", "workspaces_enabled": bool(self.workspaces)})
        if path == "/api/3.0/mlflow/workspaces" and self.workspaces:
            return json_answer({"workspaces": [{"name": name} for name in self.workspaces]})
        if path not in makers:
            return json_answer({"error_code": "ENDPOINT_NOT_FOUND", "message": path}, 404)
        field, make = makers[path]
        items = make(asked)
        if isinstance(items, dict):
            return json_answer({field: items})
        if items is None:
            return json_answer({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}, 404)
        start = int(asked.get("page_token") or 0)
        page: dict[str, Any] = {field: items[start : start + PAGE]}
        if start + PAGE < len(items):
            page["next_page_token"] = str(start + PAGE)
        return json_answer(page if items else {})

    def _rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro&immutable=1", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def _pairs(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return [{"key": row["key"], "value": row["value"]} for row in self._rows(query, *values)]

    def _experiments(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        rows = self._rows("SELECT * FROM experiments WHERE workspace = ?", asked["workspace"])
        return [{**row, "experiment_id": str(row["experiment_id"])} for row in rows]

    def _runs(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        (experiment,) = asked["experiment_ids"]
        return [
            self._run(row) for row in self._rows("SELECT * FROM runs WHERE experiment_id = ?", experiment)
        ]

    def _experiment(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        found = [it for it in self._experiments(asked) if it["experiment_id"] == asked["experiment_id"]]
        return found[0] if found else None

    def _one_run(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        rows = self._rows(
            "SELECT * FROM runs WHERE run_uuid = ? AND experiment_id IN "
            "(SELECT experiment_id FROM experiments WHERE workspace = ?)",
            asked["run_id"],
            asked["workspace"],
        )
        if not rows:
            return None
        found = self._run(rows[0])
        # Only here, and in no search, MLflow says which models a run read.
        query = "SELECT destination_id FROM inputs WHERE source_type = 'RUN_INPUT' AND source_id = ?"
        read = self._rows(query, asked["run_id"])
        found["inputs"]["model_inputs"] = [{"model_id": row["destination_id"]} for row in read]
        return found

    def _run(self, row: dict[str, Any]) -> dict[str, Any]:
        run_id = row["run_uuid"]
        inputs = self._rows(
            "SELECT d.*, t.value AS context FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id "
            "LEFT JOIN input_tags t ON t.input_uuid = i.input_uuid WHERE i.destination_id = ?",
            run_id,
        )
        models = self._rows(
            "SELECT destination_id FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id = ?", run_id
        )
        info = {
            "run_id": run_id,
            "run_uuid": run_id,
            "run_name": row["name"],
            "experiment_id": str(row["experiment_id"]),
            "user_id": row["user_id"],
            "status": row["status"],
            "start_time": row["start_time"],
            "artifact_uri": row["artifact_uri"],
            "lifecycle_stage": row["lifecycle_stage"],
        }
        if row["end_time"] is not None:
            info["end_time"] = row["end_time"]
        return {
            "info": info,
            "data": {
                "metrics": self._metrics("SELECT * FROM latest_metrics WHERE run_uuid = ?", run_id),
                "params": self._pairs("SELECT * FROM params WHERE run_uuid = ?", run_id),
                "tags": self._pairs("SELECT * FROM tags WHERE run_uuid = ?", run_id),
            },
            "inputs": {
                "dataset_inputs": [
                    {
                        "tags": [{"key": "mlflow.data.context", "value": data["context"]}],
                        "dataset": {
                            "name": data["name"],
                            "digest": data["digest"],
                            "source_type": data["dataset_source_type"],
                            "source": data["dataset_source"],
                            **({"profile": data["dataset_profile"]} if data["dataset_profile"] else {}),
                        },
                    }
                    for data in inputs
                ]
            },
            "outputs": {"model_outputs": [{"model_id": row["destination_id"], "step": 0} for row in models]},
        }

    def _metrics(self, query: str, *values: Any) -> list[dict[str, Any]]:
        found = []
        for row in self._rows(query, *values):
            value: Any = row["value"]
            if row["is_nan"]:
                value = "NaN"
            found.append(
                {"key": row["key"], "value": value, "timestamp": row["timestamp"], "step": row["step"]}
            )
        return found

    def _history(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        query = "SELECT * FROM metrics WHERE run_uuid = ? AND key = ?"
        return self._metrics(query, asked["run_id"], asked["metric_key"])

    def _logged(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        (experiment,) = asked["experiment_ids"]
        return [
            {
                "info": {
                    "model_id": row["model_id"],
                    "experiment_id": str(row["experiment_id"]),
                    "name": row["name"],
                    "artifact_uri": row["artifact_location"],
                    "source_run_id": row["source_run_id"],
                    "creation_timestamp_ms": row["creation_timestamp_ms"],
                    "last_updated_timestamp_ms": row["last_updated_timestamp_ms"],
                    "status": "LOGGED_MODEL_READY",
                },
                "data": {},
            }
            for row in self._rows("SELECT * FROM logged_models WHERE experiment_id = ?", experiment)
        ]

    def _models(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        workspace = asked["workspace"]
        of_it = "WHERE workspace = ? AND name = ?"
        return [
            {
                "name": row["name"],
                "creation_timestamp": row["creation_time"],
                "last_updated_timestamp": row["last_updated_time"],
                "description": row["description"] or "",
                "tags": self._pairs(f"SELECT * FROM registered_model_tags {of_it}", workspace, row["name"]),
                "aliases": [
                    {"alias": alias["alias"], "version": str(alias["version"])}
                    for alias in self._rows(
                        f"SELECT * FROM registered_model_aliases {of_it}", workspace, row["name"]
                    )
                ],
            }
            for row in self._rows("SELECT * FROM registered_models WHERE workspace = ?", workspace)
        ]

    def _versions(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        workspace = asked["workspace"]
        query = "SELECT * FROM model_version_tags WHERE workspace = ? AND name = ? AND version = ?"
        return [
            {
                "name": row["name"],
                "version": str(row["version"]),
                "creation_timestamp": row["creation_time"],
                "last_updated_timestamp": row["last_updated_time"],
                "current_stage": row["current_stage"],
                "description": row["description"] or "",
                "source": row["source"],
                "run_id": row["run_id"] or "",
                "status": row["status"],
                "tags": self._pairs(query, workspace, row["name"], row["version"]),
            }
            for row in self._rows("SELECT * FROM model_versions WHERE workspace = ?", workspace)
        ]


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Serve on this machine; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(parts.path, {key: value[0] for key, value in parse_qs(parts.query).items()})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(self.path, json.loads(raw))

        def _answer(self, path: str, asked: dict[str, Any]) -> None:
            path = path.removeprefix("/api/2.0/mlflow/")
            asked = {**asked, "workspace": self.headers.get("X-MLFLOW-WORKSPACE", "default")}
            status, kind, raw, headers = answers.answer(path, asked, self.headers.get("Authorization", ""))
            if not status:  # nothing at all
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(raw)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
