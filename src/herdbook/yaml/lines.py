"""Read YAML line by line, where it is laid out as Herdbook and most people lay out files.

Nearly all files of a catalog are block mappings and lists whose values stand on the line of their key. For
these the events of the parser, one for each value, are a long way round, three times as long. What is
not known here for certain is left to it; whatever is returned here, the parser would have led to as well.
"""

import json
import re
from collections.abc import Sequence
from sys import intern
from typing import Any, Final

from herdbook.yaml.scalars import SPECIAL_WORDS, ScalarError, surely, taken_for, value_of

_LONGEST = 100_000
"""How many characters a text may have; fewer than one in two of the values of which a document may hold."""
_DEEPEST = 20
"""How many mappings and lists may lie in one another, once in blocks and once in brackets and braces."""

# No name is longer than the parser looks for the colon of a key, and nothing looks back over what it read:
# the time that each takes grows with the length of the text alone.
_NAME = r"[A-Za-z_](?:[\w ./()+%@-]{0,100}[\w./()+%@-])?"
_QUOTED_NAME = r'"[^"\\]{0,100}"'
_BEGIN = r"(?:[\w/($.]|-(?=[\w.]))"
_HEAD = re.compile(rf"( *)(- )?({_NAME}|{_QUOTED_NAME})(:?)")
_PLAIN = re.compile(rf"{_BEGIN}(?:[^:#]++|:(?! )|(?<! )#)*+(?<![ :])")
_QUOTED = re.compile(r'"(?:[^"\\]++|\\["\\nt])*+"')
_INSIDE = rf'{_BEGIN}(?:[^:#,\[\]{{}}"]++|:(?=[\w/])|(?<! )#)*+(?<! )|"[^"\\]*"'
_PAIR = rf"({_NAME}): ({_INSIDE})"
_FLAT = re.compile(rf"\[(?:{_INSIDE})(?:, (?:{_INSIDE}))*+\]|\{{{_PAIR}(?:, {_PAIR})*+\}}")
_ITEMS = re.compile(rf"({_INSIDE})(?:, |\]$)")
_PAIRS = re.compile(_PAIR)
_PIECE = re.compile(
    rf"(?:({_NAME}|{_QUOTED_NAME}): )?(?:([\[{{])(?![\]}}])|(\[\]|\{{\}}|{_INSIDE})([\]}}]*+)(?:, (?=.)|$))"
)
_NUMBER = r"-?[0-9]{1,18}+(?:\.[0-9]{1,40}+)?+"
_ROW = rf"\[{_NUMBER}(?:, {_NUMBER})*+\]"
_NUMBERS = re.compile(rf"\[(?:{_NUMBER}|{_ROW})(?:, (?:{_NUMBER}|{_ROW}))*+\]")
_ROW_OF_NUMBERS = re.compile(_ROW)

_Head = tuple[int, bool, str | None, bool]
"""What a line begins with: its indentation, whether a dash follows, its key, whether nothing follows that."""
_Line = tuple[int, bool, str | None, bool, Any, bool]
"""A line: what it begins with, its value, and whether that has to be copied, being a mapping or a list."""

# The same lines, keys, words and lists stand in thousands of files.
_LINES: dict[str, _Line] = {}
_HEADS: dict[str, _Head] = {}
_VALUES: dict[str, Any] = {}
_FLAT_VALUES: dict[str, Any] = {}
_MOST_LINES, _MOST_HEADS, _MOST_VALUES, _MOST_FLAT_VALUES = 2**15, 2**12, 2**15, 2**12
_LONGEST_LINE, _LONGEST_HEAD, _LONGEST_VALUE, _LONGEST_FLAT_VALUE = 110, 60, 40, 110
_COMMENT: Final = (-1, False, None, False)
_NO_ROWS: Final[list[Any]] = []


class _UnknownError(Exception):
    """Something is not known for certain."""


def read_lines(text: str) -> dict[str, Any] | None:
    """Read a document that is a mapping.

    Args:
        text: a text without forbidden characters and directives.

    Returns:
        Its value; `None` where it must be read in another way, and may be refused.
    """
    if "\t" in text or "\r" in text or len(text) > _LONGEST or not text.endswith("\n"):
        return None
    try:
        return _mapping(text.split("\n")) or None
    except _UnknownError:
        return None


