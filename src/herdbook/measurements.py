"""What was measured of a version, on which data: what makes numbers of two versions comparable."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from herdbook.entries import Run
from herdbook.finding import Place
from herdbook.ref import Kind
from herdbook.registry import Registry, VersionKey

Data = frozenset[str]
"""The data that an evaluation read: dataset versions, and things outside the catalog with their digests."""

Group = Mapping[str, str | int | float | bool]
"""What a slice of the data has in common; empty for all of them."""


class Measurement(NamedTuple):
    """A value that a run measured, of all the data or of the group of them that has `by` in common."""

    metric: str
    value: float
    run: Run
    place: Place
    data: Data
    by: Group


Question = tuple[str, Data, frozenset[tuple[str, str]]]
"""What a measurement answers: the metric, the data, and the slice of the data (empty: all of them)."""


def measurements(
    registry: Registry, key: VersionKey, *, slices: bool = False
) -> Mapping[Question, Measurement]:
    """What was measured of a version; the newest run counts where several measured the same."""
    found: dict[Question, Measurement] = {}
    for run in registry.evaluations.get(key, ()):
        found |= measured_by(run, slices=slices)
    return found


def measured_by(run: Run, *, slices: bool = False) -> Mapping[Question, Measurement]:
    """What a run measured."""
    data = frozenset(_read(run))
    found = {
        (metric, data, frozenset[tuple[str, str]]()): Measurement(
            metric, value, run, run.at("metrics", metric), data, {}
        )
        for metric, value in run.metrics.items()
    }
    for part in run.slices if slices else ():
        group = frozenset((name, repr(value)) for name, value in part.by.items())
        for metric, value in part.metrics.items():
            place = run.at(*part.route, "metrics", metric)
            found[metric, data, group] = Measurement(metric, value, run, place, data, part.by)
    return found


def _read(run: Run) -> Iterator[str]:
    for item in run.inputs:
        if item.ref is not None and item.ref.kind is Kind.DATASET:
            yield str(item.ref)
        elif item.uri and item.digest:
            yield f"{item.uri} {item.digest}"
