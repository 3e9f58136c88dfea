"""What comes from elsewhere, made to fit into a file: texts, the format, and the size."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.curves import MAX_POINTS, spread
from herdbook.dump import dump
from herdbook.errors import HerdbookError
from herdbook.schema import validate
from herdbook.source import Route
from herdbook.tree import MAX_BYTES
from herdbook.yaml.scalars import LEAST_WHOLE, MOST_WHOLE

_MOST_POINTS = 20_000
"""How many points all curves of a run have at most; a file of a catalog is no larger than a megabyte."""
_LONGEST_POINT = 50
_MOST = 2**53 - 1
"""The largest size that the format allows; larger whole numbers are not exact to every reader."""
_TOO_LARGE = f"a file of a catalog holds at most {MAX_BYTES:,} bytes"
_OWN = frozenset({"kind", "id", "name", "experiment", "type", "status", "dataset", "version", "model"})
_DEEPEST = 2
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value that fits; `None` where nothing is left of it. `losses` says what was left out, and why."""

    value: dict[str, Any] | None
    losses: tuple[str, ...] = ()


def fitted(value: dict[str, Any]) -> Fitted:
    """Leave out of an entry what the format does not allow, and its curves where it is too large.

    Its texts are taken to be such as a file can hold (`as_text`).
    """
    losses: list[str] = []
    for _ in range(_ATTEMPTS):
        faults = [(fault.route, fault.message) for fault in validate(value["kind"], value)]
        faults = faults or [(route, "a number of it does not fit into 64 bits") for route in _unheld(value)]
        if not faults:
            return _of_size(value, losses)
        found = {route[:_DEEPEST]: message for route, message in reversed(faults)}
        # From the end, so that what is behind in a list is still where it was.
        for route in sorted(found, key=_from_the_end):
            if not route or route[0] in _OWN:
                why = found[route]
                return Fitted(None, (*losses, f"it cannot be an entry, and is left out: {why}"))
            value = _without(value, route)
            losses.append(f"{'.'.join(map(str, route))} is left out: {found[route]}")
    return Fitted(None, (*losses, "it cannot be an entry, and is left out: too much of it breaks the format"))


def _of_size(value: dict[str, Any], losses: Sequence[str]) -> Fitted:
    if _size(value) <= MAX_BYTES:
        return Fitted(value, tuple(losses))
    if "curves" in value:
        return _of_size(_without(value, ("curves",)), [*losses, f"the curves are left out: {_TOO_LARGE}"])
    return Fitted(None, (*losses, f"it is left out: {_TOO_LARGE}"))


def as_text(text: str) -> str:
    """A text as a file can hold it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def amount(value: Any) -> int | None:
    """A size or a count as the format has it; `None` where a value is none."""
    return value if type(value) is int and 0 <= value <= _MOST else None


def thinned(value: dict[str, Any]) -> dict[str, Any]:
    """A run with as many points in its curves as it may have: the first, the last, and every so many."""
    curves = value.get("curves")
    if not curves:
        return value
    most = max(2, min(MAX_POINTS, _MOST_POINTS // len(curves)))
    return {**value, "curves": {key: spread(points, most) for key, points in curves.items()}}


def _without(value: dict[str, Any], route: Sequence[str | int]) -> dict[str, Any]:
    """A value without what is at a route; a mapping or a list that becomes empty goes, too."""
    first, rest = str(route[0]), route[1:]
    inside = value.get(first) if rest else None
    if isinstance(inside, dict):
        inside = {key: item for key, item in inside.items() if key != rest[0]}
    elif isinstance(inside, list):
        inside = [item for index, item in enumerate(inside) if index != rest[0]]
    others = {key: item for key, item in value.items() if key != first}
    return {**others, first: inside} if inside else others


def _size(value: Mapping[str, Any]) -> int:
    """About the size of the file of a value: exactly, where that may matter."""
    points = sum(map(len, value.get("curves", {}).values()))
    rough = points * _LONGEST_POINT + len(json.dumps({**value, "curves": None}))
    if rough < MAX_BYTES // 4:
        return rough
    try:
        return len(dump(value, value["kind"]).encode())
    except HerdbookError:
        return MAX_BYTES + 1


def _unheld(value: Mapping[str, Any]) -> Iterator[Route]:
    """In what, no deeper than anything is left out, whole numbers stand that no file can hold.

    The format itself sets numbers no bounds.
    """
    pending: list[tuple[Route, Any]] = [((), value)]
    while pending:
        route, around = pending.pop()
        for step, item in around.items() if isinstance(around, dict) else enumerate(around):
            if isinstance(item, dict | list):
                pending.append((route if len(route) == _DEEPEST else (*route, step), item))
            elif isinstance(item, int) and not LEAST_WHOLE <= item <= MOST_WHOLE:
                yield (*route, step)


def _from_the_end(route: Route) -> int:
    return -route[-1] if route and isinstance(route[-1], int) else 0
