import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from comparing import records_of
from conftest import CHECKOUT
from herdbook.opening import read_catalog
from herdbook.queries.answer import as_json, json_schema
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.fetching import Source
from herdbook.queries.records import Records
from herdbook.queries.reproduce import Purpose, Reproduction, reproduce
from herdbook.tree import DirTree

LOCAL = """\
# datasets/orders/versions/v1.yaml
uri: data/v1.csv
# runs/churn/prepare-1.yaml
outputs:
  - name: table
    digest: "sha256:041e2a28245db835189938be363c75af74988b522604b63f627f7517ceb20568"
    dataset: orders/v1
# models/churn/versions/1.yaml
uri: models/1.pkl
"""


def asked(records: Records, name: str) -> Reproduction:
    return reproduce(records, find(records.catalog, name))


def plan(answer: Reproduction) -> list[tuple[str, Purpose]]:
    return [(rerun.run.name, rerun.purpose) for rerun in answer.reruns]


def own() -> Records:
    return Records(read_catalog(DirTree(CHECKOUT / "catalog")), date(2026, 11, 21))


@pytest.mark.parametrize("name", ["mortgage-approval/4", "mortgage-approval@challenger"])
def test_a_version_of_our_own_catalog(name: str) -> None:
    answer = asked(own(), name)
    assert plan(answer) == [
        ("mortgage-split", Purpose.INPUT),
        ("mortgage-trim-v3", Purpose.INPUT),
        ("mortgage-train-4", Purpose.TARGET),
        ("mortgage-evaluate-4", Purpose.EVALUATION),
    ]
    assert (answer.obstacles, answer.notes) == ((), ())
    (environment,) = answer.environments
    assert (environment.python, environment.series) == ("3.11.7", "3.11")
    assert "scikit-learn==1.9.1" in environment.requirements
    assert not any(line.startswith("pip==") for line in environment.requirements)
    split, _, train, evaluate = answer.reruns
    assert split.inputs[0].source is Source.PACKAGE
    assert [item.name for item in split.outputs] == [
        f"datasets:/mortgage-applications/v1-{part}" for part in ("train", "validation", "test")
    ]
    assert train.commit.startswith("4351b5f7cf")
    assert train.words == ("python", "examples/mortgage-approval/train.py", "4")
    assert [str(item.made_by) for item in train.inputs] == ["runs:/mortgage-trim-v3", "runs:/mortgage-split"]
    assert [(item.name, item.exact) for item in evaluate.inputs][-1] == ("models:/mortgage-approval/4", False)
    assert evaluate.metrics["auc"] == 0.835644
    assert len(evaluate.slices) == 4


def test_a_run_an_output_and_a_dataset_version(tmp_path: Path) -> None:
    records = own()
    assert plan(asked(records, "runs:/iris-train-1/model")) == [("iris-train-1", Purpose.TARGET)]
    assert plan(asked(records, "datasets:/mortgage-applications/v2-train")) == [
        ("mortgage-split", Purpose.INPUT),
        ("mortgage-trim-v2", Purpose.TARGET),
    ]
    answer = asked(records, "runs:/mortgage-evaluate-1")
    assert plan(answer)[-2:] == [("mortgage-train-1", Purpose.INPUT), ("mortgage-evaluate-1", Purpose.TARGET)]


def test_recalled_data_are_made_again_with_a_warning() -> None:
    notes = asked(own(), "mortgage-approval/3").notes
    assert notes == (
        "datasets:/mortgage-applications/v2-train has been recalled: what is made from it has the same fault",
    )


def test_stores_are_fetched_from_and_files_are_made_again(tmp_path: Path) -> None:
    answer = asked(records_of(tmp_path / "a"), "churn/2")
    assert plan(answer) == [("train-2", Purpose.TARGET), ("evaluate-2", Purpose.EVALUATION)]
    (item,) = answer.reruns[0].inputs
    assert (item.source, item.path, item.outside) == (Source.COMMAND, "train-2-1-v2.csv", True)
    assert item.digest.startswith("sha256:abd2")
    answer = asked(records_of(tmp_path / "b", LOCAL), "churn/1")
    assert plan(answer) == [
        ("prepare-1", Purpose.INPUT),
        ("train-1", Purpose.TARGET),
        ("evaluate-1", Purpose.EVALUATION),
    ]
    assert [item.path for item in answer.reruns[0].outputs] == ["data/v1.csv"]


@pytest.mark.parametrize(
    ("changes", "messages", "final"),
    [
        ("code: {dirty: false, command: x}", ["runs:/train-1 records no commit"], True),
        (
            'code: {commit: "1111111111111111111111111111111111111111"}',
            ["runs:/train-1 records no command"],
            True,
        ),
        (
            'code: {commit: "1111111111111111111111111111111111111111", dirty: true, command: x}',
            ["the code of runs:/train-1 had changes that are in no commit"],
            False,
        ),
        ("status: failed", ["runs:/train-1 is failed: it has no result to come to"], False),
        ("environment: {python: 3.11.7}", ["runs:/train-1 records no packages"], False),
        (
            "environment: {python: 3.11.7, requirements: [numpy, scipy>1, a==1]}",
            ["runs:/train-1 ran with packages that are not pinned: numpy and 1 more"],
            False,
        ),
        ("environment: {requirements: [a==1]}", ["runs:/train-1 records no version of Python"], False),
        ("environment: {container: image@sha256:0}", [], False),
        (
            "inputs: [{uri: s3://data/x.csv, role: training}]",
            ["no digest of s3://data/x.csv is recorded, which runs:/train-1 read: it may be another thing"],
            False,
        ),
        (
            "code: {commit: '1111111111111111111111111111111111111111', command: \"python 'x\"}",
            ["runs:/train-1: its command cannot be read (No closing quotation): python 'x"],
            True,
        ),
    ],
)
def test_why_it_cannot_be_reproduced_exactly(
    changes: str, messages: list[str], final: bool, tmp_path: Path
) -> None:
    changes = changes.replace("'1111111111111111111111111111111111111111'", f'"{"1" * 40}"')
    answer = asked(records_of(tmp_path, f"# runs/churn/train-1.yaml\n{changes}\n"), "train-1")
    assert [obstacle.message for obstacle in answer.obstacles] == messages
    assert any(obstacle.final for obstacle in answer.obstacles) is final


