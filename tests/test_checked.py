"""With what an earlier check found, a check finds what it would find without."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from any_files import tree_of
from herdbook.cache import Cache
from herdbook.catalog import Catalog
from herdbook.check import Report, check
from herdbook.checked import checked
from herdbook.finding import Finding
from herdbook.memory import Memory
from herdbook.opening import read_catalog
from herdbook.rereading import reread
from herdbook.tree import DirTree
from rule_examples import Example
from test_reach import EXAMPLES, catalog, edits, generated

TODAY = date(2026, 1, 1)


class Earlier(Memory):
    """A memory of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self.kept = catalog


def told(report: Report) -> Any:
    """All that a report says."""
    waived = [(spoken(item.finding), item.waiver) for item in report.waived]
    return report.entries, sorted(map(spoken, report.findings)), sorted(waived)


def spoken(finding: Finding) -> Any:
    """All that a finding says."""
    related = [(other.message, other.place.file) for other in finding.related]
    place = finding.place
    return finding.rule, finding.severity, finding.message, place.file, place.span, finding.help, related


def compared(before: Catalog, after: Catalog, changed: set[str]) -> None:
    assert after.changed_since(before) in (changed, None)  # nothing, where more than these may differ
    found = checked(after, TODAY, Earlier(before))
    assert told(found) == told(check(after, TODAY))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_edit_that_breaks_a_rule(example: Example, tmp_path: Path) -> None:
    example.lay_base(tmp_path / "before")
    example.lay(tmp_path / "after")
    trees = [DirTree(tmp_path / name, "catalog") for name in ("before", "after")]
    texts = [{file.path: tree.read(file.path) for file in tree.files()} for tree in trees]
    changed = {path for path in texts[0].keys() | texts[1].keys() if texts[0].get(path) != texts[1].get(path)}
    before, after = map(read_catalog, trees)
    compared(before, reread(before, trees[1], changed), changed)
    compared(after, reread(after, trees[0], changed), changed)


@given(edits(), edits())
def test_an_edit_of_any_kind(there: dict[str, Any], made: dict[str, Any]) -> None:
    """In a catalog in which something may be wrong already."""
    contents = {path: value for path, value in {**generated(), **there}.items() if value is not None}
    before = replace(reread(catalog(), tree_of(contents), set(there)), origin=None)
    after = {path: value for path, value in {**contents, **made}.items() if value is not None}
    compared(before, reread(before, tree_of(after), set(made)), set(made))


def two_models_of_one_run() -> dict[str, Any]:
    """A catalog in which a run that is not to be relied on made two models and two datasets."""
    run = {
        "kind": "run",
        "id": "train",
        "experiment": "churn",
        "type": "training",
        "status": "finished",
        "code": {"dirty": True},
        "outputs": [{"name": "rest", "dataset": "rest/v1"}],
    }
    data = {"kind": "dataset-version", "version": "v1"}
    files: dict[str, Any] = {
        "herdbook.yaml": {"kind": "catalog", "name": "catalog"},
        "runs/churn/train.yaml": run,
        "runs/churn/read.yaml": {**run, "id": "read", "inputs": [{"model": "a/1"}], "outputs": []},
        "datasets/rest/versions/v1.yaml": {**data, "dataset": "rest"},
        "datasets/scores/versions/v1.yaml": {**data, "dataset": "scores", "produced_by": "train"},
    }
    for name in ("a", "b"):
        files[f"models/{name}/model.yaml"] = {"kind": "model", "name": name}
        version = {
            "kind": "model-version",
            "model": name,
            "version": 1,
            "run": "train",
            "uri": f"s3://m/{name}",
        }
        files[f"models/{name}/versions/1.yaml"] = version
    for name in ("rest", "scores"):
        files[f"datasets/{name}/dataset.yaml"] = {"kind": "dataset", "name": name}
    return files


@pytest.mark.parametrize("path", sorted({*two_models_of_one_run()} - {"herdbook.yaml"}))
@pytest.mark.parametrize("edit", ["delete", "notes"])
def test_what_a_run_is_blamed_for_follows_from_all_that_it_made(path: str, edit: str) -> None:
    there = two_models_of_one_run()
    made = {path: {**there[path], "notes": "Looked at."} if edit == "notes" else None}
    after = {path: value for path, value in {**there, **made}.items() if value is not None}
    old, new = read_catalog(tree_of(there)), read_catalog(tree_of(after))
    compared(old, reread(old, tree_of(after), set(made)), set(made))
    compared(new, reread(new, tree_of(there), set(made)), set(made))


def lay(folder: Path, contents: Mapping[str, Any]) -> None:
    for path, value in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))


def test_what_was_found_is_kept_for_other_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("herdbook.memory.SETTLED", 0)
    folder, contents = tmp_path / "catalog", dict(generated())
    run = min(path for path in contents if path.startswith("runs/"))
    contents[run] = {key: value for key, value in contents[run].items() if key != "code"}
    lay(folder, contents)

    def found(today: date = TODAY) -> Any:
        memory = Memory(Cache(tmp_path / "cache", folder, bytes(32)))
        catalog = memory.read(DirTree(folder, "catalog"))
        memory.save()
        report = checked(catalog, today, memory)
        expected = check(read_catalog(DirTree(folder, "catalog")), today)
        assert told(report) == told(expected)
        return report

    time.sleep(0.05)  # longer than the tick of the clock of files
    assert found().findings
    looked_at: list[int] = []

    def counting(catalog: Catalog, *rest: Any) -> Report:
        looked_at.append(catalog.count)
        return check(catalog, *rest)

    monkeypatch.setattr("herdbook.checked.check", counting)
    assert found().findings
    assert looked_at == []
    lay(folder, {run: generated()[run]})
    assert not found().findings
    assert len(looked_at) == 2
    assert max(looked_at) < len(contents)
    looked_at.clear()
    found(TODAY + timedelta(days=1))  # on another day other waivers hold
    assert max(looked_at) == len(contents)


@pytest.mark.parametrize(
    "noted", [b"", b"[", b"{}", b'{"today": "2026-01-01", "findings": [1]}', b"[" * 100_000]
)
def test_what_is_no_note_is_not_believed(noted: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    lay(folder, generated())
    memory = Memory(Cache(tmp_path / "cache", folder, bytes(32)))
    found = memory.read(DirTree(folder))
    memory.save()
    memory.note(noted)
    assert told(checked(found, TODAY, memory)) == told(check(found, TODAY))
