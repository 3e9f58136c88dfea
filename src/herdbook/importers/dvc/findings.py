"""What was found in the commits of a repository: of what is the same in many of them, the first."""

from collections.abc import Mapping
from typing import Any

from herdbook.planning.drafts import Draft, Key, Problem


class Findings:
    """Drafts and problems, each once, in the order in which they were found."""

    def __init__(self) -> None:
        self._drafts: dict[Key, Draft] = {}
        self._problems: dict[tuple[str, str], Problem] = {}

    @property
    def drafts(self) -> list[Draft]:
        """All that was drafted."""
        return list(self._drafts.values())

    @property
    def problems(self) -> list[Problem]:
        """All that was reported."""
        return list(self._problems.values())

    def knows(self, key: Key) -> bool:
        """Whether something was drafted before."""
        return key in self._drafts

    def draft(self, key: Key, value: Mapping[str, Any], source: str) -> None:
        """Take a draft, unless what it is about was drafted before."""
        self._drafts.setdefault(key, Draft(key, value, source))

    def report(self, source: str, message: str, *, is_loss: bool = True) -> None:
        """Report a problem of a file; of the same file at many commits, once."""
        self._problems.setdefault((source, message), Problem(source, message, is_loss))
