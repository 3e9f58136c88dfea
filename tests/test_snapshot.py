"""A snapshot holds all of a catalog, and gives one entry without the others."""

import json
import marshal
import shutil
from array import array
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_facts import facts
from command_line import lay_broken
from herdbook.lineage import Lineage
from herdbook.opening import read_catalog, read_files
from herdbook.snapshot import Snapshot, data_of, finding_of, pieces_of
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG


def written(tree: DirTree) -> bytes:
    digests: dict[str, str] = {}
    files = list(tree.files())
    catalog = read_files(tree, files, digests)
    names = {file.path: digests.get(file.path, "unread") for file in files}
    return b"".join(pieces_of(catalog, names, {"herdbook.yaml": "stamp"}))


def test_a_catalog_comes_back(tmp_path: Path) -> None:
    for folder in (EXAMPLE_CATALOG, lay_broken(tmp_path) / "catalog"):
        tree = DirTree(folder, "catalog")
        snapshot, expected = Snapshot(written(tree)), read_catalog(tree)
        found = snapshot.catalog(tree)
        assert facts(found) == facts(expected)
        assert found.refused.keys() == expected.refused.keys()
        assert found.relations == snapshot.relations
        assert found.relations.downstream(["datasets:/orders/v2"]) == expected.relations.downstream(
            ["datasets:/orders/v2"]
        )
        assert Lineage.of(found).graph() == Lineage.of(expected).graph()
        assert snapshot.stamps["herdbook.yaml"] == "stamp"


def test_an_entry_is_made_without_the_others() -> None:
    tree = DirTree(EXAMPLE_CATALOG)
    head, _, rest = written(tree).partition(b"\n")
    lengths = dict(json.loads(head)["pieces"])
    starts = dict(zip(lengths, accumulate(lengths.values(), initial=0), strict=False))
    paths = marshal.loads(rest[: lengths["paths"]])
    ends = array("Q", rest[starts["ends"] : starts["ends"] + lengths["ends"]])
    raw = bytearray(rest)
    for path, start, end in zip(paths, [0, *ends[:-1]], ends, strict=True):
        if path not in ("herdbook.yaml", "runs/churn/train-1.yaml"):
            raw[starts["values"] + start : starts["values"] + end] = bytes([0xFF]) * (end - start)
    found = Snapshot(b"\n".join([head, raw])).catalog(tree)
    assert found.runs["train-1"].id == "train-1"
    assert len(found.runs) > 1
    with pytest.raises(ValueError, match="marshal"):
        list(found.runs.values())


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
        Snapshot(content)
