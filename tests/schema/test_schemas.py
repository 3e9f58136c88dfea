"""The schemas themselves: valid, whole, closed, and documented property by property."""

import pytest
from jsonschema import Draft202012Validator

from herdbook.errors import HerdbookError
from herdbook.schema import KINDS, accepts, compiled, fast_validator, schema
from schema_parts import parts, resolved

CASES = [pytest.param(kind, id=kind) for kind in KINDS]


@pytest.mark.parametrize("kind", CASES)
def test_is_a_valid_schema(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("kind", CASES)
def test_refers_to_nothing_outside_itself(kind: str) -> None:
    whole = schema(kind)
    for where, part in parts(whole):
        if "$ref" in part:
            head, _, name = part["$ref"].rpartition("/")
            assert head == "#/$defs", where
            assert name in whole["$defs"], where


@pytest.mark.parametrize("kind", CASES)
def test_embeds_only_what_it_uses(kind: str) -> None:
    whole = schema(kind)
    used = {part["$ref"].rpartition("/")[2] for _, part in parts(whole) if "$ref" in part}
    assert used == set(whole["$defs"])


@pytest.mark.parametrize("kind", CASES)
def test_every_property_has_title_description_and_examples(kind: str) -> None:
    whole = schema(kind)
    for where, part in parts(whole):
        for name, child in part.get("properties", {}).items():
            about = resolved(whole, child)
            assert about.get("title"), f"{where}/{name}"
            assert about.get("description", "").endswith("."), f"{where}/{name}"
            assert about.get("examples"), f"{where}/{name}"


@pytest.mark.parametrize("kind", CASES)
def test_every_example_and_default_is_valid(kind: str) -> None:
    whole = schema(kind)
    for where, part in parts(whole):
        values = [*part.get("examples", ()), *([part["default"]] if "default" in part else [])]
        validator = compiled({**part, "$defs": whole["$defs"]})
        for value in values:
            assert accepts(validator, value), f"{where}: {value}"


@pytest.mark.parametrize("kind", CASES)
def test_every_mapping_is_closed_or_says_what_its_keys_and_values_are(kind: str) -> None:
    for where, part in parts(schema(kind)):
        if part.get("type") == "object":
            closed = part.get("additionalProperties") is False and "propertyNames" not in part
            described = isinstance(part.get("additionalProperties"), dict) and "propertyNames" in part
            assert closed or described, where


@pytest.mark.parametrize("kind", CASES)
def test_every_text_has_a_limit(kind: str) -> None:
    for where, part in parts(schema(kind)):
        if "string" in part.get("type", ()):
            # Options of rules are whatever the rule takes; the length of a commit is in its pattern.
            assert "maxLength" in part or part["title"] in {"commit hash", "option of the rule"}, where


@pytest.mark.parametrize("kind", CASES)
def test_kind_comes_first_and_what_was_imported_last(kind: str) -> None:
    names = list(schema(kind)["properties"])
    assert names[0] == "kind"
    assert names[-3:] == ["tags", "notes", "imported_from"]
    assert schema(kind)["properties"]["kind"]["const"] == kind


@pytest.mark.parametrize("kind", CASES)
def test_a_document_of_another_kind_is_refused(kind: str) -> None:
    for other in KINDS:
        example = schema(other)["examples"][0]
        assert accepts(fast_validator(kind), example) == (kind == other)


def test_an_unknown_kind_is_an_error_that_names_a_near_one() -> None:
    with pytest.raises(HerdbookError, match=r"Did you mean dataset-version\?"):
        schema("dataset_version")
    with pytest.raises(HerdbookError, match="Kinds are catalog, "):
        schema("common")
