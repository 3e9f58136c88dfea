"""Whatever comes from elsewhere, what is left of it is an entry, and what is not is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.curves import MAX_POINTS
from herdbook.dump import dump
from herdbook.planning.fitting import amount, as_text, fitted, thinned
from herdbook.schema import validate
from herdbook.tree import MAX_BYTES
from herdbook.yaml.reader import parse_yaml

RUN: dict[str, Any] = {
    "kind": "run",
    "id": "r",
    "experiment": "e",
    "type": "training",
    "status": "finished",
}
TEXTS = st.text(max_size=20).map(as_text)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["params", "metrics", "tags", "inputs", "title", "odd"]), VALUES))
def test_what_is_left_is_an_entry(more: dict[str, Any]) -> None:
    found = fitted({**RUN, **more})
    assert found.value is not None
    assert validate("run", found.value) == ()
    assert parse_yaml(dump(found.value, "run").encode()).value == found.value
    assert RUN.items() <= found.value.items()
    assert bool(found.losses) == (found.value != {**RUN, **more})


def test_a_number_beyond_64_bits_is_left_out_alone() -> None:
    curves = {"loss": [[0, 0.5], [2**63, 0.4]], "auc": [[2**63 - 1, 0.5]]}
    found = fitted({**RUN, "params": {"seed": 2**64, "depth": 3}, "curves": curves})
    assert found.value == {**RUN, "params": {"depth": 3}, "curves": {"auc": curves["auc"]}}
    assert sorted(found.losses) == [
        "curves.loss is left out: a number of it does not fit into 64 bits",
        "params.seed is left out: a number of it does not fit into 64 bits",
    ]


@pytest.mark.parametrize(
    ("value", "kept"),
    [(0, 0), (2**53 - 1, 2**53 - 1), (2**53, None), (-1, None), (True, None), (1.0, None), ("1", None)],
)
def test_an_amount_is_one_that_the_format_allows(value: object, kept: int | None) -> None:
    assert amount(value) == kept
    version = {"kind": "dataset-version", "dataset": "d", "version": "v", "uri": "u", "size": value}
    assert (validate("dataset-version", version) == ()) == (kept is not None)


def test_without_its_own_names_nothing_is_left() -> None:
    found = fitted({**RUN, "id": "../x"})
    assert found.value is None
    assert found.losses[-1].startswith("it cannot be an entry, and is left out: ")


def test_what_is_too_large_loses_its_curves_or_all() -> None:
    curves = {f"m{number}": [[step, 0.1234567890123] for step in range(1_000)] for number in range(60)}
    found = fitted({**RUN, "curves": curves})
    assert found.value == RUN
    assert found.losses == (
        f"the curves are left out: a file of a catalog holds at most {MAX_BYTES:,} bytes",
    )
    large = fitted({**RUN, "params": {f"p{number}": "x" * 7_000 for number in range(160)}})
    assert large.value is None


def test_the_first_and_the_last_point_stay() -> None:
    points = [[step, step / 7] for step in range(5 * MAX_POINTS)]
    kept = thinned({"curves": {"loss": points, "short": points[:3]}})["curves"]
    assert len(kept["loss"]) == MAX_POINTS
    assert (kept["loss"][0], kept["loss"][-1]) == (points[0], points[-1])
    assert kept["short"] == points[:3]
    assert thinned(RUN) is RUN


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_that_a_file_can_hold(text: str) -> None:
    assert parse_yaml(dump({"kind": as_text(text)}).encode()).value == {"kind": as_text(text)}
