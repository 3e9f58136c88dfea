"""Say in plain words what is wrong with a value, and what to do about it.

Values come from files that anybody may have written: they are shown clipped, on one line, and without control
characters.
"""

import json
import math
import re
from collections.abc import Callable, Container, Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

from herdbook.schema import Violation, schema
from herdbook.schema.careful import Fault, Schema, faults
from herdbook.source import Route

MAX_SHOWN = 20
MAX_COUNTED = 200

Written = Callable[[Route], str]

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.@/-]*[A-Za-z0-9])?")
_DIGITS = re.compile(r"-?[0-9]{1,15}")
_LONGEST_WORD = 60
_SHORTEST_START = 4
_LONGEST_SHOWN = 80
_TYPE_NAMES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "a boolean",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}


def violations(kind: str, value: Any, written: Written | None = None) -> Iterator[Violation]:
    """Describe what the schema of `kind` does not allow: the first `MAX_SHOWN`, and how many more."""
    found = _distinct(_Explainer(schema(kind), written), faults(kind, value))
    yield from islice(found, MAX_SHOWN)
    rest = sum(1 for _ in islice(found, MAX_COUNTED))
    if rest:
        many = f"more than {rest:,}" if rest == MAX_COUNTED else str(rest)
        message = f"{many} further violation{'s' if rest > 1 else ''} of the schema not shown"
        yield Violation((), message, "Mend those that are shown first.")


def _distinct(explainer: "_Explainer", found: Iterable[Fault]) -> Iterator[Violation]:
    seen: set[tuple[Route, bool, str]] = set()
    for fault in found:
        violation = explainer.explain(fault)
        if violation is None:
            continue
        # A text that is too long and of the wrong form is one mistake; two missing keys of a mapping are two.
        what = violation.message if isinstance(fault.value, dict) else ""
        place = (violation.route, violation.on_key, what)
        if place not in seen:
            seen.add(place)
            yield violation


