"""Tests of the reader of lines: what it reads, the reader of events reads alike."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.generate import files
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import CHECKOUT
from herdbook.dump import dump
from herdbook.yaml import lines, reader
from herdbook.yaml.events import MAX_DEPTH, MAX_EVENTS, load
from herdbook.yaml.lines import read_lines
from herdbook.yaml.parsed import Parsed, YamlError
from reading import JSON, JSON_KEY
from yaml_documents import documents


def by_events(text: str) -> Parsed:
    return load(text)


def is_known(text: str) -> bool:
    """Tell whether a text is read line by line; if so, make sure that it is read as by its events."""
    value = read_lines(text)
    if value is None:
        return False
    parsed = by_events(text)
    assert repr(value) == repr(parsed.value)  # 1 is not 1.0 and not True, and keys have an order
    assert parsed.doubts == ()
    return True


def is_known_raw(raw: bytes) -> bool:
    try:
        text = reader._decode(raw)
    except YamlError:
        return False
    return is_known(text)


KNOWN = {
    "a: b\n": {"a": "b"},
    "# a\na: b\n\n  # c\nd: e\n": {"a": "b", "d": "e"},
    "a: 1\nb: -1.50\nc: true\nd: null\ne: 3.11.7\nf: 2024-01-01\n": {
        "a": 1,
        "b": -1.5,
        "c": True,
        "d": None,
        "e": "3.11.7",
        "f": "2024-01-01",
    },
    'a: "b: c # d"\n"e f": ""\ng: "\\"h\\" \\\\\\n\\t"\n': {"a": "b: c # d", "e f": "", "g": '"h" \\\n\t'},
    "a: s3://b/c#d?e\nb: (c) d:e, [f]\nc: $HOME\nd: -v\n": {
        "a": "s3://b/c#d?e",
        "b": "(c) d:e, [f]",
        "c": "$HOME",
        "d": "-v",
    },
    "a:\nb:\n  c:\n    d: e\n  f:\ng: h\n": {"a": None, "b": {"c": {"d": "e"}, "f": None}, "g": "h"},
    "a:\n  - b\n  - c: d\n    e:\n      - f\n  - g:\n": {"a": ["b", {"c": "d", "e": ["f"]}, {"g": None}]},
    'a: []\nb: {}\nc: [d, "e, f", 1.0]\ng: {h: i, j: k l}\n': {
        "a": [],
        "b": {},
        "c": ["d", "e, f", 1.0],
        "g": {"h": "i", "j": "k l"},
    },
    'a: {b: {c: [d, [], {}]}, "e": [{f: 1}, {f: 2}]}\n': {
        "a": {"b": {"c": ["d", [], {}]}, "e": [{"f": 1}, {"f": 2}]}
    },
    "a: [0, -0, 0.50]\nb: [[1, 2.5], [-3, 4]]\n": {"a": [0, 0, 0.5], "b": [[1, 2.5], [-3, 4]]},
    "a:\n  - [1, 2]\n  - [3, 4.5]\n  - [x, 5]\n  - [6]\nb: c\n": {
        "a": [[1, 2], [3, 4.5], ["x", 5], [6]],
        "b": "c",
    },
    "a: |\n  b: c\n\n    # d\n\ne: |-\n    f\n\n": {"a": "b: c\n\n  # d\n", "e": "f"},
    "a:\n  - |\n    b\n  - c: |-\n      d\n    e: f\n": {"a": ["b\n", {"c": "d", "e": "f"}]},
    "é: ü 漢字 👍\n".replace("é", "_é"): {"_é": "ü 漢字 👍"},
    'a: b\u00a0\nc: "\u2003"\n': {"a": "b\u00a0", "c": "\u2003"},
}


@pytest.mark.parametrize("text", KNOWN)
def test_a_usual_layout_is_read(text: str) -> None:
    assert is_known(text)
    assert repr(read_lines(text)) == repr(KNOWN[text])


UNKNOWN = {
    "no end of the last line": "a: b",
    "nothing": "\n# a\n",
    "a line of blanks": "a: b\n  \nc: d\n",
    "a tab": "a: b\tc\n",
    "a carriage return": "a: b\r\n",
    "no mapping": "- a\n",
    "a mapping in braces": "{a: b}\n",
    "a beginning further in": " a: b\n",
    "the start of a document": "---\na: b\n",
    "the end of a document": "a: b\n...\n",
    "a text over two lines": "a: b\n  c\n",
    "a text below its key": "a:\n  b\n",
    "a quoted text over two lines": 'a: "b\n  c"\n',
    "a comment behind a value": "a: b # c\n",
    "a comment right behind a quoted text": 'a: "b"#c\n',
    "blanks behind a value": "a: b \n",
    "blanks before a value": "a:  b\n",
    "a value behind a key below": "a: b: c\n",
    "a colon at the end": "a: b:\n",
    "a second colon": "a:: b\n",
    "a key that stands twice": "a: b\na: c\n",
    "a key that stands twice in braces": "a: {b: c, b: d}\n",
    "a key that stands twice further in": "a: [{b: {c: d}, b: e}]\n",
    "a key that is a word": "yes: a\n",
    "a key that is a word in braces": "a: {null: b}\n",
    "a key that may be a number": "1: a\n",
    "a key that is longer than the parser looks": f"a{'b' * 1100}: c\n",
    "a quoted key that is longer than the parser looks": f'"{"b" * 1100}": c\n',
    "a merge key": "<<: a\n",
    "an anchor": "a: &b c\n",
    "an alias": "a: *b\n",
    "a tag": "a: !b c\n",
    "single quotes": "a: 'b'\n",
    "an escape that JSON and YAML read differently": 'a: "\\ud83d\\ude00"\n',
    "an escaped NUL": 'a: "\\0"\n',
    "a word that readers differ about": "a: no\n",
    "a number that readers differ about": "a: 1e3\n",
    "a number that readers differ about in brackets": "a: [017]\n",
    "a number with noughts in front in a list of them": "a: [1, 007]\n",
    "a number with noughts in front in rows": "a:\n  - [1]\n  - [007]\n",
    "a number of 64 bits and more": "a: 9223372036854775808\n",
    "a number of 64 bits and more in a list of them": "a: [1, 9223372036854775808]\n",
    "a number of 64 bits and more in rows": "a:\n  - [1]\n  - [9223372036854775808]\n",
    "no number": "a: .nan\n",
    "a dash alone": "a:\n  -\n",
    "a dash as a value": "a: -\n",
    "a list in a list": "a:\n  - - b\n",
    "a list as far out as its key": "a:\n- b\n",
    "a list where a mapping was begun": "a: b\n- c\n",
    "a mapping where a list was begun": "a:\n  - b\n  c: d\n",
    "a line too far out": "a:\n    b: c\n  d: e\n",
    "a line too far in": "a:\n  b: c\n    d: e\n",
    "rows below a value": "a: b\n- [1]\n- [2]\n",
    "rows too far in": "a: b\n  - [1]\n  - [2]\n",
    "a bracket that is not closed": "a: [b\n",
    "a bracket that is closed twice": "a: [b]]\n",
    "a bracket that is closed by a brace": "a: [b}\n",
    "something behind a bracket": "a: [[b]] c\n",
    "a comma behind brackets": "a: [[b]], \n",
    "a comma at the end": "a: [b, ]\n",
    "a pair in brackets": "a: [b: c]\n",
    "a key alone in braces": "a: {b}\n",
    "a key without a value in braces": "a: {b: }\n",
    "no blank behind a comma": "a: [b,c]\n",
    "a colon before a comma": "a: [b:, c]\n",
    "a question mark in brackets": "a: [?b]\n",
    "brackets over two lines": "a: [b,\n  c]\n",
    "a folded text": "a: >\n  b\n",
    "a text that keeps its end": "a: |+\n  b\n",
    "a text whose indentation is said": "a: |2\n  b\n",
    "a text in lines that is empty": "a: |\nb: c\n",
    "a text in lines that begins with a blank line": "a: |\n\n  b\n",
    "a text in lines with a line of blanks": "a: |\n  b\n    \n  c\n",
    "a text in lines as far out as its key": "a:\n  - b: |\n    c\n",
    "a text too long": f"a: {'b' * 100_000}\n",
    "blocks too deep": "".join(f"{'  ' * depth}a:\n" for depth in range(MAX_DEPTH + 1)),
    "brackets too deep": f"a: {'[a, ' * MAX_DEPTH}b{']' * MAX_DEPTH}\n",
    "too many values": f"a: [{'1, ' * MAX_EVENTS}1]\n",
}


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_for_certain_is_left_to_the_parser(text: str) -> None:
    assert read_lines(text) is None


def test_an_empty_list_in_a_list_is_known_whatever_is_around() -> None:
    assert is_known("a: [[], {}, [[]], [{}]]\nb:\n  - []\n  - {}\n")


def real_files() -> Iterator[bytes]:
    for folder in ("catalog", "examples", "tests", "src"):
        for path in sorted((CHECKOUT / folder).rglob("*.y*ml")):
            yield path.read_bytes()


def generated() -> Iterator[bytes]:
    for _, value in files(100):
        yield dump(value, value["kind"]).encode()


def test_real_files_are_read_as_by_their_events(shared_data: Path) -> None:
    known = [is_known_raw(raw) for raw in real_files()]
    assert len(known) > 250
    assert sum(known) > 100
    for path in sorted(shared_data.rglob("*")):
        if path.is_file():
            is_known_raw(path.read_bytes())
    for path in sorted((shared_data / "hf-cards").rglob("*.md")):
        is_known_raw(path.read_bytes().partition(b"---\n")[2].partition(b"---\n")[0])
    for case in json.loads((shared_data / "yaml-suite" / "cases.json").read_text()).values():
        is_known_raw(case["yaml"].encode())
        is_known_raw(b"a: b\n" + case["yaml"].encode())


def test_every_file_of_our_own_layout_is_known() -> None:
    assert all(is_known_raw(raw) for raw in generated())
    assert all(is_known_raw(path.read_bytes()) for path in (CHECKOUT / "catalog").rglob("*.yaml"))


@given(st.dictionaries(JSON_KEY, JSON, min_size=1, max_size=5))
def test_what_herdbook_writes_is_read_as_by_its_events(value: dict[str, Any]) -> None:
    is_known(dump(value))


WORDS = st.from_regex(r"[a-z]{1,5}[0-9]{0,3}", fullmatch=True).filter(
    lambda text: text not in ("no", "y", "n")
)
USUAL = st.recursive(
    st.integers(-(2**50), 2**50)
    | st.floats(0.01, 1e6)
    | WORDS
    | st.just("2024-01-12T08:00:00Z")
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(
    st.dictionaries(
        WORDS, USUAL | st.lists(st.lists(st.integers(-(2**63), 2**63 - 1) | st.floats(0.01, 1e6)))
    )
)
def test_usual_values_are_read_as_by_their_events(value: dict[str, Any]) -> None:
    is_known(dump(value))


@given(documents())
def test_documents_as_people_write_them_are_read_as_by_their_events(raw: bytes) -> None:
    is_known_raw(raw)


PARTS: dict[str, list[str]] = json.loads((CHECKOUT / "tests" / "data" / "layouts.json").read_text())
"""What lines begin and end with, and what mutations put into files: pieces that mean something to YAML."""


@st.composite
def laid_out(draw: st.DrawFn) -> str:
    """Lines of such pieces."""
    text, indent = "", 0
    for place in range(draw(st.integers(1, 8))):
        if place:
            indent = max(0, indent + draw(st.sampled_from([0, 0, 0, 2, 2, 2, -2, -4, 1, -1])))
        line = draw(st.sampled_from(PARTS["heads"])) + draw(st.sampled_from(PARTS["ends"]))
        text += f"{' ' * indent * bool(line)}{line}\n"
    return text + draw(st.sampled_from(["", "", "", "  ", "x"]))


@given(laid_out())
@settings(max_examples=1000)
@example("a: [b, [c]], \n")
def test_lines_of_any_pieces_are_read_as_by_their_events(text: str) -> None:
    is_known_raw(text.encode())


SEEDS = [raw for raw in (*real_files(), *generated()) if 0 < len(raw) < 5_000 and is_known_raw(raw)]


def mutated(chance: random.Random) -> bytes:
    raw = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at = chance.randrange(len(raw))
        match chance.randrange(4):
            case 0:
                raw[at : at + chance.randint(1, 20)] = b""
            case 1:
                raw[at:at] = chance.choice(PARTS["pieces"]).encode("latin-1")
            case 2:
                raw[at] = (
                    chance.choice(b" :-#[]{},\"'|\n\t01ae")
                    if chance.random() < 0.8
                    else chance.randrange(256)
                )
            case _:
                other = chance.randrange(len(raw))
                raw[at:at] = raw[other : other + chance.randint(1, 60)]
        raw = raw or bytearray(b"a")
    return bytes(raw)


@given(st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_mutations_of_real_files_are_read_as_by_their_events(chance: random.Random) -> None:
    is_known_raw(mutated(chance))


@pytest.mark.slow
def test_many_mutations_of_real_files_are_read_as_by_their_events() -> None:
    chance = random.Random(1)
    assert sum(is_known_raw(mutated(chance)) for _ in range(100_000)) > 10_000


# Bounds, and what is remembered


def test_no_document_that_is_known_holds_more_than_the_parser_may_give_events() -> None:
    # Two events for each character are the most: the ends of an empty list.
    assert 2 * lines._LONGEST + 10 < MAX_EVENTS
    assert 2 * (lines._DEEPEST + 2) < MAX_DEPTH


def test_what_was_read_is_nobody_elses() -> None:
    text = "a: [b, c]\nd: {e: f}\ng: [1, 2]\nh: []\ni:\n  - [1]\n  - [2]\n"
    for _ in range(3):  # the first time it is new, the second time its values are known, then its lines
        first, again = read_lines(text), read_lines(text)
        assert first is not None
        for value in first.values():
            value.clear()
        assert again == read_lines(text) == by_events(text).value


def test_what_was_read_before_changes_nothing() -> None:
    assert read_lines("a: 1\n") == {"a": 1}
    assert read_lines("- 1: a\n1: a\n") is None  # a number as a value may be known; it is no key
    assert read_lines("a:\n  - b c\nb c: d\n") == {"a": ["b c"], "b c": "d"}
    assert read_lines("b c\n") is None
    assert read_lines("a: [1, x]\nb: {c: [1, x]}\n") == {"a": [1, "x"], "b": {"c": [1, "x"]}}
    assert read_lines("a: b, c\nd: [b, c]\n") == {"a": "b, c", "d": ["b", "c"]}
    for text in ("  a:\n", "  a: b\n", "  - a\n", "  - {a: b}\n", "  - a: b\n", "  - a:\n"):
        for around in ("c:\n", "c: d\n", "c:\n  - e\n", "c:\n  e: f\n", "c:\n    e: f\n", "c: |\n", ""):
            for _ in range(3):
                is_known(around + text)
                is_known(around + text + text)


@pytest.mark.parametrize("what", ["LINE", "HEAD", "VALUE", "FLAT_VALUE"])
def test_no_more_is_remembered_than_the_bounds(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered: dict[str, Any] = {}
    # A line that is known does not ask for what it is made of, nor is one kept of which that was not.
    for each in ("LINE", "HEAD", "VALUE", "FLAT_VALUE"):
        monkeypatch.setattr(lines, f"_{each}S", remembered if each == what else {})
    monkeypatch.setattr(lines, f"_MOST_{what}S", 100)
    long = getattr(lines, f"_LONGEST_{what}")
    words = ["w" * length for length in range(89, 0, -1)]
    for _ in range(2):
        assert is_known("".join(f"{word}: {word}\n" for word in words))
        assert is_known("".join(f"l{place}: [{word}, {'v' * 30}]\n" for place, word in enumerate(words)))
        assert is_known("".join(f"k{each}: v{each}\n" for each in range(200)))
        assert is_known("".join(f"k{each}: [v{each}, w]\n" for each in range(200)))
    assert len(remembered) == 100
    assert max(map(len, remembered)) == long
