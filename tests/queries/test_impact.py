from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer_samples import example
from comparing import records_of
from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Run
from herdbook.opening import read_catalog
from herdbook.queries import impact as question
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.history import history
from herdbook.queries.impact import Affected, Impact, Impacts, SubjectKind
from herdbook.queries.records import Records
from herdbook.requirements import RequirementError
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from rule_examples import case
from work import steps

SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")
ENTRIES = (
    "datasets:/orders",
    "datasets:/orders/v2",
    "runs:/train-2",
    "models:/churn/2",
    "models:/churn@champion",
)
COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def ask(records: Records, text: str, depth: int | None = None) -> Impact:
    return question.impact(records, question.named(records, text), depth)


def keys(answer: Impact) -> list[str]:
    return [item.key for item in answer.affected]


def item(answer: Impact, key: str) -> Affected:
    (found,) = (item for item in answer.affected if item.key == key)
    return found


def test_what_is_in_production_comes_first_and_the_nearest_next() -> None:
    answer = ask(example(), "datasets:/orders/v2")
    assert answer.live
    assert [(each.key, each.distance, each.live) for each in answer.affected] == [
        ("models:/churn/2", 2, True),
        ("models:/churn@champion", 3, True),
        ("endpoints:/predict", 4, True),
        ("datasets:/orders/v2", 0, False),
        ("runs:/train-2", 1, False),
        ("runs:/evaluate-2", 3, False),
    ]


def test_what_cannot_be_read_may_hide_something(tmp_path: Path) -> None:
    case("# runs/churn/train-2.yaml\ntype: trainingg\n").lay(tmp_path / "catalog")
    broken = Records(read_catalog(DirTree(tmp_path / "catalog")), date(2024, 2, 1))
    answer = ask(broken, "datasets:/orders/v2")
    assert (answer.live, answer.unread, ask(example(), "datasets:/orders/v2").unread) == (False, 1, None)
    part = broken.about(broken.catalog.runs["train-1"])
    assert question.impact(part, question.commit(part, "abcd")).unread == 1


def test_an_alias_of_a_model_is_one_thing_by_whatever_name_the_model_goes(tmp_path: Path) -> None:
    """An endpoint that names it as it was called before must not be missed."""
    records = records_of(
        tmp_path,
        """\
# models/churn/model.yaml
title: Churned
imported_from: {mlflow: Churned}
# endpoints/predict.yaml
serves: [{model: Churned@champion}]
# runs/churn/later.yaml, whole
kind: run
id: later
experiment: churn
type: batch-inference
status: finished
started_at: "2024-01-13T00:00:00Z"
inputs: [{model: Churned@champion}]
""",
    )
    answer = ask(records, "datasets:/orders/v2")
    shares = item(answer, "endpoints:/predict").serves
    assert [str(share.model) for share in shares] == ["models:/Churned@champion"]
    assert keys(ask(records, "models:/Churned@champion")) == keys(ask(records, "models:/churn@champion"))
    assert "runs:/later" in keys(ask(records, "models:/churn/1"))
    (serving,) = history(records, find(records.catalog, "churn")).serving
    assert (str(serving.model), str(serving.version)) == ("models:/churn@champion", "models:/churn/2")


@given(st.lists(st.tuples(st.sampled_from(ENTRIES), st.none() | st.integers(0, 8)), max_size=8))
def test_answers_in_a_row_are_those_to_each_question_alone(asked: list[tuple[str, int | None]]) -> None:
    records = example()
    impacts = Impacts(records)
    for text, depth in asked:
        assert impacts.impact(find(records.catalog, text), depth) == ask(records, text, depth)


def test_what_is_asked_again_to_another_depth_is_not_walked_again() -> None:
    records = example()
    impacts, found = Impacts(records), find(records.catalog, "datasets:/orders/v2")
    first = impacts.impact(found, 12)
    assert impacts.impact(found).affected is first.affected
    assert impacts.impact(found, 3).affected is not first.affected


