import gc
import re
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from work import bounded, steps


def once_each(size: int) -> int:
    return sum(number for number in range(size))


def once_per_pair(size: int) -> int:
    return sum(1 for _ in range(size) for _ in range(size))


def calls_in_c(size: int) -> list[str]:
    return list(map(str.upper, "a" * size)) + [text.upper() for text in "a" * size]


@pytest.mark.parametrize(("work", "growth"), [(once_each, 4), (once_per_pair, 16), (calls_in_c, 4)])
def test_steps_grow_as_the_work_does(work: Callable[[int], object], growth: int) -> None:
    small, large = (steps(partial(work, size)) for size in (1_000 // growth, 4_000 // growth))
    assert large == pytest.approx(growth * small, rel=0.1)


def test_the_same_work_is_as_many_steps_each_time() -> None:
    assert len({steps(lambda: once_per_pair(20)) for _ in range(5)}) == 1


def test_a_loop_on_one_line_is_counted_round_by_round() -> None:
    def work(size: int) -> None:
        # That it stands on one line is what is tried.
        while size: size -= 1  # noqa: E701  # fmt: skip

    assert steps(lambda: work(1_000)) > 1_000


def test_counting_leaves_behind_what_was_there_before() -> None:
    def trace(*_: Any) -> None: ...
    def profile(*_: Any) -> None: ...

    former = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        with pytest.raises(ZeroDivisionError):
            steps(lambda: 1 / 0)
        found = sys.gettrace(), sys.getprofile()
    finally:
        sys.settrace(former[0])
        sys.setprofile(former[1])
    assert found == (trace, profile)
    assert gc.isenabled()


def test_a_pattern_that_tries_again_and_again_is_ended() -> None:
    former = signal.getsignal(signal.SIGPROF)
    with pytest.raises(pytest.fail.Exception, match=r"not done after 0\.05 seconds"), bounded(0.05):
        re.fullmatch("(?:a+)+b", "a" * 64)
    assert signal.getsignal(signal.SIGPROF) is former
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_what_is_done_in_time_passes() -> None:
    with bounded(60):
        assert re.fullmatch("a+b", "a" * 64) is None
