"""With what a version is compared when nobody says: the last one before it that passed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from herdbook.clock import instant
from herdbook.entries import ModelVersion, Run
from herdbook.measurements import Measurement, Question, measurements
from herdbook.policy import MetricRule
from herdbook.queries.records import Records


class Basis(StrEnum):
    """Why something is compared with just this."""

    NAMED = "named"
    ALIAS = "alias"
    PASSED = "passed"
    EXPERIMENT = "experiment"


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The version to compare another one with, and why: `alias` is the one that both held."""

    version: ModelVersion
    basis: Basis
    alias: str = ""


def predecessors(records: Records, model: str) -> Mapping[int, Predecessor]:
    """For each version of a model the last one before it that passed; none for those that have none.

    That is the version whose place it took when it first came under an alias (a protected one, if there are
    several). Of a version that never did so, it is the last earlier one without a metric regression: by no
    metric of the policy it is worse, on the same data, than the one that passed before it.
    """
    found = dict(_by_alias(records, model))
    rules = records.policy.metrics(model)
    passed: ModelVersion | None = None
    reached: Mapping[Question, Measurement] = {}
    for version in records.catalog.versions_of(model):
        measured = measurements(records.registry, (model, version.version))
        if passed is not None:
            found.setdefault(version.version, Predecessor(passed, Basis.PASSED))
        if not _is_worse(rules, measured, reached):
            passed, reached = version, measured
    return found


def run_before(records: Records, run: Run) -> Run | None:
    """The last run of the same experiment and type that began and finished before a run."""
    earlier = (
        other
        for other in records.catalog.runs_of(run.experiment)
        if other.type == run.type
        and other.status == "finished"
        and (instant(other.started_at), other.id) < (instant(run.started_at), run.id)
    )
    return next(earlier, None) if run.started_at else None


def _by_alias(records: Records, model: str) -> Iterator[tuple[int, Predecessor]]:
    ledger = records.catalog.aliases.get(model)
    if ledger is None:
        return
    protected = records.policy.protected_aliases(model)
    # Of several pairs for a version a mapping keeps the last, so what matters most comes last.
    for alias in sorted(ledger.ledgers, key=lambda name: name in protected):
        before: ModelVersion | None = None
        seen: set[int] = set()
        for line in ledger.ledgers[alias]:
            version = records.catalog.versions.get((model, line.version or 0))
            if version is None:
                continue
            if version.version not in seen and before is not None:
                yield version.version, Predecessor(before, Basis.ALIAS, alias)
            seen.add(version.version)
            before = version


def _is_worse(
    rules: Mapping[str, MetricRule],
    now: Mapping[Question, Measurement],
    before: Mapping[Question, Measurement],
) -> bool:
    return any(
        data
        and metric in rules
        and (metric, data, group) in before
        and not rules[metric].worse_by(item.value, before[metric, data, group].value)
        <= rules[metric].tolerance
        for (metric, data, group), item in now.items()
    )
