"""Tests of references and names."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.ref import Kind, Ref, RefError, is_name
from herdbook.schema import accepts, compiled, schema

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]|\.[A-Za-z0-9_-]){0,20}", fullmatch=True).filter(is_name)
REFS = st.one_of(
    st.builds(Ref.model, NAMES),
    st.builds(Ref.model, NAMES, NAMES),
    st.builds(Ref.model, NAMES, st.integers(1, 2**31)),
    st.builds(lambda name, alias: Ref.model(name, alias=alias), NAMES, NAMES),
    st.builds(Ref.run, NAMES),
    st.builds(Ref.run, NAMES, NAMES),
    st.builds(Ref.dataset, NAMES),
    st.builds(Ref.dataset, NAMES, NAMES),
    st.builds(Ref.endpoint, NAMES),
)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("models:/clf_orders", Ref(Kind.MODEL, "clf_orders")),
        ("models:/clf_orders/7", Ref(Kind.MODEL, "clf_orders", version="7")),
        ("models:/clf_orders/1.2.0", Ref(Kind.MODEL, "clf_orders", version="1.2.0")),
        ("models:/clf_orders@champion", Ref(Kind.MODEL, "clf_orders", alias="champion")),
        ("runs:/exp-47b", Ref(Kind.RUN, "exp-47b")),
        ("runs:/exp-47b/model", Ref(Kind.RUN, "exp-47b", output="model")),
        ("datasets:/orders", Ref(Kind.DATASET, "orders")),
        ("datasets:/orders/v2.1", Ref(Kind.DATASET, "orders", version="v2.1")),
        ("endpoints:/predict", Ref(Kind.ENDPOINT, "predict")),
    ],
)
def test_references_are_those_of_the_grammar(text: str, ref: Ref) -> None:
    assert Ref.parse(text) == ref == Ref.parse(text, ref.kind) == Ref.parse(ref.short, ref.kind)
    assert str(ref) == text


@given(REFS)
def test_every_reference_is_read_as_it_was_written(ref: Ref) -> None:
    assert Ref.parse(str(ref)) == ref
    assert Ref.parse(ref.short, ref.kind) == ref
    assert Ref.written(str(ref)) == ref
    assert hash(Ref.parse(str(ref))) == hash(ref)


@given(st.text() | REFS.map(str), st.sampled_from([None, *Kind]))
def test_a_text_is_a_reference_of_names_or_refused(text: str, kind: Kind | None) -> None:
    try:
        ref = Ref.parse(text, kind)
    except RefError as error:
        message = str(error)
    else:
        message = ""
        assert text in (str(ref), ref.short)
        assert all(
            is_name(part) for part in (ref.name, ref.version, ref.alias, ref.output) if part is not None
        )
        assert [ref.version, ref.alias, ref.output].count(None) >= 2
    assert len(message) < 500


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("", None, "says no kind of entry: put models:/"),
        ("", Kind.RUN, "write runs:/<run>"),
        ("clf", None, "says no kind of entry"),
        ("model:/clf", None, "begins with no kind of entry: use models:/, runs:/"),
        ("MODEL:/clf", None, "begins with no kind of entry"),
        ("Models:/clf", None, "begins with no kind of entry"),
        (":/clf", None, "begins with no kind of entry"),
        ("runs:/a", Kind.MODEL, "is of runs:/, but models:/ belongs here"),
        ("models://clf", None, "write models:/<model>"),
        ("models:clf", None, "says no kind of entry"),
        ("models:/", None, "write models:/<model>"),
        ("models:/clf/", None, "write models:/<model>"),
        ("models:/clf@", None, "write models:/<model>"),
        ("models:/@champion", None, "write models:/<model>"),
        ("models:/clf/7/8", None, "write models:/<model>"),
        ("models:/clf/7@champion", None, "write models:/<model>"),
        ("models:/clf@a@b", None, "write models:/<model>"),
        ("models:/clf ", None, "write models:/<model>"),
        (" models:/clf", None, "begins with no kind of entry"),
        ("models:/clf\n", None, "write models:/<model>"),
        ("runs:/a@b", None, "write runs:/<run>"),
        ("runs:/a/b/c", None, "write runs:/<run>"),
        ("datasets:/orders@v1", None, "write datasets:/<dataset>"),
        ("endpoints:/predict/1", None, "write endpoints:/<endpoint>"),
        ("s3://bucket/key", None, "begins with no kind of entry"),
        ("runs:/../x", None, "write runs:/<run>"),
        ("runs:/a/..", None, "write runs:/<run>"),
    ],
)
def test_what_is_no_reference_is_told_how_to_be_one(text: str, kind: Kind | None, piece: str) -> None:
    with pytest.raises(RefError) as raised:
        Ref.parse(text, kind)
    assert piece in str(raised.value)


def test_a_long_text_is_cut_in_the_message() -> None:
    with pytest.raises(RefError) as raised:
        Ref.parse("x" * 100_000)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    "name", ["a", "7", "A.b_c-d", "v2.1", "a" * 128, "console", "com10", "nullable", "a.con"]
)
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *[
            "",
            ".",
            "..",
            "a..b",
            "a.",
            ".a",
            "-a",
            "_a",
            "a/b",
            "a\\b",
            "a b",
            "a\n",
            "a\0",
            "é",
            "a:b",
            "a" * 129,
        ],
        *["con", "CON", "Nul", "aux.txt", "COM1", "lpt9.yaml", "prn.", "com0"],
        *["\u0663", "\uff41", "a\u200b", "%2e", "~", "*", "a?"],
    ],
)
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)


def is_name_to_the_schema(text: str) -> bool:
    return accepts(NAME_SCHEMA, text)


NAME_SCHEMA = compiled(schema("model")["properties"]["name"] | {"$defs": schema("model")["$defs"]})
WINDOWS = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}


@given(st.text() | st.from_regex(r"[A-Za-z0-9.]{1,6}", fullmatch=True) | st.sampled_from(sorted(WINDOWS)))
def test_names_and_the_schema_agree_but_for_what_windows_reserves(text: str) -> None:
    reserved = text.partition(".")[0].lower() in WINDOWS
    assert is_name(text) == (is_name_to_the_schema(text) and not reserved)


def test_no_hostile_text_is_a_reference_out_of_its_place(shared_data: Path, tmp_path: Path) -> None:
    naughty = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    files = sorted(path for path in (shared_data / "path-traversal").rglob("*") if path.is_file())
    climbing = [line for file in files for line in file.read_text(errors="replace").splitlines()]
    assert len(naughty) + len(climbing) > 1400
    for text in naughty + climbing:
        for part in (text, text.strip(), text.strip("/")):
            assert is_name(part) <= is_name_to_the_schema(part)
            if is_name(part):
                path = tmp_path / f"{part}.yaml"
                assert Path(os.path.abspath(path)).parent == tmp_path  # noqa: PTH100 # resolve() follows links
            for kind in Kind:
                try:
                    ref = Ref.parse(part, kind)
                except RefError:
                    continue
                assert ".." not in ref.short
                assert not ref.short.startswith("/")