def _mapping(lines: Sequence[str]) -> dict[str, Any]:
    # This loop runs for every line of a catalog.
    root: dict[str, Any] = {}
    container: Any = root
    indent = 0
    stack: list[tuple[Any, int]] = []
    opened: str | None = None  # the key behind which nothing stood on its line
    rows = _NO_ROWS
    seen, heads, values, flat_values = _LINES.get, _HEADS.get, _VALUES.get, _FLAT_VALUES.get
    at, end = 0, len(lines) - 1
    while at < end:
        line = lines[at]
        at += 1
        known = seen(line)
        if known is not None:
            margin, dash, key, opens, value, is_flat = known
            if is_flat:
                value = value.copy()
        else:
            head, colon, rest = line.partition(": ")
            if not head:
                if colon:
                    raise _UnknownError
                continue
            margin, dash, key, opens = heads(head) or _head(head)
            if margin < 0:
                continue
            if colon:
                if opens:
                    raise _UnknownError
                if key is None:
                    rest = line[margin + 2 :]
            elif not opens:
                if not dash:
                    raise _UnknownError
                key, rest = None, line[margin + 2 :]
                if rest[0] == "[":
                    rows, at = _rows(lines, at - 1, margin)
            value, begin = None, rest[:1]
            if opens:
                _keep(line, (margin, dash, key, True, None, False))
            elif rows:
                pass  # they are read already
            elif begin == '"':
                value = _quoted(rest)
            elif begin in ("[", "{"):
                value = flat_values(rest)
                if value is None:
                    value = _inline(rest)
                else:
                    _keep(line, (margin, dash, key, False, value, True))
                    value = value.copy()
            elif rest in ("|", "|-"):
                value, at = _literal(lines, at, margin + 2 * (dash and key is not None), clip=rest == "|")
            else:
                value = values(rest)
                if value is None:
                    value = _plain(rest)
                else:
                    _keep(line, (margin, dash, key, False, value, False))
        if opened is not None:
            if margin > indent:
                stack.append((container, indent))
                if len(stack) > _DEEPEST:
                    raise _UnknownError
                inner: Any = [] if dash else {}
                container[opened] = inner
                container, indent = inner, margin
            opened = None
        if margin != indent:
            while margin < indent:
                container, indent = stack.pop()
            if margin != indent:
                raise _UnknownError
        if dash:
            if container.__class__ is not list:
                raise _UnknownError
            if rows:
                container += rows
                rows = _NO_ROWS
                continue
            if key is None:
                container.append(value)
                continue
            stack.append((container, indent))
            member: dict[str, Any] = {}
            container.append(member)
            container, indent = member, margin + 2
        elif key is None or container.__class__ is list or key in container:
            raise _UnknownError
        container[key] = value
        if opens:
            opened = key
    return root


def _keep(line: str, known: _Line) -> None:
    """Remember a line of which all is known: it stood in other files, or what it is made of did."""
    if len(_LINES) < _MOST_LINES and len(line) <= _LONGEST_LINE:
        _LINES[line] = known


def _head(text: str) -> _Head:
    """Tell what the text before the first colon and blank of a line is; without these, all of its text."""
    found = _HEAD.fullmatch(text)
    head: _Head
    if found is not None:
        margin, dash, key, opens = found.groups()
        head = len(margin), dash is not None, _name(key), bool(opens)
    else:
        begin = text.lstrip(" ")
        if begin.startswith("#"):
            head = _COMMENT
        elif begin.startswith("- ") and len(begin) > 2:
            head = len(text) - len(begin), True, None, False
        else:
            raise _UnknownError
    if len(_HEADS) < _MOST_HEADS and len(text) <= _LONGEST_HEAD:
        _HEADS[text] = head
    return head


def _name(written: str) -> str:
    """The key that stands in front of a colon."""
    if written[0] == '"':
        return intern(written[1:-1])
    if written in SPECIAL_WORDS:
        raise _UnknownError
    return intern(written)


def _quoted(text: str) -> str:
    """What a text stands for that begins with quotes."""
    if "\\" in text:
        if _QUOTED.fullmatch(text) is None:
            raise _UnknownError
        return str(json.loads(text))
    if text.find('"', 1) != len(text) - 1:
        raise _UnknownError
    return text[1:-1]


