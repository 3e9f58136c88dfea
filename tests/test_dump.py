"""What is written is read again as it was, by every reader, and looks as a person would have written it."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import yaml
from herdbook.dump import DumpError, dump
from herdbook.schema import KINDS, schema
from herdbook.yaml.reader import FORBIDDEN_CHARACTERS, parse_yaml

DATA = Path(__file__).parent / "data" / "dump"

# Text as people and machines write it: pieces that mean something to YAML, and any character at all.
PIECES = (
    *(": ", ":", " #", "#", "- ", "-", "? ", "?", "\n", "\n\n", " ", "  ", "\t", "\r\n", "\r", ",", "[", "]"),
    *("{", "}", "&", "*", "!", "|", ">", "'", '"', "\\", "%", "@", "`", "~", "<<", "=", "---", "...", "null"),
    *("yes", "no", "on", "1", "0x1F", "1e3", ".5", "1_000", "12:30:45", "2024-03-15", "é", "😀", "\u200b"),
    *("\u2028", "\x85", "\ufeff", "\x1b", "\u202e", "word", "=======", "<<<<<<<"),
)
whole_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=["\0"]))
texts = whole_texts | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=25,
)
mappings = st.dictionaries(texts, values, max_size=6)


def read(text: str) -> Any:
    parsed = parse_yaml(text.encode())
    assert not parsed.doubts, "another reader of YAML would take it for something else"
    return parsed.value


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, and -0.0 from 0.0."""
    return repr(one) == repr(other)


@given(mappings)
@example({"key" * 400: 1, "two\nlines" * 100: {"a": []}})
@example({"a": "x\n y\n", "b": "x\n\n", "c": "x \ny", "d": "\nx", "e": "x\n\ty\n", "f": " x\ny"})
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    assert same(read(dump(value)), value)


@given(mappings)
def test_readers_of_yaml_1_1_read_the_same(value: dict[str, Any]) -> None:
    assert same(yaml.safe_load(dump(value)), value)


@given(mappings)
def test_writing_what_was_read_changes_nothing(value: dict[str, Any]) -> None:
    text = dump(value)
    assert dump(read(text)) == text


@given(texts)
def test_no_invisible_character_stands_in_a_file(text: str) -> None:
    assert not re.search(f"[{FORBIDDEN_CHARACTERS}\r]", dump({"a": text, text: {"b": [text]}}))


def test_naughty_strings_come_back(shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_bytes())
    assert len(strings) > 500
    for text in strings:
        value = {"alone": text, text: 1, "inside": [text, {"key": text}]}
        assert same(read(dump(value)), value), text


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {"b": [1, math.nan]}}, "a.b.1: nan is not finite"),
        ({"a": math.inf}, "a: inf is not finite"),
        ({"a": 2**63}, "a: the number 9.22e+18 does not fit into 64 bits"),
        ({"a": "x\ud800"}, "a: character 1 is half of a surrogate pair"),
        ({"a\udfff": 1}, "character 1 is half of a surrogate pair"),
        ({"a": {1: 2}}, "a.1: the key 1 is not text; make it text"),
        ({"a": {"b\0": 1}}, "character 1 is U+0000"),
        ({"a": b"x"}, "a: a value of type bytes cannot be written"),
        ({"a": {1, 2}}, "a: a value of type set cannot be written"),
        (nested(65), "nested more than 64 deep"),
    ],
)
def test_what_no_file_can_hold_is_refused(value: dict[str, Any], message: str) -> None:
    with pytest.raises(DumpError) as caught:
        dump(value)
    assert message in str(caught.value)


def test_as_deep_as_the_reader_reads() -> None:
    assert read(dump(nested(64))) == nested(64)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_layout(path: Path) -> None:
    """The files show the layout; the keys of the value that is written are in another order."""
    text = path.read_text()
    value = read(text)
    assert dump(dict(reversed(value.items())), value["kind"]) == text


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_the_schemas_keep_their_values(kind: str) -> None:
    for shown in schema(kind)["examples"]:
        assert read(dump(shown, kind)) == shown


def test_the_first_line_leads_editors_to_the_schema() -> None:
    first = "# yaml-language-server: $schema="
    assert dump({"kind": "catalog"}, "catalog").startswith(f"{first}.schema/catalog.json\n")
    assert dump({"kind": "model-card"}, "model-card").startswith(f"{first}../../.schema/model-card.json\n")
    assert dump({"version": 1}, "model-card").startswith(f"{first}../../../.schema/model-card.json\n")
    assert (
        dump({}, "run", schemas="https://example.org/schema")
        == f"{first}https://example.org/schema/run.json\n{{}}\n"
    )
