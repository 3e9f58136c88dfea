"""Tests of entries that are made on demand."""

from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from herdbook.entries import Dataset
from herdbook.ondemand import Entries, Named, OnDemand, changed_entries, named_alike, paths_of
from herdbook.source import SourceFile
from herdbook.tree import DirTree, as_listed

names = st.sampled_from(["a", "b", "b-c", "b.c", "c", "d"])


def dataset(name: str, title: str = "") -> Dataset:
    source = SourceFile(DirTree(Path(), "catalog"), f"datasets/{name}/dataset.yaml")
    return Dataset(source, {"kind": "dataset", "name": name, "title": title})


def listed(name: str) -> list[str]:
    return as_listed(dataset(name).source.path)


class Making:
    """Makes datasets, and remembers which."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, path: str) -> Dataset:
        name = path.split("/")[1]
        self.made.append(name)
        return dataset(name)


def on_demand(kept: Mapping[str, Dataset]) -> tuple[Entries[str, Dataset], Making]:
    making = Making()
    return Entries({name: entry.source.path for name, entry in kept.items()}, making), making


def test_an_entry_is_made_once_when_it_is_asked_for() -> None:
    entries, making = on_demand({name: dataset(name) for name in "abc"})
    assert len(entries) == 3
    assert list(entries) == ["a", "b", "c"]
    assert "b" in entries
    assert dict(paths_of(entries))["c"] == "datasets/c/dataset.yaml"
    assert making.made == []
    assert entries["b"] is entries["b"]
    assert making.made == ["b"]
    assert entries.get("z") is None


@given(st.sets(names), st.dictionaries(names, st.booleans()))
def test_a_change_gives_what_it_gives_to_a_plain_mapping(before: set[str], changes: dict[str, bool]) -> None:
    plain = {name: dataset(name) for name in sorted(before, key=listed)}
    lazy, making = on_demand(plain)
    new = {name: dataset(name, "changed") if there else None for name, there in changes.items()}
    changed, expected = changed_entries(lazy, new), changed_entries(plain, new)
    assert making.made == []
    assert list(changed) == list(expected)
    assert list(expected) == sorted(expected, key=listed)
    assert set(expected) == (before | {name for name, there in changes.items() if there}) - {
        name for name, there in changes.items() if not there
    }
    assert [entry.title for entry in changed.values()] == [entry.title for entry in expected.values()]
    assert dict(paths_of(changed)) == dict(paths_of(expected))
    # What is not changed is what was there.
    assert list(lazy) == list(plain)


def test_a_value_is_made_once_for_each_name() -> None:
    asked: list[str] = []

    def made(name: str) -> int:
        asked.append(name)
        return len(name)

    values = OnDemand(made)
    assert [values["two"], values["two"], values["three"]] == [3, 3, 5]
    assert asked == ["two", "three"]


def test_what_has_a_name_is_made_once_when_it_is_asked_for() -> None:
    asked: list[str] = []

    def made(name: str) -> int:
        asked.append(name)
        return len(name)

    values = Named(["two", "three"], made)
    assert (list(values), len(values)) == (["two", "three"], 2)
    assert ("two" in values, "four" in values) == (True, False)
    assert (asked, values.get("four")) == ([], None)
    assert (values["three"], dict(values)) == (5, {"two": 3, "three": 5})
    assert asked == ["three", "two"]


def test_what_changes_in_a_file_leaves_all_names_as_they_are() -> None:
    plain = {name: dataset(name) for name in "ab"}
    entries, _ = on_demand(plain)
    changed = {
        name: changed_entries(entries, {"b": new}) for name, new in (("it", dataset("b")), ("gone", None))
    }
    assert named_alike(entries, changed["it"])
    assert named_alike(plain, plain)
    assert not named_alike(entries, changed["gone"])
    assert not named_alike(plain, dict(plain))  # each would have to be looked at
