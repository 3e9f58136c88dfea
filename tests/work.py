"""What code costs, told without a clock: that of a busy machine tells of others' work as well.

Where Python does the work, its steps are counted: they are as many on every machine. What happens inside a
function written in C, such as a search by a pattern, is one step however long it takes; there, a text is so
long that trying again and again would take many minutes, and is given one.
"""

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest


def steps(call: Callable[[], object]) -> int:
    """Count the lines that Python goes through in a call, and the calls in it, also of functions in C.

    What is done only once, such as imports, belongs before it, and so does what later calls find in a cache.
    """
    count = 0

    def line(frame: FrameType, event: str, value: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call_in_c(frame: FrameType, event: str, value: Any) -> None:
        nonlocal count
        count += event == "c_call"

    tracing, profiling, collecting = sys.gettrace(), sys.getprofile(), gc.isenabled()
    gc.disable()  # what it calls would count, too
    with bounded():
        try:
            sys.setprofile(call_in_c)
            sys.settrace(line)
            call()
        finally:
            sys.settrace(tracing)
            sys.setprofile(profiling)
            if collecting:
                gc.enable()
    return count


@contextmanager
def bounded(seconds: float = 60) -> Iterator[None]:
    """Fail where code that should be done in a moment takes a minute of the processor.

    Time during which others compute does not count. Python's own patterns are interrupted, too.
    """

    def stop(*_: object) -> None:
        pytest.fail(f"not done after {seconds} seconds of the processor")

    former = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)
