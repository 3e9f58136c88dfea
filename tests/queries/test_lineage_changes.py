"""Which edges come and go with a change, and what is drawn of it."""

from datetime import date
from pathlib import Path

from diff_cases import HEAD, asked
from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Run
from herdbook.queries.changes import changes
from herdbook.queries.lineage_changes import State
from herdbook.queries.records import Records
from herdbook.source import SourceFile
from herdbook.tree import DirTree

DAY = date(2024, 2, 1)
SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")


def test_edges_that_come_and_go(tmp_path: Path) -> None:
    text = """\
# head
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v1, role: training}
# endpoints/predict.yaml
serves:
  - {model: churn@champion, traffic: 100}
"""
    answer = asked(tmp_path, text)
    assert {(edge.source, edge.target, edge.role, edge.state) for edge in answer.edges} == {
        ("datasets:/orders/v1", "runs:/train-2", "training", State.ADDED),
        ("datasets:/orders/v2", "runs:/train-2", "training", State.REMOVED),
        ("models:/churn@champion", "endpoints:/predict", "100 %", State.CHANGED),
        ("models:/churn/1", "endpoints:/predict", "10 %", State.REMOVED),
    }
    drawn = {node.key: node.state for node in answer.drawing.nodes}
    assert drawn["runs:/train-2"] is State.CHANGED
    assert drawn["datasets:/orders/v2"] is State.UNCHANGED
    assert {edge.source for edge in answer.drawing.edges} <= drawn.keys()


def test_a_renamed_entry_is_drawn_with_both_names(tmp_path: Path) -> None:
    source = (Path(__file__).parent.parent / "data/example/runs/churn/evaluate-1.yaml").read_text()
    text = f"{HEAD}# runs/churn/evaluate-1.yaml, deleted\n# runs/churn/first.yaml, whole\n"
    answer = asked(tmp_path, text + source.replace("id: evaluate-1", "id: first"))
    (pair,) = answer.renamed
    assert (pair.label_before, pair.label, pair.basis) == ("runs:/evaluate-1", "runs:/first", "content")
    drawn = {node.key: node.state for node in answer.drawing.nodes}
    assert (drawn["runs:/evaluate-1"], drawn["runs:/first"]) == (State.REMOVED, State.ADDED)


def test_what_changed_together_is_drawn_together() -> None:
    data = [{"kind": "dataset-version", "dataset": "d", "version": f"v{number}"} for number in range(100)]
    runs = [
        {
            "kind": "run",
            "id": f"r{number}",
            "experiment": "e",
            "type": "training",
            "status": "finished",
            "inputs": [{"dataset": f"d/v{number}"}],
        }
        for number in range(100)
    ]
    head = Catalog(
        dataset_versions={("d", str(each["version"])): DatasetVersion(SOURCE, each) for each in data},
        runs={str(each["id"]): Run(SOURCE, each) for each in runs},
    )
    drawing = changes(Records(Catalog(), DAY), Records(head, DAY)).drawing
    assert len(drawing.nodes) == 60
    assert len(drawing.edges) == 20
    assert drawing.hidden == 140
