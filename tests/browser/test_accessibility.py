"""Every kind of page against the rules of axe-core, in both palettes and on wide and narrow screens."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from watched_browser import Open, Server

SETTLE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
OPEN_ALL = "() => document.querySelectorAll('details').forEach(item => { item.open = true; })"
# What is the theme's own and cannot be mended: the rule, how the element begins, and the reason.
THEIRS = (
    ("landmark-unique", '<nav class="md-tags">', "made by the theme's script for every result of a search"),
)
# axe cannot tell what lies behind a text in a picture; this looks it up: the box of a node, else the panel.
FAINT = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((value) => {
    const part = value / 255;
    return part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
  });
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour);
    return .2126 * red + .7152 * green + .0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + .05) / (dark + .05);
  };
  const behind = (text) => {
    const more = text.matches(".hb-node__count") && text.previousElementSibling;
    const box = more || text.closest(".hb-node")?.querySelector(".hb-node__box");
    return box ? getComputedStyle(box).fill : getComputedStyle(text.closest(".hb-panel")).backgroundColor;
  };
  return [...document.querySelectorAll("#hb-content svg text")]
    .map((text) => [text.textContent, contrast(getComputedStyle(text).fill, behind(text))])
    .filter(([, found]) => found < 4.5);
}"""


@pytest.fixture(scope="module")
def pages(server: Server) -> Sequence[str]:
    """The richest page of each kind: of those that call themselves alike and stand at like places."""
    found: dict[tuple[str, str], Path] = {}
    for path in server.folder.rglob("*.html"):
        named = re.search(r'class="hb-kind">([^<]*)<', path.read_text())
        folder, *rest = path.relative_to(server.folder).parts
        place = "/".join([folder, *(part if part == "index.html" else "*" for part in rest)])
        key = named[1] if named else "", place
        if key not in found or path.stat().st_size > found[key].stat().st_size:
            found[key] = path
    return sorted(path.relative_to(server.folder).as_posix() for path in found.values())


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page: the rule, the element, and what is to be done."""
    page.evaluate(SETTLE)
    answer: dict[str, Any] = Axe().run(page).response
    assert answer["passes"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in answer["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == name and node["html"].startswith(start) for name, start, _ in THEIRS)
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_kind_of_page_breaks_a_rule(
    scheme: str, width: int, server: Server, pages: Sequence[str], visit: Open
) -> None:
    assert len(pages) > 15
    size = {"width": width, "height": 900}
    page = visit("index.html", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    found: dict[str, object] = {}
    for path in pages:
        page.goto(f"{server.origin}/{path}")
        page.evaluate(OPEN_ALL)
        found[path] = violations(page), page.evaluate(FAINT)
    assert {path: faults for path, faults in found.items() if faults != ([], [])} == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_the_open_search_breaks_no_rule(width: int, visit: Open) -> None:
    # Colours are measured when they have come to rest.
    page = visit("index.html", viewport={"width": width, "height": 900}, reduced_motion="reduce")
    if width < 960:
        page.locator("label.md-header__button[for=__search]").click()
    field = page.locator(".md-search__input")
    field.fill("mortgage")
    field.press("End")
    page.locator(".md-search-result__item").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('.hb-tools button').outerHTML = '<button></button>'", "button-name"),
        ("document.querySelector('.md-search').removeAttribute('aria-label')", "aria-dialog-name"),
        ("document.querySelector('.hb-lede').style.color = '#bbb'", "color-contrast"),
        ("document.querySelector('.hb-graph-box').setAttribute('role', 'nothing')", "aria-roles"),
    ],
)
def test_damage_is_found(damage: str, rule: str, visit: Open) -> None:
    page = visit("models/mortgage-approval/3.html", color_scheme="light")
    assert violations(page) == []
    page.evaluate(damage)
    assert any(fault.startswith(f"{rule}:") for fault in violations(page))


def test_faint_words_in_pictures_are_found(visit: Open) -> None:
    page = visit("models/mortgage-approval/3.html", color_scheme="light")
    assert page.evaluate(FAINT) == []
    page.evaluate("document.querySelector('.hb-node__kind').style.fill = '#aaa'")
    assert len(page.evaluate(FAINT)) == 1
