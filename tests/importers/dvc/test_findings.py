from herdbook.importers.dvc.findings import Findings
from herdbook.planning.drafts import Draft, Key, Problem

KEY = Key("dataset", "orders.csv")


def test_the_first_draft_of_something_counts() -> None:
    found = Findings()
    assert not found.knows(KEY)
    found.draft(KEY, {"description": "Orders."}, "orders.csv.dvc")
    found.draft(Key("dataset", "other.csv"), {}, "other.csv.dvc")
    found.draft(KEY, {}, "dvc.lock")
    assert found.knows(KEY)
    assert found.drafts == [
        Draft(KEY, {"description": "Orders."}, "orders.csv.dvc"),
        Draft(Key("dataset", "other.csv"), {}, "other.csv.dvc"),
    ]


def test_the_same_problem_of_a_file_is_reported_once() -> None:
    found = Findings()
    for source, message in (("a.dvc", "odd"), ("b.dvc", "odd"), ("a.dvc", "odd"), ("a.dvc", "empty")):
        found.report(source, message)
    found.report("a.dvc", "odd", is_loss=False)
    assert found.problems == [
        Problem("a.dvc", "odd"),
        Problem("b.dvc", "odd"),
        Problem("a.dvc", "empty"),
    ]
