"""The built site in a real browser: its policy, search, palettes, keyboard, narrow screens."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from herdbook.site import search
from site_samples import build_site, write_sample

# Whatever an attack calls is counted; the policy of the page reports what it stopped.
WATCH = """
window.fired = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  window[name] = () => { window.fired.push(name); };
document.addEventListener("securitypolicyviolation", (event) => {
  window.fired.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser")
    build_site(write_sample(folder, runs=20), folder / "out")
    with web(folder / "out") as address:
        yield address


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it said or asked for that it should not."""
    context = browser.new_context(**options)
    page = context.new_page()
    faults: list[str] = []
    page.add_init_script(WATCH)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: None if "//127.0.0.1" in request.url else faults.append(request.url))
    yield page, faults
    context.close()


KINDS = (
    "index.html",
    "models/index.html",
    "models/churn/index.html",
    "models/churn/1.html",
    "experiments/index.html",
    "experiments/long/index.html",
    "runs/train-1.html",
    "datasets/index.html",
    "datasets/orders/index.html",
    "datasets/orders/v1.html",
    "endpoints/index.html",
    "endpoints/predict.html",
    "rules/index.html",
    "rules/unknown-reference.html",
    "404.html",
)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_kind_of_page_keeps_to_its_policy_and_to_the_screen(
    browser: Browser, site: str, width: int
) -> None:
    with opened(browser, viewport={"width": width, "height": 800}) as (page, faults):
        for path in KINDS:
            page.goto(f"{site}/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.evaluate("window.fired") == [], path
    assert faults == []


def found(page: Page, words: str) -> list[str]:
    page.fill(".md-search__input", "")
    page.click(".md-search__input")
    page.keyboard.type(words)
    page.wait_for_selector(".md-search-result__meta:not(:has-text('Initializing'))")
    page.wait_for_timeout(400)
    return [str(link.get_attribute("href")) for link in page.query_selector_all("a.md-search-result__link")]


WANTED = pytest.mark.parametrize(
    ("words", "path"),
    [
        ("churn", "models/churn/index.html"),
        ("0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d", "runs/train-1.html"),
        ("orders/v1", "datasets/orders/v1.html"),
        ("train-2", "runs/train-2.html"),
        ("champion", "models/churn/2.html"),
        ("predict", "endpoints/predict.html"),
        ("dataset_version=orders_v1", "runs/train-1.html"),
    ],
)


@WANTED
def test_search_finds_models_runs_datasets_tags_and_commits(
    browser: Browser, site: str, words: str, path: str
) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{site}/rules/index.html")
        assert f"{site}/{path}" in found(page, words)
    assert faults == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same site, with its index in pieces."""
    folder = tmp_path_factory.mktemp("browser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MOST_IN_ONE", 10)
        build_site(write_sample(folder, runs=20), folder / "out")
    with web(folder / "out") as address:
        yield address


@WANTED
def test_search_in_pieces_finds_the_same_in_the_same_words(
    browser: Browser, site: str, large: str, words: str, path: str
) -> None:
    results = []
    for address in (site, large):
        with opened(browser) as (page, faults):
            page.goto(f"{address}/rules/index.html")
            first = found(page, words)[0].removeprefix(address)
            shown = page.inner_html(".md-search-result__item >> nth=0")
            results.append((first, re.sub(r'data-md-score="[^"]*"', "", shown).replace(address, "")))
        assert faults == []
    assert results[0] == results[1]


def test_search_in_pieces_answers_what_is_not_there_and_what_is_odd(browser: Browser, large: str) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{large}/rules/index.html")
        for words in ("zzzz", "*", "+-^~:", '"', "<b>", "champion zzzz", "李"):
            hits = found(page, words)
            assert bool(hits) == ("champion" in words), words
        assert page.evaluate("window.fired") == []
    assert faults == []


def test_a_page_of_a_large_site_loads_no_index(browser: Browser, large: str) -> None:
    asked: list[str] = []
    with opened(browser) as (page, _):
        page.on("request", lambda request: asked.append(request.url.removeprefix(large)))
        page.goto(f"{large}/runs/train-1.html", wait_until="networkidle")
        assert [path for path in asked if path.startswith("/search/")] == ["/search/search_index.json"]
        found(page, "churn")
        assert any("/words-" in path for path in asked)
        assert any("/pages-" in path for path in asked)


def test_the_palette_follows_the_system_and_can_be_chosen(browser: Browser, site: str) -> None:
    for scheme, expected in (("light", "default"), ("dark", "slate")):
        with opened(browser, color_scheme=scheme) as (page, _):
            page.goto(f"{site}/index.html")
            assert page.evaluate("document.body.dataset.mdColorScheme") == expected


def test_a_keyboard_reaches_the_content_and_the_nodes_of_a_graph(browser: Browser, site: str) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{site}/models/churn/2.html")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.hb') !== null")
        page.eval_on_selector("a.hb-node[href*='train-2']", "node => node.focus()")
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs/train-2.html")


def test_a_table_is_sorted_and_filtered(browser: Browser, site: str) -> None:
    with opened(browser) as (page, _):
        page.goto(f"{site}/experiments/long/index.html")
        page.click("th button:has-text('loss')")
        values = page.eval_on_selector_all(
            "td[data-value].hb-number", "cells => cells.map(cell => +cell.dataset.value)"
        )
        assert len(values) == 20
        assert values == sorted(values)
        page.fill(".hb-filter", "long-1 training")
        assert page.locator("tbody tr:visible").count() == 11


def test_pages_can_be_read_without_scripts(browser: Browser, site: str) -> None:
    with opened(browser, java_script_enabled=False) as (page, _):
        page.goto(f"{site}/index.html")
        page.click("text=version 2")
        assert "Trained on" in page.inner_text(".hb")
