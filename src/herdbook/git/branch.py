"""Which branch changes are merged into, and which one is checked out."""

from pathlib import Path

from herdbook.git.command import git_text


def default_branch(folder: Path) -> str | None:
    """Return the branch that ``origin`` had as its default when it was cloned; `None` where nothing says so.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    return _named(folder, "refs/remotes/origin/HEAD", "refs/remotes/origin/")


def current_branch(folder: Path) -> str | None:
    """Return the branch that is checked out, with or without commits; `None` where there is none.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    return _named(folder, "HEAD", "refs/heads/")


def _named(folder: Path, reference: str, prefix: str) -> str | None:
    answer = git_text(folder, "symbolic-ref", "--quiet", reference, failing_is_empty=True)
    return answer.removeprefix(prefix).removesuffix("\n") if answer and answer.startswith(prefix) else None
