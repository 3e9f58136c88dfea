"""MLflow: a folder ``mlruns``, an SQLite file or a tracking server; MLflow itself is not needed."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from herdbook.errors import HerdbookError
from herdbook.importers.mlflow.addresses import Places
from herdbook.importers.mlflow.connection import Access
from herdbook.importers.mlflow.database import Database, is_database
from herdbook.importers.mlflow.drafts import SYSTEM, Drafting
from herdbook.importers.mlflow.files import Folder
from herdbook.importers.mlflow.records import Store, StoredRun
from herdbook.importers.mlflow.server import Server
from herdbook.planning.drafts import Along, Draft, Imported

_SQLITE = "sqlite:///"


def read(source: str, now: str, top: Path | None, along: Along, environ: Mapping[str, str]) -> Imported:
    """Read a store of MLflow.

    Args:
        source: a folder, an SQLite file, or the address of a server, as MLflow's own tracking URIs have them,
            or as paths.
        now: the time, for what MLflow keeps no time of.
        top: the top folder of the repository of the catalog, for the addresses of what lies in it.
        along: goes through the list of runs.
        environ: says how to get into a server.

    Raises:
        HerdbookError: there is no store of MLflow, or it cannot be read at all.
    """
    with ExitStack() as opened:
        store, places = _store(source, top, environ, opened)
        stored = store.stored()
        drafting = Drafting(stored, places, now)
        drafts: list[Draft] = []
        for run in store.runs(stored.logged, along):
            drafts.extend(drafting.run(run))
    drafts.extend(drafting.registered())
    problems = [*stored.problems, *drafting.problems]
    return Imported(SYSTEM, stored.address, drafts, problems, stored.is_whole)


def find_run(source: str, run_id: str, environ: Mapping[str, str]) -> StoredRun | None:
    """Read one run of a store, without its parameters, metrics, data and models; `None` if it is not there.

    Args:
        source: a folder, an SQLite file, or the address of a server, as for `read`.
        run_id: its id.
        environ: says how to get into a server.

    Raises:
        HerdbookError: there is no store of MLflow, or it cannot be read.
    """
    with ExitStack() as opened:
        store, _ = _store(source, None, environ, opened)
        return store.run(run_id)


def _store(
    source: str, top: Path | None, environ: Mapping[str, str], opened: ExitStack
) -> tuple[Store, Places]:
    scheme, _, rest = source.partition("://")
    if scheme in ("http", "https"):
        access = Access(
            environ.get("MLFLOW_TRACKING_USERNAME", ""),
            environ.get("MLFLOW_TRACKING_PASSWORD", ""),
            environ.get("MLFLOW_TRACKING_TOKEN", ""),
            environ.get("MLFLOW_WORKSPACE", ""),
        )
        return Server(source, access), Places()
    if source.startswith(_SQLITE):
        path = Path(source.removeprefix(_SQLITE))
    elif source.startswith("file:"):
        path = Path(unquote(urlsplit(source).path))
    elif rest:
        raise HerdbookError(
            f"{scheme}://... is none of the stores that can be read: name an mlruns folder, an SQLite "
            "file, or the http address of the tracking server that runs on it"
        )
    else:
        path = Path(source)
    if path.is_dir():
        return Folder.at(path), Places((path, path.parent), top)
    if not path.is_file():
        raise HerdbookError(
            f"{path}: there is no such file or folder; name an mlruns folder or an SQLite file"
        )
    if not is_database(path):
        raise HerdbookError(
            f"{path}: it is no SQLite file; name an mlruns folder or an SQLite file of MLflow"
        )
    folder = path.parent
    places = (folder, *(folder / name for name in ("mlruns", "mlartifacts", "artifacts")))
    return opened.enter_context(closing(Database(path))), Places(places, top)
