"""Whole outputs: beside each case in tests/data/reports, which is laid over the example catalog.

An output that is not there is written, and the test fails once: delete one to have it written anew; read it.
"""

import json
from datetime import date
from pathlib import Path

import pytest

from herdbook.catalog import read_catalog
from herdbook.check import Report, check
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.source import DirTree
from rule_examples import case

FOLDER = Path(__file__).parents[1] / "data" / "reports"
CASES = sorted(FOLDER.glob("*.yaml"))
REPORTS = {".txt": report_text, ".json": report_json}


def report(text: str, folder: Path) -> Report:
    case(text).lay(folder / "catalog")
    return check(read_catalog(DirTree(folder / "catalog", "catalog")), date(2024, 2, 1))


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_report_is_as_it_was(path: Path, form: str, tmp_path: Path) -> None:
    written = REPORTS[form](report(path.read_text(encoding="utf-8"), tmp_path))
    expected = path.with_suffix(form)
    if not expected.exists():
        expected.write_text(written, encoding="utf-8")
        pytest.fail(f"wrote {expected.name}: read it")
    assert written == expected.read_text(encoding="utf-8")


def test_json_says_what_the_text_says(tmp_path: Path) -> None:
    judged = report((FOLDER / "several.yaml").read_text(encoding="utf-8"), tmp_path)
    value = json.loads(report_json(judged))
    assert set(value) == {"verdict", "entries", "findings", "waived"}
    assert (value["verdict"], value["entries"]) == (judged.verdict, judged.entries)
    assert [
        (item["rule"], item["severity"], item["message"], item["help"]) for item in value["findings"]
    ] == [(finding.rule, finding.severity, finding.message, finding.help) for finding in judged.findings]
    assert [(item["file"], item["line"], item["column"]) for item in value["findings"]] == [
        (finding.place.file, finding.place.span.line, finding.place.span.column)
        for finding in judged.findings
    ]
    assert [item["until"] for item in value["waived"]] == ["2024-06-30"]
