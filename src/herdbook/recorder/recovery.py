"""What runs left behind whose process was killed: their journals, folded into their files."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from herdbook.errors import HerdbookError
from herdbook.recorder.journal import InUseError, journal_of, journals, seized
from herdbook.recorder.naming import taken
from herdbook.recorder.record import Record
from herdbook.recorder.store import begin, file_of, read_run, update
from herdbook.ref import is_name
from herdbook.storing import sweep


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a journal: the run that it is of, and why it cannot be recovered, if it cannot."""

    run_id: str
    problem: str = ""


def recover(catalog: Path) -> tuple[Recovered, ...]:
    """Bring everything that killed runs recorded into their files; runs that still go on are left alone.

    They stay ``running``: whether to resume them is for people to decide. A file that was changed by hand
    since keeps what only it holds.
    """
    return tuple(_recovered(catalog))


def _recovered(catalog: Path) -> Iterator[Recovered]:
    if not _can_tell_the_living():
        return
    for run_id, path in journals(catalog):
        try:
            with seized(path) as record:
                if _fold(record, run_id, catalog):
                    yield Recovered(run_id)
                path.unlink()
        except (InUseError, FileNotFoundError):
            continue
        except (HerdbookError, OSError) as error:
            yield Recovered(run_id, str(error))


def resume(catalog: Path, run_id: str) -> Record:
    """Take up a run again that was killed, or failed, with all that it recorded.

    Names that differ only in case are one, as in `taken`.

    Raises:
        HerdbookError: there is no such run, it is finished, or it still goes on.
        OSError: it cannot be read or written.
    """
    path = _file_of(run_id, catalog) or _file_of(taken(run_id, catalog), catalog)
    if path is None:
        raise HerdbookError(f"there is no run {run_id!r} in {catalog / 'runs'}; name one that is there")
    run_id = path.stem
    curves = None
    journal = journal_of(catalog, run_id)
    if journal is not None:
        with seized(journal) as record:
            if _fold(record, run_id, catalog):
                curves = record.curves  # all points, and not only those that the file keeps
    _, value = read_run(path)
    if value["status"] == "finished":
        raise HerdbookError(f"the run {run_id} is finished, and a finished run never changes; begin another")
    found = Record.written(value)
    if curves is not None:
        found.curves = curves
    return found


def _file_of(run_id: str, catalog: Path) -> Path | None:
    return next(catalog.glob(f"runs/*/{run_id}.yaml"), None) if is_name(run_id) else None


def _fold(record: Record, run_id: str, catalog: Path) -> bool:
    """Write what a journal holds into the file of its run; tell whether the run did not end since."""
    if record.data.get("id") != run_id or not is_name(str(record.data.get("experiment"))):
        raise HerdbookError(f"the journal of run {run_id} is that of another run; delete it")
    whole = record.as_file(quiet=True)
    path = file_of(whole, catalog)
    sweep(path)
    try:
        _, value = read_run(path)
    except FileNotFoundError:
        begin(whole, catalog)
        return True
    if value["status"] == "running":
        update(whole, catalog)
    return bool(value["status"] == "running")


def _can_tell_the_living() -> bool:
    """Tell whether this system has the locks by which to know that a process still records."""
    with contextlib.suppress(ImportError):
        import fcntl

        return hasattr(fcntl, "flock")
    return False