class _Explainer:
    """Turns faults into violations."""

    def __init__(self, whole: Schema, written: Written | None) -> None:
        self._whole = whole
        self._written = written

    def explain(self, fault: Fault) -> Violation | None:
        """Describe a fault; nothing when another fault says the same better."""
        match fault.keyword:
            case "additionalProperties":
                return self._unknown_key(fault)
            case "propertyNames":
                return self._bad_key(fault)
            case "required":
                return self._missing_key(fault)
            case "oneOf":
                return self._not_exactly_one(fault)
            case "anyOf":
                return self._no_alternative(fault)
            case "type":
                message, help = self._wrong_type(fault)
            case _:
                message, help = _wrong_value(fault, _subject(fault.route))
        return Violation(fault.route, message, help)

    def _unknown_key(self, fault: Fault) -> Violation:
        *around, key = fault.route
        known = list(fault.part["properties"])
        near = _near(key, known, fault.value) or _near(key, known)
        help = f"Did you mean {near}?" if near else f"Take it out; known keys are {_listed(known)}."
        return Violation(fault.route, f"unknown key {_shown(key)}{_inside(around)}", help, on_key=True)

    def _bad_key(self, fault: Fault) -> Violation:
        *around, key = fault.route
        if not isinstance(key, str):
            message = f"a key must be text, but {_shown(key)}{_inside(around)} is not"
            return Violation(fault.route, message, "Put quotes around it.", on_key=True)
        if not fault.causes:  # only the validator that reads text as text refuses it
            message = f"the key {_shown(key)}{_inside(around)} holds half of a surrogate pair"
            return Violation(fault.route, message, "Leave that out: it is no text.", on_key=True)
        message, help = _wrong_value(fault.causes[0], f"a key{_inside(around)}")
        return Violation(fault.route, message, help, on_key=True)

    def _missing_key(self, fault: Fault) -> Violation | None:
        key = fault.wanted
        known = self._about(fault.part)["properties"]
        if any(_near(other, known, fault.value) == key for other in _unknown(fault.value, known)):
            return None
        about = self._about(known[key])
        help = f"Add it{_example(about, key)}.{_first_sentence(about)}"
        return Violation(fault.route, f"the key {key} is missing{_inside(fault.route)}", help)

    def _not_exactly_one(self, fault: Fault) -> Violation | None:
        if not isinstance(fault.value, dict):
            return None  # the fault of its type says enough
        keys = [key for part in fault.wanted for key in part["required"]]
        given = [key for key in keys if key in fault.value]
        others = _unknown(fault.value, fault.part["properties"])
        if not given and any(_near(other, keys) for other in others):
            return None
        title = fault.part["title"]
        if given:
            has, help = f"both {_listed(given)}", f"Keep one of them, and make another {title} of the rest."
        else:
            has, help = "none of them", "Add one of them."
        one_of = f"{_with_article(title)} names exactly one of {_listed(keys)}"
        return Violation(fault.route, f"{one_of}; {_subject(fault.route)} has {has}", help)

    def _no_alternative(self, fault: Fault) -> Violation | None:
        # The alternatives differ in the type that they take: the one that fails further down, or that takes
        # the type given, was meant.
        for cause in fault.causes:
            deeper = len(cause.route) > len(fault.route)
            if deeper or (cause.keyword == "enum" and isinstance(fault.value, str)):
                return self.explain(cause)
        message = f"{_subject(fault.route)} cannot be {_found(fault.value)}"
        return Violation(fault.route, message, self._advice(fault.part))

    def _wrong_type(self, fault: Fault) -> tuple[str, str]:
        wanted = [fault.wanted] if isinstance(fault.wanted, str) else fault.wanted
        value, subject, help = fault.value, _subject(fault.route), self._advice(fault.part)
        types = _listed([_type_name(name, alone=len(wanted) == 1) for name in wanted if name != "null"], "or")
        if isinstance(value, float) and not math.isfinite(value):
            return f"{subject} must be a finite number", "Leave it out where there is no value."
        if "string" in wanted and (value is None or isinstance(value, bool | int | float)):
            return self._unquoted(fault, subject)
        if value is None:
            return f"{subject} is empty; {types} belongs here", help
        if isinstance(value, float) and value.is_integer() and "integer" in wanted:
            return f"{subject} must be a whole number without a decimal point", f"Write {int(value)}."
        if isinstance(value, str) and _DIGITS.fullmatch(value) and {"integer", "number"} & set(wanted):
            message = f"{subject} must be {types}, but the quotes make it a text"
            return message, f"Take the quotes away: {int(value)}."
        return f"{subject} must be {types}, not {_found(value)}", help

    def _unquoted(self, fault: Fault, subject: str) -> tuple[str, str]:
        value = fault.value
        written = self._written(fault.route).strip() if self._written is not None else ""
        if value is None and written.lower() not in {"null", "~"}:
            return f"{subject} is empty; text belongs here", "Write the text, or take the key out."
        if written:
            kind = "no value" if value is None else "a boolean" if isinstance(value, bool) else "a number"
            message = f"{subject} must be text, but YAML takes {_shown(written)} for {kind}"
            return message, f"Put quotes around it: {_quoted(written)}."
        # 012345 and 7e10 are other texts than the numbers they stand for: only the file knows what was meant.
        return f"{subject} must be text, but it is {_found(value)}", 'Put it in quotes, as in "1234567".'

    def _about(self, part: Schema) -> Schema:
        name = part.get("$ref", "").rpartition("/")[2]
        return {**self._whole["$defs"].get(name, {}), **part}

    def _advice(self, part: Schema) -> str:
        about = self._about(part)
        example = _example(about).removeprefix(", for example ")
        return f"{about['description']}{f' For example: {example}.' if example else ''}"


