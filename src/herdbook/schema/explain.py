"""Say in plain words what in a value its schema does not allow."""

import json
import math
import re
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from herdbook.schema import Violation, accepts, compiled, schema
from herdbook.source import Route

MAX_SHOWN = 20
MAX_COUNTED = 1000

Schema = Mapping[str, Any]
Written = Callable[[Route], str]

_PLAIN = re.compile(r"[A-Za-z0-9_.@/-]+")
_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(?=T|$)")
_HOUR = re.compile(r"T([0-9]{2}):")
_LONGEST_TYPO = 60
_KINDS_OF_VALUE = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}


def violations(kind: str, value: Any, written: Written | None = None) -> Iterator[Violation]:
    """Describe what in `value` the schema of `kind` does not allow: the first `MAX_SHOWN`, and how many more."""
    explain = _Explainer(schema(kind), written).explain
    errors = careful_validator(kind).iter_errors(value)
    seen: set[tuple[Route, bool, str]] = set()
    for error in errors:
        violation = explain(error)
        if violation is None:
            continue
        # A text that is too long and of the wrong form is one mistake; two missing keys of a mapping are two.
        what = violation.message if isinstance(error.instance, dict) else ""
        place = (violation.route, violation.on_key, what)
        if place in seen:
            continue
        seen.add(place)
        yield violation
        if len(seen) == MAX_SHOWN:
            break
    rest = sum(1 for _ in islice(errors, MAX_COUNTED))
    if rest:
        many = f"more than {rest:,}" if rest == MAX_COUNTED else str(rest)
        yield Violation((), f"{many} further violations of the schema are not shown", "Mend those that are shown first.")


@cache
def careful_validator(kind: str) -> Validator:
    """Return the validator that can say where a document of a kind goes wrong.

    It agrees with the fast one about every value. Before it descends into an item of a list or map, it asks the fast
    one whether anything is wrong with it; otherwise one mistake in a long file would take seconds to find.
    """
    whole = schema(kind)

    @cache
    def fast(text: str) -> Any:
        return compiled({**json.loads(text), "$defs": whole["$defs"]})

    def sound(value: Any, part: Schema) -> bool:
        return accepts(fast(json.dumps(part)), value)

    def items(validator: Any, part: Any, value: Any, parent: Schema) -> Iterator[ValidationError]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                if not sound(item, part):
                    yield from validator.descend(item, part, path=index)

    def additional_properties(validator: Any, part: Any, value: Any, parent: Schema) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key, item in value.items():
                if key in parent.get("properties", ()):
                    continue
                if part is False:
                    yield ValidationError("", path=(key,))
                elif not sound(item, part):
                    yield from validator.descend(item, part, path=key)

    def property_names(validator: Any, part: Any, value: Any, parent: Schema) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key in value:
                if not sound(key, part):
                    yield ValidationError("", path=(key,), context=tuple(validator.descend(key, part)))

    def any_of(validator: Any, parts: Any, value: Any, parent: Schema) -> Iterator[ValidationError]:
        if not any(sound(value, part) for part in parts):
            context: list[ValidationError] = []
            for index, part in enumerate(parts):
                context += islice(validator.descend(value, part, schema_path=index), 1)
            yield ValidationError("", context=context)

    formats = FormatChecker(formats=())
    formats.checks("date")(_exists)
    formats.checks("date-time")(_exists)
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole).redefine("number", _is_number)
    validator_type = extend(
        Draft202012Validator,
        {
            "items": items,
            "additionalProperties": additional_properties,
            "propertyNames": property_names,
            "anyOf": any_of,
        },
        type_checker=types,
    )
    return validator_type(whole, format_checker=formats)


def _is_whole(checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker: object, value: object) -> bool:
    return _is_whole(checker, value) or isinstance(value, float) and math.isfinite(value)


def _exists(value: object) -> bool:
    """Tell whether a day, or the day and hour of a time, exist. Whether the text has the right form is the pattern's business."""
    day = _DAY.match(value) if isinstance(value, str) else None
    if day is None:
        return True
    hour = _HOUR.match(str(value), day.end())
    try:
        date.fromisoformat(day[0])
    except ValueError:
        return False
    return hour is None or int(hour[1]) < 24


