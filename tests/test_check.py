from datetime import date
from pathlib import Path

import pytest

from herdbook.check import Report, Verdict, by_file, check
from herdbook.finding import Severity
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG, case

TODAY = date(2024, 2, 1)

# One error in each of two files, and a change to a third that is none.
TAGLESS = """\
# runs/churn/train-1.yaml
tags: {dataset_version: orders_v1, git_commit: 0f4b1c3}
# runs/churn/train-2.yaml
tags: {dataset_version: orders_v2, git_commit: 0f4b1c3}
# runs/churn/prepare-1.yaml
tags: {dataset_version: raw_1, git_commit: 0f4b1c3, triggered_by: ci}
"""

POLICY = """\
# herdbook.yaml
policy:
  approvers: [bo]
"""


def report(folder: Path, text: str, today: date = TODAY) -> Report:
    case(text).lay(folder / "catalog")
    return check(read_catalog(DirTree(folder / "catalog", "catalog")), today)


def found(report: Report) -> list[tuple[str, str, str]]:
    return [(finding.place.source.path, finding.rule, finding.severity) for finding in report.findings]


TAG_1 = ("runs/churn/train-1.yaml", "missing-lineage-tag", "error")
TAG_2 = ("runs/churn/train-2.yaml", "missing-lineage-tag", "error")


def test_a_sound_catalog_passes() -> None:
    report = check(read_catalog(DirTree(EXAMPLE_CATALOG)), TODAY)
    assert (report.verdict, report.findings, report.waived, report.entries) == (Verdict.PASS, (), (), 18)


def test_an_empty_folder_passes(tmp_path: Path) -> None:
    assert check(read_catalog(DirTree(tmp_path)), TODAY).verdict is Verdict.PASS


def test_findings_come_by_file_and_line(tmp_path: Path) -> None:
    text = """\
# models/churn/card.yaml
caveats: TODO
users: TODO
# datasets/orders/dataset.yaml
description: TBD
"""
    assert [
        (finding.place.source.path, finding.place.span.line) for finding in report(tmp_path, text).findings
    ] == [
        ("datasets/orders/dataset.yaml", 3),
        ("models/churn/card.yaml", 5),
        ("models/churn/card.yaml", 11),
    ]


def test_where_a_finding_stands_is_looked_up_once(tmp_path: Path) -> None:
    waiver = """\
# herdbook.yaml
waivers:
  - {rule: missing-lineage-tag, entry: "runs:/train-2", owner: ana, reason: Old, until: "2024-03-01"}
"""
    told = report(tmp_path, TAGLESS.replace(", triggered_by: ci", "") + waiver)
    all_found = [*told.findings, *(item.finding for item in told.waived)]
    known = [finding.place.known for finding in all_found]
    assert known == [finding.place.source.span(finding.place.route) for finding in all_found]
    assert len(known) == 3


def test_an_error_fails(tmp_path: Path) -> None:
    failed = report(tmp_path, TAGLESS)
    assert found(failed) == [TAG_1, TAG_2]
    assert failed.verdict is Verdict.FAIL
    assert [failed.count(severity) for severity in Severity] == [2, 0, 0]
    assert {path: len(findings) for path, findings in by_file(failed).items()} == {TAG_1[0]: 1, TAG_2[0]: 1}


@pytest.mark.parametrize(
    ("stated", "expected", "verdict"),
    [
        ("missing-lineage-tag: warning", [(*TAG_1[:2], "warning"), (*TAG_2[:2], "warning")], Verdict.PASS),
        ("missing-lineage-tag: {severity: note}", [(*TAG_1[:2], "note"), (*TAG_2[:2], "note")], Verdict.PASS),
        ('missing-lineage-tag: "off"', [], Verdict.PASS),
    ],
)
def test_the_policy_sets_severities(
    stated: str, expected: list[tuple[str, str, str]], verdict: Verdict, tmp_path: Path
) -> None:
    judged = report(tmp_path, f"{POLICY}  rules: {{{stated}}}\n{TAGLESS}")
    assert found(judged) == expected
    assert judged.verdict is verdict


def test_an_override_holds_for_its_paths_only(tmp_path: Path) -> None:
    text = f"""\
{POLICY}  rules: {{missing-lineage-tag: "off"}}
  overrides:
    - {{paths: ["runs/*/train-2.yaml"], rules: {{missing-lineage-tag: warning}}}}
{TAGLESS}"""
    assert found(report(tmp_path, text)) == [(*TAG_2[:2], "warning")]


def test_an_override_switches_a_rule_off_for_its_paths(tmp_path: Path) -> None:
    text = f"""\
{POLICY}  overrides:
    - {{paths: ["runs/*/train-2.yaml"], rules: {{missing-lineage-tag: "off"}}}}
{TAGLESS}"""
    assert found(report(tmp_path, text)) == [TAG_1]


