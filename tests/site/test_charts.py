import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.escaping.html import redact, visible
from herdbook.site import svg
from herdbook.site.charts import (
    MOST_BARS,
    Bar,
    Series,
    VersionPoint,
    line_chart,
    slice_chart,
    trend_chart,
)
from svg_samples import assert_plain_svg, hostile_texts, texts

# The numbers that a catalog may hold: finite, whole ones of any size.
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.integers(-(10**400), 10**400)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30)


def one_line(text: str) -> str:
    return " ".join(redact(visible(text)).split())


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def places(line: ET.Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in line.get("points", "").split())
    return [(float(x), float(y)) for x, y in pairs]


def assert_inside(root: ET.Element) -> None:
    """Assert that every mark of a chart lies within the picture."""
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for line in of_class(root, "hb-line"):
        for x, y in places(line):
            assert 0 <= x <= width
            assert 0 <= y <= height
    for dot in root.iter("ellipse"):
        assert 0 <= float(dot.get("cx", "")) <= width
        assert 0 <= float(dot.get("cy", "")) <= height


def test_curves_share_axes_and_a_legend() -> None:
    drawn = line_chart(
        [
            Series("train_loss", [(0, 0.69), (1, 0.52), (2, 0.41)]),
            Series("val_loss", [(0, 0.7), (1, 0.58), (2, 0.55)]),
        ],
        "loss",
        "epoch",
    )
    root = assert_plain_svg(str(drawn))
    assert {"train_loss", "val_loss", "epoch", "0", "1", "2", "0.5", "0.6"} <= texts(root)
    assert root.get("aria-label") == (
        "loss: train_loss from 0.69 to 0.41, epoch 0 to 2; val_loss from 0.7 to 0.55, epoch 0 to 2"
    )
    first, second = (places(line) for line in of_class(root, "hb-line") if line.tag == "polyline")
    assert [x for x, _ in first] == [x for x, _ in second]
    assert all(upper < lower for (_, upper), (_, lower) in zip(second, first, strict=True))
    read = {
        line.findtext("title"): dict(
            zip(line.get("data-x", "").split("|"), line.get("data-y", "").split("|"), strict=True)
        )
        for line in of_class(root, "hb-line")
        if line.tag == "polyline"
    }
    assert read == {
        "train_loss": {"0": "0.69", "1": "0.52", "2": "0.41"},
        "val_loss": {"0": "0.7", "1": "0.58", "2": "0.55"},
    }


def test_a_single_point_is_a_dot_and_can_be_read() -> None:
    root = assert_plain_svg(str(line_chart([Series("loss", [(3, 0.5)])], "loss")))
    (line,) = of_class(root, "hb-line")
    assert (line.get("data-x"), line.get("data-y"), line.findtext("title")) == ("3", "0.5", "loss")
    (dot,) = of_class(root, "hb-dot")
    assert places(line) == [(float(dot.get("cx", "")), float(dot.get("cy", "")))]


def test_steps_are_drawn_in_order() -> None:
    root = assert_plain_svg(str(line_chart([Series("a", [(2, 3), (0, 1), (1, 2)])], "a")))
    way = places(of_class(root, "hb-line")[0])
    assert way == sorted(way)


@given(st.lists(st.tuples(POINTS.map(tuple), st.text(max_size=20)), max_size=9))
def test_any_curves_make_a_sound_picture(curves: list[tuple[tuple[tuple[float, float], ...], str]]) -> None:
    drawn = str(line_chart([Series(name, points) for points, name in curves], "any"))
    if not any(points for points, _ in curves):
        assert drawn == ""
        return
    root = assert_plain_svg(drawn)
    assert_inside(root)
    assert len(of_class(root, "hb-grid")) == 1


@given(
    st.lists(st.tuples(NUMBERS, st.booleans(), st.booleans(), st.booleans()), max_size=30),
    st.none() | NUMBERS,
)
def test_any_trend_makes_a_sound_picture(
    values: list[tuple[float, bool, bool, bool]], bound: float | None
) -> None:
    points = [
        VersionPoint(str(index), value, f"{index}.html", *marks)
        for index, (value, *marks) in enumerate(values, 1)
    ]
    drawn = str(trend_chart(points, "any", bound))
    if not points:
        assert drawn == ""
        return
    root = assert_plain_svg(drawn)
    assert_inside(root)
    versions = of_class(root, "hb-version")
    assert [version.get("href") for version in versions] == [point.href for point in points]
    assert len(of_class(root, "hb-reference")) == (bound is not None)
    assert points[-1].label in texts(root)


