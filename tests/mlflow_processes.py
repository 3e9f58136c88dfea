"""Servers of MLflow itself, in the environment of the newest release, on free ports of this machine."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from foreign import python_of

_PATIENCE = 120


@contextmanager
def mlflow_serving(words: Sequence[str], health: str, folder: Path, **environ: str) -> Iterator[str]:
    """Run a command of MLflow that serves; give its address once it does.

    Args:
        words: the command, without host and port.
        health: the path at which it says that it is up.
        folder: where it runs, an empty folder.
        environ: more of its environment.
    """
    programs = python_of("mlflow").parent
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder.with_name(f"{folder.name}.log")
    environment = {
        "HOME": str(folder.with_name(f"{folder.name}-home")),
        "LC_ALL": "C.UTF-8",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        **environ,
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [programs / "mlflow", *words, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            until = time.monotonic() + _PATIENCE
            while not _is_up(f"{address}{health}"):
                if process.poll() is not None or time.monotonic() > until:
                    raise AssertionError(log.read_text(errors="replace")[-5_000:])
                time.sleep(0.2)
            yield address
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(3)


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
