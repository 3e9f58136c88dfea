import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.recorder.record import LISTS, MAPPINGS, Record, laid_over

numbers = st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False)
notes: Any = st.lists(
    st.tuples(st.just("point"), st.text(max_size=3), numbers, numbers)
    | st.tuples(st.just("put"), st.sampled_from(MAPPINGS), st.text(max_size=3), numbers | st.text())
    | st.tuples(st.just("add"), st.sampled_from(LISTS), st.dictionaries(st.text(max_size=3), numbers)),
    max_size=20,
)


@given(notes)
def test_a_record_is_the_same_after_a_way_through_a_journal(taken: list[Any]) -> None:
    record = Record({"id": "a"}, {})
    for number, note in enumerate(taken):
        record.take(list(note))
        if number == 3:
            record = Record.begun(json.loads(json.dumps(record.beginning())))
    again = Record.begun(json.loads(json.dumps(record.beginning())))
    assert again.data == record.data
    assert again.curves == record.curves
    assert again.as_file(quiet=True) == record.as_file(quiet=True)


@pytest.mark.parametrize(
    "note",
    [[], ["put"], ["put", "kind", "a", 1], ["put", "tags", 3, 1], ["add", "tags", {}], ["add", "inputs", 3]],
)
def test_what_is_no_note_is_refused(note: list[Any]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Record({}, {}).take(note)


def test_a_point_is_the_last_value_of_its_metric_as_well() -> None:
    record = Record({}, {})
    record.point("loss", 2, 0.5)
    record.point("loss", 1, 0.25)
    assert record.as_file() == {"metrics": {"loss": 0.25}, "curves": {"loss": [[1, 0.25], [2, 0.5]]}}


def test_the_tag_of_the_data_follows_the_inputs() -> None:
    record = Record({"inputs": [{"dataset": "orders/v1"}, {"uri": "s3://b/k"}]}, {})
    assert record.as_file()["tags"] == {"dataset_version": "orders_v1"}
    again = Record.written(record.as_file())
    again.take(["add", "inputs", {"dataset": "users/v2"}])
    assert again.as_file()["tags"] == {"dataset_version": "orders_v1+users_v2"}
    chosen = Record.written({**record.as_file(), "tags": {"dataset_version": "orders"}})
    chosen.take(["add", "inputs", {"dataset": "users/v2"}])
    assert chosen.as_file()["tags"] == {"dataset_version": "orders"}


def test_a_record_is_laid_over_what_a_file_holds() -> None:
    value = {
        "status": "failed",
        "error": "x",
        "ended_at": "2024-01-01T00:00:00Z",
        "notes": "Mine.",
        "tags": {"a": "file", "b": "file"},
        "inputs": [{"dataset": "a/1"}, {"dataset": "b/1"}],
    }
    record = {"status": "running", "tags": {"a": "record"}, "inputs": [{"dataset": "a/1"}]}
    assert laid_over(value, record) == {
        "status": "running",
        "notes": "Mine.",
        "tags": {"a": "record", "b": "file"},
        "inputs": [{"dataset": "a/1"}, {"dataset": "b/1"}],
    }


def test_what_is_recorded_again_is_one_and_the_last_counts() -> None:
    record = Record({}, {})
    for digest in ("sha256:1", "sha256:2"):
        record.take(["add", "inputs", {"uri": "s3://b/k", "role": "training"}])
        record.take(["add", "outputs", {"name": "model", "digest": digest}])
        record.take(["add", "outputs", {"name": f"epoch-{digest[-1]}"}])
    record.take(["add", "inputs", {"uri": "s3://b/k", "role": "test"}])
    record.take(["add", "slices", {"by": {"a": 1, "b": 2}, "count": 3}])
    record.take(["add", "slices", {"by": {"b": 2, "a": 1}, "count": 4}])
    assert record.as_file() == {
        "inputs": [{"uri": "s3://b/k", "role": "training"}, {"uri": "s3://b/k", "role": "test"}],
        "outputs": [{"name": "model", "digest": "sha256:2"}, {"name": "epoch-1"}, {"name": "epoch-2"}],
        "slices": [{"by": {"b": 2, "a": 1}, "count": 4}],
    }


def test_an_output_that_was_recorded_again_replaces_what_the_file_held() -> None:
    added = {"name": "plot", "digest": "sha256:3", "dataset": "a/1"}
    value = {"outputs": [{"name": "model", "digest": "sha256:1"}, added, {"name": "theirs"}]}
    record = {"outputs": [{"name": "model", "digest": "sha256:2"}, {"name": "plot", "digest": "sha256:3"}]}
    assert laid_over(value, record) == {
        "outputs": [{"name": "model", "digest": "sha256:2"}, added, {"name": "theirs"}]
    }
