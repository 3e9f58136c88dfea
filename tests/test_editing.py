"""An edit changes what it says and nothing else: neither another value, nor a line that it need not touch."""

import json
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import yaml
from herdbook.dump import DumpError
from herdbook.editing import Append, Edit, EditError, Put, Remove, Rename, edit, edited, same
from herdbook.formatting import formatted
from herdbook.remarks import comments_of
from herdbook.yaml.parsed import YamlError
from test_dump import values
from yaml_documents import documents, places, read

CASES = Path(__file__).parent / "data" / "editing"


def cases() -> list[Any]:
    """The cases of the data files: what is changed, the file before, and the file after."""
    found = []
    for file in sorted(CASES.glob("*.txt")):
        for part in file.read_text().split("\n=== ")[1:]:
            name, _, rest = part.partition("\n")
            edits, _, texts = rest.partition("\n---\n")
            before, _, after = texts.partition("\n+++\n")
            found.append(pytest.param(edits, f"{before}\n", f"{after.rstrip()}\n", id=f"{file.stem}: {name}"))
    return found


def made(text: str) -> list[Edit]:
    """The edits that a case names, one in a line: its word, the route, and the value as JSON."""
    edits: list[Edit] = []
    for line in text.splitlines():
        word, route, *value = line.split(" ", 2)
        steps = tuple(int(step) if step.isdigit() else step for step in route.split("."))
        kinds: dict[str, Callable[..., Edit]] = {
            "put": Put,
            "append": Append,
            "remove": Remove,
            "rename": Rename,
        }
        edits.append(kinds[word](steps, *map(json.loads, value)))
    return edits


@pytest.mark.parametrize(("edits", "before", "after"), cases())
def test_a_file_after_an_edit(edits: str, before: str, after: str) -> None:
    if after.startswith("! "):
        with pytest.raises(EditError) as caught:
            edit(before.encode(), made(edits))
        assert str(caught.value) == after.removeprefix("! ").rstrip()
        return
    assert edit(before.encode(), made(edits)).decode() == after
    # Line ends and the mark at the beginning are those of the file, and a last line need not end.
    crlf, mark = (text.replace("\n", "\r\n").encode() for text in (before, after)), b"\xef\xbb\xbf"
    one, other = crlf
    assert edit(mark + one, made(edits)) == mark + other
    if not before.endswith("\n\n"):
        assert edit(before[:-1].encode(), made(edits)).decode() in (after, after[:-1])


@st.composite
def edits_of(draw: st.DrawFn, value: Any) -> Edit:
    """An edit that makes sense for a document."""
    route, there = draw(st.sampled_from(places(value)))
    new = draw(values)
    if isinstance(there, list) and draw(st.booleans()):
        return Append(route, new)
    if isinstance(there, dict) and (not route or draw(st.booleans())):
        return Put((*route, draw(st.sampled_from(["new", "version", "two words", "no", "k: v"]))), new)
    if route and isinstance(route[-1], str) and len(route) > 1 and draw(st.booleans()):
        return Remove(route)
    if route and isinstance(route[-1], str) and len(route) > 1 and draw(st.booleans()):
        return Rename(route, draw(st.sampled_from(["renamed", "two words", "no", "k: v", "1.0", "x" * 200])))
    return Put(route, new) if route else Put(("kind",), new)


def comments(raw: bytes) -> Counter[str]:
    return Counter(comments_of(raw.decode().removeprefix("\ufeff")))


