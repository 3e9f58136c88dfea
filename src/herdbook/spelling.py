"""What somebody meant who mistyped a name."""

from bisect import bisect_left
from collections.abc import Iterable


def most_alike(text: str, others: Iterable[str]) -> str:
    """Return the one of a few texts that is most like another one; empty when none is like it."""
    from difflib import get_close_matches  # nearly every command is over before anybody asks

    return next(iter(get_close_matches(text, list(others), 1)), "")


class Spellings:
    """Finds among many texts the one that somebody who mistyped it meant."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.forwards = sorted(texts)
        self.backwards = sorted(text[::-1] for text in self.forwards)

    def nearest(self, text: str) -> str:
        """Return the text that is most alike; empty when none is.

        Only those are compared that begin or end like it: in a large catalog, all would take too long.
        """
        alike = [
            *_around(self.forwards, text),
            *(other[::-1] for other in _around(self.backwards, text[::-1])),
        ]
        return most_alike(text, alike)


def _around(ordered: list[str], text: str) -> list[str]:
    at = bisect_left(ordered, text)
    return ordered[max(0, at - 50) : at + 50]
