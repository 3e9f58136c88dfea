"""Charts as pictures: training curves, a metric over versions, a metric by group.

They are drawn without scripts, for a width at which they are readable on a telephone. The numbers stand in a
table beside each of them; a script (``assets/charts.js``) reads out single points. No colour says anything
alone: marks differ in shape, series beyond the sixth in the pattern of the line.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from markupsafe import Markup

from herdbook import formats
from herdbook.site import svg
from herdbook.site.scale import Scale, alike, bounded, sampled, scale, shown, step_shown

WIDTH: Final = 380.0
MOST_BARS: Final = 40

_HEIGHT: Final = 190.0
_SIZE: Final = 11.0
_TOP: Final = 10.0
_BOTTOM: Final = 24.0
_RIGHT: Final = 14.0
_LEGEND_ROW: Final = 18.0
_COLOURS: Final = 6
_LEAST_SPAN: Final = 0.05
_LABEL_LENGTH: Final = 22
_BAR_ROW: Final = 24.0
_MARKS: Final = ("champion", "recalled data", "worse than before")


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: its name and its points ``(step, value)``, in any order."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class VersionPoint:
    """The value of a metric for one version; `href` leads to its page from the page at hand."""

    label: str
    value: float
    href: str | None = None
    champion: bool = False
    recalled: bool = False
    regressed: bool = False

    @property
    def words(self) -> str:
        """What is special about it, in words, each after a comma."""
        marks = (self.champion, self.recalled, self.regressed)
        return "".join(f", {word}" for word, holds in zip(_MARKS, marks, strict=True) if holds)


@dataclass(frozen=True, slots=True)
class Bar:
    """The value of a metric for one group of rows.

    Attributes:
        value: None where it was not measured.
        count: the number of rows.
        section: the heading under which the group stands, such as ``race``.
        before: the value that it is compared with, if there is one.
    """

    label: str
    value: float | None
    count: int
    section: str = ""
    before: float | None = None


def line_chart(series: Sequence[Series], title: str, x_title: str = "step") -> Markup:
    """Draw curves over a common axis; nothing where there are no points."""
    curves = [(item.name, sampled(item.points)) for item in series if item.points]
    if not curves:
        return Markup()
    names = [name for name, _ in curves] if len(curves) > 1 else []
    legend, top = _legend(names)
    # Room under the axis for its title.
    bottom = _HEIGHT - _BOTTOM - 12
    y = scale((value for _, points in curves for _, value in points), bottom, top, 4, rounded=True)
    left = _left(y)
    steps = [step for _, points in curves for step, _ in points]
    x = _step_scale(steps, left)
    parts = [*legend, *_horizontal_grid(y, left), *_step_labels(x, bottom + 15)]
    middle = (left + WIDTH - _RIGHT) / 2
    parts.append(
        svg.text(middle, _HEIGHT - 5, svg.clipped(x_title, 30), "hb-axis hb-axis-title", anchor="middle")
    )
    for index, (name, points) in enumerate(curves):
        parts.append(_curve(name, points, [(x.at(step), y.at(value)) for step, value in points], index))
    return _chart(_HEIGHT, "hb-chart", f"{title}: {_summary(curves, x_title)}", parts)


def trend_chart(points: Sequence[VersionPoint], title: str, bound: float | None = None) -> Markup:
    """Draw a metric over versions, oldest first; nothing where there are none.

    Args:
        points: the versions that have the metric.
        title: what is shown, such as the name of the metric.
        bound: the value that the policy demands, drawn as a line.
    """
    if not points:
        return Markup()
    legend, top = _marks_legend(points)
    top += 12
    bottom = _HEIGHT - _BOTTOM
    values = [bounded(point.value) for point in points] + ([bounded(bound)] if bound is not None else [])
    # An axis that spans next to nothing would make a cliff of a small step.
    margin = max(map(abs, values)) * _LEAST_SPAN - (max(values) - min(values))
    if margin > 0:
        values += [min(values) - margin / 2, max(values) + margin / 2]
    # Room for a value below the lowest point, too.
    y = scale(values, bottom - 18, top, 4, rounded=True)
    left = _left(y)
    room = (WIDTH - _RIGHT - left) / len(points)
    way = [(left + room * (index + 0.5), y.at(bounded(point.value))) for index, point in enumerate(points)]
    parts = [*legend, *_horizontal_grid(y, left)]
    if bound is not None:
        height = y.at(bounded(bound))
        parts.append(svg.element("path", {"class": "hb-reference", "d": _horizontal(left, height)}))
        parts.append(svg.text(WIDTH - _RIGHT, height - 4, f"bound {shown(bound)}", "hb-axis", anchor="end"))
    if len(way) > 1:
        parts.append(_line(way, "hb-series-1"))
    labels = [svg.clipped(point.label, 14) for point in points]
    every = ceil((max(svg.width_of(label, _SIZE) for label in labels) + 8) / room)
    values_shown = alike([point.value for point in points])
    roomy = room > max(svg.width_of(value, _SIZE) for value in values_shown) + 4
    for index, (point, place, label) in enumerate(zip(points, way, labels, strict=True)):
        # Counted from the end: the newest version always has its name.
        if (len(points) - 1 - index) % every == 0:
            parts.append(svg.text(place[0], bottom + 16, label, "hb-axis", anchor="middle"))
        parts.append(_version_mark(point, place))
        if roomy:
            # In a dip, the line comes down to the point from both sides.
            around = [way[other][1] for other in (index - 1, index + 1) if 0 <= other < len(way)]
            dip = bool(around) and all(height < place[1] for height in around)
            height = place[1] + (19 if dip else -11)
            parts.append(svg.text(place[0], height, values_shown[index], "hb-value", anchor="middle"))
    return _chart(_HEIGHT, "hb-chart", f"{title}: {_trend_summary(points)}", parts, links=True)


def slice_chart(
    bars: Sequence[Bar], title: str, overall: float | None = None, names: tuple[str, str] = ("now", "before")
) -> Markup:
    """Draw a metric by group as bars; nothing where no group has it.

    Args:
        bars: the groups.
        title: the name of the metric.
        overall: its value for all groups together, a line across.
        names: what the values of groups and the values before are called, where a group has one before.
    """
    drawn, rest = bars[:MOST_BARS], len(bars) - MOST_BARS
    values = [bounded(bar.value) for bar in drawn if bar.value is not None]
    if not values:
        return Markup()
    labels = [svg.clipped(bar.label, _LABEL_LENGTH) for bar in drawn]
    counts = [f"n = {shown(bar.count)}" for bar in drawn]
    left = max(svg.width_of(label, _SIZE) for label in labels) + 8
    right = WIDTH - max(svg.width_of(count, _SIZE) for count in counts) - 8
    reference = [] if overall is None else [bounded(overall)]
    # Bars begin at zero, or they lie about how much one differs from another.
    befores = [bounded(bar.before) for bar in drawn if bar.before is not None]
    x = scale([0.0, *values, *befores, *reference], left, right - 44, 4, rounded=True)
    numbers = iter(alike(values))
    line = x.at(reference[0]) if reference else None
    words: list[Markup] = []
    shapes, y = (_bars_legend(names), _LEGEND_ROW) if befores else (list[Markup](), 0.0)
    top_of_line = y + 14
    y += 20.0 if reference else 4.0
    top = y
    section = ""
    for bar, label, count in zip(drawn, labels, counts, strict=True):
        if bar.section != section:
            section = bar.section
            words.append(svg.text(0, y + 15, svg.clipped(section, 50), "hb-section-name"))
            y += 22
        words.append(svg.text(left - 8, y + 16, label, "hb-label", _SIZE, "end", left - 8))
        words.append(svg.text(WIDTH, y + 16, count, "hb-axis", anchor="end"))
        if bar.value is None:
            words.append(svg.text(x.at(0) + 5, y + 16, "not measured", "hb-axis"))
        else:
            shapes.append(_bar(bar, x, y, names[1]))
            if bar.before is not None:
                shapes.append(_diamond((x.at(bounded(bar.before)), y + _BAR_ROW / 2)))
            number = next(numbers)
            words.append(svg.text(_beside(bar, x, number, line), y + 16, number, "hb-value"))
        y += _BAR_ROW
    lines = [_vertical(x.at(tick), top, y) for tick in x.ticks()]
    grid = [svg.element("path", {"class": "hb-grid", "d": "".join(lines)})]
    axis = [svg.element("path", {"class": "hb-zero", "d": _vertical(x.at(0), top, y)})]
    if line is not None:
        axis.extend(_overall(line, top_of_line, y, f"overall {shown(reference[0])}"))
    y += 15
    axis.extend(svg.text(x.at(tick), y, x.label(tick), "hb-axis", anchor="middle") for tick in x.ticks())
    if rest > 0:
        y += 18
        axis.append(svg.text(0, y, f"and {formats.plural(rest, 'more group')} in the table", "hb-axis"))
    summary = "; ".join(f"{bar.label} {_or_none(bar.value)}" for bar in drawn[:8])
    return _chart(y + 8, "hb-chart hb-bars", f"{title} by group: {summary}", [*grid, *shapes, *axis, *words])


def _beside(bar: Bar, x: Scale, number: str, line: float | None) -> float:
    """Where the number of a bar begins: behind all that is drawn of it."""
    end = max(x.at(0), x.at(bounded(bar.value or 0.0))) + 5
    if bar.before is not None:
        end = max(end, x.at(bounded(bar.before)) + 9)
    # The line of the overall value does not run through the number.
    if line is not None and end - 5 <= line <= end + svg.width_of(number, _SIZE):
        end = line + 5
    return end


def _overall(at: float, top: float, bottom: float, name: str) -> Iterator[Markup]:
    """The line of the overall value, with its name above it."""
    half = svg.width_of(name, _SIZE) / 2
    yield svg.element("path", {"class": "hb-reference", "d": _vertical(at, top, bottom)})
    middle = max(half, min(WIDTH - half, at))
    yield svg.text(middle, top - 4, name, "hb-reference-name", anchor="middle")


def _chart(height: float, css: str, label: str, parts: Sequence[Markup], *, links: bool = False) -> Markup:
    # An image has no links in it for those who hear it.
    return svg.picture(WIDTH, height, css, "graphics-document" if links else "img", label, parts)


def _horizontal_grid(y: Scale, left: float) -> Iterator[Markup]:
    ticks = y.ticks()
    lines = [_horizontal(left, y.at(tick)) for tick in ticks]
    yield svg.element("path", {"class": "hb-grid", "d": "".join(lines)})
    for tick in ticks:
        yield svg.text(left - 6, y.at(tick) + 4, y.label(tick), "hb-axis", anchor="end")


def _step_scale(steps: Sequence[float], left: float) -> Scale:
    """The axis of steps, with as many ticks as have room for their labels: times as steps have long ones."""
    whole = all(step.is_integer() for step in steps)
    axes = [scale(steps, left, WIDTH - _RIGHT, ticks, whole=whole) for ticks in (5, 3, 2, 1)]
    return next((x for x in axes if _stand_apart(x)), axes[-1])


def _stand_apart(x: Scale) -> bool:
    labels = tuple(_placed(x))
    return all(
        place + half + 6 <= other - its_half for (_, place, half), (_, other, its_half) in pairwise(labels)
    )


def _step_labels(x: Scale, height: float) -> Iterator[Markup]:
    for label, place, _ in _placed(x):
        yield svg.text(place, height, label, "hb-axis", anchor="middle")


def _placed(x: Scale) -> Iterator[tuple[str, float, float]]:
    """The labels of steps, each with its middle and half of its width."""
    for tick in x.ticks():
        label = x.label(tick)
        half = svg.width_of(label, _SIZE) / 2
        yield label, max(half, min(x.at(tick), WIDTH - half)), half


def _left(y: Scale) -> float:
    return max(svg.width_of(y.label(tick), _SIZE) for tick in y.ticks()) + 8


def _legend(names: Sequence[str]) -> tuple[list[Markup], float]:
    """Name the series, in as many rows as it takes, and say below which height the chart begins."""
    parts: list[Markup] = []
    x, y = 0.0, 0.0
    for index, name in enumerate(names):
        label = svg.clipped(name, _LABEL_LENGTH)
        width = svg.width_of(label, _SIZE)
        if x and x + 22 + width > WIDTH:
            x, y = 0.0, y + _LEGEND_ROW
        swatch = f"M{svg.number(x)} {svg.number(y + 9)}h16"
        parts.append(svg.element("path", {"class": f"hb-line {_colour(index)}", "d": swatch}))
        parts.append(svg.text(x + 21, y + 13, label, "hb-legend", _SIZE, room=width))
        x += width + 36
    return parts, _TOP + (y + _LEGEND_ROW if names else 0)


def _marks_legend(points: Sequence[VersionPoint]) -> tuple[list[Markup], float]:
    samples = {
        VersionPoint("", 0, champion=True): any(point.champion for point in points),
        VersionPoint("", 0, recalled=True): any(point.recalled for point in points),
        VersionPoint("", 0, regressed=True): any(point.regressed and not point.recalled for point in points),
    }
    parts: list[Markup] = []
    x = 8.0
    for name, (sample, occurs) in zip(_MARKS, samples.items(), strict=True):
        if occurs:
            parts.extend(_shape(sample, (x, 9)))
            parts.append(svg.text(x + 12, 13, name, "hb-legend"))
            x += svg.width_of(name, _SIZE) + 36
    return parts, _TOP + (_LEGEND_ROW if parts else 0)


def _version_mark(point: VersionPoint, place: tuple[float, float]) -> Markup:
    title = svg.title(f"{point.label}: {shown(point.value)}{point.words}")
    return svg.link(point.href, "hb-version", (title, _dot(place, 11, "hb-touch"), *_shape(point, place)))


def _shape(point: VersionPoint, place: tuple[float, float]) -> Iterator[Markup]:
    x, y = place
    if point.champion:
        yield _dot(place, 8, "hb-ring")
    if point.recalled:
        cross = f"M{svg.points([(x - 4, y - 4)])}l8 8m0 -8l-8 8"
        yield svg.element("path", {"class": "hb-cross", "d": cross})
    elif point.regressed:
        corners = [(x - 5.5, y - 4), (x + 5.5, y - 4), (x, y + 5.5)]
        yield svg.element("polygon", {"class": "hb-worse", "points": svg.points(corners)})
    else:
        yield _dot(place, 4, "hb-dot hb-series-1")


def _bars_legend(names: tuple[str, str]) -> list[Markup]:
    now, before = (svg.clipped(name, _LABEL_LENGTH) for name in names)
    second = 20 + svg.width_of(now, _SIZE) + 18
    return [
        svg.element("path", {"class": "hb-bar-sample", "d": svg.rounded(0, 3, 14, 10, 2)}),
        svg.text(20, 13, now, "hb-legend", _SIZE, room=second - 38),
        _diamond((second + 5, 8)),
        svg.text(second + 16, 13, before, "hb-legend", _SIZE, room=svg.width_of(before, _SIZE)),
    ]


def _diamond(place: tuple[float, float]) -> Markup:
    x, y = place
    corners = [(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)]
    return svg.element("polygon", {"class": "hb-before", "points": svg.points(corners)})


def _bar(bar: Bar, x: Scale, y: float, before: str) -> Markup:
    value = bounded(bar.value or 0)
    zero, end = x.at(0), x.at(value)
    compared = f", {before} {shown(bar.before)}" if bar.before is not None else ""
    title = svg.title(f"{bar.label}: {shown(value)}{compared}, n = {shown(bar.count)}")
    outline = svg.rounded(min(zero, end), y + 4, abs(end - zero), _BAR_ROW - 8, 2)
    return svg.element("path", {"class": "hb-bar", "d": outline}, (title,))


def _dot(place: tuple[float, float], radius: float, css: str) -> Markup:
    x, y = place
    return svg.element("ellipse", {"class": css, "cx": x, "cy": y, "rx": radius, "ry": radius})


def _curve(
    name: str, points: Sequence[tuple[float, float]], way: Sequence[tuple[float, float]], index: int
) -> Markup:
    """Draw a curve that knows its values as people read them; a single point is a dot."""
    attributes: dict[svg.Attribute, str | float] = {
        "class": f"hb-line {_colour(index)}",
        "data-x": "|".join([step_shown(step) for step, _ in points]),
        "data-y": "|".join([shown(value) for _, value in points]),
        "points": svg.points(way),
    }
    line = svg.element("polyline", attributes, (svg.title(name),))
    return line + _dot(way[0], 3.5, f"hb-dot {_colour(index)}") if len(way) == 1 else line


def _colour(index: int) -> str:
    dashes = index // _COLOURS
    colour = f"hb-series-{index % _COLOURS + 1}"
    return f"{colour} hb-dashes-{min(dashes, 2)}" if dashes else colour


def _line(way: Iterable[tuple[float, float]], colour: str) -> Markup:
    return svg.element("polyline", {"class": f"hb-line {colour}", "points": svg.points(way)})


def _horizontal(left: float, y: float) -> str:
    return f"M{svg.points([(left, y)])}H{svg.number(WIDTH - _RIGHT)}"


def _vertical(x: float, top: float, bottom: float) -> str:
    return f"M{svg.points([(x, top)])}V{svg.number(bottom)}"


def _summary(curves: Sequence[tuple[str, Sequence[tuple[float, float]]]], x_title: str) -> str:
    said = []
    for name, points in curves[:4]:
        (first, start), (last, end) = points[0], points[-1]
        course = f"from {shown(start)} to {shown(end)}, {x_title} {step_shown(first)} to {step_shown(last)}"
        said.append(f"{name} {course if len(points) > 1 else shown(start)}")
    if len(curves) > 4:
        said.append(f"and {len(curves) - 4} more")
    return "; ".join(said)


def _trend_summary(points: Sequence[VersionPoint]) -> str:
    said = [f"{point.label} {shown(point.value)}{point.words}" for point in points[-6:]]
    earlier = len(points) - len(said)
    return "; ".join([f"{formats.plural(earlier, 'earlier version')}", *said] if earlier else said)


def _or_none(value: float | None) -> str:
    return "not measured" if value is None else shown(value)
