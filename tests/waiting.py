"""Waiting for what others do, for as long as a busy machine may need."""

import time
from collections.abc import Callable


def happens(what: Callable[[], object], seconds: float = 60) -> bool:
    """Wait until something is so; tell whether it came to be."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.01)
    return bool(found)
