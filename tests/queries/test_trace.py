from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer_samples import example
from comparing import records_of
from herdbook.catalog import Catalog
from herdbook.entries import Endpoint, ModelVersion, Run
from herdbook.queries.asking import find
from herdbook.queries.records import Records
from herdbook.queries.trace import Doubt, Step, Trace, Tracer, trace
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from work import steps

SOURCE = SourceFile(DirTree(Path("catalog")), "a.yaml")
ENTRIES = (
    "models:/churn",
    "models:/churn@champion",
    "models:/churn/2",
    "runs:/train-2",
    "datasets:/orders/v2",
)
COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def ask(records: Records, text: str, depth: int | None = None) -> Trace:
    return trace(records, find(records.catalog, text), depth)


def step(answer: Trace, key: str) -> Step:
    (found,) = (step for step in answer.steps if step.key == key)
    return found


def test_everything_upstream_is_listed_the_nearest_first() -> None:
    answer = ask(example(), "models:/churn@champion")
    assert answer.roots == ("models:/churn/2",)
    assert [(each.key, each.distance) for each in answer.steps] == [
        ("models:/churn/2", 0),
        ("runs:/train-2", 1),
        (COMMIT, 2),
        ("datasets:/orders/v2", 2),
        ("runs:/prepare-2", 3),
        ("s3://raw/orders-2.json", 4),
    ]
    assert {(each.key, source.key, source.role) for each in answer.steps for source in each.sources} == {
        ("models:/churn/2", "runs:/train-2", "model"),
        ("runs:/train-2", "datasets:/orders/v2", "training"),
        ("runs:/train-2", COMMIT, "train.py"),
        ("datasets:/orders/v2", "runs:/prepare-2", "table"),
        ("runs:/prepare-2", "s3://raw/orders-2.json", "raw"),
        ("runs:/prepare-2", COMMIT, "prepare.py"),
    }


def test_each_step_tells_what_is_known_of_it() -> None:
    answer = ask(example(), "models:/churn@champion")
    run, data = step(answer, "runs:/train-2").run, step(answer, "datasets:/orders/v2").data
    version = step(answer, "models:/churn/2").version
    assert run is not None
    assert (run.code.commit, run.code.dirty, run.params["depth"], run.seeds) == (
        COMMIT,
        False,
        2,
        {"numpy": 42},
    )
    assert run.environment.requirements == ("scikit-learn==1.4.2",)
    assert data is not None
    assert (data.rows, data.recalled) == (20_000, "")
    assert version is not None
    assert [(each.alias, each.approved_by, each.evidence) for each in version.approvals] == [
        ("@champion", ("bo",), ("runs:/evaluate-2",)),
        ("stage production", ("bo",), ("runs:/evaluate-2",)),
    ]


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("models:/churn", ["models:/churn/1", "models:/churn/2"]),
        ("datasets:/orders", ["datasets:/orders/v1", "datasets:/orders/v2"]),
        ("predict", ["endpoints:/predict"]),
        ("runs:/train-1/model", ["runs:/train-1"]),
        ("models:/churn@rollback", ["models:/churn/1"]),
    ],
)
def test_what_a_name_means(text: str, roots: list[str]) -> None:
    assert list(ask(example(), text).roots) == roots


def test_a_model_of_which_nothing_is_in_force_means_its_newest_version(tmp_path: Path) -> None:
    none = (
        "# models/churn/aliases.yaml, deleted\n# models/churn/stages.yaml, deleted\n"
        "# endpoints/predict.yaml, deleted\n"
    )
    assert ask(records_of(tmp_path, none), "churn").roots == ("models:/churn/2",)


