"""Patterns mean the same to Python, Rust and ECMAScript, and take linear time."""

import re

import jsonschema_rs
import pytest
import regress
from hypothesis import given
from hypothesis import strategies as st

from herdbook.ref import Kind, Ref, RefError, is_name
from herdbook.schema import KINDS, compiled, schema
from schema_parts import Part, parts

PARTS = {part["pattern"]: part for kind in KINDS for _, part in parts(schema(kind)) if "pattern" in part}
CASES = [pytest.param(part, id=part["title"]) for part in PARTS.values()]
LONG = 100_000

# Strings that are one character away from many patterns.
HOSTILE = [
    "",
    "\n",
    " ",
    "\t",
    "a\n",
    "a\nb",
    "a\r\n",
    "a\u2028",
    "a\x00",
    "7\n",
    "\u0661",  # an Arabic digit
    "\uff11",  # a full-width digit
    "v\u0661",
    "\u017f",  # folds to s
    "\u212a",  # folds to k
    "\u00e9",
    "e\u0301",
    "\U0001f40e",
    "a..b",
    "a.",
    ".a",
    "-a",
    "a/b",
    "a//b",
    "a@b",
    "a@b/c",
    "a b",
    "../a",
    "models:/a/b/c",
    "2024-03-15T09:12:00z",
    "2024-03-15 09:12:00Z",
    "2024-03-15T09:12:00+00:00",
    "2024-03-15T09:12:00.Z",
    "2024-03-1\u0665",
    "sha256:" + "A" * 64,
    "sha256:" + "a" * 63,
    "https://",
    "HTTPS://a",
    "javascript:alert(1)",
]


def found_by_all(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; every engine must say the same."""
    fast = compiled({"type": "string", "pattern": pattern})
    published = jsonschema_rs.Draft202012Validator({"type": "string", "pattern": pattern})
    found = {
        "python": re.search(pattern, text) is not None,
        "rust": published.is_valid(text),
        "rust, linear": fast.is_valid(text),
        "ecmascript": regress.Regex(pattern, "u").find(text) is not None,
    }
    assert len(set(found.values())) == 1, (pattern, text, found)
    return found["python"]


@pytest.mark.parametrize("part", CASES)
def test_is_written_in_what_all_engines_share(part: Part) -> None:
    body = part["pattern"].removesuffix(r"$(?!\n)")
    assert body.startswith("^") == (body != part["pattern"])
    classes = re.findall(r"\[[^]]*\]", body)
    for characters in classes:
        # No class that some engines read as ASCII and others as Unicode.
        assert re.fullmatch(r"(?:[^\\[\]]|\\[nt\\]|\\x[0-9a-f]{2})+", characters[1:-1])
    outside = re.sub(r"\[[^]]*\]", "C", body)
    assert re.fullmatch(r"\^?(?:[A-Za-z0-9:/@-]|\\\.|\(\?:|[)|]|[*+?]|\{[0-9,]+\})*", outside)
    # A repetition inside a repetition is where time turns exponential.
    repeated = re.findall(r"\(\?:([^()]*)\)[*+{]", outside)
    assert len(repeated) == len(re.findall(r"\)[*+{]", outside))
    assert not any(re.search(r"[*+?{]", group) for group in repeated)


@pytest.mark.parametrize("part", CASES)
def test_means_the_same_everywhere(part: Part) -> None:
    examples = [example for example in part["examples"] if isinstance(example, str)]
    for example in examples:
        assert found_by_all(part["pattern"], example)
    for text in [*HOSTILE, *(example + end for example in examples for end in "\n\r\u0661.\x00/@")]:
        found_by_all(part["pattern"], text)


@pytest.mark.parametrize("part", CASES)
def test_refuses_a_newline_at_the_end(part: Part) -> None:
    if part["pattern"].startswith("^"):
        for example in part["examples"]:
            assert not found_by_all(part["pattern"], example + "\n")


@pytest.mark.parametrize("part", CASES)
def test_takes_linear_time(part: Part) -> None:
    # A pattern that takes quadratic time would not come to an end here.
    for text in ("a", " ", "a.", "a/", "9", "-", "\n", "a\n", "\u0661", "[~", "models:/a"):
        for end in ("", "\n", "!", " \u0661"):
            found_by_all(part["pattern"], text * (LONG // len(text)) + end)


@given(st.data())
def test_means_the_same_for_any_text(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(sorted(PARTS)))
    near = st.from_regex(re.compile(pattern.replace("(?!\\n)", "")))
    found_by_all(pattern, data.draw(st.one_of(st.text(), near)))


@given(st.one_of(st.text(max_size=10), st.from_regex(r"[a-zA-Z0-9._\n-]{0,6}", fullmatch=True)))
def test_a_name_is_a_name_unless_windows_reserves_it(text: str) -> None:
    name = compiled(schema("run")["$defs"]["name"])
    assert is_name(text) <= name.is_valid(text)
    if name.is_valid(text) and not is_name(text):
        assert re.match("con|prn|aux|nul|com[0-9]|lpt[0-9]", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("reference", None),
        ("datasetVersionReference", Kind.DATASET),
        ("modelReference", Kind.MODEL),
        ("modelVersionReference", Kind.MODEL),
        ("runReference", Kind.RUN),
    ],
)
@given(data=st.data())
def test_what_looks_like_a_reference_can_be_read_as_one(
    definition: str, kind: Kind | None, data: st.DataObject
) -> None:
    part = next(schema(entry)["$defs"][definition] for entry in KINDS if definition in schema(entry)["$defs"])
    shaped = re.compile(part["pattern"].replace("(?!\\n)", ""), re.ASCII)
    text = data.draw(
        st.one_of(st.from_regex(shaped), st.from_regex(r"[a-z]{1,3}[/@:.]{0,2}[a-z1]{0,3}[/@]?1?"))
    )
    try:
        Ref.parse(text, kind)
    except RefError:
        # The schema leaves out what Windows reserves and how long a part may be.
        if compiled(part).is_valid(text):
            assert not all(is_name(word) for word in re.split("[/@]", text.partition(":/")[2] or text))
