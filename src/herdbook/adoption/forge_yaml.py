"""Read the YAML of CI services, which may be more than plain data: anchors, merge keys, tags, documents.

A catalog is never read with this. It uses the events of the one reader, so that there is no second parser,
and understands what a forge understands; what it cannot make sense of is an error, never a guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from herdbook.errors import HerdbookError
from herdbook.yaml.events import MAX_DEPTH, MAX_EVENTS, events_of


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value in a file of a CI service: a text, a list or a mapping, and the line where it begins.

    Aliases lead to the same node again; none leads to a node around itself.
    """

    value: "str | list[Node] | dict[str, Node]"
    line: int

    def get(self, *keys: str) -> "Node | None":
        """Return what stands under keys in keys; `None` where nothing does."""
        node: Node | None = self
        for key in keys:
            if node is None or not isinstance(node.value, dict):
                return None
            node = node.value.get(key)
        return node

    def said(self, *keys: str) -> str:
        """Return the text that stands under keys in keys; empty where none does."""
        found = self.get(*keys)
        return found.text if found is not None else ""

    @property
    def text(self) -> str:
        """The text; empty for lists and mappings."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def items(self) -> "list[Node]":
        """The items of a list; a text counts as a list of one; empty for mappings."""
        if isinstance(self.value, list):
            return self.value
        return [self] if isinstance(self.value, str) and self.value else []

    @property
    def entries(self) -> "dict[str, Node]":
        """What a mapping holds; a text or the texts of a list count as keys of nothing."""
        if isinstance(self.value, dict):
            return self.value
        return {item.text: Node("", item.line) for item in self.items if item.text}


def variables(key: str, around: Iterable[Node]) -> dict[str, str]:
    """The variables that some nodes set under a key, the outermost first; the inner ones hold."""
    given = (node.get(key) for node in around)
    return {name: value.text for held in given if held is not None for name, value in held.entries.items()}


def read_forge_yaml(raw: bytes) -> Node:
    """Read the last document of a file of a CI service; all scalars are texts.

    Raises:
        HerdbookError: the bytes are not YAML, or too deep or too large to be read.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HerdbookError("it is not UTF-8") from error
    if "\0" in text:
        raise HerdbookError("it holds the character U+0000")
    return _Composer().compose(text)


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end was not met yet."""

    is_mapping: bool
    anchor: str | None
    line: int
    inside: list[Node]


class _Composer:
    def __init__(self) -> None:
        self.anchors: dict[str, Node] = {}
        self.root = Node("", 1)
        self.open: list[_Open] = []
        self.merged = 0

    def compose(self, text: str) -> Node:
        count = 0
        with events_of(text) as events:
            for event in events:
                count += 1
                line = event.start_mark.line + 1
                kind = event.__class__
                if count > MAX_EVENTS:
                    raise HerdbookError("it holds too many values")
                if kind is ScalarEvent:
                    self._place(Node(event.value, line), event.anchor)
                elif kind is AliasEvent:
                    if event.anchor not in self.anchors:
                        raise HerdbookError(f"line {line}: an alias leads nowhere")
                    self._place(self.anchors[event.anchor], None)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    if len(self.open) == MAX_DEPTH:
                        raise HerdbookError(f"line {line}: it is nested too deep")
                    self.open.append(_Open(kind is MappingStartEvent, event.anchor, line, []))
                elif issubclass(kind, CollectionEndEvent):
                    done = self.open.pop()
                    inside = self._mapping(done) if done.is_mapping else done.inside
                    self._place(Node(inside, done.line), done.anchor)
                elif kind is DocumentStartEvent:
                    self.anchors.clear()
                    self.root = Node("", line)
        return self.root

    def _place(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if self.open:
            self.open[-1].inside.append(node)
        else:
            self.root = node

    def _mapping(self, done: _Open) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in zip(done.inside[::2], done.inside[1::2], strict=True):
            if key.text == "<<":
                for mapping in value.value if isinstance(value.value, list) else [value]:
                    merged = {**mapping.entries, **merged}
                    # Merges of merges grow beyond all bounds.
                    self.merged += len(merged)
                    if self.merged > MAX_EVENTS:
                        raise HerdbookError(f"line {key.line}: merge keys (<<) bring too many values")
            elif key.text in own:
                # Forges refuse it, or take the one or the other: nobody can say what the file means.
                raise HerdbookError(f'line {key.line}: the key "{key.text[:60]}" stands twice in one mapping')
            else:
                # What is looked for is looked for at its key: there a person finds it.
                own[key.text] = Node(value.value, key.line)
        return {**merged, **own}
