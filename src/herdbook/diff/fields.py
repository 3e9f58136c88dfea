"""What differs between two values, field by field; lists of named things are compared by their names."""

import marshal
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from herdbook.entries import Data
from herdbook.source import Route


class FieldKind(StrEnum):
    """What happened to a value: `REORDERED` is said of a list whose items only stand in another order."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value of an entry that differs.

    Attributes:
        kind: what happened to it.
        steps: the way to it in words; an item of a list by its name, where it has one: ``inputs``,
            ``orders/v2``, ``digest``.
        before_route: where it stood; where it is new, where it would have stood.
        after_route: where it stands; where it is gone, where it would stand.
        before: the value; None where it is new.
        after: the value; None where it is gone.
    """

    kind: FieldKind
    steps: tuple[str, ...]
    before_route: Route
    after_route: Route
    before: Any
    after: Any


_Routes = tuple[Route, Route]


def in_mapping(
    before: Data, after: Data, routes: _Routes = ((), ()), steps: tuple[str, ...] = ()
) -> Iterator[FieldChange]:
    """Tell what differs between two mappings; `routes` and `steps` lead to them."""
    for name in dict.fromkeys((*after, *before)):
        inner = (*routes[0], name), (*routes[1], name)
        if name in before and name in after:
            yield from _in_value(before[name], after[name], inner, (*steps, name))
        else:
            kind = FieldKind.ADDED if name in after else FieldKind.REMOVED
            yield FieldChange(kind, (*steps, name), *inner, before.get(name), after.get(name))


def _in_value(before: Any, after: Any, routes: _Routes, steps: tuple[str, ...]) -> Iterator[FieldChange]:
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from in_mapping(before, after, routes, steps)
        return
    if isinstance(before, list) and isinstance(after, list):
        names = _names(before), _names(after)
        if names[0] is not None and names[1] is not None:
            yield from _in_list((before, names[0]), (after, names[1]), routes, steps)
            return
    yield FieldChange(FieldKind.CHANGED, steps, *routes, before, after)


def _in_list(
    before: tuple[list[Any], Sequence[str]],
    after: tuple[list[Any], Sequence[str]],
    routes: _Routes,
    steps: tuple[str, ...],
) -> Iterator[FieldChange]:
    """What differs in a list of named things, one by one."""
    places = [{name: place for place, name in enumerate(names)} for _, names in (before, after)]
    for name, new in places[1].items():
        old = places[0].get(name)
        inside = (*steps, name)
        if old is None:
            yield FieldChange(FieldKind.ADDED, inside, routes[0], (*routes[1], new), None, after[0][new])
        else:
            there = (*routes[0], old), (*routes[1], new)
            yield from _in_value(before[0][old], after[0][new], there, inside)
    for name, old in places[0].items():
        if name not in places[1]:
            inside = (*steps, name)
            yield FieldChange(FieldKind.REMOVED, inside, (*routes[0], old), routes[1], before[0][old], None)
    kept = [old for name in places[1] if (old := places[0].get(name)) is not None]
    if kept != sorted(kept):
        yield FieldChange(FieldKind.REORDERED, steps, *routes, before[0], after[0])


def _names(items: list[Any]) -> Sequence[str] | None:
    """The names of the items of a list, each only once; None where not all of them have one."""
    found = []
    times: Counter[str] = Counter()
    for item in items:
        name = _name(item)
        if not name:
            return None
        times[name] += 1
        # A blank and a number sign: no name of an entry ends so.
        found.append(name if times[name] == 1 else f"{name} #{times[name]}")
    return found if len(set(found)) == len(found) else None


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return ""
    if "by" in item and isinstance(item["by"], dict):  # a slice
        return ", ".join(f"{key}={item['by'][key]}" for key in sorted(item["by"]))
    if "rule" in item and "entry" in item:  # a waiver
        return f"{item['rule']} for {item['entry']}"
    if "paths" in item:  # an override of the policy
        return ", ".join(item["paths"])
    return str(next((item[key] for key in ("name", "dataset", "model", "run", "uri") if key in item), ""))


def kind_of(before: object, after: object) -> FieldKind:
    """What happened to a value that is `None` where it is not there."""
    return FieldKind.ADDED if before is None else FieldKind.REMOVED if after is None else FieldKind.CHANGED


def surely_same(before: Any, after: Any) -> bool:
    """Tell at once of most values that are the same that they are."""
    if before is after:
        return True
    # This form of a value, the last one without references inside, tells true from 1, and is soon written.
    return before == after and marshal.dumps(before, 2) == marshal.dumps(after, 2)


def same(before: Any, after: Any) -> bool:
    """Tell whether two values are the same; other than for Python, true is not 1."""
    return bool(before == after) and frozen(before) == frozen(after)


def frozen(value: Any) -> Hashable:
    """A value in a form that is equal for the same values only."""
    if isinstance(value, dict):
        return "mapping", tuple(sorted((name, frozen(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return "list", tuple(map(frozen, value))
    return ("truth", value) if isinstance(value, bool) else value