@pytest.mark.parametrize(
    ("changes", "key", "doubt", "message"),
    [
        (
            "# runs/churn/train-2.yaml, deleted\n",
            "runs:/train-2",
            Doubt.MISSING,
            "not in the catalog",
        ),
        (
            "# runs/churn/train-2.yaml\nstatus: failed\n",
            "runs:/train-2",
            Doubt.UNFINISHED,
            "the run is failed",
        ),
        ("# runs/churn/train-2.yaml without code\n", "runs:/train-2", Doubt.MISSING, "no commit is recorded"),
        (
            f"# runs/churn/train-2.yaml\ncode: {{commit: {COMMIT}, dirty: true}}\n",
            "runs:/train-2",
            Doubt.UNPINNED,
            "the code had changes that are in no commit",
        ),
        (
            "# runs/churn/train-2.yaml without inputs\n",
            "runs:/train-2",
            Doubt.MISSING,
            "no inputs are recorded",
        ),
        (
            "# runs/churn/train-2.yaml\nenvironment: {requirements: [numpy, pandas, a==1]}\n",
            "runs:/train-2",
            Doubt.UNPINNED,
            "the package numpy and 1 more is not pinned to one version",
        ),
        (
            "# runs/churn/train-2.yaml without environment\n",
            "runs:/train-2",
            Doubt.MISSING,
            "no packages are recorded",
        ),
        (
            "# runs/churn/train-2.yaml\ninputs: [{uri: 's3://x', role: raw}]\n",
            "runs:/train-2",
            Doubt.UNPINNED,
            "no digest is recorded of the input s3://x",
        ),
        (
            "# datasets/orders/versions/v2.yaml without digest\n",
            "datasets:/orders/v2",
            Doubt.UNPINNED,
            "no digest is recorded",
        ),
        (
            "# datasets/orders/versions/v2.yaml\n"
            'recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high}\n',
            "datasets:/orders/v2",
            Doubt.RECALLED,
            "scaled twice",
        ),
        (
            "# models/churn/versions/2.yaml without digest\n",
            "models:/churn/2",
            Doubt.UNPINNED,
            "no digest is recorded",
        ),
    ],
)
def test_what_cannot_be_relied_on_is_marked(
    tmp_path: Path, changes: str, key: str, doubt: Doubt, message: str
) -> None:
    answer = ask(records_of(tmp_path, changes), "churn/2")
    assert [(each.doubt, each.message) for each in step(answer, key).problems] == [(doubt, message)]
    others = [each for other in answer.steps if other.key != key for each in other.problems]
    assert others == []


def test_a_container_pins_what_requirements_do_not(tmp_path: Path) -> None:
    digest = "a" * 64
    environment = f"environment: {{container: 'image@sha256:{digest}', requirements: [numpy]}}"
    answer = ask(records_of(tmp_path, f"# runs/churn/train-2.yaml\n{environment}\n"), "churn/2")
    assert step(answer, "runs:/train-2").problems == ()


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_depth_bounds_the_answer_and_says_that_there_is_more(depth: int) -> None:
    records = example()
    whole, bounded = ask(records, "churn/2"), ask(records, "churn/2", depth)
    assert [each.key for each in bounded.steps] == [
        each.key for each in whole.steps if each.distance <= depth
    ]
    assert bounded.further > 0
    assert whole.further == 0
    known = {each.key for each in bounded.steps}
    assert all(source.key in known for each in bounded.steps for source in each.sources)


@given(st.lists(st.tuples(st.sampled_from(ENTRIES), st.none() | st.integers(0, 8)), max_size=8))
def test_answers_in_a_row_are_those_to_each_question_alone(asked: list[tuple[str, int | None]]) -> None:
    records = example()
    tracer = Tracer(records)
    for text, depth in asked:
        assert tracer.trace(find(records.catalog, text), depth) == ask(records, text, depth)


def test_what_is_asked_again_to_another_depth_is_not_walked_again() -> None:
    records = example()
    tracer, found = Tracer(records), find(records.catalog, "models:/churn/2")
    first = tracer.trace(found, 12)
    assert tracer.trace(found).steps is first.steps
    assert tracer.trace(found, 2).steps is not first.steps


def test_a_cycle_is_told_and_not_followed_for_ever(tmp_path: Path) -> None:
    changes = "# runs/churn/prepare-2.yaml\ninputs: [{dataset: orders/v2}]\n"
    answer = ask(records_of(tmp_path, changes), "churn/2")
    assert answer.cycles == ("datasets:/orders/v2", "runs:/prepare-2")


# Size


def run(name: str, **more: object) -> Run:
    return Run(SOURCE, {"id": name, "experiment": "e", "type": "training", "status": "finished", **more})


@pytest.mark.parametrize("length", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_chain_of_runs(length: int) -> None:
    runs = {
        f"r{index}": run(f"r{index}", inputs=[{"run": f"r{index - 1}/m"}] if index else [])
        for index in range(length)
    }
    answer = ask(Records(Catalog(runs=runs), example().today), f"runs:/r{length - 1}")
    assert answer.steps[-1].distance == length - 1


def test_what_many_versions_share_is_walked_once() -> None:
    """A walk from each would go through 300 runs 300 times."""
    chain = {f"r{index}": run(f"r{index}", inputs=[{"run": f"r{index - 1}/m"}]) for index in range(1, 300)}
    versions = {
        ("m", number): ModelVersion(SOURCE, {"model": "m", "version": number, "run": "r299", "uri": "u"})
        for number in range(1, 301)
    }
    serves = [{"model": f"m/{number}"} for number in range(1, 301)]
    endpoint = Endpoint(SOURCE, {"name": "p", "type": "online", "serves": serves})
    records = Records(Catalog(runs=chain, versions=versions, endpoints={"p": endpoint}), example().today)
    _ = records.lineage, records.registry, records.cyclic
    answer = ask(records, "models:/m")
    assert (len(answer.roots), len(answer.steps)) == (300, 600)
    ask(records, "models:/m/1")
    one, all_ = (steps(partial(ask, records, asked)) for asked in ("models:/m/1", "models:/m"))
    assert all_ < 4 * one
