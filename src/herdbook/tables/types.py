"""The type of a column, from the texts in it."""

import re
from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

STRING, INTEGER, NUMBER, BOOLEAN, DATE, TIMESTAMP = (
    "string", "integer", "number", "boolean", "date", "timestamp",
)  # fmt: skip
UNKNOWN = "unknown"
"""The type of a column without a value."""

# With a zero in front, digits are a code, as those of post offices are: as a number it would lose the zero.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(
    r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?(?:nan|inf|infinity)",
    re.IGNORECASE,
)
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATE = re.compile(_DAY)
_TIMESTAMP = re.compile(
    _DAY + r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?"
)
_WORDS_FOR_NOTHING = frozenset({"NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "-", "?", "."})


def type_of(text: str) -> str:
    """What a text is by itself."""
    if _INTEGER.fullmatch(text):
        return INTEGER
    if _NUMBER.fullmatch(text):
        return NUMBER
    if _BOOLEAN.fullmatch(text):
        return BOOLEAN
    return type_in_time(text)


def type_in_time(text: str) -> str:
    """Whether a text is a date or a timestamp that there is; or else a string."""
    try:
        if _DATE.fullmatch(text):
            date.fromisoformat(text)
            return DATE
        if _TIMESTAMP.fullmatch(text):
            datetime.fromisoformat(text)
            return TIMESTAMP
    except ValueError:
        pass
    return STRING


class Gathered:
    """The type of the values of a column that were seen so far."""

    __slots__ = ("_missing", "has_missing", "type", "words")

    def __init__(self, missing: Collection[str]) -> None:
        self._missing = missing
        self.words: Counter[str] = Counter()
        """How often there was a word that may stand for a missing value, but was not said to do so."""
        self.type = ""
        self.has_missing = False

    def add(self, text: str) -> None:
        """See one more text."""
        if not text or text in self._missing:
            self.has_missing = True
        elif text in _WORDS_FOR_NOTHING:
            self.words[text] += 1
        elif self.type != STRING and not (self.type == INTEGER and _INTEGER.fullmatch(text)):
            self.type = joined(self.type, type_of(text))

    @property
    def found(self) -> str:
        """The type of all values."""
        return STRING if self.words else self.type or UNKNOWN


def joined(one: str, other: str) -> str:
    """The type of values of two types."""
    if not one or one == other:
        return other
    return NUMBER if {one, other} == {INTEGER, NUMBER} else STRING
