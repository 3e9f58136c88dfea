"""Taking the files of a catalog: any file is an entry, or has a finding."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from any_files import FILES
from herdbook.check import check
from herdbook.opening import read_catalog
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.rules import RULES
from herdbook.tree import DirTree, MemoryTree

FORM = {rule.ID for rule in RULES if rule.FAMILY == "form"}


def test_links_pipes_and_names_that_are_no_text_are_findings(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (tmp_path / "secret.yaml").write_text("kind: model\nname: secret\n")
    (catalog / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (catalog / "loop").symlink_to(catalog)
    os.mkfifo(catalog / "pipe.yaml")
    (catalog / os.fsdecode(b"caf\xe9.yaml")).write_text("kind: model\nname: a\n")
    (catalog / os.fsdecode(b"\xff")).mkdir()
    (catalog / os.fsdecode(b"\xff") / "b.yaml").write_text("kind: model\nname: b\n")
    (catalog / "README.md").write_text("about")
    report = check(read_catalog(DirTree(catalog, "catalog")), date(2026, 1, 1))
    found = {finding.place.file: (finding.rule, finding.message) for finding in report.findings}
    unread = "the path holds a character that cannot be seen or is no text"
    assert {file: found[file] for file in found if file != "catalog/herdbook.yaml"} == {
        "catalog/link.yaml": ("unreadable-file", "it is a symbolic link"),
        "catalog/loop": ("unreadable-file", "it is a symbolic link"),
        "catalog/pipe.yaml": ("unreadable-file", "it is neither a file nor a folder"),
        "catalog/caf\\udce9.yaml": ("misplaced-file", unread),
        "catalog/\\udcff/b.yaml": ("misplaced-file", unread),
    }
    assert report.entries == 0
    (report_text(report) + report_json(report)).encode()


@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_no_name_leads_out_of_the_catalog(every: int, shared_data: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "catalog"
    (catalog / "runs" / "e").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("kind: model\nname: secret\n")
    naughty = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    files = sorted(path for path in (shared_data / "path-traversal").rglob("*") if path.is_file())
    climbing = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    texts = sorted({text for text in [*naughty, *climbing] if text})[::every]
    for number, text in enumerate(texts):
        name = json.dumps(text)
        (catalog / "runs" / "e" / f"{number}.yaml").write_text(
            f"kind: run\nid: {name}\nexperiment: {name}\ntype: training\nstatus: finished\nparent: {name}\n"
        )
    before = snapshot(tmp_path)
    report = check(read_catalog(DirTree(catalog, "catalog")), date(2026, 1, 1))
    flagged = {finding.place.source.path for finding in report.findings if finding.rule in FORM}
    assert flagged == {f"runs/e/{number}.yaml" for number in range(len(texts))}
    assert "secret" not in report_json(report)
    assert snapshot(tmp_path) == before


def snapshot(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = {path: path.stat() for path in folder.rglob("*")}
    return {path: (status.st_ino, status.st_size, status.st_mtime_ns) for path, status in found.items()}


@given(FILES)
def test_any_catalog_ends_in_a_report(contents: dict[str, bytes]) -> None:
    report = check(read_catalog(MemoryTree(contents)), date(2026, 1, 1))
    report_text(report)
    for finding in report.findings:
        assert finding.message
        assert finding.place.span.line >= 1
