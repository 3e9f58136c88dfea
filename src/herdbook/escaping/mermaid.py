"""The one writer of Mermaid, in which GitHub and GitLab draw what stands in Markdown.

Every name in a drawing is one of ours (``n0``, ``n1``), and every text of the catalog stands in quotes with
all that could mean anything written as a number. So it can end no quotes and begin no directive, comment,
link, entity, HTML or Markdown: what the reader sees is the text.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from herdbook.formats import clipped

State = Literal["added", "removed", "changed", "unchanged"]
Shape = Literal["box", "round", "cylinder", "stadium", "hexagon"]

MOST_NODES: Final = 60
MOST_EDGES: Final = 100
"""Larger drawings nobody can read, and the forges refuse a text of more than 50,000 characters."""

_LONGEST_NODE, _LONGEST_EDGE = 60, 20
_SHAPES: Final = {
    "box": ("[", "]"),
    "round": ("(", ")"),
    "cylinder": ("[(", ")]"),
    "stadium": ("([", "])"),
    "hexagon": ("{{", "}}"),
}
# What happened is told by a sign and by the line, too: not everybody sees the colours.
# The sign is kept on one line with the name.
_SIGNS: Final = {"added": "#43;#160;", "removed": "#45;#160;", "changed": "#126;#160;", "unchanged": ""}
_ARROWS: Final = {"added": "==>", "removed": "-.->", "changed": "==>", "unchanged": "-->"}
# Dark text on light ground, whatever the page looks like.
_CLASSES: Final = """\
  classDef added fill:#dafbe1,stroke:#1a7f37,color:#1f2328,stroke-width:2px
  classDef removed fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-width:2px,stroke-dasharray:4
  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328,stroke-width:2px
  classDef unchanged fill:#f6f8fa,stroke:#656d76,color:#1f2328
"""
# What stands for itself wherever it stands: the rest, and what together with its neighbours means something
# to Mermaid or to the Markdown in its labels (a list, an address, a line), becomes a number.
_SPECIAL = re.compile(
    r"[^A-Za-z0-9 ._:/-]"
    r"|\.(?=\s|$)|(?<=www)\."  # a numbered list; an address
    r"|:(?!/(?!/))"  # a scheme, or what ends the name of a style
    r"|^[ -]|-(?=-)|(?<=-)-|-$"  # a list; a line; an arrow
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # emphasis
    r"|s(?=tyle)|c(?=lassdef)",  # lines with these are read in another way
    re.IGNORECASE | re.ASCII,
)


class MermaidNode(NamedTuple):
    """A node: what it is called, what became of it, and how it is drawn."""

    text: str
    state: State = "unchanged"
    shape: Shape = "box"


class MermaidEdge(NamedTuple):
    """An arrow between two nodes, given by their places in the list of nodes."""

    source: int
    target: int
    text: str = ""
    state: State = "unchanged"


def flowchart(nodes: Sequence[MermaidNode], edges: Sequence[MermaidEdge]) -> str:
    """Write a drawing from left to right: the first 60 nodes, and the first 100 edges between these."""
    lines = ["flowchart LR"]
    for place, node in enumerate(nodes[:MOST_NODES]):
        left, right = _SHAPES[node.shape]
        text = _SIGNS[node.state] + label(_clipped(node.text, _LONGEST_NODE) or "(no name)")
        lines.append(f'  n{place}{left}"{text}"{right}:::{node.state}')
    drawn = [edge for edge in edges if max(edge.source, edge.target) < min(len(nodes), MOST_NODES)]
    for edge in drawn[:MOST_EDGES]:
        text = label(_clipped(edge.text, _LONGEST_EDGE))
        role = f'|"{text}"|' if text else ""
        lines.append(f"  n{edge.source} {_ARROWS[edge.state]}{role} n{edge.target}")
    return "\n".join(lines) + f"\n{_CLASSES}"


def label(text: str) -> str:
    """Write a text so that it stands for itself between quotes."""
    flat = " ".join(text.split())
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in flat)
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", plain)


def _clipped(text: str, most: int) -> str:
    return clipped(" ".join(text.split()), most)
