"""Run a command and tell what it took.

Each command runs in a process of its own, whose resources the system tells when it ends. Should it start
others, their memory counts too, where the system lets us look (Linux).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import TIMEOUT_MAX

import herdbook

FOLDER = Path(".bench")
"""Where everything lies that measuring needs."""
PROGRAMS = Path(sys.executable).parent
_ASIDE = "aside"
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds of wall and of processor time, and bytes of memory at its peak.

    One that was stopped before its end, as patience was over, is not `whole`.
    """

    wall: float
    cpu: float
    peak: int
    whole: bool = True

    def least(self, other: "Cost") -> "Cost":
        """The lesser of both in each respect: what disturbs a measurement only ever adds to it."""
        return Cost(
            min(self.wall, other.wall),
            min(self.cpu, other.cpu),
            min(self.peak, other.peak),
            self.whole and other.whole,
        )


def measure(
    command: Sequence[str | Path], folder: Path, patience: float = TIMEOUT_MAX, **environment: str
) -> Cost:
    """Run a command in a folder, with some more variables in its environment, and tell what it took.

    When `patience` is over, after so many seconds, it is stopped.

    Raises:
        SystemExit: the command failed; what it said is shown.
    """
    with (FOLDER / "output.txt").open("w+b") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stopping = threading.Timer(patience, os.killpg, (process.pid, signal.SIGKILL))
        stopping.start()
        family = Family(process.pid)
        family.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            wall = time.perf_counter() - begun
            stopping.cancel()
            family.over.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        whole = process.returncode != -signal.SIGKILL or wall < patience
        if whole and process.returncode != 0:
            output.seek(0)
            sys.exit(
                f"{' '.join(map(str, command[:3]))} failed:\n{output.read().decode(errors='replace')[-2000:]}"
            )
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss * unit, family.peak), whole)


def compiled() -> None:
    """Let Python compile our modules: where it may not keep them, each command would do it anew."""
    # In a process of its own: a child's peak memory counts from what its parent holds.
    subprocess.run([sys.executable, "-m", "compileall", "-q", Path(herdbook.__file__).parent], check=True)


def put_aside(folder: Path) -> None:
    """Make room where a folder may stand; it is removed when all is measured, by `cleared`.

    For minutes after many files were removed, ext4 takes several times as long to make each new one nearby.
    """
    if folder.exists():
        aside = FOLDER / _ASIDE
        aside.mkdir(exist_ok=True)
        folder.rename(aside / str(time.time_ns()))


def cleared() -> None:
    """Remove what was put aside, which may be sites of 500,000 files."""
    # In a process of its own, too: their names take 100 MB.
    code = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"
    subprocess.run([sys.executable, "-c", code, FOLDER / _ASIDE], check=True)


def settled() -> None:
    """Wait until what was just written counts as finished: before that, nothing is kept of it."""
    time.sleep(2.1)


def least_of(rounds: int, measured: Callable[[], Cost]) -> Cost:
    """Measure so often, and give the least of each."""
    cost = measured()
    for _ in range(rounds - 1):
        cost = cost.least(measured())
    return cost


class Family(threading.Thread):
    """Watches the memory of a process and its descendants together; what they share counts once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()

    def run(self) -> None:
        pause = _PAUSE
        while not self.over.wait(pause):
            begun = time.perf_counter()
            self.peak = max(self.peak, self._memory(self.pid))
            # A look takes the longer the more memory there is, and disturbs what is measured.
            pause = max(_PAUSE, 50 * (time.perf_counter() - begun))

    def _memory(self, pid: int) -> int:
        own = Path("/proc", str(pid))
        try:
            children = (own / "task" / str(pid) / "children").read_text().split()
            shares = [line.split() for line in (own / "smaps_rollup").read_text().splitlines()]
        except OSError:  # it has ended, or this is not Linux
            return 0
        kilobytes = sum(int(words[1]) for words in shares if words[0] == "Pss:")
        return kilobytes * 1024 + sum(self._memory(int(child)) for child in children)
