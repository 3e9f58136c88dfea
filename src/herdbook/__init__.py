"""Herdbook: the register of models that lives in git."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from herdbook.recorder import ActiveRun as ActiveRun
    from herdbook.recorder import HerdbookWarning as HerdbookWarning
    from herdbook.recorder import start_run as start_run

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Offer `start_run` and `HerdbookWarning` without loading what they need before somebody asks."""
    if name in ("start_run", "ActiveRun", "HerdbookWarning"):
        from herdbook import recorder

        return getattr(recorder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
