import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.rules.text import Nearest, is_blank, is_placeholder, listed
from work import bounded


@pytest.mark.parametrize(
    "text", ["", " ", "\t\n", "\u200b", "\ufeff \u2060", "\u3164", "\u2800", "\u00a0\U000e0041"]
)
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "TODO",
        "to do",
        "T\u200bODO",
        "tbd.",
        "n/a",
        "?",
        "...",
        "-",
        "<name>",
        "{{ tag }}",
        "$TAG",
        "XXX",
        "None",
        "N/A!",
    ],
)
def test_placeholders_say_nothing(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text", ["0", "7", "no", "v1", "ci/github-actions", "todo-list", "Nonesuch", "a", "数据", "0f4b1c3"]
)
def test_short_texts_may_say_something(text: str) -> None:
    assert not is_placeholder(text)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_placeholder(text) or not is_blank(text)


def test_a_name_is_suggested_without_regard_to_case() -> None:
    nearest = Nearest(["Bo", "Ana"])
    assert nearest.hint("bo") == "Did you mean Bo?"
    assert nearest.hint("carl") == ""


def test_hints_run_out() -> None:
    nearest = Nearest(["train-1"], questions=1)
    assert [nearest.hint("trian-1"), nearest.hint("trian-1")] == ["Did you mean train-1?", ""]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcde"), "a, b, c and 2 more"),
    ],
)
def test_names_are_listed(names: list[str], sentence: str) -> None:
    assert listed(names) == sentence


@pytest.mark.parametrize(
    "text",
    ["." * 1_000_000 + "x", "<" * 1_000_000, "[{" * 500_000, " " * 1_000_000 + "x"],
    ids=["points", "angles", "brackets", "blanks"],
)
def test_long_texts_are_judged_at_once(text: str) -> None:
    with bounded():
        is_placeholder(text)
