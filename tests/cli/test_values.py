"""Values on the command line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as with_examples
from hypothesis import strategies as st

from herdbook.cli.values import given, number, numbers, pairs, parameters, text_of
from herdbook.errors import HerdbookError


def test_names_with_what_they_stand_for() -> None:
    assert pairs("--tag", ["a=1", "b=", "c=d=e"]) == {"a": "1", "b": "", "c": "d=e"}
    assert numbers("--metric", ["auc=0.9", "count=12", "small=1e-5"]) == {
        "auc": 0.9,
        "count": 12,
        "small": 1e-5,
    }
    assert isinstance(number("--metric", "12"), int)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("0.5", 0.5), ("true", True), ("null", None), ("[1, a]", [1, "a"]), ("", ""), (" ", " "),
        ("no", "no"), ("a # b", "a # b"), ("a: b", "a: b"), ("{a: 1}", "{a: 1}"), ("[", "["),
        ("&a 1", "&a 1"),
        ("2024-01-01", "2024-01-01"), ("'3'", "'3'"), ("1" * 30, "1" * 30), ("\udc80", "\udc80"),
    ],
)  # fmt: skip
def test_a_parameter_is_a_number_a_list_or_else_text(text: str, value: Any) -> None:
    found = parameters("--param", [f"p={text}"])["p"]
    assert (type(found), found) == (type(value), value)


@with_examples(st.text())
def test_any_text_is_a_parameter(text: str) -> None:
    value = parameters("--param", [f"p={text}"])["p"]
    assert isinstance(value, bool | int | float | list | None) or value == text


@pytest.mark.parametrize("text", ["", "a", "nan", "inf", "-inf", "1,5", "1" * 5000])
def test_what_is_no_finite_number_is_refused(text: str) -> None:
    with pytest.raises(HerdbookError, match=r"^--metric: .* is no finite number; write one, such as 0\.87$"):
        number("--metric", text)


def test_what_is_empty_is_not_given() -> None:
    assert given(a=None, b="", c=(), d={}, e=[], f=0, g=False, h="x") == {"f": 0, "g": False, "h": "x"}


def test_a_text_has_line_feeds_whatever_the_file_has(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes("\ufeffa\r\nb\n".encode())
    assert text_of(file) == "a\nb\n"
    file.write_bytes(b"a\xff")
    with pytest.raises(HerdbookError, match="byte 1 is no UTF-8; save the file as UTF-8"):
        text_of(file)
    with pytest.raises(HerdbookError, match="cannot be read: Is a directory") as failed:
        text_of(tmp_path)
    assert failed.value.exit_code == 3
