"""Opening a catalog: a folder that is none, an empty one, and one so large that two processes share it."""

from datetime import date
from pathlib import Path

import pytest

from any_files import told
from herdbook.cache import content_digest
from herdbook.check import check
from herdbook.errors import StorageError
from herdbook.opening import read_catalog, read_files
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        read_catalog(DirTree(tmp_path / "gone"))


def test_an_empty_folder_is_an_empty_catalog(tmp_path: Path) -> None:
    catalog = read_catalog(DirTree(tmp_path))
    assert list(catalog.entries()) == []
    assert catalog.file is None
    assert check(catalog, date(2026, 1, 1)).entries == 0


def test_two_processes_read_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = (EXAMPLE_CATALOG / "runs/churn/prepare-1.yaml").read_text()
    for number in range(1_200):
        path = tmp_path / "runs" / "churn" / f"run-{number:04}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = run.replace("id: prepare-1", f"id: run-{number:04}").replace("minimum_orders: 1", "note: no")
        faults = {0: text + "x: 1\n", 1: text + "\tx", 2: "", 3: text.replace("note: no", f"note: {number}")}
        path.write_text(faults.get(number % 7, text))
    (tmp_path / "runs" / "churn" / "stray.txt").write_text("")

    digests: dict[str, str] = {}
    tree = DirTree(tmp_path)
    shared = read_catalog(tree)
    assert told(read_files(tree, list(tree.files()), digests)) == told(shared)
    monkeypatch.setattr("herdbook.opening.can_share", lambda: False)
    again: dict[str, str] = {}
    assert told(read_files(tree, list(tree.files()), again)) == told(shared)
    contents = {path: (tmp_path / path).read_bytes() for path in digests}
    named = {path: content_digest(raw) if raw else "" for path, raw in contents.items()}
    assert digests == again == named
