"""Where the values of a file stand in its text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, ScalarEvent

from herdbook.yaml.events import events_of, extent_of, written_extent


@dataclass(slots=True)
class Node:
    """A value in a text: from its first to behind its last character, what is inside included.

    Attributes:
        start: where it begins.
        end: where it ends; comments behind it are left out.
        column: of what stands in lines of its own, the column of its keys or dashes.
        flow: it is a mapping or list in braces or brackets.
        block: it is a text in lines of its own, behind ``|`` or ``>``.
        keys: of a mapping, the extents of its keys.
        members: what is inside, in the order of the text; `None` for anything but mappings and lists.
    """

    start: int
    end: int
    column: int = 0
    flow: bool = False
    block: bool = False
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    members: dict[str | int, "Node"] | None = None

    @property
    def is_spread(self) -> bool:
        """Whether it is a mapping or list that stands in lines of its own."""
        return self.members is not None and not self.flow

    def scalars(self) -> Iterator["Node"]:
        """What is inside and has nothing inside itself, keys included."""
        if self.members is None:
            yield self
        for start, end in self.keys.values():
            yield Node(start, end)
        for member in (self.members or {}).values():
            yield from member.scalars()

    def member(self, step: str | int) -> "Node":
        """What is inside of a mapping or list under a key or an index."""
        assert self.members is not None
        return self.members[step]


def composed(text: str) -> Node:
    """Find where the values of a document stand; it is one that the reader has accepted."""
    around = Node(0, 0, members={})
    stack: list[tuple[Node, Any]] = []
    key: Any = 0  # where the next value belongs: an index, a key, or `None` where a key comes next
    with events_of(text) as events:
        for event in events:
            if isinstance(event, CollectionEndEvent):
                done = around
                around, key = stack.pop()
                if done.flow:
                    done.end = extent_of(event)[1]
                else:
                    inside = (done.members or {}).values()
                    done.end = max([done.start, *(member.end for member in inside)])
                    done.end = max([done.end, *(end for _, end in done.keys.values())])
            elif not isinstance(event, ScalarEvent | CollectionStartEvent):
                continue
            elif key is None and isinstance(event, ScalarEvent):
                key = event.value
                around.keys[key] = extent_of(event)
                continue
            else:
                node = _placed(event, text)
                assert around.members is not None
                around.members[key] = node
                if isinstance(event, CollectionStartEvent):
                    stack.append((around, key))
                    around, key = node, None if isinstance(event, MappingStartEvent) else 0
                    continue
            key = key + 1 if isinstance(key, int) else None
    return around.member(0)


def _placed(event: Any, text: str) -> Node:
    if isinstance(event, ScalarEvent):
        return Node(*written_extent(event, text), block=event.style in ("|", ">"))
    start, end = extent_of(event)
    return Node(start, end, event.start_mark.column, bool(event.flow_style), members={})
