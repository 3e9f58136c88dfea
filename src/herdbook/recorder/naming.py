"""The names that a catalog has for runs and experiments; those that differ only in case are one."""

import contextlib
import os
from pathlib import Path


def spelled(experiment: str, catalog: Path) -> str:
    """The name of an experiment, as it is spelled in a catalog that has it already."""
    names = _names(catalog / "runs")
    return experiment if experiment in names else _alike(experiment, names) or experiment


def taken(run_id: str, catalog: Path) -> str:
    """The run of this name that a catalog has already, in any experiment; empty when the name is free."""
    runs = catalog / "runs"
    found = (_alike(f"{run_id}.yaml", _names(runs / experiment)) for experiment in _names(runs))
    return next(filter(None, found), "").removesuffix(".yaml")


def _alike(name: str, names: list[str]) -> str:
    folded = name.casefold()
    # Where there are very many names, one look at all of them is cheaper than one at each.
    if folded not in "/".join(names).casefold():
        return ""
    return min((known for known in names if known.casefold() == folded), default="")


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208  # a path for each of very many files takes long
    return []
