"""What a run has recorded so far, as a list of notes that can be taken down and read again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from herdbook.curves import MAX_POINTS, spread
from herdbook.recorder.warning import warn

MAPPINGS = ("params", "seeds", "metrics", "tags", "system")
LISTS = ("inputs", "outputs", "slices")
_NAMED_BY = {"outputs": "name", "slices": "by"}
"""What tells the items of a list apart: two of them that agree in it are one, and the later one counts."""

Note = list[Any]
"""What a call records: its kind, and what goes with that. Plain data, so that a journal can hold it."""


class Record:
    """The record of a run in the making.

    Attributes:
        data: the record, less its curves.
        curves: for each metric its values by step.
    """

    def __init__(self, data: Mapping[str, Any], curves: Mapping[str, Mapping[float, float]]) -> None:
        self.data: dict[str, Any] = {
            **data,
            **{name: dict(data.get(name, {})) for name in MAPPINGS},
            **{name: list(data.get(name, [])) for name in LISTS},
        }
        self.curves = {key: dict(points) for key, points in curves.items()}
        self._places = {
            name: {_mark(name, item): place for place, item in enumerate(self.data[name])} for name in LISTS
        }

    @classmethod
    def begun(cls, note: Note) -> "Record":
        """Make a record of the note that a journal begins with."""
        kind, data, curves = note
        if kind != "begin":
            raise ValueError(kind)
        return cls(data, {key: dict(points) for key, points in curves.items()})

    @classmethod
    def written(cls, value: Mapping[str, Any]) -> "Record":
        """Make a record of what a file of a catalog holds."""
        record = cls(
            {key: field for key, field in value.items() if key != "curves"},
            {key: dict(points) for key, points in value.get("curves", {}).items()},
        )
        if record.data["tags"].get("dataset_version") == record._dataset_version():
            record.data["tags"].pop("dataset_version", None)  # it is found anew, with inputs that are to come
        return record

    def beginning(self) -> Note:
        """The note from which the whole record can be made again."""
        return ["begin", self.data, {key: list(points.items()) for key, points in self.curves.items()}]

    def take(self, note: Note) -> None:
        """Record what a note says."""
        match note:
            case ["point", str(key), int() | float() as step, int() | float() as value]:
                self.point(key, step, value)
            case ["sample", str(key), int() | float() as step, int() | float() as value]:
                self.curves.setdefault(key, {})[step] = value
            case ["put", str(section), str(key), value] if section in MAPPINGS:
                self.data[section][key] = value
            case ["add", str(section), dict(item)] if section in LISTS:
                self._add(section, item)
            case _:
                raise ValueError(note)

    def _add(self, section: str, item: dict[str, Any]) -> None:
        items: list[Any] = self.data[section]
        place = self._places[section].setdefault(_mark(section, item), len(items))
        items[place : place + 1] = [item]

    def point(self, key: str, step: float, value: float) -> None:
        """Record a point of a curve; the last value is the metric as well."""
        self.curves.setdefault(key, {})[step] = value
        self.data["metrics"][key] = value

    def as_file(self, *, quiet: bool = False) -> dict[str, Any]:
        """What the file of the run is to hold.

        Args:
            quiet: do not warn of curves that are thinned out.
        """
        curves = {key: _thinned(key, points, quiet) for key, points in self.curves.items()}
        version = self._dataset_version()
        tags = ({"dataset_version": version} if version else {}) | self.data["tags"]
        whole = {**self.data, "curves": curves, "tags": tags}
        return {key: value for key, value in whole.items() if value not in ({}, [])}

    def _dataset_version(self) -> str:
        versions = dict.fromkeys(str(given["dataset"]) for given in self.data["inputs"] if "dataset" in given)
        return "+".join(version.replace("/", "_") for version in versions)


def laid_over(value: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """What the file of a run holds, with a record over it; what people added to the file stays."""
    kept = {field: value[field] for field in value if field not in ("ended_at", "error", "curves")}
    merged = {**kept, **record}
    for name in MAPPINGS:
        if name in merged:
            merged[name] = {**value.get(name, {}), **record.get(name, {})}
    for name in LISTS:
        if name in merged:
            merged[name] = list(_united(name, value.get(name, []), record.get(name, [])))
    return merged


def _united(
    section: str, kept: Sequence[Mapping[str, Any]], recorded: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The items of a record, each with what people added to it, and then those that only they have."""
    others = {_mark(section, item): item for item in kept}
    for item in recorded:
        other = others.pop(_mark(section, item), {})
        yield other if other.items() >= item.items() else item
    yield from others.values()


def _mark(section: str, item: Mapping[str, Any]) -> str:
    named_by = _NAMED_BY.get(section)
    return json.dumps(item if named_by is None else item.get(named_by), sort_keys=True, default=str)


def _thinned(key: str, points: Mapping[float, float], quiet: bool) -> list[list[float]]:
    curve = [[step, points[step]] for step in sorted(points)]
    if len(curve) > MAX_POINTS and not quiet:
        warn(f"metric {key}: of {len(curve)} points every so many are recorded, {MAX_POINTS} in all.")
    return spread(curve)
