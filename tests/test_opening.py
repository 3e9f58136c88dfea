"""Reading the files of a catalog: any file, any tree, and again after a change."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.cache import content_digest
from herdbook.catalog import Catalog
from herdbook.check import check
from herdbook.errors import StorageError
from herdbook.opening import read_catalog, read_files, reread
from herdbook.reports.json import report_json
from herdbook.reports.text import report_text
from herdbook.rules import RULES
from herdbook.tree import DirTree, TreeFile
from rule_examples import EXAMPLE_CATALOG

EXAMPLE = Path(__file__).parent / "data" / "example"
FORM = {rule.ID for rule in RULES if rule.FAMILY == "form"}
PATHS = ["herdbook.yaml", "models/m/model.yaml", "runs/e/r.yaml", "models/m/aliases.yaml", "x.yaml"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        read_catalog(DirTree(tmp_path / "gone"))


def test_an_empty_folder_is_an_empty_catalog(tmp_path: Path) -> None:
    catalog = read_catalog(DirTree(tmp_path))
    assert list(catalog.entries()) == []
    assert catalog.file is None
    assert check(catalog, date(2026, 1, 1)).entries == 0


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


FILES = st.dictionaries(
    st.sampled_from(PATHS),
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1:/@.", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["kind", "name", "model", "aliases", "id", "inputs", "policy", "tags", "at"]),
                inner,
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
    | st.sampled_from([file.read_bytes() for file in sorted(EXAMPLE.rglob("*.yaml"))]),
)
"""Files at paths of a catalog: entries, other values, and what is no YAML."""


@given(FILES)
def test_any_catalog_ends_in_a_report(contents: dict[str, bytes]) -> None:
    report = check(read_catalog(Memory(contents)), date(2026, 1, 1))
    report_text(report)
    for finding in report.findings:
        assert finding.message
        assert finding.place.span.line >= 1


@given(FILES, FILES, st.sets(st.sampled_from(PATHS)))
def test_what_did_not_change_need_not_be_read_again(
    contents: dict[str, bytes], changed: dict[str, bytes], removed: set[str]
) -> None:
    after = {path: raw for path, raw in (contents | changed).items() if path not in removed}
    again = reread(read_catalog(Memory(contents)), Memory(after), changed.keys() | removed)
    assert told(again) == told(read_catalog(Memory(after)))


def told(catalog: Catalog) -> object:
    """What was found out about a catalog."""
    findings = [(each.rule, each.message, each.place.file, each.place.span) for each in catalog.findings]
    entries = [(entry.source.path, entry.kind, entry.data) for entry in catalog.entries()]
    return findings, [(source.path, repr(source.value)) for source in catalog.sources], entries


class Memory:
    """A tree of files in memory."""

    name = "catalog"

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents

    def files(self) -> Any:
        return map(TreeFile, sorted(self.contents))

    def read(self, path: str) -> bytes:
        if path not in self.contents:
            raise FileNotFoundError(path)
        return self.contents[path]


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
