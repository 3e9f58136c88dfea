"""Deprecate a version of a model."""

from herdbook.catalog import Catalog
from herdbook.editing import Put
from herdbook.entries import ModelVersion
from herdbook.planning.named import find_of, model_named, model_version_named
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import shown
from herdbook.ref import Kind
from herdbook.registry import Registry


def deprecate(
    catalog: Catalog, model: str, version: str, *, by: str, at: str, reason: str, replaced_by: str | None
) -> Plan:
    """Say that a version is not to be used any more.

    That something still uses it is what this is to bring out, so that it does not stand against it.

    Raises:
        HerdbookError: there is no such version, it was deprecated already, or nothing says why.
    """
    entry = model_version_named(catalog, model_named(catalog, model), version)
    if (known := entry.deprecated) is not None:
        raise PlanError(
            f"{entry.ref} was deprecated already, at {known['at']} by {known['by']}; if more is to be said "
            f"of it, say it in {entry.source.path}"
        )
    if not reason.strip() and replaced_by is None:
        raise PlanError("nothing says why; give --reason, or what to use instead with --replaced-by")
    sentences = [reason] if reason.strip() else []
    if replaced_by is not None:
        sentences.append(f"Use {_replacement(catalog, replaced_by, entry)} instead.")
    value = {"at": at, "by": by, "reason": " ".join(sentences)}
    said = f"{entry.ref} is deprecated."
    uses = Registry.of(catalog).uses.get((entry.model, entry.version), ())
    if uses:
        said += f" It is still used by {', '.join(map(str, uses))}."
    edits = {entry.source.path: [Put(("deprecated",), value)]}
    return Plan(said, edits, consequences=frozenset({"deprecated-in-service"}))


def _replacement(catalog: Catalog, text: str, deprecated: ModelVersion) -> str:
    found = find_of(catalog, Kind.MODEL, text)
    if not isinstance(found.entry, ModelVersion):
        raise PlanError(f"{shown(text)} is no version and no alias of a model; name one, such as churn/2")
    if found.entry is deprecated:
        raise PlanError(f"{found.ref} cannot take its own place; name another version")
    return str(found.ref if found.ref.alias is not None else found.of_entry)