class _Explainer:
    """Turns errors of the validator into violations."""

    def __init__(self, whole: Schema, written: Written | None) -> None:
        self._whole = whole
        self._written = written

    def explain(self, error: ValidationError) -> Violation | None:
        """Describe an error; nothing when another error says the same better."""
        route: Route = tuple(error.absolute_path)
        match error.validator:
            case "additionalProperties":
                return self._unknown_key(error, route)
            case "propertyNames":
                return self._bad_key(error, route)
            case "required":
                return self._missing_key(error, route)
            case "oneOf":
                return self._not_exactly_one(error, route)
            case "anyOf":
                return self._no_alternative(error, route)
            case "type":
                message, help = self._wrong_type(error, route)
            case _:
                message, help = _wrong_value(error, _subject(route))
        return Violation(route, message, help)

    def _unknown_key(self, error: ValidationError, route: Route) -> Violation:
        key, known = route[-1], list(error.schema["properties"])
        near = _near(key, known, error.instance) or _near(key, known)
        help = f"Did you mean {near}?" if near else f"Take it out, or use one of the known keys: {_listed(known)}."
        return Violation(route, f"unknown key {_shown(key)}{_inside(route[:-1])}", help, on_key=True)

    def _bad_key(self, error: ValidationError, route: Route) -> Violation:
        cause = (error.context or [error])[0]
        if not isinstance(route[-1], str):
            shown = _shown(route[-1])
            return Violation(
                route, f"a key must be text, but {shown} is not", f"Put quotes around it: {_quoted(shown)}.", on_key=True
            )
        message, help = _wrong_value(cause, "the key")
        return Violation(route, message + _inside(route[:-1]), help, on_key=True)

    def _missing_key(self, error: ValidationError, route: Route) -> Violation | None:
        known = error.schema.get("properties", {})
        # The validator yields one error for each missing key and says which only in the text of its message.
        key = next(key for key in error.validator_value if error.message.startswith(repr(key)))
        unknown = (other for other in islice(error.instance, 1000) if other not in known)
        if any(_near(other, list(known), error.instance) == key for other in islice(unknown, MAX_SHOWN)):
            return None
        about = self._about(known.get(key, {}))
        example = f", for example {key}: {_example(about['examples'][0])}" if about.get("examples") else ""
        return Violation(route, f"the key {key} is missing{_inside(route)}", f"Add it{example}.{_first_sentence(about)}")

    def _not_exactly_one(self, error: ValidationError, route: Route) -> Violation | None:
        if not isinstance(error.instance, dict):
            return None  # the error of its type says enough
        keys = [key for part in error.validator_value for key in part["required"]]
        given = [key for key in keys if key in error.instance]
        unknown = (key for key in islice(error.instance, 1000) if key not in error.schema["properties"])
        if not given and any(_near(key, keys, error.instance) for key in islice(unknown, MAX_SHOWN)):
            return None
        what = _with_article(error.schema["title"])
        has = f"both {' and '.join(given)}" if given else "none of them"
        help = f"Keep one of them, and make a second {error.schema['title']} of the rest." if given else f"Add one of them.{_first_sentence(error.schema)}"
        return Violation(route, f"{what} names exactly one of {_listed(keys)}; {_subject(route)} has {has}", help)

    def _no_alternative(self, error: ValidationError, route: Route) -> Violation | None:
        # The alternatives differ in the type they take; the one that fails deeper down, or not by its type, was meant.
        causes = list(error.context or ())
        meant = [cause for cause in causes if cause.path or cause.validator not in {"type", "enum"}]
        same_type = [cause for cause in causes if cause.validator == "enum" and isinstance(error.instance, str)]
        for cause in (*meant, *same_type):
            return self.explain(cause)
        return Violation(
            route, f"{_subject(route)} cannot be {_found(error.instance)}", self._advice(error.schema)
        )

    def _wrong_type(self, error: ValidationError, route: Route) -> tuple[str, str]:
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        value, subject = error.instance, _subject(route)
        names = _KINDS_OF_VALUE if "string" not in wanted or len(wanted) == 1 else {**_KINDS_OF_VALUE}
        must = f"{subject} must be {_listed([names[name] for name in wanted if name != 'null'], 'or')}"
        scalar = value is None or isinstance(value, bool | int | float)
        if isinstance(value, float) and not math.isfinite(value):
            return f"{subject} must be a finite number", "Leave it out where there is no value."
        if scalar and "string" in wanted:
            return self._unquoted(value, subject, route)
        if value is None:
            return f"{subject} is empty; {must.removeprefix(subject + ' must be ')} belongs here", self._advice(error.schema)
        if isinstance(value, float) and "integer" in wanted:
            if value.is_integer():
                return f"{subject} must be a whole number without a decimal point", f"Write {int(value)}."
            return f"{must}, not {_shown(value)}", self._advice(error.schema)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value) and {"integer", "number"} & set(wanted):
            return f"{must}, but the quotes make {_quoted(value)} a text", f"Take the quotes away: {int(value)}."
        return f"{must}, not {_found(value)}", self._advice(error.schema)

    def _unquoted(self, value: Any, subject: str, route: Route) -> tuple[str, str]:
        written = self._written(route).strip() if self._written is not None else ""
        if value is None and written.lower() not in {"null", "~"}:
            return f"{subject} is empty; text belongs here", "Write the text, or take the key out."
        kind = "null" if value is None else "true or false" if isinstance(value, bool) else "a number"
        if written:
            return f"{subject} must be text, but YAML takes {_shown(written)} for {kind}", f"Put quotes around it: {_quoted(written)}."
        # 012345 and 7e10 are other texts than the numbers they stand for, so the value cannot be put into quotes here.
        return (
            f"{subject} must be text, but it is {_found(value)}",
            'Put quotes around what stands there, as in "1234567".',
        )

    def _about(self, part: Schema) -> Schema:
        name = part.get("$ref", "").rpartition("/")[2]
        return {**self._whole["$defs"].get(name, {}), **part}

    def _advice(self, part: Schema) -> str:
        about = self._about(part)
        if "examples" not in about:
            return about.get("description", "") or "Compare it with the schema."
        return f"For example: {_example(about['examples'][0])}.{_first_sentence(about)}"


