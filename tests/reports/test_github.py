import json
from pathlib import Path

import pytest
from hypothesis import example, given

from herdbook.check import Report
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.reports.github import LONGEST_SUMMARY, SHOWN, job_summary, report_github
from herdbook.reports.terminal import printable
from herdbook.yaml.parsed import Span
from hostile_reports import HOSTILE, finding, place, waived
from report_readers import Command, runner_commands


@given(HOSTILE, HOSTILE.filter(bool), HOSTILE)
@example("%0A::error::x", "a,line=9:b%2C.yaml", "%25")
def test_the_runner_reads_what_was_meant(message: str, path: str, help: str) -> None:
    found = finding(message, path, help=help, related=(Related(message, place(path, 7)),), line=3)
    (command,) = runner_commands(report_github(Report(1, (found,)), "book"))
    lines = [printable(message), *([printable(help)] if help else [])]
    assert command == Command(
        "error",
        {
            "file": printable(f"book/{path}"),
            "line": "3",
            "endLine": "3",
            "col": "1",
            "endColumn": "2",
            "title": "dirty-commit",
        },
        "\n".join([*lines, printable(f"see {printable(f'book/{path}')}:7: {message}")]),
    )


def test_naughty_strings_are_read_as_they_were_meant(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        (command,) = runner_commands(report_github(Report(1, (finding(text, f"{text}.yaml"),))))
        assert command.data == printable(text)
        assert command.properties["file"] == printable(f"{text}.yaml")


def test_the_worst_come_first_and_the_rest_is_counted() -> None:
    found = [
        finding(f"{severity} {number}", severity=severity)
        for number in range(SHOWN + 2)
        for severity in reversed(Severity)
    ]
    report = Report(9, tuple(found), (waived(found[0]),), tuple(found[:3]), ("no base",))
    written = report_github(report)
    commands = runner_commands(written)
    assert [command.name for command in commands] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert [command.data for command in commands[:2]] == ["no base", "error 0"]
    assert commands[0].properties == {}
    assert written.splitlines()[30:] == [
        "ERROR: no verdict; 12 errors, 12 warnings, 12 notes, 1 waived, 3 existing in 9 entries; "
        "without annotation, since GitHub shows 10 of a kind: 3 errors, 2 warnings, 5 notices"
    ]


def test_what_was_wrong_before_is_a_notice() -> None:
    written = report_github(Report(1, (), existing=(finding("old"),)))
    (command,) = runner_commands(written)
    assert (command.name, command.data) == ("notice", "old (from before this change)")
    assert written.endswith("\nPASS: no findings, 1 existing in 1 entry\n")


def test_columns_are_said_within_a_line_only() -> None:
    several = Place(place("x.yaml").source, known=Span(2, 5, 4, 1))
    (command,) = runner_commands(report_github(Report(1, (Finding("r", Severity.ERROR, "m", several),))))
    assert command.properties == {"file": "x.yaml", "line": "2", "endLine": "4", "title": "r"}


@pytest.mark.parametrize("held", [0, LONGEST_SUMMARY // 2])
def test_a_summary_has_room_for_nine_hundred_thousand_bytes(held: int) -> None:
    found = tuple(finding("日本語" * 100, f"{number}.yaml") for number in range(5000))
    written = job_summary(Report(5000, found), written=held)
    assert 0.97 * (LONGEST_SUMMARY - held) < len(written.encode()) <= LONGEST_SUMMARY - held
    assert "Left out for want of room" in written


def test_a_full_summary_still_tells_the_verdict() -> None:
    written = job_summary(Report(1, (finding(),)), written=LONGEST_SUMMARY)
    assert "## Herdbook: FAIL" in written
    assert written.endswith("\n_Left out for want of room: 1 error._\n")
