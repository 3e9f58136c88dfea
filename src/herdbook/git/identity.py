"""Who commits here, as git is told."""

from dataclasses import dataclass
from pathlib import Path

from herdbook.git.command import git_text


@dataclass(frozen=True, slots=True)
class Identity:
    """What git's configuration says of the person who commits; empty where it says nothing.

    Both are whatever somebody wrote there: any text at all, with halves of surrogate pairs for what is not
    UTF-8.
    """

    name: str = ""
    email: str = ""


def identity(folder: Path) -> Identity:
    """Return who commits in a folder, whether it is in a repository or not.

    Raises:
        GitError: Git refused, failed, or took longer than 20 seconds; the message says which.
    """
    return Identity(_setting(folder, "user.name"), _setting(folder, "user.email"))


def _setting(folder: Path, name: str) -> str:
    answer = git_text(folder, "config", "-z", "--get", name, failing_is_empty=True)
    return (answer or "").removesuffix("\0").strip()
