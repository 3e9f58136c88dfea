"""Values on the command line: names with what they stand for, parameters, numbers, texts from files."""

import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from herdbook.errors import HerdbookError, unreadable
from herdbook.formats import clipped


def pairs(option: str, words: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=VALUE``, as often as an option is given.

    Raises:
        HerdbookError: one has no name or no equals sign, or a name is given twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise HerdbookError(f"{option} {_shown(word)} is no NAME=VALUE; write {option} name=value")
        if name in found:
            raise HerdbookError(f"{option} gives {_shown(name)} twice; give it once")
        found[name] = value
    return found


def numbers(option: str, words: Iterable[str]) -> dict[str, float]:
    """Read ``NAME=NUMBER``, as often as an option is given.

    Raises:
        HerdbookError: a value is no finite number.
    """
    return {name: number(option, value) for name, value in pairs(option, words).items()}


def number(option: str, text: str) -> float:
    """Read a finite number; a whole one stays whole.

    Raises:
        HerdbookError: it is none.
    """
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise HerdbookError(f"{option}: {_shown(text)} is no finite number; write one, such as 0.87")
    return value


def parameters(option: str, words: Iterable[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE``, where a value is a number, true, false, null, or a list of these, or else text."""
    return {name: _parameter(value) for name, value in pairs(option, words).items()}


def text_of(path: Path) -> str:
    """Read a text from a file, or from standard input for ``-``, with line feeds at the ends of its lines.

    Raises:
        StorageError: it cannot be read.
        HerdbookError: it is no text.
    """
    try:
        raw = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise HerdbookError(f"{path}: byte {error.start} is no UTF-8; save the file as UTF-8") from error


def given(**fields: Any) -> Mapping[str, Any]:
    """Those fields that are given; what an option leaves empty is not."""
    return {name: value for name, value in fields.items() if value not in (None, "", (), [], {})}


def _parameter(text: str) -> Any:
    from herdbook.yaml.reader import parse_yaml

    try:
        value = parse_yaml(text.encode("utf-8", "replace")).value
    except HerdbookError:
        return text
    plain = isinstance(value, bool | int | float | list) or (value is None and bool(text.strip()))
    return value if plain else text


def _shown(text: str) -> str:
    return repr(clipped(text, 80))
