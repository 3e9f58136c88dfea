"""The careful validator, the fast one and an unrelated third give the same verdict about every value."""

import copy
import math
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

from herdbook.schema import KINDS, accepts, fast_validator, schema, validate
from herdbook.schema.careful import faults
from herdbook.yaml.events import MAX_DEPTH
from herdbook.yaml.reader import parse_yaml

DATA = Path(__file__).parents[1] / "data" / "schema"
DOCUMENTS = [
    (path.parent.name, parse_yaml(path.read_bytes()).value) for path in sorted(DATA.glob("*/*.yaml"))
]
TIMES = [
    "2024-02-29T23:59:59Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2000-02-29T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-00-01T00:00:00Z",
    "2024-01-00T00:00:00Z",
    "2024-01-32T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T25:00:00Z",
    "2024-01-01T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "0999-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2024-01-01T00:00:00.1234567890Z",
    "2024-01-01T00:00:00z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00+00:00",
    "2024-01-01t00:00:00Z",
    "2024-01-01 00:00:00Z",
    "2024-W01-1T00:00:00Z",
    "20240101T000000Z",
    "2024-01-01",
    "2023-02-29",
    "2024-1-1",
    "\u0662024-01-01",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-3, 12),
    st.integers(-3, 12).map(float),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(TIMES),
    st.sampled_from(["a/1", "a@b", "runs:/a", "sha256:", "none", "off", "a\n", " ", "x" * 300]),
    st.sampled_from(
        [10**400, -(10**400), 2**31, 2**53, math.inf, -math.inf, math.nan, 1.7976931348623157e308]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def third_verdict(kind: str, value: Any) -> bool:
    """What `jsonschema` says by itself, with formats and types written down a second time."""
    formats = FormatChecker(formats=())
    formats.checks("date", ValueError)(
        lambda text: not isinstance(text, str) or bool(date.fromisoformat(text))
    )
    formats.checks("date-time", ValueError)(
        lambda text: not isinstance(text, str) or bool(datetime.fromisoformat(text))
    )
    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: type(value) is int,
            "number": lambda _, value: type(value) is int or (type(value) is float and math.isfinite(value)),
        }
    )
    plain: Any = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]  # its stub gives no types
    valid: bool = plain(schema(kind), format_checker=formats).is_valid(value)
    return valid


def verdict(kind: str, value: Any) -> bool:
    """Whether a value is accepted; all must say the same."""
    verdicts = {
        "fast": accepts(fast_validator(kind), value),
        "careful": not any(faults(kind, value)),
        "third": third_verdict(kind, value),
        "validate": not validate(kind, value),
    }
    assert len(set(verdicts.values())) == 1, verdicts
    return verdicts["fast"]


def routes(value: Any) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *rest) for key, item in inner for rest in routes(item))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """A document of the corpus in which one to three things are changed."""
    kind, document = draw(st.sampled_from(DOCUMENTS))
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = [route for route in routes(document) if route]
        if not places:
            break
        *around, last = draw(st.sampled_from(places))
        parent: Any = document
        for step in around:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "replace", "remove", "add", "float", "newline"])):
            case "replace":
                parent[last] = draw(VALUES)
            case "remove":
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(st.text(max_size=5) | st.sampled_from(list(schema(kind)["properties"])))] = draw(
                    VALUES
                )
            case "add":
                parent.insert(last, draw(VALUES))
            case "float" if isinstance(parent[last], int) and abs(parent[last]) < 2**53:
                parent[last] = float(parent[last])
            case "newline" if isinstance(parent[last], str):
                parent[last] += "\n"
            case _:
                pass
    return kind, document


@given(mutated())
def test_all_agree_about_changed_documents(case: tuple[str, Any]) -> None:
    verdict(*case)


@given(st.sampled_from(KINDS), VALUES)
def test_all_agree_about_anything(kind: str, value: Any) -> None:
    assert not verdict(kind, value)


@pytest.mark.parametrize("time", TIMES)
def test_all_agree_about_times(time: str) -> None:
    waiver = {"rule": "a", "entry": "a", "owner": "a", "reason": "a", "until": time}
    verdict("catalog", {"kind": "catalog", "name": "a", "waivers": [waiver]})
    exists = verdict("run", {**schema("run")["examples"][0], "started_at": time})
    assert exists == (time in {TIMES[0], TIMES[3], "9999-12-31T23:59:59.999999999Z"})


@pytest.mark.parametrize("version", [1.0, 0, -1, True, "1", None, 1.5, 2**31, 10**400])
def test_a_version_is_a_whole_number_from_one(version: object) -> None:
    document = schema("model-version")["examples"][0]
    assert verdict("model-version", {**document, "version": 2**31 - 1})
    assert not verdict("model-version", {**document, "version": version})


def test_half_of_a_surrogate_pair_gets_a_verdict() -> None:
    # No file can hold one, and the fast validator cannot read it.
    run = schema("run")["examples"][0]
    assert validate("run", {**run, "id": "\ud800"})
    assert validate("run", {**run, "\ud800": "a"})
    (violation,) = validate("run", {**run, "tags": {"caf\udce9": "a"}})
    assert violation.message.endswith(" in tags holds half of a surrogate pair")


def test_keys_that_are_no_text_are_refused() -> None:
    run = schema("run")["examples"][0]
    for key in (1, None, True, 1.5):
        assert not verdict("run", {**run, key: "a"})
        assert not verdict("run", {**run, "params": {key: "a"}})


def test_a_value_deeper_than_any_file_can_be_gets_a_verdict() -> None:
    deep: Any = []
    for _ in range(2 * MAX_DEPTH):
        deep = [deep]
    for document in ({"kind": "run", "params": {"a": deep}}, {"kind": "run", "zzz": deep}):
        assert validate("run", document)
    rules = {"kind": "catalog", "name": "a", "policy": {"rules": {"a": {"option": deep}}}}
    assert validate("catalog", rules) == ()