def _wrong_value(error: ValidationError, subject: str) -> tuple[str, str]:
    value, limit, about = error.instance, error.validator_value, error.schema
    help = about.get("description", "")
    match error.validator:
        case "enum":
            near = _near(value, limit)
            return f"{subject} must be {_listed(limit, 'or')}, not {_shown(value)}", f"Did you mean {near}?" if near else "Write one of these words."
        case "const":
            return f"{subject} must be {_shown(limit)}, not {_shown(value)}", help or f"Write {_shown(limit)}."
        case "type":
            return f"{subject} must be {_KINDS_OF_VALUE[limit]}", help
        case "pattern" if not value.strip(" \t\n"):
            return f"{subject} is blank", "Write something, or take it out."
        case "pattern" if "\n" in value:
            return f"{subject} must be on one line, without a line break at the end", help
        case "pattern":
            return f"{_shown(value)} is not {_with_article(about['title'])}", help
        case "format":
            what = "day" if limit == "date" else "time"
            return f"{_shown(value)} is no {what} that exists", "Mend the date: the calendar or the clock does not have it."
        case "maxLength":
            return f"{subject} has {len(value):,} characters, but at most {limit:,} are allowed", "Shorten it."
        case "minimum":
            return f"{subject} must be at least {_number(limit)}, not {_shown(value)}", help
        case "maximum":
            return f"{subject} must be at most {_number(limit)}, not {_shown(value)}", help
        case "minItems" | "maxItems" if about.get("minItems") == about.get("maxItems"):
            return f"{subject} must have exactly {limit} items, not {len(value):,}", help
        case "minItems" | "minProperties":
            return f"{subject} is empty, but at least {limit} belongs here", help
        case _:
            return f"{subject} is not as the schema wants it", help


def _near(key: object, known: list[str], used: Container[object] = ()) -> str:
    """Return the word of `known`, but not of `used`, that `key` may be a misspelling of; empty when there is none."""
    if not isinstance(key, str) or len(key) > _LONGEST_TYPO:
        return ""
    free = [other for other in known if other not in used]
    folded = key.lower().replace("-", "_").replace(" ", "_")
    same = [other for other in free if other.lower().replace("-", "_") == folded]
    return next(iter(same or get_close_matches(key, free, 1, cutoff=0.7)), "")


def _subject(route: Route) -> str:
    """What a place is called: its key, or its position in a list."""
    if not route:
        return "the file"
    last = route[-1]
    if isinstance(last, str):
        return _shown(last)
    within = f" of {_subject(route[:-1])}" if len(route) > 1 else ""
    return f"item {last + 1}{within}"


def _inside(route: Route) -> str:
    return f" in {_subject(route)}" if route else ""


def _found(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
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
    """Show a value within a sentence: short, on one line, free of control characters."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TYPO and _PLAIN.fullmatch(value) else _quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of very many digits"
    if isinstance(value, int | float):
        return repr(value)
    return _found(value)


def _quoted(text: str) -> str:
    return _clip(json.dumps(text[:100], ensure_ascii=not text[:100].isprintable()))


def _clip(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:76]}..."


def _number(limit: float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else repr(limit)


def _example(value: object) -> str:
    # JSON is YAML, and its quotes are never wrong.
    return _clip(json.dumps(value, ensure_ascii=False))


def _first_sentence(about: Schema) -> str:
    sentence, stop, _ = about.get("description", "").partition(". ")
    return f" {sentence}{'.' if stop else ''}" if sentence else ""


def _listed(values: list[Any], last: str = "and") -> str:
    *most, end = [_shown(value) if not isinstance(value, str) else value for value in values]
    return f"{', '.join(most)} {last} {end}" if most else end


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
