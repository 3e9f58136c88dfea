"""Waivers, and what there is for them to excuse."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.check import check
from herdbook.editing import Append, Put
from herdbook.opening import read_catalog
from herdbook.planning.plan import PlanError
from herdbook.planning.waivers import waive
from herdbook.policy import Waiver
from herdbook.tree import DirTree, Overlay
from rule_examples import EXAMPLE_CATALOG

TODAY = date(2024, 2, 1)
HEAD = (EXAMPLE_CATALOG / "herdbook.yaml").read_text()
SEEDLESS = (EXAMPLE_CATALOG / "runs/churn/train-1.yaml").read_text().replace("seeds: {numpy: 42}\n", "")
WAIVED = """\
waivers:
  - {rule: missing-seed, entry: "runs:/train-1", owner: ana, reason: lost, until: 2024-01-31}
"""


def catalog_with(contents: dict[str, str]) -> Catalog:
    return read_catalog(
        Overlay(DirTree(EXAMPLE_CATALOG), {path: text.encode() for path, text in contents.items()})
    )


def asked(rule: str, entry: str, until: str = "2024-06-30") -> Waiver:
    return Waiver(0, rule, entry, "bo", "lost", until)


@pytest.mark.parametrize(
    ("rule", "entry", "canonical", "found"),
    [
        ("missing-seed", "train-1", "runs:/train-1", "That excuses 1 finding."),
        ("missing-seed", "runs:/train-1/model", "runs:/train-1", "That excuses 1 finding."),
        ("missing-seed", "runs/churn/train-1.yaml", "runs/churn/train-1.yaml", "That excuses 1 finding."),
        (
            "missing-seed",
            "train-2",
            "runs:/train-2",
            "Nothing is found there now, so that it excuses nothing",
        ),
        ("missing-seed", "churn/latest", "models:/churn/2", "Nothing is found there now"),
        ("unapproved-promotion", "churn@champion", "models:/churn@champion", "Nothing is found there now"),
        (
            "ledger-rewritten",
            "models/churn/aliases.yaml",
            "models/churn/aliases.yaml",
            "Only in a change does",
        ),
    ],
)
def test_what_a_waiver_says_and_excuses(rule: str, entry: str, canonical: str, found: str) -> None:
    plan = waive(catalog_with({"runs/churn/train-1.yaml": SEEDLESS}), asked(rule, entry), TODAY)
    value = {"rule": rule, "entry": canonical, "owner": "bo", "reason": "lost", "until": "2024-06-30"}
    assert plan.edits == {"herdbook.yaml": [Append(("waivers",), value)]}
    assert plan.said.startswith(f"{rule} is waived for {canonical} until 2024-06-30. {found}")


def test_a_waiver_that_has_expired_is_renewed() -> None:
    catalog = catalog_with({"runs/churn/train-1.yaml": SEEDLESS, "herdbook.yaml": HEAD + WAIVED})
    assert "expired-waiver" in {finding.rule for finding in check(catalog, TODAY).findings}
    plan = waive(catalog, asked("missing-seed", "train-1"), TODAY)
    assert plan.edits == {
        "herdbook.yaml": [
            Put(("waivers", 0, "owner"), "bo"),
            Put(("waivers", 0, "until"), "2024-06-30"),
        ]
    }
    assert "; it was until 2024-01-31 before. That excuses 1 finding." in plan.said


def test_today_is_the_earliest_day() -> None:
    catalog = catalog_with({})
    assert waive(catalog, asked("missing-seed", "train-1", "2024-02-01"), TODAY).edits
    with pytest.raises(PlanError, match=r"^2024-01-31 is past"):
        waive(catalog, asked("missing-seed", "train-1", "2024-01-31"), TODAY)
    with pytest.raises(PlanError, match=r"^'2024-2-1' is no day"):
        waive(catalog, asked("missing-seed", "train-1", "2024-2-1"), TODAY)


def test_nothing_changes_where_all_is_so_already() -> None:
    text = HEAD + WAIVED.replace("2024-01-31", "2024-06-30").replace("owner: ana", "owner: bo")
    plan = waive(catalog_with({"herdbook.yaml": text}), asked("missing-seed", "train-1"), TODAY)
    assert plan.edits == {}
    assert plan.said == "missing-seed is waived for runs:/train-1 until 2024-06-30 already."


def test_what_has_no_file_cannot_be_excused(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    (folder / "datasets/orders/dataset.yaml").unlink()
    with pytest.raises(PlanError, match=r"^datasets:/orders has no file of its own"):
        waive(read_catalog(DirTree(folder)), asked("missing-seed", "datasets:/orders"), TODAY)


def test_a_catalog_without_its_file_has_no_place_for_waivers() -> None:
    with pytest.raises(PlanError, match=r"^the catalog has no herdbook\.yaml that can be read"):
        waive(catalog_with({"herdbook.yaml": "kind: catalog\n"}), asked("missing-seed", "train-1"), TODAY)
