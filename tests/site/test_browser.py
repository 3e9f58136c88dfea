"""The built site in a real browser: search, keyboard, narrow screens, and strings that attack."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from playwright.sync_api import Browser, Page

from herdbook.site import markdown, templates
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
# Attacks that wait for a reader: move over, focus and click everything that is not a link.
TOUCH = """
for (const element of document.querySelectorAll(".hb *")) {
  for (const type of ["mouseover", "mouseenter", "focus", "mousemove", "pointerdown"])
    element.dispatchEvent(new Event(type, {bubbles: true}));
}
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
    page.wait_for_function("!document.querySelector('.md-search-result__meta').innerText.startsWith('Init')")
    page.wait_for_timeout(400)
    return [str(link.get_attribute("href")) for link in page.query_selector_all("a.md-search-result__link")]


@pytest.mark.parametrize(
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
def test_search_finds_models_runs_datasets_tags_and_commits(
    browser: Browser, site: str, words: str, path: str
) -> None:
    with opened(browser) as (page, faults):
        page.goto(f"{site}/rules/index.html")
        assert f"{site}/{path}" in found(page, words)
    assert faults == []


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


FREE = {
    "description",
    "reason",
    "owner",
    "user",
    "error",
    "task",
    "role",
    "intended_use",
    "limitations",
    "source",
}


def attacked(value: object, attack: Iterator[str], *route: str) -> object:
    if isinstance(value, dict):
        return {key: attacked(item, attack, *route, key) for key, item in value.items()}
    if isinstance(value, list):
        return [attacked(item, attack, *route) for item in value]
    return next(attack) if isinstance(value, str) and route[-1] in FREE else value


def write_attacks(folder: Path, strings: list[str]) -> Path:
    """Write the sample with an attack in every field that may hold any text, each string at least once."""
    catalog = write_sample(folder)
    files = sorted(catalog.rglob("*.yaml"))
    attacks = iter(strings * 40)
    for file in files:
        value = attacked(yaml.safe_load(file.read_text()), attacks)
        assert isinstance(value, dict)
        value["title"] = next(attacks)
        value["notes"] = "\n\n".join(next(attacks) for _ in range(max(8, len(strings) // len(files))))
        value["tags"] = {next(attacks)[:200]: next(attacks) for _ in range(3)} | value.get("tags", {})
        if value["kind"] == "run":
            value["params"] = {next(attacks)[:200]: next(attacks) for _ in range(5)}
        file.write_text(json.dumps(value))
    return catalog


def usable(shared_data: Path) -> list[str]:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    for file in sorted((shared_data / "xss").glob("*.txt")):
        strings += file.read_text(errors="replace").splitlines()
    # The reader refuses the others before the site ever sees them.
    kept = {text.strip() for text in strings if text.isprintable() and text.strip() and len(text) < 2000}
    return sorted(kept)


def attack_site(browser: Browser, folder: Path, strings: list[str]) -> list[str]:
    """Build a site out of attacks, open every page of it, touch everything, search; return what fired."""
    build_site(write_attacks(folder, strings), folder / "out")
    fired = []
    with web(folder / "out") as address, opened(browser) as (page, faults):
        for path in sorted((folder / "out").rglob("*.html")):
            if "rules" in path.parts:
                continue
            page.goto(f"{address}/{path.relative_to(folder / 'out').as_posix()}", wait_until="load")
            page.evaluate(TOUCH)
            page.wait_for_timeout(30)
            fired += page.evaluate("window.fired")
        for words in ("alert", "script", "onerror"):
            found(page, words)
            fired += page.evaluate("window.fired")
    return fired + faults


def test_no_string_of_the_catalog_runs_or_loads_anything(
    browser: Browser, tmp_path: Path, shared_data: Path
) -> None:
    strings = usable(shared_data)
    sample = random.Random(1).sample(strings, len(strings) // 8)
    assert attack_site(browser, tmp_path, sample) == []


@pytest.mark.slow
def test_none_of_all_strings_runs_or_loads_anything(
    browser: Browser, tmp_path: Path, shared_data: Path
) -> None:
    assert attack_site(browser, tmp_path, usable(shared_data)) == []


def test_without_escaping_the_same_strings_do_fire(
    browser: Browser, tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strings = usable(shared_data)
    sample = random.Random(1).sample(strings, len(strings) // 8)
    real = jinja2.Environment

    def unescaped(**options: Any) -> Any:
        return real(**{**options, "autoescape": False})

    monkeypatch.setattr(jinja2, "Environment", unescaped)
    monkeypatch.setattr(templates, "prose", lambda text, root="": text)
    assert markdown.prose("<b>") != "<b>"
    assert len(attack_site(browser, tmp_path, sample)) >= 50
