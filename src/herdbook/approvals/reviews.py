"""What a forge says about the reviews of a change."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Forge = Literal["github", "gitlab"]

_CO_AUTHOR = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]*)>", re.IGNORECASE | re.MULTILINE)


class State(StrEnum):
    """What a review says."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Review:
    """A review on a forge.

    Attributes:
        login: The account that made it; empty where that was deleted.
        state: What it says.
        commit: The hash of the commit that it is about; empty where the forge does not say.
        at: When it was made; `None` where the forge does not say.
        human: Whether the account is a person's, and no bot's.
    """

    login: str
    state: State
    commit: str = ""
    at: datetime | None = None
    human: bool = True


@dataclass(frozen=True, slots=True)
class Reviews:
    """What a forge says about the reviews of a change.

    Attributes:
        forge: Which forge.
        reviews: The reviews, in the order of the answer.
        authors: Accounts that opened, wrote or committed the change.
        commit_people: Names and e-mail addresses in the commits that the answer lists.
        all_commits: Whether the answer is known to list all commits. A shallow clone does not hold them.
        head: The hash of the head of the change when the forge answered; empty where it does not say. In a
            merge queue, whose event does not name it, it is the commit on which reviews count.
        target: The branch that the change is for; empty where the forge does not say.
        merged: The hash of the commit that the forge merged the change as; empty where it did not.
        squashed: The hash of the commit that the forge made of all those of the change, to merge that; empty
            where it did not.
    """

    forge: Forge
    reviews: tuple[Review, ...]
    authors: frozenset[str] = frozenset()
    commit_people: frozenset[tuple[str, str]] = frozenset()
    all_commits: bool = False
    head: str = ""
    target: str = ""
    merged: str = ""
    squashed: str = ""


def co_authors(message: str) -> list[tuple[str, str]]:
    """The names and e-mail addresses in the ``Co-authored-by`` lines of a commit's message."""
    return [(name.strip(), address.strip()) for name, address in _CO_AUTHOR.findall(message)]
