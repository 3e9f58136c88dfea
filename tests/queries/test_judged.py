"""What the check finds in what a version's approval rests on."""

from pathlib import Path

import pytest

from comparing import records_of
from herdbook.finding import Severity
from herdbook.queries.judged import Judged, findings_behind

WAIVER = """\
# herdbook.yaml
waivers:
  - {rule: unapproved-promotion, entry: "models:/churn@champion", owner: bo, reason: known, until: 2099-01-01}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
# models/churn/stages.yaml, deleted
"""


def behind(tmp_path: Path, changes: str, number: int) -> list[Judged]:
    records = records_of(tmp_path, changes)
    return list(findings_behind(records, records.catalog.versions["churn", number]))


@pytest.mark.parametrize(
    ("changes", "rule", "concerns"),
    [
        ("# datasets/orders/versions/v2.yaml without digest\n", "missing-digest", {2}),
        ("# datasets/orders/versions/v1.yaml without digest\n", "missing-digest", {1}),
        ("# runs/churn/train-2.yaml without tags\n", "missing-lineage-tag", {2}),
        ("# runs/churn/evaluate-2.yaml\nmetrics: {auc: 0.7}\n", "metric-regression", {2}),
        ("# models/churn/card.yaml without limitations\n", "incomplete-card", {1, 2}),
        ("# models/churn/cards/2.yaml\ncaveats: TODO\n", "placeholder-text", {2}),
        ("# models/churn/model.yaml\ndescription: TODO\n", "placeholder-text", {1, 2}),
        (
            "# herdbook.yaml\npolicy: {approvers: [bo], rules: {no-such-rule: error}}\n",
            "invalid-policy",
            {1, 2},
        ),
    ],
)
def test_findings_concern_the_versions_whose_files_they_are_in(
    tmp_path: Path, changes: str, rule: str, concerns: set[int]
) -> None:
    said = {number: behind(tmp_path / str(number), changes, number) for number in (1, 2)}
    rules = {number: {finding.rule for finding in found} for number, found in said.items()}
    assert {number for number, found in rules.items() if rule in found} == concerns


def test_a_finding_says_who_excuses_it(tmp_path: Path) -> None:
    (found,) = behind(tmp_path, WAIVER, 2)
    assert (found.rule, found.severity) == ("unapproved-promotion", Severity.ERROR)
    assert (found.waived_by, found.waived_until, found.waived_because) == ("bo", "2099-01-01", "known")
    assert not found.blocks


def test_what_nobody_excuses_blocks_if_it_is_an_error(tmp_path: Path) -> None:
    found = behind(tmp_path, WAIVER.replace('champion"', 'challenger"'), 2)
    assert {finding.rule for finding in found if finding.blocks} == {"unapproved-promotion"}
