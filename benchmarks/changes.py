"""The gate on a change of one file: how long it may take, and takes, before and after it read the catalog."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, least_of, put_aside
from benchmarks.questions import Command, Timed, asked_of

COLD, WARM = 3.0, 1.5
"""Seconds that `gate` may take on 10,000 entries of which one changed: read for the first time, and again."""

_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **{f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def gated(catalog: Path, rounds: int, *, cold: bool = True) -> Iterator[Timed]:
    """Judge a change of one run, and tell what it changes, first (if `cold`) of a catalog never read."""
    repository = repository_of(catalog, FOLDER / "change")
    branch(repository)
    # Elsewhere, since no cache is used that lies in the repository of the catalog.
    with TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        for name in ("gate", "diff"):
            arguments = ["--base", "main"] if name == "gate" else ["main", "HEAD"]
            command: Command = [PROGRAMS / "herdbook", name, *arguments]
            if cold:
                forgotten = partial(asked_of, command, repository, cache, forgotten=True)
                yield Timed(f"{name}, one file changed, cold", least_of(rounds, forgotten), COLD)
            else:
                asked_of(command, repository, cache, forgotten=False)
            known = partial(asked_of, command, repository, cache, forgotten=False)
            yield Timed(f"{name}, one file changed, warm", least_of(rounds, known), WARM)


def repository_of(catalog: Path, root: Path) -> Path:
    """Make a repository of a catalog; what stands in its place is put aside."""
    put_aside(root)
    shutil.copytree(catalog, root / "catalog")
    _git(root, "init", "-q", "-b", "main", ".")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "All of it")
    return root


def remark(root: Path) -> None:
    """Add a remark to one of the runs of a repository."""
    run = min((root / "catalog").glob("runs/*/*.yaml"))
    run.write_text(f"{run.read_text()}notes: Looked at once more.\n")


def branch(root: Path) -> None:
    """Commit such a remark on a branch."""
    _git(root, "checkout", "-q", "-b", "change")
    remark(root)
    _git(root, "commit", "-q", "-a", "-m", "Remark")


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, env=_ENVIRONMENT, check=True)
