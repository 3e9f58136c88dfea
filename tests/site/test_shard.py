"""Tests of what a shard is, and of the notes that it leaves."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.errors import HerdbookError
from herdbook.site.links import Passed
from herdbook.site.shard import (
    Heading,
    Notes,
    OtherFormError,
    Part,
    Shard,
    heading_in,
    parts_in,
    shard_of,
    whose,
)

HEADING = Heading(Shard(2, 3), 4, "1.0", "a0", "b1", "/herd/", {"lang": ["en"], "separator": " "})

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PATHS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\:."), min_size=1)
IDS = st.frozensets(st.sampled_from("abcd"), max_size=3)
FILES = st.builds(
    Passed,
    st.lists(PATHS, min_size=1, max_size=3).map("/".join),
    IDS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    files, entry = tuple(draw(st.lists(FILES, max_size=3))), ""
    findable: bool = draw(st.booleans())
    if files and findable:
        words = {"location": files[0].path, "title": draw(TEXTS), "text": draw(TEXTS)}
        entry = json.dumps({**words, "tags": draw(st.lists(TEXTS, max_size=2))}, ensure_ascii=False)
    return Part(draw(st.integers(0, 99)), files, entry)


@pytest.mark.parametrize(("text", "shard"), [("1/1", Shard(1, 1)), ("2/7", Shard(2, 7)), ("9999/9999", None)])
def test_a_shard_is_one_of_so_many(text: str, shard: Shard | None) -> None:
    assert shard_of(text) == (shard or Shard(9999, 9999))
    assert str(shard_of(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "/",
        "0/4",
        "5/4",
        "1/0",
        "-1/4",
        "1/-4",
        "01/4",
        "1/4/4",
        " 1/4",
        "1/4\n",
        "1/10000",
        "\u0661/4",
    ],
)
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(
        HerdbookError, match=r"is no part of a site: write K/N, such as 2/4, where K counts from 1"
    ):
        shard_of(text)


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_each_job_is_done_in_one_shard(job: int, of: int) -> None:
    assert [number for number in range(1, of + 1) if Shard(number, of).has(job)] == [whose(job, of)]


@given(st.lists(parts(), max_size=4))
def test_notes_are_read_as_they_were_written(written: list[Part]) -> None:
    notes = Notes()
    for part in written:
        notes.add(part)
    first, *lines = notes.file(HEADING).data.splitlines(keepends=True)
    assert heading_in(first) == HEADING
    assert list(parts_in(b"".join(lines).splitlines(keepends=True))) == written


def test_templates_are_named_in_notes_as_they_are_to_be_told() -> None:
    notes = Notes("the built-in {}".format)
    notes.add(Part(0, (Passed("a.html", links=(("b.html", "pages/run.html"),)),)))
    (part,) = parts_in(notes.file(HEADING).data.splitlines()[1:])
    assert part.files[0].links == (("b.html", "the built-in pages/run.html"),)


def test_places_that_many_pages_have_are_written_once() -> None:
    notes = Notes()
    for number in range(3):
        notes.add(Part(number, (Passed(f"{number}.html", frozenset(["here", "there"])),)))
    lines = notes.file(HEADING).data.splitlines()[1:]
    assert [json.loads(line)["files"][0]["ids"] for line in lines] == [["here", "there"], 0, 0]


def line(**fields: Any) -> bytes:
    return json.dumps({"job": 0, "files": [], **fields}).encode()


def with_file(**fields: Any) -> bytes:
    return line(files=[{"path": "a.html", **fields}])


ENTRY = {"location": "a.html", "title": "", "text": "", "tags": []}

BROKEN = {
    "no JSON": (b"{", "Expecting property name"),
    "no UTF-8": (b'{"job": "\xff"}', "can't decode byte 0xff"),
    "half a character": (b'{"job": "\\ud800"}', "surrogates not allowed"),
    "too deep": (b"[" * 100_000, "it is nested too deeply"),
    "a list": (b"[]", "it is no JSON object"),
    "nothing": (b"{}", "files is missing, or of the wrong kind"),
    "no number": (line(job="0"), "job is missing, or of the wrong kind"),
    "a truth for a number": (line(job=True), "job is missing, or of the wrong kind"),
    "a file that is a text": (line(files=["a.html"]), "path is missing, or of the wrong kind"),
    "places that are a text": (with_file(ids="abc"), "ids are no list, nor the number of one"),
    "places of another file that there is not": (with_file(ids=0), "ids are no list, nor the number of one"),
    "a place that is a number": (with_file(ids=[1]), "ids holds what is no text"),
    "a link without a template": (with_file(links=[["a"]]), "links are no pairs"),
    "a link that is a text": (with_file(links=["ab"]), "links are no pairs"),
    "a link of numbers": (with_file(links=[[1, 2]]), "links holds what is no text"),
    "prose that is a text": (with_file(prose="a"), "prose is missing, or of the wrong kind"),
    "faults that are numbers": (with_file(faults=[1]), "faults holds what is no text"),
    "an entry of another page": (line(entry=ENTRY), "the entry is of another page"),
    "an entry that is a text": (line(entry="a"), "location is missing, or of the wrong kind"),
    "tags that are numbers": (
        line(files=[{"path": "a.html"}], entry=ENTRY | {"tags": [1]}),
        "tags holds what is no text",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_lines_that_no_shard_writes_are_refused(case: str) -> None:
    broken, why = BROKEN[case]
    with pytest.raises(ValueError, match=f"^line 3: .*{why}"):
        list(parts_in([line(), broken]))


LEADING_OUT = [
    "",
    "/a",
    "../a",
    "a/../../b",
    "a//b",
    "a/",
    "./a",
    "a\\b",
    "..\\a",
    "C:a",
    "C:/a",
    "a\0",
    "a\nb",
]


@pytest.mark.parametrize("path", LEADING_OUT)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"line 2: the path .* leads out of the site"):
        list(parts_in([line(files=[{"path": path}])]))


def heading(**fields: Any) -> bytes:
    written = json.loads(Notes().file(HEADING).data)
    return json.dumps(written | fields).encode()


@pytest.mark.parametrize(
    "fields",
    [{"of": 1}, {"shard": 0}, {"shard": "2"}, {"jobs": 0}, {"jobs": 1.5}, {"folder": None}, {"search": []}],
)
def test_a_heading_that_no_shard_writes_is_refused(fields: dict[str, Any]) -> None:
    assert heading_in(heading()) == HEADING
    with pytest.raises(
        ValueError, match=r"there is no shard|is missing, or of the wrong kind|it has no jobs"
    ):
        heading_in(heading(**fields))


def test_another_form_is_told_from_a_broken_one() -> None:
    with pytest.raises(OtherFormError, match=r"^form 2$"):
        heading_in(heading(form=2, shard=None))
