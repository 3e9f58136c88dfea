"""rules, explain and schema, as they are installed."""

import json

import pytest

from command_line import herdbook
from herdbook.rules import RULES


def test_all_rules_are_listed_with_their_first_line() -> None:
    done = herdbook("rules")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(RULES) + len({rule.FAMILY for rule in RULES})
    for rule in RULES:
        title = (rule.__doc__ or "").partition("\n")[0]
        assert [line for line in lines if line.split()[:2] == [rule.ID, rule.SEVERITY] and title in line]


def test_a_rule_is_explained_by_its_page() -> None:
    done = herdbook("explain", "recalled-ancestor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("recalled-ancestor (registry, error)\n\nNothing in force descends from")
    for heading in ("Why:", "Bad:", "Good:"):
        assert f"\n{heading}" in done.stdout


@pytest.mark.parametrize(
    ("rule", "hint"),
    [("recaled-ancestor", "did you mean recalled-ancestor?"), ("song", "`herdbook rules` lists them all")],
)
def test_an_unknown_rule_is_pointed_out(rule: str, hint: str) -> None:
    done = herdbook("explain", rule)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"herdbook: there is no rule '{rule}': {hint}\n"


def test_a_schema_is_printed() -> None:
    done = herdbook("schema", "run")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["properties"]["kind"]["const"] == "run"


def test_an_unknown_kind_is_pointed_out() -> None:
    done = herdbook("schema", "song")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'song'" in done.stderr
    assert "dataset-version" in done.stderr
