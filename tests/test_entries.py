"""Tests of the typed views of validated data."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from herdbook.entries import (
    ENTRY_TYPES,
    Aliases,
    Column,
    DatasetVersion,
    Entry,
    Input,
    Mention,
    ModelCard,
    ModelVersion,
    Run,
    Stages,
)
from herdbook.ref import Kind, Ref
from herdbook.schema import KINDS, schema, validate
from herdbook.source import SourceFile, read_source
from herdbook.tree import DirTree
from schema_parts import resolved

DATA = Path(__file__).parent / "data"
FILES = sorted((DATA / "schema").glob("*/good-*.yaml"))
TYPES = {entry_type.kind: entry_type for entry_type in ENTRY_TYPES}

REFERENCE_TYPES = {
    "reference",
    "datasetVersionReference",
    "modelVersionReference",
    "modelReference",
    "runReference",
}
NAMES_THAT_REFER = {"produced_by", "parent", "run", "evaluations"}
"""Fields whose type is a name: that of a run elsewhere."""


def read(path: Path) -> Entry:
    source, problems = read_source(DirTree(path.parent), path.name)
    assert not [problem for problem in problems if problem.rule != "ambiguous-scalar"]
    return TYPES[source.value["kind"]](source, source.value)


def made(entry_type: type[Entry], data: Mapping[str, Any]) -> Any:
    value = {"kind": entry_type.kind, **data}
    assert validate(entry_type.kind, value) == ()
    return entry_type(SourceFile(DirTree(Path("catalog")), "a.yaml"), value)


def test_there_is_a_view_of_every_kind() -> None:
    assert tuple(TYPES) == KINDS
    assert {path.parent.name for path in FILES} == set(KINDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_field_of_a_valid_entry_can_be_read(path: Path) -> None:
    entry = read(path)
    with_arguments = {"text", "at", "version_of", "output"}
    names = {name for name in dir(entry) if not name.startswith("_")} - with_arguments
    found = {name: getattr(entry, name) for name in names}
    assert entry.label
    assert entry.expected_path.endswith(".yaml")
    assert entry.ref is None or Ref.parse(str(entry.ref)) == entry.ref
    for name, value in found.items():
        assert not callable(value) or value() is not None
        if name != "label" and isinstance(value, str | int) and name in entry.data:
            assert value == entry.data[name]


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_of_an_entry_is_mentioned(kind: str) -> None:
    entry = read(DATA / "schema" / kind / "good-full.yaml")
    whole = schema(kind)
    referring = set(references(whole, whole, entry.data))
    # The file shows every field that refers; otherwise it could not show that one is forgotten.
    assert {general(route) for route, _ in referring} == set(fields(whole, whole))
    mentioned = {(mention.route, mention.text) for mention in entry.mentions()}
    assert referring <= mentioned
    for mention in entry.mentions():
        assert mention.ref is not None
        assert mention.error == ""
        assert str(at(entry.data, mention.route)) in (mention.text, mention.ref.version)


def references(whole: Any, part: Any, value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, str]]:
    """The texts of a value that its schema takes for references, with their routes."""
    if refers(part, route):
        yield route, value
    part = resolved(whole, part)
    if isinstance(value, dict):
        for key, inner in value.items():
            inside = part.get("properties", {}).get(key) or part.get("additionalProperties", {})
            yield from references(whole, inside, inner, (*route, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from references(whole, part.get("items", {}), inner, (*route, index))


def fields(whole: Any, part: Any, route: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The routes at which a schema has references; `*` stands for any index and any key."""
    if refers(part, route):
        yield route
    part = resolved(whole, part)
    for key, inner in part.get("properties", {}).items():
        yield from fields(whole, inner, (*route, key))
    for keyword in ("items", "additionalProperties"):
        if isinstance(part.get(keyword), dict):
            yield from fields(whole, part[keyword], (*route, "*"))


def refers(part: Any, route: tuple[Any, ...]) -> bool:
    name = part.get("$ref", "").rpartition("/")[2]
    key = next((step for step in reversed(route) if isinstance(step, str) and step != "*"), "")
    return name in REFERENCE_TYPES or (name == "name" and key in NAMES_THAT_REFER)


def general(route: tuple[Any, ...]) -> tuple[str, ...]:
    keys = ["*" if isinstance(step, int) else step for step in route]
    return tuple("*" if keys[index - 1 : index] == ["aliases"] else key for index, key in enumerate(keys))


def at(value: Any, route: tuple[Any, ...]) -> Any:
    for step in route:
        value = value[step]
    return value


def test_a_malformed_reference_is_mentioned_with_its_fault() -> None:
    mention = Mention.of("../x", ("run",), Kind.RUN)
    assert mention.ref is None
    assert "'../x' is no reference" in mention.error


@pytest.mark.parametrize("kind", TYPES)
def test_no_entry_can_be_changed(kind: str) -> None:
    entry = TYPES[kind](SourceFile(DirTree(DATA), "x"), {})
    for name in ("source", "data", "ref", "inputs", "ledgers", "transitions", "anything"):
        with pytest.raises((AttributeError, TypeError)):  # Python has the latter for what has no slot
            setattr(entry, name, None)


