"""Jobs that a copy of this process does beside it: about half of a long list, or a single one."""

import atexit
import contextlib
import gc
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import IO, Any, Final, Never, TypeVar

T = TypeVar("T")

# How many of how many jobs in a row this process does: at most half, as it also goes on with all results.
# Long turns keep small jobs from being sent one by one; of large ones, few fit into the pipe.
SMALL_JOBS: Final = (7, 16)
LARGE_JOBS: Final = (1, 2)
_NONE_HERE: Final = (0, 1)
# Room for the answers of a few chunks, so that neither process waits long for the other.
_PIPE: Final = 1 << 20


def can_share() -> bool:
    """Tell whether this system copies processes, and runs two of them at once."""
    # Elsewhere the libraries of the system do not bear being copied.
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def in_order(
    jobs: Iterable[Callable[[], T]], *, share: bool, turn: tuple[int, int] = SMALL_JOBS
) -> Iterator[T]:
    """Yield what each job returns, in order; with `share`, a copy of this process does about half of them.

    The copy sees everything as it is when the first result is asked for. Where it fails, or none can be made,
    this process does its jobs as well: an error is met, and raised, here.
    """
    if not share:
        for job in jobs:
            yield job()
        return
    reading, writing = os.pipe()
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    try:
        process = _copied(jobs, reading, writing, turn)
    except OSError:
        os.close(reading)
        yield from in_order(jobs, share=False)
        return
    try:
        with os.fdopen(reading, "rb", buffering=_PIPE) as answers:
            alone = False
            for index, job in enumerate(jobs):
                answer = None if alone or not _is_for_copy(index, turn) else _next(answers)
                alone = alone or (answer is None and _is_for_copy(index, turn))
                yield job() if answer is None else answer[0]
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def aside(job: Callable[[], T]) -> Callable[[], T | None]:
    """Have a copy of this process do a job, as everything is now, while this one goes on.

    This process does not end before the job is done. Where no copy can be made, it does the job itself.

    Returns:
        What waits for the job and returns what it returned; `None` where it failed.
    """
    reading, writing = os.pipe()
    try:
        process = _copied([job], reading, writing, _NONE_HERE)
    except OSError:
        os.close(reading)
        done = job()
        return lambda: done

    @cache
    def result() -> T | None:
        with os.fdopen(reading, "rb") as answers:
            answer = _next(answers)
        os.waitpid(process, 0)
        atexit.unregister(result)
        return None if answer is None else answer[0]

    atexit.register(result)
    return result


def _copied(jobs: Iterable[Callable[[], object]], reading: int, writing: int, turn: tuple[int, int]) -> int:
    """Make a copy of this process that does its part of some jobs, and tell its number.

    Raises:
        OSError: none can be made: there is no room for it.
    """
    try:
        with warnings.catch_warnings():
            # Python warns of other threads, which a copy does not have; it only does jobs and waits for none.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            os.close(reading)
            _work(jobs, writing, turn)
    finally:
        os.close(writing)
    return process


def _is_for_copy(index: int, turn: tuple[int, int]) -> bool:
    own, all_in_turn = turn
    return index % all_in_turn >= own


def _next(answers: IO[bytes]) -> tuple[Any] | None:
    """Return the next answer of the copy; None where it has come to an end before its time."""
    try:
        return (pickle.load(answers),)
    except (EOFError, pickle.UnpicklingError):
        return None


def _work(jobs: Iterable[Callable[[], object]], writing: int, turn: tuple[int, int]) -> Never:
    """Do the jobs of the copy, and end it at once: what a program does at its end is left to the other."""
    code = 1
    try:
        # What is there already stays; looking through it for garbage would only copy it.
        gc.freeze()
        with os.fdopen(writing, "wb") as answers:
            for index, job in enumerate(jobs):
                if _is_for_copy(index, turn):
                    pickle.dump(job(), answers, pickle.HIGHEST_PROTOCOL)
                    answers.flush()
        code = 0
    finally:
        os._exit(code)
