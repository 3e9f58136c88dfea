"""Put the record of a run into the catalog, less what the format does not allow."""

import contextlib
import secrets
import tempfile
from pathlib import Path
from typing import Any

from herdbook.dump import DumpError, dump
from herdbook.errors import HerdbookError
from herdbook.reader import parse_yaml
from herdbook.recorder.warning import warn
from herdbook.schema import validate
from herdbook.source import Route
from herdbook.storing import create
from herdbook.tree import MAX_BYTES


def store(record: dict[str, Any], catalog: Path | None) -> None:
    """Write a record into a catalog; where that is not possible, keep it in the folder for temporary files.

    Raises:
        HerdbookError: The format does not allow the record at all.
        OSError: It cannot be written anywhere.
    """
    text = _fitted(record, None if catalog is None else _schemas(catalog))
    reason = "there is no catalog; give catalog= or set HERDBOOK_CATALOG"
    if catalog is not None:
        folder = catalog / "runs" / record["experiment"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            create(folder / f"{record['id']}.yaml", text.encode())
        except OSError as error:
            reason = f"{error.filename or folder}: {error.strerror or error}"
        else:
            return
    kept = Path(tempfile.gettempdir()) / f"{record['id']}-{secrets.token_hex(4)}.yaml"
    create(kept, text.encode())
    warn(f"The run {record['id']} is not in the catalog ({reason}). Its record is kept in {kept}.")


def _schemas(catalog: Path) -> str | None:
    """Return the address under which the site of the catalog publishes the schemas, if it is known."""
    try:
        value = parse_yaml((catalog / "herdbook.yaml").read_bytes()).value
    except (OSError, HerdbookError):
        return None
    url = value.get("url") if isinstance(value, dict) else None
    return f"{url.rstrip('/')}/schema" if isinstance(url, str) and url.isprintable() else None


def _fitted(record: dict[str, Any], schemas: str | None) -> str:
    """Return the text of the record without what the format does not allow, warning of each such thing."""
    while True:
        text, faults = "", {}
        try:
            text = dump(record, "run", schemas=schemas)
        except DumpError as error:
            faults[error.route] = str(error)
        else:
            faults |= {
                fault.route: f"{_place(fault.route)}: {fault.message}" for fault in validate("run", record)
            }
            if not faults and len(text.encode()) > MAX_BYTES and "curves" in record:
                faults[("curves",)] = f"curves: with them the record is larger than {MAX_BYTES // 1024} KiB"
        if not faults:
            return text
        removed = False
        for route in sorted(
            faults, reverse=True
        ):  # from the end, so that positions in lists keep their meaning
            if _removed(record, route):
                removed = True
                warn(f"{faults[route]}. It was not recorded.")
        if not removed:
            raise HerdbookError("; ".join(faults.values()))


def _removed(record: dict[str, Any], route: Route) -> bool:
    place: Any = record
    with contextlib.suppress(LookupError, TypeError):
        for step in route[:-1]:
            place = place[step]
        if route:
            del place[route[-1]]
            return True
    return False


def _place(route: Route) -> str:
    steps = map(str, route)
    return ".".join(step if step.isprintable() else ascii(step) for step in steps) or "the record"
