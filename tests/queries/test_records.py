from pathlib import Path

from comparing import records_of
from herdbook.check import check
from herdbook.ref import Ref

WAIVED = """\
# herdbook.yaml
waivers:
  - {rule: missing-digest, entry: "datasets:/orders/v1", owner: bo, reason: huge, until: 2099-01-01}
# datasets/orders/versions/v1.yaml without digest
# models/churn/card.yaml
caveats: TODO
"""


def test_records_are_made_once(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    assert records.lineage is records.lineage
    assert records.registry is records.registry
    assert records.policy.approvers == ("bo",)
    assert records.cyclic == frozenset()
    assert records.report == check(records.catalog, records.today)


def test_findings_are_found_by_file(tmp_path: Path) -> None:
    records = records_of(tmp_path, WAIVED)
    assert {path: [found.rule for found in each] for path, each in records.findings_in.items()} == {
        "models/churn/card.yaml": ["placeholder-text"]
    }
    assert {path: [item.waiver.owner for item in each] for path, each in records.waived_in.items()} == {
        "datasets/orders/versions/v1.yaml": ["bo"]
    }


def test_evidence_tells_which_promotions_in_force_rest_on_a_run(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    second = Ref.model("churn", 2)
    assert records.evidence == {Ref.run("evaluate-2"): ((second, "@champion"), (second, "stage production"))}


def test_what_is_made_from_itself_is_known(tmp_path: Path) -> None:
    records = records_of(
        tmp_path, "# datasets/orders/versions/v1.yaml without produced_by\nderived_from: [orders/v1]\n"
    )
    assert {node.key for node in records.cyclic} == {"datasets:/orders/v1"}
