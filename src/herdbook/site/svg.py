"""The one writer of SVG: pictures that stand in a page, made of a few plain elements.

A picture holds no style, no script and no reference to anything outside the site: how it looks is said by
classes (``assets/pictures.css``), so that it keeps to the content security policy and to both palettes.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal

from markupsafe import Markup, escape

from herdbook.escaping.html import redact, visible

Tag = Literal["svg", "g", "title", "desc", "polygon", "path", "ellipse", "polyline", "text", "a"]
Attribute = Literal[
    "aria-hidden",
    "aria-label",
    "class",
    "cx",
    "cy",
    "d",
    "data-from",
    "data-node",
    "data-to",
    "data-x",
    "data-y",
    "height",
    "href",
    "points",
    "rel",
    "role",
    "rx",
    "ry",
    "text-anchor",
    "textLength",
    "lengthAdjust",
    "transform",
    "viewBox",
    "width",
    "x",
    "y",
]

# The advance of the printable ASCII characters, from the space on, in hundredths of an em: the larger one of
# DejaVu Sans, the widest font that a system uses for its interface, and Liberation Sans, as wide as Arial.
_ADVANCES: Final = (
    *(32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34),
    *(64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 56),
    *(102, 69, 69, 73, 78, 67, 62, 78, 76, 30, 50, 67, 56, 87, 75, 79),
    *(67, 79, 73, 67, 62, 74, 69, 99, 69, 67, 69, 40, 34, 40, 84, 56),
    *(50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62),
    *(64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84),
)
_UNKNOWN: Final = 80
_WIDTHS: Final = bytes(_ADVANCES[code - 32] if 32 <= code < 127 else _UNKNOWN for code in range(256))
_OTHERS: Final = {"…": 100, "·": 32, "\N{MINUS SIGN}": 84, "\N{MULTIPLICATION SIGN}": 84}
_RELATIVE = re.compile(r"(?:\.\./)*[A-Za-z0-9][A-Za-z0-9._~/-]*(?:#[A-Za-z0-9._-]+)?|#[A-Za-z0-9._-]+")
_WEB = re.compile(r"https?://[^\s\\\"<>`]+")


def element(
    tag: Tag, attributes: Mapping[Attribute, str | float] | None = None, children: Iterable[Markup | str] = ()
) -> Markup:
    """Return an element. Numbers are rounded to a tenth of a pixel; children that are no markup are escaped.

    Raises:
        ValueError: a number is not finite.
    """
    written = "".join([f' {name}="{_value(value)}"' for name, value in (attributes or {}).items()])
    return _element(tag, written, children)


def _element(tag: Tag, attributes: str, children: Iterable[Markup | str]) -> Markup:
    inner = "".join([child if isinstance(child, Markup) else escape(child) for child in children])
    return Markup(f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>")


def _value(value: str | float) -> str:
    return escaped(value) if isinstance(value, str) else number(value)


@lru_cache(maxsize=16_384)
def escaped(words: str) -> str:
    """Return text as it stands in the value of an attribute. Most attributes of pictures are the same few."""
    # Markup is text here, too: it is remembered as what equals it.
    return str(escape(str(words)))


def picture(
    width: float, height: float, css: str, role: str, label: str, children: Iterable[Markup]
) -> Markup:
    """Return a whole picture, `width` by `height` pixels; `label` is for those who cannot see it."""
    box = f"0 0 {number(width)} {number(height)}"
    attributes: dict[Attribute, str | float] = {
        "class": css,
        "width": width,
        "height": height,
        "viewBox": box,
        "role": role,
        "aria-label": plain(label),
    }
    return element("svg", attributes, children)


def title(text: str) -> Markup:
    """Return the tooltip of the element that it stands in, which is also its name for a screen reader."""
    return element("title", None, (plain(text),))


def text(
    x: float, y: float, words: str, css: str, size: float = 0, anchor: str = "start", room: float = 0
) -> Markup:
    """Return a line of text; with `room`, one of `size` pixels that is never wider than `room` pixels.

    The width of characters outside ASCII is a guess: such text is set to the width that was guessed.
    """
    # As `element` would write it, in less time: half of what a picture is made of are words.
    attributes = f' class="{escaped(css)}" x="{number(x)}" y="{number(y)}"'
    if anchor != "start":
        attributes += f' text-anchor="{escaped(anchor)}"'
    if room and not _is_measured(words):
        attributes += f' textLength="{number(min(room, width_of(words, size)))}"'
        attributes += ' lengthAdjust="spacingAndGlyphs"'
    return _element("text", attributes, (words,))


def link(
    href: str | None, css: str, children: Iterable[Markup], transform: str = "", node: str = ""
) -> Markup:
    """Return a group of elements, a link where `href` may be one.

    Args:
        href: where it leads, if it may lead there.
        css: its classes.
        children: its elements.
        transform: where it stands; what `moved` returns.
        node: its name for scripts, one of our own.
    """
    # As `text`.
    attributes = f' class="{escaped(css)}"'
    if node:
        attributes += f' data-node="{escaped(node)}"'
    if transform:
        attributes += f' transform="{escaped(transform)}"'
    target = address(href)
    if target is None:
        return _element("g", attributes, children)
    attributes += f' href="{escaped(target)}"'
    if target.startswith("http"):
        attributes += ' rel="noreferrer"'
    return _element("a", attributes, children)


def moved(x: float, y: float) -> str:
    """Return the transformation that moves an element, empty where that is nowhere."""
    return f"translate({number(x)} {number(y)})" if x or y else ""


@lru_cache(maxsize=16_384)
def address(href: str | None) -> str | None:
    """Return `href` if it is an address of the site or of the web."""
    return href if href is not None and (_RELATIVE.fullmatch(href) or _WEB.fullmatch(href)) else None


def number(value: float) -> str:
    """Write a length or a coordinate to a tenth of a pixel.

    Raises:
        ValueError: `value` is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is no length")
    written = f"{value:.1f}"
    if written.endswith(".0"):
        written = written[:-2]
        return "0" if written == "-0" else written
    return written


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Write points as the attribute of a line or an area."""
    return " ".join([f"{number(x)},{number(y)}" for x, y in pairs])


def rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """Return the outline of a rectangle with round corners."""
    radius = max(0, min(radius, width / 2, height / 2))
    r, across, down = number(radius), number(width - 2 * radius), number(height - 2 * radius)
    return (
        f"M{number(x + radius)} {number(y)}h{across}a{r} {r} 0 0 1 {r} {r}v{down}a{r} {r} 0 0 1 -{r} {r}"
        f"h-{across}a{r} {r} 0 0 1 -{r} -{r}v-{down}a{r} {r} 0 0 1 {r} -{r}z"
    )


def plain(words: str) -> str:
    """Return catalog text as one line that can be shown: nothing invisible, no secret of an address."""
    return " ".join(redact(visible(words)).split())


def clipped(words: str, length: int) -> str:
    """Return catalog text as one line of at most `length` characters; what is too long loses its middle.

    Names of a kind begin alike and differ at the end, in their versions.
    """
    line = plain(words)
    if len(line) <= length:
        return line
    tail = length // 2
    return f"{line[: length - tail - 1]}…{line[-tail:]}"


def width_of(words: str, size: float) -> float:
    """Return the width that a line of text of `size` pixels needs at most, in pixels."""
    if words.isascii():
        return sum(words.encode().translate(_WIDTHS)) * size / 100
    return sum(map(_advance, words)) * size / 100


def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return _ADVANCES[code - 32]
    if character in _OTHERS:
        return _OTHERS[character]
    if unicodedata.combining(character):
        return 0
    return 105 if unicodedata.east_asian_width(character) in "WF" else _UNKNOWN


def _is_measured(words: str) -> bool:
    return words.isascii() or all(character.isascii() or character in _OTHERS for character in words)
