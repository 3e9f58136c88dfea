"""Open pages in a watched Chromium: what fires, what is asked of other sites, what became of the page."""

import contextlib
import json
import mimetypes
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Frame, Page
from playwright.sync_api import Error as PlaywrightError

from herdbook.site.serve import WebServer

Open = Callable[..., Page]
"""Opens a page of a site, given by its path; further options are those of a browser context."""

_SCRIPT = (Path(__file__).parent / "watch.js").read_text()
_SECONDS = 20
_PATIENCE = 180
# Chromium itself asks there how to fill in forms.
_MAKER = ".googleapis.com:443"


class Server:
    """Serves a folder, and pages from memory, on this machine; as a proxy it refuses and lists all else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, bytes] = {}
        self.foreign: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._answer(self, folder)

            def do_CONNECT(self) -> None:
                if not self.path.endswith(_MAKER):
                    owner.foreign.append(self.path)
                self.send_error(403)

            do_HEAD = do_POST = do_PUT = do_OPTIONS = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """The test says what matters."""

        self._server = WebServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.origin = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: BaseHTTPRequestHandler, folder: Path) -> None:
        parts = urlsplit(request.path)
        if parts.scheme and parts.netloc != self.host:
            self.foreign.append(request.path)
            request.send_error(403)
            return
        path = unquote(parts.path).lstrip("/") or "index.html"
        data = self.pages.get(path)
        if data is None:
            file = folder / path
            if ".." in path.split("/") or not file.is_file():
                request.send_error(404)
                return
            data = file.read_bytes()
        request.send_response(200)
        request.send_header("Content-Type", mimetypes.guess_type(path)[0] or "text/html")
        request.send_header("Content-Length", str(len(data)))
        if path.startswith("assets/"):
            request.send_header("Cache-Control", "max-age=3600")
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(data)


@dataclass(slots=True)
class Visit:
    """What happened on a page: all that a page of ours must never cause, and its state in the end.

    Attributes:
        path: the page, relative to the site.
        fired: calls of alert and the like, also dialogs that opened.
        violations: what the content security policy stopped.
        complaints: errors of scripts, and errors that the browser printed.
        requests: addresses on other sites that were asked for.
        moves: addresses that the page, or a new window, went to instead.
        state: what `watch.js` says of the page; empty where it hung.
    """

    path: str
    fired: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def incidents(self) -> list[str]:
        """Everything but the state, in words."""
        groups = {
            "fired": self.fired,
            "stopped by the policy": self.violations,
            "complained": self.complaints,
            "asked another site for": self.requests,
            "went to": self.moves,
        }
        found = [f"{self.path}: {name} {item}" for name, items in groups.items() for item in items]
        return found if self.state else [*found, f"{self.path}: never came to its end"]


class Watchdog:
    """Ends the renderers of our browsers when nothing has got on for so many seconds.

    A page in an endless loop can keep calls of Playwright that know no timeout waiting for ever, such as
    those that dismiss a dialog or close a window. Once its renderer is gone, they fail.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._beat = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """Tell that something got on."""
        self._beat.set()

    def close(self) -> None:
        """Stop watching."""
        self._closed = True
        self._beat.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed:
            if not self._beat.wait(self._seconds):
                for renderer in _renderers():
                    with contextlib.suppress(OSError):
                        os.kill(renderer, signal.SIGKILL)
            self._beat.clear()


def _renderers() -> Iterator[int]:
    """The processes of Chromium that run pages, among those that this one has started."""
    parents, pages = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"--type=renderer" in (folder / "cmdline").read_bytes():
                pages.append(int(folder.name))
    for page in pages:
        process = page
        while process in parents and process != os.getpid():
            process = parents[process]
        if process == os.getpid():
            yield page


