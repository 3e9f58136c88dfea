"""Tests of findings and their places."""

from pathlib import Path

from herdbook.finding import Finding, Place, Related, Severity
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from herdbook.yaml.parsed import Span


def source(folder: Path) -> SourceFile:
    (folder / "a.yaml").write_text("one: 1\ntwo: [2, 3]\n")
    return SourceFile(DirTree(folder, "catalog"), "a.yaml")


def test_a_place_is_found_by_its_route(tmp_path: Path) -> None:
    found = source(tmp_path)
    assert Place(found).span == Span(1, 1, 1, 4)
    assert Place(found, ("two", 1)).span == Span(2, 10, 2, 11)
    assert Place(found, ("one",), on_key=True).span == Span(1, 1, 1, 4)
    assert Place(found, ("one",)).file == "catalog/a.yaml"


def test_a_known_place_is_not_sought(tmp_path: Path) -> None:
    gone = SourceFile(DirTree(tmp_path), "gone.yaml")
    assert Place(gone, known=Span(3, 4, 3, 5)).span == Span(3, 4, 3, 5)


def test_findings_are_values(tmp_path: Path) -> None:
    place = Place(source(tmp_path), ("one",))
    one, other = (
        Finding("rule", Severity.ERROR, "it is 1", place, "Write 2.", (Related("here", place),)) for _ in "ab"
    )
    assert one == other
    assert len({one, other}) == 1


def test_severities_are_their_words() -> None:
    assert [f"{severity}" for severity in Severity] == ["error", "warning", "note"]
