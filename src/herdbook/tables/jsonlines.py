"""Tables with an object of JSON on each line."""

import json
from collections.abc import Iterator
from typing import IO, Any

from herdbook.tables.packed import LONGEST_LINE
from herdbook.tables.parts import MOST_COLUMNS, Column, Reading, Table, TableError, table_of
from herdbook.tables.types import BOOLEAN, INTEGER, NUMBER, UNKNOWN, type_in_time

_OBJECT, _ARRAY = "object", "array"
_TYPES = {bool: BOOLEAN, int: INTEGER, float: NUMBER, dict: _OBJECT, list: _ARRAY}
_LEFT_OUT = "mend the line, or leave rows and columns out with --no-columns"


def read_json_lines(stream: IO[bytes], name: str, reading: Reading) -> Table:
    """Read a table with an object on each line; blank lines are none.

    Raises:
        TableError: a line holds no object.
    """
    count = 0
    filled: dict[str, int] = {}
    types: dict[str, set[str]] = {}
    for number, line in _lines(stream, name):
        count += 1
        for key, value in _object(line, f"{name}, line {number}").items():
            if key not in types:
                filled[key], types[key] = 0, set()
            if value is None or (isinstance(value, str) and value in reading.missing):
                continue
            filled[key] += 1
            types[key].add(type_in_time(value) if isinstance(value, str) else _TYPES[type(value)])
        if len(types) > 10 * MOST_COLUMNS:
            raise TableError(
                f"{name}, line {number}: there are more than {10 * MOST_COLUMNS:,} keys by now, so this is "
                "no table; leave rows and columns out with --no-columns"
            )
    columns = [Column(key, _joined(types[key]), filled[key] < count) for key in types]
    blank = next((place for place, column in enumerate(columns, 1) if not column.name.strip()), 0)
    if blank:
        raise TableError(
            f"{name}: key {blank} is blank; name it, or leave rows and columns out with --no-columns"
        )
    return table_of(count, columns, [] if count else ["The file holds no line."], name)


def _lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise TableError(
                f"{name}, line {number}: the line has more than {LONGEST_LINE:,} bytes; {_LEFT_OUT}"
            )
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise TableError(f"{where}: byte {error.start} is no UTF-8; {_LEFT_OUT}") from error
    except RecursionError as error:
        raise TableError(f"{where}: the line is nested too deep; {_LEFT_OUT}") from error
    except ValueError as error:
        raise TableError(f"{where}: no JSON ({error}); {_LEFT_OUT}") from error
    if not isinstance(value, dict):
        raise TableError(f"{where}: the line holds no object; {_LEFT_OUT}")
    return value


def _integer(text: str) -> int:
    # How large it is makes no difference to its type, but would take long to find out.
    return 0


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands there twice")
    return found


def _joined(types: set[str]) -> str:
    if types == {INTEGER, NUMBER}:
        return NUMBER
    return " or ".join(sorted(types)) or UNKNOWN
