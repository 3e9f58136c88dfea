"""A web server for looking at the site while its catalog is being edited. It answers this machine only."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from herdbook.errors import HerdbookError, StorageError

HOST: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.5


class WebServer(ThreadingHTTPServer):
    """A web server for browsers, which open several connections at once, to each of several pages."""

    # Of more than five that are not yet taken up, those of the base class would be left to try again.
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: browsers let go of what they load whenever somebody goes on to another page."""


def serve(
    rebuild: Callable[[], object],
    watched: Iterable[Path],
    out: Path,
    port: int,
    say: Callable[[str], object],
    stop: threading.Event | None = None,
) -> None:
    """Build, serve `out` at ``http://127.0.0.1:<port>/``, and build again whenever a watched folder changes.

    Returns when `stop` is set, or on Ctrl-C. A build that fails is told through `say`; the old site stays up.

    Args:
        rebuild: builds the site.
        watched: folders whose files are watched.
        out: the folder of the site.
        port: the port; 0 takes a free one.
        say: told, in one line each, what happens.
        stop: ends the serving when set.

    Raises:
        HerdbookError: the first build failed.
        StorageError: the port is taken.
    """
    stop = stop or threading.Event()
    folders = tuple(watched)
    seen = state_of(folders)
    rebuild()
    try:
        server = WebServer((HOST, port), partial(_Handler, directory=str(out)))
    except OSError as error:
        raise StorageError(
            f"port {port} cannot be used: {error.strerror}; give another with --port"
        ) from error
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(f"Serving {out} at http://{HOST}:{server.server_port}/ (Ctrl-C ends it)")
        try:
            while not stop.wait(_POLL_SECONDS):
                now = state_of(folders)
                if now != seen:
                    seen = now
                    _rebuild(rebuild, say)
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown()


def _rebuild(rebuild: Callable[[], object], say: Callable[[str], object]) -> None:
    try:
        rebuild()
    except HerdbookError as error:
        say(f"{error} (the site as it was before is still served)")
    else:
        say("Built again.")


def state_of(folders: Iterable[Path]) -> Mapping[str, tuple[int, int]]:
    """Return time of change and size of every file below `folders`: another state, another content."""
    state = {}
    for folder in folders:
        for base, _, names in os.walk(folder):
            for name in names:
                path = Path(base, name)
                try:
                    status = path.lstat()
                except OSError:
                    # Gone since it was listed; that is a change too, and the next look will see it.
                    continue
                state[str(path)] = (status.st_mtime_ns, status.st_size)
    return state


class _Handler(SimpleHTTPRequestHandler):
    """Serves files, and only to requests for this machine: no site can read along by taking its name."""

    def send_head(self):  # type: ignore[no-untyped-def]  # the base class declares no type that can be named
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in {HOST, "localhost"}:
            self.send_error(HTTPStatus.FORBIDDEN, "Only for this machine")
            return None
        try:
            return super().send_head()
        except ValueError:  # no file can be called so
            self.send_error(HTTPStatus.NOT_FOUND)
            return None

    def guess_type(self, path: "str | os.PathLike[str]") -> str:
        # Browsers take a text that says nothing of its encoding for that of Windows.
        kind = super().guess_type(path)
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: only builds are worth a line."""
