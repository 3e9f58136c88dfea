"""What unquoted texts stand for in YAML: by the core schema of version 1.2, and to readers of 1.1."""

import re
from math import isfinite
from sys import intern
from typing import Any

from herdbook.errors import HerdbookError
from herdbook.formats import clipped

# Numbers that every YAML reader takes for the same; the others are looked at one by one.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,40})?")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 400
_INFINITE = float("inf")
LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**63 - 1
"""Between these are the whole numbers that a catalog can hold: those of 64 bits."""
# What readers of YAML 1.1 take for another number, or for text; there, underscores may group digits.
_OTHER_BASE = re.compile(
    r"[-+]?0[0-7]+|[-+]?0b[01]+|[-+]0x[0-9a-fA-F]+"  # to the bases of 8, 2 and 16
    r"|[-+]?[1-9][0-9]*(?::[0-5]?[0-9])+|[-+]?[0-9]+(?::[0-5]?[0-9])+\.[0-9]*"  # and of 60
)
_OTHERWISE_TEXT = re.compile(
    r"0o[0-7]+|[-+]?0[0-9]*[89][0-9]*"
    r"|[-+]\.[0-9]+(?:[eE].*)?|[-+]?[0-9]+[eE].*|[-+]?[0-9]*\.[0-9]*[eE][0-9]+"
)

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WORDS_READ_DIFFERENTLY = {
    **{
        word: "true or false"
        for base in ("y", "n", "yes", "no", "on", "off")
        for word in (base, base.capitalize(), base.upper())
    },
    "<<": "a merge of mappings",
    "=": "a default value",
}
SPECIAL_WORDS = frozenset([*_WORDS, *_WORDS_READ_DIFFERENTLY])
"""Words that are no text, or not for every reader."""
_AFTER_DIGITS = ":"
"""Text that sorts before it begins with a digit, a sign or a point, or with what no number begins with."""


class ScalarError(HerdbookError):
    """An unquoted text that cannot stand for anything."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(f"{message}. {help}")
        self.message = message
        self.help = help


def surely(text: str) -> str | int | float | None:
    """What a text stands for, where every reader says the same; `None` where that takes a closer look."""
    if text < _AFTER_DIGITS:
        number = _PLAIN_NUMBER.fullmatch(text)
        if number is None:
            return None
        return float(text) if number.lastindex else int(text)
    return None if text in SPECIAL_WORDS else intern(text)


def value_of(text: str, *, bounded: bool = True) -> Any:
    """What a text stands for.

    Args:
        text: the text.
        bounded: whether numbers have to be finite and, whole ones, fit into 64 bits.

    Raises:
        ScalarError: it is a number that cannot be held, or a sign of the syntax.
    """
    if not text or text >= _AFTER_DIGITS:
        return _WORDS.get(text, text)
    if text == "-":
        raise ScalarError('a text cannot be a single "-"', "Write it in quotes.")
    number: int | float
    if _INT.fullmatch(text):
        if len(text) <= _LONGEST_NUMBER:
            number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        else:
            number = -_INFINITE if text[0] == "-" else _INFINITE
        if LEAST_WHOLE <= number <= MOST_WHOLE or not bounded:
            return number
        raise ScalarError(
            f"the number {clipped(text)} does not fit into 64 bits", "If it is text, write it in quotes."
        )
    if _FLOAT.fullmatch(text):
        number = float(text) if len(text) <= _LONGEST_NUMBER else _INFINITE
        if abs(number) != _INFINITE or not bounded:
            return number
    elif not _NOT_FINITE.fullmatch(text):
        return text
    elif not bounded:
        return float(text.replace(".", ""))
    raise ScalarError(
        f"the number {clipped(text)} is not finite",
        "Write a finite number, text in quotes, or leave it out.",
    )


def held(value: Any) -> Any:
    """A value as a catalog can hold it: a number that is not finite, or beyond 64 bits, becomes a text.

    Its digits say more than that there was something, and than a rounded number would.
    """
    if isinstance(value, dict):
        return {key: held(item) for key, item in value.items()}
    if isinstance(value, list):
        return [held(item) for item in value]
    if isinstance(value, int):
        return value if LEAST_WHOLE <= value <= MOST_WHOLE else str(value)
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def rounded(number: float) -> float:
    """A number that was measured, as a catalog can hold it if it is finite: beyond 64 bits it is rounded."""
    if LEAST_WHOLE <= number <= MOST_WHOLE:
        return number
    try:
        return float(number)
    except OverflowError:
        return _INFINITE


def taken_for(text: str) -> str:
    """What readers of YAML 1.1 take a text for; empty where they agree."""
    if not text or text >= _AFTER_DIGITS:
        return _WORDS_READ_DIFFERENTLY.get(text, "")
    ungrouped = text.replace("_", "")
    if _OTHER_BASE.fullmatch(ungrouped):
        return "a number to another base"
    if ungrouped != text and _is_number(ungrouped):
        return "a number"
    return "text" if _OTHERWISE_TEXT.fullmatch(text) and _is_number(text) else ""


def _is_number(text: str) -> bool:
    return _INT.fullmatch(text) is not None or _FLOAT.fullmatch(text) is not None
