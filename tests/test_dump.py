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


AMBIGUOUS = """
1 +1 -1 1.5 1. .5 1e3 1E3 1.5e-3 0x1F 0o17 017 0b101 1_000 1_000.5 0E0_ 1e_+1 .5e_1 12:30:45
190:20:30.15 ~ null Null NULL true
True yes No on OFF y N .inf -.inf .NaN 2024-03-15 2024-03-15T09:12:00Z << = 7e10 012345 - ? : --- ...
b7d9e4 1234567 4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736 s3://bucket/key https://example.org
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""


@pytest.mark.parametrize("text", AMBIGUOUS.split())  # fmt: skip
def test_text_that_could_be_something_else_is_in_quotes(text: str) -> None:
    assert dump({"a": text}) == f'a: "{text}"\n'
    assert dump({"a": [text]}) == f'a: ["{text}"]\n'


@pytest.mark.parametrize(
    "text",
    ["3.10.12", "v2.1", "scikit-learn==1.4.2", "ml-engineer", "decade", "e", "a#b", "first release (AUC)"],
)
def test_plain_text_is_without_quotes(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"
    assert dump({"a": [text]}) == f"a: [{text}]\n"


@pytest.mark.parametrize("text", ["runs:/eval-12", "first, second", "why?", "a [b]"])
def test_quotes_on_one_line_are_for_what_would_end_the_text_there(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"
    assert dump({"a": [text]}) == f'a: ["{text}"]\n'


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1e-05, "1.0e-05"),
        (1e16, "1.0e+16"),
        (0.1, "0.1"),
        (5e-324, "5.0e-324"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (3, "3"),
        (True, "true"),
    ],
)
def test_numbers(number: float, text: str) -> None:
    assert dump({"a": number}) == f"a: {text}\n"


def test_numbers_of_other_libraries_are_written_as_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    assert dump({"a": numpy.float64(0.5)}) == "a: 0.5\n"


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
