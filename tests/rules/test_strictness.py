"""Which changes of a policy demand less; each case is a policy before, one after, and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from herdbook.policy import Policy, Waiver
from herdbook.rules import RULES
from herdbook.rules.options import is_fixed
from herdbook.rules.strictness import weakenings
from herdbook.schema import schema
from herdbook.yaml.reader import parse_yaml

CASES = parse_yaml((Path(__file__).parents[1] / "data" / "strictness.yaml").read_bytes()).value


def policy(said: dict[str, Any]) -> Policy:
    return Policy(
        said.get("policy", {}),
        said.get("models", {}),
        said.get("people", {"ana": {"name": "Ana"}, "bo": {"name": "Bo"}}),
        tuple(
            Waiver(index, owner="bo", reason="lost", **waiver)
            for index, waiver in enumerate(said.get("waivers", ()))
        ),
    )


def weaker(before: Policy, after: Policy) -> list[str]:
    return [weakening.message for weakening in weakenings(before, after, RULES)]


@pytest.mark.parametrize("name", CASES)
def test_what_is_weaker(name: str) -> None:
    case = CASES[name]
    assert weaker(policy(case["before"]), policy(case["after"])) == case["weaker"]


@pytest.mark.parametrize("name", CASES)
def test_a_policy_is_as_strict_as_itself(name: str) -> None:
    for side in ("before", "after"):
        assert weaker(policy(CASES[name][side]), policy(CASES[name][side])) == []


def test_nothing_that_a_policy_can_say_is_overlooked() -> None:
    catalog = schema("catalog")["properties"]
    said = {key for case in CASES.values() if case["weaker"] for key in _keys(case)}
    assert set(catalog["policy"]["properties"]) | {"people", "waivers"} <= said
    of_models = schema("model")["properties"]["policy"]["properties"]
    assert set(of_models) <= {
        key
        for case in CASES.values()
        if case["weaker"]
        for side in ("before", "after")
        for model in case[side].get("models", {}).values()
        for key in model
    }


def _keys(case: dict[str, Any]) -> set[str]:
    sides = [case["before"], case["after"]]
    return {key for side in sides for part in (side, side.get("policy", {})) for key in part}


@pytest.mark.parametrize("rule", [rule for rule in RULES if not is_fixed(rule)], ids=lambda rule: rule.ID)
def test_every_rule_can_be_weakened_and_that_is_noticed(rule: Any) -> None:
    off = policy({"policy": {"rules": {rule.ID: "off"}}})
    assert weaker(policy({}), off) == [f"{rule.ID} is off instead of {rule.SEVERITY}"]
    assert weaker(off, policy({})) == []
