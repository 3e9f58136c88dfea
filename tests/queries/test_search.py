"""What a search for runs answers."""

import pytest
from jsonschema import Draft202012Validator

from herdbook.queries.answer import as_json, json_schema
from herdbook.queries.filters import FilterError
from herdbook.queries.search import Runs, cell, columns_of, search
from herdbook.queries.terms import Entity, Name
from herdbook.ref import Ref
from run_samples import records_of, run_data

RECORDS = records_of(
    run_data(
        "first",
        title="The first run",
        started_at="2024-03-15T09:12:00Z",
        ended_at="2024-03-15T09:57:31.250Z",
        metrics={"auc": 0.9, "loss": 1},
        params={"depth": 8, "bagging": True, "layers": [64, 32], "seed": None, "rate": 0.0003},
        tags={"team": "risk"},
        inputs=[
            {"dataset": "orders/v1", "role": "training"},
            {"dataset": "users/v2", "digest": "md5:00"},
            {"model": "clf/1", "role": "base"},
        ],
        outputs=[{"name": "log"}, {"name": "model", "uri": "s3://m"}],
    ),
    run_data("second", status="failed", metrics={"auc": 0.7}, user=""),
    run_data("third", started_at="2024-03-16T09:12:00Z", metrics={"auc": 0.8}),
    versions=({"dataset": "orders", "version": "v1", "digest": "sha256:a1"},),
    policy={"metrics": {"auc": {"direction": "higher"}, "recall": {"direction": "higher"}}},
)


def ids(answer: Runs) -> list[str]:
    return [run.run_id for run in answer.runs]


def test_a_run_in_mlflows_words() -> None:
    answer = search(RECORDS, "run_id = 'first'")
    assert as_json(answer)["runs"] == [
        {
            "ref": "runs:/first",
            "run_id": "first",
            "run_name": "The first run",
            "experiment": "churn",
            "type": "training",
            "status": "finished",
            "user_id": "ada",
            "start_time": 1710493920000,
            "end_time": 1710496651250,
            "artifact_uri": "s3://m",
            "metrics": {"auc": 0.9, "loss": 1},
            "params": {
                "depth": "8",
                "bagging": "True",
                "layers": "[64, 32]",
                "seed": "None",
                "rate": "0.0003",
            },
            "tags": {"team": "risk"},
            "datasets": [
                {"ref": "datasets:/orders/v1", "digest": "sha256:a1", "context": "training"},
                {"ref": "datasets:/users/v2", "digest": "md5:00", "context": ""},
            ],
        }
    ]


def test_what_is_not_recorded_is_empty() -> None:
    (run,) = search(RECORDS, "run_id = 'second'").runs
    assert (run.run_name, run.user_id, run.artifact_uri) == ("second", "", "")
    assert (run.start_time, run.end_time) == (None, None)
    assert (run.params, run.tags, run.datasets) == ({}, {}, ())


def test_the_answer_keeps_to_its_schema() -> None:
    validator = Draft202012Validator(json_schema(Runs))
    answer = search(RECORDS, "metrics.auc > 0.1 AND params.depht IS NULL", "metrics.auc DESC", 2)
    validator.validate(as_json(answer))
    assert answer.matched == 3


def test_all_runs_the_newest_first() -> None:
    answer = search(RECORDS)
    assert ids(answer) == ["third", "first", "second"]
    assert (answer.among, answer.matched) == (3, 3)


def test_the_first_of_those_that_match() -> None:
    answer = search(RECORDS, "metrics.auc >= 0.7", "metrics.auc DESC", 2)
    assert ids(answer) == ["first", "third"]
    assert (answer.among, answer.matched) == (3, 3)
    assert ids(search(RECORDS, "metrics.auc >= 0.8", "metrics.auc", 2)) == ["third", "first"]


def test_what_is_asked_about_and_what_the_policy_judges() -> None:
    answer = search(RECORDS, "params.depth = '8' AND metrics.auc > 0 AND metrics.auc < 1", "start_time")
    assert answer.asked == (
        Name(Entity.PARAM, "depth"),
        Name(Entity.METRIC, "auc"),
        Name(Entity.ATTRIBUTE, "start_time"),
    )
    assert answer.judged == ("auc", "recall")


@pytest.mark.parametrize(
    ("filter_text", "order_by", "notes"),
    [
        ("metrics.acu > 1", "", ("no run has metrics.acu; did you mean metrics.auc?",)),
        ("params.team = 'risk'", "", ("no run has params.team; did you mean tags.team?",)),
        ("tags.zzzz IS NULL", "", ("no run has tags.zzzz",)),
        ("", "metrics.los DESC", ("no run has metrics.los; did you mean metrics.loss?",)),
        ("metrics.auc > 1 AND params.depth = '1' AND user_id = 'x'", "metrics.loss", ()),
    ],
)
def test_slips_are_noted(filter_text: str, order_by: str, notes: tuple[str, ...]) -> None:
    assert search(RECORDS, filter_text, order_by).notes == notes


def test_what_exists_is_suggested() -> None:
    for text, meant in (
        ("auc > 1", "metrics.auc"),
        ("depht = '8'", "params.depth"),
        ("team = 'x'", "tags.team"),
    ):
        with pytest.raises(FilterError, match=f"did you mean {meant}"):
            search(RECORDS, text)
    with pytest.raises(FilterError, match=r"order, character 1: .* did you mean metrics.loss"):
        search(RECORDS, "", "loss DESC")
    with pytest.raises(FilterError, match=r"columns, character 9: .* did you mean params.depth"):
        columns_of(RECORDS.catalog, "run_id, depth")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("run_id", "first"),
        ("start_time", 1710493920000),
        ("experiment_name", "churn"),
        ("metrics.auc", 0.9),
        ("metrics.recall", None),
        ("params.depth", "8"),
        ("tags.team", "risk"),
        ("tags.missing", None),
        ("dataset", "orders/v1, users/v2"),
        ("datasets.name", "orders, users"),
        ("datasets.digest", "sha256:a1, md5:00"),
        ("datasets.context", "training"),
    ],
)
def test_cells(name: str, expected: object) -> None:
    (run,) = search(RECORDS, "run_id = 'first'").runs
    assert cell(run, columns_of(RECORDS.catalog, name)[0]) == expected


def test_empty_cells() -> None:
    (run,) = search(RECORDS, "run_id = 'second'").runs
    names = columns_of(RECORDS.catalog, "user_id,end_time,artifact_uri,dataset,datasets.name,params.depth")
    assert [cell(run, name) for name in names] == [None] * 6


def test_a_run_is_a_reference() -> None:
    assert [run.ref for run in search(RECORDS, "run_id = 'third'").runs] == [Ref.run("third")]
