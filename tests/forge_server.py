"""A forge's API on this machine: answers as it is told, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
"""A status, and what is sent: bytes as they are, all else as JSON; and headers, if any."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Forge:
    """The server: its address, what it answers, what it was asked."""

    url: str
    answers: Callable[[Question], Answer]
    asked: list[Question] = field(default_factory=list)


@contextmanager
def forge(answers: Callable[[Question], Answer]) -> Iterator[Forge]:
    """Run a forge that answers questions."""
    found = Forge("", answers)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            body = json.loads(self.rfile.read(length)) if length else None
            question = Question(self.command, parts.path, query, dict(self.headers), body)
            found.asked.append(question)
            status, said, *headers = found.answers(question)
            raw = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{found.url}/elsewhere")
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def paged(items: list[Any], question: Question) -> Answer:
    """Give the page of a list that was asked for, as forges do."""
    size = int(question.query.get("per_page", "30"))
    page = int(question.query.get("page", "1"))
    return 200, items[(page - 1) * size : page * size]
