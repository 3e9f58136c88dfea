"""Herdbook: the register of models that lives in git."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from herdbook.api import Catalog as Catalog
    from herdbook.api import LineageError as LineageError
    from herdbook.api import RefusedError as RefusedError
    from herdbook.api import assert_run_lineage as assert_run_lineage
    from herdbook.api import load as load
    from herdbook.errors import HerdbookError as HerdbookError
    from herdbook.recorder import ActiveRun as ActiveRun
    from herdbook.recorder import HerdbookWarning as HerdbookWarning
    from herdbook.recorder import active_run as active_run
    from herdbook.recorder import start_run as start_run

__version__ = "0.1.0"

_OFFERED_BY = {
    "ActiveRun": "recorder",
    "Catalog": "api",
    "HerdbookError": "errors",
    "HerdbookWarning": "recorder",
    "LineageError": "api",
    "RefusedError": "api",
    "active_run": "recorder",
    "assert_run_lineage": "api",
    "load": "api",
    "start_run": "recorder",
}


def __getattr__(name: str) -> object:
    """Offer what the package offers without loading what that needs before somebody asks."""
    if name in _OFFERED_BY:
        from importlib import import_module

        return getattr(import_module(f"herdbook.{_OFFERED_BY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
