from pathlib import Path

from diff_cases import FOLDER, asked
from herdbook.reports.answers import document_text
from herdbook.telling.changes import tell_changes


def told(folder: Path, text: str) -> str:
    return document_text(tell_changes(asked(folder, text)))


def test_two_versions_are_compared_once(tmp_path: Path) -> None:
    text = told(tmp_path, (FOLDER / "promotion.yaml").read_text())
    assert text.count("Metric  Before") == 2
    once = """\
# models/churn/aliases.yaml
aliases:
  champion: [{version: 1, at: "2024-01-12T08:00:00Z", by: ana}]
# models/churn/stages.yaml
transitions: [{version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana}]
# head
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana}
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: ana}
"""
    text = told(tmp_path / "once", once)
    assert text.count("Metric  Before") == 1
    assert "These two versions are compared above." in text
    assert text.count("Approved by  [nobody]") == 2
