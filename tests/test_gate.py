"""What blocks a change, what does not, and by whose policy. Attacks have a suite of their own."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from benchmarks import generate
from hypothesis import given
from hypothesis import strategies as st

from any_files import tree_of
from herdbook.approvals import Approvals
from herdbook.catalog import Catalog
from herdbook.check import Report, Verdict
from herdbook.gate import Sides, gate, in_turn
from herdbook.opening import read_catalog
from herdbook.rereading import reread
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG, case
from test_checked import spoken
from test_reach import catalog, edits, generated
from work import steps

TODAY = date(2024, 2, 1)

UNTAGGED = """\
# runs/churn/train-1.yaml without tags
kind: run
"""
FIRST = '{version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo], evidence: [runs:/evaluate-1]}'
HEAD_OF_LEDGER = f"# models/churn/aliases.yaml\naliases:\n  champion:\n    - {FIRST}\n"
PROMOTED = HEAD_OF_LEDGER + '    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}\n'


@pytest.fixture
def lay(tmp_path: Path) -> "Lay":
    return Lay(tmp_path)


class Lay:
    """Lays fragments over the example catalog."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def __call__(self, *fragments: str) -> Catalog:
        self.made += 1
        folder = self.folder / str(self.made)
        case("".join(fragments)).lay(folder) if fragments else shutil.copytree(EXAMPLE_CATALOG, folder)
        return read_catalog(DirTree(folder, "catalog"))


def judged(
    base: Catalog,
    head: Catalog,
    *,
    target: Catalog | None = None,
    approvals: Approvals | None = None,
    strict: bool = False,
) -> Report:
    return gate(Sides(base, head, target or base), TODAY, approvals, strict=strict).report


