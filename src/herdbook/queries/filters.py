r"""MLflow's language for searching runs: filters, orders and columns, parsed.

The grammar is that of MLflow's ``search_runs``::

    filter     = [ condition { "AND" condition } ]
    condition  = name comparison
    name       = key                  an attribute: status, start_time, ...
               | entity "." key       metrics, params, tags, attributes, datasets, or an alias of these
    key        = word { "." word } | any text in backticks or quotes
    comparison = ("=" | "!=" | "<" | "<=" | ">" | ">=") number
               | ("=" | "!=" | "LIKE" | "ILIKE") text
               | ["NOT"] "IN" "(" text { "," text } [","] ")"
               | "IS" ["NOT"] "NULL"
    order      = [ name ["ASC" | "DESC"] { "," name ["ASC" | "DESC"] } ]
    columns    = name { "," name }

Keywords may be written in any case. A text stands in single or double quotes and means what is between them,
letter by letter: a doubled quote, and one behind a backslash, do not end it, and both of their characters
belong to it. (So MLflow has it; only a last text may end in a backslash: ``'C:\'``.)

Herdbook's own: the attributes ``experiment`` (or ``experiment_name``) and ``type``; ``dataset``, which is
compared with ``"orders/v2.1"`` for one version or ``"orders"`` for any; times in quotes: ``"2024-03-15"``.

Everything is read once, from left to right.
"""

import re
from difflib import get_close_matches
from typing import Final

from herdbook.formats import clipped
from herdbook.queries.asking import QuestionError
from herdbook.queries.terms import (
    ALIASES,
    ATTRIBUTES,
    DATASET,
    DATASET_KEYS,
    ENTITIES,
    KEY,
    LISTED,
    Comparator,
    Condition,
    Entity,
    Known,
    Name,
    Order,
    comparators,
    milliseconds,
    nearest,
)

