"""Which points of a curve are kept."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from herdbook.curves import spread


@given(st.integers(0, 3_000), st.integers(2, 1_200))
def test_the_first_and_the_last_point_stay_and_the_others_lie_evenly(length: int, most: int) -> None:
    kept = spread(range(length), most)
    assert len(kept) == min(length, most)
    assert kept[:1] == list(range(length))[:1]
    assert kept[-1:] == list(range(length))[-1:]
    gaps = {after - before for before, after in pairwise(kept)}
    assert not gaps or max(gaps) - min(gaps) <= 1
