"""What the rules about metrics share: what was measured of a version, on which data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from herdbook.entries import Run
from herdbook.finding import Place
from herdbook.ref import Kind
from herdbook.registry import Registry, VersionKey

Data = frozenset[str]
"""The data that an evaluation read: dataset versions, and things outside the catalog with their digests."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A value that an evaluation run measured, of all the data or of a slice of them."""

    value: float
    run: Run
    place: Place
    data: Data


Question = tuple[str, Data, frozenset[tuple[str, str]]]
"""What a measurement answers: the metric, the data, and the slice of the data (empty: all of them)."""


def measurements(
    registry: Registry, key: VersionKey, *, slices: bool = False
) -> Mapping[Question, Measurement]:
    """What was measured of a version; the newest run counts where several measured the same."""
    found: dict[Question, Measurement] = {}
    for run in registry.evaluations.get(key, ()):
        data = _data(run)
        for metric, value in run.metrics.items():
            found[metric, data, frozenset()] = Measurement(value, run, run.at("metrics", metric), data)
        for part in run.slices if slices else ():
            group = frozenset((name, repr(value)) for name, value in part.by.items())
            for metric, value in part.metrics.items():
                place = run.at(*part.route, "metrics", metric)
                found[metric, data, group] = Measurement(value, run, place, data)
    return found


def _data(run: Run) -> Data:
    return frozenset(_read(run))


def _read(run: Run) -> Iterator[str]:
    for item in run.inputs:
        if item.ref is not None and item.ref.kind is Kind.DATASET:
            yield str(item.ref)
        elif item.uri and item.digest:
            yield f"{item.uri} {item.digest}"
