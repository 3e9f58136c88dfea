"""Whatever stands in a catalog, no form of a report says to anybody more than it should."""

import json
import re
from pathlib import Path

from hypothesis import given, settings

from herdbook.check import Report
from hostile_reports import naughty, reports
from report_readers import runner_commands
from report_samples import FORMS

# What GitHub's and Azure's runners obey when it stands in a log.
AT_START = re.compile(r"\s*::")
ANYWHERE = re.compile(r"##\w*\[")


def said(report: Report) -> int:
    """How many annotations a report becomes."""
    return len(report.errors) + len(report.findings) + len(report.existing)


def harmless(report: Report) -> None:
    """Hold that every form of a report prints, and holds no command but those that we put there."""
    for ending, write in FORMS.items():
        written = write(report)
        lines = written.split("\n")
        assert all(line.isprintable() for line in lines), ending
        assert lines == [*written.splitlines(), ""], ending
        assert not any(map(ANYWHERE.search, lines)), ending
        written.encode()
        if ending == "github":
            commands = runner_commands(written)
            assert len(commands) == said(report)
            assert {command.name for command in commands} <= {"error", "warning", "notice"}
            assert not any(map(AT_START.match, lines[len(commands) :]))
        else:
            assert not any(map(AT_START.match, lines)), ending
            assert runner_commands(written) == [], ending


@given(reports())
@settings(max_examples=150)
def test_no_form_holds_a_command_or_an_escape_sequence(report: Report) -> None:
    harmless(report)


def test_naughty_strings_stay_harmless(shared_data: Path) -> None:
    for text in json.loads((shared_data / "naughty-strings" / "blns.json").read_text()):
        harmless(naughty(text))
