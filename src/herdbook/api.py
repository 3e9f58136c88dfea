"""What Python code calls: `herdbook.assert_run_lineage`."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from herdbook.catalog import Catalog, read_catalog
from herdbook.errors import HerdbookError
from herdbook.run_gate import LineageError, require_lineage, run_named
from herdbook.tree import DirTree

__all__ = ["LineageError", "assert_run_lineage"]


def assert_run_lineage(
    run_id: str,
    required_tags: Sequence[str] | None = None,
    *,
    model: str | None = None,
    catalog: str | os.PathLike[str] = "catalog",
) -> None:
    """Do nothing where something may be registered from a run: its lineage is on record.

    This is `herdbook gate-run` for a training job, to be called before it registers a model.

    Args:
        run_id: a run of the catalog, the folder of a run of MLflow, or the id of one in
            ``MLFLOW_TRACKING_URI`` (``file:PATH``) or ``./mlruns``.
        required_tags: the tags that it must carry; by default those that the policy of the catalog requires.
            Where they are given, no catalog is needed.
        model: the model to register it for; the policy may require more tags of its runs.
        catalog: the folder of the catalog.

    Raises:
        LineageError: the lineage is not on record; its ``missing_tags`` names the tags that are missing.
        HerdbookError: there is no such run, or no catalog.
    """
    folder = Path(catalog)
    found = Catalog() if required_tags and not folder.is_dir() else _read(folder)
    today = datetime.now(UTC).date()
    require_lineage(found, run_named(found, run_id), today, required_tags=required_tags, model=model)


def _read(folder: Path) -> Catalog:
    if not folder.is_dir():
        raise HerdbookError(f"{folder}: there is no such folder; name that of the catalog")
    catalog = read_catalog(DirTree(folder))
    if not catalog.sources and not catalog.findings:
        raise HerdbookError(f"{folder}: the folder holds no catalog; it begins with a herdbook.yaml")
    return catalog