def test_each_thing_says_through_what_and_as_what_it_depends() -> None:
    answer = ask(example(), "datasets:/orders")
    through = {each.key: (each.via, each.role) for each in answer.affected if each.distance}
    assert through["runs:/train-2"] == ("datasets:/orders/v2", "training")
    assert through["runs:/evaluate-2"] == ("datasets:/orders/v1", "test")
    assert through["models:/churn/1"] == ("runs:/train-1", "model")
    endpoint = item(answer, "endpoints:/predict")
    assert (endpoint.type, endpoint.environment) == ("online", "production")
    assert [(str(share.model), str(share.version), share.traffic) for share in endpoint.serves] == [
        ("models:/churn@champion", "models:/churn/2", 90),
        ("models:/churn/1", "models:/churn/1", 10),
    ]
    assert item(answer, "models:/churn/1").held_by == ("@rollback", "stage staging")
    assert str(item(answer, "models:/churn@rollback").version) == "models:/churn/1"
    assert item(answer, "runs:/train-2").at == "2024-01-12T08:00:00Z"


def test_an_endpoint_names_only_what_of_it_is_affected() -> None:
    endpoint = item(ask(example(), "datasets:/orders/v2"), "endpoints:/predict")
    assert [share.traffic for share in endpoint.serves] == [90]


def test_having_been_evaluated_on_data_is_no_descent_but_promotions_may_rest_on_it(tmp_path: Path) -> None:
    records = records_of(tmp_path, "# runs/churn/train-1.yaml\ninputs: [{dataset: orders/v2}]\n")
    answer = ask(records, "datasets:/orders/v1")
    assert keys(answer) == ["datasets:/orders/v1", "runs:/evaluate-1", "runs:/evaluate-2"]
    assert not answer.live
    assert [(str(each.version), each.held_by, str(each.evidence)) for each in answer.reliances] == [
        ("models:/churn/2", "@champion", "runs:/evaluate-2"),
        ("models:/churn/2", "stage production", "runs:/evaluate-2"),
    ]
    assert ask(records, "datasets:/orders/v2").reliances == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models:/churn", {"models:/churn/1", "models:/churn/2", "endpoints:/predict"}),
        ("models:/churn/1", {"models:/churn/1", "models:/churn@rollback", "endpoints:/predict"}),
        ("models:/churn@champion", {"models:/churn@champion", "endpoints:/predict"}),
        ("models:/churn@rollback", {"models:/churn@rollback"}),
        ("runs:/train-1/model", {"runs:/train-1", "models:/churn/1"}),
        ("predict", {"endpoints:/predict"}),
        ("s3://raw/orders-2.json", {"runs:/prepare-2", "datasets:/orders/v2", "models:/churn/2"}),
        ("s3://models/churn/2.pkl", {"models:/churn/2", "models:/churn@champion"}),
    ],
)
def test_anything_can_be_asked_about(text: str, expected: set[str]) -> None:
    answer = ask(example(), text)
    assert expected <= set(keys(answer))
    assert answer.subject_kind is (SubjectKind.ADDRESS if "s3:" in text else SubjectKind.ENTRY)


def test_an_unknown_address_is_an_error() -> None:
    with pytest.raises(QuestionError, match="nothing in the catalog has the address 's3://raw/orders'"):
        ask(example(), "s3://raw/orders")
    with pytest.raises(QuestionError, match="did you mean models:/churn"):
        ask(example(), "models:/chrun")


def test_a_commit_is_found_by_the_beginning_of_its_hash() -> None:
    records = example()
    for prefix in (COMMIT, COMMIT[:4], COMMIT[:12].upper()):
        assert question.commit(records, prefix).name == COMMIT
    answer = question.impact(records, question.commit(records, COMMIT))
    assert answer.live
    assert item(answer, "runs:/train-1").via == COMMIT
    unknown = question.impact(records, question.commit(records, "abcdef"))
    assert (unknown.subject, unknown.affected) == ("abcdef", ())


def test_a_prefix_of_several_commits_is_ambiguous(tmp_path: Path) -> None:
    records = records_of(tmp_path, f"# runs/churn/train-1.yaml\ncode: {{commit: '{'0f4b' * 10}'}}\n")
    with pytest.raises(QuestionError, match=f"0f4b could be {'0f4b' * 10} or {COMMIT}|or {'0f4b' * 10}"):
        question.commit(records, "0f4b")
    assert question.commit(records, "0f4b1").name == COMMIT


