from typing import Any

import pytest

from herdbook.importers.dvc.templates import declared

TRAIN = {"cmd": "x", "outs": [{"out/${item}.bin": {"desc": "d"}}], "metrics": ["out/${item}.json"]}
WRITTEN = ("out/eu.bin", "out/eu.json")


@pytest.mark.parametrize(
    ("stages", "name"),
    [
        ({"train": {"foreach": ["eu", "us"], "do": TRAIN}}, "train@eu"),
        ({"train": {"matrix": {"item": ["eu"]}, **TRAIN}}, "train@eu"),
        ({"train": TRAIN}, "train"),
    ],
)
def test_what_a_template_is_about_shows_in_what_was_written(stages: Any, name: str) -> None:
    about = declared(stages, name, WRITTEN)
    assert about["outs"] == [{"out/eu.bin": {"desc": "d"}}]
    assert about["metrics"] == [{"out/eu.json": None}]
    assert about["cmd"] == "x"


@pytest.mark.parametrize(
    ("template", "path", "fits"),
    [
        ("out/${item}.json", "out/eu.json", True),
        ("out/${item}.json", "out/eu/deep.json", True),
        ("out/${item}.json", "out/eu.bin", False),
        ("out/${item}.json", "in/eu.json", False),
        ("${a}/${b}-${c}.json", "x/y-z.json", True),
        ("${a}/${b}-${c}.json", "x/y.json", False),
        ("${a}", "anything", True),
        ("ab${x}ba", "aba", False),
        ("${a}" * 5_000 + "x", "y" * 5_000, False),
    ],
)
def test_a_template_fits_what_is_plain_in_it(template: str, path: str, fits: bool) -> None:
    about = declared({"s": {"metrics": [template]}}, "s", [path])
    assert about["metrics"] == ([{path: None}] if fits else [])


def test_of_several_templates_that_says_most_is_meant() -> None:
    stage = {"outs": ["out/${item}"], "metrics": ["out/${item}-scores.json", "all.json"]}
    about = declared({"s": stage}, "s", ["out/eu", "out/eu-scores.json", "all.json"])
    assert about["outs"] == [{"out/eu": None}]
    assert about["metrics"] == [{"all.json": None}, {"out/eu-scores.json": None}]


@pytest.mark.parametrize(
    "stated", [None, 3, "x", [], {"foreach": 1, "do": 2}, {"outs": {"a": 1}, "metrics": [3, {4: 5}]}]
)
def test_whatever_stands_there_is_read(stated: Any) -> None:
    declared({"s": stated}, "s", ["x"])
