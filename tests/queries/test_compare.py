import json
from pathlib import Path

import jsonschema
import pytest

from comparing import compared, records_of
from herdbook.queries.answer import as_json, json_schema
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.compare import Comparison, compare, compare_with
from herdbook.queries.predecessors import Basis, predecessors

RECALL = """\
# datasets/orders/versions/v2.yaml
recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high, replaced_by: orders/v1}
"""


def test_versions_are_compared_with_the_one_before(tmp_path: Path) -> None:
    answer = compared(records_of(tmp_path), "churn@champion")
    assert str(answer.ref) == "models:/churn@champion"
    assert (str(answer.now.ref), str(answer.before.ref)) == ("models:/churn/2", "models:/churn/1")
    assert (str(answer.now.run), answer.now.run_known) == ("runs:/train-2", True)
    assert (answer.basis, answer.alias, answer.notes) == (Basis.ALIAS, "champion", ())
    assert [change.metric for change in answer.metrics] == ["auc"]
    assert len(answer.slices) == 2


def test_a_predecessor_found_elsewhere_gives_the_same_answer(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    version = records.catalog.versions["churn", 2]
    answer = compare_with(records, version, predecessors(records, "churn")[2])
    assert answer == compared(records, "churn/2")


def test_a_version_stands_for_its_run_where_the_other_is_a_run(tmp_path: Path) -> None:
    answer = compared(records_of(tmp_path), "churn/2", "runs:/train-1")
    assert (str(answer.now.ref), str(answer.before.ref)) == ("runs:/train-2", "runs:/train-1")


def test_a_run_is_compared_with_the_run_of_the_version_before_or_else_with_the_last_of_its_kind(
    tmp_path: Path,
) -> None:
    records = records_of(tmp_path)
    answer = compared(records, "train-2")
    assert (str(answer.before.ref), answer.basis) == ("runs:/train-1", Basis.ALIAS)
    answer = compared(records, "prepare-2")
    assert (str(answer.before.ref), answer.basis) == ("runs:/prepare-1", Basis.EXPERIMENT)


def test_a_run_that_is_missing_is_said(tmp_path: Path) -> None:
    records = records_of(tmp_path, "# runs/churn/train-1.yaml, deleted\n")
    answer = compared(records, "churn/2")
    assert (str(answer.before.run), answer.before.run_known) == ("runs:/train-1", False)
    assert answer.differences == ()
    assert answer.metrics[0].change == 0.01
    assert answer.notes == (
        "the run of models:/churn/1 is not in the catalog, so its data, code and parameters are not known",
    )
    with pytest.raises(QuestionError, match=r"models:/churn/1 cannot be compared with a run: its own run"):
        compared(records, "churn/1", "train-2")


def test_runs_without_metrics_code_and_inputs(tmp_path: Path) -> None:
    bare = "".join(
        f"# runs/churn/train-{number}.yaml without code, inputs, metrics\nstatus: failed\n"
        for number in (1, 2)
    )
    answer = compared(records_of(tmp_path, bare), "train-2", "train-1")
    assert answer.metrics == ()
    assert [item.name for item in answer.differences] == ["depth"]
    assert [note.partition(":/")[2] or note for note in answer.notes] == [
        "train-1 is failed: its numbers may not be final",
        "train-2 is failed: its numbers may not be final",
        "train-1 is not known: no commit is recorded",
        "train-1 are not known: no inputs are recorded",
        "train-2 is not known: no commit is recorded",
        "train-2 are not known: no inputs are recorded",
        "no metric was recorded of either",
    ]


def test_other_models_compare_and_it_is_said(tmp_path: Path) -> None:
    other = """\
# models/other/versions/1.yaml
kind: model-version
model: other
version: 1
run: train-1
uri: s3://models/other.pkl
"""
    answer = compared(records_of(tmp_path, other), "churn/2", "other/1")
    assert answer.notes[0].startswith("these are different models, models:/other and models:/churn;")


def test_recalled_data_behind_both_and_other_ways_of_evaluating_are_said(tmp_path: Path) -> None:
    changes = f"""\
{RECALL}# runs/churn/train-1.yaml
inputs: [{{dataset: orders/v2}}]
# runs/churn/evaluate-2.yaml
code: {{commit: "2222222222222222222222222222222222222222"}}
params: {{threshold: 0.3}}
"""
    assert compared(records_of(tmp_path, changes), "churn/2").notes == (
        "both were made from datasets:/orders/v2, which has been recalled",
        "the evaluations runs:/evaluate-1 and runs:/evaluate-2 ran different code "
        "(0f4b1c3d5e and 2222222222)",
        "the evaluations runs:/evaluate-1 and runs:/evaluate-2 differ in the parameter threshold",
    )


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("churn/1", None, r"version 1 of models:/churn has no predecessor: no version before it passed"),
        ("train-1", None, r"runs:/train-1 has no predecessor: no training run of churn finished before it"),
        ("churn/1", "churn/1", r"both are models:/churn/1: there is nothing to compare"),
        ("churn@rollback", "churn/1", r"both are models:/churn/1"),
        ("churn/1", "train-1", r"both are runs:/train-1"),
        ("models:/churn", None, r"models:/churn is neither a version of a model nor a run"),
        ("churn/1", "datasets:/orders/v1", r"datasets:/orders/v1 is neither"),
        ("endpoints:/predict", None, r"endpoints:/predict is neither"),
    ],
)
def test_bad_questions(one: str, other: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=message) as caught:
        compared(records_of(tmp_path), one, other)
    assert caught.value.exit_code == 2


def test_the_json_keeps_to_its_schema(tmp_path: Path) -> None:
    records = records_of(tmp_path, RECALL)
    schema = json_schema(Comparison)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in ("churn/2", "prepare-2"):
        answer = compare(records, find(records.catalog, name), None, lambda before, now: [("a.py", "added")])
        written = json.loads(json.dumps(as_json(answer), allow_nan=False))
        assert written["question"] == "compare"
        jsonschema.validate(written, schema)
