"""Where a run runs: the catalog and the repository around it, and what it finds out by itself."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herdbook.git import GitError, GitState, git_state, is_tracked
from herdbook.recorder import context
from herdbook.recorder.values import given
from herdbook.recorder.warning import attempt, warn
from herdbook.tree import top_around


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run runs.

    Attributes:
        code: the top of the repository that the code is in; `None` where it is in none.
        records: the top of the repository that the catalog is in, from where readers look for files; without
            a catalog, that of the code; `None` where it is in none.
        fields: what the record of the run says of all that.
    """

    code: Path | None
    records: Path | None
    fields: Mapping[str, Any]

    def place(self, path: Path) -> str | None:
        """The path of a file in the repository of the catalog; `None` where it lies outside."""
        return _place(self.records, path)


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
        entry_point=None if entry is None else _place(root, entry) or entry.name,
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
    return Surroundings(root, root if catalog is None else top_around(catalog.resolve()), fields)


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
    """The state of the code: around the script, as in MLflow, where git tracks it there.

    Otherwise it is the code around the working folder that ran, such as a package; a script that nobody has
    committed yet may run in a scratch folder.
    """
    around = [Path.cwd()] if entry is None else [Path.cwd(), entry.parent]
    with suppress(GitError):  # of the repository of somebody else, for one
        if entry is not None and is_tracked(entry):
            around.reverse()
    states = (git_state(folder, apart_from=catalog, entry_point=entry) for folder in around)
    return next((state for state in states if state is not None), None)


def _place(root: Path | None, path: Path) -> str | None:
    if root is None or not path.resolve().is_relative_to(root.resolve()):
        return None
    return path.resolve().relative_to(root.resolve()).as_posix()
