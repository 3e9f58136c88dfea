import pytest

from herdbook.check import Report
from herdbook.finding import Severity
from herdbook.reports.summary import counts, sentences, summary_line
from hostile_reports import finding, waived

MILD = finding(severity=Severity.WARNING)


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (Report(0, ()), "PASS: no findings in 0 entries"),
        (Report(1, (MILD,)), "PASS: 1 warning in 1 entry"),
        (Report(1200, (finding(), finding(), MILD)), "FAIL: 2 errors, 1 warning in 1,200 entries"),
        (Report(2, (), (waived(finding()),)), "WAIVED: no findings, 1 waived in 2 entries"),
        (Report(2, (), (), (finding(),) * 1500), "PASS: no findings, 1,500 existing in 2 entries"),
        (
            Report(1200, (), reached=30),
            "PASS: no findings in the 30 of 1,200 entries that the change reaches",
        ),
        (Report(2, (), reached=2), "PASS: no findings in 2 entries"),
        (Report(2, (finding(),), errors=("e",)), "ERROR: no verdict; 1 error in 2 entries"),
    ],
)
def test_a_report_in_a_line(report: Report, line: str) -> None:
    assert summary_line(report) == line
    assert line.endswith(counts(report))


def test_what_is_wrong_and_what_to_do_in_one_text() -> None:
    assert sentences(finding("it is wrong", help="Mend it.")) == "it is wrong. Mend it."
    assert sentences(finding("it is wrong")) == "it is wrong."
