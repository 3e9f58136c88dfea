"""Tests of what a node of the lineage shows."""

from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.lineage import Edge, Lineage, Node, NodeKind
from herdbook.opening import read_catalog
from herdbook.site.faces import Faces, Mark, affected_by_recall
from herdbook.tree import DirTree

DATA, FIRST, SECOND = (
    Node(NodeKind.DATASET_VERSION, "datasets:/d/1"),
    Node(NodeKind.RUN, "runs:/a"),
    Node(NodeKind.RUN, "runs:/b"),
)


@pytest.fixture
def recalled(tmp_path: Path) -> Catalog:
    version = tmp_path / "datasets" / "d" / "versions" / "1.yaml"
    version.parent.mkdir(parents=True)
    version.write_text(
        "kind: dataset-version\ndataset: d\nversion: '1'\n"
        "recall: {at: '2024-01-01T00:00:00Z', by: ana, reason: bad, severity: high}\n"
    )
    return read_catalog(DirTree(tmp_path))


def test_a_ring_of_recalled_descendants_ends(recalled: Catalog) -> None:
    ring = Lineage([Edge(DATA, FIRST), Edge(FIRST, SECOND), Edge(SECOND, FIRST)])
    assert affected_by_recall(recalled, ring) == {FIRST, SECOND}


def test_what_was_recalled_is_told_from_what_comes_from_it(recalled: Catalog) -> None:
    faces = Faces(recalled, Lineage([Edge(DATA, FIRST)]))
    data, run = faces.of(DATA), faces.of(FIRST)
    assert (data.name, data.line, data.kind) == (
        "d/1",
        "recalled",
        "recalled dataset version, no digest is recorded",
    )
    assert data.marks == {Mark.RECALLED, Mark.UNPINNED}
    assert data.tainted
    # The catalog does not have it: that is worse.
    assert (run.name, run.line, {*run.marks}) == ("a", "missing", {Mark.MISSING})
    assert not run.tainted


def test_names_are_as_html_where_they_are_put_into_a_list() -> None:
    face = Faces(Catalog(), Lineage()).of(Node(NodeKind.OUTSIDE, "<b>&\u202e"))
    assert face.name == face.full_name
    assert face.heading == face.mention
    assert "<" not in face.heading + face.state + face.description
    assert "\u202e" not in face.name


def test_a_commit_is_shown_by_its_first_digits() -> None:
    face = Faces(Catalog(), Lineage()).of(Node(NodeKind.CODE, "a" * 40))
    assert (face.name, face.full_name, face.mention) == ("a" * 10, "a" * 40, f"commit {'a' * 10}")


def test_a_face_is_made_once() -> None:
    faces = Faces(Catalog(), Lineage())
    assert faces.of(FIRST) is faces.of(Node(NodeKind.RUN, "runs:/a"))
