from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from drafting import bring, dataset, empty, run
from herdbook.catalog import Catalog
from herdbook.memory import open_catalog
from herdbook.planning.drafts import Draft, Imported, Key
from herdbook.planning.importing.changes import Changes
from herdbook.planning.importing.names import Naming, known_in, words
from herdbook.ref import is_name


def naming(catalog: Catalog, drafts: list[Draft] | None = None, address: str = "") -> tuple[Naming, Changes]:
    changes = Changes(catalog.paths, [])
    imported = Imported("other", address, drafts or [])
    by_key = {draft.key: draft for draft in imported.drafts}
    return Naming(catalog, imported, known_in(catalog, "other"), by_key, changes), changes


def test_who_has_a_name_that_can_stay_keeps_it_whatever_comes_earlier(tmp_path: Path) -> None:
    drafts = [run("a b"), run("a-b")]
    names, changes = naming(open_catalog(empty(tmp_path / "catalog")), drafts)
    names.give()
    assert [names.name(draft.key) for draft in drafts] == ["a-b-2", "a-b"]
    assert [str(problem) for problem in changes.problems] == [
        "there/a b: run 'a b' is called a-b-2 here, for a-b is taken"
    ]


def test_what_was_imported_before_is_called_the_same(tmp_path: Path) -> None:
    folder = empty(tmp_path / "catalog")
    bring(folder, [run("a b", "Trials 1"), *dataset("data/orders", "3f/2a", uri="s3://x")])
    catalog = open_catalog(folder)
    version = Key("dataset-version", "3f/2a", "data/orders")
    assert known_in(catalog, "other").keys() == {Key("run", "a b"), Key("dataset", "data/orders"), version}
    assert known_in(catalog, "another") == {}
    names, changes = naming(catalog)
    assert names.reference(Key("run", "a b")) == "a-b"
    assert names.reference(Key("experiment", "Trials 1")) == "Trials-1"
    assert names.reference(version) == "data-orders/3f-2a"
    assert names.reference(Key("output", "my model", "a b")) == "a-b/my-model"
    assert changes.problems == []


def test_entries_say_where_they_are_from_and_what_they_are_called_there(tmp_path: Path) -> None:
    catalog = open_catalog(empty(tmp_path / "catalog"))
    key = Key("model-version", "7", "Fraud model")
    assert naming(catalog, address="https://there")[0].origin(key) == {
        "system": "other",
        "address": "https://there",
        "version": "7",
        "model": "Fraud model",
    }
    assert naming(catalog)[0].origin(Key("aliases", "", "\0")) == {"system": "other", "model": "\ufffd"}
    assert words(key) == "model version '7' of 'Fraud model'"


@given(st.lists(st.text(max_size=4), max_size=8, unique=True))
def test_runs_have_names_of_their_own(called: list[str]) -> None:
    names, _ = naming(Catalog(), [run(name) for name in called])
    names.give()
    found = [names.own(Key("run", name))["id"] for name in called]
    assert all(map(is_name, found))
    assert len({name.casefold() for name in found}) == len(called)
