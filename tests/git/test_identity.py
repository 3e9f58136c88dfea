from pathlib import Path

import pytest

from herdbook.git import GitError, Identity, identity
from repositories import git, initialised


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine's own user."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_the_settings_of_the_repository_count(tmp_path: Path) -> None:
    root = initialised(tmp_path / "team")
    git(root, "config", "user.name", " Ana Lima\t")
    git(root, "config", "user.email", "ana@example.org")
    (root / "inside").mkdir()
    assert identity(root / "inside") == Identity("Ana Lima", "ana@example.org")


def test_the_settings_of_the_user_count_everywhere(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n\tname = Bo\n")
    assert identity(tmp_path) == Identity("Bo")


def test_without_settings_nobody_is_known(tmp_path: Path) -> None:
    assert identity(initialised(tmp_path / "team")) == Identity()


def test_any_text_may_stand_there(tmp_path: Path) -> None:
    root = initialised(tmp_path / "team")
    with (root / ".git" / "config").open("ab") as file:
        file.write(b'[user]\n\tname = "two\\nlines \xff \xe2\x80\xae"\n')
    assert identity(root).name == "two\nlines \udcff \u202e"


def test_a_configuration_that_git_cannot_read_names_nobody(tmp_path: Path) -> None:
    root = initialised(tmp_path / "team")
    (root / ".git" / "config").write_text("[user\n")
    assert identity(root) == Identity()


def test_a_git_that_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("not a program")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git config"):
        identity(tmp_path)
