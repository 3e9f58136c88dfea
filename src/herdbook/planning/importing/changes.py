"""What an import makes of the files of a catalog, and what it cannot make of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from herdbook.editing import Edit
from herdbook.planning.drafts import Draft, Problem
from herdbook.planning.fitting import fitted


class Changes:
    """What is new and what changes so far, by the paths of files.

    Args:
        paths: the files that are there.
        problems: what is known not to come over.
    """

    def __init__(self, paths: Iterable[str], problems: Iterable[Problem]) -> None:
        self.paths = set(paths)
        self.problems = list(problems)
        self.new: dict[str, Mapping[str, Any]] = {}
        self.edits: dict[str, Sequence[Edit]] = {}
        self.count: Counter[str] = Counter()
        self.clashing: set[str] = set()
        """Models, by what they are called there, with versions whose numbers others have here."""

    def report(self, source: str, message: str, *, is_loss: bool = True) -> None:
        """Report what does not come over as it is."""
        self.problems.append(Problem(source, message, is_loss))

    def fitting(self, draft: Draft, value: dict[str, Any]) -> dict[str, Any] | None:
        """What fits into a file of what a draft becomes; the rest is reported."""
        found = fitted(value)
        for loss in found.losses:
            self.report(draft.source, loss)
        return found.value

    def add(self, draft: Draft, path: str, value: dict[str, Any]) -> None:
        """Add a file for a draft, if something fits into one."""
        kept = self.fitting(draft, value)
        if kept is not None:
            self.paths.add(path)
            self.new[path] = kept
            self.count[draft.key.kind] += 1

    def edit(self, draft: Draft, path: str, edits: Sequence[Edit]) -> None:
        """Change the file that something of a draft goes into."""
        self.edits[path] = edits
        self.count[draft.key.kind] += 1
