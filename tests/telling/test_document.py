import pytest

from herdbook.ref import Ref
from herdbook.telling.document import Code, Line, Mark, Mention, begun, joined, listed, plain


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
        (["x"] * 1_234, "x, x, x and 1,231 more"),
    ],
)
def test_names_in_a_sentence(names: list[str], sentence: str) -> None:
    assert plain(listed([(name,) for name in names], 3)) == sentence


def test_a_line_is_read_as_text() -> None:
    line: Line = ("a ", Mention(Ref.run("r")), " ", Mention(Ref.run("r"), "b"), Mark("c"), Code("d"))
    assert plain(line) == "a runs:/r bcd"


def test_lines_are_joined() -> None:
    assert plain(joined([("a",), ("b", "c")])) == "a, bc"
    assert plain(joined([("a",), ("b",)], "; ")) == "a; b"
    assert joined([]) == ()


def test_a_sentence_begins_with_a_capital_and_names_stay_as_they_are() -> None:
    assert begun(("version 1 moves", Code("x"))) == ("Version 1 moves", Code("x"))
    assert begun((Code("x"), " moves")) == (Code("x"), " moves")
    assert begun(()) == ()
    assert begun(("",)) == ("",)
