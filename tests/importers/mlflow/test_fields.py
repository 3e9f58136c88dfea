import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.mlflow import fields
from herdbook.importers.mlflow.records import ReadData, StoredRun


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15", 15),
        ("-3", -3),
        ("0.0003", 0.0003),
        ("1e-05", 1e-05),
        ("1e-5", "1e-5"),
        ("007", "007"),
        ("1_000", "1_000"),
        (" 1", " 1"),
        ("1.50", "1.50"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("True", True),
        ("false", "false"),
        ("None", None),
        ("null", "null"),
        ("[1, 2]", "[1, 2]"),
        ("", ""),
        ("\u0661", "\u0661"),
    ],
)
def test_a_parameter_is_what_mlflow_made_a_text_of(text: str, value: object) -> None:
    found = fields.parameter(text)
    assert (type(found), found) == (type(value), value)


@given(st.one_of(st.text(), st.floats().map(str), st.integers().map(str)))
def test_a_parameter_reads_the_same_again(text: str) -> None:
    assert str(fields.parameter(text)) == text


@pytest.mark.parametrize(
    ("milliseconds", "time"),
    [
        (1_710_494_231_000, "2024-03-15T09:17:11Z"),
        (1_710_494_231_250, "2024-03-15T09:17:11.250Z"),
        (1_710_494_231_001, "2024-03-15T09:17:11.001Z"),
        (None, ""),
        (0, ""),
        (-1, ""),
        (10**30, ""),
        (10**15, ""),
    ],
)
def test_times(milliseconds: int | None, time: str) -> None:
    assert fields.time(milliseconds) == time


def test_a_dataset_is_described_as_far_as_mlflow_does() -> None:
    columns = '{"mlflow_colspec": [{"type": "double", "name": "amount", "required": false}, %s]}'
    read = ReadData(
        "orders",
        "3f2a",
        source='{"url": "https://ana:secret@example.com/a b.csv"}',
        schema=columns % '{"type": "string", "name": "country"}',
        profile='{"num_rows": 7}',
        source_type="http",
    )
    assert fields.dataset(read) == {
        "uri": "https://example.com/a%20b.csv",
        "digest": "mlflow:3f2a",
        "rows": 7,
        "schema": [
            {"name": "amount", "type": "double", "nullable": True},
            {"name": "country", "type": "string"},
        ],
        "imported_from": {"source_type": "http"},
    }


@pytest.mark.parametrize(
    ("kind", "source", "uri", "further"),
    [
        (
            "hugging_face",
            {"path": "imdb", "config_name": "plain", "data_dir": None, "split": "train", "revision": "abc"},
            "hf://datasets/imdb@abc",
            {"config_name": "plain", "split": "train", "revision": "abc"},
        ),
        ("hugging_face", {"path": "ana/x", "split": "None"}, "hf://datasets/ana/x", {}),
        (
            "hugging_face",
            {"path": "csv", "data_files": "s3://b/x.csv"},
            "s3://b/x.csv",
            {"data_files": "s3://b/x.csv"},
        ),
        ("hugging_face", {"path": "csv", "data_files": ["a.csv"]}, "", {}),
        ("hugging_face", {"path": "./data"}, "./data", {}),
        (
            "delta",
            {"delta_table_name": "shop.orders", "delta_table_version": 7, "is_databricks_uc_table": True},
            "",
            {"delta_table_name": "shop.orders", "delta_table_version": "7", "is_databricks_uc_table": "True"},
        ),
        ("spark", {"sql": "SELECT 1 -- password=hunter2"}, "", {"sql": "SELECT 1 -- password=****"}),
        ("other", {"path": "x", "api_key": "hunter2", "tags": {"a": "b"}}, "x", {"api_key": "****"}),
    ],
)
def test_where_data_are_from_is_told_whole(
    kind: str, source: dict[str, object], uri: str, further: dict[str, str]
) -> None:
    found = fields.dataset(ReadData("orders", "3f", source=json.dumps(source), source_type=kind))
    assert found["uri"] == uri
    told = {f"source.{key}": text for key, text in further.items()}
    assert found["imported_from"] == {"source_type": kind, **told}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"', "null", "{}", '{"uri": 3}', "[" * 100_000])
def test_what_is_said_of_a_dataset_in_another_form_is_left_out(text: str) -> None:
    found = fields.dataset(ReadData("orders", "", source=text, schema=text, profile=text))
    assert found == {"uri": "", "digest": "", "rows": None, "schema": [], "imported_from": {}}


@pytest.mark.parametrize("column", ["3", "{}", '{"name": 3, "type": "x"}', '{"name": " ", "type": "x"}'])
def test_columns_without_names_are_left_out(column: str) -> None:
    read = ReadData("orders", "3f", schema=f'{{"mlflow_colspec": [{{"name": "a", "type": "b"}}, {column}]}}')
    assert fields.dataset(read)["schema"] == []


def test_who_ran_what_is_taken_from_the_tags_of_mlflow() -> None:
    tags = {
        "mlflow.user": "ana",
        "mlflow.source.git.commit": "b7d9e4",
        "mlflow.source.git.repoURL": "https://ana:secret@example.com/x.git",
        "mlflow.docker.image.name": "train:1",
        "mlflow.databricks.cluster.id": "c-1",
    }
    origin: dict[str, str] = {}
    found = fields.context(StoredRun("", "a", "x", user="root", tags=tags), origin)
    assert found == {
        "user": "ana",
        "cluster": "c-1",
        "job_id": "",
        "environment": {"container": "train:1"},
        "code": {"repository": "https://example.com/x.git"},  # a shortened commit may mean two
    }
    assert origin == {
        "code.repository": "tags.mlflow.source.git.repoURL",
        "user": "tags.mlflow.user",
        "cluster": "tags.mlflow.databricks.cluster.id",
        "environment.container": "tags.mlflow.docker.image.name",
    }
    origin.clear()
    assert fields.context(StoredRun("", "a", "x", user="root"), origin)["user"] == "root"
    assert origin == {"user": "user_id"}
    assert fields.context(StoredRun("", "a", "x", user="unknown"), {})["user"] == ""


def test_no_parameter_becomes_what_no_file_can_hold() -> None:
    found = [fields.parameter(text) for text in ("1e400", "-1e400", "9" * 400)]
    assert not any(isinstance(value, float) and not math.isfinite(value) for value in found)


@pytest.mark.parametrize("text", ["", "[", "7", "[7]", '[{"model": 7}, {}]', "[" * 10_000])
def test_what_is_no_list_of_evaluations_names_no_model(text: str) -> None:
    assert fields.evaluated(text) == set()
