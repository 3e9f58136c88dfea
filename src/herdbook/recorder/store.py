"""Put the record of a run into the catalog, less what the format does not allow."""

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from herdbook.dump import DumpError, dump
from herdbook.errors import HerdbookError
from herdbook.recorder.record import laid_over
from herdbook.recorder.warning import warn
from herdbook.schema import validate
from herdbook.source import Route
from herdbook.storing import create, locked, replace
from herdbook.tree import MAX_BYTES, DirTree
from herdbook.yaml.reader import parse_yaml

_PATIENCE = 5.0


def begin(record: dict[str, Any], catalog: Path) -> None:
    """Write the record of a run that begins into a catalog.

    What the format does not allow is left out without a word: the end of the run is the time for that.

    Raises:
        FileExistsError: there is a run of this name.
        HerdbookError: the format does not allow the record at all.
        OSError: it cannot be written.
    """
    path = file_of(record, catalog)
    path.parent.mkdir(parents=True, exist_ok=True)
    create(path, _fitted(deepcopy(record), _schemas(catalog), _nothing).encode())


def update(record: dict[str, Any], catalog: Path) -> None:
    """Write the record of a run that goes on over what its file holds; what people added there stays.

    What the format does not allow is left out without a word.

    Raises:
        RaceError: somebody else writes the file at this moment.
        HerdbookError: the file is that of a finished run, or of none.
        OSError: it cannot be read or written.
    """
    path = file_of(record, catalog)
    before, value = read_run(path)
    if value["status"] == "finished":
        raise HerdbookError(
            f"the run {record['id']} is finished, and a finished run never changes; begin another"
        )
    allowed, schemas = deepcopy(record), _schemas(catalog)
    _fitted(allowed, schemas, _nothing)  # or what the file lacks of an input would look like another one
    after = _fitted(laid_over(value, allowed), schemas, _nothing).encode()
    if after != before:
        replace(path, before, after)


def store(record: dict[str, Any], catalog: Path | None, *, begun: bool = False) -> None:
    """Write a record into a catalog; where that is not possible, keep it in the folder for temporary files.

    Args:
        record: the record.
        catalog: the folder of the catalog, if there is one.
        begun: the run has a file already.

    Raises:
        HerdbookError: The format does not allow the record at all.
        OSError: It cannot be written anywhere.
    """
    reason = "there is no catalog; give catalog= or set HERDBOOK_CATALOG"
    schemas = None if catalog is None else _schemas(catalog)
    raw = _fitted(record, schemas, warn).encode()
    if catalog is not None:
        path = file_of(record, catalog)
        try:
            if begun:
                with _alone(catalog):
                    update(record, catalog)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                create(path, raw)
        except OSError as error:
            reason = f"{error.filename or path.parent}: {error.strerror or error}"
        except HerdbookError as error:
            reason = str(error)
        else:
            return
    kept = Path(tempfile.gettempdir()) / f"{record['id']}-{secrets.token_hex(4)}.yaml"
    create(kept, raw)
    warn(f"The run {record['id']} is not in the catalog ({reason}). Its record is kept in {kept}.")


def read_run(path: Path) -> tuple[bytes, Mapping[str, Any]]:
    """Read the file of a run: its bytes, and its value.

    Raises:
        HerdbookError: it holds no run.
        OSError: it cannot be read.
    """
    raw = DirTree(path.parent).read(path.name)
    value = parse_yaml(raw).value
    for fault in validate("run", value):
        raise HerdbookError(f"{path}: {fault.message}. {fault.help}")
    return raw, value


def file_of(record: Mapping[str, Any], catalog: Path) -> Path:
    """The file that the record of a run belongs into."""
    return catalog / "runs" / str(record["experiment"]) / f"{record['id']}.yaml"


@contextlib.contextmanager
def _alone(catalog: Path) -> Iterator[None]:
    """Hold the lock of a catalog, if it can be had soon: no command then puts the run back to before its end.

    Only the end of a run does so: a process that is forked meanwhile would hold it as long as it lives.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(HerdbookError):
            stack.enter_context(locked(catalog, patience=_PATIENCE))
        yield


def _nothing(complaint: str) -> None:
    """Say nothing."""


def _schemas(catalog: Path) -> str | None:
    """Return the address under which the site of the catalog publishes the schemas, if it is known."""
    try:
        value = parse_yaml((catalog / "herdbook.yaml").read_bytes()).value
    except (OSError, HerdbookError):
        return None
    url = value.get("url") if isinstance(value, dict) else None
    return f"{url.rstrip('/')}/schema" if isinstance(url, str) and url.isprintable() else None


def _fitted(record: dict[str, Any], schemas: str | None, complain: Callable[[str], None]) -> str:
    """Take out of a record what the format does not allow, complain of each such thing; return the text."""
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
                complain(f"{faults[route]}. It was not recorded.")
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