def test_runs_that_are_missing(tmp_path: Path) -> None:
    records = records_of(
        tmp_path, "# runs/churn/train-1.yaml, deleted\n# runs/churn/prepare-1.yaml, deleted\n"
    )
    answer = asked(records, "churn/1")
    assert (answer.run, answer.reruns) == (None, ())
    assert [obstacle.message for obstacle in answer.obstacles] == [
        "runs:/train-1, which made models:/churn/1, is not in the catalog"
    ]
    (obstacle,) = asked(records, "datasets:/orders/v1").obstacles
    assert obstacle.message == "no run that made datasets:/orders/v1 is in the catalog"


@pytest.mark.parametrize(
    "changes",
    [
        "# runs/churn/prepare-1.yaml\ncode: {command: x}\n",
        "# runs/churn/prepare-1.yaml\n"
        'code: {repository: "https://example.org/other", commit: "1111111111111111111111111111111111111111", '
        "command: x}\n",
    ],
)
def test_an_input_that_cannot_be_made_again_must_be_there(changes: str, tmp_path: Path) -> None:
    answer = asked(records_of(tmp_path, LOCAL + changes), "train-1")
    assert plan(answer) == [("train-1", Purpose.TARGET)]
    assert answer.notes == (
        "datasets:/orders/v1 cannot be made again by runs:/prepare-1 and must lie in the repository",
    )


def test_an_evaluation_that_cannot_be_repeated_is_left_out(tmp_path: Path) -> None:
    answer = asked(records_of(tmp_path, "# runs/churn/evaluate-1.yaml without code\n"), "churn/1")
    assert plan(answer) == [("train-1", Purpose.TARGET)]
    assert "runs:/evaluate-1 records no commit; it is not repeated" in answer.notes


def test_a_record_that_goes_in_circles_comes_to_an_end(tmp_path: Path) -> None:
    changes = f"{LOCAL}# runs/churn/prepare-1.yaml\ninputs: [{{dataset: orders/v1}}]\n"
    assert plan(asked(records_of(tmp_path, changes), "train-1")) == [
        ("prepare-1", Purpose.INPUT),
        ("train-1", Purpose.TARGET),
    ]


def test_the_repository_of_the_catalog_is_meant_where_a_run_names_none(tmp_path: Path) -> None:
    changes = "# herdbook.yaml\nrepository: https://example.org/catalog\n"
    assert asked(records_of(tmp_path, changes), "churn/1").repository == "https://example.org/catalog"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python train.py --lr 3e-4", ("python", "train.py", "--lr", "3e-4")),
        ("python -c 'import a; b()'", ("python", "-c", "import a; b()")),
        ("python a.py && python b.py", ()),
        ("python a.py > log", ()),
        ("echo '&&'", ()),  # a shell gets it right, too
    ],
)
def test_commands_are_words_unless_they_need_a_shell(
    command: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    code = json.dumps({"commit": "1" * 40, "command": command})
    (rerun,) = asked(records_of(tmp_path, f"# runs/churn/train-1.yaml\ncode: {code}\n"), "train-1").reruns
    assert (rerun.words, rerun.command) == (words, command)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("datasets:/orders", "datasets:/orders could be datasets:/orders/v1, datasets:/orders/v2: say which"),
        ("models:/churn", "models:/churn could be models:/churn/1, models:/churn/2: say which"),
        ("endpoints:/predict", "endpoints:/predict is made by no run"),
    ],
)
def test_bad_questions(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=message):
        asked(records_of(tmp_path), name)


def test_a_long_chain_is_followed_so_far(tmp_path: Path) -> None:
    chain = "".join(
        f"""\
# datasets/orders/versions/c{number}.yaml
kind: dataset-version
dataset: orders
version: c{number}
uri: data/c{number}.csv
digest: "md5:{number:032}"
produced_by: chain-{number}
# runs/churn/chain-{number}.yaml
kind: run
id: chain-{number}
experiment: churn
type: preprocessing
status: finished
code: {{commit: "{"1" * 40}", command: x}}
environment: {{python: "3.11", requirements: [a==1]}}
inputs: [{{dataset: orders/c{number + 1}}}]
"""
        for number in range(150)
    )
    answer = asked(records_of(tmp_path, chain), "chain-0")
    assert len(answer.reruns) == 100
    assert (
        "more than 100 runs are behind it; datasets:/orders/c100 must lie in the repository" in answer.notes
    )


def test_the_json_keeps_to_its_schema(tmp_path: Path) -> None:
    schema = json_schema(Reproduction)
    jsonschema.Draft202012Validator.check_schema(schema)
    for records, name in ((own(), "mortgage-approval/3"), (records_of(tmp_path), "churn/1")):
        written = json.loads(json.dumps(as_json(asked(records, name)), allow_nan=False))
        assert written["question"] == "reproduce"
        jsonschema.validate(written, schema)
