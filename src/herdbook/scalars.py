"""What unquoted texts stand for in YAML: by the core schema of version 1.2, and to readers of 1.1."""

import re
from sys import intern
from typing import Any

from herdbook.errors import HerdbookError

# Numbers that every YAML reader takes for the same; the others are looked at one by one.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,40})?")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 400
_INFINITE = float("inf")
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


def value_of(text: str, *, finite: bool = True) -> Any:
    """What a text stands for.

    Args:
        text: the text.
        finite: whether numbers have to be.

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
            if -(2**63) <= number < 2**63:
                return number
        raise ScalarError(
            f"the number {clip(text)} does not fit into 64 bits", "If it is text, write it in quotes."
        )
    if _FLOAT.fullmatch(text):
        number = float(text) if len(text) <= _LONGEST_NUMBER else _INFINITE
        if abs(number) != _INFINITE or not finite:
            return number
    elif not _NOT_FINITE.fullmatch(text):
        return text
    elif not finite:
        return float(text.replace(".", ""))
    raise ScalarError(
        f"the number {clip(text)} is not finite",
        "Write a finite number, text in quotes, or leave it out.",
    )


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


def clip(text: str) -> str:
    """A text as messages quote it."""
    return text if len(text) <= 60 else text[:57] + "..."


def _is_number(text: str) -> bool:
    return _INT.fullmatch(text) is not None or _FLOAT.fullmatch(text) is not None
