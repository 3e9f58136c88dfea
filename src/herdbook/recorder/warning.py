"""How a recorder complains: never by an exception, because a run is worth more than its record."""

import functools
import sys
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class HerdbookWarning(UserWarning):
    """Something about a run was not recorded; the message says what and why."""


def warn(message: str) -> None:
    """Warn at the line of the user's code that called into the recorder."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("herdbook."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, HerdbookWarning, stacklevel=level)


def never_fails(method: Callable[P, None]) -> Callable[P, None]:
    """Turn whatever `method` raises, wrong arguments included, into a warning."""

    @functools.wraps(method)
    def safe(*arguments: P.args, **named: P.kwargs) -> None:
        try:
            method(*arguments, **named)
        except HerdbookWarning:  # the user wants warnings to be errors
            raise
        except Exception as error:
            warn(f"{method.__name__}: {error}. It was not recorded.")

    return safe


def attempt(what: str, capture: Callable[[], T]) -> T | None:
    """Return what `capture` finds out; when it cannot, warn, and return None."""
    try:
        return capture()
    except HerdbookWarning:
        raise
    except Exception as error:
        warn(f"{what}: {error}. It was not recorded.")
        return None
