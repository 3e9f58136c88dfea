import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.dvc import measurements
from herdbook.importers.dvc.measurements import Measured
from herdbook.tree import MAX_BYTES


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        ("m.json", b'{"auc": 0.5, "by": {"test": 1, "bad": NaN}, "yes": true, "name": "x", "more": [1]}'),
        ("m.yaml", b"auc: 0.5\nby: {test: 1, bad: .nan}\nyes: true\nname: x\nmore: [1]\n"),
        ("m.yml", b"auc: 0.5\nby: {test: 1, bad: -.Inf}\n"),
        ("m.toml", b"auc = 0.5\nby.bad = -inf\nyes = true\nby.test = 1\nat = 2024-01-01\n"),
    ],
)
def test_the_numbers_of_a_file_have_dotted_names(path: str, raw: bytes) -> None:
    assert measurements.is_readable(path)
    assert measurements.measured(path, raw) == Measured({"auc": 0.5, "by.test": 1}, ["by.bad"])


@pytest.mark.parametrize("path", ["curve.csv", "m.json.txt", "json", "m.JSON", ""])
def test_other_files_hold_no_numbers_with_names(path: str) -> None:
    assert not measurements.is_readable(path)


@pytest.mark.parametrize(
    ("path", "raw", "message"),
    [
        ("m.json", b"{", "Expecting property name"),
        ("m.json", b"[" * 100_000, "recursion"),
        ("m.json", b"\xff", "decode"),
        ("m.yaml", b"a: &x 1\nb: *x\n", "anchors"),
        ("m.yml", b"a: 12:30\na: 1\n", "stands twice"),
        ("m.toml", b"a = \n", "Invalid value"),
        ("m.toml", b"\xff", "decode"),
        ("m.json", b" " * (MAX_BYTES + 1), "^it holds more than 1,048,576 bytes$"),
    ],
)
def test_what_cannot_be_read_is_refused(path: str, raw: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measurements.measured(path, raw)


@given(
    st.sampled_from(["m.json", "m.yaml", "m.toml"]),
    st.binary(max_size=40) | st.text("{}[]:=\"' \n-.aeEinfNt019_&*!", max_size=40).map(str.encode),
)
def test_any_bytes_hold_finite_numbers_or_are_refused(path: str, raw: bytes) -> None:
    try:
        found = measurements.measured(path, raw)
    except ValueError:
        return
    assert all(math.isfinite(number) for number in found.numbers.values())


@given(
    st.dictionaries(st.text("ab", min_size=1), st.floats() | st.integers(1 - 2**63, 2**63 - 1), max_size=5)
)
def test_numbers_come_back_as_they_were_written(value: dict[str, float]) -> None:
    found = measurements.measured("m.json", json.dumps(value).encode())
    assert found.numbers == {name: number for name, number in value.items() if math.isfinite(number)}
    assert found.numbers.keys() | set(found.not_finite) == value.keys()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("m.json", '{{"a": {}, "b": {}, "c": {}}}'),
        ("m.yaml", "a: {}\nb: {}\nc: {}\n"),
        ("m.toml", "a={}\nb={}\nc={}"),
    ],
)
def test_numbers_without_end_are_none_and_large_ones_are_rounded(path: str, form: str) -> None:
    raw = form.format(2**63 - 1, 10**30, -(10**400)).encode()
    found = measurements.measured(path, raw)
    assert found == Measured({"a": 2**63 - 1, "b": 1e30}, ["c"])
    assert [type(number) for number in found.numbers.values()] == [int, float]


@pytest.mark.parametrize("path", ["m.json", "m.yaml"])
def test_a_number_of_thousands_of_digits_is_lost_alone(path: str) -> None:
    raw = f'{{"auc": 0.5, "long": {"9" * 5_000}}}'.encode()
    assert measurements.measured(path, raw) == Measured({"auc": 0.5}, ["long"])
