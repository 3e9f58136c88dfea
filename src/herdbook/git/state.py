"""Ask git what code there is in a work tree."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from herdbook.git.command import GitError, git_bytes, git_text, path_within

_CHANGES = {"A": "added", "D": "deleted"}
_SCHEMES = frozenset({"https", "http", "ssh", "git"})
_SCP_LIKE = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9][\w.-]+):(?!/)(?P<path>[^:\s]+)")


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
    top = git_text(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    root = Path(top.removesuffix("\n"))
    scope = [f":(top,exclude,literal){apart}"] if (apart := path_within(root, apart_from)) else []
    answer = git_text(
        root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no", "--", ":(top)", *scope
    )
    lines = (answer or "").split("\0")
    head = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit = head.get("branch.oid", "(initial)")
    if commit == "(initial)":
        return None
    dirty = any(line and not line.startswith("# ") for line in lines)
    if not dirty and entry_point is not None and path_within(root, entry_point):
        dirty = not is_tracked(entry_point)
    branch = head.get("branch.head")
    return GitState(root, commit, None if branch == "(detached)" else branch, dirty, remote_address(root))


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks a file in the repository that it lies in, if it lies in one.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    return bool(git_text(path.parent, "ls-files", "-z", "--", f":(literal){path.name}"))


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
        apart_from: A folder whose files are no code (the catalog) and are not listed; nor are those of any
            other folder that holds a catalog at one of the commits, as this may have moved since.

    Returns:
        The files, in the order of their paths; None where there is no git, no repository, or where it does
        not hold both commits.
    """
    try:
        top = git_text(folder, "rev-parse", "--show-toplevel")
        if top is None:
            return None
        root = Path(top.removesuffix("\n"))
        apart = path_within(root, apart_from)
        found = changed_between(root, before, now, *([f":(top,exclude,literal){apart}"] if apart else []))
        if apart_from is None or not found:
            return found
        catalogs = _catalogs_around(root, (before, now), [file.path for file in found])
        return tuple(file for file in found if catalogs.isdisjoint(_folders_of(file.path)))
    except GitError:
        return None


def _folders_of(path: str) -> Iterator[str]:
    """The folders around a file, but for the root of the repository: all code may lie there."""
    return (folder.as_posix() for folder in PurePosixPath(path).parents if folder.name)


def _catalogs_around(root: Path, commits: Sequence[str], paths: Iterable[str]) -> set[str]:
    """Which folders around some files hold a catalog at one of the commits."""
    folders = list(dict.fromkeys(folder for path in paths for folder in _folders_of(path)))
    asked = [(folder, commit) for folder in folders if "\n" not in folder for commit in commits]
    lines = "".join(f"{commit}:{folder}/herdbook.yaml\n" for folder, commit in asked)
    given = lines.encode("utf-8", "surrogateescape")
    answer = git_bytes(root, "cat-file", "--batch-check=%(objecttype)", input=given)
    kinds = answer.split(b"\n")
    return {folder for (folder, _), kind in zip(asked, kinds, strict=False) if kind == b"blob"}


def changed_between(folder: Path, before: str, now: str, *scope: str) -> tuple[ChangedFile, ...]:
    """List the files that differ between two commits, in the order of their paths.

    Args:
        folder: Where git is started.
        before: The hash of the one commit.
        now: The hash of the other.
        scope: Patterns of paths that are left out, as git writes them.

    Raises:
        GitError: Git refused or failed, such as where it does not hold both commits.
    """
    # Plumbing, so that neither drivers nor filters of the repository run; and what the commits really hold.
    options = ("-r", "-z", "--name-status", "--no-renames", "--end-of-options")
    commits = (f"{before}^{{commit}}", f"{now}^{{commit}}")
    answer = git_text(folder, "--no-replace-objects", "diff-tree", *options, *commits, "--", ":(top)", *scope)
    fields = (answer or "").split("\0")[:-1]
    return tuple(
        ChangedFile(path, _CHANGES.get(letter, "changed"))
        for letter, path in zip(fields[::2], fields[1::2], strict=True)
    )


def left_out(folder: Path, *scope: str) -> tuple[str, ...]:
    """List the files below a folder that a sparse checkout left out, though they are in the repository.

    Args:
        folder: a folder of the work tree.
        scope: Patterns of the paths that matter, as git writes them; without any, all do.

    Raises:
        GitError: Git refused or failed.
    """
    listing = git_text(folder, "ls-files", "-t", "-z", "--", *scope) or ""
    skipped = (line[2:] for line in listing.split("\0") if line.startswith("S "))
    # The same mark, set by hand, means that changes of a file that is there are to be overlooked.
    return tuple(path for path in skipped if not os.path.lexists(folder / path))


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


def remote_address(root: Path) -> str | None:
    """Return the public address of the remote of a repository; None where it has none."""
    answer = git_text(root, "config", "-z", "--get-regexp", r"^remote\..*\.url$", failing_is_empty=True)
    remotes = dict(line.split("\n", 1) for line in reversed((answer or "").split("\0")) if "\n" in line)
    url = remotes.get("remote.origin.url") or next(reversed(remotes.values()), "")
    return public_address(url)
