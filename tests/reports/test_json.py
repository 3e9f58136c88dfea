import json
from pathlib import Path

import pytest

from herdbook.reports.json import report_json
from report_samples import CASES, FOLDER, compare, report_of


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_report_is_as_it_was(path: Path, tmp_path: Path) -> None:
    compare(report_json(report_of(path, tmp_path)), path.with_suffix(".json"))


def test_json_says_what_was_found(tmp_path: Path) -> None:
    report = report_of(FOLDER / "several.yaml", tmp_path)
    value = json.loads(report_json(report))
    assert set(value) == {"verdict", "entries", "findings", "waived"}
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
