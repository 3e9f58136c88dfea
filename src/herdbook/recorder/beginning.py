"""How the record of a run begins: under names that are free, or where an earlier record stopped."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.recorder.naming import spelled, taken
from herdbook.recorder.record import Record
from herdbook.recorder.recovery import resume
from herdbook.recorder.values import name_of
from herdbook.recorder.warning import warn
from herdbook.schema import schema

_LONGEST_EXPERIMENT = 100


def named(
    catalog: Path | None, experiment: str, type: str, run_id: str | None, begun: datetime
) -> dict[str, str]:
    """What a record says of the run by name. A name that will not do is changed, with a warning.

    Args:
        catalog: the folder of the catalog, if there is one.
        experiment: what the run belongs to.
        type: what kind of run it is.
        run_id: its name; `None` for one of the experiment, the time and four random digits.
        begun: when it began.
    """
    experiment = _spelled(name_of("experiment", experiment), catalog)
    if run_id is None:
        start = experiment[:_LONGEST_EXPERIMENT].rstrip(".")
        run_id = f"{start}-{begun:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    run_id = unused(name_of("run_id", run_id), catalog)
    types = schema("run")["properties"]["type"]["enum"]
    if type not in types:
        warn(f"type: {type!r} is none of {', '.join(types)}. The run is recorded as {types[0]}.")
        type = types[0]
    return {"kind": "run", "id": run_id, "experiment": experiment, "type": type}


def unused(run_id: str, catalog: Path | None) -> str:
    """The name of a run, or another one, with a warning, where the catalog has a run of that name."""
    known = "" if catalog is None else taken(run_id, catalog)
    if not known:
        return run_id
    other = f"{run_id[:120].rstrip('.')}-{secrets.token_hex(2)}"
    warn(f"There is a run {known} in the catalog already. This one is recorded as {other}.")
    return other


def _spelled(experiment: str, catalog: Path | None) -> str:
    known = experiment if catalog is None else spelled(experiment, catalog)
    if known != experiment:
        warn(
            f"experiment: {experiment} is called {known} in the catalog, and names that differ only in"
            f" case are one. It is recorded as {known}."
        )
    return known


def resumable(catalog: Path | None, run_id: str) -> Record:
    """The record of a run that was killed, or failed.

    Raises:
        HerdbookError: there is no catalog, or no such run, it is finished, or it still goes on.
        OSError: it cannot be read or written.
    """
    if catalog is None:
        raise HerdbookError("there is no catalog; give catalog= or set HERDBOOK_CATALOG")
    return resume(catalog, run_id)


def go_on(record: Record, captured: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Bring a record that was begun earlier up to now.

    Args:
        record: the record.
        captured: what was found out about code, environment and host.
        details: what the caller says of the run.
    """
    data = record.data
    before, now = (data.get("code", {}).get("commit"), captured.get("code", {}).get("commit"))
    if before != now:
        warn(f"the run {data['id']} is resumed with other code: commit {now}, no longer {before}.")
        said = f"Resumed at {captured['started_at']} with commit {now}; until then it ran commit {before}."
        data["notes"] = f"{data.get('notes', '')}\n\n{said}".strip()
        data["tags"].pop("git_commit", None)
    started = data.get("started_at", captured["started_at"])
    tags = {**captured.get("tags", {}), **data["tags"]}
    for field in ("ended_at", "error"):
        data.pop(field, None)
    data |= {**captured, **details, "tags": tags, "status": "running", "started_at": started}
