"""Lists and graphs of things that are numbered, as they are kept in files: large, and read by parts."""

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Lists(NamedTuple):
    """Lists of numbers, one behind the other in one array.

    Attributes:
        starts: where in `numbers` each begins; each ends where the next begins, and the last one at the end.
        numbers: all of these.
    """

    starts: Sequence[int]
    numbers: Sequence[int]

    @staticmethod
    def of(lists: Iterable[Iterable[int]]) -> "Lists":
        """Put some lists one behind the other."""
        return NO_LISTS.and_also(lists)

    def and_also(self, lists: Iterable[Iterable[int]]) -> "Lists":
        """The same with some lists behind them."""
        starts, numbers = array("I", self.starts), array("I", self.numbers)
        for each in lists:
            numbers.extend(each)
            starts.append(len(numbers))
        return Lists(starts, numbers)

    def at(self, number: int) -> Sequence[int]:
        """One of the lists; an empty one behind the last."""
        if number + 1 >= len(self.starts):
            return ()
        return self.numbers[self.starts[number] : self.starts[number + 1]]


NO_LISTS = Lists((0,), ())


class Graph(NamedTuple):
    """A graph whose nodes are numbered, and whose edges have roles.

    Attributes:
        kinds: the kind of each node.
        keys: by what each node is told from others of its kind.
        roles: all roles, each once.
        children: for each node those that edges lead to.
        child_roles: for each node the numbers of the roles of these edges.
        parents: for each node those that edges come from.
        parent_roles: for each node the numbers of the roles of these.
        cycles: the nodes of each cycle.
    """

    kinds: Sequence[str]
    keys: Sequence[str]
    roles: Sequence[str]
    children: Lists
    child_roles: Lists
    parents: Lists
    parent_roles: Lists
    cycles: Sequence[Sequence[int]]
