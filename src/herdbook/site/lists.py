"""Long lists, cut into pages, and what readers choose their rows by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from herdbook.site.paths import path_of_list, path_of_rows

T = TypeVar("T")

PAGE_LENGTH: Final = 100
MOST_CHOICES: Final = 50
"""Among more values, readers rather type a word."""
_STEPS: Final = (-100, -10, -1, 0, 1, 10, 100)


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A page of a long list: its items, its number from 1, and the way to its neighbours."""

    items: Sequence[T]
    number: int
    last: int
    total: int
    path: str
    first: str
    previous: str | None
    next: str | None

    @property
    def rows(self) -> str:
        """The path of the rows of its first page, for scripts."""
        return path_of_rows(self.first)

    @property
    def place(self) -> tuple[int, int, int]:
        """Which part of how many it is, and how many items there are in all."""
        return self.number, self.last, self.total

    @property
    def near(self) -> tuple[tuple[int, str], ...]:
        """Pages to go on to: the ends, and nearer and farther ones, so that none is many clicks away."""
        wanted = {1, self.last, *(self.number + step for step in _STEPS)}
        return tuple((n, path_of_list(self.first, n)) for n in sorted(wanted) if 1 <= n <= self.last)

    @property
    def first_item(self) -> int:
        """The number of its first item in the whole list."""
        return (self.number - 1) * PAGE_LENGTH + 1

    @property
    def last_item(self) -> int:
        """The number of its last item in the whole list."""
        return self.first_item + len(self.items) - 1


def on_one_page(most: int) -> bool:
    """Tell whether a list of at most so many items is one page."""
    return most <= PAGE_LENGTH


def parts(items: Sequence[T], first: str) -> Iterator[Part[T]]:
    """Cut a list into pages, the first one at the path `first`; an empty list is one empty page."""
    last = max(1, -(-len(items) // PAGE_LENGTH))
    for number in range(1, last + 1):
        yield Part(
            items=items[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH],
            number=number,
            last=last,
            total=len(items),
            path=path_of_list(first, number),
            first=first,
            previous=path_of_list(first, number - 1) if number > 1 else None,
            next=path_of_list(first, number + 1) if number < last else None,
        )


Choices = Mapping[str, tuple[str, Sequence[str]]]
"""For columns of a list what readers choose its rows by: what it is called, and its values."""


def choices(values: Iterable[str]) -> tuple[str, ...]:
    """The values that the rows of a list can be chosen by; none where there is no choice, or too many."""
    found = sorted(set(values))
    return tuple(found) if 1 < len(found) <= MOST_CHOICES else ()
