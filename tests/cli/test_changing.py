import json
import shutil
import subprocess
from pathlib import Path

import pytest

from command_line import herdbook
from repositories import git
from rule_examples import EXAMPLE_CATALOG, case

RETYPED = "# models/churn/model.yaml\nowner: bo\n"
AGAIN = "# models/churn/model.yaml\nowner: bo\ntitle: Churn\n"


def lay(folder: Path, changes: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    case(changes).lay(folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository: no catalog, then the example, then one with another owner; on disk a title besides."""
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(tmp_path, "tag", "empty")
    for tag, changes in (("one", ""), ("two", RETYPED)):
        lay(tmp_path / "catalog", changes)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", tag)
        git(tmp_path, "tag", tag)
    lay(tmp_path / "catalog", AGAIN)
    return tmp_path


def test_folders_are_compared_without_git(tmp_path: Path) -> None:
    lay(tmp_path / "after", RETYPED)
    done = herdbook("diff", EXAMPLE_CATALOG, "after", cwd=tmp_path, PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 model changed.\n\nChanged\n  models:/churn\n  └── owner: ana -> bo\n"


def test_revisions_are_compared_without_a_checkout(repository: Path) -> None:
    done = herdbook("diff", "one", "HEAD", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("  └── owner: ana -> bo\n")
    assert git(repository, "stash", "list") == ""
    assert "title" in (repository / "catalog/models/churn/model.yaml").read_text()


def test_a_catalog_that_moved_is_compared_with_what_it_was_where_it_was(repository: Path) -> None:
    git(repository, "mv", "catalog", "registry")
    git(repository, "commit", "-q", "-m", "move")
    titled = "1 model changed.\n\nChanged\n  models:/churn\n  └── title added: Churn\n"
    said = {"HEAD": "Nothing in the catalog differs.\n", "WORKTREE": titled, "./registry": titled}
    for head, text in said.items():
        done = herdbook("diff", "two", head, "--catalog", "registry", cwd=repository)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", text)
    older = herdbook("diff", "one", "HEAD", "--catalog", "registry", cwd=repository)
    assert older.stdout.endswith("  models:/churn\n  └── owner: ana -> bo\n")
    first = herdbook("diff", "empty", "--catalog", "registry", cwd=repository)
    assert "1 model, " in first.stdout.splitlines()[0]


def test_what_is_on_disk_is_judged_by_what_a_moved_catalog_was_where_it_was(repository: Path) -> None:
    git(repository, "mv", "catalog", "registry")
    git(repository, "commit", "-q", "-m", "move")
    ledger = repository / "registry/models/churn/aliases.yaml"
    ledger.write_text(ledger.read_text().replace("first release", "the first"))
    done = herdbook("gate", "--base", "two", "--head", "WORKTREE", "--catalog", "registry", cwd=repository)
    assert (done.returncode, "[ledger-rewritten]" in done.stdout) == (1, True)


@pytest.mark.parametrize("move", [("git", "mv"), ("mv",)])
def test_a_catalog_that_is_moved_on_disk_is_compared_with_what_it_was_where_it_was(
    repository: Path, move: tuple[str, ...]
) -> None:
    subprocess.run([*move, "catalog", "registry"], cwd=repository, check=True)
    for base in ("two", "HEAD"):
        done = herdbook("diff", base, "--catalog", "registry", cwd=repository)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "1 model changed.\n\nChanged\n  models:/churn\n  └── title added: Churn\n"
    ledger = repository / "registry/models/churn/aliases.yaml"
    ledger.write_text(ledger.read_text().replace("first release", "the first"))
    gate = herdbook("gate", "--base", "two", "--head", "WORKTREE", "--catalog", "registry", cwd=repository)
    assert (gate.returncode, "[ledger-rewritten]" in gate.stdout) == (1, True)


def test_a_copy_of_a_catalog_is_a_new_one(repository: Path) -> None:
    shutil.copytree(repository / "catalog", repository / "registry")
    done = herdbook("diff", "two", "--catalog", "registry", cwd=repository)
    assert " added" in done.stdout.splitlines()[0]


def test_the_folder_on_disk_is_the_head_by_default(repository: Path) -> None:
    done = herdbook("diff", "two", cwd=repository)
    assert done.stdout.endswith("  models:/churn\n  └── title added: Churn\n")
    assert done.stdout == herdbook("diff", "two", "WORKTREE", cwd=repository).stdout
    back = herdbook("diff", "WORKTREE", "two", cwd=repository)
    assert back.stdout.endswith("  models:/churn\n  └── title removed: Churn\n")


def test_a_revision_before_there_was_a_catalog_is_empty(repository: Path) -> None:
    answer = json.loads(herdbook("diff", "empty", "one", "--format", "json", cwd=repository).stdout)
    assert (answer["question"], answer["base"], answer["head"]) == ("changes", "empty", "one")
    assert len(answer["added"]) == len(list(EXAMPLE_CATALOG.rglob("*.yaml")))


@pytest.mark.parametrize(
    ("sides", "code"), [(("one", "one"), 0), (("one", "two"), 1), (("two", "WORKTREE"), 1)]
)
def test_the_exit_code_tells_of_a_difference_when_asked(
    repository: Path, sides: tuple[str, str], code: int
) -> None:
    assert herdbook("diff", *sides, "--exit-code", cwd=repository).returncode == code
    done = herdbook("diff", *sides, cwd=repository)
    assert done.returncode == 0
    assert (done.stdout == "Nothing in the catalog differs.\n") is (code == 0)


def test_another_catalog_of_the_repository(repository: Path) -> None:
    git(repository, "mv", "catalog", "records")
    git(repository, "commit", "-q", "-m", "Move")
    done = herdbook("diff", "HEAD", "WORKTREE", "--catalog", "records", cwd=repository)
    assert done.stdout.endswith("  └── title added: Churn\n")


def test_the_forms(repository: Path) -> None:
    said = herdbook("diff", "empty", "one", "--format", "markdown", cwd=repository).stdout
    assert said.startswith("## What changes from `empty` to `one`\n")
    assert "\n```mermaid\nflowchart LR\n" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such", "HEAD"), "no-such is neither a folder nor a revision that this repository knows; "),
        (("--", "--output=x", "HEAD"), "--output=x is neither a folder nor a revision"),
        (("empty", "empty"), "catalog: neither empty nor empty holds a catalog there; "),
        (("one", "./empty-folder"), "empty-folder: the folder holds no catalog; "),
        (("one", "two", "--catalog", "elsewhere"), "elsewhere: neither one nor two holds a catalog there; "),
    ],
)
def test_what_is_not_there_is_said(repository: Path, arguments: tuple[str, ...], message: str) -> None:
    (repository / "empty-folder").mkdir()
    done = herdbook("diff", *arguments, cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"herdbook: {message}")


def test_a_folder_that_is_called_like_a_branch_is_not_taken_for_it(repository: Path) -> None:
    lay(repository / "main", "")
    done = herdbook("diff", "main", "WORKTREE", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    commit = git(repository, "rev-parse", "--short=12", "main")
    assert f"main is both a folder and a revision; write ./main for the folder, or {commit}" in done.stderr
    assert "owner: ana -> bo" in herdbook("diff", "./main", commit, cwd=repository).stdout


def test_without_a_repository_there_are_no_revisions(tmp_path: Path) -> None:
    lay(tmp_path / "catalog", "")
    done = herdbook("diff", "HEAD", "WORKTREE", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no git repository around it" in done.stderr