@pytest.mark.parametrize("prefix", ["", "0f4", "0f4g", "HEAD", "0" * 65, "--all"])
def test_what_is_no_hash_is_refused(prefix: str) -> None:
    with pytest.raises(QuestionError, match="is no commit: write its hash, or at least 4 digits of it"):
        question.commit(example(), prefix)


PACKAGES = """\
# runs/churn/train-1.yaml
environment: {python: 3.11.7, requirements: [Scikit_Learn==1.4.2]}
# runs/churn/train-2.yaml
environment: {python: 3.12.1, requirements: [scikit-learn]}
# runs/churn/evaluate-1.yaml
environment: {python: 3.12.1, requirements: ["scikit-learn==1.6", "numpy==2.0"]}
# runs/churn/evaluate-2.yaml
environment: {requirements: ["scikit-learn==odd-build"]}
# models/churn/versions/1.yaml
requirements: [joblib==1.0]
# models/churn/versions/2.yaml
requirements: [joblib>=1.0]
"""


@pytest.mark.parametrize(
    ("text", "expected", "undecided"),
    [
        ("scikit-learn<1.5", {"runs:/train-1": "1.4.2"}, {"runs:/train-2", "runs:/evaluate-2"}),
        (
            "scikit-learn",
            {
                "runs:/train-1": "1.4.2",
                "runs:/train-2": "",
                "runs:/evaluate-1": "1.6",
                "runs:/evaluate-2": "odd-build",
            },
            set(),
        ),
        ("numpy>1", {"runs:/evaluate-1": "2.0"}, set()),
        ("joblib", {"models:/churn/1": "1.0", "models:/churn/2": ""}, set()),
        ("joblib<2", {"models:/churn/1": "1.0"}, {"models:/churn/2"}),
        ("python<3.12", {"runs:/train-1": "3.11.7"}, set()),
    ],
)
def test_a_package_is_found_in_runs_and_versions(
    tmp_path: Path, text: str, expected: dict[str, str], undecided: set[str]
) -> None:
    records = records_of(tmp_path, PACKAGES)
    answer = question.impact(records, question.requirement(records, text))
    nearest = {each.key: each.role for each in answer.affected if each.distance == 1 and not each.via}
    prepared = {"runs:/prepare-1", "runs:/prepare-2"}
    assert {key: role for key, role in nearest.items() if key not in prepared} == expected
    assert set(answer.undecided) - prepared == undecided - set(keys(answer))


@pytest.mark.parametrize(
    ("text", "expected", "undecided"),
    [
        ("numpy<2", {"models:/churn/1": "1.26.4"}, False),
        ("numpy>=2", {"models:/churn/1": "2.1.0"}, False),
        ("numpy>=1", {"models:/churn/1": "1.26.4, 2.1.0"}, False),
        ("numpy>3", {}, False),
        ("joblib<1", {}, True),
        ("joblib", {"models:/churn/1": "1.0"}, False),
    ],
)
def test_of_a_package_that_is_pinned_under_conditions_every_version_counts(
    tmp_path: Path, text: str, expected: dict[str, str], undecided: bool
) -> None:
    lines = """\
# models/churn/versions/1.yaml
requirements:
  - "numpy==1.26.4; python_version < '3.13'"
  - "numpy==2.1.0; python_version >= '3.13'"
  - joblib
  - joblib==1.0
"""
    records = records_of(tmp_path, lines)
    subject = question.requirement(records, text)
    found = {node.key: version for node, version in subject.versions.items()}
    assert {key: version for key, version in found.items() if key.startswith("models:/")} == expected
    assert ("models:/churn/1" in subject.undecided) is undecided


def test_a_package_that_nobody_has_affects_nothing_and_may_be_a_mistake() -> None:
    records = example()
    answer = question.impact(records, question.requirement(records, "scikit-lern<1.5"))
    assert (answer.affected, answer.similar, answer.live) == ((), "scikit-learn", False)
    with pytest.raises(RequirementError):
        question.requirement(records, "scikit-learn=1")


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_depth_bounds_the_answer_and_says_that_there_is_more(depth: int) -> None:
    records = example()
    whole, bounded = ask(records, "orders/v2"), ask(records, "orders/v2", depth)
    assert set(keys(bounded)) == {each.key for each in whole.affected if each.distance <= depth}
    assert bounded.further > 0
    assert (whole.further, whole.depth, bounded.depth) == (0, None, depth)