def test_an_output_is_found_by_its_name_and_the_first_of_several() -> None:
    outputs = [{"name": "a", "uri": "s3://1"}, {"name": "b", "uri": "s3://2"}, {"name": "a", "uri": "s3://3"}]
    run = Run(SourceFile(DirTree(DATA), "x"), {"outputs": outputs})
    assert run.output("a") == run.outputs[0]
    assert run.output("b") == run.outputs[1]
    assert run.output("c") is None
    assert run.outputs is run.outputs


def test_inputs_are_entries_or_things_outside() -> None:
    inputs = read(DATA / "schema" / "run" / "good-full.yaml").inputs  # type: ignore[attr-defined]
    assert [item.ref for item in inputs] == [
        Ref.dataset("orders", "v2.1"),
        Ref.model("clf_orders", alias="champion"),
        Ref.model("clf_orders", "1.2.0"),
        Ref.run("exp-46", "model"),
        Ref.run("exp-46"),
        None,
    ]
    assert inputs[0].role == "test"
    assert inputs[5] == Input(
        None,
        "https://example.org/embeddings/v1.bin?x=1#a",
        "",
        'etag:"5d41402a-2"',
        "GloVe embeddings",
        ("inputs", 5),
    )


def test_what_is_left_out_is_empty() -> None:
    run = made(Run, {"id": "a", "experiment": "b", "type": "training", "status": "running"})
    assert (run.title, run.description, run.started_at, run.tags, run.params) == ("", "", "", {}, {})
    assert (run.inputs, run.outputs, run.slices, run.parent, run.evaluates) == ((), (), (), None, None)
    assert (run.code.commit, run.code.dirty, run.environment.requirements) == ("", None, ())
    assert list(run.mentions()) == []
    version = made(ModelVersion, {"model": "m", "version": 1, "run": "a", "uri": "b"})
    assert (version.signature, version.size, version.deprecated, version.version_label) == (
        None,
        None,
        None,
        "",
    )
    assert made(DatasetVersion, {"dataset": "d", "version": "v"}).recall is None


def test_sections_of_a_card_stand_in_the_order_of_reading() -> None:
    card = made(ModelCard, {"model": "m", "caveats": "c", "users": "u", "intended_use": "i"})
    assert list(card.sections) == ["intended_use", "users", "caveats"]
    assert (card.label, card.expected_path) == ("the card of models:/m", "models/m/card.yaml")
    own = made(ModelCard, {"model": "m", "version": 3})
    assert (own.label, own.expected_path) == ("the card of models:/m/3", "models/m/cards/3.yaml")


def test_a_signature_names_inputs_and_outputs() -> None:
    signature = {"inputs": [{"name": "a", "type": "long"}], "outputs": [{"type": "double"}]}
    version = made(ModelVersion, {"model": "m", "version": 1, "run": "a", "uri": "b", "signature": signature})
    assert version.signature == ((Column("a", "long"),), (Column("", "double"),))


def assigned(version: int | None, day: int) -> dict[str, Any]:
    return {"version": version, "at": f"2024-01-{day:02}T00:00:00Z", "by": "ada"}


def test_the_last_assignment_of_an_alias_is_in_force() -> None:
    aliases = made(
        Aliases,
        {
            "model": "m",
            "aliases": {
                "champion": [assigned(1, 1), assigned(2, 2)],
                "retired": [assigned(1, 1), assigned(None, 2)],
            },
        },
    )
    assert {alias: item.version for alias, item in aliases.in_force().items()} == {"champion": 2}
    assert aliases.in_force()["champion"].route == ("aliases", "champion", 1)
    assert [aliases.version_of(alias) for alias in ("champion", "retired", "absent")] == [2, None, None]
    assert [item.version for item in aliases.ledgers["retired"]] == [1, None]
    assert [str(mention.ref) for mention in aliases.mentions()] == [
        "models:/m/1",
        "models:/m/2",
        "models:/m/1",
    ]


def moved(version: int, stage: str, day: int, **more: Any) -> dict[str, Any]:
    return {"version": version, "stage": stage, "at": f"2024-01-{day:02}T00:00:00Z", "by": "ada", **more}


def test_a_version_is_in_the_stage_of_its_last_transition() -> None:
    stages = made(
        Stages,
        {
            "model": "m",
            "transitions": [
                moved(1, "staging", 1),
                moved(1, "production", 2),
                moved(2, "production", 3),
                moved(3, "staging", 4),
                moved(3, "production", 5, archive_existing=True),
            ],
        },
    )
    current = stages.current()
    assert {version: item.stage for version, item in current.items()} == {
        1: "archived",
        2: "archived",
        3: "production",
    }
    assert current[1].reason == "version 3 took its place"
    assert current[1].route == current[3].route == ("transitions", 4)


def test_only_the_stage_that_a_version_enters_is_cleared() -> None:
    stages = made(
        Stages,
        {
            "model": "m",
            "transitions": [
                moved(1, "production", 1),
                moved(2, "staging", 2),
                moved(3, "staging", 3, archive_existing=True),
                moved(3, "staging", 4, archive_existing=True),
            ],
        },
    )
    assert {version: item.stage for version, item in stages.current().items()} == {
        1: "production",
        2: "archived",
        3: "staging",
    }


def test_a_place_is_one_in_the_file_of_the_entry() -> None:
    entry = read(DATA / "schema" / "endpoint" / "good-full.yaml")
    place = entry.at("serves", 1, "model")
    assert place.span.line == 12
    assert place.source is entry.source
    assert entry.at("name", on_key=True).span.column == 1
