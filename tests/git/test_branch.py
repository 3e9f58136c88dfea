from pathlib import Path

from herdbook.git import current_branch, default_branch
from repositories import git


def test_the_branch_that_is_checked_out(tmp_path: Path) -> None:
    assert current_branch(tmp_path) is None
    git(tmp_path, "init", "-q", "-b", "topic/new")
    assert current_branch(tmp_path) == "topic/new"
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(tmp_path, "checkout", "-q", "--detach")
    assert current_branch(tmp_path) is None


def test_the_default_branch_of_the_remote(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git(tmp_path, "init", "-q", "-b", "trunk", str(origin))
    git(origin, "commit", "-q", "--allow-empty", "-m", "Begin")
    assert default_branch(origin) is None
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    git(clone, "checkout", "-q", "-b", "other")
    (clone / "inside").mkdir()
    assert default_branch(clone / "inside") == "trunk"
