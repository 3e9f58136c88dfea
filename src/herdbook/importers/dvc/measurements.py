"""What stages measured, from the files that they write it into."""

import json
import math
import posixpath
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.importers.dvc.values import leaves
from herdbook.reader import parse_yaml
from herdbook.tree import MAX_BYTES

_TOO_LARGE = 2**63
"""Whole numbers from here on are no longer exact in a catalog."""
_READERS: Mapping[str, Callable[[bytes], Any]] = {
    ".json": json.loads,
    ".yaml": lambda raw: parse_yaml(raw).value,
    ".yml": lambda raw: parse_yaml(raw).value,
    ".toml": lambda raw: tomllib.loads(raw.decode()),
}


def is_readable(path: str) -> bool:
    """Whether a file may hold numbers with names, by how its name ends."""
    return posixpath.splitext(path)[1] in _READERS


def numbers(path: str, raw: bytes) -> dict[str, float]:
    """The finite numbers in a file, by dotted names.

    Raises:
        ValueError: it cannot be read; the message says why.
    """
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it holds more than {MAX_BYTES:,} bytes")
    try:
        value = _READERS[posixpath.splitext(path)[1]](raw)
    except (HerdbookError, RecursionError) as error:
        raise ValueError(str(error)) from error
    found = ((name, _number(item)) for name, item in leaves(value))
    return {name: number for name, number in found if number is not None}


def _number(value: Any) -> float | None:
    """A finite number that a file can hold, and nothing for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        rough = float(value)
    except OverflowError:
        return None
    if not math.isfinite(rough):
        return None
    return value if abs(value) < _TOO_LARGE else rough
