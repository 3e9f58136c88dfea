"""Tests of the one YAML reader."""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bombs
from herdbook.errors import StorageError
from herdbook.source import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_EVENTS,
    DirTree,
    Problem,
    SourceFile,
    Span,
    YamlError,
    parse_yaml,
    read_source,
)

TESTS = Path(__file__).parent


def read(text: str) -> Any:
    return parse_yaml(text.encode()).value


def doubts(text: str) -> list[str]:
    return [problem.message for problem in parse_yaml(text.encode()).doubts]


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(YamlError) as raised:
        parse_yaml(text.encode() if isinstance(text, str) else text)
    return raised.value.problems


def met(raw: bytes) -> tuple[Problem, ...]:
    """The doubts about a document, or what is wrong with it."""
    try:
        return parse_yaml(raw).doubts
    except YamlError as error:
        return error.problems


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


JSON_CHARACTERS = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"], exclude_characters="\0")
JSON_TEXT = st.text(JSON_CHARACTERS)
JSON_KEY = st.text(JSON_CHARACTERS, max_size=100)  # YAML looks no further than 1,024 characters for the colon
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(JSON_KEY, inner, max_size=5),
)


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


# Places


def inside(span: Span, text: str) -> bool:
    """Tell whether a span lies in a text; it may stand just behind a line, and on the line after the last."""
    lines = text.removeprefix("\ufeff").split("\n")
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and span.end_column <= len(lines[span.end_line - 1]) + 2
        and (span.line, span.column) < (span.end_line, span.end_column)
    )


class Memory:
    """A tree of one file in memory."""

    name = "catalog"

    def __init__(self, text: str | bytes) -> None:
        self.raw = text.encode() if isinstance(text, str) else text

    def files(self) -> Iterator[Any]:
        return iter(())

    def read(self, path: str) -> bytes:
        return self.raw


def source(text: str | bytes) -> SourceFile:
    return SourceFile(Memory(text), "a.yaml")


EXAMPLE = """\
# first
kind: run
"quoted key": 'a b'
inputs:
  - {dataset: orders/v1, role: training}
  - uri: x
    role: y
empty:
text: |
  one
  two
nested: [[1, 22], [3]]
é: ü
"""


@pytest.mark.parametrize(
    ("route", "on_key", "line", "column", "written"),
    [
        ((), False, 2, 1, "kind"),
        (("kind",), False, 2, 7, "run"),
        (("kind",), True, 2, 1, "run"),
        (("quoted key",), False, 3, 15, "'a b'"),
        (("quoted key",), True, 3, 1, "'a b'"),
        (("inputs",), False, 4, 1, "inputs"),
        (("inputs", 0), False, 5, 5, "{"),
        (("inputs", 0, "role"), False, 5, 32, "training"),
        (("inputs", 0, "role"), True, 5, 26, "training"),
        (("inputs", 1), False, 6, 5, "u"),
        (("inputs", 1, "role"), False, 7, 11, "y"),
        (("inputs", 2), False, 4, 1, "inputs"),
        (("inputs", 0, "absent"), False, 5, 5, "{"),
        (("absent",), False, 2, 1, "kind"),
        (("absent", 1, "deeper"), False, 2, 1, "kind"),
        (("kind", "absent"), False, 2, 1, "kind"),
        (("empty",), False, 8, 7, ""),
        (("text",), False, 9, 7, "|"),
        (("nested", 0, 1), False, 12, 14, "22"),
        (("nested", 1), False, 12, 19, "["),
        (("é",), False, 13, 4, "ü"),
    ],
)
def test_a_value_is_found_by_its_route(
    route: tuple[str | int, ...], on_key: bool, line: int, column: int, written: str
) -> None:
    for text in (EXAMPLE, f"\ufeff{EXAMPLE}", EXAMPLE.replace("\n", "\r\n")):
        found = source(text)
        span = found.span(route, on_key=on_key)
        assert (span.line, span.column) == (line, column)
        assert found.written(route) == written


def test_places_are_found_up_to_a_fault() -> None:
    broken = source("a: b\nc: d\n e: f\n")
    assert broken.span(("c",)).line == 2
    assert source("a: b\n? [c]\n: d\n").span(("a",)) == Span(1, 4, 1, 5)
    assert source("a: b\na: c\n").span(("a",)) == Span(1, 4, 1, 5)  # the first of two
    assert source(b"\xff\xfe").span(("a",)) == Span(1, 1, 1, 3)
    assert source("").span() == source("[]").span() == source("- a").span(("a",)) == Span.point(1, 1)


def test_places_of_a_file_that_is_gone_are_its_beginning(tmp_path: Path) -> None:
    gone = SourceFile(DirTree(tmp_path), "gone.yaml")
    assert gone.span(("a",)) == Span.point(1, 1)
    assert gone.text == gone.written(("a",)) == ""


@given(st.one_of(st.binary(), st.text(), st.text("ab:-?[]{},#&*!|>'\"%@` \t\n0.\\")))
def test_any_bytes_end_in_a_value_or_in_problems_that_lie_inside(text: str | bytes) -> None:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    shown = raw.decode("utf-8", "replace")
    for problem in met(raw):
        assert problem.message
        assert problem.help.endswith(".")
        assert inside(problem.span, shown)
        assert all(inside(span, shown) for _, span in problem.related)
    assert inside(source(raw).span(("a", 0, "b")), shown)


@given(JSON)
def test_every_value_has_a_place_of_its_own(value: Any) -> None:
    text = json.dumps({"top": value}, indent=1)
    found = source(text)
    places = [found.span(route) for route in routes({"top": value})]
    assert all(inside(place, text) for place in places)
    starts = [(place.line, place.column) for place in places]
    assert starts == sorted(set(starts))


