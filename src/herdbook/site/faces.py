"""What a node of the lineage shows: its name, what it is, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from herdbook.catalog import Catalog
from herdbook.entries import DatasetVersion, Endpoint, Entry, Run
from herdbook.lineage import Lineage, Node, NodeKind
from herdbook.queries.trace import Doubt, problems
from herdbook.site import svg
from herdbook.site.naming import name_for_readers

NAME_SIZE: Final = 13.0
"""How large the name of a node is written, in pixels."""
KIND_SIZE: Final = 11.0
"""How large the line below it is written."""

_NAME_LENGTH: Final = 30
_REMEMBERED: Final = 16_384

_WORDS: Final[Mapping[NodeKind, str]] = {
    NodeKind.DATASET_VERSION: "dataset version",
    NodeKind.RUN: "run",
    NodeKind.MODEL_VERSION: "model version",
    NodeKind.ALIAS: "alias",
    NodeKind.ENDPOINT: "endpoint",
    NodeKind.CODE: "commit",
    NodeKind.OUTSIDE: "outside the catalog",
}


class Mark(StrEnum):
    """What is wrong with a node."""

    RECALLED = "recalled"
    AFFECTED = "affected"
    FAILED = "failed"
    MISSING = "missing"
    UNPINNED = "unpinned"
    INCOMPLETE = "incomplete"


# What stands below a name instead of the kind, the worst first; the pictogram tells the kind, too.
_SAID: Final[Mapping[Mark, str]] = {
    Mark.MISSING: "missing",
    Mark.RECALLED: "recalled",
    Mark.AFFECTED: "recalled data",
    Mark.UNPINNED: "unpinned",
    Mark.INCOMPLETE: "incomplete",
}
_TAINTED: Final = frozenset((Mark.RECALLED, Mark.AFFECTED))
_MARKS: Final = {Doubt.UNPINNED: Mark.UNPINNED, Doubt.MISSING: Mark.INCOMPLETE}


# Equal to itself alone: each is made once, and asked for many times.
@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What a node shows.

    Attributes:
        name: what it is called, in the length of a label.
        line: what stands below: what it is or, where something is wrong, that.
        full_name: what it is called.
        kind: what it is, with what is wrong.
        marks: what is wrong.
        room: the pixels that its texts need in a row.
        heading: `full_name` as HTML.
        state: `kind` as HTML.
        mention: what it is called among the sources of another node, as HTML.
        description: `full_name` and `kind` in one line, as markup.
    """

    name: str
    line: str
    full_name: str
    kind: str
    marks: frozenset[Mark]
    room: float
    heading: str
    state: str
    mention: str
    description: Markup

    @property
    def tainted(self) -> bool:
        """Tell whether it was recalled, or comes from what was."""
        return not self.marks.isdisjoint(_TAINTED)


class Faces:
    """The faces of the nodes of a catalog; each is made once, and the last few thousand are remembered."""

    def __init__(self, catalog: Catalog, lineage: Lineage) -> None:
        self._catalog, self._lineage = catalog, lineage
        self._affected = affected_by_recall(catalog, lineage)
        # The same few entries stand around many others.
        self.of = lru_cache(maxsize=_REMEMBERED)(self._face)

    def _face(self, node: Node) -> Face:
        """Say what a node shows."""
        entry = self._catalog.resolve(node.ref) if node.ref is not None else None
        found = problems(self._catalog, self._lineage, node, entry)
        known = [item for item in found if item.doubt in _MARKS and entry]
        marks = frozenset(self._marks(node, entry)) | {_MARKS[item.doubt] for item in known}
        kind = _kind(node, entry)
        line = next((said for mark, said in _SAID.items() if mark in marks), kind)
        if marks & {Mark.MISSING, Mark.RECALLED}:
            kind = f"{line} {kind}"
        elif Mark.AFFECTED in marks:
            kind = f"{kind}, recalled data"
        kind = ", ".join([kind, *(svg.plain(item.message) for item in known)])
        full_name = svg.plain(name_for_readers(node.ref, entry) if node.ref is not None else node.key)
        name = svg.plain(node.key[:10]) if node.kind is NodeKind.CODE else full_name
        name = svg.clipped(name, _NAME_LENGTH)
        room = max(svg.width_of(name, NAME_SIZE), svg.width_of(line, KIND_SIZE))
        mention = f"commit {name}" if node.kind is NodeKind.CODE else full_name
        heading, state, mention = (str(escape(text)) for text in (full_name, kind, mention))
        description = escape(svg.plain(f"{full_name}, {kind}"))
        return Face(name, line, full_name, kind, marks, room, heading, state, mention, description)

    def _marks(self, node: Node, entry: Entry | None) -> Iterator[Mark]:
        if node.ref is not None and entry is None:
            yield Mark.MISSING
        elif isinstance(entry, DatasetVersion) and entry.recall is not None:
            yield Mark.RECALLED
        elif node in self._affected:
            yield Mark.AFFECTED
        if isinstance(entry, Run) and entry.status in ("failed", "killed"):
            yield Mark.FAILED


def affected_by_recall(catalog: Catalog, lineage: Lineage) -> frozenset[Node]:
    """Return everything that was made from a recalled dataset version, directly or not, or points to it."""
    recalled = [
        node
        for version in catalog.dataset_versions.values()
        if version.recall is not None and (node := lineage.node(version.ref)) is not None
    ]
    affected: set[Node] = set()
    waiting = list(recalled)
    while waiting:
        found = [node for node in lineage.children(waiting.pop()) if node not in affected]
        affected.update(found)
        waiting.extend(found)
    return frozenset(affected)


def _kind(node: Node, entry: Entry | None) -> str:
    match entry:
        case Run():
            kind = f"{entry.type} run" if entry.type != "batch-inference" else "batch inference"
            return kind if entry.status == "finished" else f"{kind}, {entry.status}"
        case Endpoint():
            return f"{svg.plain(entry.text('type'))} endpoint"
        case _:
            return _WORDS[node.kind]
