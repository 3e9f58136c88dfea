"""What is missing in a repository that adopts the gate."""

from dataclasses import dataclass

from herdbook.errors import HerdbookError
from herdbook.yaml.parsed import YamlError


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is missing, or that opens a way around the gate.

    Attributes:
        id: which kind of thing, for those who look for one kind.
        where: the file, with the line where one can be said.
        what: what is wrong, and what follows from it.
        help: what to do.
    """

    id: str
    where: str
    what: str
    help: str


def place(path: str, line: int | None = None) -> str:
    """Name a place as a person and an editor find it."""
    return path if line is None else f"{path}:{line}"


def unreadable(id: str, path: str, what: str, error: HerdbookError) -> Lack:
    """Say that a file cannot be read, and why."""
    if isinstance(error, YamlError):
        first = error.problems[0]
        return Lack(id, place(path, first.span.line), f"{what} cannot be read: {first.message}", first.help)
    return Lack(id, path, f"{what} cannot be read: {error}", "Put a file in its place that can be read.")


def unpinned_herdbook(where: str) -> Lack:
    """Say that a job installs whichever herdbook is the newest."""
    return Lack(
        "unpinned-herdbook",
        where,
        "herdbook is installed without an exact version: tomorrow's release judges otherwise than today's",
        "Write herdbook==VERSION.",
    )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What files tell of a repository, and what no file tells.

    Attributes:
        forges: the forges whose CI files are there; all that are known where there are none.
        lacks: what is missing, by place.
        by_hand: what must be looked up on the forge: what, and why.
    """

    forges: tuple[str, ...]
    lacks: tuple[Lack, ...]
    by_hand: tuple[tuple[str, str, str], ...]
