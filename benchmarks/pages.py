"""Pages of a large site in Chromium: what is transferred, and how long a reader waits.

The web server compresses text, as those do that publish sites; the browser has kept nothing from before.
"""

import gzip
import io
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from herdbook.site.serve import WebServer

QUERIES = ("fraud-007-train-3", "champion", "orders", "fraud", "a")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader did, and the bytes and seconds that took."""

    name: str
    bytes: int
    seconds: float


def seen(site: Path, rounds: int) -> Iterator[Seen]:
    """Open the page of a run, then search from it."""
    path = shutil.which("chromium")
    if path is None:
        return
    with _served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu"])
        run = min((site / "runs").glob("*-train-3.html")).name
        opened = [_opened(browser, f"{address}/runs/{run}") for _ in range(rounds)]
        yield Seen("the page of a run", opened[0][0], min(took for _, took in opened))
        for words in QUERIES:
            searched = [_searched(browser, f"{address}/runs/{run}", words) for _ in range(rounds)]
            took = min(took for _, took in searched)
            yield Seen(f"search for {words}", searched[0][0], took)
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[tuple[Page, list[int]]]:
    """A page in a browser that has kept nothing, and the size of each answer that it got."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[int] = []
    # A worker is a target of its own, and asks for itself.
    context.on("requestfinished", lambda request: sizes.append(_size(request)))
    session.send("Network.enable")
    yield page, sizes
    context.close()


def _size(request: object) -> int:
    told = request.sizes()  # type: ignore[attr-defined]  # playwright's own class
    return int(told["responseBodySize"] + told["responseHeadersSize"])


def _opened(browser: Browser, address: str) -> tuple[int, float]:
    with _page(browser) as (page, sizes):
        page.goto(address, wait_until="networkidle")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        return sum(sizes), float(paint) / 1000


def _searched(browser: Browser, address: str, words: str) -> tuple[int, float]:
    with _page(browser) as (page, sizes):
        page.goto(address, wait_until="networkidle")
        sizes.clear()
        page.click(".md-search__input")
        page.evaluate(
            """() => {
                const seen = new MutationObserver(() => {
                    if (document.querySelector("a.md-search-result__link") && !window.foundAt)
                        window.foundAt = performance.now();
                });
                seen.observe(document.querySelector(".md-search-result"), {childList: true, subtree: true});
            }"""
        )
        begun = page.evaluate("performance.now()")
        page.keyboard.type(words)
        page.wait_for_selector("a.md-search-result__link")
        took = page.evaluate("window.foundAt") - begun
        page.wait_for_load_state("networkidle")
        return sum(sizes), max(0.0, float(took) / 1000)


class _Compressing(SimpleHTTPRequestHandler):
    def send_head(self) -> io.BytesIO | None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return None
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        with suppress(ConnectionError):  # the browser has closed the page
            super().copyfile(source, outputfile)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = WebServer(("127.0.0.1", 0), partial(_Compressing, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
