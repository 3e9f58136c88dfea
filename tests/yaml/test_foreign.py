"""What other programs wrote is read as they meant it, or refused as any file is."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.yaml.foreign import put_back, read_foreign, with_stand_ins
from herdbook.yaml.parsed import YamlError

INVISIBLE = "\u200b\u200d\u202e\ufeff\u2028\U000e0041"
TEXTS = st.text(
    st.sampled_from([*INVISIBLE, *"ab:#- '\"\\", "❤", "\ufe0f", "\U000f0000", "\U000f0001"]), max_size=8
)


def test_what_no_catalog_may_hold_is_read() -> None:
    text = "\ufeffemoji: \U0001f469\u200d\U0001f4bb\nof: [.nan, -.inf, 18446744073709551616]\na\u200bb: x\n"
    found = read_foreign(text.encode())
    assert (found["emoji"], found["a\u200bb"]) == ("\U0001f469\u200d\U0001f4bb", "x")
    assert math.isnan(found["of"][0])
    assert found["of"][1:] == [-math.inf, 2**64]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a: &x 1\nb: *x\n", "line 1, column 4: anchors"),
        ("a\u200b: 1\na\u200b: 2\n".encode(), "line 2, column 1: the key"),
        (b"a: !!python/object:os.system x\n", "line 1, column 4: tags"),
        (b"a: \x07\n", "line 1, column 4: the file holds the invisible character U\\+0007"),
        (b"a: \xff\n", "byte 3 .* is not UTF-8"),
        (b"[" * 1_000, "nested more than 64 deep"),
    ],
)
def test_what_is_more_than_plain_data_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(YamlError, match=message):
        read_foreign(raw)


@given(TEXTS)
def test_any_text_comes_back(text: str) -> None:
    visible, hidden = with_stand_ins(text)
    assert not set(visible) & set(INVISIBLE)
    assert len(visible) == len(text)
    assert put_back([{visible: visible}], hidden) == [{text: text}]


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS, max_size=2), max_size=4))
def test_json_is_read_as_it_was_written(value: dict[str, object]) -> None:
    assert read_foreign(json.dumps(value, ensure_ascii=False).encode()) == value
