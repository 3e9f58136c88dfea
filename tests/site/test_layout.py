import contextlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.site.layout import (
    Arc,
    Box,
    DotEngine,
    Layout,
    LayoutError,
    Layouts,
    WasmEngine,
    dot_text,
    read_layout,
)

Shape = tuple[tuple[Box, ...], tuple[Arc, ...]]

PAIR: Shape = ((Box(120, 46), Box(96, 46)), (Arc(0, 1),))


def pairs(count: int) -> list[Shape]:
    """Make graphs of two nodes, no two alike."""
    return [((Box(100 + index, 46), Box(96, 46)), (Arc(0, 1),)) for index in range(count)]


def write_dot(folder: Path, code: str) -> str:
    """Write a program that stands for `dot`; return its path."""
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport json, sys, time\n{code}\n")
    program.chmod(0o755)
    return str(program)


def test_nodes_and_edges_are_where_graphviz_puts_them() -> None:
    layout = read_layout(WasmEngine().output(dot_text(*PAIR)))
    assert layout.height == pytest.approx(46, abs=0.1)
    (first, second), curve = layout.centres, layout.curves[0, 1]
    assert first == pytest.approx((60, 23), abs=0.1)
    assert second[0] == pytest.approx(layout.width - 48, abs=0.1)
    assert curve.label is None
    assert len(curve.points) % 3 == 1
    assert curve.points[0] == pytest.approx((120, 23), abs=1)
    assert curve.points[-1] == pytest.approx((layout.width - 96, 23), abs=1)


def test_a_label_gets_the_room_it_needs() -> None:
    narrow, wide = (
        read_layout(WasmEngine().output(dot_text([Box(90, 46), Box(90, 46)], [Arc(0, 1, width)])))
        for width in (0, 200)
    )
    assert wide.curves[0, 1].label is not None
    assert wide.width >= narrow.width + 150


def test_what_lies_above_has_a_smaller_y() -> None:
    output = {
        "bb": "10,20,110,220",
        "objects": [{"_gvid": 0, "name": "n1", "pos": "60,200"}, {"_gvid": 1, "name": "n0", "pos": "60,40"}],
        "edges": [{"tail": 1, "head": 0, "pos": "e,60,180 60,60 60,90 60,120 60,150", "lp": "70,120"}],
    }
    layout = read_layout(json.dumps(output))
    assert layout.centres == ((50, 180), (50, 20))
    curve = layout.curves[0, 1]
    assert curve.points == ((50, 160), (50, 130), (50, 100), (50, 70))
    assert curve.label == (60, 100)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["bb", "objects", "edges", "pos"]), inner)
    ),
)


@given(JSON.map(json.dumps) | st.text())
def test_any_answer_is_a_layout_or_refused(answer: str) -> None:
    with contextlib.suppress(LayoutError):
        assert isinstance(read_layout(answer), Layout)


@pytest.mark.parametrize(
    "answer", ["[" * 100_000, '{"bb": "0,0,1e9,1"}', '{"bb": "0,0,inf,1"}', "9" * 10_000]
)
def test_outrageous_answers_are_refused(answer: str) -> None:
    with pytest.raises(LayoutError):
        read_layout(answer)


def test_a_graph_that_stops_graphviz_does_not_stop_the_next_one() -> None:
    engine = WasmEngine()
    with pytest.raises(LayoutError, match="Graphviz stopped"):
        engine.output("digraph {")
    assert read_layout(engine.output(dot_text(*PAIR))).centres


# What is on the PATH as `dot` may be anything. Each fails in its own way.
BROKEN = {
    "hangs": "time.sleep(60)",
    "hangs-midway": "print('{', flush=True); time.sleep(60)",
    "fails": "print('no such format', file=sys.stderr); sys.exit(1)",
    "says-nothing": "",
    "junk": "print('junk')\nprint('}', flush=True)\ntime.sleep(60)",
    "babbles": "while True: print('x' * 100)",
    "not-text": "sys.stdout.buffer.write(b'\\xff\\n}\\n'); sys.stdout.flush(); time.sleep(60)",
    "not-a-number": "print(json.dumps({'bb': 'nan,0,1,1'}, indent=1), flush=True)\ntime.sleep(60)",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_dot_is_a_warning(name: str, tmp_path: Path) -> None:
    layouts = Layouts(DotEngine(write_dot(tmp_path, BROKEN[name]), seconds=0.5))
    assert [layouts.of(*shape) for shape in pairs(5)] == [None] * 5
    assert 1 <= len(layouts.warnings) <= 3


def test_a_dot_that_keeps_failing_is_given_up(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    program = write_dot(tmp_path, f"open({str(starts)!r}, 'a').write('x'); sys.exit('out of order')")
    layouts = Layouts(DotEngine(program))
    for shape in pairs(10):
        layouts.of(*shape)
    assert starts.read_text() == "xxx"
    assert layouts.warnings == [f"{program} drew nothing: out of order"]


def test_a_file_that_is_no_program_is_a_warning(tmp_path: Path) -> None:
    program = tmp_path / "dot"
    program.write_text("no program")
    program.chmod(0o755)
    layouts = Layouts(DotEngine(str(program)))
    assert layouts.of(*PAIR) is None
    assert layouts.warnings == [f"{program} cannot be run: Exec format error"]


def test_one_process_lays_out_many_graphs(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    answer = WasmEngine().output(dot_text(*PAIR))
    program = write_dot(
        tmp_path,
        f"open({str(starts)!r}, 'a').write('x')\n"
        f"for line in sys.stdin:\n if line == '}}\\n': print({answer.strip()!r}, flush=True)",
    )
    layouts = Layouts(DotEngine(program, seconds=30))
    assert [layouts.of(*shape) for shape in pairs(20)] == [read_layout(answer)] * 20
    assert starts.read_text() == "x"
    assert not layouts.warnings


def test_the_dot_of_this_system_lays_out_what_the_built_in_one_does() -> None:
    if shutil.which("dot") is None:
        pytest.skip("no dot on this system")
    layouts = Layouts(DotEngine())
    built_in = Layouts(WasmEngine())
    for shape in pairs(3):
        found, expected = layouts.of(*shape), built_in.of(*shape)
        assert found is not None
        assert expected is not None
        assert len(found.centres) == len(expected.centres)
        assert found.curves.keys() == expected.curves.keys()
        assert found.width == pytest.approx(expected.width, abs=10)
    assert not layouts.warnings


class Idle:
    """An engine that is not to be asked."""

    def load(self) -> None:
        raise AssertionError("it was loaded")

    def output(self, text: str) -> str:
        raise AssertionError("it was asked")


def test_what_was_laid_out_in_an_earlier_build_is_known() -> None:
    first = Layouts(WasmEngine())
    layout = first.of(*PAIR)
    made = json.loads(json.dumps(first.take_made()))
    assert len(made) == 1
    assert not first.take_made()
    later = Layouts(Idle(), made)
    assert later.of(*PAIR) == layout
    assert not later.take_made()


@given(
    plain=st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_is_no_layout_is_made_anew(plain: Any) -> None:
    first = Layouts(WasmEngine())
    layout = first.of(*PAIR)
    (name,) = first.take_made()
    for each in (plain, [plain], [1.0, 2.0, plain, []], [1.0, 2.0, [], [[0, 1, plain, None]]]):
        found = Layouts(WasmEngine(), {name: each}).of(*PAIR)
        assert found is not None
        numbers = [found.width, *(x for way in found.curves.values() for pair in way.points for x in pair)]
        assert found == layout or all(abs(number) < 1e7 for number in numbers)
