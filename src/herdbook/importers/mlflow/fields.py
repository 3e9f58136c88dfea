"""What MLflow says in its own way, as fields of ours."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from herdbook.importers.mlflow.records import ReadData, StoredRun
from herdbook.importers.uris import address, without_secrets
from herdbook.masking import MASK, is_secret

STATUS = {
    "RUNNING": "running",
    "SCHEDULED": "running",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
}
"""How a run stands, by MLflow's words."""

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LARGEST_WHOLE = 2**53
_WORDS = {"True": True, "False": False, "None": None}
_CODE = {
    "repository": "mlflow.source.git.repoURL",
    "commit": "mlflow.source.git.commit",
    "branch": "mlflow.source.git.branch",
    "entry_point": "mlflow.source.name",
}
_FIELDS = {
    "user": "mlflow.user",
    "cluster": "mlflow.databricks.cluster.id",
    "job_id": "mlflow.databricks.jobRunID",
}
_ADDRESSES = ("uri", "url", "path")
_HUB = "hugging_face"
_HUB_PATH = re.compile(r"\w[\w.-]*(?:/[\w.-]+)?", re.ASCII)
_CONTAINER = "mlflow.docker.image.name"
_NOBODY = frozenset({"", "unknown"})
"""Whom MLflow names where it knows nobody."""


def context(run: StoredRun, origin: dict[str, str]) -> dict[str, Any]:
    """Who ran what code where, by MLflow's own tags; where each comes from is noted."""

    def taken(field: str, tag: str) -> str:
        text = line(without_secrets(run.tags.get(tag, "")))
        if text:
            origin[field] = f"tags.{tag}"
        return text

    code = {}
    for name, tag in _CODE.items():
        if name == "commit" and not _COMMIT.fullmatch(run.tags.get(tag, "")):
            continue
        if text := taken(f"code.{name}", tag):
            code[name] = text
    found: dict[str, Any] = {name: taken(name, tag) for name, tag in _FIELDS.items()}
    if found["user"] in _NOBODY:
        origin.pop("user", None)
        found["user"] = ""
        if run.user not in _NOBODY:
            origin["user"], found["user"] = "user_id", line(run.user, 250)
    if container := taken("environment.container", _CONTAINER):
        found["environment"] = {"container": container}
    return {**found, "code": code}


def dataset(read: ReadData) -> dict[str, Any]:
    """What MLflow knows of a dataset: where it is from, its rows and columns; the digest is a fingerprint."""
    source, profile, columns = (_json(text) for text in (read.source, read.profile, read.schema))
    source = source if isinstance(source, dict) else {}
    stated = (source.get(key) for key in _ADDRESSES)
    uri = next((text for text in stated if isinstance(text, str)), "")
    if uri and read.source_type == _HUB:
        uri = _on_the_hub(uri, source)
    rows = profile.get("num_rows") if isinstance(profile, dict) else None
    is_count = isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0
    return {
        "uri": address(uri),
        "digest": fingerprint(read.digest),
        "rows": rows if is_count else None,
        "schema": _columns(columns),
        "imported_from": {
            **({"source_type": read.source_type} if read.source_type else {}),
            **dict(_further(source)),
        },
    }


def _further(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else MLflow says of where data are from: a table, a query, a version, a split."""
    for key, value in source.items():
        if key in _ADDRESSES or not isinstance(value, str | int) or value in ("", "None"):
            continue
        yield f"source.{key}", MASK if is_secret(key, value) else without_secrets(str(value))


def _on_the_hub(path: str, source: Mapping[str, Any]) -> str:
    """Where data of the Hugging Face Hub are; such a path may also be one of a disk."""
    files, revision = source.get("data_files"), source.get("revision")
    if files:  # then the path names a way to read them
        return files if isinstance(files, str) else ""
    if not _HUB_PATH.fullmatch(path):
        return path
    return f"hf://datasets/{path}@{revision}" if isinstance(revision, str) else f"hf://datasets/{path}"


def fingerprint(digest: str) -> str:
    """The digest that MLflow gives a dataset; it is none of the bytes, but of some of the values."""
    return f"mlflow:{digest}" if digest and all("!" <= character <= "~" for character in digest) else ""


def evaluated(text: str) -> set[str]:
    """The models that MLflow wrote down, each with the data on which it was evaluated."""
    stated = _json(text)
    entries = stated if isinstance(stated, list) else []
    found = (entry.get("model") for entry in entries if isinstance(entry, dict))
    return {model for model in found if isinstance(model, str)}


def parameter(text: str) -> Any:
    """A parameter as the number, boolean or null that MLflow made a text of; any other text stays one."""
    if text in _WORDS:
        return _WORDS[text]
    for number in (int, float):
        try:
            value = number(text)
        except ValueError:
            continue
        # Only what reads the same again is one: 1e5, 007 and 1_000 are texts.
        if str(value) == text and abs(value) < _LARGEST_WHOLE:
            return value
    return text


def time(milliseconds: int | None) -> str:
    """A time of MLflow, which counts milliseconds, as ours; empty for none."""
    if not milliseconds or milliseconds < 0:
        return ""
    try:
        moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    part = f".{milliseconds % 1000:03}" if milliseconds % 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{part}Z"


def line(text: str, most: int = 1_000) -> str:
    """A text on one line, no longer than a field takes."""
    return " ".join(text.split())[:most]


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _columns(schema: Any) -> list[dict[str, Any]]:
    """The columns of a table; of tensors, MLflow tells no more than their types, which are left out."""
    stated = schema.get("mlflow_colspec") if isinstance(schema, dict) else None
    found = []
    for column in stated if isinstance(stated, list) else ():
        if not isinstance(column, dict):
            return []
        name, kind = column.get("name"), column.get("type")
        if not isinstance(name, str) or not isinstance(kind, str) or not name.strip():
            return []
        known = {"name": line(name), "type": kind}
        required = column.get("required")
        found.append({**known, "nullable": not required} if isinstance(required, bool) else known)
    return found
