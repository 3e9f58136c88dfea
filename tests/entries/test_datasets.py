from entry_samples import made
from herdbook.entries import DatasetVersion, Recall
from herdbook.ref import Ref


def test_a_recall_may_name_a_successor() -> None:
    recall = {"at": "2024-01-01T00:00:00Z", "by": "ada", "reason": "broken", "severity": "high"}
    version = {"dataset": "d", "version": "v"}
    assert made(DatasetVersion, version).recall is None
    assert made(DatasetVersion, {**version, "recall": recall}).recall == Recall(**recall, replaced_by=None)
    replaced = made(DatasetVersion, {**version, "recall": {**recall, "replaced_by": "d/w"}})
    assert replaced.recall.replaced_by == Ref.dataset("d", "w")
    assert [mention.route for mention in replaced.mentions()] == [("recall", "replaced_by")]