def _wrong_value(fault: Fault, subject: str) -> tuple[str, str]:
    value, wanted, part = fault.value, fault.wanted, fault.part
    help = part.get("description", "")
    match fault.keyword:
        case "enum":
            near = _near(value, wanted)
            help = f"Did you mean {near}?" if near else "Write one of these words."
            return f"{subject} must be {_listed(wanted, 'or')}, not {_shown(value)}", help
        case "const":
            return f"{subject} must be {_shown(wanted)}, not {_shown(value)}", help
        case "pattern" if not value.strip(" \t\n"):
            return f"{subject} is blank", "Write something, or take it out."
        case "pattern" if "\n" in value:
            return f"{subject} must be on one line, without a line break at the end", help
        case "pattern":
            return f"{_shown(value)} is not {_with_article(part['title'])}", help
        case "format":
            what = {"date": "day", "date-time": "time"}[wanted]
            return f"{_shown(value)} is no {what} that exists", "There is no such day or hour: mend it."
        case "maxLength":
            return f"{subject} has {len(value):,} characters; at most {wanted:,} are allowed", "Shorten it."
        case "minimum":
            return f"{subject} must be at least {_number(wanted)}, not {_shown(value)}", help
        case "maximum":
            return f"{subject} must be at most {_number(wanted)}, not {_shown(value)}", help
        case "minItems" | "maxItems" if part.get("minItems") == part.get("maxItems"):
            return f"{subject} must have exactly {wanted} items, not {len(value):,}", help
        case "minItems" | "minProperties":
            return f"{subject} is empty", help
        case _:
            return f"{subject} is not as the schema wants it ({fault.keyword})", help


def _near(key: object, known: Iterable[str], used: Container[object] = ()) -> str:
    """Return the word of `known`, but not of `used`, that `key` may be a misspelling of, or nothing."""
    if not isinstance(key, str) or len(key) > _LONGEST_WORD:
        return ""
    free = [other for other in known if other not in used]
    folded = _folded(key)
    same = [other for other in free if _folded(other) == folded]
    begun = [other for other in free if len(folded) >= _SHORTEST_START and other.startswith(folded)]
    return next(iter(same or begun or get_close_matches(key, free, 1, cutoff=0.7)), "")


def _folded(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")


def _unknown(mapping: dict[Any, Any], known: Container[object]) -> Iterator[object]:
    """The first unknown keys of a mapping: enough to find the one that was misspelt."""
    return islice((key for key in mapping if key not in known), MAX_SHOWN)


def _subject(route: Iterable[str | int]) -> str:
    """What a place is called: its key, or its position in a list."""
    *around, last = route or ("the file",)
    if isinstance(last, int):
        return f"item {last + 1}{' of ' + _subject(around) if around else ''}"
    return _shown(last) if route else "the file"


def _inside(route: Iterable[str | int]) -> str:
    return f" in {_subject(route)}" if route else ""


def _found(value: object) -> str:
    match value:
        case bool() | None:
            return _shown(value)
        case int() | float():
            return f"the number {_shown(value)}"
        case str():
            return f"the text {_quoted(value)}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "something else"


def _shown(value: object) -> str:
    """Show a value within a sentence: short, on one line, without control characters."""
    match value:
        case str():
            plain = len(value) <= _LONGEST_WORD and _PLAIN.fullmatch(value)
            return value if plain else _quoted(value)
        case bool() | None:
            return json.dumps(value)
        case int() if value.bit_length() > 256:
            return "a number of very many digits"
        case int() | float():
            return repr(value)
        case _:
            return _found(value)


def _quoted(text: str) -> str:
    start = text[:_LONGEST_SHOWN]
    quoted = json.dumps(start, ensure_ascii=not start.isprintable())
    return quoted if start == text else f'{quoted[:-1]}..."'


def _number(limit: float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else repr(limit)


def _example(about: Schema, key: str = "") -> str:
    """Give the first example of a schema, with its key; nothing when it is too long for a sentence."""
    # JSON is YAML, and its quotes are never wrong.
    text = json.dumps(about["examples"][0], ensure_ascii=False)
    text = f"{key}: {text}" if key else text
    return f", for example `{text}`" if len(text) <= _LONGEST_SHOWN else ""


def _type_name(name: str, *, alone: bool) -> str:
    return "true or false" if alone and name == "boolean" else _TYPE_NAMES[name]


def _first_sentence(about: Schema) -> str:
    sentence, stop, _ = about["description"].partition(". ")
    return f" {sentence}{stop.strip()}"


def _listed(words: Iterable[str], last: str = "and") -> str:
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