@given(
    st.lists(st.tuples(st.none() | NUMBERS, st.integers(0, 10**9), st.none() | NUMBERS), max_size=60),
    st.none() | NUMBERS,
)
def test_any_groups_make_a_sound_picture(
    values: list[tuple[float | None, int, float | None]], overall: float | None
) -> None:
    bars = [
        Bar(f"group {index}", value, count, before=before)
        for index, (value, count, before) in enumerate(values)
    ]
    drawn = str(slice_chart(bars, "any", overall))
    shown_bars = bars[:MOST_BARS]
    if all(bar.value is None for bar in shown_bars):
        assert drawn == ""
        return
    root = assert_plain_svg(drawn)
    measured = [bar for bar in shown_bars if bar.value is not None]
    assert len(of_class(root, "hb-bar")) == len(measured)
    assert {bar.label for bar in shown_bars} <= texts(root)
    assert ("not measured" in texts(root)) == (len(measured) < len(shown_bars))


@given(st.text(max_size=200))
def test_any_text_is_text(text: str) -> None:
    for root in hostile_charts(text):
        assert one_line(text) in (root.get("aria-label") or "")


def test_hostile_strings_are_text(shared_data: Path) -> None:
    strings = hostile_texts(shared_data)
    for text in strings:
        lines, trend, bars = hostile_charts(text)
        full = one_line(text)
        curve = next(line for line in of_class(lines, "hb-line") if line.tag == "polyline")
        assert curve.findtext("title", "") == full
        assert of_class(trend, "hb-version")[0].findtext("title") == one_line(f"{text}: 0.5, champion")
        assert of_class(bars, "hb-bar")[0].findtext("title") == one_line(f"{text}: 1, n = 5")
        if len(full) <= 14:
            assert full in texts(lines)
            assert full in texts(trend)
            assert full in texts(bars)


def hostile_charts(text: str) -> tuple[ET.Element, ...]:
    lines = line_chart([Series(text, [(0, 1), (1, 2)]), Series("b", [(0, 1)])], text, text)
    trend = trend_chart([VersionPoint(text, 0.5, text, champion=True)], text)
    bars = slice_chart([Bar(text, 1, 5, text)], text, 2)
    return tuple(assert_plain_svg(str(drawn)) for drawn in (lines, trend, bars))


def test_marks_of_versions_differ_in_shape_and_say_what_they_mean() -> None:
    points = [
        VersionPoint("1", 0.74),
        VersionPoint("2", 0.79, champion=True),
        VersionPoint("3", 0.70, recalled=True, regressed=True),
        VersionPoint("4", 0.78, regressed=True),
    ]
    root = assert_plain_svg(str(trend_chart(points, "auc", bound=0.75)))
    assert {"champion", "recalled data", "worse than before", "bound 0.75", "0.79"} <= texts(root)
    shapes = [
        {part.get("class", "title").split()[0] for part in version} - {"hb-touch", "title"}
        for version in of_class(root, "hb-version")
    ]
    assert shapes == [{"hb-dot"}, {"hb-ring", "hb-dot"}, {"hb-cross"}, {"hb-worse"}]
    titles = [version.findtext("title") for version in of_class(root, "hb-version")]
    assert titles == [
        "1: 0.74",
        "2: 0.79, champion",
        "3: 0.7, recalled data, worse than before",
        "4: 0.78, worse than before",
    ]
    assert root.get("aria-label", "").startswith("auc: 1 0.74; 2 0.79, champion; ")


def test_bars_are_as_long_as_their_values() -> None:
    bars = [Bar("black", 0.5, 339, "race"), Bar("white", 1.0, 2042, "race"), Bar("other", None, 3, "race")]
    root = assert_plain_svg(str(slice_chart(bars, "accuracy", overall=0.9)))
    one, two = (bar_width(bar) for bar in of_class(root, "hb-bar"))
    assert two == pytest.approx(2 * one, abs=0.2)
    assert {"race", "n = 339", "n = 2,042", "not measured", "overall 0.9", "0.50", "1.00"} <= texts(root)