def test_options_reach_their_rule(tmp_path: Path) -> None:
    sections = "[intended_use, {}]"
    text = "{policy}  rules: {{incomplete-card: {{sections: {sections}}}}}\n"
    for section, rules in (("caveats", []), ("song", ["incomplete-card"])):
        laid = text.format(policy=POLICY, sections=sections.format(section))
        assert [rule for _, rule, _ in found(report(tmp_path / section, laid))] == rules


def waiver(rule: str, entry: str, until: str = "2024-02-01") -> str:
    return f'  - {{rule: {rule}, entry: "{entry}", owner: bo, until: "{until}", reason: accepted for now}}\n'


@pytest.mark.parametrize("entry", ["runs:/train-1", "runs:/train-1/model", "runs/churn/train-1.yaml"])
def test_a_waiver_excuses_one_rule_of_one_entry(entry: str, tmp_path: Path) -> None:
    text = f"# herdbook.yaml\nwaivers:\n{waiver('missing-lineage-tag', entry)}{TAGLESS}"
    judged = report(tmp_path, text)
    assert found(judged) == [TAG_2]
    assert [(item.finding.place.source.path, item.waiver.owner) for item in judged.waived] == [
        (TAG_1[0], "bo")
    ]
    assert judged.verdict is Verdict.FAIL


def test_where_waivers_excuse_every_error_the_verdict_says_so(tmp_path: Path) -> None:
    waivers = waiver("missing-lineage-tag", "runs:/train-1") + waiver("missing-lineage-tag", "runs:/train-2")
    judged = report(tmp_path, f"# herdbook.yaml\nwaivers:\n{waivers}{TAGLESS}")
    assert (judged.verdict, judged.findings, len(judged.waived)) == (Verdict.WAIVED, (), 2)


def test_a_waiver_ends_with_its_last_day(tmp_path: Path) -> None:
    text = f"# herdbook.yaml\nwaivers:\n{waiver('missing-lineage-tag', 'runs:/train-1')}{TAGLESS}"
    assert TAG_1 not in found(report(tmp_path / "before", text, date(2024, 2, 1)))
    assert TAG_1 in found(report(tmp_path / "after", text, date(2024, 2, 2)))


def test_form_and_policy_cannot_be_waived(tmp_path: Path) -> None:
    text = f"""\
# herdbook.yaml
waivers:
{waiver("invalid-schema", "runs/churn/train-1.yaml")}{waiver("expired-waiver", "herdbook.yaml")}\
{waiver("missing-seed", "runs:/train-1", "2024-01-31")}\
# runs/churn/train-1.yaml
typ: training
"""
    assert {("runs/churn/train-1.yaml", "invalid-schema", "error")} <= set(found(report(tmp_path, text)))
    assert "expired-waiver" in {rule for _, rule, _ in found(report(tmp_path / "again", text))}


def test_a_part_of_a_report_has_its_own_verdict(tmp_path: Path) -> None:
    text = f"# herdbook.yaml\nwaivers:\n{waiver('missing-lineage-tag', 'runs:/train-1')}{TAGLESS}"
    whole = report(tmp_path, text)
    assert whole.within([""]) == whole
    assert whole.within(["runs"]) == whole
    assert whole.within(["runs/churn/train-1.yaml"]).verdict is Verdict.WAIVED
    assert whole.within(["runs/churn/train-2.yaml"]).verdict is Verdict.FAIL
    assert whole.within(["runs/churn/train"]).verdict is Verdict.PASS
    assert whole.within(["models", "runs/churn/train-2.yaml"]).findings == whole.findings
    assert whole.within(["models"]).entries == whole.entries


def test_no_policy_lets_pass_what_cannot_be_read(tmp_path: Path) -> None:
    text = f"""\
{POLICY}  rules: {{invalid-yaml: "off", duplicate-key: warning}}
  overrides:
    - {{paths: ["**"], rules: {{invalid-yaml: note}}}}
# endpoints/predict.yaml, whole
kind: [endpoint
"""
    judged = report(tmp_path, text)
    assert ("endpoints/predict.yaml", "invalid-yaml", "error") in found(judged)
    assert [rule for path, rule, _ in found(judged) if path == "herdbook.yaml"] == ["invalid-policy"] * 3


def test_a_waiver_of_an_alias_excuses_its_ledger_and_no_other(tmp_path: Path) -> None:
    ledgers = """\
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
  challenger:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}
"""
    protected = f"{POLICY}  protected_aliases: {{champion: {{}}, challenger: {{}}}}\n"
    excused = waiver("unapproved-promotion", "models:/churn@champion")
    judged = report(tmp_path, f"{protected}waivers:\n{excused}{ledgers}")
    assert [item.finding.place.route[:2] for item in judged.waived] == [("aliases", "champion")]
    assert [
        finding.place.route[:2] for finding in judged.findings if finding.rule == "unapproved-promotion"
    ] == [("aliases", "challenger")]