_SPACE = re.compile(r"\s++")
_WORD = re.compile(r"\w++")
_WHOLE_WORD = re.compile(r"[^\s<>=!~'\"`,()]++")
_SYMBOL = re.compile(r"[<>=!~]++")
_NUMBER = re.compile(r"-?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?(?![\w.])")
_SHOWN = re.compile(r"\S{1,30}")
# What ends a quoted text, and before it what looks like it but does not.
_QUOTES: Final = {
    "'": re.compile(r"''|\\'|'"),
    '"': re.compile(r'""|\\"|"'),
    "`": re.compile(r"``|`"),
}
_CURLED = "\u2018\u2019\u201c\u201d"
_WRITTEN_ELSEWHERE = {"==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "=!": "!=", "~": "LIKE"}
_A_NAME = "a name such as metrics.accuracy or start_time"
_A_TIME = '"2024-03-15" or "2024-03-15T09:12:00Z"'


class FilterError(QuestionError):
    """A filter, an order or columns that do not parse.

    Attributes:
        subject: what was read: "filter", "order" or "columns".
        text: all of it.
        start: where the fault begins in `text`, from 0.
        end: where it ends; beyond the end of `text` where something is missing there.
        message: what is wrong and what belongs there.
        help: what to write instead; may be empty.
    """

    def __init__(self, subject: str, text: str, span: tuple[int, int], message: str, help_: str = "") -> None:
        self.subject, self.text, self.message, self.help = subject, text, message, help_
        self.start, self.end = span
        advice = f"; {help_}" if help_ else ""
        super().__init__(f"{subject}, character {self.start + 1}: {message}{advice}")


def parse_filter(text: str, known: Known = dict) -> tuple[Condition, ...]:
    """Read a filter; nothing but blanks means that all runs match.

    Raises:
        FilterError: `text` is not of the grammar.
    """
    return _Reader("filter", text, known).conditions()


def parse_order(text: str, known: Known = dict) -> tuple[Order, ...]:
    """Read what runs are sorted by, the first first.

    Raises:
        FilterError: `text` is not of the grammar.
    """
    return _Reader("order", text, known).orders()


def parse_columns(text: str, known: Known = dict) -> tuple[Name, ...]:
    """Read the names of columns.

    Raises:
        FilterError: `text` is not of the grammar.
    """
    return _Reader("columns", text, known).names()


class _Reader:
    """Reads a text from left to right; `at` is the first character that is not read yet."""

    def __init__(self, subject: str, text: str, known: Known) -> None:
        self.subject, self.text, self.known = subject, text, known
        self.at = 0

    def conditions(self) -> tuple[Condition, ...]:
        found: list[Condition] = []
        while not (self.ended() and not found):
            found.append(self.condition())
            if self.ended():
                break
            word = self.peek(_WORD)
            if word.upper() != "AND":
                message = f"AND, or the end, belongs here, not {self.shown()}"
                raise self.fault(message, length=len(word), help_=_about(word))
            self.at += len(word)
        return tuple(found)

    def orders(self) -> tuple[Order, ...]:
        found: list[Order] = []
        while not (self.ended() and not found):
            start, name = self.at, self.name()
            if name.entity is Entity.DATASET or name == DATASET:
                raise self.fault("a run may read several datasets: none can be sorted by", since=start)
            self.skip()
            word = self.peek(_WORD)
            if word.lower() in ("asc", "desc"):
                self.at += len(word)
            found.append(Order(name, ascending=word.lower() != "desc"))
            if not self.comma("ASC, DESC, a comma, or the end,"):
                break
        return tuple(found)

    def names(self) -> tuple[Name, ...]:
        found = [self.name()]
        while self.comma("a comma, or the end,"):
            found.append(self.name())
        return tuple(dict.fromkeys(found))

    def comma(self, expected: str) -> bool:
        if self.ended():
            return False
        if self.text[self.at] != ",":
            raise self.fault(f"{expected} belongs here, not {self.shown()}")
        self.at += 1
        return True

    def condition(self) -> Condition:
        name = self.name()
        comparator = self.comparator(name)
        self.skip()
        value: str | float | tuple[str, ...] | None
        if comparator in (Comparator.IS_NULL, Comparator.IS_NOT_NULL):
            value = None
        elif comparator in (Comparator.IN, Comparator.NOT_IN):
            value = self.list_of_texts()
        elif name.entity is Entity.METRIC:
            value = self.number()
        else:
            value = self.time() if name.is_time else self.quoted_text()
        return Condition(name, comparator, value)

    # Names

    def name(self) -> Name:
        self.skip()
        start, quote = self.at, self.quote()
        if quote == "'" or not (quote or self.peek(_WORD)):
            raise self.fault(f"{_A_NAME} belongs here, not {self.shown()}", help_=self.about_this())
        first = self.quoted() if quote else self.read(_WORD)
        if quote == '"' or not self.text.startswith(".", self.at):
            return self.attribute(first, start)
        if first not in ENTITIES:
            raise self.unknown_entity(first, start)
        self.at += 1
        return self.keyed(ENTITIES[first], start)

    def keyed(self, entity: Entity, start: int) -> Name:
        if self.quote():
            key = self.quoted()
            if self.peek(_WHOLE_WORD):
                raise self.fault(f"nothing may follow the quoted name, not {self.shown()}")
        else:
            key, whole = self.peek(KEY), self.peek(_WHOLE_WORD)
            if not whole:
                raise self.fault(f"a name belongs here, directly behind {entity} and the dot")
            if key != whole:
                help_ = f"put a name with other characters into backticks: {entity}.`{clipped(whole)}`"
                message = "a name without quotes has only letters, digits, _ and ."
                raise self.fault(message, length=len(whole), help_=help_)
            self.at += len(key)
        if entity is Entity.ATTRIBUTE:
            return self.attribute(key, start)
        if entity is Entity.DATASET and key not in DATASET_KEYS:
            help_ = "there are datasets.name, datasets.digest and datasets.context, and dataset itself"
            raise self.fault(f"datasets have no {clipped(key)}", since=start, help_=help_)
        return Name(entity, key)

    def attribute(self, key: str, start: int) -> Name:
        attribute = ALIASES.get(key, key)
        if attribute in ATTRIBUTES:
            return Name(Entity.ATTRIBUTE, attribute)
        if _about(key):
            raise self.fault(f"{_A_NAME} belongs here, not {key}", since=start, help_=_about(key))
        near = nearest(key, self.known)
        others = f"there are {', '.join(ATTRIBUTES)}, and metrics.<name>, params.<name>, tags.<name>"
        help_ = f"did you mean {near}?" if near else others
        raise self.fault(f"runs have no attribute {clipped(key)}", since=start, help_=help_)

    def unknown_entity(self, word: str, start: int) -> FilterError:
        rest = self.peek(_WHOLE_WORD)
        near = get_close_matches(word.lower(), ENTITIES, 1)
        meant = f"{ENTITIES[near[0]]}{clipped(rest)}" if near else nearest(word + rest, self.known)
        help_ = f"did you mean {meant}?" if meant else f"before the dot belongs one of {', '.join(Entity)}"
        return self.fault(f"runs have no {clipped(word)}", since=start, help_=help_)

    # Comparisons

    def comparator(self, name: Name) -> Comparator:
        self.skip()
        start = self.at
        found = self.read(_SYMBOL) or self.read(_WORD).upper()
        if found in ("IS", "NOT"):
            found = self.further_words(found)
        allowed = comparators(name)
        if found in allowed:
            return Comparator(found)
        listed = ", ".join(allowed)
        if not found:
            raise self.fault(f"one of {listed} belongs here, not {self.shown()}")
        message = f"{name} can be compared by {listed}, not by {clipped(found)}"
        raise self.fault(message, since=start, help_=_about_comparator(name, found, allowed))

    def further_words(self, first: str) -> str:
        """Read on in IS NULL, IS NOT NULL, NOT IN, as far as one of them is there."""
        read = first
        while True:
            behind = self.at
            self.skip()
            longer = f"{read} {self.read(_WORD).upper()}"
            if longer not in ("IS NULL", "IS NOT", "IS NOT NULL", "NOT IN", "NOT LIKE", "NOT ILIKE"):
                self.at = behind
                return read
            read = longer

    def number(self) -> float:
        written = self.read(_NUMBER)
        if written:
            return float(written)
        start = self.at
        inside = self.quoted().strip() if self.quote() else ""
        help_ = f"write it without quotes: {clipped(inside)}" if _NUMBER.fullmatch(inside) else ""
        length, self.at = self.at - start or len(self.peek(_WHOLE_WORD)), start
        raise self.fault(f"a number belongs here, not {self.shown()}", length=length, help_=help_)

    def time(self) -> float:
        if not self.quote():
            written = self.read(_NUMBER)
            if not written:
                message = f"a time belongs here, such as {_A_TIME}, or in milliseconds, not {self.shown()}"
                raise self.fault(message, length=len(self.peek(_WHOLE_WORD)))
            return float(written)
        start = self.at
        found = milliseconds(self.quoted())
        if found is None:
            raise self.fault(
                "this is no time", since=start, help_=f"write {_A_TIME}; without a zone it is UTC"
            )
        return float(found)

    def quoted_text(self) -> str:
        quote = self.quote()
        if quote in ("'", '"'):
            return self.quoted()
        word = self.peek(_WHOLE_WORD)
        help_ = self.about_this() or (f"put it into quotes: '{clipped(word)}'" if word else "")
        if quote:
            help_ = "backticks are for names; put text into single or double quotes"
        raise self.fault(f"a text in quotes belongs here, not {self.shown()}", length=len(word), help_=help_)

    def list_of_texts(self) -> tuple[str, ...]:
        if not self.text.startswith("(", self.at):
            raise self.fault(f"a list such as ('a', 'b') belongs here, not {self.shown()}")
        self.at += 1
        found: list[str] = []
        while True:
            self.skip()
            # Behind a comma the list may end, too.
            if found and self.text.startswith(")", self.at):
                break
            found.append(self.quoted_text())
            self.skip()
            if self.text.startswith(",", self.at):
                self.at += 1
            elif not self.text.startswith(")", self.at):
                raise self.fault(f"a comma or ) belongs here, not {self.shown()}")
        self.at += 1
        return tuple(found)

    # Characters

    def quote(self) -> str:
        """The quote that stands here, if one does."""
        found = self.text[self.at : self.at + 1]
        return found if found in _QUOTES else ""

    def quoted(self) -> str:
        """Read what stands between quotes."""
        start = self.at
        ends = _QUOTES[self.text[start]]
        at, escaped = start + 1, 0
        while found := ends.search(self.text, at):
            at = found.end()
            if len(found[0]) == 1:
                self.at = at
                return self.text[start + 1 : found.start()]
            escaped = at if found[0][0] == "\\" else 0
        if escaped:
            # As in 'C:\': no other quote could end it, so the last one does.
            self.at = escaped
            return self.text[start + 1 : escaped - 1]
        raise self.fault("this quote is never closed")

    def peek(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        return found[0] if found else ""

    def read(self, pattern: re.Pattern[str]) -> str:
        found = self.peek(pattern)
        self.at += len(found)
        return found

    def skip(self) -> None:
        self.read(_SPACE)

    def ended(self) -> bool:
        self.skip()
        return self.at == len(self.text)

    # Faults

    def shown(self) -> str:
        """What stands here, for a message."""
        return self.peek(_SHOWN) or "the end"

    def about_this(self) -> str:
        """Advice about the character that stands here."""
        here = self.text[self.at : self.at + 1]
        if here and here in _CURLED:
            return "write straight quotes: ' or \""
        return "there are no parentheses: all conditions must hold" if here == "(" else ""

    def fault(
        self, message: str, *, since: int | None = None, length: int = 1, help_: str = ""
    ) -> FilterError:
        """A fault that begins here and is so long, or that lies between `since` and here."""
        start, end = (self.at, self.at + max(length, 1)) if since is None else (since, self.at)
        return FilterError(self.subject, self.text, (start, end), message, help_)


def _about(word: str) -> str:
    match word.upper():
        case "OR":
            return "there is no OR: all conditions must hold"
        case "NOT":
            return "there is no NOT before a condition: write !=, NOT IN or IS NULL"
        case "AND":
            return "AND stands between two conditions"
    return ""


def _about_comparator(name: Name, found: str, allowed: tuple[Comparator, ...]) -> str:
    if _WRITTEN_ELSEWHERE.get(found) in allowed:
        return f"write {_WRITTEN_ELSEWHERE[found]}"
    match found:
        case "IN" | "NOT IN":
            return f"only {', '.join(LISTED)} and datasets.* can be compared with a list"
        case "IS NULL" | "IS NOT NULL":
            return "only params and tags can be asked whether they are there"
        case "NOT LIKE" | "NOT ILIKE":
            return "there is no such comparison, in MLflow neither"
    kind = "a number" if name.entity is Entity.METRIC else "a time" if name.is_time else "a text"
    return f"{name} is {kind}" if found in tuple(Comparator) else ""
