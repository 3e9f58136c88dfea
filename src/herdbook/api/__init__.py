"""What Python code calls: `herdbook.load` and what it gives, and `herdbook.assert_run_lineage`."""

import os
from collections.abc import Sequence
from pathlib import Path

from herdbook import clock
from herdbook.api.edit import Edit, RefusedError
from herdbook.api.loading import Catalog, load
from herdbook.api.views import Dataset, DatasetVersion, Endpoint, Entry, Input, Model, Run, Version
from herdbook.catalog import Catalog as Entries
from herdbook.memory import open_catalog
from herdbook.run_gate import LineageError, require_lineage

__all__ = [
    "Catalog",
    "Dataset",
    "DatasetVersion",
    "Edit",
    "Endpoint",
    "Entry",
    "Input",
    "LineageError",
    "Model",
    "RefusedError",
    "Run",
    "Version",
    "assert_run_lineage",
    "load",
]


def assert_run_lineage(
    run_id: str,
    required_tags: Sequence[str] | None = None,
    *,
    model: str | None = None,
    tracking_uri: str | None = None,
    catalog: str | os.PathLike[str] = "catalog",
) -> None:
    """Do nothing where something may be registered from a run: its lineage is on record.

    This is `herdbook gate-run` for a training job, to be called before it registers a model.

    Args:
        run_id: a run of the catalog, the folder of a run of MLflow, or the id of one in a store of MLflow.
        required_tags: the tags that it must carry; by default those that the policy of the catalog requires.
            Where they are given, no catalog is needed.
        model: the model to register it for; the policy may require more tags of its runs.
        tracking_uri: where MLflow keeps the run: the address of a tracking server, ``sqlite:///PATH`` or
            ``file:PATH``; left out, what ``MLFLOW_TRACKING_URI`` names, which `mlflow.set_tracking_uri` sets,
            or else ``./mlflow.db`` and ``./mlruns``.
        catalog: the folder of the catalog.

    Raises:
        LineageError: the lineage is not on record; its ``missing_tags`` names the tags that are missing.
        HerdbookError: there is no such run, or no catalog.
    """
    from herdbook.importers.mlflow.lineage import run_named

    folder = Path(catalog)
    found = Entries() if required_tags and not folder.is_dir() else open_catalog(folder)
    today = clock.today()
    run = run_named(found, run_id, tracking_uri)
    require_lineage(found, run, today, required_tags=required_tags, model=model)
