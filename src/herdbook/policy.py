"""The policy: what the catalog demands, from herdbook.yaml and from the models' own policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from herdbook.catalog import Catalog
from herdbook.entries import NOTHING, Data
from herdbook.finding import Severity
from herdbook.globs import glob_matches

Level = Severity | Literal["off"]

DEFAULT_TAGS = ("dataset_version", "git_commit", "triggered_by")


class Protection(NamedTuple):
    """Who must approve that an alias moves: `approvals` different people out of `approvers`."""

    approvers: tuple[str, ...]
    approvals: int


def _weight(protection: Protection) -> tuple[int, bool]:
    """More approvals weigh more, and of as many those of named people."""
    return protection.approvals, bool(protection.approvers)


def difference(value: float, reference: float) -> float:
    """By how much a value is higher, in decimal digits as written: 0.82 - 0.815 is 0.005, and no bit more."""
    return float(Decimal(repr(value)) - Decimal(repr(reference)))


class MetricRule(NamedTuple):
    """How a metric is judged: which direction is better, what difference is none, which bound to reach."""

    higher_is_better: bool
    tolerance: float = 0.0
    bound: float | None = None

    def worse_by(self, value: float, reference: float) -> float:
        """How much worse `value` is than `reference`, in the unit of the metric; negative if better."""
        return difference(reference, value) if self.higher_is_better else difference(value, reference)

    def reaches_bound(self, value: float) -> bool:
        """Tell whether the bound is reached; where there is none, it is."""
        if self.bound is None:
            return True
        return value >= self.bound if self.higher_is_better else value <= self.bound


@dataclass(frozen=True, slots=True)
class Waiver:
    """Permission, until a date, for one rule to be broken by one entry."""

    index: int
    rule: str
    entry: str
    owner: str
    reason: str
    until: str


@dataclass(frozen=True)
class Policy:
    """The policy of a catalog and its people. Without a herdbook.yaml, the defaults hold."""

    data: Data = field(default_factory=dict)
    model_policies: Mapping[str, Data] = field(default_factory=dict)
    people: Mapping[str, Data] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    @classmethod
    def of(cls, catalog: Catalog) -> "Policy":
        """Read the policy of a catalog."""
        models = {model.name: model.policy for model in catalog.models.values() if model.policy}
        if catalog.file is None:
            return cls(model_policies=models)
        waivers = catalog.file.data.get("waivers", ())
        return cls(
            data=catalog.file.data.get("policy", NOTHING),
            model_policies=models,
            people=catalog.file.people,
            waivers=tuple(Waiver(index, **waiver) for index, waiver in enumerate(waivers)),
        )

    @property
    def approvals(self) -> str:
        """Whether approvals are taken as ``declared`` in the ledgers, or must be ``verified``."""
        return str(self.data.get("approvals", "declared"))

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who may approve where nothing narrower is said."""
        return tuple(self.data.get("approvers", ()))

    def level(self, rule: str, path: str | None = None) -> Level | None:
        """The severity that is stated for a rule, for the catalog or for a file of it; `None` if none is."""
        level = _level(self._rules.get(rule))
        if path is not None:
            for override in self.overrides(rule):
                if any(glob_matches(glob, path) for glob in override["paths"]):
                    level = _level(override["rules"][rule]) or level
        return level

    def options(self, rule: str) -> Mapping[str, Any]:
        """The options that are stated for a rule, by the names of its keyword arguments."""
        stated = self._rules.get(rule)
        if not isinstance(stated, Mapping):
            return NOTHING
        return {key.replace("-", "_"): value for key, value in stated.items() if key != "severity"}

    def overrides(self, rule: str) -> tuple[Data, ...]:
        """The overrides for some paths that name a rule; the last that fits a path holds."""
        return tuple(override for override in self.data.get("overrides", ()) if rule in override["rules"])

    @property
    def _rules(self) -> Data:
        return self.data.get("rules", NOTHING)

    def required_tags(self, *, experiment: str | None = None, model: str | None = None) -> tuple[str, ...]:
        """The tags that a run of an experiment, or the run behind a model's version, must at least carry."""
        more = self.data.get("required_tags_for", NOTHING)
        tags = [*self.data.get("required_tags", DEFAULT_TAGS)]
        if experiment is not None:
            tags += more.get("experiments", NOTHING).get(experiment, ())
        if model is not None:
            tags += more.get("models", NOTHING).get(model, ())
            tags += self.model_policies.get(model, NOTHING).get("required_tags", ())
        return tuple(dict.fromkeys(tags))

    def protected_aliases(self, model: str) -> Mapping[str, Protection]:
        """The aliases of a model that move only with approval."""
        stated = dict(self.data.get("protected_aliases", {"champion": NOTHING}))
        for alias, narrower in (
            self.model_policies.get(model, NOTHING).get("protected_aliases", NOTHING).items()
        ):
            stated[alias] = {**stated.get(alias, NOTHING), **narrower}
        return {
            alias: Protection(tuple(said.get("approvers", self.approvers)), said.get("approvals", 1))
            for alias, said in stated.items()
        }

    def production(self, model: str) -> Protection:
        """Who must approve that a version of a model comes into the production stage.

        As many as the alias that needs the most approvals asks for, and the same people: the stage is no way
        around it. Of several, champion counts; where it is not protected, whoever may approve in general,
        unless that is anybody.
        """
        protected = self.protected_aliases(model)
        first = protected.get("champion", Protection(self.approvers, 1))
        return max((first, *protected.values()), key=_weight)

    def guarding(self, model: str = "") -> Protection:
        """Who must approve a change of what guards a model, or of what guards all of them.

        Whoever may change what guards production might as well change production.
        """
        models = (model,) if model else ("", *self.model_policies)
        return max(map(self.production, models), key=_weight)

    def metrics(self, model: str) -> Mapping[str, MetricRule]:
        """How the metrics of a model are judged."""
        stated = dict(self.data.get("metrics", NOTHING))
        for name, narrower in self.model_policies.get(model, NOTHING).get("metrics", NOTHING).items():
            stated[name] = {**stated.get(name, NOTHING), **narrower}
        return {
            name: MetricRule(said["direction"] == "higher", said.get("tolerance", 0.0), said.get("bound"))
            for name, said in stated.items()
            if "direction" in said
        }

    def required_slices(self, model: str) -> tuple[str, ...]:
        """The groupings by which every version of a model must be evaluated."""
        return tuple(self.model_policies.get(model, NOTHING).get("required_slices", ()))


def _level(stated: Any) -> Level | None:
    """The severity in what a policy states about a rule: a severity, or a mapping with perhaps one in it."""
    level = stated.get("severity") if isinstance(stated, Mapping) else stated
    return level if level is None or level == "off" else Severity(level)
