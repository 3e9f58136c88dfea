"""Columns: what the runs of a catalog have at one place in their files, without the runs themselves.

A place is a route such as ``("metrics", "auc")``. A search among 70,000 runs looks at a few places in all of
them, and at all of the few that it finds.
"""

import marshal
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from herdbook.entries import NOTHING, Run

Route = tuple[str, ...]

KEPT: tuple[Route, ...] = (
    *(("title",), ("experiment",), ("type",), ("status",), ("user",), ("started_at",), ("ended_at",)),
    *(("parent",), ("inputs",), ("environment",), ("code", "commit")),
)
"""The places of which columns are kept, beside those below."""
KEYED = ("metrics", "params", "tags")
"""The fields with keys of people's own choice; there is a column for each of their keys."""
_ABSENT = object()
_REMEMBERED: Final = 8


def column_of(runs: Iterable[tuple[str, Run]], route: Route) -> dict[str, Any]:
    """What runs have at a place, by their ids; those that have nothing there are left out."""
    return {key: value for key, run in runs if (value := _at(run, route)) is not _ABSENT}


def value_of(run: Run | None, route: Route) -> Any:
    """What a run has at a place; `None` where it has nothing there, or there is no run."""
    value = _at(run, route) if run is not None else None
    return None if value is _ABSENT else value


def keys_of(runs: Iterable[Run], field: str) -> Collection[str]:
    """The keys that runs have in one of the fields with keys of people's own choice."""
    return {key for run in runs for key in run.data.get(field, NOTHING)}


class Columns:
    """Columns that were kept, each read when it is asked for; a few are remembered."""

    def __init__(self, ids: Sequence[str], places: Any, cells: memoryview) -> None:
        """Take the ids of the runs and what `packed` made of them."""
        self._ids, self._places, self._cells = ids, places, cells
        # Answers about many entries ask for the same ones each time.
        self._read = lru_cache(maxsize=_REMEMBERED)(self._column)

    def column(self, route: Route) -> Mapping[str, Any] | None:
        """What `column_of` would find; `None` where that is not kept."""
        return self._read(route)

    def _column(self, route: Route) -> Mapping[str, Any] | None:
        place = self._places.get(route)
        if place is None:
            return {} if route[0] in KEYED and len(route) > 1 else None
        begin, middle, end = place
        values = marshal.loads(self._cells[middle:end])
        rows = array("I")
        rows.frombytes(self._cells[begin:middle])
        ids = self._ids if len(values) == len(self._ids) else map(self._ids.__getitem__, rows)
        return dict(zip(ids, values, strict=True))

    def keys(self, field: str) -> Collection[str]:
        """What `keys_of` would find."""
        return [route[1] for route in self._places if route[0] == field]


def packed(runs: Sequence[Run]) -> tuple[dict[Route, tuple[int, int, int]], bytes]:
    """The columns of runs as bytes.

    Returns:
        Where each column is in the bytes: where its rows begin, where its values do, and where these end; and
        the bytes. A column that has something of every run has no rows.
    """
    found: dict[Route, tuple[list[int], list[Any]]] = {route: ([], []) for route in KEPT}
    keyed: dict[Route, tuple[list[int], list[Any]]] = defaultdict(lambda: ([], []))
    for row, run in enumerate(runs):
        for route, (rows, values) in found.items():
            value = _at(run, route)
            if value is not _ABSENT:
                rows.append(row)
                values.append(value)
        for field in KEYED:
            for key, value in run.data.get(field, NOTHING).items():
                rows, values = keyed[(field, key)]
                rows.append(row)
                values.append(value)
    places: dict[Route, tuple[int, int, int]] = {}
    pieces: list[bytes] = []
    end = 0
    for route, (rows, values) in (found | keyed).items():
        numbers = array("I", rows).tobytes() if len(rows) < len(runs) else b""
        cells = marshal.dumps(_once_each(values))
        begin, middle = end, end + len(numbers)
        end = middle + len(cells)
        places[route] = (begin, middle, end)
        pieces += (numbers, cells)
    return places, b"".join(pieces)


def _at(run: Run, route: Route) -> Any:
    value: Any = run.data
    for step in route:
        value = value.get(step, _ABSENT)
        if value is _ABSENT:
            break
    return value


def _once_each(values: Sequence[Any]) -> list[Any]:
    """The same values, in which those that are alike are one: it is written once."""
    known: dict[bytes | str, Any] = {}
    return [
        known.setdefault(value if isinstance(value, str) else marshal.dumps(value, 0), value)
        if isinstance(value, str | list | dict)
        else value
        for value in values
    ]
