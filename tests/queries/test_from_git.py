from pathlib import Path

from herdbook.queries.from_git import evidence_in, files_in
from repositories import commit, initialised


def test_git_tells_which_files_differ_but_for_those_of_the_catalog(tmp_path: Path) -> None:
    root = initialised(tmp_path)
    first = commit(root, {"train.py": "1\n", "catalog/herdbook.yaml": "kind: catalog\n"})
    second = commit(root, {"train.py": "2\n", "catalog/herdbook.yaml": "kind: catalog \n"})
    assert files_in(root / "catalog")(first, second) == [("train.py", "changed")]
    assert files_in(root / "catalog")(first, "0" * 40) is None


def test_git_tells_how_ledgers_came_to_be(tmp_path: Path) -> None:
    root = initialised(tmp_path)
    head = commit(root, {"catalog/models/churn/aliases.yaml": "kind: aliases\n"})
    evidence = evidence_in(root / "catalog", "churn", "")
    assert list(evidence.ledgers) == ["models/churn/aliases.yaml"]
    assert head[:7] in repr(evidence.ledgers)
    assert evidence.note == ""


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "catalog").mkdir()
    assert evidence_in(tmp_path / "catalog", "churn", "").ledgers == {}


def test_git_tells_that_there_were_no_endpoints_yet(tmp_path: Path) -> None:
    root = initialised(tmp_path)
    head = commit(root, {"catalog/herdbook.yaml": "kind: catalog\n"})
    endpoints = evidence_in(root / "catalog", "churn", "2099-01-01T00:00:00Z").endpoints
    assert endpoints is not None
    assert (endpoints.commit.hash, endpoints.files) == (head, {})
