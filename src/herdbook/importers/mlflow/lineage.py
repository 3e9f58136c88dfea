"""Which run somebody means whose lineage is to be judged: one of the catalog, or one of a store of MLflow."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.errors import HerdbookError
from herdbook.importers.mlflow import fields, find_run
from herdbook.importers.mlflow.files import Folder
from herdbook.importers.mlflow.records import DELETED, StoredRun
from herdbook.importers.uris import without_secrets
from herdbook.ref import Kind, Ref, RefError
from herdbook.source import SourceFile
from herdbook.tree import DirTree

_HERE = ("mlflow.db", "mlruns")
"""Where MLflow keeps runs if it is not told where to; in the folder are artifacts alone since MLflow 3.7."""
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def run_named(
    catalog: Catalog, text: str, store: str | None = None, environ: Mapping[str, str] = os.environ
) -> Run:
    """Find the run that somebody means.

    It is one of the catalog, the folder of a run of MLflow, or one of a store of MLflow.

    Args:
        catalog: the catalog.
        text: the run.
        store: the tracking URI of the store; left out, that of ``MLFLOW_TRACKING_URI``, or else what is here.
        environ: says that, and how to get into a server.

    Raises:
        HerdbookError: there is none, or it cannot be read.
    """
    folder = Path(text)
    if os.sep in text and folder.is_dir():
        return _run(Folder.around(folder).run(folder.name), text)
    try:
        ref = Ref.parse(text if ":/" in text else f"{Kind.RUN}:/{text}")
    except RefError as error:
        raise HerdbookError(
            f"{error}; name a run of the catalog or of MLflow, or the folder of one"
        ) from error
    if ref.kind is not Kind.RUN or ref.output is not None:
        raise HerdbookError(f"{ref} is no run; name one, such as runs:/exp-47b")
    found = catalog.resolve(ref)
    if isinstance(found, Run):
        return found
    if catalog.is_refused(ref):
        raise HerdbookError(f"{ref} cannot be read: its file is refused; `herdbook check` says why")
    named = store or environ.get("MLFLOW_TRACKING_URI")
    if named and named.startswith("herdbook"):  # a catalog, which MLflow itself reads: it was looked into
        named = None
    for source in (named,) if named else filter(_is_store, _HERE):
        stored = find_run(source, ref.name, environ)
        if stored is not None:
            return _run(stored, source)
    near = catalog.suggest(ref)
    where = without_secrets(named) if named else " or ".join(_HERE)
    raise HerdbookError(
        f"there is no {ref} in the catalog, and no run {ref.name} of MLflow in {where}"
        + (
            f"; did you mean {near}?"
            if near
            else "; say with --tracking-uri or MLFLOW_TRACKING_URI where it is"
        )
    )


def _is_store(name: str) -> bool:
    """Tell whether MLflow keeps runs here under a name."""
    path = Path(name)
    return path.is_file() or any(path.glob("*/meta.yaml"))


def _run(stored: StoredRun | None, text: str) -> Run:
    """A run of MLflow as an entry that says of its origin what MLflow knows.

    Raises:
        HerdbookError: it was deleted, or holds what MLflow does not write.
    """
    if stored is None:
        raise HerdbookError(f"{text} is no run of MLflow; name one, or its folder")
    if stored.life == DELETED:
        raise HerdbookError(f"{stored.place} is deleted; restore it with `mlflow runs restore` first")
    if stored.status not in fields.STATUS:
        raise HerdbookError(
            f"{stored.place}: its status is {stored.status!r}, which is none of MLflow's; mend it there"
        )
    known = fields.context(stored, {})
    stated = stored.tags.get("git_commit", "")
    if _COMMIT.fullmatch(stated):  # MLflow finds commits only where GitPython is installed
        known["code"].setdefault("commit", stated)
    data = {
        "kind": "run",
        "id": stored.run_id,
        "experiment": stored.experiment,
        "type": "training",
        "status": fields.STATUS[stored.status],
        "started_at": _time(stored, "start", stored.start),
        "ended_at": _time(stored, "end", stored.end),
        "tags": {key: without_secrets(value) for key, value in stored.tags.items()},
        **known,
    }
    # No file of the catalog holds what is missing; the run itself is the place of whatever is found.
    source = SourceFile(DirTree(Path()), stored.place)
    return Run(source, {key: value for key, value in data.items() if value})


def _time(stored: StoredRun, what: str, value: int | None) -> str:
    found = fields.time(value)
    if value and not found:
        raise HerdbookError(f"{stored.place}: its {what} is {value}, which is no time; mend it there")
    return found
