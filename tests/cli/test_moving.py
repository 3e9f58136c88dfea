"""Moving aliases: the ledger, the comparison before a promotion, and back."""

import json
from pathlib import Path

from handwriting import APPROVED, WHEN, WHO, run


def test_a_ledger_is_begun_where_there_is_none(repository: Path) -> None:
    path = repository / "catalog/models/churn/aliases.yaml"
    path.unlink()
    (repository / "catalog/endpoints/predict.yaml").unlink()
    done = run(repository, "alias", "set", "churn", "champion", "2", *APPROVED, *WHO, *WHEN)
    assert done.stdout == (
        "models:/churn@champion points to version 2; it pointed to nothing before.\n"
        "written: catalog/models/churn/aliases.yaml\n"
    )
    assert path.read_text() == (
        "# yaml-language-server: $schema=../../.schema/aliases.json\n"
        "kind: aliases\nmodel: churn\naliases:\n  champion:\n"
        '    - {version: 2, at: "2024-02-01T08:00:00Z", by: ana, '
        'approved_by: [bo], evidence: ["runs:/evaluate-1"]}\n'
    )


def test_a_promotion_begins_with_the_comparison(repository: Path) -> None:
    done = run(repository, "promote", "churn", *APPROVED, *WHO, *WHEN)
    first, second, third = done.stdout.splitlines()
    assert first.startswith("How models:/churn/1 differs from models:/churn/2: auc fell by 0.01; ")
    assert second == "models:/churn/1 is the champion in place of version 2, which one can roll back to."
    assert third == "changed: catalog/models/churn/aliases.yaml"
    again = run(repository, "promote", "churn", *APPROVED, *WHO, *WHEN)
    assert again.returncode == 2
    assert again.stderr == "herdbook: models:/churn/1 is the champion already; there is nothing to promote\n"
    back = run(
        repository, "rollback", "churn", "--approved-by", "bo", "--evidence", "evaluate-2", *WHO, *WHEN
    )
    assert back.stdout.startswith("models:/churn/2 is the champion again, in place of version 1.\n")


def test_programs_are_told_the_comparison(repository: Path) -> None:
    done = run(repository, "promote", "churn", *APPROVED, *WHO, *WHEN, "--format", "json")
    value = json.loads(done.stdout)
    assert value["comparison"]["question"] == "compare"
    assert value["files"] == [{"path": "catalog/models/churn/aliases.yaml", "new": False}]