def routes(value: Any, route: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if route:
        yield route
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from routes(inner, (*route, key))


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
    assert source("[" * MAX_DEPTH + "]" * MAX_DEPTH).span((0,) * (MAX_DEPTH - 1)).column == MAX_DEPTH


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
        [sys.executable, TESTS / "bombs.py", name], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-500:])
    assert done.stderr == ""
    *findings, cost = done.stdout.splitlines()
    seconds, megabytes = map(float, cost.split())
    assert findings
    assert megabytes <= 150
    assert seconds <= 2  # 1 s of a processor of one's own, and as much again where others compute beside it


def test_bombs_go_off_where_nothing_guards() -> None:
    # The parser underneath calls itself for every level, and no `except` catches what follows.
    program = """
import threading, yaml
threading.stack_size(512 * 1024)
threading.Thread(target=yaml.load, args=("[" * 50_000, yaml.CSafeLoader)).start()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=300, check=False)
    assert done.returncode < 0


# Folders


def listed(folder: Path) -> dict[str, str]:
    return {file.path: file.problem for file in DirTree(folder, "catalog").files()}


def test_files_are_listed_folder_by_folder_without_the_hidden_ones(tmp_path: Path) -> None:
    for path in ("b/2.yaml", "b/10.yaml", "a.yaml", "b.yaml", ".git/config", "b/.hidden.yaml", "c/d/e.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "empty.yaml").mkdir()
    assert list(listed(tmp_path)) == ["a.yaml", "b/10.yaml", "b/2.yaml", "b.yaml", "c/d/e.txt"]
    assert set(listed(tmp_path).values()) == {""}


def test_links_are_problems_and_never_followed(tmp_path: Path) -> None:
    catalog, outside = tmp_path / "catalog", tmp_path / "outside"
    for folder in (catalog, outside):
        folder.mkdir()
    (outside / "secret.yaml").write_text("kind: secret")
    links = {
        "file.yaml": outside / "secret.yaml",
        "folder": outside,
        "loop": catalog,
        "self": catalog / "self",
        "gone": tmp_path / "gone",
        "fd.yaml": Path("/dev/fd/0"),
    }
    for name, target in links.items():
        (catalog / name).symlink_to(target)
    assert listed(catalog) == dict.fromkeys(sorted(links), "it is a symbolic link")
    for name in links:
        _, (problem,) = read_source(DirTree(catalog), name)
        assert problem.rule == "unreadable-file"


def test_what_is_no_file_is_a_problem_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.yaml"))
    (tmp_path / "folder.yaml").mkdir()
    assert listed(tmp_path) == dict.fromkeys(
        ["pipe.yaml", "socket.yaml"], "it is neither a file nor a folder"
    )
    for name in (
        "pipe.yaml",
        "socket.yaml",
        "folder.yaml",
        "gone.yaml",
        "gone/a.yaml",
        "a\0b.yaml",
        "\ud800.yaml",
    ):
        found, (problem,) = read_source(DirTree(tmp_path), name)
        assert problem.rule == "unreadable-file"
        assert problem.message.startswith("the file cannot be read: ")
        assert found.value is None
    with pytest.raises(OSError, match="not a regular file"):
        DirTree(Path("/dev")).read("null")


def test_a_folder_or_file_without_permission_is_a_problem() -> None:
    with tempfile.TemporaryDirectory() as name, unprivileged(Path(name)) as folder:
        (folder / "closed").mkdir(mode=0)
        (folder / "closed.yaml").touch(mode=0)
        assert listed(folder) == {"closed": "the folder cannot be read: Permission denied", "closed.yaml": ""}
        _, (problem,) = read_source(DirTree(folder), "closed.yaml")
        assert "Permission denied" in problem.message


@contextmanager
def unprivileged(folder: Path) -> Iterator[Path]:
    """Be somebody who owns a folder but may not read everything, as root may."""
    if os.geteuid() != 0:
        yield folder
        return
    nobody = 65534
    os.chown(folder, nobody, nobody)
    os.seteuid(nobody)
    try:
        yield folder
    finally:
        os.seteuid(0)


def test_a_folder_that_goes_away_is_a_problem(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.yaml").touch()
    files = DirTree(tmp_path).files()
    assert next(files).path == "a/c.yaml"
    (tmp_path / "b" / "c.yaml").unlink()
    (tmp_path / "b").rmdir()
    (gone,) = files
    assert gone.path == "b"
    assert gone.problem == "the folder cannot be read: No such file or directory"


def test_a_catalog_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read the folder"):
        list(DirTree(tmp_path / "gone").files())
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot read the folder"):
        list(DirTree(tmp_path / "file").files())


def test_a_file_is_read_up_to_one_byte_beyond_the_bound(tmp_path: Path) -> None:
    for size in (0, 1, MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1, 10 * MAX_BYTES):
        (tmp_path / "a.yaml").write_bytes(b"x" * size)
        assert len(DirTree(tmp_path).read("a.yaml")) == min(size, MAX_BYTES + 1)


def test_a_file_is_named_as_the_user_named_its_folder(tmp_path: Path) -> None:
    assert SourceFile(DirTree(Path("some/catalog")), "a/b.yaml").file == "some/catalog/a/b.yaml"
    assert SourceFile(DirTree(Path()), "a/b.yaml").file == "a/b.yaml"
    assert SourceFile(DirTree(tmp_path, "base"), "a.yaml").file == "base/a.yaml"


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
