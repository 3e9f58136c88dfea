"""Where a run runs: the catalog and the repository around it, and what it finds out by itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herdbook.git import GitState, git_state
from herdbook.recorder import context
from herdbook.recorder.values import given
from herdbook.recorder.warning import attempt, warn


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run runs.

    Attributes:
        git: the state of the code; `None` where that is in no repository.
        fields: what the record of the run says of all that.
    """

    git: GitState | None
    fields: Mapping[str, Any]

    @property
    def root(self) -> Path | None:
        """The top of the repository."""
        return None if self.git is None else self.git.root

    def place(self, path: Path) -> str | None:
        """The path of a file in the repository; `None` where it lies outside."""
        return _place(self.git, path)


def look_around(catalog: Path | None) -> Surroundings:
    """Find out where a run runs; what cannot be found out is left out, with a warning."""
    entry = attempt("the entry point", context.entry_file)
    git = attempt("the state of the code", lambda: _code(entry, catalog))
    code: dict[str, Any] = {}
    if git is not None:
        code = {"commit": git.commit, "dirty": git.dirty}
        code |= given(repository=git.repository, branch=git.branch)
    root = None if git is None else git.root
    code |= given(
        entry_point=None if entry is None else _place(git, entry) or entry.name,
        command=attempt("the command line", lambda: context.command(root)),
    )
    service = context.service()
    user = attempt("the user", context.user)
    triggered_by = service.name if service is not None else f"local/{user or 'unknown'}"
    tags = {"git_commit": git.commit[:12]} if git is not None else {}
    fields = {
        "code": code,
        **given(
            user=user,
            host=attempt("the host", context.host),
            environment=attempt("the environment", context.environment),
            job_id=(os.environ.get(service.job) if service is not None else None) or None,
        ),
        "tags": {**tags, "triggered_by": triggered_by},
    }
    return Surroundings(git, fields)


def find_catalog(chosen: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder of the catalog: the one that is chosen, or else the nearest one."""
    chosen = chosen if chosen is not None else os.environ.get("HERDBOOK_CATALOG")
    if chosen:
        return Path(chosen).resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "catalog" / "herdbook.yaml").is_file():
            return folder / "catalog"
    warn("No folder catalog with a herdbook.yaml here or above. Give catalog= or set HERDBOOK_CATALOG.")
    return None


def _code(entry: Path | None, catalog: Path | None) -> GitState | None:
    """The state of the code around the working folder, or else, as in a scratch folder, around the script."""
    folders = [Path.cwd(), *([entry.parent] if entry is not None else [])]
    states = (git_state(folder, apart_from=catalog, entry_point=entry) for folder in folders)
    return next((state for state in states if state is not None), None)


def _place(git: GitState | None, path: Path) -> str | None:
    if git is None or not path.resolve().is_relative_to(git.root.resolve()):
        return None
    return path.resolve().relative_to(git.root.resolve()).as_posix()
