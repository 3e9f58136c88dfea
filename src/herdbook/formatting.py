"""Lay out catalog files as the writer does, with all that people wrote beside the values.

The layout is that of `dump`. Comments and single blank lines stay, and so do line ends and the way in which
a text behind ``>`` is wrapped; a byte order mark, which UTF-8 has no use for, goes.

What comes out is read again: it must say what the file said, with the same comments, or it is refused.
"""

import re
from collections.abc import Mapping
from typing import Any

from herdbook.dump import dump_remarked
from herdbook.editing import same
from herdbook.errors import HerdbookError
from herdbook.remarks import comments_of, remarks_of
from herdbook.schema import KINDS
from herdbook.yaml.parsed import YamlError
from herdbook.yaml.reader import parse_yaml

# Comments that a file begins with, as they look when they are laid out.
_BEGINNING = re.compile(rb"\A(?:#(?:[^\r\n]*[^ \t\r\n])?\n)+")


class FormatError(HerdbookError):
    """A file that cannot be laid out without losing something."""


def formatted(raw: bytes) -> bytes:
    """Lay out a file.

    Args:
        raw: The file.

    Returns:
        The file in the canonical layout; the very same bytes where it has it already.

    Raises:
        YamlError: The file cannot be read.
        FormatError: It does not hold a mapping, or cannot be laid out without losing something.
    """
    value = parse_yaml(raw).value
    if not isinstance(value, dict):
        raise FormatError("the file holds no mapping, so it cannot be laid out; write it as keys and values")
    text = raw.decode().removeprefix("\ufeff")
    after = dump_remarked(value, _kind(value), remarks_of(text))
    if "\n" in text and text[text.index("\n") - 1] == "\r":
        after = after.replace("\n", "\r\n")
    if after != text and not _is_proved(after, value, comments_of(text)):
        raise FormatError(
            "the file cannot be laid out without losing something; write it in a plainer layout first"
        )
    return after.encode()


def is_laid_out(raw: bytes, value: Mapping[str, Any]) -> bool:
    """Whether a file says this value in the canonical layout; comments inside are not looked into."""
    return _BEGINNING.sub(b"", raw) == dump_remarked(value, _kind(value), {}).encode()


def _kind(value: Mapping[str, Any]) -> str | None:
    named = value.get("kind")
    return named if isinstance(named, str) and named in KINDS else None


def _is_proved(text: str, value: Any, comments: list[str]) -> bool:
    """Whether a text says what it must say, with the comments that it must have."""
    try:
        found = parse_yaml(text.encode()).value
    except YamlError:
        return False
    return same(found, value) and comments_of(text) == comments
