"""What stages measured, from the files that they write it into."""

import json
import math
import posixpath
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.importers.dvc.values import leaves
from herdbook.tree import MAX_BYTES
from herdbook.yaml.foreign import read_foreign
from herdbook.yaml.scalars import rounded

_LONGEST = 400
"""How many signs a whole number in JSON has that may be finite; Python refuses those of ten times as many."""
_READERS: Mapping[str, Callable[[bytes], Any]] = {
    ".json": lambda raw: json.loads(
        raw, parse_int=lambda text: int(text) if len(text) <= _LONGEST else float(text)
    ),
    ".yaml": read_foreign,
    ".yml": read_foreign,
    ".toml": lambda raw: tomllib.loads(raw.decode()),
}


def is_readable(path: str) -> bool:
    """Whether a file may hold numbers with names, by how its name ends."""
    return posixpath.splitext(path)[1] in _READERS


@dataclass(frozen=True, slots=True)
class Measured:
    """What is in a file, by dotted names.

    Attributes:
        numbers: the finite numbers.
        not_finite: the names of the others.
    """

    numbers: Mapping[str, float]
    not_finite: Sequence[str]


def measured(path: str, raw: bytes) -> Measured:
    """The numbers in a file.

    Raises:
        ValueError: it cannot be read; the message says why.
    """
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it holds more than {MAX_BYTES:,} bytes")
    try:
        value = _READERS[posixpath.splitext(path)[1]](raw)
    except (HerdbookError, RecursionError) as error:
        raise ValueError(str(error)) from error
    found = {name: rounded(item) for name, item in leaves(value) if _is_number(item)}
    return Measured(
        {name: number for name, number in found.items() if math.isfinite(number)},
        [name for name, number in found.items() if not math.isfinite(number)],
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
