"""What tests of pictures share: what a picture may hold, and texts that try to be more than text."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

ELEMENTS = {"svg", "g", "title", "desc", "polygon", "path", "ellipse", "polyline", "text", "a"}
ATTRIBUTES = {
    *("aria-label", "class", "cx", "cy", "d", "height", "href", "lengthAdjust", "points", "rel", "role"),
    *("rx", "ry", "text-anchor", "textLength", "transform", "viewBox", "width", "x", "y"),
    *("data-from", "data-node", "data-to", "data-x", "data-y"),
}
OURS = re.compile(r"n\d+|[-\d.,eTGMk \N{MINUS SIGN}|]+")
NUMBERS = re.compile(r"[-\d.,\sMLHVChvalmszc]+|translate\([-\d. ]+\)")
GEOMETRY = ATTRIBUTES - {"aria-label", "class", "href", "lengthAdjust", "rel", "role", "text-anchor"}
GEOMETRY -= {name for name in ATTRIBUTES if name.startswith("data-")}


def assert_plain_svg(markup: str) -> ET.Element:
    """Assert that a picture is well-formed and holds nothing but what a picture may hold; return it."""
    root = ET.fromstring(markup)
    svg = next(root.iter("svg"))
    for element in svg.iter():
        assert element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        for name in GEOMETRY & set(element.attrib):
            assert NUMBERS.fullmatch(element.attrib[name]), (name, element.attrib[name])
        for name, value in element.attrib.items():
            # Scripts read these: names and numbers of our own, no text of the catalog.
            assert not name.startswith("data-") or OURS.fullmatch(value), (name, value)
        assert re.fullmatch(r"[a-z0-9_ -]*", element.get("class", ""))
        assert element.tag == "a" or "href" not in element.attrib
    return svg


def texts(root: ET.Element) -> set[str]:
    """Return what is written in a picture."""
    return {element.text or "" for element in root.iter() if element.tag == "text"}


def hostile_texts(shared_data: Path) -> list[str]:
    """Return the strings of the shared lists."""
    naughty = shared_data / "naughty-strings" / "blns.json"
    strings: list[str] = json.loads(naughty.read_text(encoding="utf-8"))
    for path in sorted((shared_data / "xss").glob("*.txt")):
        strings.extend(path.read_text(encoding="utf-8", errors="replace").splitlines())
    return sorted({text for text in strings if text.strip()})
