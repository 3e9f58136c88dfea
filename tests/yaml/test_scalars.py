"""Tests of what unquoted texts stand for."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.dump import DumpError, dump
from herdbook.yaml.reader import parse_yaml
from herdbook.yaml.scalars import SPECIAL_WORDS, ScalarError, held, rounded, surely, taken_for, value_of

NUMBERS = st.from_regex(re.compile(r"[-+]?[0-9_oxbe.]{1,25}"), fullmatch=True)
TEXTS = NUMBERS | st.text(max_size=12) | st.sampled_from(sorted(SPECIAL_WORDS))


@given(TEXTS)
def test_what_is_sure_is_what_a_closer_look_finds(text: str) -> None:
    value = surely(text)
    if value is not None:
        assert repr(value_of(text)) == repr(value)
        assert taken_for(text) == ""


@pytest.mark.parametrize("text", ["7", "-7", "0", "1.50", "123456789012345678", "word", "v1", "é", "a: b"])
def test_what_most_files_hold_is_sure(text: str) -> None:
    assert surely(text) is not None


@pytest.mark.parametrize(
    "text", ["007", "1e3", ".5", "0x1F", "1_0", "1:30", "no", "null", "true", "", "=", "+1", "-"]
)
def test_what_readers_may_differ_about_is_not_sure(text: str) -> None:
    assert surely(text) is None


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("no", "true or false"),
        ("<<", "a merge of mappings"),
        ("=", "a default value"),
        ("017", "a number to another base"),
        ("12:30", "a number to another base"),
        ("1_000", "a number"),
        ("1e3", "text"),
        ("0o17", "text"),
        ("17", ""),
        ("1.5.2", ""),
        ("none", ""),
        ("", ""),
    ],
)
def test_it_is_known_what_older_readers_take_a_text_for(text: str, other: str) -> None:
    assert taken_for(text) == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-", 'a text cannot be a single "-"'),
        ("9223372036854775808", "the number 9223372036854775808 does not fit into 64 bits"),
        ("1" * 500, f"the number {'1' * 57}... does not fit into 64 bits"),
        ("-.inf", "the number -.inf is not finite"),
        (".nan", "the number .nan is not finite"),
        ("1e999", "the number 1e999 is not finite"),
    ],
)
def test_what_stands_for_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(ScalarError) as raised:
        value_of(text)
    assert raised.value.message == message
    assert raised.value.help.endswith(".")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *((".nan", "nan"), ("-.inf", "-inf"), ("+.Inf", "inf"), ("1e999", "inf"), ("5e-1", "0.5")),
        *(("9223372036854775808", "9223372036854775808"), ("-0", "0"), ("0x10000000000000000", str(2**64))),
        *(("1" * 500, "inf"), ("-" + "1" * 500, "-inf"), ("0x" + "1" * 500, "inf")),
    ],
)
def test_numbers_that_no_catalog_can_hold_may_be_asked_for(text: str, number: str) -> None:
    assert repr(value_of(text, bounded=False)) == number


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1.", max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=4), inner),
    )
)
def test_what_a_catalog_can_hold_stays_and_the_rest_is_text(value: object) -> None:
    assert parse_yaml(dump({"value": held(value)}).encode()).value == {"value": held(value)}
    with suppress(DumpError):
        dump({"value": value})
        assert held(value) == value


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        *((2**63 - 1, "9223372036854775807"), (-(2**63), "-9223372036854775808"), (True, "True")),
        *((2**63, "9.223372036854776e+18"), (10**400, "inf"), (0.5, "0.5"), (float("nan"), "nan")),
    ],
)
def test_measured_numbers_are_rounded_where_they_are_too_large(number: float, kept: str) -> None:
    assert repr(rounded(number)) == kept
