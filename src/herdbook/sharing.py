"""Jobs that copies of this process do beside it: some of a list, all of a very long one, or a single one."""

import atexit
import contextlib
import gc
import os
import pickle
import signal
import sys
import warnings
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import IO, Any, Final, Never, TypeVar

T = TypeVar("T")

_COPIES: Final = 2
# In turns a copy does so many jobs in a row, and a fresh one takes over after so many of all: with fewer it
# would remember too little, with more it would hold half a gigabyte of a catalog of 100,000 entries.
_TURN: Final = 8
_STRETCH: Final = 1_024
# Room for the answers of a few chunks, so that neither process waits long for the other.
_PIPE: Final = 1 << 20


def can_share() -> bool:
    """Tell whether this system copies processes, and runs two of them at once."""
    # Elsewhere the libraries of the system do not bear being copied.
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def in_order(jobs: Iterable[Callable[[], T]], *, share: bool) -> Iterator[T]:
    """Yield what each job returns, in order; with `share`, a copy of this process does some of them.

    Whoever is free takes the next one; the copy begins before the first result is asked for, and sees all as
    it is now. Where it fails, or none can be made, this process does its jobs, too: an error is met, and
    raised, here.
    """
    if not share:
        return _one_by_one(jobs)
    all_jobs = list(jobs)
    try:
        numbers = _Numbers(len(all_jobs))
    except OSError:
        return _one_by_one(all_jobs)
    return _in_order(all_jobs, numbers, _Copy(map(all_jobs.__getitem__, numbers)))


def _in_order(jobs: Sequence[Callable[[], T]], numbers: "_Numbers", copy: "_Copy") -> Iterator[T]:
    done = 0
    with contextlib.closing(numbers), contextlib.closing(copy):
        for number in numbers:
            result = jobs[number]()
            for job in jobs[done:number]:  # the copy took them
                yield copy.result(job)
            yield result
            done = number + 1
        for job in jobs[done:]:
            yield copy.result(job)


def in_turns(jobs: Iterable[Callable[[], T]], *, share: bool) -> Generator[T, None, None]:
    """Yield what each of very many jobs returns, in order; with `share`, two copies of this process do them.

    Fresh copies take over after every thousand jobs. What the jobs remember, and what is copied because they
    look at it, goes with the old ones, so that memory does not grow with the number of jobs.

    A copy sees everything as it is when the first result of its stretch is asked for. Where one fails, or
    none can be made, this process does its jobs: an error is met, and raised, here. Copies end with the
    generator: close it where something goes wrong before it is through.
    """
    if not share:
        yield from _one_by_one(jobs)
        return
    rest = iter(jobs)
    while stretch := list(islice(rest, _STRETCH)):
        yield from _by_copies(stretch)


def _one_by_one(jobs: Iterable[Callable[[], T]]) -> Iterator[T]:
    for job in jobs:
        yield job()


def _by_copies(jobs: Sequence[Callable[[], T]]) -> Iterator[T]:
    def turn_of(number: int) -> Iterator[Callable[[], T]]:
        return (job for index, job in enumerate(jobs) if index // _TURN % _COPIES == number)

    with contextlib.ExitStack() as stack:
        copies = [
            stack.enter_context(contextlib.closing(_Copy(turn_of(number)))) for number in range(_COPIES)
        ]
        for index, job in enumerate(jobs):
            yield copies[index // _TURN % _COPIES].result(job)


def aside(job: Callable[[], T]) -> Callable[[], T | None]:
    """Have a copy of this process do a job, as everything is now, while this one goes on.

    This process does not end before the job is done. Where no copy can be made, it does the job itself.

    Returns:
        What waits for the job and returns what it returned; `None` where it failed.
    """
    try:
        process, answers = _copied([job])
    except OSError:
        done = job()
        return lambda: done

    @cache
    def result() -> T | None:
        with answers:
            answer = _next(answers)
        os.waitpid(process, 0)
        atexit.unregister(result)
        return None if answer is None else answer[0]

    atexit.register(result)
    return result


class _Numbers:
    """The numbers of jobs, each of which goes to one process only, to that which asks first."""

    def __init__(self, count: int) -> None:
        """Write them into a pipe, out of which this process and copies of it read.

        Raises:
            OSError: there is no room for them: a pipe holds those of some ten thousand jobs.
        """
        self._handle, writing = os.pipe()
        numbers = array("I", range(count)).tobytes()
        try:
            os.set_blocking(writing, False)
            if count and os.write(writing, numbers) < len(numbers):
                raise BlockingIOError
        except OSError:
            self.close()
            raise
        finally:
            os.close(writing)

    def __iter__(self) -> Iterator[int]:
        while number := os.read(self._handle, array("I").itemsize):
            yield int.from_bytes(number, sys.byteorder)

    def close(self) -> None:
        """Forget them."""
        os.close(self._handle)


class _Copy:
    """A copy of this process that does some jobs."""

    def __init__(self, jobs: Iterable[Callable[[], object]]) -> None:
        """Have it begin."""
        self._process: int | None = None
        with contextlib.suppress(OSError):
            self._process, self._answers = _copied(jobs)
        self._works = self._process is not None

    def result(self, job: Callable[[], T]) -> T:
        """The result of its next job, which is this one; where it has failed, the job is done here."""
        answer = _next(self._answers) if self._works else None
        self._works = answer is not None
        return job() if answer is None else answer[0]

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._answers.close()
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _copied(jobs: Iterable[Callable[[], object]]) -> tuple[int, IO[bytes]]:
    """Make a copy of this process that does some jobs; return its number, and its answers.

    Raises:
        OSError: none can be made: there is no room for it.
    """
    reading, writing = os.pipe()
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
    try:
        with warnings.catch_warnings():
            # Python warns of other threads, which a copy does not have; it only does jobs and waits for none.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
        if process == 0:
            os.close(reading)
            _work(jobs, writing)
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return process, os.fdopen(reading, "rb", buffering=_PIPE)


def _next(answers: IO[bytes]) -> tuple[Any] | None:
    """Return the next answer of the copy; None where it has come to an end before its time."""
    try:
        return (pickle.load(answers),)
    except (EOFError, pickle.UnpicklingError):
        return None


def _work(jobs: Iterable[Callable[[], object]], writing: int) -> Never:
    """Do the jobs of the copy, and end it at once: what a program does at its end is left to the other."""
    code = 1
    try:
        # What is there already stays; looking through it for garbage would only copy it.
        gc.freeze()
        with os.fdopen(writing, "wb") as answers:
            for job in jobs:
                pickle.dump(job(), answers, pickle.HIGHEST_PROTOCOL)
                answers.flush()
        code = 0
    finally:
        os._exit(code)
