"""The format of catalog files: one JSON Schema (2020-12) per kind of entry, and whether a value keeps to it.

A fast validator accepts or refuses. What it refuses is looked at again by a slower one that can say what is
wrong and where; both work from the same schemas, and what the fast one refuses is never accepted.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from herdbook.errors import HerdbookError
from herdbook.spelling import most_alike

if TYPE_CHECKING:
    import jsonschema_rs

    from herdbook.source import Route

KINDS: tuple[str, ...] = (
    "catalog",
    "dataset",
    "dataset-version",
    "run",
    "model",
    "model-version",
    "model-card",
    "aliases",
    "stages",
    "endpoint",
)

# Only Python has to be told that "$" does not stand before a newline; in Rust and ECMAScript it is the end of
# the text. Without the look-ahead the fast validator can use the engine that takes linear time.
_END = "$(?!\\n)"

_MAPS_OF_SCHEMAS = frozenset({"properties", "$defs", "dependentSchemas"})
_LISTS_OF_SCHEMAS = frozenset({"anyOf", "oneOf"})
_SCHEMAS = frozenset({"items", "additionalProperties", "propertyNames"})


class Violation(NamedTuple):
    """One thing in a value that its schema does not allow.

    Attributes:
        route: Where: keys and indexes from the top of the value.
        message: What is wrong, without a full stop.
        help: What to do about it, as a sentence.
        on_key: The key at the end of the route is meant rather than its value.
    """

    route: "Route"
    message: str
    help: str
    on_key: bool = False


@cache
def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind, whole: it refers to nothing outside itself. Do not change it.

    Raises:
        HerdbookError: there is no such kind.
    """
    if kind not in KINDS:
        near = most_alike(kind, KINDS)
        hint = f"Did you mean {near}?" if near else f"Kinds are {', '.join(KINDS)}."
        raise HerdbookError(f"There is no kind of entry called {kind[:80]!r}. {hint}")
    shared = _load("common")["$defs"]
    used: set[str] = set()

    def embed(part: dict[str, Any]) -> dict[str, Any]:
        name = part.get("$ref", "").rpartition("/")[2]
        if not name:
            return part
        if name not in used:
            used.add(name)
            _rebuilt(shared[name], embed)
        return {**part, "$ref": f"#/$defs/{name}"}

    whole = _rebuilt(_load(kind), embed)
    whole["$defs"] = {name: _rebuilt(shared[name], embed) for name in shared if name in used}
    return whole


def validate(kind: str, value: Any, written: "Callable[[Route], str] | None" = None) -> tuple[Violation, ...]:
    """Tell what in `value` the schema of `kind` does not allow; nothing when it is as it should be.

    At most 20 violations are described, and one more says how many there are besides.

    Args:
        kind: One of `KINDS`.
        value: Plain data: dict, list, str, int, float, bool and None.
        written: Gives the text of a scalar as it stands in the file, for the advice to put quotes around it.
    """
    if accepts(fast_validator(kind), value):
        return ()
    from herdbook.schema.explain import violations

    found = tuple(violations(kind, value, written))
    return found or (
        Violation(
            (),
            f"the file does not keep to the schema of {kind}, but it cannot be said where",
            f"Compare it with what `herdbook schema {kind}` prints; that the place is unknown is our fault.",
        ),
    )


@cache
def fast_validator(kind: str) -> "jsonschema_rs.Validator":
    """Return the validator that decides about whole documents of a kind."""
    return compiled(schema(kind))


def compiled(part: dict[str, Any]) -> "jsonschema_rs.Validator":
    """Compile a schema for the fast validator."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        _rebuilt(part, _for_fast),
        validate_formats=True,
        ignore_unknown_formats=False,
        keywords={"wholeNumber": _WholeNumber},
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def accepts(validator: "jsonschema_rs.Validator", value: Any) -> bool:
    """Tell whether the fast validator accepts a value; one that it cannot even read is not accepted."""
    try:
        return validator.is_valid(value)
    except ValueError:  # keys that are no text, halves of surrogate pairs, too deep
        return False


class _WholeNumber:
    """Refuses 1.0 where a whole number belongs: JSON Schema allows it, but a version has one spelling."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        if isinstance(instance, float):
            raise ValueError


def _for_fast(part: dict[str, Any]) -> dict[str, Any]:
    if "pattern" in part:
        part = {**part, "pattern": part["pattern"].replace(_END, "$")}
    if "integer" in part.get("type", ()):  # a name or a list of names
        part = {**part, "wholeNumber": True}
    return part


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_bytes())
    return loaded


def _rebuilt(part: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Copy a schema with `change` applied to it and to every schema inside it."""

    def inner(keyword: str, value: Any) -> Any:
        if keyword in _MAPS_OF_SCHEMAS:
            return {name: _rebuilt(child, change) for name, child in value.items()}
        if keyword in _LISTS_OF_SCHEMAS:
            return [_rebuilt(child, change) for child in value]
        if keyword in _SCHEMAS and isinstance(value, dict):
            return _rebuilt(value, change)
        return value

    return change({keyword: inner(keyword, value) for keyword, value in part.items()})
