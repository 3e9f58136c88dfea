"""Add versions of datasets."""

from collections.abc import Sequence
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.formats import plural, short_digest, size
from herdbook.planning.carrying_out import keep_to_schema
from herdbook.planning.creating import Fields, new_dataset
from herdbook.planning.named import dataset_version_named, find_of
from herdbook.planning.naming import place_for_version
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import shown
from herdbook.ref import Kind, Ref


def add_version(
    catalog: Catalog,
    dataset: str,
    version: str,
    fields: Fields,
    *,
    owner: str | None = None,
    derived_from: Sequence[str] = (),
    produced_by: str | None = None,
) -> Plan:
    """Add a version of a dataset, and the dataset where there is none yet.

    Args:
        catalog: the catalog.
        dataset: the dataset.
        version: what the version is called.
        fields: what is known of it, its digest above all.
        owner: who owns the dataset, should it be new.
        derived_from: the dataset versions that it was made from.
        produced_by: the run that wrote it.

    Raises:
        HerdbookError: a name is none, or is taken; what it was made from is not in the catalog; or the
            dataset is new and nobody is known to own it.
    """
    path = place_for_version(catalog, dataset, version)
    value: dict[str, Any] = {"kind": "dataset-version", "dataset": dataset, "version": version, **fields}
    if derived_from:
        value["derived_from"] = [dataset_version_named(catalog, text).ref.short for text in derived_from]
    if produced_by:
        value["produced_by"] = _run(catalog, produced_by).id
    keep_to_schema(path, value)
    said = f"{Ref.dataset(dataset, version)} is new: {_summary(value)}."
    if "uri" not in value:
        said += " Left to be filled in: uri."
    if dataset in catalog.datasets:
        return Plan(said, new={path: value})
    first = _new(catalog, dataset, owner)
    return Plan(f"{said} {first.said}", new={**first.new, path: value})


def _new(catalog: Catalog, dataset: str, owner: str | None) -> Plan:
    plan = new_dataset(catalog, dataset, {"owner": owner})
    if not owner:
        raise PlanError(
            f"there is no {Ref.dataset(dataset)} yet, and nobody is known to own it: name its owner with "
            f"--owner, or add it first with `herdbook new dataset {dataset}`"
        )
    return plan


def _summary(value: Fields) -> str:
    parts = [plural(value["rows"], "row")] if "rows" in value else []
    if "schema" in value:
        parts.append(plural(len(value["schema"]), "column"))
    return ", ".join([*parts, size(value["size"]), short_digest(value["digest"])])


def _run(catalog: Catalog, text: str) -> Run:
    entry = find_of(catalog, Kind.RUN, text).entry
    if not isinstance(entry, Run):
        raise PlanError(f"{shown(text)} is no run; name one, such as runs:/prepare-2")
    return entry
