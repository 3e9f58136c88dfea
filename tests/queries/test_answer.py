"""Every answer says what its fields mean, and keeps to the schema that says so."""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

import jsonschema
import pytest

from answer_samples import samples
from conftest import CHECKOUT
from herdbook import queries
from herdbook.entries import Endpoint, Entry, Model, ModelVersion
from herdbook.opening import read_catalog
from herdbook.queries import impact
from herdbook.queries.answer import Answer, as_json, fields_of, json_schema, plain, to_write
from herdbook.queries.asking import Found, QuestionError
from herdbook.queries.history import history
from herdbook.queries.records import Records
from herdbook.queries.resolve import resolve
from herdbook.queries.status import status
from herdbook.queries.trace import trace
from herdbook.ref import Ref
from herdbook.tree import DirTree

MODULES = [
    import_module(f"herdbook.queries.{module.name}") for module in pkgutil.iter_modules(queries.__path__)
]
TYPES = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Answer) and kind.__module__ == module.__name__
]
TYPES.remove(Answer)


@cache
def own() -> Records:
    return Records(read_catalog(DirTree(CHECKOUT / "catalog", "catalog")), date(2026, 11, 22))


def answers(entry: Entry) -> Iterator[Answer]:
    """Every answer that there is about an entry."""
    if entry.ref is None:
        return
    found = Found(entry.ref, entry)
    yield trace(own(), found)
    yield impact.impact(own(), impact.entry(own(), found))
    if isinstance(entry, Model | ModelVersion | Endpoint):
        yield status(own(), found)
    if isinstance(entry, Model):
        yield history(own(), found)
    with suppress(QuestionError):  # it may stand for several things
        yield resolve(own(), found)


def described(schema: Mapping[str, Any]) -> Iterator[str]:
    """The descriptions of a schema and of all that it defines."""
    for part in (schema, *schema.get("$defs", {}).values()):
        yield part["description"]
        for about in part["properties"].values():
            yield about["description"]


def test_all_questions_are_known() -> None:
    questions = [kind.question for kind in TYPES]
    assert {"trace", "impact", "compare", "status", "history", "resolve", "changes"} <= set(questions)
    assert len(set(questions)) == len(questions)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.question)
def test_every_field_is_described(kind: type[Answer]) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert all(text.strip() for text in described(schema))
    assert schema["properties"]["question"]["const"] == kind.question


@pytest.mark.parametrize("path", [entry.source.path for entry in own().catalog.entries()])
def test_answers_about_the_own_catalog_keep_to_their_schemas(path: str) -> None:
    (entry,) = (entry for entry in own().catalog.entries() if entry.source.path == path)
    for answer in answers(entry):
        value = json.loads(json.dumps(as_json(answer)))
        jsonschema.Draft202012Validator(json_schema(type(answer))).validate(value)
        assert next(iter(value)) == "question"
        assert json.dumps(fields_of(answer), default=to_write) == json.dumps(plain(answer))


@pytest.mark.parametrize("name", ["changes", "changes-harm"])
def test_changes_keep_to_their_schema(name: str) -> None:
    answer, _ = samples()[name]
    value = json.loads(json.dumps(as_json(answer)))
    jsonschema.Draft202012Validator(json_schema(type(answer))).validate(value)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    """What is in it.

    Attributes:
        ref: which one.
        more: further ones, of which
            there may be none.
    """

    ref: Ref | None
    more: tuple["Inner", ...]


# No subclass of Answer: what is no question of ours does not belong among them.
@dataclass(frozen=True, slots=True)
class Sample:
    """An answer for a test.

    A second paragraph.

    Attributes:
        colour: its colour.
        counts: how many: by name.
        inner: what is in it.
        share: how much, or null.
    """

    question: ClassVar[str] = "sample"

    colour: Colour
    counts: Mapping[str, int]
    inner: Inner
    share: float | None


SAMPLE: Any = Sample(Colour.RED, {"a": 1}, Inner(Ref.run("r"), (Inner(None, ()),)), 0.5)


def test_an_answer_becomes_plain_data() -> None:
    assert as_json(SAMPLE) == {
        "question": "sample",
        "colour": "red",
        "counts": {"a": 1},
        "inner": {"ref": "runs:/r", "more": [{"ref": None, "more": []}]},
        "share": 0.5,
    }


def test_an_answer_is_written_like_its_plain_data() -> None:
    assert json.dumps(SAMPLE, default=to_write) == json.dumps(plain(SAMPLE))
    with pytest.raises(TypeError, match="set cannot be written"):
        json.dumps({1}, default=to_write)


def test_a_schema_follows_from_types_and_docstrings() -> None:
    kind: Any = Sample
    schema = json_schema(kind)
    assert schema["description"] == "An answer for a test."
    assert schema["required"] == ["question", "colour", "counts", "inner", "share"]
    assert schema["properties"]["colour"] == {"description": "its colour.", "enum": ["red"]}
    assert schema["properties"]["counts"] == {
        "description": "how many: by name.",
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }
    assert schema["properties"]["share"] == {"description": "how much, or null.", "type": ["number", "null"]}
    inner = schema["$defs"]["Inner"]
    assert inner["properties"]["more"]["description"] == "further ones, of which there may be none."
    assert inner["properties"]["more"]["items"] == {"$ref": "#/$defs/Inner"}
    assert inner["properties"]["ref"]["type"] == ["string", "null"]
    jsonschema.Draft202012Validator(schema).validate(as_json(SAMPLE))


@pytest.mark.parametrize(
    "change", [{"colour": "blue"}, {"counts": {"a": "x"}}, {"share": "0.5"}, {"extra": 1}, {"inner": {}}]
)
def test_a_schema_refuses_what_is_no_answer(change: dict[str, Any]) -> None:
    kind: Any = Sample
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema(kind)).validate(as_json(SAMPLE) | change)


def test_a_field_without_a_description_is_a_fault() -> None:
    @dataclass(frozen=True, slots=True)
    class Silent:
        """It says nothing of its field."""

        question: ClassVar[str] = "silent"
        field: str

    kind: Any = Silent
    with pytest.raises(KeyError, match="field"):
        json_schema(kind)
