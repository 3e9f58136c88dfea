"""What moves with a change: who held it before, since when, and how the new holder compares."""

from pathlib import Path

from diff_cases import BASE, HEAD, PROMOTION, asked, move
from herdbook.queries.metric_changes import Verdict
from herdbook.queries.predecessors import Basis


def test_a_new_holder_is_compared_with_the_one_before(tmp_path: Path) -> None:
    answer = asked(tmp_path, BASE + HEAD + PROMOTION)
    assert [each.held_by for each in answer.moves] == [
        "@champion",
        "stage production",
        "stage archived",
        "@candidate",
    ]
    champion = move(answer, "@champion")
    assert champion.protected
    assert (str(champion.before), str(champion.now)) == ("models:/churn/1", "models:/churn/2")
    assert (champion.by, champion.approved_by, champion.reason) == ("ana", ("bo",), "better AUC")
    assert champion.evidence == ("runs:/evaluate-2",)
    assert [str(ref) for ref in champion.endpoints] == ["endpoints:/predict"]
    comparison = champion.comparison
    assert comparison is not None
    assert (comparison.basis, comparison.alias) == (Basis.ALIAS, "champion")
    (auc,) = comparison.metrics
    assert (auc.before, auc.now, auc.verdict) == (0.81, 0.82, Verdict.BETTER)
    production = move(answer, "stage production")
    assert (str(production.before), str(production.now)) == ("models:/churn/1", "models:/churn/2")
    assert (production.stage_before, production.approved_by) == ("", ())
    assert production.comparison is not None
    assert move(answer, "stage archived").stage_before == "production"
    candidate = move(answer, "@candidate")
    assert (candidate.protected, candidate.comparison) == (False, None)


def test_a_version_that_is_gone_is_not_compared(tmp_path: Path) -> None:
    answer = asked(tmp_path, BASE + HEAD + PROMOTION + "# models/churn/versions/1.yaml, deleted\n")
    assert move(answer, "@champion").comparison is None


def test_a_version_in_no_stage_any_more_is_named(tmp_path: Path) -> None:
    text = HEAD + "# models/churn/stages.yaml, deleted\n"
    answer = asked(tmp_path, text)
    assert [(each.held_by, str(each.before), each.now) for each in answer.moves] == [
        ("stage production", "models:/churn/2", None),
        ("stage staging", "models:/churn/1", None),
    ]
    assert not any(each.protected for each in answer.moves)
