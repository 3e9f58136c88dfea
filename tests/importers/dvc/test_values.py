import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.importers.dvc import values

MD5 = "8c9563aa0d87a7e98288f19e28738c7e"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=15,
)


@given(ANYTHING)
def test_whatever_a_file_holds_is_a_value_or_nothing(stated: object) -> None:
    """What is of the wrong type is as if it were not there."""
    names = ("md5", "etag", "size", "hash", "cmd", "deps", "path", "repo", "url", "rev_lock")
    about = dict.fromkeys(names, stated)
    assert isinstance(values.text(stated), str)
    assert isinstance(values.mapping(stated), dict)
    assert all(isinstance(item, dict) for item in values.mappings(stated))
    assert all(isinstance(text, str) for text in values.texts(stated))
    assert all(isinstance(kept, dict) for kept in values.options(stated).values())
    assert isinstance(values.digest(about), str)
    assert type(values.size(about)) in (int, type(None))
    assert isinstance(values.command(about), str)
    assert isinstance(values.entry_point(about), str)
    origin = values.origin([about, {"path": "x", "repo": about}, stated])
    assert origin.keys() <= {"source"}
    assert json.loads(json.dumps(values.params(stated))).keys() == values.params(stated).keys()


@pytest.mark.parametrize(
    ("stated", "digest"),
    [
        ({"md5": MD5, "hash": "md5"}, f"md5:{MD5}"),
        ({"md5": MD5}, f"md5-dos2unix:{MD5}"),
        ({"md5": f"{MD5}.dir", "hash": "md5"}, f"md5-dir:{MD5}"),
        ({"md5": f"{MD5}.dir"}, f"md5-dir:{MD5}"),
        ({"etag": "abc-2"}, "etag:abc-2"),
        ({"md5": "", "etag": "abc"}, "etag:abc"),
        ({"md5": 3}, ""),
        ({}, ""),
    ],
)
def test_digests_say_of_what_they_are(stated: dict[str, object], digest: str) -> None:
    assert values.digest(stated) == digest


@pytest.mark.parametrize(
    ("stated", "size"),
    [(0, 0), (29, 29), (True, None), ("29", None), (2.0, None), (-1, None), (2**64, None)],
)
def test_sizes_are_whole_numbers(stated: object, size: int | None) -> None:
    assert values.size({"size": stated}) == size


def test_texts_in_lists_and_the_keys_of_mappings() -> None:
    found = values.texts(["a.json", {"b.json": {"cache": False}, "c.json": None}, 3, ["d"]])
    assert found == ["a.json", "b.json", "c.json"]
    assert values.texts("a.json") == []


@pytest.mark.parametrize(
    ("dep", "source"),
    [
        ({"path": "https://me:pw@example.org/w.csv"}, "Imported by DVC from https://example.org/w.csv."),
        (
            {"path": "a.csv", "repo": {"url": "https://me:pw@git.example.org/x.git", "rev_lock": "f00"}},
            "Imported by DVC: a.csv of https://git.example.org/x.git at f00.",
        ),
        (
            {"path": "a.csv", "repo": {"url": "https://git.example.org/x.git"}},
            "Imported by DVC: a.csv of https://git.example.org/x.git.",
        ),
        ({"path": "a.csv"}, ""),
        ({"path": "a.csv", "repo": {"url": "/home/ana/x"}}, ""),
    ],
)
def test_imported_data_say_where_they_are_from(dep: object, source: str) -> None:
    assert values.origin([dep]) == ({"source": source} if source else {})


def test_params_have_dotted_names_and_those_of_other_files_say_which() -> None:
    stated = {
        "params.yaml": {"a": {"b": 1}, "flat": [1, 2], "deep": [1, ["\u00e9"]], "none": None},
        "other.json": {"a.b": 2, "empty": {}},
        "seeds.yaml": {"seed": 2**64, "bound": float("inf"), "both": [1, -(2**64)]},
        "odd": 3,
    }
    assert values.params(stated) == {
        "a.b": 1,
        "flat": [1, 2],
        "deep": '[1, ["\u00e9"]]',
        "none": None,
        "other.json:a.b": 2,
        "seeds.yaml:seed": "18446744073709551616",
        "seeds.yaml:bound": "inf",
        "seeds.yaml:both": [1, "-18446744073709551616"],
    }


@given(ANYTHING)
def test_leaves_are_no_mappings_and_found_by_their_names(value: object) -> None:
    for name, leaf in values.leaves(value):
        assert not isinstance(leaf, dict)
        assert name


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=30))
def test_leaves_of_mappings_that_are_too_deep_are_left_out(names: list[str]) -> None:
    value: object = 1
    for name in reversed(names):
        value = {name: value}
    assert list(values.leaves(value)) == ([(".".join(names), 1)] if len(names) <= 16 else [])


def test_options_are_those_of_outputs_that_have_some() -> None:
    outs = ["plain.csv", {"a.csv": {"remote": "other"}}, {"b.csv": None}]
    assert values.options(outs) == {"a.csv": {"remote": "other"}, "b.csv": {}}


def test_the_entry_point_is_code_that_was_read_and_is_in_the_command() -> None:
    stated = {
        "cmd": ["python lib/prepare.py", "python train.py --fast", 3],
        "deps": [{"path": "raw.csv"}, {"path": "other.py"}, {"path": "train.py"}, {"path": "lib/prepare.py"}],
    }
    assert values.command(stated) == "python lib/prepare.py\npython train.py --fast"
    assert values.entry_point(stated) == "train.py"
    assert values.entry_point({"cmd": "make", "deps": stated["deps"]}) == ""
