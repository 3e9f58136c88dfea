"""Tests of sharing jobs with a copy of this process."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from herdbook import sharing
from herdbook.sharing import aside, can_share, in_order, in_turns
from waiting import happens

T = TypeVar("T")
Shared = Callable[..., Iterator[Any]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


def jobs(count: int, job: Callable[[int], T]) -> Iterator[Callable[[], T]]:
    return (partial(job, number) for number in range(count))


both = pytest.mark.parametrize("shared", [in_order, in_turns])


@both
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 16, 17, 100])
def test_results_come_in_the_order_of_the_jobs(shared: Shared, count: int, share: bool) -> None:
    assert list(shared(jobs(count, str), share=share)) == [str(number) for number in range(count)]


def slow(number: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def test_a_copy_does_what_this_process_has_not_begun() -> None:
    done_by = list(in_order(jobs(100, slow), share=True))
    copies = set(done_by) - {os.getpid()}
    assert len(copies) == 1
    assert 20 < done_by.count(os.getpid()) < 80


def test_a_copy_begins_before_the_first_result_is_asked_for(tmp_path: Path) -> None:
    results = in_order(jobs(5, lambda number: (tmp_path / f"{number}").touch()), share=True)
    assert happens(lambda: len(list(tmp_path.iterdir())) == 5)
    assert list(results) == [None] * 5


def test_each_job_is_done_once(tmp_path: Path) -> None:
    def job(number: int) -> int:
        with (tmp_path / "done").open("ab") as done:
            done.write(f"{number}\n".encode())
        return number

    assert list(in_order(jobs(500, job), share=True)) == list(range(500))
    assert sorted(map(int, (tmp_path / "done").read_text().split())) == list(range(500))


def test_two_copies_take_turns() -> None:
    done_by = list(in_turns(jobs(64, lambda _: os.getpid()), share=True))
    turns = [set(done_by[start : start + 8]) for start in range(0, 64, 8)]
    assert all(len(turn) == 1 for turn in turns)
    assert turns[::2] == [turns[0]] * 4
    assert turns[1::2] == [turns[1]] * 4
    assert len({os.getpid(), *turns[0], *turns[1]}) == 3


def test_fresh_copies_take_over_and_know_nothing_of_the_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_STRETCH", 32)
    remembered: list[int] = []

    def job(number: int) -> tuple[int, int]:
        remembered.append(number)
        return os.getpid(), len(remembered)

    done = list(in_turns(jobs(80, job), share=True))
    assert len({process for process, _ in done}) == 6
    assert max(count for _, count in done) == 16
    assert remembered == []


@both
def test_results_larger_than_a_pipe_come_through(shared: Shared) -> None:
    sizes = [len(str(result)) for result in shared(jobs(40, lambda number: "x" * 300_000), share=True)]
    assert sizes == [300_000] * 40


@both
def test_an_error_is_met_here(shared: Shared) -> None:
    def job(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    found: list[int] = []
    with pytest.raises(ValueError, match="five"):
        found.extend(shared(jobs(20, job), share=True))
    assert found == list(range(5))


@both
@pytest.mark.parametrize("end", ["killed", "exit", "cannot be sent"])
def test_the_jobs_of_a_copy_that_fails_are_done_here(end: str, shared: Shared) -> None:
    here = os.getpid()

    def job(number: int) -> object:
        if os.getpid() == here:
            time.sleep(0.001)
        elif number >= 11:
            if end == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if end == "exit":
                sys.exit("enough")
            return lambda: None
        return number

    assert list(shared(jobs(40, job), share=True)) == list(range(40))


@both
def test_no_copy_is_left_when_the_results_are_no_longer_wanted(shared: Shared) -> None:
    results = shared(jobs(10_000, slow), share=True)
    copies = {next(results) for _ in range(16)} - {os.getpid()}
    assert copies
    results.close()  # type: ignore[attr-defined]  # it is a generator
    for copy in copies:
        with pytest.raises(ProcessLookupError):
            os.kill(copy, 0)


ENDLESS = """
import os, sys, time
from functools import partial
from herdbook import sharing
def job(number):
    time.sleep(0.01)
    return os.getpid()
shared = getattr(sharing, sys.argv[1])
for process in shared((partial(job, number) for number in range(100_000)), share=True):
    print(process, flush=True)
"""


@both
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_copies_end_with_their_original(how: signal.Signals, shared: Shared) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, shared.__name__],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    copies = {int(process.stdout.readline()) for _ in range(16)} - {process.pid}
    process.send_signal(how)
    process.wait(timeout=60)
    process.stdout.close()
    assert happens(lambda: not any(Path(f"/proc/{copy}").exists() for copy in copies))


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
    gc.collect()  # what other tests left open
    handles = len(list(Path("/proc/self/fd").iterdir()))
    for shared in (in_order, in_turns):
        assert list(shared(jobs(20, str), share=True)) == [str(number) for number in range(20)]
    assert aside(os.getpid)() == os.getpid()
    monkeypatch.undo()
    assert list(in_order(jobs(50_000, int), share=True)) == list(range(50_000))  # more than a pipe holds
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


def test_no_process_ends_before_what_it_left_aside_is_done(tmp_path: Path) -> None:
    program = """
import sys, time
from pathlib import Path
from herdbook import sharing
from herdbook.sharing import aside

def job():
    time.sleep(0.5)
    Path(sys.argv[1]).touch()

aside(job)
"""
    done = tmp_path / "done"
    subprocess.run([sys.executable, "-c", program, done], check=True)
    assert done.exists()
