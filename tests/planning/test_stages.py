"""Stages are moved by lines that are added to their ledger."""

from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.editing import Append
from herdbook.opening import read_catalog
from herdbook.planning.aliases import Grounds
from herdbook.planning.plan import PlanError
from herdbook.planning.stages import set_stage
from herdbook.tree import DirTree, Overlay
from rule_examples import EXAMPLE_CATALOG

GROUNDS = Grounds("ana", "2024-02-01T08:00:00Z")
LEDGER = "models/churn/stages.yaml"


def example(ledger: str = "") -> Catalog:
    contents = {LEDGER: ledger.encode()} if ledger else {}
    return read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), contents))


@pytest.mark.parametrize(
    ("version", "stage", "archive", "said"),
    [
        ("1", "none", False, "models:/churn/1 is in the stage none; it was in staging before."),
        ("1", "production", True, "models:/churn/1 is in the stage production; it was in staging before. "
         "Archived: version 2."),
        ("2", "staging", True, "models:/churn/2 is in the stage staging; it was in production before. "
         "Archived: version 1."),
    ],
)  # fmt: skip
def test_a_move_is_a_line(version: str, stage: str, archive: bool, said: str) -> None:
    plan = set_stage(example(), "churn", version, stage, GROUNDS, archive_existing=archive)
    assert plan.said == said
    line = {"version": int(version), "at": GROUNDS.at, "by": "ana", "stage": stage}
    assert plan.edits == {
        LEDGER: [Append(("transitions",), line | ({"archive_existing": True} if archive else {}))]
    }


def test_who_stays_is_told_so() -> None:
    plan = set_stage(example(), "churn", "2", "production", GROUNDS, archive_existing=True)
    assert (plan.said, plan.edits) == ("models:/churn/2 is in the stage production already.", {})
    approved = Grounds("ana", GROUNDS.at, approved_by=["bo"])
    plan = set_stage(example(), "churn", "2", "production", approved, archive_existing=False)
    assert plan.said == "models:/churn/2 stays in the stage production."
    assert LEDGER in plan.edits


def test_the_first_move_begins_the_ledger(tmp_path: Path) -> None:
    for path in ("herdbook.yaml", "models/churn/model.yaml", "models/churn/versions/1.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((EXAMPLE_CATALOG / path).read_bytes())
    catalog = read_catalog(DirTree(tmp_path))
    plan = set_stage(catalog, "churn", "1", "staging", GROUNDS, archive_existing=False)
    assert plan.said == "models:/churn/1 is in the stage staging; it was in none before."
    assert plan.new == {
        LEDGER: {
            "kind": "stages",
            "model": "churn",
            "transitions": [{"version": 1, "at": GROUNDS.at, "by": "ana", "stage": "staging"}],
        }
    }
    same = set_stage(catalog, "churn", "1", "none", GROUNDS, archive_existing=False)
    assert (same.edits, same.new) == ({}, {})


def test_a_ledger_that_is_refused_is_not_written_over() -> None:
    with pytest.raises(PlanError, match=r"^models/churn/stages\.yaml: the file is refused; "):
        set_stage(example("kind: stages\n"), "churn", "1", "none", GROUNDS, archive_existing=False)
