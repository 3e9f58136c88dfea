from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from herdbook.errors import HerdbookError
from herdbook.hubcard import (
    HEADINGS,
    MODEL_HEADINGS,
    fault_of_results,
    is_kept,
    kept,
    licence_in,
    parted,
    restored,
    told,
    written,
)
from work import bounded, steps

TEXTS = st.text(
    st.one_of(
        st.sampled_from("#`~-<>!= \n\tab:"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"),
    ),
    max_size=40,
)
MARKS = st.sampled_from(
    ["<!-- herdbook: users -->", "<!-- =herdbook: end -->", "## Users", "## Notes", "# x", "```", "---"]
)
PROSE = st.lists(TEXTS | MARKS, max_size=6).map("\n".join)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.sampled_from(["true", "3", '"', "NaN", "null", "[]"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def of(text: str) -> tuple[object, str]:
    return parted(text.encode())


def test_metadata_are_parted_from_the_text() -> None:
    assert of("---\nlicense: mit\n---\n# A\n") == ({"license": "mit"}, "# A\n")
    assert of("\n---\r\nlicense: mit\r\n---  \r\nB") == ({"license": "mit"}, "B")
    assert of("\ufeff---\na: 1\nb: 2\n---") == ({"a": 1, "b": 2}, "")
    assert of("---\n---\n\n---\n") == ({}, "\n---\n")
    assert of("---\n# nothing\n---\nx") == ({}, "x")
    assert of("# A\n---\na: 1\n---\n") == (None, "# A\n---\na: 1\n---\n")
    assert of("") == (None, "")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"---\n[]\n---\n", "its metadata are a list; write keys and values between the lines of ---"),
        (b"---\nmit\n---\n", "its metadata are a single value"),
        (b"---\na: 1\n", "its metadata do not end; write --- on a line of its own behind them"),
        (b"---\na: &x 1\nb: *x\n---\n", "line 2, column 4: anchors"),
        (b"\n\n---\na: 1\na: 2\n---\n", 'line 5, column 1: the key "a" stands twice'),
        (b"---\na: \xff\n---\n", "byte 7 is not UTF-8; save the file as UTF-8"),
        (b"---\n" + b"[" * 10_000 + b"\n---\n", "the document is nested more than 64 deep"),
    ],
)
def test_what_is_no_metadata_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(HerdbookError) as refused:
        parted(raw)
    assert message in str(refused.value)


def test_headings_say_what_a_text_is() -> None:
    title, texts = told(
        """
<img src="x">

# My model #

What it is.

```
# no heading
```

## Model Details
### Model Description
More of it.
## Uses
### Direct Use
For this.
#### In shops
Only there.
### Out-of-Scope Use [optional]
Not for that.
## Bias, Risks & Limitations
Some.
### Recommendations
Take care.
## Limitations
Others.
## Training procedure
Long.
# Second title
## Model Card Contact
ana@example.org
""",
        MODEL_HEADINGS,
    )
    assert title == "My model"
    assert texts == {
        "description": '<img src="x">\n\n\nWhat it is.\n\n```\n# no heading\n```\n\n'
        "### Model Description\nMore of it.",
        "notes": "## Model Details\n\n## Training procedure\nLong.\n# Second title",
        "intended_use": "For this.\n#### In shops\nOnly there.",
        "out_of_scope_use": "Not for that.",
        "limitations": "Some.\n\n## Limitations\nOthers.",
        "caveats": "Take care.",
        "contact": "ana@example.org",
    }


def test_a_contact_of_many_lines_is_a_note() -> None:
    assert told("# A\n## Contact\nAna\nBo\n## Else\nx", MODEL_HEADINGS) == (
        "A",
        {"notes": "## Else\nx\n\n## Contact\n\nAna\nBo"},
    )


@given(st.text(st.sampled_from("# \n`ab~")).filter(lambda text: "\r" not in text))
def test_no_line_of_a_text_is_lost(text: str) -> None:
    title, texts = told(text, MODEL_HEADINGS)
    lines = "\n".join(texts.values()).split("\n")
    for line in text.split("\n"):
        assert not line.strip() or line in lines or title in line


