"""What holds of entries of every kind; what only one kind says is tested in the folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entry_samples import DATA, TYPES, read
from herdbook.entries import Mention
from herdbook.ref import Kind, Ref
from herdbook.schema import KINDS, schema
from herdbook.source import SourceFile
from herdbook.tree import DirTree
from schema_parts import resolved

FILES = sorted((DATA / "schema").glob("*/good-*.yaml"))

REFERENCE_TYPES = {
    "reference",
    "datasetVersionReference",
    "modelVersionReference",
    "modelReference",
    "runReference",
}
NAMES_THAT_REFER = {"produced_by", "parent", "run", "evaluations"}
"""Fields whose type is a name: that of a run elsewhere."""


def test_there_is_a_view_of_every_kind() -> None:
    assert tuple(TYPES) == KINDS
    assert {path.parent.name for path in FILES} == set(KINDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_field_of_a_valid_entry_can_be_read(path: Path) -> None:
    entry = read(path)
    with_arguments = {"text", "at", "version_of", "output"}
    names = {name for name in dir(entry) if not name.startswith("_")} - with_arguments
    found = {name: getattr(entry, name) for name in names}
    assert entry.label
    assert entry.expected_path.endswith(".yaml")
    assert entry.ref is None or Ref.parse(str(entry.ref)) == entry.ref
    for name, value in found.items():
        assert not callable(value) or value() is not None
        if name != "label" and isinstance(value, str | int) and name in entry.data:
            assert value == entry.data[name]


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_of_an_entry_is_mentioned(kind: str) -> None:
    entry = read(DATA / "schema" / kind / "good-full.yaml")
    whole = schema(kind)
    referring = set(references(whole, whole, entry.data))
    # The file shows every field that refers; otherwise it could not show that one is forgotten.
    assert {general(route) for route, _ in referring} == set(fields(whole, whole))
    mentioned = {(mention.route, mention.text) for mention in entry.mentions()}
    assert referring <= mentioned
    for mention in entry.mentions():
        assert mention.ref is not None
        assert mention.error == ""
        assert str(at(entry.data, mention.route)) in (mention.text, mention.ref.version)


def references(whole: Any, part: Any, value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str]]:
    """The texts of a value that its schema takes for references, with their routes."""
    if refers(part, route):
        yield route, value
    part = resolved(whole, part)
    if isinstance(value, dict):
        for key, inner in value.items():
            inside = part.get("properties", {}).get(key) or part.get("additionalProperties", {})
            yield from references(whole, inside, inner, (*route, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from references(whole, part.get("items", {}), inner, (*route, index))


def fields(whole: Any, part: Any, route: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The routes at which a schema has references; `*` stands for any index and any key."""
    if refers(part, route):
        yield route
    part = resolved(whole, part)
    for key, inner in part.get("properties", {}).items():
        yield from fields(whole, inner, (*route, key))
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), dict):
            yield from fields(whole, part[keyword], (*route, "*"))


def refers(part: Any, route: tuple[Any, ...]) -> bool:
    name = part.get("$ref", "").rpartition("/")[2]
    key = next((step for step in reversed(route) if isinstance(step, str) and step != "*"), "")
    return name in REFERENCE_TYPES or (name == "name" and key in NAMES_THAT_REFER)


def general(route: tuple[Any, ...]) -> tuple[str, ...]:
    keys = ["*" if isinstance(step, int) else step for step in route]
    return tuple("*" if keys[index - 1 : index] == ["aliases"] else key for index, key in enumerate(keys))


def at(value: Any, route: tuple[Any, ...]) -> Any:
    for step in route:
        value = value[step]
    return value


def test_a_malformed_reference_is_mentioned_with_its_fault() -> None:
    mention = Mention.of("../x", ("run",), Kind.RUN)
    assert mention.ref is None
    assert "'../x' is no reference" in mention.error


@pytest.mark.parametrize("kind", TYPES)
def test_no_entry_can_be_changed(kind: str) -> None:
    entry = TYPES[kind](SourceFile(DirTree(DATA), "x"), {})
    for name in ("source", "data", "ref", "inputs", "ledgers", "transitions", "anything"):
        with pytest.raises((AttributeError, TypeError)):  # Python has the latter for what has no slot
            setattr(entry, name, None)


def test_a_place_is_one_in_the_file_of_the_entry() -> None:
    entry = read(DATA / "schema" / "endpoint" / "good-full.yaml")
    place = entry.at("serves", 1, "model")
    assert place.span.line == 12
    assert place.source is entry.source
    assert entry.at("name", on_key=True).span.column == 1
