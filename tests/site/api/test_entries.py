"""Tests of badges; all other files about entries are compared with the catalog in ``test_api``."""

from pathlib import Path

import pytest

from herdbook.site.api.answers import Answers
from herdbook.site.api.entries import entry_jobs
from herdbook.site.book import Book
from site_samples import read, write_sample

LEDGER = """kind: aliases
model: churn
aliases:
  champion: [{version: 2, at: "2024-01-15T08:00:00Z", by: ana}]
  challenger: [{version: 2, at: "2024-01-15T08:00:00Z", by: ana}]
  recalled: [{version: 1, at: "2024-01-15T08:00:00Z", by: ana}]
  missing: [{version: 9, at: "2024-01-15T08:00:00Z", by: ana}]
  old: [{version: 3, at: "2024-01-15T08:00:00Z", by: ana}]
  gone: [{version: null, at: "2024-01-15T08:00:00Z", by: ana}]
"""
OLD = """kind: model-version
model: churn
version: 3
run: train-2
uri: s3://models/churn/3.pkl
deprecated: {at: "2024-02-02T08:00:00Z", by: bo, reason: slow}
"""


@pytest.fixture(scope="module")
def badges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    catalog = write_sample(tmp_path_factory.mktemp("badges"))
    Path(catalog, "models/churn/aliases.yaml").write_text(LEDGER)
    Path(catalog, "models/churn/versions/3.yaml").write_text(OLD)
    records = read(catalog)
    book = Book(records)
    answers = Answers(records, book.tracer, book.impacts)
    files = [file for job in entry_jobs(book, answers) for file, _ in job.make()]
    return {file.path: file.data.decode() for file in files if "/badges/" in file.path}


@pytest.mark.parametrize(
    ("alias", "shown"),
    [
        ("champion", '"message": "v2", "color": "brightgreen"'),
        ("challenger", '"message": "v2", "color": "blue"'),
        ("recalled", '"message": "v1 recalled data", "color": "red"'),
        ("missing", '"message": "v9 missing", "color": "red"'),
        ("old", '"message": "v3 deprecated", "color": "orange"'),
        ("gone", '"message": "withdrawn", "color": "lightgrey"'),
    ],
)
def test_a_badge_says_what_an_alias_points_to(badges: dict[str, str], alias: str, shown: str) -> None:
    assert shown in badges[f"api/v1/badges/churn/{alias}.json"]
