"""Ask git what code there is. No other module starts git."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from herdbook.errors import HerdbookError

_SECONDS = 20
# Nothing that a repository's own configuration names is run, nothing waits for a person, nothing is written.
_COMMAND = (
    "git",
    "--no-pager",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
)
_CHANGES = {"A": "added", "D": "deleted"}
_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9][\w.-]+):(?!/)(?P<path>[^:\s]+)")


class GitError(HerdbookError):
    """Git is there but did not answer."""


@dataclass(frozen=True, slots=True)
class GitState:
    """The code in a work tree.

    Attributes:
        root: Top folder of the work tree.
        commit: The hash of the commit that is checked out.
        branch: The branch that is checked out; None for a detached head.
        dirty: Tracked files differ from the commit.
        repository: The address of the remote, without user name, password and query; None when there is none
            or when it is a folder of this machine.
    """

    root: Path
    commit: str
    branch: str | None
    dirty: bool
    repository: str | None


def git_state(
    folder: Path, *, apart_from: Path | None = None, entry_point: Path | None = None
) -> GitState | None:
    """Tell which code the work tree around `folder` holds.

    Args:
        folder: Any folder in the work tree.
        apart_from: A folder whose files are no code (the catalog): changes in it are not counted.
        entry_point: The file that was started. Untracked files do not make a work tree dirty, as in MLflow,
            but this one does: the commit does not hold the code that ran.

    Returns:
        The state; None where there is no git, no repository, or no commit yet.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    root = Path(top.removesuffix("\n"))
    scope = [f":(top,exclude,literal){inside}"] if (inside := _inside(root, apart_from)) else []
    answer = _git(
        root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--", ":(top)", *scope
    )
    lines = (answer or "").split("\0")
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = head.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    dirty = any(line and not line.startswith("# ") for line in lines)
    if not dirty and (started := _inside(root, entry_point)):
        dirty = not _git(root, "ls-files", "-z", "--", f":(top,literal){started}")
    branch = head.get("branch.head")
    return GitState(root, commit, None if branch == "(detached)" else branch, dirty, _repository(root))


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that differs between two commits.

    Attributes:
        path: Where it is, from the root of the repository.
        change: ``added``, ``deleted`` or ``changed``.
    """

    path: str
    change: str


def changed_files(
    folder: Path, before: str, now: str, *, apart_from: Path | None = None
) -> tuple[ChangedFile, ...] | None:
    """List the files that differ between two commits of the repository around `folder`.

    Args:
        folder: Any folder in the work tree.
        before: The hash of the one commit.
        now: The hash of the other.
        apart_from: A folder whose files are no code (the catalog) and are not listed.

    Returns:
        The files, in the order of their paths; None where there is no git, no repository, or where it does
        not hold both commits.
    """
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
        if top is None:
            return None
        root = Path(top.removesuffix("\n"))
        scope = [f":(top,exclude,literal){inside}"] if (inside := _inside(root, apart_from)) else []
        # Plumbing, so that neither drivers nor filters of the repository run.
        options = ("-r", "-z", "--name-status", "--no-renames", "--end-of-options")
        commits = (f"{before}^{{commit}}", f"{now}^{{commit}}")
        answer = _git(root, "diff-tree", *options, *commits, "--", ":(top)", *scope)
    except GitError:
        return None
    fields = (answer or "").split("\0")[:-1]
    return tuple(
        ChangedFile(path, _CHANGES.get(letter, "changed"))
        for letter, path in zip(fields[::2], fields[1::2], strict=True)
    )


def public_address(url: str) -> str | None:
    """Return the address of a remote without user name, password, query and fragment.

    None for folders of this machine, transport helpers and whatever else nobody else can follow.
    """
    found = _SCP_LIKE.fullmatch(url)
    if found:
        url = f"ssh://{found['host']}/{found['path']}"
    if re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in _SCHEMES or not host:
        return None
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def _repository(root: Path) -> str | None:
    answer = _git(root, "config", "-z", "--get-regexp", r"^remote\..*\.url$", failing_is_empty=True)
    remotes = dict(line.split("\n", 1) for line in reversed((answer or "").split("\0")) if "\n" in line)
    url = remotes.get("remote.origin.url") or next(reversed(remotes.values()), "")
    return public_address(url)


def _inside(root: Path, path: Path | None) -> str:
    """Return `path` relative to the work tree, with ``/``; empty when it lies outside or is its top."""
    if path is None:
        return ""
    try:
        inside = path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return ""
    return "" if inside == "." else inside


def _git(folder: Path, *arguments: str, failing_is_empty: bool = False) -> str | None:
    """Run git; None when there is no git or no repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*_COMMAND, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(f"git {arguments[0]} in {folder}: {error}") from error
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape")
    if "not a git repository" in complaint or "must be run in a work tree" in complaint:
        return None
    if failing_is_empty:
        return ""
    raise GitError(f"git {arguments[0]} in {folder} failed: {complaint or f'exit code {done.returncode}'}")
