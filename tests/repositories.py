"""Real repositories for tests."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.org",
    "GIT_COMMITTER_NAME": "Ana",
    "GIT_COMMITTER_EMAIL": "ana@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str, input: str | None = None, **environment: str) -> str:
    """Run git as a person would, with a name and an address."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        input=input,
        env={**ENVIRONMENT, **environment},
    )
    return done.stdout.strip()


def initialised(root: Path) -> Path:
    """An empty repository on main."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main", ".")
    return root


def write(root: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write files; `None` deletes one."""
    for name, content in files.items():
        path = root / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(root: Path, files: Mapping[str, str | bytes | None], message: str = "Change", **env: str) -> str:
    """Write files, commit all that is there, and return the hash."""
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message, **env)
    return git(root, "rev-parse", "HEAD")


def tree_of(root: Path, entries: str) -> str:
    """Make a tree object from lines such as ``100644 blob <oid>\t<name>``, as git itself would not."""
    return git(root, "mktree", input=entries)