class Watch:
    """Visits pages of a server in several tabs at once; a tab that hangs is replaced with its browser."""

    def __init__(
        self, browser: Browser, server: Server, *, policy: bool = True, width: int = 1280, tabs: int = 4
    ) -> None:
        self._browser = browser
        self._server = server
        self._policy = policy
        self._width = width
        self._count = tabs
        self._token = secrets.token_hex(8)
        self._tabs: list[_Tab] = []
        self._context: BrowserContext | None = None
        self._watchdog = Watchdog(_PATIENCE)

    def close(self) -> None:
        """Close the tabs; nothing is visited afterwards."""
        self._close()
        self._watchdog.close()

    def _close(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None
        self._tabs = []

    def visit(self, paths: Iterable[str], seconds: float = _SECONDS) -> Iterator[Visit]:
        """Visit pages and poke everything on them; a path may carry a search, ``index.html?q=...``."""
        waiting = list(paths)
        for start in range(0, len(waiting), self._count):
            batch = waiting[start : start + self._count]
            tabs = self._open()
            visits = [tab.begin(path) for tab, path in zip(tabs, batch, strict=False)]
            hung = [not tab.end(seconds) for tab, _ in zip(tabs, batch, strict=False)]
            if any(hung):
                self._close()
            self._watchdog.beat()
            yield from visits

    def _open(self) -> Sequence["_Tab"]:
        if self._context is None:
            self._context = self._browser.new_context(
                bypass_csp=not self._policy,
                viewport={"width": self._width, "height": 800},
                service_workers="block",
                permissions=["clipboard-read", "clipboard-write"],
                # Whatever is not ours goes to the server all the same, which says so.
                proxy={"server": self._server.origin, "bypass": self._server.host},
            )
            self._context.add_init_script(_SCRIPT.replace("TOKEN", self._token))
            self._tabs = [_Tab(self._context, self._server, self._token) for _ in range(self._count)]
        return self._tabs


class _Tab:
    def __init__(self, context: BrowserContext, server: Server, token: str) -> None:
        self._server, self._token = server, token
        self._visit = Visit("")
        self._address = ""
        self._page = context.new_page()
        self._listen(self._page)

    def begin(self, path: str) -> Visit:
        self._visit = Visit(path)
        self._address = f"{self._server.origin}/{path}"
        with contextlib.suppress(PlaywrightError):
            self._page.goto(self._address, wait_until="commit", timeout=_SECONDS * 1000)
        return self._visit

    def end(self, seconds: float) -> bool:
        """Wait for the verdict; False where the page hangs."""
        if not self._visit.state:
            with contextlib.suppress(PlaywrightError):
                self._page.wait_for_event(
                    "console", lambda _: bool(self._visit.state), timeout=seconds * 1000
                )
        return bool(self._visit.state)

    def _listen(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._visit.complaints.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self._ask(request.url))
        page.on("framenavigated", self._go)
        page.on("popup", self._close)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.text.startswith(self._token):
            what, detail = json.loads(message.text.removeprefix(self._token))
            if what == "fired":
                self._visit.fired.append(detail)
            elif what == "violation":
                self._visit.violations.append(detail)
            elif detail["address"] == self._address:
                self._visit.state = detail
        elif message.type == "error":
            self._visit.complaints.append(message.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self._visit.fired.append(dialog.type)
        dialog.dismiss()

    def _close(self, window: Page) -> None:
        self._visit.moves.append(window.url)
        window.close()

    def _ask(self, url: str) -> None:
        if not url.startswith((f"{self._server.origin}/", "data:", "blob:")):
            self._visit.requests.append(url)

    def _go(self, frame: Frame) -> None:
        # A search leaves its words behind when it is closed.
        here, there = (url.partition("?")[0].partition("#")[0] for url in (self._address, frame.url))
        if frame.parent_frame is None and here != there:
            self._visit.moves.append(frame.url)


def searching(text: str) -> str:
    """The path of the home page with a search for `text` opened on it."""
    return f"index.html?q={quote(text, safe='')}"
