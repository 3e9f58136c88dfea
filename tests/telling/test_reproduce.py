import json
from pathlib import Path

from comparing import records_of
from herdbook.queries.asking import find
from herdbook.queries.reproduce import reproduce
from herdbook.reports.answers import document_markdown, document_text
from herdbook.telling.document import Document, plain
from herdbook.telling.reproduce import tell_reproduce


def told(folder: Path, changes: str, name: str) -> Document:
    records = records_of(folder, changes)
    return tell_reproduce(reproduce(records, find(records.catalog, name)))


def test_the_whole_of_it(tmp_path: Path) -> None:
    document = told(tmp_path, "", "churn/2")
    assert document.tone == "good"
    assert document_text(document) == Path(__file__).with_name("reproduce.txt").read_text()


def test_what_is_missing_comes_first(tmp_path: Path) -> None:
    changes = "# runs/churn/train-2.yaml\ncode: {dirty: true}\n"
    document = told(tmp_path, changes, "churn/2")
    assert plain(document.lead) == (
        "models:/churn/2 cannot be reproduced exactly because runs:/train-2 records no commit "
        "(and for 2 more reasons, below)."
    )
    assert document.tone == "bad"
    assert [section.title for section in document.sections] == ["What is missing"]


def test_what_is_only_inexact_is_told_with_the_steps(tmp_path: Path) -> None:
    changes = "# runs/churn/train-2.yaml\nenvironment: {python: 3.11.7, requirements: [numpy]}\n"
    document = told(tmp_path, changes, "churn/2")
    assert plain(document.lead) == (
        "models:/churn/2 cannot be reproduced exactly because runs:/train-2 ran with packages that are not "
        "pinned: numpy."
    )
    assert document.tone == "warn"
    titles = [section.title for section in document.sections]
    assert titles[:4] == [
        "As a script",
        "1. Get the code",
        "2. Make the environment 1",
        "3. Make the environment 2",
    ]


def test_hostile_texts_stay_texts_and_words_of_commands(tmp_path: Path) -> None:
    code = {
        "commit": "1" * 40,
        "command": "python 'x; $(touch y)' \x1b[1m",
        "repository": "--upload-pack=touch x",
    }
    changes = f"# runs/churn/train-2.yaml\ncode: {json.dumps(code)}\n"
    document = told(tmp_path, changes, "churn/2")
    for written in (document_text(document), document_markdown(document)):
        assert "\x1b" not in written
        assert "python 'x; $(touch y)' " in written
        assert "git clone -- '--upload-pack=touch x' ../code" in written
