"""Ask git for its tags."""

from dataclasses import dataclass
from pathlib import Path

from herdbook.clock import time_at
from herdbook.git.command import git_bytes

_FIELDS = (
    "%(refname)",
    "%(objecttype)",
    "%(objectname)",
    "%(*objecttype)",
    "%(*objectname)",
    "%(taggername)",
    "%(taggeremail)",
    "%(taggerdate:unix)",
    "%(contents:subject)",
    "%(committerdate:unix)%(*committerdate:unix)",
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a commit.

    Attributes:
        name: what it is called.
        commit: the hash of the commit; empty where the tag is of something else.
        committed_at: when that was committed, in UTC.
        annotated: whether it is an object of its own, which says who made it and when.
        by: who made it; empty for a tag that is not annotated.
        at: when, in UTC; empty where that is not known.
        message: the first line of what was said.
    """

    name: str
    commit: str
    committed_at: str
    annotated: bool
    by: str = ""
    at: str = ""
    message: str = ""


def tags(folder: Path, under: str = "refs/tags") -> tuple[Tag, ...]:
    """The tags of a repository, by name.

    Args:
        folder: the repository.
        under: where other references are kept that are read like tags.

    Raises:
        GitError: git failed.
    """
    form = "%00".join(_FIELDS)
    listing = git_bytes(folder, "for-each-ref", f"--format={form}", under).decode("utf-8", "replace")
    found = []
    for line in listing.split("\n"):
        fields = line.split("\0")
        if len(fields) != len(_FIELDS):
            continue
        name, kind, target, of_kind, of, by, mail, at, message, committed = fields
        annotated = kind == "tag"
        is_commit = (of_kind if annotated else kind) == "commit"
        commit = (of if annotated else target) if is_commit else ""
        made = (by.strip() or mail.strip("<> "), _time(at), message) if annotated else ()
        found.append(Tag(name.removeprefix(f"{under}/"), commit, _time(committed), annotated, *made))
    return tuple(found)


def _time(seconds: str) -> str:
    try:
        return time_at(int(seconds))
    except ValueError:
        return ""
