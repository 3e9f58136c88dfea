"""Which lines of a ledger that is kept elsewhere are new, and where they go."""

from typing import Any

import pytest

from herdbook.catalog import Catalog
from herdbook.editing import Append
from herdbook.opening import read_catalog
from herdbook.planning.foreign_ledgers import after, appended, has, mark_of
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

FIRST, SECOND = ({"version": number, "at": f"2024-01-0{number}T08:00:00Z"} for number in (1, 2))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(DirTree(EXAMPLE_CATALOG))


@pytest.mark.parametrize(
    ("lines", "mark", "new"),
    [
        ([FIRST, SECOND], "", [FIRST, SECOND]),
        ([FIRST, SECOND], mark_of(FIRST, "version"), [SECOND]),
        ([FIRST, SECOND], mark_of(SECOND, "version"), []),
        ([FIRST, SECOND, FIRST], mark_of(FIRST, "version"), []),
        # Where only how things stand is known, that is new if it is something else.
        ([SECOND], mark_of(FIRST, "version"), [SECOND]),
        ([SECOND], "2 at 2023-12-31T00:00:00Z", []),
    ],
)
def test_what_comes_behind_the_line_that_was_taken_last_is_new(
    lines: list[dict[str, Any]], mark: str, new: list[dict[str, Any]]
) -> None:
    assert list(after(lines, mark, "version")) == new


def test_a_ledger_is_asked_for_an_alias_or_a_version(catalog: Catalog) -> None:
    aliases, stages = catalog.aliases["churn"], catalog.stages["churn"]
    assert has(aliases, "aliases.champion")
    assert not has(aliases, "aliases.shadow")
    assert has(stages, "stages.1")
    assert not has(stages, "stages.9")


def test_no_line_is_added_before_the_one_above_it(catalog: Catalog) -> None:
    ledger = catalog.aliases["churn"]
    last = ledger.data["aliases"]["champion"][-1]["at"]
    (edit,) = appended(ledger, [("aliases.champion", {"version": 1, "at": "2020-01-01T00:00:00Z"})])
    assert edit == Append(("aliases", "champion"), {"version": 1, "at": last})