def touched(before: list[str], after: list[str]) -> list[str]:
    """The lines of a file that are not in it any more."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        line
        for tag, start, end, _, _ in matcher.get_opcodes()
        if tag != "equal"
        for line in before[start:end]
    ]


@given(st.data())
def test_an_edit_changes_only_what_it_says(data: st.DataObject) -> None:
    raw = data.draw(documents())
    value = read(raw)
    change = data.draw(edits_of(value))
    wanted = edited(value, [change])
    try:
        after = edit(raw, [change])
    except EditError as error:
        # Refused is only what cannot be changed without touching comments or what stands around it.
        assert "by hand" in str(error)  # noqa: PT017  # not every change is refused
        return
    assert same(read(after), wanted)
    if same(wanted, value):
        assert after == raw
    lost, gained = comments(raw) - comments(after), comments(after) - comments(raw)
    assert not gained
    # The comment behind a key goes with it.
    assert not lost or (isinstance(change, Remove) and lost.total() == 1)


@given(st.data())
def test_lines_elsewhere_stay_to_the_byte(data: st.DataObject) -> None:
    """Only where nothing smaller will do the whole file is laid out anew."""
    raw = data.draw(documents())
    change = data.draw(edits_of(read(raw)))
    try:
        after = edit(raw, [change])
    except EditError:
        return
    old, new = raw.split(b"\n"), after.split(b"\n")
    first, behind = (alike(*pair) for pair in ((old, new), (old[::-1], new[::-1])))
    last = len(old) - behind
    begin, end = lines_of(raw, str(change.route[0]))
    if after != raw and not (begin <= first and last <= end):
        assert formatted(after) == after.removeprefix(b"\xef\xbb\xbf")


def alike(old: list[bytes], new: list[bytes]) -> int:
    """How many lines are the same before the first that differs."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def lines_of(raw: bytes, key: str) -> tuple[int, int]:
    """The lines from a key at the top of a document up to the next one; of a new one, where it may go."""
    document = yaml.compose(raw.decode().removeprefix("\ufeff"))
    assert isinstance(document, yaml.MappingNode)
    starts = {name.value: name.start_mark.line for name, _ in document.value}
    if key not in starts:
        return 0, raw.count(b"\n") + 1
    later = [line for line in starts.values() if line > starts[key]]
    return starts[key], min(later, default=raw.count(b"\n") + 1)


@given(st.data())
def test_an_edit_to_what_is_there_changes_no_byte(data: st.DataObject) -> None:
    raw = data.draw(documents())
    route, value = data.draw(st.sampled_from(places(read(raw))))
    assert edit(raw, [Put(route, value)]) == raw


@given(documents(), st.data())
def test_most_edits_are_not_refused(raw: bytes, data: st.DataObject) -> None:
    """A key can always be added at the top, and a text on one line always be replaced by another."""
    assert read(edit(raw, [Put(("an added key",), "text")]))["an added key"] == "text"
    value = read(raw)
    texts = [route for route, there in places(value) if there is True or (isinstance(there, int | float))]
    if texts:
        route = data.draw(st.sampled_from(texts))
        after = edit(raw, [Put(route, "other: #")])
        assert same(read(after), edited(value, [Put(route, "other: #")]))
        assert len(touched(raw.decode().split("\n"), after.decode().split("\n"))) == 1


def test_naughty_strings_are_written_or_refused_by_name(shared_data: Path) -> None:
    raw = b'kind: aliases\ntags: {a: b}  # free\naliases:\n  champion:\n    - {version: 1, by: "x"}\n'
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_bytes())
    assert len(strings) > 500
    for text in strings:
        edits = (
            Put(("description",), text),
            Put(("tags", text), text),
            Append(("aliases", "champion"), {"version": 2, "reason": text}),
            Put(("aliases", "champion", 0, "by"), text),
        )
        after = edit(raw, edits)
        assert same(read(after), edited(read(raw), edits))
        assert b"  # free\n" in after


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_what_no_file_can_hold_is_refused_by_name(text: str) -> None:
    with pytest.raises(DumpError, match=r"^tags\.a: character 0 is "):
        edit(b"tags: {a: b}\n", [Put(("tags", "a"), text)])


def test_a_file_that_cannot_be_read_is_not_edited() -> None:
    with pytest.raises(YamlError, match="UTF-16"):
        edit("a: b".encode("utf-16"), [Put(("a",), "c")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Put(("a", "b"), 1), "a is no mapping; make it one before a key is added"),
        (Put(("list", 2), 1), "list.2 does not stand in the file; add what is before it"),
        (Append(("a",), 1), "a is no list; make it one before something is added"),
        (Remove(("b",)), "b does not stand in the file; there is nothing to remove"),
        (Remove(("list", 0)), "list.0 does not stand in the file; there is nothing to remove"),
        (Rename(("b",), "c"), "b does not stand in the file; there is nothing to rename"),
        (Rename(("list", 0), "c"), "list.0 does not stand in the file; there is nothing to rename"),
        (Rename(("a",), "list"), "list stands in the file already; take one of them out first"),
        (Put((), {"a": 1}), "the whole of a file cannot be replaced; write a new one"),
    ],
)
def test_routes_that_lead_nowhere(change: Edit, message: str) -> None:
    with pytest.raises(EditError) as caught:
        edit(b"a: text\nlist: [1, 2]\n", [change])
    assert str(caught.value) == message


def test_a_file_does_not_grow_over_what_is_read() -> None:
    with pytest.raises(EditError, match=r"^notes cannot be changed .*the file is larger than 1024 KiB"):
        edit(b"a: b\n", [Put(("notes",), "x" * 2_000_000)])
