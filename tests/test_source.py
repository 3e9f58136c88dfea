"""Tests of files and of the places in them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.source import SourceFile
from herdbook.tree import DirTree
from herdbook.yaml.parsed import Span
from reading import inside, met, source

EXAMPLE = """\
# first
kind: run
"quoted key": 'a b'
inputs:
  - {dataset: orders/v1, role: training}
  - uri: x
    role: y
empty:
text: |
  one
  two
nested: [[1, 22], [3]]
é: ü
"""


@pytest.mark.parametrize(
    ("route", "on_key", "line", "column", "written"),
    [
        ((), False, 2, 1, "kind"),
        (("kind",), False, 2, 7, "run"),
        (("kind",), True, 2, 1, "run"),
        (("quoted key",), False, 3, 15, "'a b'"),
        (("quoted key",), True, 3, 1, "'a b'"),
        (("inputs",), False, 4, 1, "inputs"),
        (("inputs", 0), False, 5, 5, "{"),
        (("inputs", 0, "role"), False, 5, 32, "training"),
        (("inputs", 0, "role"), True, 5, 26, "training"),
        (("inputs", 1), False, 6, 5, "u"),
        (("inputs", 1, "role"), False, 7, 11, "y"),
        (("inputs", 2), False, 4, 1, "inputs"),
        (("inputs", 0, "absent"), False, 5, 5, "{"),
        (("absent",), False, 2, 1, "kind"),
        (("absent", 1, "deeper"), False, 2, 1, "kind"),
        (("kind", "absent"), False, 2, 1, "kind"),
        (("empty",), False, 8, 7, ""),
        (("text",), False, 9, 7, "|"),
        (("nested", 0, 1), False, 12, 14, "22"),
        (("nested", 1), False, 12, 19, "["),
        (("é",), False, 13, 4, "ü"),
    ],
)
def test_a_value_is_found_by_its_route(
    route: tuple[str | int, ...], on_key: bool, line: int, column: int, written: str
) -> None:
    for text in (EXAMPLE, f"\ufeff{EXAMPLE}", EXAMPLE.replace("\n", "\r\n")):
        found = source(text)
        span = found.span(route, on_key=on_key)
        assert (span.line, span.column) == (line, column)
        assert found.written(route) == written


def test_a_place_that_many_findings_speak_of_is_looked_up_once(tmp_path: Path) -> None:
    file = tmp_path / "recalled.yaml"
    file.write_text(EXAMPLE)
    recalled = SourceFile(DirTree(tmp_path), file.name)
    place = recalled.span(("kind",))
    file.unlink()
    for number in range(100):
        assert source(f"a: {number}\n").span(("a",)).column == 4
    assert recalled.span(("kind",)) == place


def test_places_of_a_file_that_is_gone_are_its_beginning(tmp_path: Path) -> None:
    gone = SourceFile(DirTree(tmp_path), "gone.yaml")
    assert gone.span(("a",)) == Span.point(1, 1)
    assert gone.text == gone.written(("a",)) == ""


@given(st.one_of(st.binary(), st.text(), st.text("ab:-?[]{},#&*!|>'\"%@` \t\n0.\\")))
def test_any_bytes_end_in_a_value_or_in_problems_that_lie_inside(text: str | bytes) -> None:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    shown = raw.decode("utf-8", "replace")
    for problem in met(raw):
        assert problem.message
        assert problem.help.endswith(".")
        assert inside(problem.span, shown)
        assert all(inside(span, shown) for _, span in problem.related)
    assert inside(source(raw).span(("a", 0, "b")), shown)
