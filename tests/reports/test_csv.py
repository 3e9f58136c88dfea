"""CSV for spreadsheets and programs."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.reports.csv import csv_text

FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (0.1 + 0.2, "0.30000000000000004"),
        (-0.5, "-0.5"),
        (3, "3"),
        ("plain", "plain"),
        ('a "b", c', 'a "b", c'),
        ("-0.5", "-0.5"),
        ("+1e-05", "+1e-05"),
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1+1", r"\x09=1+1"),
        ("a\r\nb", r"a\x0d\x0ab"),
        ("::error::x", r"\x3a:error::x"),
        ("\x1b[31m", r"\x1b[31m"),
    ],
)
def test_cells(value: str | float | None, cell: str) -> None:
    assert read(csv_text(["name"], [["x", value]])) == [["name"], ["x", cell]]


def test_names_of_columns_are_texts_too() -> None:
    assert csv_text(["=1+1", "a,b"], []) == '\'=1+1,"a,b"\n'


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4))
def test_a_row_is_a_line_and_no_text_begins_like_a_formula(rows: list[list[str]]) -> None:
    written = csv_text(["a", "b"], rows)
    assert written.count("\n") == len(rows) + 1
    assert written.endswith("\n")
    found = read(written)
    assert [len(row) for row in found] == [2] * (len(rows) + 1)
    for cell in (cell for row in found for cell in row):
        assert cell.isprintable()
        assert not cell.lstrip().startswith(tuple(FORMULA)) or float(cell) is not None


@given(st.floats() | st.integers())
def test_numbers_come_back(value: float) -> None:
    assert repr(type(value)(read(csv_text(["n"], [[value]]))[1][0])) == repr(value)