def test_groups_are_compared_with_their_values_before() -> None:
    bars = [Bar("black", 0.5, 339, "race", 0.8), Bar("white", 1.0, 2042, "race", 0.9), Bar("other", 0.7, 3)]
    root = assert_plain_svg(str(slice_chart(bars, "auc", names=("version 3", "version 2"))))
    assert {"version 3", "version 2"} <= texts(root)
    _, *diamonds = (
        sum(x for x, _ in places(mark)) / 4 for mark in of_class(root, "hb-before") if mark.tag == "polygon"
    )
    half, whole = (bar_end(bar) for bar in of_class(root, "hb-bar")[:2])
    zero = 2 * half - whole
    assert diamonds == pytest.approx([zero + 0.8 * (whole - zero), zero + 0.9 * (whole - zero)], abs=0.3)
    titles = [bar.findtext("title") for bar in of_class(root, "hb-bar")]
    assert titles == [
        "black: 0.5, version 2 0.8, n = 339",
        "white: 1, version 2 0.9, n = 2,042",
        "other: 0.7, n = 3",
    ]
    # The number stands beyond the mark.
    starts = {value.text: float(value.get("x", "")) for value in of_class(root, "hb-value")}
    assert starts["0.5"] > diamonds[0] + 5


def bar_end(bar: ET.Element) -> float:
    """Where a bar ends that grows to the right; it begins two pixels left of the first point of it."""
    return float(re.findall(r"M([\d.]+)", bar.get("d", ""))[0]) - 2 + bar_width(bar)


def test_the_line_of_the_overall_value_runs_through_no_number() -> None:
    bars = [Bar("a", 0.81, 5), Bar("b", 0.4, 5), Bar("c", 0.9, 5)]
    root = assert_plain_svg(str(slice_chart(bars, "auc", overall=0.83)))
    line = float(re.findall(r"M([\d.]+)", of_class(root, "hb-reference")[0].get("d", ""))[0])
    starts = {value.text: float(value.get("x", "")) for value in of_class(root, "hb-value")}
    assert starts["0.81"] == pytest.approx(line + 5, abs=0.2)
    assert starts["0.40"] < line - 40
    assert starts["0.90"] > line + 5


def bar_width(bar: ET.Element) -> float:
    found = re.match(r"M[\d.]+ [\d.]+h([\d.]+)a([\d.]+)", bar.get("d", ""))
    assert found is not None
    return float(found[1]) + 2 * float(found[2])


def test_more_groups_than_can_be_read_are_left_to_the_table() -> None:
    bars = [Bar(f"g{index}", 0.5, 1) for index in range(MOST_BARS + 3)]
    assert "and 3 more groups in the table" in texts(assert_plain_svg(str(slice_chart(bars, "auc"))))


def test_a_long_curve_is_a_small_picture() -> None:
    points = [(step, math.sin(step / 500)) for step in range(100_000)]
    assert len(str(line_chart([Series("a", points)], "a"))) < 12_000


def test_steps_are_told_from_one_another() -> None:
    points = [(1_000_000 + index * 100, 0.5) for index in range(3)]
    root = assert_plain_svg(str(line_chart([Series("a", points)], "a")))
    assert [line.get("data-x") for line in of_class(root, "hb-line")] == ["1,000,000|1,000,100|1,000,200"]
    assert "step 1,000,000 to 1,000,200" in root.get("aria-label", "")


def test_steps_have_whole_ticks() -> None:
    root = assert_plain_svg(str(line_chart([Series("a", [(0, 0.5), (1, 0.6), (2, 0.7)])], "a")))
    assert {"0", "1", "2"} <= texts(root)
    assert "1.5" not in texts(root)


@pytest.mark.parametrize("first", [0, 10**6, 1_700_000_000_000, 1_700_000_000, -(10**13)])
@pytest.mark.parametrize("each", [1, 1000, 0.25])
def test_labels_of_steps_do_not_run_into_one_another(first: int, each: float) -> None:
    points = [(first + index * each, index) for index in range(9)]
    root = assert_plain_svg(str(line_chart([Series("a", points)], "a")))
    title = of_class(root, "hb-axis-title")[0]
    labels = [
        text
        for text in of_class(root, "hb-axis")
        if text.get("text-anchor") == "middle" and text is not title
    ]
    spans = [(float(label.get("x", "")), svg.width_of(label.text or "", 11) / 2) for label in labels]
    assert spans
    assert all(x - half > -0.1 for x, half in spans)
    assert all(x + half < other - its_half for (x, half), (other, its_half) in pairwise(spans))


def test_the_same_values_are_the_same_bytes() -> None:
    series = [Series("a", [(0, 1.5), (1, 2.5)])]
    assert line_chart(series, "a") == line_chart(series, "a")
