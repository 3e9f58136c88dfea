"""The card that a model begins with, and what is written into it later."""

import re

import pytest

from herdbook.catalog import Catalog
from herdbook.entries import CARD_SECTIONS
from herdbook.errors import HerdbookError
from herdbook.opening import read_catalog
from herdbook.planning.cards import OPEN, card_text, sections_demanded, write_card
from herdbook.planning.plan import PlanError
from herdbook.rules.text import is_placeholder
from herdbook.schema import validate
from herdbook.tree import DirTree, Overlay
from herdbook.yaml.reader import parse_yaml
from rule_examples import EXAMPLE_CATALOG

CATALOG = read_catalog(DirTree(EXAMPLE_CATALOG))


def catalog_with_policy(policy: str) -> Catalog:
    text = f"kind: catalog\nname: x\npolicy: {policy}\n"
    return read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), {"herdbook.yaml": text.encode()}))


@pytest.mark.parametrize(
    ("policy", "demanded"),
    [
        ("{}", CARD_SECTIONS),
        ("{rules: {incomplete-card: error}}", CARD_SECTIONS),
        (
            "{rules: {incomplete-card: {sections: [limitations, intended_use]}}}",
            ("intended_use", "limitations"),
        ),
        ("{rules: {incomplete-card: {sections: []}}}", ()),
        ("{rules: {incomplete-card: {sections: 7}}}", CARD_SECTIONS),  # invalid-policy says what is wrong
        ("{rules: {incomplete-card: {sections: [nothing, 7]}}}", ()),
    ],
)
def test_what_the_policy_demands(policy: str, demanded: tuple[str, ...]) -> None:
    assert sections_demanded(catalog_with_policy(policy)) == demanded


def test_a_card_is_what_is_written_and_what_is_left() -> None:
    text = card_text("late", {"users": "The shop.\nAll of it."}, ["licence", "caveats", "contact"], None)
    value = parse_yaml(text.encode()).value
    assert list(value) == ["kind", "model", "users", "caveats", "licence", "contact"]
    assert value["users"] == "The shop.\nAll of it."
    assert [name for name in value if value[name] == OPEN] == ["caveats", "licence", "contact"]
    assert validate("model-card", value) == ()
    assert is_placeholder(OPEN)
    assert all(len(line) <= 110 for line in text.splitlines())


def test_a_card_in_which_nothing_is_left_says_nothing_of_it() -> None:
    text = card_text("late", {"users": "The shop."}, [], "https://example.org/schema")
    assert "#" not in text.split("\n", 1)[1]
    assert text.startswith("# yaml-language-server: $schema=https://example.org/schema/model-card.json\n")


def test_only_sections_can_be_written() -> None:
    with pytest.raises(PlanError, match=r"^a card has no section 'kind'; it has intended_use, "):
        card_text("late", {"kind": "model"}, [], None)


def test_the_card_of_a_version_says_what_belongs_into_it() -> None:
    text = card_text("late", {}, (), None, version=7)
    assert text.startswith("# yaml-language-server: $schema=../../../.schema/model-card.json\n")
    assert parse_yaml(text.encode()).value == {"kind": "model-card", "model": "late", "version": 7}
    assert all(section in text for section in CARD_SECTIONS)
    assert text.endswith("\n# evaluations: []\n")
    named = card_text("late", {}, (), None, version=7, evaluations=["evaluate-7"])
    assert parse_yaml(named.encode()).value["evaluations"] == ["evaluate-7"]
    assert "# evaluations" not in named


def test_a_card_is_begun_where_there_is_none() -> None:
    plan = write_card(CATALOG, "churn/1", {"caveats": "Old."}, ["evaluate-1"])
    ((path, text),) = plan.new.items()
    assert path == "models/churn/cards/1.yaml"
    assert parse_yaml(str(text).encode()).value == {
        "kind": "model-card",
        "model": "churn",
        "version": 1,
        "evaluations": ["evaluate-1"],
        "caveats": "Old.",
    }


def test_what_a_card_says_already_is_left_as_it_is() -> None:
    users = CATALOG.cards["churn", None].text("users")
    plan = write_card(CATALOG, "models:/churn", {"users": users}, ["evaluate-1"])
    assert (plan.edits, plan.new) == ({}, {})
    assert plan.said == "The card of models:/churn says so already."


@pytest.mark.parametrize(
    ("reference", "written", "run", "message"),
    [
        ("orders", {}, "evaluate-1", "there is no models:/orders"),
        ("datasets:/orders", {}, "evaluate-1", "'datasets:/orders' is neither a model nor a version of one"),
        ("churn", {}, "train-1", "'train-1' evaluates no version of a model; name an evaluation run"),
        ("churn/2", {}, "evaluate-1", "runs:/evaluate-1 evaluates models:/churn/1, not models:/churn/2"),
        ("churn", {"kind": "run"}, "evaluate-1", "a card has no section 'kind'; it has intended_use"),
    ],
)
def test_what_no_card_can_say_is_refused(
    reference: str, written: dict[str, str], run: str, message: str
) -> None:
    with pytest.raises(HerdbookError, match=f"^{re.escape(message)}"):
        write_card(CATALOG, reference, written, [run])
