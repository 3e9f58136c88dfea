import contextlib
import http.client
import http.server
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from herdbook.errors import HerdbookError, StorageError
from herdbook.site.serve import WebServer, serve
from waiting import happens


@contextmanager
def served(tmp_path: Path, rebuild: object) -> Iterator[tuple[int, list[str]]]:
    said: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(
        target=serve, args=(rebuild, [tmp_path / "catalog"], tmp_path / "site", 0, said.append, stop)
    )
    thread.start()
    try:
        assert happens(lambda: said)
        yield int(said[0].split("127.0.0.1:")[1].split("/")[0]), said
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def test_as_many_connections_wait_as_browsers_open_at_once() -> None:
    with (
        WebServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server,
        contextlib.ExitStack() as connections,
    ):
        for _ in range(40):
            connections.enter_context(socket.create_connection(("127.0.0.1", server.server_port), timeout=5))


class Build:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times = 0
        (folder / "catalog").mkdir()
        (folder / "site").mkdir()

    def __call__(self) -> None:
        self.times += 1
        text = "".join(path.read_text() for path in sorted((self.folder / "catalog").rglob("*.yaml")))
        if "broken" in text:
            raise HerdbookError("catalog/x.yaml:1:1: broken")
        (self.folder / "site" / "index.html").write_text(text)
        (self.folder / "site" / "404.html").write_text("nothing here")


def test_the_site_is_served_and_built_again_when_a_file_changes(tmp_path: Path) -> None:
    build = Build(tmp_path)
    (tmp_path / "catalog" / "a.yaml").write_text("one")
    with served(tmp_path, build) as (port, said):
        assert get(port, "/") == (200, b"one")
        # Moved there, as a file that is half written would be seen twice.
        (tmp_path / "b.yaml").write_text(" two")
        (tmp_path / "b.yaml").rename(tmp_path / "catalog" / "b.yaml")
        assert happens(lambda: len(said) > 1)
        assert get(port, "/index.html") == (200, b"one two")
        (tmp_path / "catalog" / "a.yaml").unlink()
        assert happens(lambda: len(said) > 2)
        assert get(port, "/index.html") == (200, b" two")
        assert said[1:] == ["Built again."] * 2
        time.sleep(0.7)
        assert build.times == 3


def test_a_failing_build_keeps_the_old_site_and_says_why(tmp_path: Path) -> None:
    with served(tmp_path, Build(tmp_path)) as (port, said):
        (tmp_path / "catalog" / "a.yaml").write_text("broken")
        assert happens(lambda: len(said) > 1)
        assert said[1] == "catalog/x.yaml:1:1: broken (the site as it was before is still served)"
        assert get(port, "/")[0] == 200
        (tmp_path / "catalog" / "a.yaml").write_text("mended")
        assert happens(lambda: get(port, "/") == (200, b"mended"))


@pytest.mark.parametrize("name", ["index.html", "llms.txt", "models/churn/1.md"])
def test_texts_say_how_they_are_encoded(tmp_path: Path, name: str) -> None:
    with served(tmp_path, Build(tmp_path)) as (port, _):
        file = tmp_path / "site" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("Müller", encoding="utf-8")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}") as answer:
            assert answer.headers.get_content_charset() == "utf-8"


def test_dead_links_show_our_page_and_other_hosts_get_nothing(tmp_path: Path) -> None:
    with served(tmp_path, Build(tmp_path)) as (port, _):
        assert get(port, "/nowhere.html") == (404, b"nothing here")
        assert get(port, "/", "evil.example:80")[0] == 403
        assert get(port, "/", f"localhost:{port}")[0] == 200
        assert get(port, "/../catalog/../../etc/passwd")[0] == 404


def test_what_goes_wrong_with_a_request_is_no_matter_for_who_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A browser that goes on to another page lets go of what it was still loading."""
    build = Build(tmp_path)
    (tmp_path / "site" / "large.bin").write_bytes(b"0" * 50_000_000)
    with served(tmp_path, build) as (port, _):
        assert get(port, "/%00") == (404, b"nothing here")
        threads = threading.active_count()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as gone:
            gone.sendall(b"GET /large.bin HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert gone.recv(1)
        assert happens(lambda: threading.active_count() <= threads)
        assert get(port, "/")[0] == 200
    assert capsys.readouterr().err == ""


def test_a_first_build_that_fails_ends_the_serving(tmp_path: Path) -> None:
    build = Build(tmp_path)
    (tmp_path / "catalog" / "a.yaml").write_text("broken")
    with pytest.raises(HerdbookError, match="broken"):
        serve(build, [tmp_path / "catalog"], tmp_path / "site", 0, print)


def test_a_port_that_is_taken_is_a_message(tmp_path: Path) -> None:
    build = Build(tmp_path)
    with (
        served(tmp_path, build) as (port, _),
        pytest.raises(StorageError, match=f"port {port} cannot be used"),
    ):
        serve(build, [tmp_path / "catalog"], tmp_path / "site", port, print)
