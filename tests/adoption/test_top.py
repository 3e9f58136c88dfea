from pathlib import Path

import pytest

from herdbook.adoption.top import require_top, top_elsewhere
from herdbook.errors import HerdbookError
from repositories import commit, git, initialised


def test_a_folder_outside_any_repository_will_do(tmp_path: Path) -> None:
    require_top(tmp_path)
    assert top_elsewhere(tmp_path) is None


def test_the_top_of_a_repository_a_worktree_and_a_submodule_will_do(tmp_path: Path) -> None:
    root = initialised(tmp_path / "root")
    require_top(root)
    commit(root, {"catalog/herdbook.yaml": "kind: catalog\n"})
    git(root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    require_top(tmp_path / "tree")
    around = initialised(tmp_path / "around")
    git(around, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(root), "inner")
    require_top(around / "inner")


def test_a_folder_below_the_top_is_refused(tmp_path: Path) -> None:
    root = initialised(tmp_path / "root")
    below = root / "ml" / "registry"
    below.mkdir(parents=True)
    (tmp_path / "linked").symlink_to(below)
    assert top_elsewhere(tmp_path / "linked") == (root, "ml/registry")
    with pytest.raises(HerdbookError, match=f"this is ml/registry in the repository {root}, and forges look"):
        require_top(below)


def test_a_repository_without_files_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    with pytest.raises(HerdbookError, match="run this in a clone of it"):
        require_top(tmp_path / "bare.git")


@pytest.mark.parametrize("path", [".github/CODEOWNERS", ".github/workflows/gate.yml", "a/b/herdbook.yaml"])
def test_what_git_left_out_is_not_taken_for_missing(tmp_path: Path, path: str) -> None:
    root = initialised(tmp_path)
    commit(root, {path: "# here\n", "kept/file": "kept\n"})
    git(root, "sparse-checkout", "set", "kept")
    with pytest.raises(HerdbookError, match=f"git left {path} out of this sparse checkout"):
        require_top(root)
    git(root, "sparse-checkout", "disable")
    require_top(root)