def test_depth_counts_from_the_package() -> None:
    records = example()
    subject = question.requirement(records, "scikit-learn<2")
    nothing = question.impact(records, subject, 0)
    assert (nothing.affected, nothing.further) == ((), len(subject.nodes))
    assert {each.distance for each in question.impact(records, subject, 1).affected} == {1}


@pytest.mark.parametrize(
    ("changes", "live"),
    [
        ("", {"models:/churn/2", "models:/churn@champion", "endpoints:/predict"}),
        ("# endpoints/predict.yaml\nenvironment: staging\n", {"models:/churn/2", "models:/churn@champion"}),
        (
            "# herdbook.yaml\npolicy: {approvers: [bo], protected_aliases: {blessed: {}}}\n",
            {"models:/churn/2", "endpoints:/predict"},
        ),
        (
            "# models/churn/stages.yaml, deleted\n",
            {"models:/churn@champion", "endpoints:/predict"},
        ),
    ],
)
def test_live_are_production_endpoints_protected_aliases_and_the_production_stage(
    tmp_path: Path, changes: str, live: set[str]
) -> None:
    answer = ask(records_of(tmp_path, changes), "runs:/train-2")
    assert {each.key for each in answer.affected if each.live} == live


def test_a_cycle_is_told_and_not_followed_for_ever(tmp_path: Path) -> None:
    records = records_of(
        tmp_path,
        "# datasets/orders/versions/v1.yaml without produced_by\nderived_from: [orders/v2]\n"
        "# datasets/orders/versions/v2.yaml without produced_by\nderived_from: [orders/v1]\n"
        "# runs/churn/prepare-1.yaml, deleted\n# runs/churn/prepare-2.yaml, deleted\n",
    )
    answer = ask(records, "orders/v1")
    assert set(answer.cycles) == {"datasets:/orders/v1", "datasets:/orders/v2"}
    assert item(answer, "endpoints:/predict").live


def test_what_refers_to_missing_entries_is_affected_too(tmp_path: Path) -> None:
    changes = "# runs/churn/train-2.yaml, deleted\n"
    records = records_of(tmp_path, changes)
    answer = ask(records, "models:/churn/2")
    assert "models:/churn@champion" in keys(answer)
    assert "runs:/train-2" not in keys(ask(records, "orders/v2"))


# Size


def large(runs: dict[str, Run], *data: DatasetVersion) -> Records:
    versions = {(each.dataset, each.version): each for each in data}
    return Records(Catalog(runs=runs, dataset_versions=versions), date(2024, 2, 1))


def run(name: str, **more: object) -> Run:
    return Run(SOURCE, {"id": name, "experiment": "e", "type": "training", "status": "finished", **more})


def test_a_dataset_of_many_consumers() -> None:
    data = DatasetVersion(SOURCE, {"dataset": "d", "version": "v1"})
    runs = {f"r{index}": run(f"r{index}", inputs=[{"dataset": "d/v1"}]) for index in range(10_000)}
    answer = ask(large(runs, data), "d/v1")
    assert len(answer.affected) == 10_001


@pytest.mark.parametrize("length", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_chain_of_runs(length: int) -> None:
    runs = {
        f"r{index}": run(f"r{index}", inputs=[{"run": f"r{index - 1}/m"}] if index else [])
        for index in range(length)
    }
    answer = ask(large(runs), "runs:/r0")
    assert answer.affected[-1].distance == length - 1


def test_the_cost_is_that_of_the_answer_and_not_of_the_catalog() -> None:
    def cost(size: int) -> int:
        runs = {f"r{index}": run(f"r{index}", inputs=[{"dataset": f"d/v{index}"}]) for index in range(size)}
        records = large(
            runs, *(DatasetVersion(SOURCE, {"dataset": "d", "version": f"v{index}"}) for index in range(size))
        )
        subject = question.named(records, "d/v7")
        question.impact(records, subject)  # after it, the graph is there
        return steps(partial(question.impact, records, subject))

    assert cost(20) == cost(2_000)
