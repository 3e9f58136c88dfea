from pathlib import Path

import pytest

from herdbook.check import Report
from herdbook.finding import Finding, Place, Severity
from herdbook.reports.text import report_text
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from herdbook.yaml.parsed import Span
from hostile_reports import finding


def shown(text: str, span: Span, folder: Path) -> list[str]:
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    place = Place(SourceFile(DirTree(folder, "catalog"), "x.yaml"), known=span)
    return report_text(Report(1, (Finding("rule", Severity.NOTE, "message", place),))).split("\n")[:-3]


HEAD = "catalog/x.yaml:{}:{}: note: message [rule]"


@pytest.mark.parametrize(
    ("text", "span", "lines"),
    [
        ("ab: cd\n", Span(1, 5, 1, 7), ["  1 | ab: cd", "    |     ^^"]),
        ("ab: cd\r\nx: y\r\n", Span(1, 1, 2, 5), ["  1 | ab: cd", "    | ^^^^^^"]),
        ("a: 日本語 x\n", Span(1, 4, 1, 7), ["  1 | a: 日本語 x", "    |    ^^^^^^"]),
        ("\ta: 1\n", Span(1, 2, 1, 3), [r"  1 | \x09a: 1", "    |     ^"]),
        ("a:\n", Span(1, 3, 1, 4), ["  1 | a:", "    |   ^"]),
        ("\n" * 9 + "a: 1\n", Span(10, 1, 10, 2), ["  10 | a: 1", "     | ^"]),
        ("\n\n", Span(2, 1, 2, 2), []),
        ("a: 1\n", Span(7, 1, 7, 2), []),
    ],
)
def test_the_line_is_shown_with_the_part_marked(
    text: str, span: Span, lines: list[str], tmp_path: Path
) -> None:
    assert shown(text, span, tmp_path) == [HEAD.format(span.line, span.column), *lines]


def test_a_long_line_is_cut_so_that_the_marked_part_is_seen(tmp_path: Path) -> None:
    _, line, marks = shown("x" * 500 + "HERE" + "y" * 500, Span(1, 501, 1, 505), tmp_path)
    assert len(line) < 130
    start = line.index("HERE")
    assert marks.index("^") == start
    assert marks.count("^") == 4


def test_a_file_that_is_gone_is_reported_without_its_line(tmp_path: Path) -> None:
    place = Place(SourceFile(DirTree(tmp_path, "catalog"), "gone.yaml"))
    report = report_text(Report(1, (Finding("rule", Severity.ERROR, "message", place),)))
    assert report == "catalog/gone.yaml:1:1: error: message [rule]\n\nFAIL: 1 error in 1 entry\n"


def test_numbers_are_written_out(tmp_path: Path) -> None:
    place = Place(SourceFile(DirTree(tmp_path), "gone.yaml"))
    findings = tuple(
        Finding("rule", severity, "message", place)
        for severity, count in ((Severity.WARNING, 2), (Severity.NOTE, 1))
        for _ in range(count)
    )
    assert report_text(Report(12345, findings)).endswith("PASS: 2 warnings, 1 note in 12,345 entries\n")


def test_what_was_wrong_before_is_listed_where_it_is_little() -> None:
    few = report_text(Report(1, (), existing=(finding("old"),) * 10))
    assert few.startswith(
        "10 findings from before this change, not counted against it:\n  catalog/x.yaml:1:1: error: old"
    )
    assert few.count("error: old [dirty-commit]\n") == 10
    many = report_text(Report(1, (), existing=(finding("old"),) * 11))
    assert many == (
        "11 findings from before this change, not counted against it.\n\n"
        "PASS: no findings, 11 existing in 1 entry\n"
    )


def test_no_verdict_is_said_at_the_end() -> None:
    report = Report(1, (finding("new"),), errors=("there is no base", "::error::x\x1b[31m"))
    assert report_text(report).endswith(
        "\n\nERROR: there is no base\nERROR: \\x3a:error::x\\x1b[31m\n\n"
        "ERROR: no verdict; 1 error in 1 entry\n"
    )


def test_the_verdict_has_its_colour() -> None:
    def style(text: str, role: str) -> str:
        return f"<{role}>{text}</{role}>"

    assert "<error>FAIL</error>: 1 error" in report_text(Report(1, (finding(),)), style)
    assert "<error>ERROR</error>: no verdict" in report_text(Report(1, (), errors=("e",)), style)
    assert "<pass>PASS</pass>: no findings" in report_text(Report(1, ()), style)
