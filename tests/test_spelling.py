"""Tests of guessing what was mistyped."""

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook import spelling
from herdbook.spelling import Spellings, most_alike

words = st.text("abc-/1", min_size=1, max_size=8)


@given(st.lists(words, max_size=20), words)
def test_among_few_texts_the_one_that_is_most_alike_is_meant(texts: list[str], mistyped: str) -> None:
    found = Spellings(texts).nearest(mistyped)
    assert (found == "") == (not get_close_matches(mistyped, texts, 1))
    assert found in {"", *texts}


def test_of_many_texts_only_those_around_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{kind}-{number:05}" for kind in ("alpha", "beta", "gamma") for number in range(20_000)]
    compared: list[int] = []

    def counting(text: str, others: list[str]) -> str:
        compared.append(len(others))
        return most_alike(text, others)

    monkeypatch.setattr(spelling, "most_alike", counting)
    assert Spellings(names).nearest("gama-19999") == "gamma-19999"
    assert compared == [sum(compared)]
    assert 0 < compared[0] <= 200