def _plain(text: str) -> Any:
    """What a text stands for that begins with neither quotes nor a bracket nor a brace."""
    if _PLAIN.fullmatch(text) is None:
        raise _UnknownError
    value = _unquoted(text)
    if len(_VALUES) < _MOST_VALUES and len(text) <= _LONGEST_VALUE:
        _VALUES[text] = value
    return value


def _unquoted(text: str) -> Any:
    value = surely(text)
    if value is not None:
        return value
    if taken_for(text):
        raise _UnknownError
    try:
        return value_of(text)
    except ScalarError as error:
        raise _UnknownError from error


def _scalar(text: str) -> Any:
    """What a text inside brackets or braces stands for."""
    value = _VALUES.get(text)
    if value is not None:
        return value
    return text[1:-1] if text[0] == '"' else _unquoted(text)


def _inline(text: str) -> Any:
    """What a text in brackets or braces stands for."""
    if _NUMBERS.fullmatch(text) is not None:
        return _numbers(text)
    if _FLAT.fullmatch(text) is None:
        return _nested(text)
    value: Any
    if text[0] == "[":
        value = list(map(_scalar, _ITEMS.findall(text)))
    else:
        pairs = _PAIRS.findall(text)
        value = {_name(key): _scalar(inner) for key, inner in pairs}
        if len(value) != len(pairs):
            raise _UnknownError
    if len(_FLAT_VALUES) < _MOST_FLAT_VALUES and len(text) <= _LONGEST_FLAT_VALUE:
        _FLAT_VALUES[text] = value.copy()
    return value


def _nested(text: str) -> Any:
    """What a text in brackets or braces stands for that may hold others."""
    root: list[Any] = []
    container: Any = root
    stack: list[Any] = []
    at = 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None or (container is root and root):
            raise _UnknownError
        at = found.end()
        key, opening, inside, closing = found.groups()
        value: Any
        if inside and inside[0] not in "[{":
            value = _scalar(inside)
        else:
            value = [] if (opening or inside)[0] == "[" else {}
        if container.__class__ is list:
            if key is not None:
                raise _UnknownError
            container.append(value)
        else:
            if key is None or (name := _name(key)) in container:
                raise _UnknownError
            container[name] = value
        if opening:
            stack.append(container)
            container = value
            if len(stack) > _DEEPEST:
                raise _UnknownError
        for bracket in closing or "":
            if not stack or (container.__class__ is list) != (bracket == "]"):
                raise _UnknownError
            container = stack.pop()
    if stack:
        raise _UnknownError
    return root[0]


def _numbers(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:  # a number with noughts in front
        raise _UnknownError from error


def _rows(lines: Sequence[str], first: int, margin: int) -> tuple[list[Any], int]:
    """Read lists of numbers that stand in a list, one on each line, as the points of curves do.

    Returns:
        These, none where not even two are there, and the number of the line behind them.
    """
    begin = lines[first][: margin + 3]
    at = first
    while lines[at].startswith(begin) and _ROW_OF_NUMBERS.fullmatch(lines[at], margin + 2) is not None:
        at += 1
    if at < first + 2:
        return _NO_ROWS, first + 1
    rows: list[Any] = _numbers(f"[{','.join([line[margin + 2 :] for line in lines[first:at]])}]")
    return rows, at


def _literal(lines: Sequence[str], first: int, around: int, *, clip: bool) -> tuple[str, int]:
    """Read a text that stands in lines of its own.

    Args:
        lines: all lines.
        first: the number of its first line.
        around: the indentation of what it stands in.
        clip: whether it ends with the end of its last line, or before that.

    Returns:
        The text, and the number of the line behind it.
    """
    margin = len(lines[first]) - len(lines[first].lstrip(" "))
    if margin <= around:
        raise _UnknownError
    begin = lines[first][:margin]
    at, last = first, first
    while at < len(lines) - 1:
        line = lines[at]
        if line.startswith(begin):
            if line.isspace():
                raise _UnknownError
            last = at + 1
        elif line:
            break
        at += 1
    text = "\n".join([line[margin:] for line in lines[first:last]])
    return (text + "\n" if clip else text), at