@given(st.dictionaries(st.sampled_from(["description", *HEADINGS]), PROSE))
@example({"notes": "## Notes\n\nx"})
@example({"intended_use": "## Intended use", "users": "```\n# x"})
@example({"users": "<!-- herdbook: end -->\n<!-- =herdbook: users -->"})
@example({"description": "# A\n\n## Users\nB"})
def test_what_is_written_is_read_again(texts: dict[str, str]) -> None:
    texts = {
        name: text.replace("\n", " ")[:900] if name == "contact" else text for name, text in texts.items()
    }
    metadata, body = of(written({"license": "mit"}, "A title", texts))
    assert metadata == {"license": "mit"}
    expected = {name: text.strip("\n") for name, text in texts.items() if text.strip()}
    assert told(body, MODEL_HEADINGS) == ("A title", expected)


@given(st.dictionaries(st.text("abc.+2", min_size=1), VALUES))
def test_what_is_kept_in_tags_comes_out_of_them(metadata: dict[str, object]) -> None:
    tags: dict[str, str] = {}
    for key, value in metadata.items():
        tags |= kept(key, value)
    assert all(map(is_kept, tags))
    assert restored({**tags, "other": "1"}) == metadata


def test_numbers_that_no_card_can_be_written_with_are_kept_as_texts() -> None:
    metadata, _ = of(f"---\na: .nan\nb: [-.inf, {2**64}]\n---\n")
    assert isinstance(metadata, dict)
    tags = kept("a", metadata["a"]) | kept("b", metadata["b"])
    assert restored(tags) == {"a": "nan", "b": ["-inf", str(2**64)]}
    assert written(restored(tags), "A", {})


def test_long_values_are_kept_in_several_tags() -> None:
    value = ["x" * 5_000] * 4
    tags = kept("widget", value)
    assert list(tags) == ["hf.widget", "hf+2.widget", "hf+3.widget"]
    assert max(map(len, tags.values())) == 8_000
    assert restored(tags) == {"widget": value}


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ({"license": "mit"}, "mit"),
        ({"license": ["mit", "apache-2.0", 3]}, "mit, apache-2.0"),
        ({"license": "other", "license_name": "Ours 1.0"}, "Ours 1.0"),
        ({"license": "other", "license_name": 3}, "other"),
        ({"license": {"a": 1}}, ""),
        ({}, ""),
    ],
)
def test_licences(metadata: dict[str, object], licence: str) -> None:
    assert licence_in(metadata) == licence


RESULT = {
    "task": {"type": "t"},
    "dataset": {"type": "d", "name": "D"},
    "metrics": [{"type": "m", "value": 1}],
}


@pytest.mark.parametrize(
    ("index", "fault"),
    [
        ([{"name": "a", "results": [RESULT]}], ""),
        ("x", "model-index is no list"),
        ([3], "model-index.0 lacks its name, or a list of results"),
        ([{"name": "a"}], "model-index.0 lacks its name, or a list of results"),
        ([{"name": "a", "results": [3]}], "model-index.0.results.0 is no mapping"),
        (
            [{"name": "a", "results": [RESULT, {**RESULT, "dataset": {"type": "d"}}]}],
            "model-index.0.results.1 lacks dataset with type and name",
        ),
        ([{"name": "a", "results": [{**RESULT, "source": {"name": "x"}}]}], "results.0.source lacks its url"),
        ([{"name": "a", "results": [{**RESULT, "metrics": 3}]}], "results.0 lacks a list of metrics"),
        ([{"name": "a", "results": [{**RESULT, "metrics": [{}]}]}], "has a metric without type or value"),
    ],
)
def test_results_that_the_hub_refuses(index: object, fault: str) -> None:
    found = fault_of_results(index)
    assert found.endswith(fault) if fault else not found


@pytest.mark.parametrize(
    "make",
    [
        lambda size: "# users\n" * size,
        lambda size: "# " + " " * 9 * size + "x",
        lambda size: "# #" * 3 * size,
        lambda size: "---\n" + "\n---x" * 2 * size,
        lambda size: "\n" * 9 * size,
    ],
    ids=["headings", "blanks", "signs", "ends", "lines"],
)
def test_the_work_grows_with_the_length_alone(make: Callable[[int], str]) -> None:
    def read(size: int) -> None:
        with suppress(HerdbookError):
            told(parted(make(size).encode())[1], MODEL_HEADINGS)

    read(1)
    short, long = (steps(partial(read, size)) for size in (20, 160))
    assert long <= 8 * short
    with bounded():
        read(100_000)
