"""Keys: what they tell apart, and what they do not. That they leave out nothing, test_updating.py shows."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from benchmarks import generate

from any_files import tree_of
from herdbook.opening import read_catalog
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.site.book import Book
from herdbook.site.keys import Keys, digest
from herdbook.site.page import EVERYTHING, FINDINGS, Linked, Listed, Source

RUN = "runs/fraud-000/fraud-000-train-20.yaml"
"""A run of which nothing was made."""
STATE = digest(b"state")


@pytest.fixture(scope="module")
def contents() -> Mapping[str, Any]:
    return {path: json.loads(json.dumps(value)) for path, value in generate.files(200)}


def keys(contents: Mapping[str, Any], state: bytes = STATE, *, may_show_more: bool = False) -> Keys:
    book = Book(Records(read_catalog(tree_of(contents)), date(2024, 6, 1)))
    return Keys(book, state, may_show_more=may_show_more)


def changed(contents: Mapping[str, Any], path: str, **fields: Any) -> Mapping[str, Any]:
    return {**contents, path: {**contents[path], **fields}}


def run(name: str) -> Ref:
    return Ref.run(f"fraud-000-{name}")


SOURCES: Mapping[str, Source] = {
    "the run": run("train-20"),
    "the run in a list": Listed(run("train-20")),
    "a link to the run": Linked(run("train-20")),
    "its data": Ref.dataset("orders-000", "v3"),
    "a link to its data": Linked(Ref.dataset("orders-000", "v3")),
    "all versions of its data": Ref.dataset("orders-000"),
    "another run on its data": run("train-26"),
    "a model": Ref.model("fraud-000"),
    "another model": Ref.model("fraud-001"),
    "an endpoint": Ref.endpoint("fraud-001-score"),
    "everything": EVERYTHING,
    "findings": FINDINGS,
    "a word": "word",
}


MAY_SHOW_THE_RUN = {"the run", "the run in a list", "its data", "all versions of its data", "everything"}
"""Besides links to it."""
LINKS = {"a link to the run", "a link to its data"}


def differing(one: Keys, other: Keys) -> set[str]:
    return {name for name, source in SOURCES.items() if one.of([source]) != other.of([source])}


def test_equal_catalogs_have_equal_keys(contents: Mapping[str, Any]) -> None:
    assert not differing(keys(contents), keys(json.loads(json.dumps(contents))))


def test_a_copy_that_looks_at_all_entries_finds_the_same(
    contents: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, helped = keys(contents), keys(contents)
    expected = {name: alone.of([source]) for name, source in SOURCES.items()}
    helped.begin()
    monkeypatch.delattr(Keys, "_file")  # no entry is looked at here
    assert {name: helped.of([source]) for name, source in SOURCES.items()} == expected


def test_a_run_concerns_what_it_came_from_and_no_other_run(contents: Mapping[str, Any]) -> None:
    found = differing(keys(contents), keys(changed(contents, RUN, host="worker-9")))
    assert found == {*MAY_SHOW_THE_RUN, "a link to the run"}


@pytest.mark.parametrize("notes", ["Looked at.", "Like [this](runs/new.html)."])
def test_notes_concern_nothing_but_the_page_of_their_entry(contents: Mapping[str, Any], notes: str) -> None:
    told = changed(contents, RUN, notes=notes)
    assert differing(keys(contents), keys(told)) == {"the run"}
    assert keys(contents).of_catalog() != keys(told).of_catalog()


def test_notes_concern_all_where_others_may_show_them(contents: Mapping[str, Any]) -> None:
    told = changed(contents, RUN, notes="Looked at.")
    found = differing(keys(contents, may_show_more=True), keys(told, may_show_more=True))
    assert found == MAY_SHOW_THE_RUN | LINKS


def test_data_concern_all_that_was_made_from_them(contents: Mapping[str, Any]) -> None:
    path = "datasets/orders-000/versions/v1.yaml"
    found = differing(keys(contents), keys(changed(contents, path, rows=7)))
    assert found == SOURCES.keys() - {"findings", "a word", *LINKS}


def test_recalled_data_are_told_wherever_a_link_leads_to_what_was_made_from_them(
    contents: Mapping[str, Any],
) -> None:
    recall = {"at": "2024-05-01T00:00:00Z", "by": "jane", "severity": "high", "reason": "Counted twice."}
    path = "datasets/orders-000/versions/v3.yaml"
    found = differing(keys(contents), keys(changed(contents, path, recall=recall)))
    assert found >= LINKS


def test_a_ledger_concerns_its_model_and_where_that_came_from(contents: Mapping[str, Any]) -> None:
    path = "models/fraud-001/aliases.yaml"
    aliases = json.loads(json.dumps(contents[path]["aliases"]))
    aliases["champion"][-1]["reason"] = "another one"
    found = differing(keys(contents), keys(changed(contents, path, aliases=aliases)))
    assert {"another model", "an endpoint", "everything"} <= found
    assert not found & {"the run", "a model"}


def test_the_catalogs_own_file_and_the_state_concern_all(contents: Mapping[str, Any]) -> None:
    renamed = changed(contents, "herdbook.yaml", title="Another")
    assert differing(keys(contents), keys(renamed)) == SOURCES.keys()
    assert differing(keys(contents), keys(contents, digest(b"other"))) == SOURCES.keys()


def test_one_more_entry_concerns_the_runs_whose_prose_has_links(contents: Mapping[str, Any]) -> None:
    told = changed(contents, RUN, notes="Like [this](runs/new.html).")
    # Also where it is of the same commit.
    other = {"id": "new", "experiment": "fraud-001", "type": "preprocessing", "inputs": [], "outputs": []}
    more = {"runs/fraud-001/new.yaml": {**contents[RUN], **other}}
    assert "the run" in differing(keys(told), keys({**told, **more}))
    assert differing(keys(contents), keys({**contents, **more})) == {"everything"}
