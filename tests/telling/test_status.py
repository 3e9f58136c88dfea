from dataclasses import replace
from pathlib import Path

import pytest

from comparing import records_of
from herdbook.finding import Severity
from herdbook.queries.asking import find
from herdbook.queries.judged import Judged
from herdbook.queries.records import Records
from herdbook.queries.status import Status, status
from herdbook.reports.answers import document_text
from herdbook.telling.document import plain
from herdbook.telling.status import tell_status

LEDGER = "# models/churn/aliases.yaml\naliases:\n  champion:\n"
NO_STAGES = "# models/churn/stages.yaml, deleted\n"
UNAPPROVED = f'{LEDGER}    - {{version: 2, at: "2024-01-15T08:00:00Z", by: ana}}\n{NO_STAGES}'
WAIVER = (
    "# herdbook.yaml\nwaivers:\n  - {rule: unapproved-promotion, entry: 'models:/churn@champion', owner: bo, "
    "reason: it burns, until: 2099-01-01}\n"
)
CHAMPION_ONLY = "# endpoints/predict.yaml\nserves: [{model: churn@champion, traffic: 100}]\n"
BOTH = (
    "# models/churn/aliases.yaml\naliases:\n  champion:\n"
    '    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}\n  second:\n'
    '    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}\n'
    "# herdbook.yaml\npolicy: {approvers: [bo], protected_aliases: {champion: {}, second: {}}}\n"
)


def ask(records: Records, text: str) -> Status:
    return status(records, find(records.catalog, text))


@pytest.mark.parametrize(
    ("text", "changes", "lead", "tone"),
    [
        (
            "churn/2",
            "",
            "models:/churn/2 is approved for production: bo approved it as @champion and stage production on "
            "2024-01-15 on the evidence of runs:/evaluate-2.",
            "good",
        ),
        (
            "churn@champion",
            NO_STAGES,
            "models:/churn@champion, which means models:/churn/2, is approved for production: bo approved it "
            "as @champion on 2024-01-15 on the evidence of runs:/evaluate-2.",
            "good",
        ),
        (
            "predict",
            CHAMPION_ONLY + NO_STAGES,
            "endpoints:/predict, which serves models:/churn/2, is approved for production: bo approved it "
            "as @champion on 2024-01-15 on the evidence of runs:/evaluate-2.",
            "good",
        ),
        (
            "predict",
            BOTH,
            "endpoints:/predict is approved for production: models:/churn/2 by bo; models:/churn/1 by bo.",
            "good",
        ),
        (
            "churn/2",
            UNAPPROVED,
            "models:/churn/2 is not approved for production: no approval is recorded.",
            "bad",
        ),
        (
            "churn/2",
            UNAPPROVED + WAIVER,
            "models:/churn/2 is approved for production: a waiver lets it be @champion on 2024-01-15.",
            "good",
        ),
        (
            "churn/1",
            "",
            "models:/churn/1 is not approved for production: neither a protected alias nor the "
            "production stage holds it, only @rollback and stage staging; its approval as "
            "@champion ended on 2024-01-15.",
            "bad",
        ),
    ],
)
def test_the_lead_is_the_verdict(tmp_path: Path, text: str, changes: str, lead: str, tone: str) -> None:
    answer = ask(records_of(tmp_path, changes), text)
    document = tell_status(answer)
    assert (plain(document.lead), document.tone) == (lead, tone)
    assert tell_status(answer, briefly=True) == replace(document, sections=())


def test_approvals_are_said_to_be_declared(tmp_path: Path) -> None:
    declared = document_text(tell_status(ask(records_of(tmp_path / "a"), "churn/2")))
    assert "Approvals are declared in the ledgers, not verified." in declared
    verified = "# herdbook.yaml\npolicy: {approvers: [bo], approvals: verified}\n"
    text = document_text(tell_status(ask(records_of(tmp_path / "b", verified), "churn/2")))
    assert "the policy has the gate verify them before a merge" in text


def test_errors_come_before_warnings_and_what_is_waived_last(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path), "churn/2")
    (version,) = answer.versions

    def judged(severity: Severity, by: str = "") -> Judged:
        return Judged(
            f"rule-{severity}", severity, "wrong", "a.yaml", 3, "Mend it.", by, "2099-01-01", "known"
        )

    findings = (
        judged(Severity.ERROR, "bo"),
        judged(Severity.NOTE),
        judged(Severity.WARNING),
        judged(Severity.ERROR),
    )
    document = tell_status(replace(answer, versions=(replace(version, findings=findings),)))
    (section,) = (section for section in document.sections if section.title == "Findings")
    text = document_text(replace(document, sections=(section,)))
    assert [line.strip() for line in text.splitlines()[3:]] == [
        "- [error] wrong (rule-error, a.yaml:3). Mend it.",
        "- [warning] wrong (rule-warning, a.yaml:3). Mend it.",
        "- [note] wrong (rule-note, a.yaml:3). Mend it.",
        "- [waived] wrong (rule-error, a.yaml:3). Waived by bo until 2099-01-01: known",
    ]


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path), "predict")
    many = replace(answer, versions=answer.versions[:1] * 1_500, reasons=("one",) * 1_500)
    lead = plain(tell_status(many).lead)
    assert len(lead) < 200
    finding = Judged("rule", Severity.ERROR, "wrong", "a.yaml", 3, "", "", "", "")
    one = replace(
        answer.versions[0], findings=(finding,) * 1_500, promotions=answer.versions[0].promotions * 1_000
    )
    text = document_text(tell_status(replace(answer, versions=(one,), findings=(finding,) * 1_500)))
    assert len(text.splitlines()) < 120
    assert text.count("and 1,480 more; --format json lists them all.") == 2
