import os
from pathlib import Path

import pytest

from forge_server import forge
from herdbook.git import GitError, fetch_commit, git_state
from herdbook.git.command import contents_of, path_within
from repositories import commit, git, initialised


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = initialised(tmp_path / "a b")
    commit(root, {"train.py": "print()\n", "empty": "", "large": "x" * 2_000_000})
    return root


def test_the_environment_cannot_point_elsewhere(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = git_state(repository)
    monkeypatch.setenv("GIT_DIR", str(repository.parent / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository.parent))
    assert before is not None
    assert git_state(repository) == before


def test_programs_named_by_the_repository_are_not_run(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    program.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(program))
    git(repository, "config", "core.pager", str(program))
    git_state(repository)
    assert not (tmp_path / "ran").exists()


def test_a_broken_repository_is_an_error_with_the_reason(repository: Path) -> None:
    (repository / ".git" / "index").write_bytes(b"garbage" * 100)
    with pytest.raises(GitError, match=r"git status in .* failed: .*index") as raised:
        git_state(repository)
    assert "\n" not in str(raised.value)  # git itself says it in two lines


def test_a_git_that_hangs_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("herdbook.git.command.SECONDS", 0.2)
    with pytest.raises(GitError, match="timed out"):
        git_state(tmp_path)


def test_contents_are_those_of_files_of_a_size_that_is_read(repository: Path) -> None:
    names = ["HEAD:train.py", "HEAD:large", "HEAD:absent", "HEAD:empty", "HEAD^{tree}", "HEAD:train.py"]
    assert contents_of(repository, names) == [b"print()\n", None, None, b"", None, b"print()\n"]
    assert contents_of(repository, []) == []


def test_replaced_objects_are_not_read(repository: Path) -> None:
    other = git(repository, "hash-object", "-w", "--stdin", input="evil\n")
    git(repository, "replace", git(repository, "rev-parse", "HEAD:train.py"), other)
    assert contents_of(repository, ["HEAD:train.py"]) == [b"print()\n"]


def test_a_path_is_told_from_the_top_of_the_work_tree(tmp_path: Path) -> None:
    assert path_within(tmp_path, tmp_path / "a" / "b") == "a/b"
    assert path_within(tmp_path, tmp_path) == path_within(tmp_path, None) == ""
    assert path_within(tmp_path / "a", tmp_path / "b") == ""


def test_a_commit_that_no_branch_holds_is_fetched_and_gets_no_name(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", repository.as_uri(), "clone")
    git(repository, "checkout", "-q", "-b", "gone")
    head = commit(repository, {"train.py": "print(1)\n"})
    git(repository, "update-ref", "refs/pull/7/head", head)
    git(repository, "checkout", "-q", "main")
    git(repository, "branch", "-q", "-D", "gone")
    named = git(tmp_path / "clone", "for-each-ref")
    fetch_commit(tmp_path / "clone", head)
    assert git(tmp_path / "clone", "cat-file", "-t", head) == "commit"
    assert git(tmp_path / "clone", "for-each-ref") == named
    assert not (tmp_path / "clone/.git/FETCH_HEAD").exists()
    with pytest.raises(GitError, match=r"git fetch in .* failed: \S"):
        fetch_commit(tmp_path / "clone", "d" * 40)


def test_only_the_server_sees_what_it_wants_to_see(repository: Path) -> None:
    with forge(lambda question: (404, {})) as found, forge(lambda question: (404, {})) as other:
        for server in (found, other):
            git(repository, "config", "remote.origin.url", f"{server.url}/catalog")
            with pytest.raises(GitError) as raised:
                fetch_commit(repository, "d" * 40, found.url, "AUTHORIZATION: basic s3cret")
            assert "s3cret" not in str(raised.value)
    assert [question.headers.get("AUTHORIZATION") for question in found.asked] == ["basic s3cret"]
    assert [question.headers.get("AUTHORIZATION") for question in other.asked] == [None]


def test_what_a_clone_is_configured_to_send_is_not_sent_beside_it(repository: Path) -> None:
    with forge(lambda question: (404, {})) as found:
        git(repository, "config", "remote.origin.url", f"{found.url}/catalog")
        git(repository, "config", f"http.{found.url}/.extraheader", "AUTHORIZATION: basic of-the-checkout")
        with pytest.raises(GitError):
            fetch_commit(repository, "d" * 40, found.url, "AUTHORIZATION: basic s3cret")
    assert [question.headers.get("AUTHORIZATION") for question in found.asked] == ["basic s3cret"]


def test_nothing_is_fetched_by_a_program_that_the_repository_names(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "remote.origin.url", f"ext::touch {tmp_path}/ran")
    git(repository, "config", "protocol.ext.allow", "always")
    with pytest.raises(GitError, match="transport 'ext' not allowed"):
        fetch_commit(repository, "d" * 40)
    assert not (tmp_path / "ran").exists()
