from pathlib import Path

import pytest

from comparing import records_of
from herdbook.finding import Severity
from herdbook.opening import read_catalog
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.records import Records
from herdbook.queries.status import Status, VersionStatus, status
from herdbook.tree import DirTree
from rule_examples import case

NOT_HELD = "neither a protected alias nor the production stage holds it"
RECALL = """\
# datasets/orders/versions/v2.yaml
recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high, replaced_by: orders/v1}
"""
CHAMPION = "# models/churn/aliases.yaml\naliases:\n  champion:\n"
LINE = '    - {{version: 2, at: "2024-01-15T08:00:00Z", by: ana, {more}}}\n'
NO_STAGES = "# models/churn/stages.yaml, deleted\n"
WAIVER = '  - {{rule: {rule}, entry: "{entry}", owner: bo, reason: known, until: 2099-01-01}}\n'


def ask(records: Records, text: str) -> Status:
    return status(records, find(records.catalog, text))


def one(records: Records, text: str) -> VersionStatus:
    (found,) = ask(records, text).versions
    return found


def champion(more: str) -> str:
    """The example with one line in the ledger, and no stages."""
    return f"{CHAMPION}{LINE.format(more=more)}{NO_STAGES}"


def waived(rule: str, entry: str) -> str:
    return f"# herdbook.yaml\nwaivers:\n{WAIVER.format(rule=rule, entry=entry)}"


def test_what_holds_a_version_with_sufficient_approval_approves_it(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    answer = ask(records, "models:/churn@champion")
    assert (answer.approved, answer.reasons, answer.approvals) == (True, (), "declared")
    (version,) = answer.versions
    assert (str(version.asked), str(version.version)) == ("models:/churn@champion", "models:/churn/2")
    assert [
        (each.held_by, each.for_production, each.approved_by, each.needed, each.approvers, each.enough)
        for each in version.promotions
    ] == [
        ("@champion", True, ("bo",), 1, ("bo",), True),
        ("stage production", True, ("bo",), 1, ("bo",), True),
    ]
    assert version.promotions[0].evidence == ("runs:/evaluate-2",)
    assert version.card.exists
    assert version.card.lacking == ()
    assert list(map(str, version.card.evaluations)) == ["runs:/evaluate-2"]
    assert list(map(str, version.endpoints)) == ["endpoints:/predict"]
    assert version.findings == ()


def test_what_was_approved_once_is_approved_no_more(tmp_path: Path) -> None:
    version = one(records_of(tmp_path), "churn/1")
    assert not version.approved
    assert version.reasons == (
        f"{NOT_HELD}, only @rollback and stage staging",
        "its approval as @champion ended on 2024-01-15",
    )
    assert [(each.held_by, each.since[8:10], each.until[8:10]) for each in version.past] == [
        ("@champion", "12", "15"),
        ("stage staging", "11", "12"),
        ("stage production", "12", "15"),
    ]


def test_archiving_the_others_ends_their_stage(tmp_path: Path) -> None:
    stages = (
        "# models/churn/stages.yaml\ntransitions:\n"
        '  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}\n'
        '  - {version: 2, stage: production, archive_existing: true, at: "2024-01-15T08:00:00Z", by: ana, '
        "approved_by: [bo]}\n"
    )
    records = records_of(tmp_path, stages)
    version = one(records, "churn/1")
    assert ("stage production", "2024-01-12T08:00:00Z", "2024-01-15T08:00:00Z") in [
        (each.held_by, each.since, each.until) for each in version.past
    ]
    assert "stage archived" in [each.held_by for each in version.promotions]
    assert one(records, "churn/2").approved


@pytest.mark.parametrize(
    ("after", "until"),
    [("", "18"), ('    - {version: 1, at: "2024-01-20T08:00:00Z", by: ana, approved_by: [bo]}\n', "20")],
    ids=["it still holds", "it holds no more"],
)
def test_an_approval_afterwards_does_not_hide_the_time_without_one(
    tmp_path: Path, after: str, until: str
) -> None:
    later = '    - {version: 2, at: "2024-01-18T08:00:00Z", by: ana, approved_by: [bo]}\n'
    lines = f"{LINE.format(more='reason: better')}{later}{after}"
    version = one(records_of(tmp_path, f"{CHAMPION}{lines}{NO_STAGES}"), "churn/2")
    past = [(each.held_by, each.since[8:10], each.until[8:10], each.approved_by) for each in version.past]
    assert past[0] == ("@champion", "15", "18", ())
    assert past[1:] == ([("@champion", "18", until, ("bo",))] if after else [])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("reason: better", "no approval is recorded"),
        ("approved_by: [ana]", "the alias champion holds models:/churn/2 without an approval; ana may not"),
        ("approved_by: [bo]", "the alias champion holds models:/churn/2 with an approval by bo, who"),
        ("approved_by: [nobody]", "the alias champion holds models:/churn/2 without an approval"),
        ("approved_by: [bo]", ""),
    ],
)
def test_the_policy_says_which_approvals_suffice(tmp_path: Path, more: str, reason: str) -> None:
    changes = champion(more)
    if "who" in reason:
        changes = changes.replace("by: ana", "by: bo")
    answer = ask(records_of(tmp_path, changes), "churn/2")
    assert answer.approved is (not reason)
    assert any(reason in said for said in answer.reasons) or not reason


