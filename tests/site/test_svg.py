import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.site import svg


@given(st.text(), st.text())
def test_an_element_holds_its_text_and_attributes_unchanged(label: str, words: str) -> None:
    label, words = svg.plain(label), svg.plain(words)
    element = ET.fromstring(svg.element("text", {"aria-label": label}, (words,)))
    assert (element.get("aria-label"), element.text or "") == (label, words)


@given(st.floats())
def test_only_finite_numbers_are_written(value: float) -> None:
    if abs(value) < float("inf"):
        assert float(svg.number(value)) == pytest.approx(value, abs=0.051)
    else:
        with pytest.raises(ValueError, match="is no length"):
            svg.number(value)


@pytest.mark.parametrize(
    ("value", "written"), [(1, "1"), (1.0, "1"), (1.26, "1.3"), (-0.01, "0"), (-2.5, "-2.5"), (100, "100")]
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert svg.number(value) == written


@given(st.text(), st.integers(3, 40))
def test_clipped_text_keeps_its_beginning_and_its_end(text: str, length: int) -> None:
    whole, short = svg.plain(text), svg.clipped(text, length)
    assert len(short) == min(len(whole), length)
    if short != whole:
        beginning, end = short.split("…", 1) if "…" not in whole else (short[0], short[-1])
        assert whole.startswith(beginning)
        assert whole.endswith(end)


def test_secrets_and_invisible_characters_are_not_shown() -> None:
    assert svg.plain("s3://key:secret@bucket/a\n\tb\u202e") == "s3://***@bucket/a b\\u202e"


ADDRESSES = [
    "a.html",
    "../models/clf/7.html#outputs",
    "../../index~2.html",
    "#alias-champion",
    "https://example.org/a?b=c&d",
]
NO_ADDRESSES = [
    "",
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "/etc/passwd",
    "a b",
    "a.html\n",
    "https://a b",
    'https://a"b',
    "mailto:a@b",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_the_site_and_of_the_web_are_links(address: str) -> None:
    element = ET.fromstring(svg.link(address, "x", ()))
    assert (element.tag, element.get("href")) == ("a", address)


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_nothing_else_is_a_link(address: str) -> None:
    element = ET.fromstring(svg.link(address, "x", ()))
    assert (element.tag, element.get("href")) == ("g", None)


def test_text_outside_ascii_is_set_to_the_width_that_was_guessed() -> None:
    guessed = ET.fromstring(svg.text(0, 0, "Ж" * 10, "x", 10, room=50))
    assert guessed.get("textLength") == "50"
    assert ET.fromstring(svg.text(0, 0, "W" * 10, "x", 10, room=50)).get("textLength") is None


@given(st.text(), st.text())
def test_widths_add_up(one: str, other: str) -> None:
    whole = svg.width_of(one + other, 13)
    assert whole == pytest.approx(svg.width_of(one, 13) + svg.width_of(other, 13))
    assert svg.width_of("iiii", 13) < svg.width_of("WWWW", 13)
