import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.check import Report, check
from herdbook.finding import Finding, Place, Severity
from herdbook.opening import read_catalog
from herdbook.reports.json import report_json
from herdbook.reports.terminal import columns, printable, printable_lines
from herdbook.reports.text import report_text
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from herdbook.yaml.parsed import Span
from hostile_reports import Memory
from rule_examples import case

# What GitHub's and Azure's runners obey when it stands in a log: the first at the start of a line, blanks or
# colours before it do not matter; the second anywhere.
AT_START = re.compile(r"\s*::")
ANYWHERE = re.compile(r"##\w*\[")

PIECES = (
    "::error::x",
    "::",
    ":",
    "##[group]",
    "##vso[task]",
    "#",
    "##",
    "[",
    "\x1b[31m",
    "\x1b]0;t\x07",
    "\n",
    "\r",
)
MORE = ("\r\n", "\t", "\x00", "\x7f", "\x85", "\x9b", "\xa0", "\xad", "\u200b", "\u2028", "\u202e", "\ud800")
REST = (" ", "a", "\u3000", "\ufeff", "\U000e0041", "\u65e5", "e\u0301", "\U0001f600", "\U0010ffff", "\\")
HOSTILE = st.lists(st.one_of(st.sampled_from(PIECES + MORE + REST), st.text(max_size=3)), max_size=12).map(
    "".join
)


def obeyed(output: str) -> bool:
    """Tell whether a runner would take a part of an output for a command."""
    return any(AT_START.match(line) or ANYWHERE.search(line) for line in output.splitlines())


@given(HOSTILE)
def test_what_is_printed_is_one_line_of_visible_text_that_nobody_obeys(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert not obeyed(shown)
    shown.encode("utf-8")


@given(HOSTILE)
def test_printing_what_was_printed_changes_nothing(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@given(st.lists(HOSTILE))
def test_every_line_is_made_safe_and_stays_a_line(texts: list[str]) -> None:
    lines = [text.replace("\n", "") for text in texts]
    assert printable_lines("\n".join(lines)) == "\n".join(map(printable, lines))


@given(st.text(st.characters(categories=["L", "N", "Sm", "Po"], exclude_characters=":#")))
def test_harmless_text_is_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc\x1b[0m", r"a\x09b\x0ac\x1b[0m"),
        ("\xa0\u202e\U000e0041", r"\xa0\u202e\U000e0041"),
        ("\ud800", r"\ud800"),
        ("::error::x", r"\x3a:error::x"),
        ("  ::x", r"  \x3a:x"),
        ("a::b", "a::b"),
        ("##[group]", r"#\x23[group]"),
        ("###vso[x]##[y", r"##\x23vso[x]#\x23[y"),
        ("# [a] ## b", "# [a] ## b"),
        ("größe 日本 😀", "größe 日本 😀"),
    ],
)
def test_escapes_say_what_stood_there(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("é", 1), ("😀", 2)])
def test_columns_are_those_of_a_terminal(text: str, width: int) -> None:
    assert columns(text) == width


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.integers(1, 40), st.integers(1, 40))
def test_no_report_holds_a_command(
    name: str, path: str, text: str, said: str, start: int, length: int
) -> None:
    source = SourceFile(Memory(name, text), path)  # type: ignore[arg-type]  # a list serves as an iterator
    place = Place(source, known=Span(1, start, 1, start + length))
    report = Report(1, (Finding("rule", Severity.ERROR, said, place, said),))
    for output in (report_text(report), report_json(report)):
        assert not obeyed(output)
        assert all(line.isprintable() for line in output.split("\n"))
    assert json.loads(report_json(report))["findings"][0]["message"] == said


def test_a_command_does_not_come_together_at_the_marked_part() -> None:
    source = SourceFile(Memory("catalog", "a: x##[error]y"), "x.yaml")  # type: ignore[arg-type]  # as above
    place = Place(source, known=Span(1, 7, 1, 8))
    report = report_text(Report(1, (Finding("rule", Severity.ERROR, "m", place),)))
    assert r"1 | a: x#\x23[error]y" in report
    assert not obeyed(report)


def test_names_of_files_are_no_commands(tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    case("").lay(folder)
    for name in ("::error::x.yaml", "##[group]", "line\nbreak.txt", "\x1b[31mred.yaml", "\u202etxt.exe"):
        (folder / name).write_text("a: [")
    judged = check(read_catalog(DirTree(folder, ".")), date(2024, 2, 1))
    assert len(judged.findings) >= 5
    for output in (report_text(judged), report_json(judged)):
        assert not obeyed(output)
        assert all(line.isprintable() for line in output.split("\n"))


def test_colours_are_put_around_text_that_is_already_safe() -> None:
    source = SourceFile(Memory("", "a: 1"), "::error::x")  # type: ignore[arg-type]  # as above
    report = Report(1, (Finding("rule", Severity.ERROR, "::x", Place(source), "##[x]"),))
    plain = report_text(report)
    coloured = report_text(report, lambda text, role: f"\x1b[31m{text}\x1b[0m")
    assert coloured.replace("\x1b[31m", "").replace("\x1b[0m", "") == plain
    assert not obeyed(plain)
