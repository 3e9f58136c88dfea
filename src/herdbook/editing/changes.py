"""Changes to what a file says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.source import Route


class EditError(HerdbookError):
    """A change that cannot be made to a file without touching what is not meant."""


@dataclass(frozen=True, slots=True)
class Put:
    """Let the value at a route be this one; keys that are missing on the way are added."""

    route: Route
    value: Any


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the key at the end of a route out of its mapping."""

    route: Route


@dataclass(frozen=True, slots=True)
class Append:
    """Put a value at the end of the list at a route; where there is no list yet, it becomes the first."""

    route: Route
    value: Any


@dataclass(frozen=True, slots=True)
class Rename:
    """Call the key at the end of a route by another name; its value, place and comments stay."""

    route: Route
    name: str


Edit = Put | Remove | Append | Rename


def edited(value: Any, edits: Sequence[Edit]) -> Any:
    """What a file says after changes to what it says now, which is left as it is.

    Raises:
        EditError: A route leads nowhere.
    """
    for change in edits:
        match change:
            case Put(route, new):
                value = _put(value, route, 0, new)
            case Append(route, new):
                there = value_at(value, route)
                if there is not None and not isinstance(there, list):
                    raise EditError(f"{named(route)} is no list; make it one before something is added")
                value = _put(value, route, 0, [*(there or ()), new])
            case Remove(route):
                around = _around(value, route, to="remove")
                value = _put(value, route[:-1], 0, {k: v for k, v in around.items() if k != route[-1]})
            case Rename(route, name):
                around = _around(value, route, to="rename")
                if name in around and name != route[-1]:
                    here = named((*route[:-1], name))
                    raise EditError(f"{here} stands in the file already; take one of them out first")
                renamed = {name if key == route[-1] else key: inner for key, inner in around.items()}
                value = _put(value, route[:-1], 0, renamed)
    return value


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and from true, at any depth."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)


def value_at(value: Any, route: Route) -> Any:
    """The value at a route; `None` where there is nothing."""
    for step in route:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _around(value: Any, route: Route, *, to: str) -> Mapping[str, Any]:
    """The mapping that holds the key at the end of a route, which is there `to` be changed."""
    around = value_at(value, route[:-1])
    if not isinstance(around, Mapping) or route[-1] not in around:
        raise EditError(f"{named(route)} does not stand in the file; there is nothing to {to}")
    return around


def _put(value: Any, route: Route, depth: int, new: Any) -> Any:
    """Return `value` with another one at a route; what is behind `depth` steps of it is `value` itself."""
    if depth == len(route):
        return new
    step = route[depth]
    if isinstance(step, int):
        if not isinstance(value, list) or step >= len(value):
            raise EditError(f"{named(route[: depth + 1])} does not stand in the file; add what is before it")
        return [_put(old, route, depth + 1, new) if i == step else old for i, old in enumerate(value)]
    if value is not None and not isinstance(value, Mapping):
        raise EditError(f"{named(route[:depth])} is no mapping; make it one before a key is added")
    known = value or {}
    return {**known, step: _put(known.get(step), route, depth + 1, new)}


def named(route: Route) -> str:
    """A route in a message."""
    return ".".join(map(str, route)) or "the file"
