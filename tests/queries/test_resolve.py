from pathlib import Path

import pytest

from answer_samples import example
from comparing import records_of
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.records import Records
from herdbook.queries.resolve import Resolution, resolve


def ask(text: str, records: Records | None = None) -> Resolution:
    records = records or example()
    return resolve(records, find(records.catalog, text))


@pytest.mark.parametrize(
    ("text", "ref", "version", "uri"),
    [
        ("models:/churn@champion", "models:/churn/2", "2", "s3://models/churn/2.pkl"),
        ("models:/churn@rollback", "models:/churn/1", "1", "s3://models/churn/1.pkl"),
        ("models:/churn/latest", "models:/churn/2", "2", "s3://models/churn/2.pkl"),
        ("models:/churn/Production", "models:/churn/2", "2", "s3://models/churn/2.pkl"),
        ("orders/v1", "datasets:/orders/v1", "v1", "s3://data/orders/v1.csv"),
        ("runs:/train-2/model", "runs:/train-2/model", "", "s3://models/churn/2.pkl"),
        ("runs:/train-2", "runs:/train-2", "", ""),
    ],
)
def test_what_a_reference_stands_for(text: str, ref: str, version: str, uri: str) -> None:
    answer = ask(text)
    assert (str(answer.ref), answer.version, answer.uri) == (ref, version, uri)
    assert answer.digest.startswith("sha256:") is bool(uri)
    assert answer.size == (1024 if uri.endswith(".pkl") else None)


def test_a_label_is_another_name_of_a_version(tmp_path: Path) -> None:
    records = records_of(tmp_path, "# models/churn/versions/1.yaml\nlabel: 1.2.0\n")
    answer = ask("models:/churn/1.2.0", records)
    assert (str(answer.asked), str(answer.ref)) == ("models:/churn/1.2.0", "models:/churn/1")


def test_an_endpoint_that_serves_one_version_stands_for_it(tmp_path: Path) -> None:
    serves = "# endpoints/predict.yaml\nserves: [{model: churn@champion}, {model: churn/2}]\n"
    assert str(ask("predict", records_of(tmp_path, serves)).ref) == "models:/churn/2"


def test_an_endpoint_that_serves_nothing_known_stands_for_nothing(tmp_path: Path) -> None:
    serves = "# endpoints/predict.yaml\nserves: [{model: churn@absent}]\n"
    with pytest.raises(QuestionError, match="endpoints:/predict serves no version that is in the catalog"):
        ask("predict", records_of(tmp_path, serves))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("predict", "serves several versions, models:/churn/2 or models:/churn/1: say which"),
        ("datasets:/orders", "is a dataset: name a version of it, such as datasets:/orders/v2"),
        (
            "models:/churn",
            "name an alias or a version of it, models:/churn@champion or models:/churn@rollback",
        ),
    ],
)
def test_what_stands_for_several_things_is_unclear(text: str, message: str) -> None:
    with pytest.raises(QuestionError) as caught:
        ask(text)
    assert message in str(caught.value)


def test_a_model_without_ledger_names_its_newest_version(tmp_path: Path) -> None:
    records = records_of(tmp_path, "# models/churn/aliases.yaml, deleted\n")
    with pytest.raises(QuestionError, match=r"name an alias or a version of it, models:/churn/2$"):
        ask("models:/churn", records)
