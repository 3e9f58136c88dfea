from pathlib import Path

import pytest

from herdbook.git import (
    ChangedFile,
    GitState,
    changed_files,
    git_state,
    left_out,
    public_address,
)
from repositories import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "a b\tü"
    (root / "catalog").mkdir(parents=True)
    (root / "train.py").write_text("print()\n")
    (root / "catalog" / "herdbook.yaml").write_text("kind: catalog\n")
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def state(folder: Path, **arguments: Path) -> GitState:
    found = git_state(folder, **arguments)
    assert found is not None
    return found


def test_commit_and_branch(repository: Path) -> None:
    found = state(repository / "catalog")
    assert found == GitState(repository, git(repository, "rev-parse", "HEAD"), "main", False, None)
    git(repository, "checkout", "-q", "--detach")
    assert state(repository).branch is None


@pytest.mark.parametrize("staged", [False, True])
def test_changed_code_is_dirty(repository: Path, staged: bool) -> None:
    (repository / "train.py").write_text("print(1)\n")
    if staged:
        git(repository, "add", "train.py")
    assert state(repository).dirty
    assert state(repository, apart_from=repository / "catalog").dirty


def test_the_catalog_is_no_code(repository: Path) -> None:
    (repository / "catalog" / "herdbook.yaml").write_text("kind: catalog\nname: x\n")
    assert state(repository).dirty
    assert not state(repository, apart_from=repository / "catalog").dirty


def test_untracked_files_are_not_dirty_but_an_untracked_entry_point_is(repository: Path) -> None:
    new = repository / "new [1].py"
    new.write_text("")
    assert not state(repository).dirty
    assert state(repository, entry_point=new).dirty
    assert not state(repository, entry_point=repository / "train.py").dirty
    assert not state(repository, entry_point=repository.parent / "elsewhere.py").dirty


def test_no_repository_no_commit_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / ".git") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) is None


def test_origin_comes_before_other_remotes(repository: Path) -> None:
    git(repository, "remote", "add", "fork", "https://example.org/fork")
    assert state(repository).repository == "https://example.org/fork"
    git(repository, "remote", "add", "origin", "https://user:secret@example.org/origin.git")
    assert state(repository).repository == "https://example.org/origin.git"


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://github.com/example/models.git", "https://github.com/example/models.git"),
        ("https://user:secret@example.org:8443/a/b/", "https://example.org:8443/a/b"),
        ("https://secret@example.org/a?private_token=secret#secret", "https://example.org/a"),
        ("https://us@er:sec@ret@example.org/a", "https://example.org/a"),
        ("ssh://git@example.org:22/a.git", "ssh://example.org:22/a.git"),
        ("git@github.com:example/models.git", "ssh://github.com/example/models.git"),
        ("/home/me/models", None),
        ("../models", None),
        (r"C:\models", None),
        ("C:/models", None),
        ("file:///home/me/models", None),
        ("ext::sh -c evil", None),
        ("https://[::1/a", None),
        ("https://example.org/a\nb", None),
        ("https:///a", None),
        ("", None),
    ],
)
def test_addresses_lose_what_is_not_for_others(url: str, public: str | None) -> None:
    assert public_address(url) == public


def test_the_files_that_differ_between_two_commits(repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD")
    assert changed_files(repository, before, before) == ()
    (repository / "train.py").write_text("print(1)\n")
    (repository / "new\nü.py").write_text("")
    (repository / "catalog" / "herdbook.yaml").unlink()
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "second")
    now = git(repository, "rev-parse", "HEAD")
    code = (ChangedFile("new\nü.py", "added"), ChangedFile("train.py", "changed"))
    assert changed_files(repository, before, now, apart_from=repository / "catalog") == code
    every = (ChangedFile("catalog/herdbook.yaml", "deleted"), *code)
    assert changed_files(repository / "catalog", before, now) == every


def test_files_of_the_catalog_are_no_code_where_it_was_before_it_moved_either(repository: Path) -> None:
    def commit(message: str) -> str:
        git(repository, "add", "--all")
        git(repository, "commit", "-q", "-m", message)
        return git(repository, "rev-parse", "HEAD")

    first = git(repository, "rev-parse", "HEAD")
    (repository / "catalog" / "runs").mkdir()
    (repository / "catalog" / "runs" / "a.yaml").write_text("kind: run\n")
    (repository / "train.py").write_text("print(1)\n")
    (repository / "code\nü").mkdir()
    (repository / "code\nü" / "herdbook.yaml").write_text("no catalog: its folder has a line break\n")
    second = commit("second")
    (repository / "ml").mkdir()
    git(repository, "mv", "catalog", "ml/registry")
    third = commit("third")
    here = repository / "ml" / "registry"
    code = (ChangedFile("code\nü/herdbook.yaml", "added"), ChangedFile("train.py", "changed"))
    assert changed_files(repository, first, second, apart_from=here) == code
    assert changed_files(repository, second, third, apart_from=here) == ()
    assert changed_files(repository, first, third, apart_from=here) == code


def test_commits_that_are_not_there_and_no_repository(repository: Path, tmp_path: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    for other in ("f" * 40, "--output=x", "", "HEAD:train.py"):
        assert changed_files(repository, other, commit) is None
        assert changed_files(repository, commit, other) is None
    (tmp_path / "elsewhere").mkdir()
    assert changed_files(tmp_path / "elsewhere", commit, commit) is None
    assert not list(tmp_path.rglob("x"))


def test_what_a_sparse_checkout_left_out(repository: Path) -> None:
    assert left_out(repository) == ()
    git(repository, "sparse-checkout", "set", "--no-cone", "/train.py")
    assert left_out(repository) == ("catalog/herdbook.yaml",)
    assert left_out(repository, "train.py") == ()
    git(repository, "update-index", "--skip-worktree", "train.py")
    assert left_out(repository, "train.py") == ()
    assert left_out(repository.parent) == ()
