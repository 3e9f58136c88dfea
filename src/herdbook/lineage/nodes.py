"""The nodes and edges of a lineage graph."""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from herdbook.ref import Kind, Ref


class NodeKind(StrEnum):
    """What a node of the lineage graph stands for."""

    DATASET_VERSION = "dataset-version"
    RUN = "run"
    MODEL_VERSION = "model-version"
    ALIAS = "alias"
    ENDPOINT = "endpoint"
    CODE = "code"
    OUTSIDE = "outside"

    __hash__ = str.__hash__  # as for `Kind`


class Node(NamedTuple):
    """A node of the graph; `key` is the reference, the commit, or the uri of a thing outside the catalog.

    A pair of texts: it is looked up a thousand times for a page, and Python takes long for a hash of our own.
    """

    kind: NodeKind
    key: str

    @property
    def ref(self) -> Ref | None:
        """The reference that it is; `None` for a commit, and for a thing outside the catalog."""
        return _ref_of(self)


# The same few nodes stand around many others.
@lru_cache(maxsize=2**14)
def _ref_of(node: Node) -> Ref | None:
    return None if node.kind in (NodeKind.CODE, NodeKind.OUTSIDE) else Ref.written(node.key)


def node_of(ref: Ref) -> Node | None:
    """The node of what a reference names, if such things have one; that of an output is its run."""
    match ref.kind:
        case Kind.RUN:
            run = ref if ref.output is None else Ref.run(ref.name)
            return Node(NodeKind.RUN, str(run))
        case Kind.DATASET if ref.version is not None:
            return Node(NodeKind.DATASET_VERSION, str(ref))
        case Kind.MODEL if ref.version is not None:
            return Node(NodeKind.MODEL_VERSION, str(ref))
        case Kind.MODEL if ref.alias is not None:
            return Node(NodeKind.ALIAS, str(ref))
        case Kind.ENDPOINT:
            return Node(NodeKind.ENDPOINT, str(ref))
        case _:
            return None


class Edge(NamedTuple):
    """`target` was made from, or points to, `source`; `role` says as what."""

    source: Node
    target: Node
    role: str = ""
