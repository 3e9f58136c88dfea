"""Runs in a folder of MLflow's file store, ``mlruns``, read as entries; MLflow itself is not needed.

A store holds ``<experiment>/<run>/meta.yaml``, and beside that one file for each tag, named after its key.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from herdbook.entries import Run
from herdbook.errors import HerdbookError, StorageError
from herdbook.ref import is_name
from herdbook.source import SourceFile, read_source
from herdbook.tree import DirTree, unlinked

_META = "meta.yaml"
_STATUS = {1: "running", 2: "running", 3: "finished", 4: "failed", 5: "killed"}
_CODE = {
    "commit": "mlflow.source.git.commit",
    "repository": "mlflow.source.git.repoURL",
    "branch": "mlflow.source.git.branch",
    "entry_point": "mlflow.source.name",
}
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def is_run(folder: Path) -> bool:
    """Tell whether a folder is that of a run."""
    return (folder / _META).is_file() and (folder / "tags").is_dir()


def store_at(tracking_uri: str | None) -> Path:
    """The folder of the store that a tracking URI names, by default ``mlruns`` here.

    Raises:
        HerdbookError: it names something else than a folder.
    """
    if not tracking_uri:
        return Path("mlruns")
    scheme, colon, _ = tracking_uri.partition(":")
    if scheme == "file" and colon:
        return Path(unquote(urlsplit(tracking_uri).path))
    if "://" not in tracking_uri and tracking_uri != "databricks":
        return Path(tracking_uri)
    raise HerdbookError(
        f"MLFLOW_TRACKING_URI names a {scheme} store; only stores in folders (file:PATH) can be read yet, "
        "neither tracking servers nor databases: give the folder of the run, or record the run in the catalog"
    )


def find_run(store: Path, run_id: str) -> Path | None:
    """Find the folder of a run in a store."""
    if not is_name(run_id) or not store.is_dir():
        return None
    return next((folder for folder in sorted(store.glob(f"*/{run_id}")) if is_run(folder)), None)


def read_run(folder: Path) -> Run:
    """Read what a run says of its origin: status, times, code and tags, not its metrics and parameters.

    Raises:
        HerdbookError: the folder holds no run that can be read, or one that was deleted.
    """
    meta = _meta(folder)
    if meta.get("lifecycle_stage") == "deleted":
        raise HerdbookError(f"{folder}: the run is deleted; restore it with `mlflow runs restore` first")
    status = meta.get("status")
    if not isinstance(status, int) or status not in _STATUS:
        raise HerdbookError(f"{folder / _META}: status is {status!r}, which is none of MLflow's")
    tags = _tags(folder)
    code = {field: tags[tag] for field, tag in _CODE.items() if tags.get(tag)}
    if _COMMIT.fullmatch(tags.get("git_commit", "")):
        code.setdefault(
            "commit", tags["git_commit"]
        )  # MLflow finds commits only where GitPython is installed
    data = {
        "kind": "run",
        "id": folder.name,
        "experiment": _experiment(folder),
        "type": "training",
        "status": _STATUS[status],
        "started_at": _time(folder, meta, "start_time"),
        "ended_at": _time(folder, meta, "end_time"),
        "user": str(meta.get("user_id") or tags.get("mlflow.user", "")),
        "code": code,
        "tags": tags,
    }
    # The folder itself is the place of whatever is found: no one file holds what is missing.
    source = SourceFile(DirTree(folder.parent), folder.name)
    return Run(source, {key: value for key, value in data.items() if value})


def _meta(folder: Path) -> Mapping[str, Any]:
    source, problems = read_source(DirTree(folder), _META)
    if not isinstance(source.value, Mapping):
        why = problems[0].message if problems else "it holds no mapping"
        raise HerdbookError(f"{folder / _META}: cannot be read: {why}; name the folder of a run of MLflow")
    return source.value


def _experiment(folder: Path) -> str:
    """The name of the experiment that a run belongs to; its number where the name cannot be read."""
    source, _ = read_source(DirTree(folder.parent), _META)
    name = source.value.get("name") if isinstance(source.value, Mapping) else None
    return str(name or folder.parent.name)


def _tags(folder: Path) -> dict[str, str]:
    unlinked(folder, "tags")
    tree = DirTree(folder / "tags")
    found = {}
    try:
        for file in tree.files():
            if not file.problem:
                found[file.path] = tree.read(file.path).decode("utf-8", "replace")
    except OSError as error:
        raise StorageError(f"{tree.name}: cannot be read: {error.strerror}") from error
    return found


def _time(folder: Path, meta: Mapping[str, Any], field: str) -> str:
    """A time of MLflow, which counts milliseconds, as ours."""
    value = meta.get(field)
    if value is None:
        return ""
    try:
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise HerdbookError(f"{folder / _META}: {field} is {value!r}, which is no time") from error