def test_one_approval_of_two_does_not_suffice(tmp_path: Path) -> None:
    changes = champion("approved_by: [bo]") + (
        "# herdbook.yaml\npolicy: {approvers: [ana, bo], protected_aliases: {champion: {approvals: 2}}}\n"
    )
    version = one(records_of(tmp_path, changes), "churn/2")
    assert version.reasons == ("the alias champion holds models:/churn/2 with 1 of 2 approvals",)
    assert (version.promotions[0].needed, version.promotions[0].enough) == (2, False)


def test_turning_the_rule_off_makes_no_approval(tmp_path: Path) -> None:
    off = "# herdbook.yaml\npolicy: {approvers: [bo], rules: {unapproved-promotion: 'off'}}\n"
    assert one(records_of(tmp_path, champion("reason: x") + off), "churn/2").reasons == (
        "no approval is recorded",
    )


def test_making_the_rule_a_warning_makes_no_approval_suffice(tmp_path: Path) -> None:
    warning = "# herdbook.yaml\npolicy: {approvers: [bo], rules: {unapproved-promotion: warning}}\n"
    moved_by_bo = champion("approved_by: [ana]").replace("by: ana", "by: bo")
    version = one(records_of(tmp_path, moved_by_bo + warning), "churn/2")
    assert version.reasons == ("its approval as @champion does not suffice by the policy",)
    assert [found.severity for found in version.findings] == [Severity.WARNING]


def test_a_waiver_lets_a_version_pass_and_is_named(tmp_path: Path) -> None:
    changes = champion("reason: x") + waived("unapproved-promotion", "models:/churn@champion")
    version = one(records_of(tmp_path, changes), "churn/2")
    assert version.approved
    assert version.promotions[0].enough
    (found,) = version.findings
    assert (found.rule, found.waived_by, found.waived_until) == ("unapproved-promotion", "bo", "2099-01-01")


def test_recalled_data_upstream_are_told_and_forbid_production(tmp_path: Path) -> None:
    records = records_of(tmp_path, RECALL)
    version = one(records, "churn/2")
    assert version.reasons == ("it descends from the recalled datasets:/orders/v2",)
    (recall,) = version.recalls
    assert (str(recall.dataset), recall.severity, str(recall.replaced_by)) == (
        "datasets:/orders/v2",
        "high",
        "datasets:/orders/v1",
    )
    assert one(records, "churn/1").recalls == ()


def test_recalled_data_are_told_of_a_version_that_nothing_holds(tmp_path: Path) -> None:
    empty = "# models/churn/aliases.yaml, deleted\n# endpoints/predict.yaml, deleted\n"
    version = one(records_of(tmp_path, f"{RECALL}{empty}{NO_STAGES}"), "churn/2")
    assert version.reasons == (NOT_HELD, "it descends from the recalled datasets:/orders/v2")


def test_a_waived_recall_does_not_stand_in_the_way(tmp_path: Path) -> None:
    changes = (
        RECALL
        + NO_STAGES
        + "# endpoints/predict.yaml, deleted\n"
        + waived("recalled-ancestor", "models:/churn@champion")
    )
    version = one(records_of(tmp_path, changes), "churn/2")
    assert version.approved
    assert [found.waived_by for found in version.findings] == ["bo"]


@pytest.mark.parametrize(
    ("changes", "approved"), [("", {2}), ("# runs/churn/train-2.yaml without tags\n", set())]
)
def test_an_error_in_what_it_rests_on_stands_against_a_version(
    tmp_path: Path, changes: str, approved: set[int]
) -> None:
    records = records_of(tmp_path, changes)
    assert {number for number in (1, 2) if one(records, f"churn/{number}").approved} == approved


