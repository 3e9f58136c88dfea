"""A snapshot holds all of a catalog, and gives one entry without the others."""

import json
import marshal
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import herdbook.snapshot
from catalog_facts import facts
from command_line import lay_broken
from herdbook.lineage import Lineage
from herdbook.opening import read_catalog, read_files
from herdbook.snapshot import Snapshot, data_of, finding_of, pieces_of
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG


def written(tree: DirTree) -> tuple[bytes, bytes]:
    """A snapshot of a tree, and what lies behind it."""
    digests: dict[str, str] = {}
    files = list(tree.files())
    catalog = read_files(tree, files, digests)
    names = {file.path: digests.get(file.path, "unread") for file in files}
    line, behind = pieces_of(catalog, names, {"herdbook.yaml": "stamp"})
    return line, b"".join(behind)


def snapshot_of(tree: DirTree) -> Snapshot:
    content, behind = written(tree)
    return Snapshot(content, lambda start, end: behind[start:end])


def test_a_catalog_comes_back(tmp_path: Path) -> None:
    for folder in (EXAMPLE_CATALOG, lay_broken(tmp_path) / "catalog"):
        tree = DirTree(folder, "catalog")
        snapshot, expected = snapshot_of(tree), read_catalog(tree)
        found = snapshot.catalog(tree)
        assert facts(found) == facts(expected)
        assert found.refused.keys() == expected.refused.keys()
        assert [found.key_at(path) for path in snapshot.paths] == [
            expected.key_at(path) for path in snapshot.paths
        ]
        for path in (*snapshot.paths, "runs/no/such.yaml"):
            entry, same = found.at(path), expected.at(path)
            assert (type(entry), entry and entry.data) == (type(same), same and same.data)
        assert found.relations == snapshot.relations
        assert found.relations.downstream(["datasets:/orders/v2"]) == expected.relations.downstream(
            ["datasets:/orders/v2"]
        )
        assert Lineage.of(found).graph() == Lineage.of(expected).graph()
        assert dict(zip(snapshot.paths, snapshot.stamps, strict=True))["herdbook.yaml"] == "stamp"


def test_an_entry_is_made_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(herdbook.snapshot, "_CHUNK_BYTES", 1)
    tree = DirTree(EXAMPLE_CATALOG)
    content, behind = written(tree)
    looked_at: list[bytes] = []

    def look(start: int, end: int) -> bytes:
        looked_at.append(behind[start:end])
        return behind[start:end]

    snapshot = Snapshot(content, look)
    looked_at.clear()
    found = snapshot.catalog(tree)
    assert found.runs["train-1"].id == "train-1"
    assert len(found.runs) > 1
    assert [marshal.loads(raw)["kind"] for raw in looked_at] == ["catalog", "run"]


@pytest.mark.parametrize("size", [1, 700, 2_000, 1 << 20])
def test_values_are_had_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    tree = DirTree(EXAMPLE_CATALOG)
    expected = facts(read_catalog(tree))
    monkeypatch.setattr(herdbook.snapshot, "_CHUNK_BYTES", size)
    snapshot = snapshot_of(tree)

    def refuse(*_: object) -> bytes:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(DirTree, "read", refuse)
    assert facts(snapshot.catalog(tree)) == expected


def test_findings_come_back(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog")
    run = folder / "runs" / "churn" / "train-1.yaml"
    run.write_text(f"{run.read_text()}notes: yes\n")
    shutil.copy(run, run.with_name("again.yaml"))
    (folder / "models" / "churn" / "model.yaml").write_text("kind: model\nname: churn\nname: churn\n")
    (folder / "stray.txt").write_text("")
    tree = DirTree(folder)
    catalog = read_catalog(tree)
    assert len({finding.rule for finding in catalog.findings}) > 3
    for finding in catalog.findings:
        again = finding_of(lambda path: SourceFile(tree, path), json.loads(json.dumps(data_of(finding))))
        assert (again.rule, again.severity, again.message, again.help) == (
            finding.rule,
            finding.severity,
            finding.message,
            finding.help,
        )
        assert (again.place.file, again.place.span) == (finding.place.file, finding.place.span)
        assert [(other.message, other.place.span) for other in again.related] == [
            (other.message, other.place.span) for other in finding.related
        ]


@given(st.binary(max_size=200) | st.text(st.sampled_from('[]{}",:0\n'), max_size=60).map(str.encode))
def test_what_is_no_snapshot_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, RecursionError)):
        Snapshot(content, lambda start, end: b"")
