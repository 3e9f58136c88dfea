from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.finding import Severity
from herdbook.opening import read_catalog
from herdbook.policy import MetricRule, Policy, Protection
from herdbook.tree import DirTree
from rule_examples import case

_DI_AND_ED = Protection(("di", "ed"), 2)

CATALOG = """\
# herdbook.yaml
people: {ana: {name: Ana}, bo: {name: Bo}}
policy:
  required_tags: [git_commit]
  required_tags_for:
    experiments: {churn: [ticket, git_commit]}
    models: {churn: [risk]}
  approvers: [bo]
  protected_aliases: {champion: {approvals: 2}, canary: {approvers: [ana]}}
  metrics:
    auc: {direction: higher, tolerance: 0.01}
    loss: {direction: lower, bound: 0.5}
  rules:
    missing-seed: note
    bulky-artifact: {limit-gb: 2, severity: error}
    metric-regression: {slices: true}
  overrides:
    - {paths: ["runs/sandbox/**"], rules: {missing-seed: "off", bulky-artifact: {severity: warning}}}
    - {paths: ["runs/sandbox/kept.yaml"], rules: {missing-seed: error}}
    - {paths: ["models/**"], rules: {metric-regression: {severity: note}}}
# models/churn/model.yaml
policy:
  required_tags: [owner]
  required_slices: [region]
  protected_aliases: {champion: {approvers: [ana]}, rollback: {}}
  metrics:
    auc: {bound: 0.8}
    undirected: {bound: 1}
# models/other/model.yaml, whole
kind: model
name: other
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    case(CATALOG).lay(tmp_path / "catalog")
    return Policy.of(read_catalog(DirTree(tmp_path / "catalog")))


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ({}, Protection(("bo", "cy"), 1)),
        ({"gold": {"approvers": ["di"]}}, Protection(("bo", "cy"), 1)),
        ({"gold": {}, "champion": {"approvers": ["di"]}}, Protection(("di",), 1)),
        ({"champion": {"approvers": ["di"]}, "gold": {"approvals": 2}}, Protection(("bo", "cy"), 2)),
        ({"gold": {"approvals": 2}, "champion": {"approvers": ["di", "ed"], "approvals": 2}}, _DI_AND_ED),
    ],
)
def test_production_needs_what_the_most_guarded_alias_does(
    aliases: dict[str, Any], expected: Protection
) -> None:
    policy = Policy({"approvers": ["bo", "cy"], "protected_aliases": aliases})
    assert policy.production("churn") == expected
    assert policy.guarding() == expected


def test_named_people_guard_rather_than_anybody() -> None:
    policy = Policy({"protected_aliases": {"champion": {}, "gold": {"approvers": ["di"]}}})
    assert policy.production("churn") == policy.guarding() == Protection(("di",), 1)


def test_what_guards_all_models_is_changed_by_those_who_guard_the_one_that_needs_the_most() -> None:
    narrower = {"churn": {"protected_aliases": {"champion": {"approvers": ["di", "ed"], "approvals": 2}}}}
    policy = Policy({"approvers": ["bo", "cy"]}, narrower)
    assert policy.guarding() == policy.guarding("churn") == _DI_AND_ED
    assert policy.guarding("other") == Protection(("bo", "cy"), 1)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    policy = Policy.of(read_catalog(DirTree(tmp_path)))
    assert policy.required_tags() == ("dataset_version", "git_commit", "triggered_by")
    assert policy.protected_aliases("churn") == {"champion": Protection((), 1)}
    assert policy.approvals == "declared"
    assert policy.approvers == ()
    assert policy.people == {}
    assert policy.waivers == ()
    assert policy.metrics("churn") == {}
    assert policy.level("missing-seed", "runs/churn/train-1.yaml") is None
    assert policy.options("missing-seed") == {}


def test_required_tags_add_up_and_come_once(policy: Policy) -> None:
    assert policy.required_tags() == ("git_commit",)
    assert policy.required_tags(experiment="churn") == ("git_commit", "ticket")
    assert policy.required_tags(model="churn") == ("git_commit", "risk", "owner")
    assert policy.required_tags(experiment="else", model="other") == ("git_commit",)


def test_a_model_lays_its_policy_over_that_of_the_catalog(policy: Policy) -> None:
    assert policy.protected_aliases("churn") == {
        "champion": Protection(("ana",), 2),
        "canary": Protection(("ana",), 1),
        "rollback": Protection(("bo",), 1),
    }
    assert policy.protected_aliases("other") == {
        "champion": Protection(("bo",), 2),
        "canary": Protection(("ana",), 1),
    }
    assert policy.metrics("churn") == {
        "auc": MetricRule(higher_is_better=True, tolerance=0.01, bound=0.8),
        "loss": MetricRule(higher_is_better=False, bound=0.5),
    }
    assert policy.metrics("other")["auc"].bound is None
    assert policy.required_slices("churn") == ("region",)
    assert policy.required_slices("other") == ()


def test_the_last_override_that_fits_a_path_holds(policy: Policy) -> None:
    assert policy.level("missing-seed") is Severity.NOTE
    assert policy.level("missing-seed", "runs/churn/a.yaml") is Severity.NOTE
    assert policy.level("missing-seed", "runs/sandbox/a.yaml") == "off"
    assert policy.level("missing-seed", "runs/sandbox/kept.yaml") is Severity.ERROR
    assert policy.level("bulky-artifact", "runs/sandbox/a.yaml") is Severity.WARNING
    assert policy.level("metric-regression") is None
    assert policy.level("metric-regression", "models/churn/aliases.yaml") is Severity.NOTE
    assert policy.level("unknown-rule") is None


def test_options_go_by_the_names_of_arguments(policy: Policy) -> None:
    assert policy.options("bulky-artifact") == {"limit_gb": 2}
    assert policy.options("missing-seed") == {}


@pytest.mark.parametrize(
    ("rule", "value", "reaches"),
    [
        (MetricRule(higher_is_better=True, bound=0.8), 0.8, True),
        (MetricRule(higher_is_better=True, bound=0.8), 0.79, False),
        (MetricRule(higher_is_better=False, bound=0.8), 0.8, True),
        (MetricRule(higher_is_better=False, bound=0.8), 0.81, False),
        (MetricRule(higher_is_better=True, bound=0.8), float("nan"), False),
        (MetricRule(higher_is_better=False, bound=0.8), float("nan"), False),
        (MetricRule(higher_is_better=True), -1.0, True),
    ],
)
def test_a_bound_is_passed_not_missed(rule: MetricRule, value: float, *, reaches: bool) -> None:
    assert rule.reaches_bound(value) is reaches


def test_differences_are_those_of_the_written_digits() -> None:
    assert MetricRule(higher_is_better=True).worse_by(0.815, 0.82) == 0.005
    assert MetricRule(higher_is_better=False).worse_by(0.3, 0.1) == 0.2
    assert MetricRule(higher_is_better=True).worse_by(1, 0.5) == -0.5


NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**300), 10**300))


@given(st.booleans(), NUMBERS, NUMBERS)
def test_worse_one_way_is_better_the_other(higher: bool, value: float, reference: float) -> None:
    rule = MetricRule(higher_is_better=higher)
    assert rule.worse_by(value, value) == 0
    assert rule.worse_by(value, reference) == -rule.worse_by(reference, value)
    assert (rule.worse_by(value, reference) > 0) <= ((reference > value) == higher)
