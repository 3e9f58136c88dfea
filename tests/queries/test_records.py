import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from comparing import records_of
from herdbook.cache import Cache
from herdbook.catalog import Catalog, Origin
from herdbook.check import check
from herdbook.entries import ModelVersion
from herdbook.memory import Memory
from herdbook.queries import impact as impacts
from herdbook.queries.asking import Found, QuestionError, find, narrowed
from herdbook.queries.compare import compare
from herdbook.queries.records import Records
from herdbook.queries.reproduce import reproduce
from herdbook.queries.resolve import resolve
from herdbook.queries.status import status
from herdbook.queries.trace import trace
from herdbook.ref import Ref
from herdbook.reports.answers import answer_json
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG
from test_reach import catalog as generated

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


GENERATED = Records(generated(), date(2026, 1, 1))


def impact(records: Records, found: Found) -> Any:
    return impacts.impact(records, impacts.entry(records, found))


@pytest.mark.parametrize("question", [trace, impact, reproduce, resolve, status])
def test_around_an_entry_every_question_about_it_has_its_answer(
    question: Callable[[Records, Found], Any], tmp_path: Path
) -> None:
    def answer(records: Records, found: Found) -> str:
        try:
            return answer_json(question(records, found))
        except QuestionError as error:
            return str(error)

    narrower = 0
    for records in (records_of(tmp_path), records_of(tmp_path / "waived", WAIVED), GENERATED):
        catalog = replace(records.catalog, origin=Origin(records.catalog, frozenset()))
        recalled = replace(records, catalog=catalog)
        for entry in records.catalog.entries():
            if entry.ref is not None:
                found = find(records.catalog, str(entry.ref))
                part = recalled.about(found.entry)
                narrower += part.catalog.count < records.catalog.count
                assert answer(part, found) == answer(records, found)
    assert narrower > 100


def test_around_two_entries_they_can_be_compared(tmp_path: Path) -> None:
    def answer(records: Records, found: Found, other: Found | None) -> str:
        try:
            return answer_json(compare(records, found, other))
        except QuestionError as error:
            return str(error)

    for records in (records_of(tmp_path), GENERATED):
        catalog = replace(records.catalog, origin=Origin(records.catalog, frozenset()))
        recalled = replace(records, catalog=catalog)
        chosen = [*records.catalog.versions.values(), *list(records.catalog.runs.values())[::7]]
        found = [find(records.catalog, str(entry.ref)) for entry in chosen]
        for one, other in zip(found, [None, None, *found], strict=False):
            if other is not None or isinstance(one.entry, ModelVersion):
                part = recalled.about(*(each.entry for each in (one, other) if each is not None))
                assert answer(part, one, other) == answer(records, one, other)


def test_what_was_read_anyway_is_not_narrowed_down(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    assert records.about(records.catalog.runs["train-1"]) is records
    catalog = replace(records.catalog, origin=Origin(Catalog(), frozenset()))
    recalled = replace(records, catalog=catalog)
    assert recalled.about(None) is recalled
    assert narrowed(recalled, "nobody") is recalled
    part = narrowed(recalled, "runs:/train-1")
    assert part.catalog.whole is catalog
    assert part.about(records.catalog.runs["train-2"]) is part


def test_where_the_lineage_of_all_is_known_no_question_about_it_is_narrowed_down(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    memory = Memory(Cache(tmp_path / "cache", folder, bytes(32)))
    memory.read(DirTree(folder))
    memory.save()
    found = Memory(Cache(tmp_path / "cache", folder, bytes(32))).read(DirTree(folder))
    assert found.known is not None
    records = Records(found, date(2024, 6, 1))
    assert narrowed(records, "runs:/train-1") is records
