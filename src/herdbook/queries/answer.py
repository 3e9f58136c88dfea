"""Answers as JSON, and the JSON Schema of each: both follow from the types of its fields."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from functools import cache
from inspect import cleandoc
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from herdbook.ref import Ref

_READY = frozenset({str, int, float, bool, NoneType})
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null", Ref: "string"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Its fields hold text, numbers, references, and tuples and classes of these.

    The docstring of every answer, and of every class in it, has a line for each field under ``Attributes:``.
    """

    question: ClassVar[str]


def is_the_same_up_to(depth: int | None, told: int | None, further: int, distances: Iterable[int]) -> bool:
    """Tell whether an answer says the same up to another depth.

    It does where it ends before either.

    Args:
        depth: how many steps the other one goes; `None`: all.
        told: how many steps it goes itself.
        further: of how many things it does not follow all.
        distances: how far away what it tells of is.
    """
    return depth == told or (not further and (depth is None or depth >= max(distances, default=0)))


def as_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data: its question, then its fields."""
    return {"question": answer.question, **plain(answer)}


def json_schema(answer_type: type[Answer]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every answer of a type keeps to."""
    whole = schema_of(answer_type, answer_type.question)
    question = {"const": answer_type.question, "description": "which question this answers"}
    return {
        **whole,
        "required": ["question", *whole["required"]],
        "properties": {"question": question, **whole["properties"]},
    }


def schema_of(data_type: type[Any], title: str) -> dict[str, Any]:
    """Return the JSON Schema that the plain data of a class keep to, whether it is an answer or not."""
    definitions: dict[str, Any] = {}
    whole = _schema_of_class(data_type, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **whole,
        "$defs": definitions,
    }


def plain(value: Any) -> Any:
    """Return a value of the kinds that answers are made of as plain data."""
    if type(value) in _READY:
        return value
    if isinstance(value, Ref | StrEnum):
        return str(value)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    # That takes the longest to find out.
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def fields_of(value: Any) -> dict[str, Any]:
    """Return the fields of an answer, or of a class in one, as they are."""
    names = _names(type(value))
    return dict(zip(names, _values(names)(value), strict=True))


def to_write(value: Any) -> Any:
    """Return what `json.dumps`, as whose `default` this is made, writes of a value that it does not know.

    It then writes what `plain` returns, without that being made.

    Raises:
        TypeError: answers hold no such values.
    """
    if isinstance(value, Ref):
        return str(value)
    if is_dataclass(value):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _names(data_type: type[Any]) -> tuple[str, ...]:
    # Asked for many times for each answer: `fields` would look at each field again.
    names: tuple[str, ...] = data_type.__match_args__
    return names


@cache
def _values(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of some fields, all at once."""
    if len(names) < 2:  # of one, `attrgetter` would give the value alone
        return lambda value: tuple(getattr(value, name) for name in names)
    return attrgetter(*names)


def _schema_of_class(data_type: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    said, hints = _attributes(data_type), get_type_hints(data_type)
    properties = {
        name: {"description": said[name], **_schema(hints[name], definitions)} for name in _names(data_type)
    }
    return {
        "description": cleandoc(data_type.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if hint is Any:
        return {}
    if origin in (Union, UnionType):
        parts = [_schema(part, definitions) for part in inner]
        if all(set(part) == {"type"} for part in parts):
            return {"type": [part["type"] for part in parts]}
        return {"anyOf": parts}
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0], definitions)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [member.value for member in hint]}
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}  # a class may hold others of its own
        definitions[hint.__name__] = _schema_of_class(hint, definitions)
    return {"$ref": f"#/$defs/{hint.__name__}"}


def _attributes(data_type: type[Any]) -> dict[str, str]:
    """What the docstring of a class says of each of its fields."""
    _, _, listed = cleandoc(data_type.__doc__ or "").partition("Attributes:\n")
    found = re.findall(r"^    (\w+): ((?:.|\n(?=     ))*)", listed, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}
