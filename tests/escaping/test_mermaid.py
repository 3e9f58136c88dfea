"""No text breaks out of a drawing, and every text is shown as it is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.escaping.mermaid import (
    MOST_EDGES,
    MOST_NODES,
    MermaidEdge,
    MermaidNode,
    Shape,
    State,
    flowchart,
    label,
)
from hostile_catalogs import attack_strings

STATES: tuple[State, ...] = get_args(State)
SHAPES: tuple[Shape, ...] = get_args(Shape)
HOSTILE = [
    '"]\n  click n0 "javascript:alert(1)"',
    '%%{init: {"theme": "dark"}}%%',
    "---\ntitle: x\n---",
    "end",
    "subgraph x",
    "style n0:fill#fff;",
    "classDef x:y#z;",
    "#quot; #35; &lt;",
    "<img src=x onerror=alert(1)>",
    "`code` **bold** _it_ ~~gone~~ $$x$$",
    "1. one",
    "- item",
    "+ item",
    "[x](https://evil.example) https://evil.example www.evil.example a@evil.example",
    "a\\nb",
    "\ufb02\u00b0\u00b034\u00b6\u00df",
    "a\u202eb\u200bc\u2028d\x1b[31m",
    "",
    " ",
    "x" * 500,
    "\U0001f600" * 500,
]
texts = st.sampled_from(HOSTILE) | st.text(max_size=80) | st.text("stylecladf :;#-.w1", max_size=30)
nodes = st.lists(
    st.builds(MermaidNode, texts, st.sampled_from(STATES), st.sampled_from(SHAPES)), min_size=1, max_size=8
)
# The whole grammar of what is written: anything else would be a way out.
LABEL = r'"(?:[A-Za-z0-9 ._:/-]|#\d+;)+"'
BRACKETS = rf"(?:\[{LABEL}\]|\({LABEL}\)|\[\({LABEL}\)\]|\(\[{LABEL}\]\)|\{{\{{{LABEL}\}}\}})"
LINE = re.compile(
    rf"  n\d+{BRACKETS}:::(?:{'|'.join(STATES)})"
    rf"|  n\d+ (?:-->|==>|-\.->)(?:\|{LABEL}\|)? n\d+"
    r"|  classDef (?:added|removed|changed|unchanged) [a-z0-9:#,-]+"
    r"|flowchart LR"
)


def read(label: str) -> str:
    """What a label shows: Mermaid reads each number as the letter that it is of."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)


def shown(text: str) -> str:
    flat = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
    return " ".join(flat.split())


def lines(drawing: str) -> Iterator[str]:
    for line in drawing.removesuffix("\n").split("\n"):
        assert LINE.fullmatch(line), line
        yield line


@given(texts)
def test_a_label_shows_its_text(text: str) -> None:
    assert read(label(text)) == shown(text)


@given(texts)
def test_a_label_says_nothing_to_mermaid_or_to_markdown(text: str) -> None:
    written = label(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ._:/-]|#\d+;)*", written)
    assert not re.search(r"--|://|style|classdef|www\.|^ *[-+]|^\d+\.(?: |$)|:$", written, re.IGNORECASE)


def test_references_stay_readable() -> None:
    assert label("models:/churn-eu/7 v1.2 a_b") == "models:/churn-eu/7 v1.2 a_b"
    assert label("s3://b/_x") == "s3#58;//b/#95;x"


@given(nodes, st.data())
def test_a_drawing_is_made_of_nothing_but_nodes_edges_and_classes(
    some: list[MermaidNode], data: st.DataObject
) -> None:
    place = st.integers(0, len(some) - 1)
    edges = data.draw(
        st.lists(st.builds(MermaidEdge, place, place, texts, st.sampled_from(STATES)), max_size=8)
    )
    written = list(lines(flowchart(some, edges)))
    assert len(written) == 1 + len(some) + len(edges) + len(STATES)
    assert written[0] == "flowchart LR"
    for number, (node, line) in enumerate(zip(some, written[1:], strict=False)):
        assert line.startswith(f"  n{number}")
        assert line.endswith(f":::{node.state}")


def test_the_known_attacks_are_shown_as_they_are(shared_data: Path) -> None:
    strings = attack_strings(shared_data)
    assert len(strings) > 500
    for text in strings:
        assert read(label(text)) == shown(text)
        drawing = flowchart([MermaidNode(text, "added")], [MermaidEdge(0, 0, text)])
        assert len(list(lines(drawing))) == 3 + len(STATES)


def test_what_happened_is_told_without_colours() -> None:
    drawing = flowchart(
        [MermaidNode("a", state) for state in STATES], [MermaidEdge(0, 1, "", state) for state in STATES]
    )
    assert re.findall(r'"(.*?)"', drawing) == ["#43;#160;a", "#45;#160;a", "#126;#160;a", "a"]
    assert re.findall(r"n0 (\S+) n1", drawing) == ["==>", "-.->", "==>", "-->"]


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "&"])
def test_a_drawing_is_never_larger_than_forges_take(letter: str) -> None:
    text = letter * 1_000
    many = [MermaidNode(text, "changed", "hexagon")] * 500
    edges = [MermaidEdge(place, place + 1, text, "removed") for place in range(499)] * 3
    drawing = flowchart(many, edges)
    assert len(drawing) < 50_000
    written = list(lines(drawing))
    assert sum(":::" in line for line in written) == MOST_NODES
    assert sum("-.->" in line for line in written) == MOST_EDGES
    assert all(int(number) < MOST_NODES for number in re.findall(r"\bn(\d+)", drawing))
