import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from herdbook import HerdbookWarning
from herdbook.dump import dump
from herdbook.errors import HerdbookError
from herdbook.recorder.values import given, message_of, name_of, number_of, param_of, whole_of
from herdbook.ref import is_name


class Foreign:
    """A number, or several, of another library."""

    def __init__(self, value: object) -> None:
        self.value = value

    def item(self) -> object:
        return self.value

    def tolist(self) -> object:
        return self.value


def test_what_is_not_given_is_left_out() -> None:
    assert given(a=1, b=None, c="", d=False) == {"a": 1, "c": "", "d": False}


@for_all(st.text() | st.integers() | st.none())
def test_any_name_becomes_one(text: object) -> None:
    if isinstance(text, str) and is_name(text):
        assert name_of("run_id", text) == text
        return
    with pytest.warns(HerdbookWarning, match=r"^run_id: .* cannot be the name of a file"):
        assert is_name(name_of("run_id", text))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, "3"),
        (0.5, "0.5"),
        (True, "1"),
        (Foreign(2), "2"),
        ("0.25", "0.25"),
        (2**70, repr(2.0**70)),
        (10**400, "inf"),
    ],
)
def test_numbers_are_whole_or_fractions(value: object, number: str) -> None:
    assert repr(number_of("metric x", value)) == number


@pytest.mark.parametrize("value", ["many", None, [1]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(HerdbookError, match=r"^metric x: "):
        number_of("metric x", value)


@pytest.mark.parametrize(
    ("value", "number"), [(3, 3), (True, 1), (42.0, 42), ("7", 7), (Foreign(5), 5), (Decimal(9), 9)]
)
def test_whole_numbers_come_in_many_types(value: object, number: int) -> None:
    assert whole_of("seed x", value) == number


@pytest.mark.parametrize("value", [1.5, "1.5", None, math.nan, math.inf, 2**63, Foreign(0.5), "x", [1]])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(HerdbookError, match=r"^seed x: "):
        whole_of("seed x", value)


@pytest.mark.parametrize(
    ("value", "param"),
    [
        *((None, None), (True, True), (3, 3), (0.5, 0.5), ("adam", "adam")),
        *((2**64, "18446744073709551616"), (math.nan, "nan"), (-math.inf, "-inf")),
        *(((1, 2.5, None), [1, 2.5, None]), (Foreign([1, 2]), [1, 2])),
        *((Foreign([[1, 0], [0, 1]]), "[[1, 0], [0, 1]]"), (((3, 3), "relu"), "[[3, 3], 'relu']")),
        *(
            (np.float32, "<class 'numpy.float32'>"),
            (np.datetime64("2026-01-02", "ns"), "2026-01-02T00:00:00.000000000"),
        ),
        (np.array(["2026-01-02"], "M8[ns]"), ["2026-01-02T00:00:00.000000000"]),
        *(({"a": 1}, "{'a': 1}"), ("postgresql://me:hunter2@db/x", "postgresql://****@db/x")),
    ],
)
def test_parameters_are_plain_values_without_secrets(value: object, param: object) -> None:
    assert param_of(value) == param
    assert dump({"param": param_of(value)})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "E: "),
        ("café 🚗\n\tat line 3", "E: café 🚗\n\tat line 3"),
        ("nul \0 half \ud800", r"E: nul \x00 half \ud800"),
        ("\x1b[31mred\x1b[0m \x7f\x85", r"E: \x1b[31mred\x1b[0m \x7f\x85"),
        ("epoch 1\repoch 2\r\nover", "E: epoch 1\nepoch 2\nover"),
    ],
)
def test_messages_of_errors_are_texts_that_people_can_read(said: str, message: str) -> None:
    assert message_of(type("E", (Exception,), {})(said)) == message


@for_all(st.text(st.characters(exclude_categories=())))
def test_every_message_can_be_written(said: str) -> None:
    assert dump({"error": message_of(ValueError(said))})
