"""What commands tell programs."""

import json
from datetime import date

from herdbook.editing import Put
from herdbook.planning.carrying_out import carry_out
from herdbook.planning.plan import Plan
from herdbook.reports.outcomes import outcome_json
from rule_examples import EXAMPLE_CATALOG

PATH = "models/churn/model.yaml"


def outcome(value: str) -> str:
    plan = Plan("Done\x1b[2J.", {PATH: [Put(("owner",), value)]})
    done = carry_out(EXAMPLE_CATALOG, lambda catalog: plan, date(2024, 2, 1), dry_run=True)
    return outcome_json(done, "catalog", {})


def test_an_outcome_is_told_whole() -> None:
    value = json.loads(outcome("bo"))
    assert (value["said"], value["refused"], value["findings"]) == ("Done\x1b[2J.", False, [])
    assert value["files"] == [{"path": f"catalog/{PATH}", "new": False}]
    assert value["diff"].startswith(f"--- a/catalog/{PATH}\n+++ b/catalog/{PATH}\n@@ ")
    assert "\n+owner: bo\n" in value["diff"]


def test_what_moves_is_told_with_its_old_place() -> None:
    plan = Plan("Moved.", moves={PATH: "models/churn/other.yaml"})
    done = carry_out(EXAMPLE_CATALOG, lambda catalog: plan, date(2024, 2, 1), dry_run=True, force=True)
    value = json.loads(outcome_json(done, "", {}))
    assert value["files"] == [{"path": "models/churn/other.yaml", "new": False, "moved_from": PATH}]
    assert value["diff"] == (
        f"diff --git a/{PATH} b/models/churn/other.yaml\n"
        f"rename from {PATH}\n"
        "rename to models/churn/other.yaml\n"
    )


def test_what_stands_in_it_commands_no_terminal() -> None:
    assert "\x1b" not in outcome("bo")
