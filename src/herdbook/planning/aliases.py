"""Move aliases: one more line in the ledger of a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.catalog import Catalog
from herdbook.editing import Append, Edit
from herdbook.planning.named import model_named, model_version_named
from herdbook.planning.naming import keep_off_refused
from herdbook.planning.plan import Plan, PlanError
from herdbook.queries.asking import find, shown
from herdbook.ref import Ref, is_name

CHAMPION, CHALLENGER, ROLLBACK = "champion", "challenger", "rollback"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a ledger records of a move besides the version.

    Attributes:
        by: who makes it.
        at: when, in UTC.
        approved_by: who approved it.
        reason: why; empty where nothing is said.
        evidence: references to what it rests on.
    """

    by: str
    at: str
    approved_by: Sequence[str] = ()
    reason: str = ""
    evidence: Sequence[str] = ()


def set_alias(catalog: Catalog, model: str, alias: str, version: str, grounds: Grounds) -> Plan:
    """Let an alias point to a version of a model.

    Raises:
        HerdbookError: there is no such model or version, or the name or the evidence is none.
    """
    name = model_named(catalog, model)
    if not is_name(alias):
        raise PlanError(
            f"{shown(alias)} cannot be an alias: use letters, digits, dots, hyphens and underscores"
        )
    number = model_version_named(catalog, name, version).version
    before = in_force(catalog, name, alias)
    if before == number and not (grounds.approved_by or grounds.reason or grounds.evidence):
        return Plan(f"{Ref.model(name, alias=alias)} points to version {number} already.")
    was = "pointed to nothing before" if before is None else f"pointed to version {before} before"
    said = f"{Ref.model(name, alias=alias)} points to version {number}; it {was}."
    return _moves(catalog, name, said, [(alias, ledger_line(catalog, number, grounds))])


def unset_alias(catalog: Catalog, model: str, alias: str, grounds: Grounds) -> Plan:
    """Let an alias point to nothing any more.

    Raises:
        HerdbookError: there is no such model, or the alias points to nothing.
    """
    name = model_named(catalog, model)
    before = in_force(catalog, name, alias)
    if before is None:
        raise PlanError(f"{Ref.model(name, alias=alias)} points to no version; there is nothing to unset")
    said = (
        f"{Ref.model(name, alias=alias)} points to nothing any more; it pointed to version {before} before."
    )
    return _moves(catalog, name, said, [(alias, ledger_line(catalog, None, grounds))])


def promote(catalog: Catalog, model: str, grounds: Grounds) -> Plan:
    """Make the challenger the champion, and the champion what one can roll back to.

    The challenger stays where it is: an endpoint may serve it.

    Raises:
        HerdbookError: there is no such model, no challenger, or it is the champion already.
    """
    name = model_named(catalog, model)
    challenger, champion = in_force(catalog, name, CHALLENGER), in_force(catalog, name, CHAMPION)
    if challenger is None:
        raise PlanError(
            f"{Ref.model(name)} has no challenger; name one with "
            f"`herdbook alias set {name} {CHALLENGER} VERSION`"
        )
    if challenger == champion:
        raise PlanError(f"{Ref.model(name, challenger)} is the champion already; there is nothing to promote")
    lines = [(CHAMPION, ledger_line(catalog, challenger, grounds))]
    said = f"{Ref.model(name, challenger)} is the champion"
    if champion is not None:
        before = Grounds(grounds.by, grounds.at, reason="the champion before")
        lines.append((ROLLBACK, ledger_line(catalog, champion, before)))
        said += f" in place of version {champion}, which one can roll back to"
    return _moves(catalog, name, f"{said}.", lines)


def roll_back(catalog: Catalog, model: str, grounds: Grounds) -> Plan:
    """Make what one can roll back to the champion again.

    Raises:
        HerdbookError: there is no such model, nothing to roll back to, or that is the champion already.
    """
    name = model_named(catalog, model)
    target, champion = in_force(catalog, name, ROLLBACK), in_force(catalog, name, CHAMPION)
    if target is None:
        raise PlanError(
            f"{Ref.model(name)} has no version to roll back to; name one with "
            f"`herdbook alias set {name} {CHAMPION} VERSION`"
        )
    if target == champion:
        raise PlanError(f"{Ref.model(name, target)} is the champion already; there is nothing to roll back")
    said = f"{Ref.model(name, target)} is the champion again"
    if champion is not None:
        said += f", in place of version {champion}"
    return _moves(catalog, name, f"{said}.", [(CHAMPION, ledger_line(catalog, target, grounds))])


def in_force(catalog: Catalog, model: str, alias: str) -> int | None:
    """The version that an alias of a model points to, if there is one.

    Raises:
        PlanError: the ledger cannot be read.
    """
    keep_off_refused(catalog, _ledger_of(model))
    ledger = catalog.aliases.get(model)
    return None if ledger is None else ledger.version_of(alias)


def ledger_line(catalog: Catalog, version: int | None, grounds: Grounds) -> dict[str, Any]:
    """What a ledger records of a move.

    Raises:
        HerdbookError: the evidence is none.
    """
    line: dict[str, Any] = {"version": version, "at": grounds.at, "by": grounds.by}
    if grounds.approved_by:
        line["approved_by"] = list(grounds.approved_by)
    if grounds.reason:
        line["reason"] = grounds.reason
    if grounds.evidence:
        line["evidence"] = [str(find(catalog, text).ref) for text in grounds.evidence]
    return line


def _ledger_of(model: str) -> str:
    return f"models/{model}/aliases.yaml"


def _moves(catalog: Catalog, model: str, said: str, lines: Sequence[tuple[str, dict[str, Any]]]) -> Plan:
    path = _ledger_of(model)
    if model in catalog.aliases:
        edits: list[Edit] = [Append(("aliases", alias), line) for alias, line in lines]
        return Plan(said, {path: edits})
    ledger = {"kind": "aliases", "model": model, "aliases": {alias: [line] for alias, line in lines}}
    return Plan(said, new={path: ledger})
