"""The one writer of foreign values into YAML."""

import json
import math
import re
from typing import Any

from herdbook.yaml.reader import FORBIDDEN_CHARACTERS
from herdbook.yaml.scalars import LEAST_WHOLE, MOST_WHOLE

_FORBIDDEN = re.compile(f"[{FORBIDDEN_CHARACTERS}\r]")
# Literal blocks cannot say how they begin or end when that is blank, so these texts go into quotes.
_LITERAL = re.compile(r"(?!\s)(?=.*\n.).*\S\n?", re.DOTALL)
_PLAIN_IN_BLOCK = re.compile(r"(?:[\w/($]|\.[\w/])(?:[^\n\t:#]|:(?=[^\s])|(?<! )#)*(?<! )")
_PLAIN_IN_FLOW = re.compile(r"(?:[\w/($]|\.[\w/])(?:[^\n\t:#,?\[\]{}]|(?<! )#)*(?<! )")
_TAKEN_FOR_SOMETHING_ELSE = re.compile(
    r"""
      null | true | false | y | n | yes | no | on | off        # words
    | [0-9][0-9_]* (\.[0-9_]*)? (e[-+_0-9]*)?                  # numbers
    | \. [0-9_]+ (e[-+_0-9]*)?
    | 0x[0-9a-f_]+ | 0[ob][0-7_]+
    | [0-9][0-9_]* (:[0-9]+)+ (\.[0-9_]*)?                     # minutes and seconds
    | \.inf | \.nan
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} .*                        # dates and times
    | (?=.*[0-9]) [0-9a-f]{6,}                                 # hashes
    | [a-z0-9-]+ : [0-9a-f]{32,}                               # digests
    | [a-z][a-z0-9+.-]* :// .*                                 # addresses
    """,
    re.VERBOSE | re.IGNORECASE,
)


class UnwritableError(ValueError):
    """A value that no file of ours can hold; the message says why, and what to do."""


def scalar(value: Any, *, in_flow: bool) -> str:
    """Write a text, a number, a truth value or null on one line.

    A text stands as it is where no reader of YAML, of version 1.1 or 1.2, takes it for anything else, and in
    quotes otherwise; hashes, timestamps and addresses are always in quotes.

    Args:
        value: The value.
        in_flow: It stands inside brackets or braces, or is a key.

    Raises:
        UnwritableError: The value is not of the value space of catalogs.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            if not LEAST_WHOLE <= value <= MOST_WHOLE:
                raise UnwritableError(f"the number {value:.3g} does not fit into 64 bits; write it as text")
            return int.__repr__(value)
        case float():
            if not math.isfinite(value):
                raise UnwritableError(f"{value} is not finite; leave it out")
            # Readers of YAML 1.1 take 1e-05 for text and 1.0e-05 for a number.
            text = float.__repr__(value)
            return text.replace("e", ".0e") if "e" in text and "." not in text else text
        case str():
            plain = _PLAIN_IN_FLOW if in_flow else _PLAIN_IN_BLOCK
            return str.__str__(value) if _is_plain(value, plain) else _quoted(value)
        case _:
            name = type(value).__name__
            raise UnwritableError(f"a value of type {name} cannot be written; make it text or a number")


def is_prose(text: str) -> bool:
    """Tell whether a text has several lines that can stand as they were typed."""
    return "\n" in text and _LITERAL.fullmatch(text) is not None and _FORBIDDEN.search(text) is None


def literal(text: str, indent: str) -> str:
    """Write prose as it was typed: the mark that such a text stands behind, and its lines."""
    lines = text.removesuffix("\n").split("\n")
    mark = "|" if text.endswith("\n") else "|-"
    return "\n".join([mark, *(f"{indent}{line}" if line else "" for line in lines)])


def _is_plain(text: str, plain: re.Pattern[str]) -> bool:
    return (
        plain.fullmatch(text) is not None
        and _FORBIDDEN.search(text) is None
        and _TAKEN_FOR_SOMETHING_ELSE.fullmatch(text) is None
    )


def _quoted(text: str) -> str:
    if "\0" in text:
        raise UnwritableError(
            f"character {text.index(chr(0))} is U+0000, which no reader takes; leave it out"
        )
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UnwritableError(
                f"character {error.start} is half of a surrogate pair, which is no text; leave it out"
            ) from error
    # The escapes of JSON are escapes of YAML; it only leaves more characters as they are.
    return _FORBIDDEN.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
