"""Tests of the one YAML reader."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bombs
from herdbook.tree import MAX_BYTES
from herdbook.yaml.events import MAX_DEPTH, MAX_EVENTS
from herdbook.yaml.parsed import YamlError
from reading import JSON, doubts, inside, met, problems, read

TESTS = Path(__file__).parents[1]


# Values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", {"a": "b"}),
        ("a: 1", {"a": 1}),
        ("a: -0", {"a": 0}),
        ("a: +5", {"a": 5}),
        ("a: 007", {"a": 7}),
        ("a: 0x1F", {"a": 31}),
        ("a: 0o17", {"a": 15}),
        ("a: 9223372036854775807", {"a": 2**63 - 1}),
        ("a: -9223372036854775808", {"a": -(2**63)}),
        ("a: 123456789012345678", {"a": 123456789012345678}),
        ("a: 1234567890123456789", {"a": 1234567890123456789}),
        ("a: 1.5", {"a": 1.5}),
        ("a: 1.", {"a": 1.0}),
        ("a: .5", {"a": 0.5}),
        ("a: -.5", {"a": -0.5}),
        ("a: 1e3", {"a": 1000.0}),
        ("a: 3.0e-4", {"a": 0.0003}),
        ("a: 1.7976931348623157e+308", {"a": sys.float_info.max}),
        ("a: 1e-999", {"a": 0.0}),
        ("a: 12345678901234567890.5", {"a": 12345678901234567890.5}),
        ("a: true", {"a": True}),
        ("a: FALSE", {"a": False}),
        ("a: null", {"a": None}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 'null'", {"a": "null"}),
        ('a: "1"', {"a": "1"}),
        ("a: |\n 1", {"a": "1"}),
        ("a: tRUE", {"a": "tRUE"}),
        ("a: nan", {"a": "nan"}),
        ("a: 1,000", {"a": "1,000"}),
        ("a: 1 2", {"a": "1 2"}),
        ("a: 1.2.3", {"a": "1.2.3"}),
        ("a: 1e", {"a": "1e"}),
        ("a: 0x", {"a": "0x"}),
        ("a: 0b1", {"a": "0b1"}),
        ("a: -0x1F", {"a": "-0x1F"}),
        ("a: .", {"a": "."}),
        ("a: +", {"a": "+"}),
        ("a: --", {"a": "--"}),
        ("a: 1_0", {"a": "1_0"}),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("a: 2001-02-30", {"a": "2001-02-30"}),
        ("a: 2024-03-15T09:12:00Z", {"a": "2024-03-15T09:12:00Z"}),
        ("a: no", {"a": "no"}),
        ("a: =", {"a": "="}),
        ("a: <<", {"a": "<<"}),
        ("a: '<<'", {"a": "<<"}),
        ("'<<': a", {"<<": "a"}),
        ("'1': a", {"1": "a"}),
        ("'': a", {"": "a"}),
        ("? a\n: b", {"a": "b"}),
        ("a: /data/x", {"a": "/data/x"}),
        ("a: $HOME", {"a": "$HOME"}),
        ("a: (b)", {"a": "(b)"}),
        ("a: b#c", {"a": "b#c"}),
        ("a: b#c # d", {"a": "b#c"}),
        ("a: s3://b/c#d?e", {"a": "s3://b/c#d?e"}),
        ("a: what?", {"a": "what?"}),
        ("a: [b?, c]", {"a": ["b?", "c"]}),
        ("a: 'C:\\n'", {"a": "C:\\n"}),
        ("a: 'C:\\0'", {"a": "C:\\0"}),
        ('a: "\\u200d\\x41\\U0001F600\\e\\u2028"', {"a": "\u200dA\U0001f600\x1b\u2028"}),
        ("a: |\n  b\n  =======\n  c\n", {"a": "b\n=======\nc\n"}),
        ("a: '======='", {"a": "======="}),
        ("# =======\na: b", {"a": "b"}),
        ("a: |\n  b\n  \tc\n", {"a": "b\n\tc\n"}),
        ("a: b\t# c", {"a": "b"}),
        ("a: b # c#d", {"a": "b"}),
        ("a: |\n  b\n  \tc # d#e\n  'f'#g\n", {"a": "b\n\tc # d#e\n'f'#g\n"}),
        ("a: '\n\n  b'", {"a": "\nb"}),
        ("a: >\n  b\n  c\n", {"a": "b c\n"}),
        ("{a: [1, {b: c}], d: }", {"a": [1, {"b": "c"}], "d": None}),
        ("[a: b]", [{"a": "b"}]),
        ("- - a\n  - b\n- c: d\n", [["a", "b"], {"c": "d"}]),
        ("\ufeffa: b", {"a": "b"}),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("---\na: b\n...\n", {"a": "b"}),
        ("--- a", "a"),
        ("a: \U0001f600é\u00a0\ufe0f", {"a": "\U0001f600é\u00a0\ufe0f"}),
    ],
)
def test_a_document_is_read_as_yaml_1_2_has_it(text: str, value: Any) -> None:
    found = read(text)
    assert found == value
    assert repr(found) == repr(value)  # 1 is not 1.0 and not True


def test_what_was_read_before_changes_nothing() -> None:
    assert read("a: 1") == read("a: 1") == {"a": 1}
    assert [type(value) for value in read("a: 1\nb: 1.0\nc: true\nd: x").values()] == [int, float, bool, str]
    assert problems("1: a") == problems("1: a") != ()  # a number as a value may be known; it is no key
    assert doubts("a: no\nb: no") == doubts("a: no\nb: no") != []


def test_the_final_line_end_may_be_missing() -> None:
    for text in ("a: b", "a: |\n  b", "a: 'b'", "- b", "[b]"):
        assert read(text) == read(f"{text}\n") or text == "a: |\n  b"


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_read(number: int) -> None:
    assert read(f"a: {number}") == {"a": number}
    assert repr(read(f"[{number}]")) == repr([number])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fractions_are_read(number: float) -> None:
    assert repr(read(f"a: {number!r}")["a"]) in (repr(number), repr(int(number)))


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    assert read(json.dumps(value)) == value
    assert read(json.dumps(value, indent=1)) == value


# The YAML test suite

OUTSIDE = (
    "anchors (",
    "aliases (",
    "tags (",
    "directives (",
    "a second document",
    "cannot be a key",
    "a key is missing",
    "is not text",
    "the file is empty",
)
"""What is YAML, but more than plain data in one document."""

REFUSED_ALTHOUGH_YAML = {
    **dict.fromkeys(
        ("3RLN/05", "HS5T", "TL85", "UV7Q"),
        "a tab indents a continued line: readers differ about it, and nobody sees it",
    ),
    **dict.fromkeys(
        ("96NN/01", "DK95/03", "Y79Y/001"),
        "the C parser refuses a tab where indentation could be",
    ),
    **dict.fromkeys(
        ("4ABK", "4MUZ/00", "4MUZ/02", "FRK4", "K3WX", "VJP3/01"),
        "in braces the C parser wants the colon on the line of its key, and none before a comma",
    ),
    "HM87/01": "the C parser takes a question mark in brackets for the sign of a key",
    **dict.fromkeys(
        ("NHX8", "NKF9", "S3PD", "UKK6/00"), "a key is missing: the C parser refuses it, as we would"
    ),
    **dict.fromkeys(("7Z25", "HWV9", "QT73"), "more than one document, or the end of none"),
    "FP8R": "a block of lines without indentation as the whole document",
}


@pytest.fixture(scope="module")
def suite(shared_data: Path) -> dict[str, dict[str, Any]]:
    cases: dict[str, dict[str, Any]] = json.loads((shared_data / "yaml-suite" / "cases.json").read_text())
    assert len(cases) == 201
    return cases


def test_what_is_not_yaml_is_refused(suite: dict[str, dict[str, Any]]) -> None:
    for name, case in suite.items():
        if case["error"]:
            found = problems(case["yaml"])
            assert inside(found[0].span, case["yaml"]), name


def test_what_is_yaml_is_read_or_refused_for_a_reason(suite: dict[str, dict[str, Any]]) -> None:
    refused = {}
    for name, case in suite.items():
        if case["error"]:
            continue
        try:
            value = read(case["yaml"])
        except YamlError as error:
            refused[name] = error.problems[0].message
        else:
            assert case["json"] is None or value == json.loads(case["json"]), name
    unexplained = {name for name, message in refused.items() if not any(part in message for part in OUTSIDE)}
    assert unexplained == set(REFUSED_ALTHOUGH_YAML)
    assert len(suite) - len(refused) - 45 >= 80


# Characters

INVISIBLE = {
    "a control": "\x01",
    "NUL": "\0",
    "backspace": "\b",
    "a vertical tab": "\v",
    "a form feed": "\f",
    "an escape": "\x1b",
    "delete": "\x7f",
    "a control of Latin-1": "\x9b",
    "a next line": "\x85",
    "a soft hyphen": "\xad",
    "a grapheme joiner": "\u034f",
    "an Arabic letter mark": "\u061c",
    "a Hangul filler": "\u115f",
    "another Hangul filler": "\u3164",
    "a half-wide Hangul filler": "\uffa0",
    "a Khmer vowel that is not seen": "\u17b4",
    "a Mongolian selector": "\u180b",
    "a Mongolian separator": "\u180e",
    "a zero-width space": "\u200b",
    "a zero-width joiner": "\u200d",
    "a left-to-right mark": "\u200e",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "an embedding": "\u202a",
    "an override": "\u202e",
    "a word joiner": "\u2060",
    "an invisible operator": "\u2063",
    "an isolate": "\u2066",
    "a deprecated format": "\u206f",
    "a selector of variants": "\ufe00",
    "a byte order mark inside": "\ufeff",
    "an interlinear anchor": "\ufff9",
    "an unassigned ignorable": "\ufff0",
    "no character": "\uffff",
    "a shorthand format": "\U0001bca0",
    "a musical format": "\U0001d173",
    "a language tag": "\U000e0001",
    "a tag letter": "\U000e0061",
    "a supplementary selector": "\U000e0100",
    "a bare carriage return": "\r",
}


@pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
@pytest.mark.parametrize(
    ("text", "column"),
    [("a: b # {}c\n", 8), ("a{}b: c\n", 2), ("a: b{}c\n", 5), ("a: 'b{}c'\n", 6), ("a: |\n b{}c\n", 3)],
    ids=["comment", "key", "value", "quoted value", "block"],
)
def test_an_invisible_character_is_refused_where_it_stands(text: str, column: int, character: str) -> None:
    (problem,) = problems(f"# é\n{text.format(character)}")
    assert problem.rule == "forbidden-character"
    assert (problem.span.line, problem.span.column) == (3 if "|" in text else 2, column)
    assert (
        "carriage return" in problem.message
        if character == "\r"
        else f"{ord(character):04X}" in problem.message
    )


def test_an_invisible_character_may_be_written_as_an_escape() -> None:
    for character in set(INVISIBLE.values()) - {"\0"}:
        assert read(f'a: "\\U{ord(character):08x}"') == {"a": character}


def test_visible_characters_are_allowed() -> None:
    text = (
        "äéß ñ Ω й 漢字 ひらがな 한국어 العربية עברית ไทย हिन्दी 👍🏽 ❤️ ½ € — “q” \u00a0 \u2003 \u202f \u3000"
    )
    assert read(f"a: '{text}'") == {"a": text}


# Bounds


def test_a_file_may_be_as_large_as_the_bound_and_no_larger() -> None:
    assert read("a: " + "b" * (MAX_BYTES - 3))["a"].startswith("bbb")
    (problem,) = problems("a: " + "b" * (MAX_BYTES - 2))
    assert "larger than 1024 KiB" in problem.message


def test_a_document_may_be_as_deep_as_the_bound_and_no_deeper() -> None:
    for opening, closing in (("[", "]"), ("{a: ", "}")):
        read(opening * MAX_DEPTH + closing * MAX_DEPTH)
        (problem,) = problems(opening * (MAX_DEPTH + 1) + closing * (MAX_DEPTH + 1))
        assert f"nested more than {MAX_DEPTH} deep" in problem.message


def test_a_document_may_hold_as_many_values_as_the_bound_and_no_more() -> None:
    around = 6  # the stream, the document and the list begin and end
    most = MAX_EVENTS - around
    assert len(read("[" + "a," * most + "]")) == most
    (problem,) = problems("[" + "a," * (most + 1) + "]")
    assert "too many values" in problem.message


def test_of_many_problems_the_first_are_told() -> None:
    assert len(problems("a: b\n" + "a: b\n" * 100)) == 20
    assert len(doubts("[" + "no," * 100 + "]")) == len(doubts("[" + "1e3," * 100 + "]")) == 20


SAMPLE = {
    "50 kB of brackets",
    "closed brackets",
    "mappings in braces",
    "50 kB of dashes",
    "question marks and brackets",
    "mappings in steps",
    "brackets below 60 mappings",
    "aliases",
    "merge keys",
    "tag directives",
    "items in brackets",
    "keys",
    "items at the greatest depth",
    "numbers that readers differ about",
    "wrong tags of an entry",
    "unknown keys of an entry",
    "inputs that lead nowhere",
    "digits",
    "many digits in groups",
    "many minutes",
    "a long line",
    "prose",
    "double quotes",
    "number signs in quotes",
    "blanks before a question mark",
    "10 MB",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow) for name in bombs.BOMBS]
)
def test_a_bomb_does_not_go_off(name: str) -> None:
    done = subprocess.run(
        [sys.executable, TESTS / "bombs.py", name], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-500:])
    assert done.stderr == ""
    *findings, megabytes = done.stdout.splitlines()
    assert findings
    assert int(megabytes) <= 150


def test_bombs_go_off_where_nothing_guards() -> None:
    # The parser underneath calls itself for every level, and no `except` catches what follows.
    program = """
