"""Tests of what differs between two catalogs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diff_cases import FOLDER, HEAD, catalogs, told
from herdbook.catalog import Catalog
from herdbook.diff import Changes, FieldChange, FieldKind, LineKind, diff
from herdbook.entries import Aliases, Dataset, Endpoint, Entry, ModelCard, Run
from herdbook.source import Route, SourceFile
from herdbook.tree import DirTree
from work import steps

TREE = DirTree(Path("catalog"))
CASES = sorted(FOLDER.glob("*.yaml"))
OPPOSITE = {
    FieldKind.ADDED: FieldKind.REMOVED,
    FieldKind.REMOVED: FieldKind.ADDED,
    FieldKind.CHANGED: FieldKind.CHANGED,
    FieldKind.REORDERED: FieldKind.REORDERED,
}


def entry(entry_type: type[Any], **data: Any) -> Any:
    made = entry_type(SourceFile(TREE, ""), {"kind": entry_type.kind, **data})
    return replace(made, source=SourceFile(TREE, made.expected_path, made.data))


def catalog(*entries: Entry) -> Catalog:
    return Catalog(
        datasets={item.name: item for item in entries if isinstance(item, Dataset)},
        runs={item.id: item for item in entries if isinstance(item, Run)},
        cards={(item.model, item.version): item for item in entries if isinstance(item, ModelCard)},
        aliases={item.model: item for item in entries if isinstance(item, Aliases)},
        endpoints={item.name: item for item in entries if isinstance(item, Endpoint)},
    )


def ledger(**lines: list[int]) -> Aliases:
    aliases = {
        alias: [{"version": number, "at": "2024-01-01", "by": "ana"} for number in numbers]
        for alias, numbers in lines.items()
    }
    found: Aliases = entry(Aliases, model="m", aliases=aliases)
    return found


# Whole cases


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_differs_is_told_with_its_places(path: Path, tmp_path: Path) -> None:
    changes = diff(*catalogs(tmp_path, path.read_text()))
    assert list(told(changes)) == path.with_suffix(".txt").read_text().splitlines(), (
        "if this is meant, `python tests/diff_cases.py` writes it down"
    )
    assert bool(changes) is (path.stem not in ("nothing", "order-of-keys"))


def test_every_case_says_what_differs() -> None:
    assert {path.stem for path in CASES} == {path.stem for path in FOLDER.glob("*.txt")}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_differs_from_itself(path: Path, tmp_path: Path) -> None:
    for side in catalogs(tmp_path, path.read_text()):
        assert diff(side, side) == Changes()


def test_what_is_read_again_is_the_same(tmp_path: Path) -> None:
    text = (FOLDER / "refused.yaml").read_text()
    one, other = (catalogs(tmp_path / name, text) for name in ("one", "other"))
    assert diff(one[0], other[0]) == diff(one[1], other[1]) == Changes()


def test_a_file_that_cannot_be_read_any_more_is_not_removed(tmp_path: Path) -> None:
    text = f"{HEAD}# models/churn/aliases.yaml, whole\nkind: aliases\n"
    changes = diff(*catalogs(tmp_path, text))
    assert (changes.removed, changes.lines, changes.moves) == ((), (), ())
    (refused,) = changes.refused
    assert refused.before_entry is not None
    assert refused.before_entry.label == "the aliases of models:/churn"
    assert (refused.before, refused.after_entry) == (None, None)


# Properties

names = st.sampled_from(["a", "b", "c"])
scalars = st.sampled_from([0, 1, True, False, 1.0, "1", "x", "y"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names, inner, max_size=3)
        | st.lists(st.fixed_dictionaries({"name": names, "size": inner}), max_size=3)
    ),
    max_leaves=8,
)
fields = st.dictionaries(st.sampled_from(["p", "q", "description"]), values, max_size=3)
ledgers = st.dictionaries(st.sampled_from(["champion", "next"]), st.lists(st.integers(1, 4), max_size=5))


@st.composite
def some_catalogs(draw: st.DrawFn) -> Catalog:
    entries: list[Entry] = []
    for name in sorted(draw(st.sets(names))):
        entries.append(entry(Dataset, name=name, **draw(fields)))
    for name in sorted(draw(st.sets(names))):
        entries.append(entry(Run, id=name, experiment=draw(names), **draw(fields)))
    if draw(st.booleans()):
        entries.append(ledger(**draw(ledgers)))
    return catalog(*entries)


def shape(field: FieldChange) -> tuple[Any, ...]:
    return field.kind, field.steps, repr(field.before), repr(field.after)


def turned(field: FieldChange) -> tuple[Any, ...]:
    return OPPOSITE[field.kind], field.steps, repr(field.after), repr(field.before)


@given(some_catalogs())
def test_a_catalog_does_not_differ_from_itself(one: Catalog) -> None:
    assert not diff(one, one)
    assert diff(one, one) == Changes()


@given(some_catalogs(), some_catalogs())
def test_the_other_way_round_added_is_removed(one: Catalog, other: Catalog) -> None:
    there, back = diff(one, other), diff(other, one)
    assert there.added == back.removed
    assert there.removed == back.added
    assert {(pair.before, pair.after) for pair in there.renamed} == {
        (pair.after, pair.before) for pair in back.renamed
    }
    assert {(pair.before, pair.after) for pair in there.changed} == {
        (pair.after, pair.before) for pair in back.changed
    }
    backwards = {change.before: change.fields for change in back.changed}
    for change in there.changed:
        assert Counter(map(shape, change.fields)) == Counter(map(turned, backwards[change.after]))
    assert {(move.before, move.after) for move in there.moves} == {
        (move.after, move.before) for move in back.moves
    }


def at(data: Any, route: Route) -> Any:
    for step in route:
        data = data[step]
    return data


@given(some_catalogs(), some_catalogs())
def test_routes_lead_to_the_values(one: Catalog, other: Catalog) -> None:
    changes = diff(one, other)
    for change in changes.changed:
        for field in change.fields:
            if field.kind is not FieldKind.ADDED:
                assert at(change.before.data, field.before_route) is field.before
            if field.kind is not FieldKind.REMOVED:
                assert at(change.after.data, field.after_route) is field.after
    for line in changes.lines:
        if line.before is not None and line.before_ledger is not None:
            assert at(line.before_ledger.data, line.before_route) is line.before
        if line.after is not None and line.after_ledger is not None:
            assert at(line.after_ledger.data, line.after_route) is line.after


@given(st.lists(st.integers(1, 4), max_size=8), st.lists(st.integers(1, 4), max_size=8))
def test_every_line_of_a_ledger_is_accounted_for(before: list[int], after: list[int]) -> None:
    changes = diff(catalog(ledger(champion=before)), catalog(ledger(champion=after)))
    kinds = Counter(line.kind for line in changes.lines)
    added = kinds[LineKind.ADDED] + kinds[LineKind.INSERTED]
    assert len(before) - kinds[LineKind.REMOVED] + added == len(after)
    only_grew = after[: len(before)] == before
    assert only_grew is not bool(kinds.keys() - {LineKind.ADDED})
    if only_grew:
        assert kinds[LineKind.ADDED] == len(after) - len(before)


# Cost


def runs(count: int) -> Iterator[Run]:
    for number in range(count):
        yield entry(Run, id=f"r{number}", experiment="e", params={f"p{index}": index for index in range(50)})


@pytest.mark.parametrize(
    "pair",
    [
        lambda size: (catalog(*runs(size)), catalog(*runs(size - 1))),
        lambda size: (
            catalog(*(entry(Dataset, name=f"a{number}", title=f"{number}") for number in range(size))),
            catalog(*(entry(Dataset, name=f"b{number}", title=f"{number}") for number in range(size))),
        ),
        lambda size: (
            catalog(ledger(champion=list(range(size)))),
            catalog(ledger(champion=list(range(size, 0, -1)))),
        ),
        lambda size: (
            catalog(ledger(champion=list(range(size)))),
            catalog(ledger(champion=[0, *range(size, 2 * size)])),
        ),
        lambda size: (
            catalog(entry(Dataset, name="a", tags=[f"{number}" for number in range(size)])),
            catalog(entry(Dataset, name="a", tags=[f"{-number}" for number in range(size)])),
        ),
    ],
    ids=["equal runs", "renamed", "reversed ledger", "edited ledger", "other list"],
)
def test_the_work_grows_with_the_catalogs_alone(pair: Any) -> None:
    small, large = (steps(partial(diff, *pair(size))) for size in (150, 600))
    assert large < 4.5 * small
