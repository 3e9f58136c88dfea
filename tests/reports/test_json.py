import json
from pathlib import Path

from herdbook.check import Report
from herdbook.reports.json import report_json
from hostile_reports import finding
from report_samples import FOLDER, report_of


def test_json_says_what_was_found(tmp_path: Path) -> None:
    report = report_of(FOLDER / "several.yaml", tmp_path)
    value = json.loads(report_json(report))
    assert set(value) == {"verdict", "entries", "findings", "waived", "existing", "errors"}
    assert (value["verdict"], value["entries"]) == (report.verdict, report.entries)
    assert [
        (item["rule"], item["severity"], item["message"], item["help"]) for item in value["findings"]
    ] == [(finding.rule, finding.severity, finding.message, finding.help) for finding in report.findings]
    assert [(item["file"], item["line"], item["column"]) for item in value["findings"]] == [
        (finding.place.file, finding.place.span.line, finding.place.span.column)
        for finding in report.findings
    ]
    assert [[related["message"] for related in item["related"]] for item in value["findings"]] == [
        [related.message for related in finding.related] for finding in report.findings
    ]
    assert [item["until"] for item in value["waived"]] == ["2024-06-30"]


def test_json_says_what_was_wrong_before_and_why_there_is_no_verdict() -> None:
    value = json.loads(report_json(Report(1, (), existing=(finding("old"),), errors=("no base",))))
    assert (value["verdict"], value["findings"], value["errors"]) == ("ERROR", [], ["no base"])
    assert [(item["message"], item["severity"]) for item in value["existing"]] == [("old", "error")]
