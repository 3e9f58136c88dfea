"""Strings that break programs come back as they were, from every text field of every kind."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from herdbook.dump import DumpError, dump
from herdbook.editing import Put, edit, edited, same
from herdbook.formatting import formatted
from herdbook.schema import KINDS, schema
from schema_parts import Part, resolved
from yaml_documents import places, read

Route = tuple[str | int, ...]


@pytest.fixture(scope="module")
def strings(shared_data: Path) -> list[str]:
    found: list[str] = json.loads((shared_data / "naughty-strings" / "blns.json").read_bytes())
    assert len(found) > 500
    return found


def filled(whole: Part, part: Part, name: str = "key") -> Any:
    """A value with every field that a schema knows; of several forms, it has the one with most fields."""
    part = resolved(whole, part)
    options = [filled(whole, option, name) for option in (*part.get("anyOf", ()), *part.get("oneOf", ()))]
    if "properties" in part or isinstance(part.get("additionalProperties"), dict):
        value = {key: filled(whole, member, key) for key, member in part.get("properties", {}).items()}
        if isinstance(part.get("additionalProperties"), dict):
            value["free key"] = filled(whole, part["additionalProperties"], name)
        options.append(value)
    if "items" in part:
        options.append([filled(whole, part["items"], name)])
    if "string" in part.get("type", ()) or "const" in part or "enum" in part:
        options.append(str(part.get("const", name)))
    return max(options, key=lambda option: len(places(option)), default=1)


@cache
def whole(kind: str) -> Any:
    """An entry of a kind with every field; what it says is nonsense."""
    value = filled(schema(kind), schema(kind))
    return {**value, "kind": kind}


def texts(value: Any) -> list[Route]:
    return [route for route, there in places(value) if isinstance(there, str) and route != ("kind",)]


def put(value: Any, route: Route, new: Any) -> None:
    for step in route[:-1]:
        value = value[step]
    value[route[-1]] = new


def test_the_fields_are_found() -> None:
    found = {kind: {route[0] for route in texts(whole(kind))} for kind in KINDS}
    assert {"id", "user", "code", "environment", "inputs", "params", "outputs", "tags"} <= found["run"]
    assert all(len(texts(whole(kind))) >= 4 for kind in KINDS)
    assert sum(len(texts(whole(kind))) for kind in KINDS) > 150


@pytest.mark.parametrize("kind", KINDS)
def test_each_field_is_written_and_read_again(kind: str, strings: list[str]) -> None:
    value = deepcopy(whole(kind))
    routes = texts(value)
    for shift in range(len(strings)):
        for place, route in enumerate(routes):
            put(value, route, strings[(place + shift) % len(strings)])
        raw = dump(value, kind).encode()
        assert same(read(raw), value)
        if shift % 50 == 0:
            assert formatted(raw) == raw


@pytest.mark.parametrize(
    "each", [pytest.param(8, id="some"), pytest.param(1_000, marks=pytest.mark.slow, id="all")]
)
@pytest.mark.parametrize("kind", KINDS)
def test_each_field_is_edited_and_read_again(kind: str, each: int, strings: list[str]) -> None:
    value = whole(kind)
    raw = dump(value, kind).replace("\n", "  # why\n", 3).encode()
    for place, route in enumerate(texts(value)):
        for number in range(min(each, len(strings))):
            change = Put(route, strings[(place * each + number) % len(strings)])
            after = edit(raw, [change])
            assert same(read(after), edited(value, [change]))
            assert after.count(b"  # why\n") == raw.count(b"  # why\n")


@pytest.mark.parametrize("text", ["\0", "a\ud800", "\udfff"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_no_file_can_hold_is_refused_by_name(kind: str, text: str) -> None:
    raw = dump(whole(kind), kind).encode()
    for route in texts(whole(kind)):
        value = deepcopy(whole(kind))
        put(value, route, text)
        with pytest.raises(DumpError) as dumped:
            dump(value, kind)
        with pytest.raises(DumpError) as refused:
            edit(raw, [Put(route, text)])
        name = ".".join(map(str, route))
        assert str(dumped.value).startswith(f"{name}: character ")
        assert str(refused.value) == str(dumped.value)
