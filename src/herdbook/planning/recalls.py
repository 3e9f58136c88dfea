"""Recall a version of a dataset."""

from herdbook.catalog import Catalog
from herdbook.editing import Put
from herdbook.planning.named import dataset_version_named
from herdbook.planning.plan import Plan, PlanError


def recall(
    catalog: Catalog, dataset: str, *, by: str, at: str, reason: str, severity: str, replaced_by: str | None
) -> Plan:
    """Withdraw a version of a dataset.

    That what is in force descends from recalled data is what a recall is to bring out, so that it does not
    stand against it.

    Raises:
        HerdbookError: there is no such version, or it was recalled already.
    """
    entry = dataset_version_named(catalog, dataset)
    if entry.recall is not None:
        raise PlanError(
            f"{entry.ref} was recalled already, at {entry.recall.at} by {entry.recall.by}; if more is to be "
            f"said of it, say it in {entry.source.path}"
        )
    value = {"at": at, "by": by, "reason": reason, "severity": severity}
    if replaced_by is not None:
        value["replaced_by"] = dataset_version_named(catalog, replaced_by).ref.short
    said = f"{entry.ref} is recalled."
    edits = {entry.source.path: [Put(("recall",), value)]}
    return Plan(said, edits, consequences=frozenset({"recalled-ancestor"}))
