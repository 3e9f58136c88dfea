"""Tests of sharing jobs with a copy of this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from herdbook.sharing import aside, can_share, in_order

T = TypeVar("T")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


def jobs(count: int, job: Callable[[int], T]) -> Iterator[Callable[[], T]]:
    return (partial(job, number) for number in range(count))


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 16, 17, 100])
def test_results_come_in_the_order_of_the_jobs(count: int, share: bool) -> None:
    assert list(in_order(jobs(count, str), share=share)) == [str(number) for number in range(count)]


def test_a_copy_does_the_greater_half_of_the_jobs() -> None:
    done_by = list(in_order(jobs(160, lambda _: os.getpid()), share=True))
    assert len(set(done_by)) == 2
    assert 60 < done_by.count(os.getpid()) < 80


def test_results_larger_than_a_pipe_come_through() -> None:
    sizes = [len(str(result)) for result in in_order(jobs(40, lambda number: "x" * 300_000), share=True)]
    assert sizes == [300_000] * 40


def test_an_error_is_met_here() -> None:
    def job(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    found: list[int] = []
    with pytest.raises(ValueError, match="five"):
        found.extend(in_order(jobs(20, job), share=True))
    assert found == list(range(5))


@pytest.mark.parametrize("end", ["killed", "exit", "cannot be sent"])
def test_the_jobs_of_a_copy_that_fails_are_done_here(end: str) -> None:
    here = os.getpid()

    def job(number: int) -> object:
        if number == 11 and os.getpid() != here:
            if end == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if end == "exit":
                sys.exit("enough")
            return lambda: None
        return number

    assert list(in_order(jobs(40, job), share=True)) == list(range(40))


def test_no_copy_is_left_when_the_results_are_no_longer_wanted() -> None:
    results = in_order(jobs(10_000, lambda _: os.getpid()), share=True)
    copy = next(process for process in results if process != os.getpid())
    results.close()  # type: ignore[attr-defined]  # it is a generator
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)


ENDLESS = """
import os, time
from functools import partial
from herdbook.sharing import in_order
def job(number):
    time.sleep(0.01)
    return os.getpid()
for process in in_order((partial(job, number) for number in range(100_000)), share=True):
    print(process, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_copy_ends_with_its_original(how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    copy = next(int(line) for line in process.stdout if int(line) != process.pid)
    process.send_signal(how)
    process.wait(timeout=30)
    process.stdout.close()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{copy}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_sharing_asks_for_two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert not can_share()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert can_share()


def test_a_copy_does_a_job_while_this_process_goes_on(tmp_path: Path) -> None:
    go_on = tmp_path / "go on"

    def job() -> int:
        while not go_on.exists():
            time.sleep(0.01)
        return os.getpid()

    result = aside(job)
    go_on.touch()
    copy = result()
    assert copy is not None
    assert copy != os.getpid()
    assert result() == copy
    with pytest.raises(ProcessLookupError):
        os.kill(copy, 0)


@pytest.mark.parametrize("end", ["killed", "exit", "error", "cannot be sent"])
def test_a_job_aside_that_fails_has_no_result(end: str, capfd: pytest.CaptureFixture[str]) -> None:
    def job() -> object:
        if end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if end == "exit":
            sys.exit("enough")
        if end == "error":
            raise ValueError("five")
        return lambda: None

    assert aside(job)() is None
    assert capfd.readouterr() == ("", "")


def test_where_no_copy_can_be_made_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)
    handles = len(list(Path("/proc/self/fd").iterdir()))
    assert list(in_order(jobs(20, str), share=True)) == [str(number) for number in range(20)]
    assert aside(os.getpid)() == os.getpid()
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


def test_no_process_ends_before_what_it_left_aside_is_done(tmp_path: Path) -> None:
    program = """
import sys, time
from pathlib import Path
from herdbook.sharing import aside

def job():
    time.sleep(0.5)
    Path(sys.argv[1]).touch()

aside(job)
"""
    done = tmp_path / "done"
    subprocess.run([sys.executable, "-c", program, done], check=True)
    assert done.exists()
