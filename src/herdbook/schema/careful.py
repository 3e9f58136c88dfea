"""Find where a value departs from the schema of its kind, and in what.

The fast validator only says that it does. This one walks the schema in Python, and asks the fast one before
it goes into an item of a list or a map; otherwise a single fault in a long file would take seconds to find.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain, islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from herdbook.schema import accepts, compiled, schema
from herdbook.source import Route

Schema = Mapping[str, Any]

_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}(?=T|$)")
_HOUR = re.compile(r"T([0-9]{2}):")


@dataclass(frozen=True, slots=True)
class Fault:
    """A keyword of a schema that a value does not satisfy.

    Attributes:
        route: Where the value stands; for a key that is not allowed, the route ends with it.
        keyword: ``type``, ``required``, ``pattern``, ...
        wanted: What the schema says under that keyword.
        value: The value at fault; where a key is at fault, the mapping around it.
        part: The schema that the keyword stands in.
        causes: For ``anyOf`` and ``propertyNames``: the faults that led to this one.
    """

    route: Route
    keyword: str
    wanted: Any
    value: Any
    part: Schema
    causes: tuple["Fault", ...] = ()


def faults(kind: str, value: Any) -> Iterator[Fault]:
    """Find the faults of a value one by one; those that nobody asks for cost nothing."""
    return map(_fault, validator(kind).iter_errors(value))


def _fault(error: Any) -> Fault:
    return Fault(
        tuple(error.absolute_path),
        error.validator,
        error.validator_value,
        error.instance,
        error.schema,
        tuple(map(_fault, error.context)),
    )


@cache
def validator(kind: str) -> Validator:
    """Return the validator that finds the faults of documents of a kind; it and the fast one always agree."""
    whole = schema(kind)

    @cache
    def compiled_part(text: str) -> Any:
        return compiled({**json.loads(text), "$defs": whole["$defs"]})

    def faulty(part: Schema) -> Callable[[object], bool]:
        fast = compiled_part(json.dumps(part))
        return lambda value: not accepts(fast, value)

    def items(self: Any, part: Any, value: Any, around: Schema) -> Iterator[ValidationError]:
        if isinstance(value, list):
            is_faulty = faulty(part)
            for index, item in enumerate(value):
                if is_faulty(item):
                    yield from self.descend(item, part, path=index)

    def additional_properties(self: Any, part: Any, value: Any, around: Schema) -> Iterator[ValidationError]:
        if not isinstance(value, dict):
            return
        known = around.get("properties", {})
        others = ((key, item) for key, item in value.items() if key not in known)
        if part is False:
            for key, _ in others:
                yield ValidationError("", path=(key,))
            return
        is_faulty = faulty(part)
        for key, item in others:
            if is_faulty(item):
                yield from self.descend(item, part, path=key)

    def property_names(self: Any, part: Any, value: Any, around: Schema) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key in filter(faulty(part), value):
                yield ValidationError("", path=(key,), context=tuple(self.descend(key, part)))

    def any_of(self: Any, parts: Any, value: Any, around: Schema) -> Iterator[ValidationError]:
        if all(faulty(part)(value) for part in parts):
            # One cause of each alternative is enough to tell which was meant.
            causes = (islice(self.descend(value, part), 1) for part in parts)
            yield ValidationError("", context=tuple(chain.from_iterable(causes)))

    def required(self: Any, keys: Any, value: Any, around: Schema) -> Iterator[ValidationError]:
        if isinstance(value, dict):
            for key in keys:
                if key not in value:
                    yield ValidationError("", validator_value=key)

    formats = FormatChecker(formats=())
    formats.checks("date")(_exists)
    formats.checks("date-time")(_exists)
    validator_type: Any = extend(  # type: ignore[no-untyped-call]  # its stub gives no types
        Draft202012Validator,
        {
            "items": items,
            "additionalProperties": additional_properties,
            "propertyNames": property_names,
            "anyOf": any_of,
            "required": required,
        },
        type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
            {"integer": _is_whole_number, "number": _is_number}
        ),
    )
    careful: Validator = validator_type(whole, format_checker=formats)
    return careful


def _is_whole_number(checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(checker: object, value: object) -> bool:
    return math.isfinite(value) if isinstance(value, float) else _is_whole_number(checker, value)


def _exists(value: object) -> bool:
    """Tell whether a day, or the day and hour of a time, exist; text of another form is left to a pattern."""
    day = _DAY.match(value) if isinstance(value, str) else None
    if day is None:
        return True
    try:
        date.fromisoformat(day[0])
    except ValueError:
        return False
    hour = _HOUR.match(day.string, day.end())
    return hour is None or int(hour[1]) < 24
