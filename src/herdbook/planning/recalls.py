"""Recall a version of a dataset."""

from herdbook.catalog import Catalog
from herdbook.editing import Put
from herdbook.entries import DatasetVersion
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find, shown
from herdbook.ref import Kind


def recall(
    catalog: Catalog, dataset: str, *, by: str, at: str, reason: str, severity: str, replaced_by: str | None
) -> Plan:
    """Withdraw a version of a dataset.

    That what is in force descends from recalled data is what a recall is to bring out, so that it does not
    stand against it.

    Raises:
        HerdbookError: there is no such version, or it was recalled already.
    """
    entry = _version(catalog, dataset)
    if entry.recall is not None:
        raise PlanError(f"{entry.ref} was recalled already, at {entry.recall.at} by {entry.recall.by}")
    value = {"at": at, "by": by, "reason": reason, "severity": severity}
    if replaced_by is not None:
        value["replaced_by"] = _version(catalog, replaced_by).ref.short
    said = f"{entry.ref} is recalled."
    edits = {entry.source.path: [Put(("recall",), value)]}
    return Plan(said, edits, consequences=frozenset({"recalled-ancestor"}))


def _version(catalog: Catalog, text: str) -> DatasetVersion:
    entry = find(catalog, text if ":/" in text else f"{Kind.DATASET}:/{text}").entry
    if not isinstance(entry, DatasetVersion):
        raise PlanError(f"{shown(text)} is no version of a dataset; name one, such as orders/v2.1")
    return entry
