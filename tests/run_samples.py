"""Runs made of plain data, for tests of the search."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import CatalogFile, DatasetVersion, Run
from herdbook.queries.records import Records
from herdbook.source import SourceFile
from herdbook.tree import DirTree

SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")


def run_data(run_id: str, **fields: Any) -> dict[str, Any]:
    """The data of a run: what it must have, and these fields."""
    usual = {"experiment": "churn", "type": "training", "status": "finished", "user": "ada"}
    return {"id": run_id, **usual, **fields}


def catalog_of(
    *runs: Mapping[str, Any],
    versions: tuple[Mapping[str, Any], ...] = (),
    policy: Mapping[str, Any] | None = None,
) -> Catalog:
    """A catalog of runs and dataset versions, from their data."""
    found = [DatasetVersion(SOURCE, data) for data in versions]
    return Catalog(
        file=CatalogFile(SOURCE, {"kind": "catalog", "name": "test", "policy": policy or {}}),
        runs={data["id"]: Run(SOURCE, data) for data in runs},
        dataset_versions={(version.dataset, version.version): version for version in found},
    )


def records_of(*runs: Mapping[str, Any], **more: Any) -> Records:
    """The same, to be asked."""
    return Records(catalog_of(*runs, **more), date(2024, 4, 1))
