"""Which version held an alias or a stage, and from when to when, as a picture with a lane for each.

Changes stand at equal distances, whether minutes or years lie between them: what matters is their order. The
names of the lanes stand beside what holds them now, which a narrow screen shows first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from herdbook.site import svg

WIDTH: Final = 760.0
MOST_MOMENTS: Final = 8
"""The days of more changes would run into one another."""

_NAMES: Final = 122.0
_BARS: Final = WIDTH - _NAMES
_TOP: Final = 22.0
_LANE: Final = 30.0
_BAR: Final = 20.0
_SIZE: Final = 11.0
_LABEL_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class Span:
    """A version that held a lane.

    Attributes:
        first: the index of the moment at which it came.
        last: the index of the moment at which it went; `None` if it is still there.
        label: the version, in a word.
        said: the whole story, for a tooltip.
        href: the address of its page, from the page at hand.
    """

    first: int
    last: int | None
    label: str
    said: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """An alias or a stage, with the versions that held it in order."""

    name: str
    spans: Sequence[Span]


def timeline(moments: Sequence[str], lanes: Sequence[Lane], label: str) -> Markup:
    """Draw lanes over moments, which are given as they are shown, oldest first."""
    height = _TOP + _LANE * len(lanes) + 4
    step = _BARS / len(moments)
    parts = [*_grid(moments, step, height)]
    for index, lane in enumerate(lanes):
        parts += _lane(lane, _TOP + _LANE * index, step, len(moments))
    return svg.picture(WIDTH, height, "hb-chart hb-times", "graphics-document", label, parts)


def _grid(moments: Sequence[str], step: float, height: float) -> Iterator[Markup]:
    lines = "".join(
        f"M{svg.number(step * index)} {svg.number(_TOP - 4)}V{svg.number(height)}"
        for index in range(len(moments))
    )
    yield svg.element("path", {"class": "hb-grid", "d": lines})
    shown = ""
    for index, moment in enumerate(moments):
        if moment != shown:
            yield svg.text(step * index + 3, 11, moment, "hb-axis", _SIZE, room=step)
        shown = moment


def _lane(lane: Lane, top: float, step: float, moments: int) -> Iterator[Markup]:
    name = svg.clipped(lane.name, _LABEL_LENGTH)
    yield svg.text(_BARS + 8, top + 18, name, "hb-section-name", _SIZE, room=_NAMES - 8)
    for span in lane.spans:
        x = step * span.first
        width = step * ((moments if span.last is None else span.last) - span.first) - 4
        # What holds the lane now is told beside its name, however long it has.
        now, at, anchor = (
            (" hb-time--now", x + width - 5, "end") if span.last is None else ("", x + 9, "start")
        )
        outline = svg.rounded(x + 2, top + 4, width, _BAR, 4)
        words = svg.clipped(span.label, max(2, int(width / 7)))
        yield svg.link(
            span.href,
            f"hb-time{now}",
            (
                svg.title(span.said),
                svg.element("path", {"d": outline}),
                svg.text(at, top + 18, words, "hb-time-name", _SIZE, anchor, room=width - 10),
            ),
        )
