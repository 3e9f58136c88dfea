"""How the metrics of two versions or runs differ, and what the policy makes of it."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from herdbook.entries import Run
from herdbook.measurements import Measurement, Question, measured_by, measurements
from herdbook.policy import MetricRule, difference
from herdbook.ref import Ref
from herdbook.registry import Registry, VersionKey

Rules = Mapping[str, MetricRule]


class Verdict(StrEnum):
    """What became of a metric, in the order in which they are listed."""

    WORSE = "worse"
    BETTER = "better"
    NOT_COMPARABLE = "not comparable"
    CHANGED = "changed"
    SAME = "same"


_GREATEST = sys.float_info.max
_Key = tuple[str, frozenset[tuple[str, str]]]
_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class MetricChange:
    """How a metric differs.

    Attributes:
        metric: its name.
        by: what the slice of the data that it was measured on has in common; empty for all of them.
        before: the earlier value; null where it was not measured.
        now: the later value; null where it was not measured.
        change: the later value less the earlier one, in decimal digits as they are written; null where the
            two do not compare.
        verdict: worse or better (by more than the policy tolerates), same (it tolerates the difference, or
            there is none), changed (the policy does not say which direction is better), or not comparable
            (it was not measured of both, or not on the same data).
        direction: which values are better by the policy: higher or lower; empty where it does not say.
        tolerance: the difference that the policy takes for none; null where it does not judge the metric.
        data: the data on which both evaluations measured it; empty for what the runs themselves recorded.
        before_run: the run that measured the earlier value.
        now_run: the run that measured the later value.
    """

    metric: str
    by: Mapping[str, str | int | float | bool]
    before: float | None
    now: float | None
    change: float | None
    verdict: Verdict
    direction: str
    tolerance: float | None
    data: tuple[str, ...]
    before_run: Ref | None
    now_run: Ref | None


def changes_of_versions(
    registry: Registry,
    rules: Rules,
    before: tuple[VersionKey, Run | None],
    now: tuple[VersionKey, Run | None],
) -> tuple[MetricChange, ...]:
    """Compare two versions, each given with the run that made it.

    Evaluations on the same data come first. What was not evaluated so is compared by the numbers that the
    runs themselves recorded, if both did. The order is: worse, better, not comparable, changed, the same;
    within each the greatest difference first, in units of the tolerance (of a hundredth of the earlier value
    where the policy tolerates nothing); slices after what was measured on all of the data.
    """
    changes: dict[_Key, list[MetricChange]] = {}
    evaluated = _on_same_data(
        rules,
        measurements(registry, before[0], slices=True),
        measurements(registry, now[0], slices=True),
    )
    for change in evaluated:
        changes.setdefault(_key(change), []).append(change)
    if before[1] is not None and now[1] is not None:
        for change in _recorded(rules, before[1], now[1]):
            known = changes.get(_key(change))
            if known is None or (known[0].change is None and change.change is not None):
                changes[_key(change)] = [change]
    return _in_order(change for found in changes.values() for change in found)


def changes_of_runs(rules: Rules, before: Run, now: Run) -> tuple[MetricChange, ...]:
    """Compare the numbers that two runs recorded.

    Those of evaluations compare only when made on the same data, those of runs of different types never.
    """
    if before.type == now.type == "evaluation":
        found = _on_same_data(rules, measured_by(before, slices=True), measured_by(now, slices=True))
    else:
        found = _recorded(rules, before, now)
    return _in_order(found)


def _on_same_data(
    rules: Rules, before: Mapping[Question, Measurement], now: Mapping[Question, Measurement]
) -> Iterator[MetricChange]:
    compared = set()
    for question, item in now.items():
        metric, data, group = question
        if data and question in before:
            compared.add((metric, group))
            yield _change(rules, before[question], item, tuple(sorted(data)))
    left: dict[_Key, list[Measurement | None]] = {}
    for side, measured in enumerate((before, now)):
        for (metric, _, group), item in measured.items():
            if (metric, group) not in compared:
                left.setdefault((metric, group), [None, None])[side] = item
    for earlier, later in left.values():
        yield _change(rules, earlier, later, (), comparable=False)


def _recorded(rules: Rules, before: Run, now: Run) -> Iterator[MetricChange]:
    sides = [
        {(metric, group): item for (metric, _, group), item in measured_by(run, slices=True).items()}
        for run in (before, now)
    ]
    for key in dict.fromkeys((*sides[1], *sides[0])):
        earlier, later = sides[0].get(key), sides[1].get(key)
        yield _change(rules, earlier, later, (), comparable=before.type == now.type)


def _change(
    rules: Rules,
    before: Measurement | None,
    now: Measurement | None,
    data: tuple[str, ...],
    *,
    comparable: bool = True,
) -> MetricChange:
    known = now or before
    assert known is not None
    rule = rules.get(known.metric)
    change = None
    if comparable and now is not None and before is not None:
        change = max(-_GREATEST, min(_GREATEST, difference(now.value, before.value)))
    return MetricChange(
        metric=known.metric,
        by=known.by,
        before=before.value if before is not None else None,
        now=now.value if now is not None else None,
        change=change,
        verdict=_verdict(rule, change),
        direction="" if rule is None else "higher" if rule.higher_is_better else "lower",
        tolerance=rule.tolerance if rule is not None else None,
        data=data,
        before_run=before.run.ref if before is not None else None,
        now_run=now.run.ref if now is not None else None,
    )


def _verdict(rule: MetricRule | None, change: float | None) -> Verdict:
    if change is None:
        return Verdict.NOT_COMPARABLE
    if rule is None:
        return Verdict.CHANGED if change else Verdict.SAME
    if abs(change) <= rule.tolerance:
        return Verdict.SAME
    return Verdict.BETTER if (change > 0) is rule.higher_is_better else Verdict.WORSE


def _key(change: MetricChange) -> _Key:
    return change.metric, frozenset((name, repr(value)) for name, value in change.by.items())


def _in_order(changes: Iterable[MetricChange]) -> tuple[MetricChange, ...]:
    return tuple(
        sorted(
            changes,
            key=lambda item: (
                len(item.by) > 0,
                _ORDER[item.verdict],
                -_size(item),
                item.tolerance is None,
                item.metric,
            ),
        )
    )


def _size(item: MetricChange) -> float:
    """How great a difference is, in tolerances, or else in hundredths of the earlier value."""
    if item.change is None or item.before is None:
        return 0.0
    return abs(item.change) / (item.tolerance or abs(float(item.before)) / 100 or 1.0)
