"""Move versions from stage to stage: one more line in the ledger of stages of a model."""

from herdbook.catalog import Catalog
from herdbook.editing import Append
from herdbook.planning.aliases import Grounds, ledger_line
from herdbook.planning.named import model_named, model_version_named
from herdbook.planning.naming import keep_off_refused
from herdbook.planning.plan import Plan
from herdbook.ref import Ref


def set_stage(
    catalog: Catalog, model: str, version: str, stage: str, grounds: Grounds, *, archive_existing: bool
) -> Plan:
    """Move a version of a model to a stage.

    Args:
        catalog: the catalog.
        model: the model.
        version: the number or the label of the version.
        stage: none, staging, production or archived.
        grounds: who moves it, when and why.
        archive_existing: archive every other version that is in the stage now.

    Raises:
        HerdbookError: there is no such model or version, or the evidence is none.
    """
    name = model_named(catalog, model)
    number = model_version_named(catalog, name, version).version
    path = f"models/{name}/stages.yaml"
    keep_off_refused(catalog, path)
    ledger = catalog.stages.get(name)
    current = ledger.current() if ledger is not None else {}
    before = current[number].stage if number in current else "none"
    others = [str(other) for other, line in current.items() if line.stage == stage and other != number]
    archived = sorted(others, key=int) if archive_existing else []
    if before == stage and not (archived or grounds.approved_by or grounds.reason or grounds.evidence):
        return Plan(f"{Ref.model(name, number)} is in the stage {stage} already.")
    was = (
        f"is in the stage {stage}; it was in {before} before"
        if before != stage
        else f"stays in the stage {stage}"
    )
    said = f"{Ref.model(name, number)} {was}."
    if archived:
        said += f" Archived: version {', '.join(archived)}."
    line = ledger_line(catalog, number, grounds) | {"stage": stage}
    if archive_existing:
        line["archive_existing"] = True
    if ledger is not None:
        return Plan(said, {path: [Append(("transitions",), line)]})
    return Plan(said, new={path: {"kind": "stages", "model": name, "transitions": [line]}})
