import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.planning.foreign_names import Names, valid_name
from herdbook.ref import is_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("clf_orders", "clf_orders"),
        ("Fraud (EU) / spring", "Fraud-EU-spring"),
        ("../../etc/passwd", "etc-passwd"),
        ("modèle", "modele"),
        ("a...b.", "a.b"),
        ("con", "run-con"),
        ("nul.txt", "run-nul.txt"),
        ("x" * 300, "x" * 120),
        ("", "run-e3b0c442"),
        ("заказы", "run-c359203e"),
        ("...", "run-ab5df625"),
    ],
)
def test_the_nearest_valid_name(text: str, name: str) -> None:
    assert valid_name(text, "run") == name


@given(st.text())
def test_every_text_gives_a_valid_name(text: str) -> None:
    name = valid_name(text, "run")
    assert is_name(name)
    assert valid_name(name, "run") == name


def test_naughty_strings_give_valid_names(shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    assert all(is_name(valid_name(text, "model")) for text in strings)


def test_no_name_is_taken_twice() -> None:
    names = Names(["Trials"])
    assert [names.take(name) for name in ("trials", "TRIALS", "trials-2", "other")] == [
        "trials-2",
        "TRIALS-3",
        "trials-2-2",
        "other",
    ]


def test_thousands_of_the_same_name_take_no_longer_each_than_one() -> None:
    names = Names(["a-3"])
    found = [names.take("a" if number % 2 else "A") for number in range(20_000)]
    assert found[:4] == ["A", "a-2", "A-4", "a-5"]
    assert len({name.casefold() for name in found}) == 20_000