@pytest.mark.parametrize(
    "refused",
    [
        "# herdbook.yaml, whole\nkind: catalog\nname: [\n",
        "# runs/churn/train-2.yaml, whole\nkind: run\nid: [\n",
        "# runs/churn/prepare-2.yaml, whole\nkind: run\nid: [\n",
        "# datasets/orders/versions/v2.yaml, whole\nkind: dataset-version\nversion: [\n",
        "# models/churn/stages.yaml, whole\nkind: stages\nmodel: [\n",
        "# models/churn/cards/2.yaml, whole\nkind: model-card\nmodel: [\n",
        "# runs/churn/evaluate-2.yaml, whole\nkind: run\nid: [\n",
        "# datasets/orders/versions/v1.yaml, whole\nkind: dataset-version\nversion: [\n",
        f"{champion('approved_by: [bo], evidence: [runs:/shadow]')}"
        "# runs/churn/shadow.yaml, whole\nkind: run\nid: [\n",
    ],
)
def test_what_cannot_be_read_approves_nothing(tmp_path: Path, refused: str) -> None:
    case(refused).lay(tmp_path / "catalog")
    records = Records(read_catalog(DirTree(tmp_path / "catalog")), records_of(tmp_path / "x").today)
    assert records.catalog.findings
    version = one(records, "churn/2")
    assert not version.approved
    assert "invalid-yaml" in {found.rule for found in version.findings}


def test_errors_of_others_do_not_concern_a_version(tmp_path: Path) -> None:
    line = '    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}\n'
    ledger = f"{CHAMPION}{LINE.format(more='approved_by: [bo]')}  blessed:\n{line}"
    policy = "# herdbook.yaml\npolicy: {approvers: [bo], protected_aliases: {champion: {}, blessed: {}}}\n"
    records = records_of(tmp_path, f"{ledger}{policy}")
    assert one(records, "churn/2").findings == ()
    assert one(records, "churn@blessed").reasons == ("no approval is recorded",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ("", ["models:/churn/2"]),
        (NO_STAGES, ["models:/churn/2"]),
        ("# models/churn/aliases.yaml, deleted\n", ["models:/churn/2"]),
        (
            f"{NO_STAGES}# herdbook.yaml\npolicy: {{protected_aliases: {{rollback: {{}}}}}}\n"
            "# models/churn/aliases.yaml\n"
            'aliases: {rollback: [{version: 1, at: "2024-01-15T08:00:00Z", by: a}]}\n',
            ["models:/churn/1"],
        ),
        (f"{NO_STAGES}# models/churn/aliases.yaml, deleted\n", []),
    ],
)
def test_a_model_stands_for_what_is_in_production(tmp_path: Path, changes: str, expected: list[str]) -> None:
    answer = ask(records_of(tmp_path, changes), "models:/churn")
    assert [str(each.version) for each in answer.versions] == expected
    if not expected:
        assert answer.reasons == ("neither a protected alias nor the production stage holds a version of it",)


def test_an_endpoint_is_approved_if_all_that_it_serves_is(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path / "all"), "predict")
    assert [(each.approved, each.traffic) for each in answer.versions] == [(True, 90), (False, 10)]
    assert not answer.approved
    assert answer.reasons[0] == f"models:/churn/1: {NOT_HELD}, only @rollback and stage staging"
    only = "# endpoints/predict.yaml\nserves: [{model: churn@champion, traffic: 100}]\n"
    assert ask(records_of(tmp_path / "one", only), "predict").approved


def test_an_endpoint_that_serves_nothing_known_is_not_approved(tmp_path: Path) -> None:
    serves = "# endpoints/predict.yaml\nserves: [{model: churn@absent, traffic: 100}]\n"
    answer = ask(records_of(tmp_path, serves), "predict")
    assert "models:/churn@absent leads to no version" in answer.reasons
    assert [found.rule for found in answer.findings] == ["unknown-reference"]


def test_findings_about_an_endpoint_are_told_once(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path, RECALL), "predict")
    rules = [found.rule for each in answer.versions for found in each.findings]
    assert rules.count("recalled-ancestor") == 3  # the alias, the stage, the endpoint
    assert answer.findings == ()


@pytest.mark.parametrize("text", ["datasets:/orders", "orders/v1", "train-1"])
def test_data_and_runs_are_not_put_into_production(tmp_path: Path, text: str) -> None:
    with pytest.raises(QuestionError, match="is not put into production: ask about a model, a version"):
        ask(records_of(tmp_path), text)


def test_a_version_without_a_card_says_so(tmp_path: Path) -> None:
    none = "# models/churn/card.yaml, deleted\n# models/churn/cards/2.yaml, deleted\n"
    version = one(records_of(tmp_path, none), "churn/2")
    assert not version.card.exists
    assert not version.approved


def test_the_policy_says_which_sections_are_demanded(tmp_path: Path) -> None:
    changes = (
        "# models/churn/card.yaml without limitations, caveats\n"
        "# herdbook.yaml\npolicy: {approvers: [bo], rules: {incomplete-card: {sections: [limitations]}}}\n"
    )
    assert one(records_of(tmp_path, changes), "churn/1").card.lacking == ("limitations",)
