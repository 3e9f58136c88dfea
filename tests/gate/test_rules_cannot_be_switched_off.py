"""For every rule: a change that breaks it and gets rid of it at once is refused by the name of the rule.

The policy of the base makes an error of every rule. What breaks a rule is the first Bad example of its page.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import yaml
from gate import withstands
from gate.scene import Run, run_gate, written
from herdbook.rules import RULES
from herdbook.rules.options import Rule, is_fixed
from repositories import commit, git, initialised
from rule_examples import Example, case, examples

# Rules whose findings stand in herdbook.yaml itself: the policy that breaks them is that of the change.
IN_THE_POLICY = frozenset({"invalid-policy", "expired-waiver", "unused-waiver", "policy-changed"})

# What no example in YAML shows: a link.
LINKED = {"unreadable-file": "runs/odd.yaml"}

# Where the Bad example demands more by the policy: the base demands it already, and the change misses it.
OTHERWISE = {
    "missing-slice-evaluation": """\
# models/churn/model.yaml, before
policy: {required_slices: [region]}
# models/churn/model.yaml
policy: {required_slices: [region]}
# runs/churn/evaluate-2.yaml without slices
# models/churn/versions/2.yaml
version: 2  # <- here
""",
    "metric-below-bound": """\
# models/churn/model.yaml, before
policy: {metrics: {auc: {bound: 0.8}}}
# models/churn/model.yaml
policy: {metrics: {auc: {bound: 0.8}}}
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.7}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
""",
}


def _first_bad(rule: Rule) -> Example | None:
    if rule.ID in OTHERWISE:
        return case(OTHERWISE[rule.ID])
    return next((example for example in examples(rule.__doc__ or "") if example.verdict == "Bad"), None)


def _evasions(rule: str, paths: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a policy can say to be rid of a rule: each by its name."""
    yield "switched off", {"policy": {"rules": {rule: "off"}}}
    waiver = {"rule": rule, "owner": "ana", "reason": "in a hurry", "until": "2999-12-31"}
    yield "waived", {"waivers": [{**waiver, "entry": path} for path in paths]}
    yield "overridden", {"policy": {"overrides": [{"paths": ["**"], "rules": {rule: "off"}}]}}


def _laid(policy: str, more: Mapping[str, Any]) -> str:
    """A herdbook.yaml with more in its policy, or more waivers."""
    value = yaml.safe_load(policy)
    for name, said in more.get("policy", {}).items():
        stated = value.setdefault("policy", {})
        held = stated.get(name)
        stated[name] = {**(held or {}), **said} if isinstance(said, dict) else [*(held or ()), *said]
    if "waivers" in more:
        value["waivers"] = [*value.get("waivers", ()), *more["waivers"]]
    return written(value)


def _as_error(rule: Rule, policy: str) -> str:
    """The policy, by which the rule is an error."""
    value = yaml.safe_load(policy)
    rules = value.setdefault("policy", {}).setdefault("rules", {})
    if not is_fixed(rule):
        stated = rules.get(rule.ID)
        rules[rule.ID] = {**stated, "severity": "error"} if isinstance(stated, dict) else "error"
    return written(value)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_change_cannot_rid_itself_of_a_rule(rule: Rule, tmp_path: Path) -> None:
    root = initialised(tmp_path / "clone")
    catalog, example = root / "catalog", _first_bad(rule) or Example("Bad", ())
    laid, before = tmp_path / "head", tmp_path / "base"
    paths = sorted({path for path, _ in example.lay(laid / "catalog")})
    example.lay_base(before / "catalog")
    _replace(root, before)
    policy = (before if rule.ID in IN_THE_POLICY else laid) / "catalog"
    (catalog / "herdbook.yaml").write_text(_as_error(rule, (policy / "herdbook.yaml").read_text()))
    base = commit(root, {}, "Before")
    git(root, "update-ref", "refs/remotes/origin/HEAD", base)
    _replace(root, laid)
    if rule.ID in LINKED:
        (catalog / LINKED[rule.ID]).symlink_to("herdbook.yaml")
    own = (catalog / "herdbook.yaml").read_text()
    codes = []
    for evasion, more in _evasions(rule.ID, paths or [LINKED[rule.ID]]):
        commit(root, {"catalog/herdbook.yaml": _laid(_as_error(rule, own), more)}, evasion)
        reviews = tmp_path / "reviews.json"
        reviews.write_text("[]")
        outcome = run_gate(root, Run(("--reviews", str(reviews))), installed=False)
        assert (outcome.code, rule.ID in outcome.rules) == (1, True), (evasion, outcome.said)
        codes.append(outcome.code)
    withstands.keep_or_compare("rules", rule.ID, {"rule": rule.ID, "codes": codes})


def _replace(root: Path, laid: Path) -> None:
    """Let a work tree hold what is laid out beside it."""
    for path in sorted(root.rglob("*"), reverse=True):
        if ".git" not in path.relative_to(root).parts[:1] and path.is_file():
            path.unlink()
    for path in laid.rglob("*"):
        if path.is_file():
            there = root / path.relative_to(laid)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())


def test_every_other_rule_shows_what_breaks_it() -> None:
    unshown = {rule.ID for rule in RULES if _first_bad(rule) is None}
    assert unshown == LINKED.keys()
