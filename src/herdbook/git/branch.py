"""Which branch changes are merged into, and which one is checked out."""

from pathlib import Path

from herdbook.git.command import git_text


def default_branch(folder: Path) -> str | None:
    """Return the branch that ``origin`` had as its default when it was cloned; `None` where nothing says so.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    answer = git_text(folder, "for-each-ref", "--format=%(symref)", f"{_ORIGIN}HEAD")
    return (answer or "").removesuffix("\n").removeprefix(_ORIGIN) or None


def current_branch(folder: Path) -> str | None:
    """Return the branch that is checked out, with or without commits; `None` where there is none.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    return (git_text(folder, "branch", "--show-current") or "").removesuffix("\n") or None


def branches(folder: Path) -> frozenset[str]:
    """Return the branches that have commits, here or at ``origin`` when it was last asked.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    answer = git_text(folder, "for-each-ref", "--format=%(refname)", _HERE, _ORIGIN)
    names = (answer or "").splitlines()
    return frozenset(
        name.removeprefix(_HERE).removeprefix(_ORIGIN) for name in names if name != f"{_ORIGIN}HEAD"
    )


_HERE, _ORIGIN = "refs/heads/", "refs/remotes/origin/"
