"""Laid out anew, a file says what it said, to programs and to people."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from herdbook.dump import dump
from herdbook.editing import same
from herdbook.formatting import FormatError, formatted, is_laid_out
from herdbook.remarks import comments_of
from herdbook.schema import KINDS, schema
from herdbook.yaml.parsed import YamlError
from test_dump import DATA, mappings
from yaml_documents import documents, read

CASES = Path(__file__).parent / "data" / "formatting" / "layouts.txt"


def cases() -> list[Any]:
    """The files of the cases, before and after."""
    found = []
    for part in CASES.read_text().split("\n=== ")[1:]:
        name, _, texts = part.partition("\n")
        before, _, after = texts.partition("\n+++\n")
        found.append(pytest.param(f"{before}\n", f"{after.rstrip()}\n", id=name))
    return found


def comments(raw: bytes) -> list[str]:
    return comments_of(raw.decode().removeprefix("\ufeff"))


@pytest.mark.parametrize(("before", "after"), cases())
def test_a_file_laid_out(before: str, after: str) -> None:
    assert formatted(before.encode()).decode() == after
    assert formatted(after.encode()).decode() == after
    # Line ends stay; the last line gets one, and the mark at the beginning goes.
    crlf = after.replace("\n", "\r\n").encode()
    assert formatted(b"\xef\xbb\xbf" + before[:-1].replace("\n", "\r\n").encode()) == crlf
    assert formatted(crlf) == crlf


@given(documents())
def test_values_and_comments_stay(raw: bytes) -> None:
    after = formatted(raw)
    assert same(read(after), read(raw))
    assert comments(after) == comments(raw)


@given(documents())
def test_what_is_laid_out_stays_as_it_is(raw: bytes) -> None:
    after = formatted(raw)
    assert formatted(after) == after


@given(documents())
def test_without_comments_the_layout_is_that_of_the_writer(raw: bytes) -> None:
    value, after = read(raw), formatted(raw)
    if is_laid_out(raw, value):
        assert after == raw
    if not comments(raw) and b"\r" not in raw and b">" not in raw and b"|" not in raw:
        lines = [line for line in after.decode().split("\n") if line]
        kind = value.get("kind") if value.get("kind") in KINDS else None
        written = dump(value, kind).split("\n")
        assert lines == [line for line in written if line and not line.startswith("# yaml-language")]


@given(mappings)
def test_what_the_writer_writes_is_laid_out_already(value: dict[str, Any]) -> None:
    raw = dump(value).encode()
    assert formatted(raw) == raw
    assert is_laid_out(raw, value)


def test_what_is_written_for_the_schemas_is_laid_out_already() -> None:
    values = [{"kind": kind, **shown} for kind in KINDS for shown in schema(kind)["examples"]]
    values += [read(path.read_bytes()) for path in DATA.glob("*.yaml")]
    assert len(values) > len(KINDS)
    for value in values:
        raw = dump(value, value["kind"]).encode()
        assert formatted(raw) == raw
        assert is_laid_out(raw, value)


@pytest.mark.parametrize("raw", [b"# a \na: 1\n", b"# a\r\na: 1\n", b"a: '1'\n", b"a: 1", b"a: 1 # b\n"])
def test_what_is_not_laid_out_is_told_apart(raw: bytes) -> None:
    assert not is_laid_out(raw, read(raw))
    assert formatted(raw) != raw


@pytest.mark.parametrize(
    ("raw", "error", "message"),
    [
        (
            b"- a\n",
            FormatError,
            "the file holds no mapping, so it cannot be laid out; write it as keys and values",
        ),
        (b"a: &x 1\n", YamlError, "line 1, column 4: anchors (&x) are not allowed. "),
        (b"a: 1\na: 2\n", YamlError, 'line 2, column 1: the key "a" stands twice'),
    ],
)
def test_what_cannot_be_laid_out_is_refused(raw: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        formatted(raw)
    assert str(caught.value).startswith(message)


def test_a_file_that_would_grow_over_what_is_read_is_refused() -> None:
    raw = b"a: [" + b"'no', " * 170_000 + b"]\n"
    assert read(raw) == {"a": ["no"] * 170_000}
    with pytest.raises(FormatError, match="cannot be laid out without losing something"):
        formatted(raw)


@pytest.mark.parametrize("lost", ["a: 2\n", "a: 1\n", "a: [\n", "a: 1.0  # b\n"])
def test_what_does_not_say_the_same_is_not_written(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("herdbook.formatting.dump_remarked", lambda *arguments: lost)
    with pytest.raises(FormatError, match="cannot be laid out without losing something"):
        formatted(b"a:   1 # b\n")