def rules(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def test_a_change_without_a_fault_passes(lay: Lay) -> None:
    report = judged(lay(), lay("# runs/churn/train-2.yaml\nnotes: By hand.\n"))
    assert (report.verdict, report.findings, report.existing) == (Verdict.PASS, (), ())


def test_what_was_wrong_before_is_reported_apart(lay: Lay) -> None:
    base, head = lay(UNTAGGED), lay(UNTAGGED, "# runs/churn/train-2.yaml\nnotes: By hand.\n")
    report = judged(base, head)
    assert (report.verdict, rules(report)) == (Verdict.PASS, [])
    assert {finding.rule for finding in report.existing} == {"missing-lineage-tag"}
    strict = judged(base, head, strict=True)
    assert (strict.verdict, strict.existing) == (Verdict.FAIL, ())
    assert set(rules(strict)) == {"missing-lineage-tag"}


def test_what_is_missing_on_record_is_not_added_but_excused(lay: Lay) -> None:
    found = judged(lay(UNTAGGED), lay()).findings
    assert {finding.rule for finding in found} == {"immutable-field-changed"}
    excused = "Take it out; remarks belong into notes; `herdbook waive` excuses what was not recorded."
    assert {finding.help for finding in found} == {excused}


def test_a_second_fault_of_a_kind_is_not_covered_by_the_first(lay: Lay) -> None:
    more = UNTAGGED.replace("train-1", "prepare-1")
    report = judged(lay(UNTAGGED), lay(UNTAGGED, more))
    assert {(finding.rule, finding.place.source.path) for finding in report.findings} == {
        ("missing-lineage-tag", "runs/churn/prepare-1.yaml"),
        ("immutable-field-changed", "runs/churn/prepare-1.yaml"),
    }
    assert len(report.existing) == 3


def test_a_fault_that_moved_down_in_its_file_is_the_old_one(lay: Lay) -> None:
    base = lay("# models/churn/card.yaml\nusers: TODO\n")
    head = lay("# models/churn/card.yaml\nlimitations: It knows\n  little.\nusers: TODO\n")
    report = judged(base, head)
    assert rules(report) == []
    assert [finding.rule for finding in report.existing] == ["placeholder-text"]


def test_the_policy_of_the_target_judges(lay: Lay) -> None:
    loose = '# herdbook.yaml\npolicy: {approvers: [bo], rules: {missing-lineage-tag: "off"}}\n'
    base = lay()
    report = judged(base, lay(UNTAGGED, loose))
    assert {"missing-lineage-tag", "policy-changed"} <= set(rules(report))
    newer = judged(lay(loose), lay(UNTAGGED, loose), target=base)
    assert "missing-lineage-tag" in rules(newer)
    assert "policy-changed" not in rules(newer)


def test_a_stricter_policy_judges_as_well(lay: Lay) -> None:
    strict = "# herdbook.yaml\npolicy: {approvers: [bo], required_tags: [ticket]}\n"
    run = "# runs/churn/prepare-3.yaml, whole\n" + (EXAMPLE_CATALOG / "runs/churn/prepare-1.yaml").read_text()
    new = run.replace("prepare-1", "prepare-3").replace("dataset: orders/v1", "size: 1")
    report = judged(lay(), lay(strict, new))
    tags = [finding for finding in report.findings if finding.rule == "missing-lineage-tag"]
    assert [finding.place.source.path for finding in tags] == ["runs/churn/prepare-3.yaml"]
    assert len([finding for finding in report.existing if finding.rule == "missing-lineage-tag"]) == 6


def test_the_first_policy_is_no_way_around_the_defaults(lay: Lay) -> None:
    head = lay(UNTAGGED, "# herdbook.yaml\npolicy: {approvers: [bo], required_tags: []}\n")
    report = judged(Catalog(), head)
    assert {"missing-lineage-tag"} <= set(rules(report))
    assert "policy-changed" not in rules(report)
    assert judged(Catalog(), lay()).verdict is Verdict.PASS


def test_a_waiver_of_the_target_excuses(lay: Lay) -> None:
    waiver = """\
# herdbook.yaml
waivers:
  - {rule: missing-lineage-tag, entry: "runs:/train-2", owner: bo, reason: lost, until: 2024-03-01}
  - {rule: immutable-field-changed, entry: "runs:/train-2", owner: bo, reason: lost, until: 2024-03-01}
"""
    untagged = UNTAGGED.replace("train-1", "train-2")
    report = judged(lay(waiver), lay(waiver, untagged))
    assert (report.verdict, rules(report)) == (Verdict.WAIVED, [])
    own = judged(lay(), lay(waiver, untagged))
    assert {"missing-lineage-tag", "policy-changed"} <= set(rules(own))


def test_what_is_let_in_must_be_sound_even_where_it_was_not_before(lay: Lay) -> None:
    untagged = UNTAGGED.replace("train-1", "train-2")
    report = judged(lay(untagged, HEAD_OF_LEDGER), lay(untagged, PROMOTED))
    assert "missing-lineage-tag" in rules(report)
    again = PROMOTED + '    - {version: 1, at: "2024-01-16T08:00:00Z", by: ana, approved_by: [bo]}\n'
    assert rules(judged(lay(UNTAGGED, PROMOTED), lay(UNTAGGED, again))) == []


def test_what_is_let_in_must_be_sound_where_the_change_does_not_reach() -> None:
    """Nothing in the change speaks of the data behind the version, nor of another run that made them."""
    path, data = "models/fraud-000/aliases.yaml", "datasets/orders-000/versions/v1.yaml"
    made, other = "runs/fraud-000/fraud-000-prepare-1.yaml", "runs/fraud-000/fraud-000-prepare-other.yaml"
    contents = {**generated(), other: {**generated()[made], "id": "fraud-000-prepare-other"}}
    base = replace(reread(catalog(), tree_of(contents), {other}), origin=None)
    ledger = json.loads(json.dumps(contents[path]))
    line = {"version": 8, "at": "2025-11-01T00:00:00Z", "by": "ana", "approved_by": ["bo"]}
    ledger["aliases"]["champion"].append(line)
    report = judged(base, reread(base, tree_of({**contents, path: ledger}), {path}))
    assert ("several-producers", data) in {(item.rule, item.place.source.path) for item in report.findings}


def test_the_work_grows_with_the_change() -> None:
    run = "runs/fraud-001/fraud-001-train-5.yaml"

    def work(entries: int) -> int:
        contents = dict(generate.files(entries))
        base = read_catalog(tree_of(contents))
        remarked = {**contents, run: {**contents[run], "notes": "Looked at."}}
        heads = [reread(base, tree_of(remarked), {run}) for _ in range(2)]
        for head in heads:
            head.at(run)  # where the files are and who refers to whom is read once
        report = judged(base, heads[0])
        assert (report.entries, report.reached) == (base.count, 66)
        return steps(lambda: judged(base, heads[1]))

    assert work(1600) < 1.5 * work(200)


def test_a_policy_that_cannot_be_read_is_no_verdict(lay: Lay) -> None:
    broken = lay("# herdbook.yaml, whole\nkind: catalog\n")
    report = judged(broken, lay())
    assert report.verdict is Verdict.ERROR
    assert report.errors[0].startswith("the policy in herdbook.yaml of the target branch cannot be read")
    model = lay("# models/churn/model.yaml, whole\nkind: model\n")
    assert judged(model, model).verdict is Verdict.ERROR


def test_verified_approvals_need_reviews(lay: Lay) -> None:
    verified = "# herdbook.yaml\npolicy: {approvers: [bo], approvals: verified}\n"
    base, head = lay(verified, HEAD_OF_LEDGER), lay(verified, PROMOTED)
    report = judged(base, head)
    assert report.verdict is Verdict.ERROR
    assert "unverified-approval" not in rules(report)
    assert "unverified-approval" in rules(judged(base, head, approvals=Approvals()))
    weaker = lay(verified.replace("[bo]", "[bo, ana]"), HEAD_OF_LEDGER)
    assert judged(base, weaker).verdict is Verdict.ERROR
    assert judged(lay(HEAD_OF_LEDGER), head).verdict is Verdict.ERROR


def test_a_change_that_takes_no_approval_needs_no_reviews(lay: Lay) -> None:
    base = lay("# herdbook.yaml\npolicy: {approvers: [bo], approvals: verified}\n")
    assert judged(base, base).verdict is Verdict.PASS
    untagged = lay("# herdbook.yaml\npolicy: {approvers: [bo], approvals: verified}\n", UNTAGGED)
    report = judged(base, untagged)
    assert (report.verdict, report.errors) == (Verdict.FAIL, ())
    assert judged(lay("# herdbook.yaml\npolicy: {approvers: [bo]}\n"), base).verdict is Verdict.PASS


def test_changes_that_are_judged_in_turn_must_all_pass(lay: Lay) -> None:
    first, second = lay(), lay(UNTAGGED)
    third = lay(UNTAGGED, "# runs/churn/train-2.yaml\nnotes: By hand.\n")
    worse, same = judged(first, second), judged(second, third)
    broken = judged(lay("# herdbook.yaml, whole\nkind: catalog\n"), first)
    assert in_turn([same]) is same
    report = in_turn([worse, same])
    assert (rules(report), report.verdict) == (rules(worse), Verdict.FAIL)
    assert (report.existing, report.entries) == (same.existing, same.entries)
    assert rules(in_turn([worse, worse])) == rules(worse)
    assert in_turn([broken, broken, same]).errors == broken.errors
    assert in_turn([broken, same]).verdict is Verdict.ERROR


def weights(report: Report) -> Mapping[str, str]:
    return {finding.rule: finding.severity for finding in report.findings}


def test_of_two_policies_the_graver_severity_counts(lay: Lay) -> None:
    lower = "# herdbook.yaml\npolicy: {approvers: [bo], rules: {missing-lineage-tag: note}}\n"
    report = judged(lay(), lay(UNTAGGED.replace("train-1", "train-2"), lower))
    assert weights(report)["missing-lineage-tag"] == "error"
    assert weights(report)["policy-changed"] == "error"


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """Edits of any kind, perhaps with a version that the champion moves on to."""
    made = draw(edits())
    if draw(st.booleans()):
        path = draw(st.sampled_from([path for path in generated() if path.endswith("/aliases.yaml")]))
        ledger = json.loads(json.dumps(generated()[path]))
        version = draw(st.integers(1, 9))
        line = {"version": version, "at": "2025-11-01T00:00:00Z", "by": "ana", "approved_by": ["bo"]}
        ledger["aliases"]["champion"].append(line)
        made[path] = ledger
    return made


@given(edits(), changes())
def test_where_a_change_can_reach_is_found_all_that_it_does(
    there: dict[str, Any], made: dict[str, Any]
) -> None:
    """In a catalog in which something may be wrong already; with and without a look at all of it."""
    contents = {path: value for path, value in {**generated(), **there}.items() if value is not None}
    after = {path: value for path, value in {**contents, **made}.items() if value is not None}
    base = replace(reread(catalog(), tree_of(contents), set(there)), origin=None)
    head = reread(base, tree_of(after), set(made))
    near, all_of_it = (gate(Sides(base, head, base), TODAY, everywhere=each).report for each in (False, True))
    assert list(map(spoken, near.findings)) == list(map(spoken, all_of_it.findings))
    assert near.entries == all_of_it.entries == head.count
    listed = list(map(spoken, all_of_it.existing))
    assert all(finding in listed for finding in map(spoken, near.existing))
    files = set(made) | head.refused.keys()
    # A file that is not there may be spoken of in either state: what is said of it counts.
    said = [
        [spoken(finding) for finding in report.existing if finding.place.source.path in files]
        for report in (near, all_of_it)
    ]
    assert said[0] == said[1]