import threading, yaml
threading.stack_size(512 * 1024)
threading.Thread(target=yaml.load, args=("[" * 50_000, yaml.CSafeLoader)).start()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=300, check=False)
    assert done.returncode < 0


# Fuzz


@pytest.mark.slow
def test_mutations_of_real_files_end_in_a_value_or_in_problems() -> None:
    seeds = [file.read_bytes() for file in sorted((TESTS / "data" / "example").rglob("*.yaml"))]
    pieces = [
        b"[",
        b"{",
        b"- ",
        b": ",
        b"&a ",
        b"*a",
        b"!t ",
        b"\t",
        b"\r",
        b"\n",
        b'"',
        b"'",
        b"#",
        b"|\n",
        b">-\n",
        b"? ",
        b"<<: ",
        b"\xff",
        b"\xe2\x80\xa8",
        b"%",
        b"---\n",
        b"...\n",
        b"\\",
        b"0x",
        b"1e9",
        b".inf",
        b"\0",
        b"=======\n",
    ]
    chance = random.Random(1)
    for _ in range(100_000):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(raw))
            match chance.randrange(4):
                case 0:
                    raw[at : at + chance.randint(1, 20)] = b""
                case 1:
                    raw[at:at] = chance.choice(pieces)
                case 2:
                    raw[at] = chance.randrange(256)
                case _:
                    other = chance.randrange(len(raw))
                    raw[at:at] = raw[other : other + chance.randint(1, 60)]
            raw = raw or bytearray(b"a")
        assert all(inside(problem.span, raw.decode("utf-8", "replace")) for problem in met(bytes(raw)))
