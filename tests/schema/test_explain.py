"""What people are told: the right place, the cause, the cure; short, and safe whatever the file holds."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.schema import KINDS, Violation, schema, validate
from herdbook.source import SourceFile, read_source
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml
from schema_parts import parts

DATA = Path(__file__).parents[1] / "data" / "schema"
LONGEST = 600


def cases(pattern: str) -> list[Any]:
    found = sorted(DATA.glob(f"*/{pattern}.yaml"))
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in found]


def read(path: Path) -> SourceFile:
    source, _ = read_source(DirTree(DATA), path.relative_to(DATA).as_posix())
    return source


@pytest.mark.parametrize("path", cases("good-*"))
def test_accepts(path: Path) -> None:
    assert validate(path.parent.name, read(path).value) == ()


@pytest.mark.parametrize("path", cases("bad-*"))
def test_says_what_is_wrong_where_and_what_to_do(path: Path) -> None:
    source = read(path)
    told = ""
    for violation in validate(path.parent.name, source.value, source.written):
        span = source.span(violation.route, on_key=violation.on_key)
        told += f"{span.line}:{span.column} {violation.message}\n    {violation.help}\n"
    assert told == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_documents_use_every_property(kind: str) -> None:
    used: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            used.update(value)
            for item in value.values():
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    for path in DATA.glob(f"{kind}/good-*.yaml"):
        collect(parse_yaml(path.read_bytes()).value)
    assert used >= {name for _, part in parts(schema(kind)) for name in part.get("properties", ())}


def run(**changes: Any) -> dict[str, Any]:
    return {**schema("run")["examples"][0], **changes}


def only(violations: tuple[Violation, ...]) -> Violation:
    (violation,) = violations
    return violation


def test_without_the_file_no_quoted_text_is_made_up() -> None:
    # The file may say 012345 or 7e10.
    violation = only(validate("run", run(tags={"git_commit": 12345})))
    assert violation.message == "git_commit must be text, but it is the number 12345"
    assert "12345" not in violation.help.replace("1234567", "")


def test_one_mistake_in_a_text_is_told_once() -> None:
    violation = only(validate("run", run(id="a b" * 100)))
    assert violation.route == ("id",)


def test_a_misspelt_key_is_not_called_missing_too() -> None:
    document = run(expirement="a")
    del document["experiment"]
    violation = only(validate("run", document))
    assert (violation.route, violation.on_key) == (("expirement",), True)
    assert violation.help == "Did you mean experiment?"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(run(**{f"key{index}": 1 for index in range(100_000)}), id="unknown keys"),
        pytest.param(run(params={f"key{index}": {} for index in range(100_000)}), id="values of a map"),
        pytest.param(run(params={f"key{index}\n": 1 for index in range(100_000)}), id="keys of a map"),
        pytest.param(run(inputs=[{}] * 100_000), id="items without a key"),
        pytest.param(run(inputs=[{"datset": 1}] * 100_000), id="items with a misspelt key"),
        pytest.param(
            run(outputs=[{"name": 1, "uri": 1, "size": ""}] * 30_000), id="items wrong in many ways"
        ),
        pytest.param(run(curves={"a": [["x", "y"]] * 50_000}), id="points"),
    ],
)
def test_of_very_many_violations_some_are_told(document: Any) -> None:
    *told, last = validate("run", document)
    assert len(told) == 20
    assert last == Violation(
        (),
        "more than 200 further violations of the schema not shown",
        "Mend those that are shown first.",
    )


def test_the_violations_that_are_not_shown_are_counted() -> None:
    *told, last = validate("run", run(inputs=["a"] * 23))
    assert len(told) == 20
    assert last.message == "3 further violations of the schema not shown"
    assert (
        validate("run", run(inputs=["a"] * 21))[-1].message == "1 further violation of the schema not shown"
    )
    assert len(validate("run", run(inputs=["a"] * 20))) == 20


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(run(params={**{f"key{index}": 1 for index in range(100_000)}, "z": {}}), id="map"),
        pytest.param(run(curves={"a": [*([[0, 1]] * 60_000), 1]}), id="points"),
        pytest.param(run(inputs=[*([{"dataset": "a/b"}] * 60_000), 1]), id="items"),
    ],
)
def test_one_fault_in_a_long_file_is_found(document: Any) -> None:
    assert len(validate("run", document)) == 1


hostile = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\x1b\r\n\u202e\u2028`\"'\\"), max_size=200
)
anything = st.one_of(hostile, st.integers(), st.floats(), st.booleans(), st.none(), st.just([]), st.just({}))


@given(st.sampled_from(KINDS), st.data())
def test_messages_are_short_and_safe_for_any_content(kind: str, data: st.DataObject) -> None:
    names = list(schema(kind)["properties"])
    patterns = {part["pattern"] for _, part in parts(schema(kind)) if "pattern" in part}
    keys = st.one_of(hostile, st.sampled_from(names))
    values = st.one_of(anything, st.dictionaries(hostile, anything), st.lists(anything, max_size=5))
    for violation in validate(kind, data.draw(st.dictionaries(keys, values))):
        for text in (violation.message, violation.help):
            assert text.isprintable()
            assert len(text) < LONGEST
        assert not violation.message.endswith(".")
        assert violation.help.endswith((".", "?"))
        assert not any(pattern in violation.message + violation.help for pattern in patterns)
