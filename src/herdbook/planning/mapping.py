"""Which field a tag or a parameter of another system means, where teams name things in their own way."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from herdbook.catalog import Catalog
from herdbook.planning.drafts import Draft, Problem
from herdbook.planning.plan import PlanError
from herdbook.queries.asking import shown
from herdbook.schema import schema

_SOURCES = ("tags", "params")
_ANY = "*"
"""Stands for names of one's own."""
_NOT_MAPPED = frozenset(
    {"kind", "id", "experiment", "status", "parent", "started_at", "ended_at", "evaluates", "imported_from"}
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value of runs elsewhere, and the field here that it belongs in.

    Attributes:
        section: ``tags`` or ``params``.
        key: the tag or the parameter.
        field: the field of a run, from the top.
    """

    section: str
    key: str
    field: tuple[str, ...]

    @classmethod
    def of(cls, source: str, field: str) -> "Mapped":
        """Read ``tags.git_sha`` and ``code.commit``.

        Raises:
            PlanError: the one is neither a tag nor a parameter, or the other no field that takes a text.
        """
        section, dot, key = source.partition(".")
        if section not in _SOURCES or not dot or not key:
            raise PlanError(
                f"{shown(source)} is neither a tag nor a parameter of runs; write tags.NAME or params.NAME"
            )
        top, _, inner = field.partition(".")
        route = (top, inner) if inner else (top,)
        fields = _fields()
        if route not in fields and (len(route) == 1 or (top, _ANY) not in fields):
            raise PlanError(
                f"{shown(field)} is no field of runs that can be filled from elsewhere; write one such as "
                "code.commit, user, job_id, environment.container, seeds.NAME or tags.NAME"
            )
        return cls(section, key, route)


def mapping_of(catalog: Catalog, given: Iterable[Mapped]) -> list[Mapped]:
    """The mapping that a catalog states, with another one over it.

    Raises:
        PlanError: what the catalog states is none.
    """
    stated = catalog.file.imports if catalog.file is not None else {}
    found: dict[tuple[str, ...], Mapped] = {}
    for source, field in stated.items():
        try:
            mapped = Mapped.of(source, field)
        except PlanError as error:
            raise PlanError(f"herdbook.yaml: imports: {error}") from error
        found[mapped.field] = mapped
    return [*(found | {mapped.field: mapped for mapped in given}).values()]


def with_mapping(draft: Draft, mapping: Iterable[Mapped]) -> tuple[Draft, list[Problem]]:
    """A draft of a run with what the mapping says in its fields, and what cannot be there."""
    if draft.key.kind != "run":
        return draft, []
    value, problems = dict(draft.value), []
    for mapped in mapping:
        found = value.get(mapped.section, {}).get(mapped.key)
        if found is None or found == "":
            continue
        name = f"{mapped.section}.{mapped.key}"
        try:
            fitting = _fitting(found, mapped.field)
        except ValueError:
            problems.append(
                Problem(
                    draft.source, f"{name} is {shown(str(found))}, which cannot be {'.'.join(mapped.field)}"
                )
            )
            continue
        top, inner = mapped.field[0], mapped.field[1:]
        value[top] = {**value.get(top, {}), inner[0]: fitting} if inner else fitting
        value["imported_from"] = {**value.get("imported_from", {}), ".".join(mapped.field): name}
    return Draft(draft.key, value, draft.source), problems


@cache
def _fields() -> frozenset[tuple[str, ...]]:
    """The fields of runs that hold texts or whole numbers."""
    form = schema("run")
    found: set[tuple[str, ...]] = {(name, _ANY) for name in ("seeds", "tags")}
    for name, stated in form["properties"].items():
        part = {**form["$defs"].get(stated.get("$ref", "").rpartition("/")[2], {}), **stated}
        if name not in _NOT_MAPPED and part.get("type") == "string":
            found.add((name,))
        elif name in ("code", "environment"):
            found |= {(name, inner) for inner in part["properties"] if inner != "requirements"}
    return frozenset(found)


def _fitting(value: Any, field: tuple[str, ...]) -> Any:
    """A value as its field takes it.

    Raises:
        ValueError: the field does not take it.
    """
    if field[0] == "seeds":
        return int(str(value))
    if field == ("code", "dirty"):
        return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower(), value)
    return str(value)
