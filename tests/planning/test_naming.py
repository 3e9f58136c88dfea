"""The names of new entries: files, addresses, and nothing that a system takes for another name."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.planning.naming import place_for, place_for_run, place_for_version
from herdbook.planning.plan import PlanError
from herdbook.ref import Kind
from herdbook.tree import DirTree, Overlay
from rule_examples import EXAMPLE_CATALOG


def catalog_with(**files: str) -> Catalog:
    raw = {path: text.encode() for path, text in files.items()}
    return read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), raw))


EXAMPLE = catalog_with()


def test_new_entries_stand_where_the_catalog_looks_for_them() -> None:
    assert place_for(EXAMPLE, Kind.DATASET, "users") == "datasets/users/dataset.yaml"
    assert place_for(EXAMPLE, Kind.MODEL, "orders") == "models/orders/model.yaml"
    assert place_for(EXAMPLE, Kind.ENDPOINT, "churn") == "endpoints/churn.yaml"
    assert place_for_run(EXAMPLE, "churn", "x") == "runs/churn/x.yaml"
    assert place_for_version(EXAMPLE, "orders", "v3") == "datasets/orders/versions/v3.yaml"


@given(st.text() | st.from_regex(r"[A-Za-z0-9._/\\-]{1,9}", fullmatch=True))
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    for kind, folder in ((Kind.MODEL, "models"), (Kind.DATASET, "datasets"), (Kind.ENDPOINT, "endpoints")):
        try:
            path = place_for(EXAMPLE, kind, name)
        except PlanError:
            continue
        parts = path.removesuffix(".yaml").split("/")
        assert parts[:2] == [folder, name]
        assert len(parts) == (2 if kind is Kind.ENDPOINT else 3)


def hostile(shared_data: Path) -> Iterator[str]:
    for file in sorted((shared_data / "path-traversal").iterdir()):
        yield from file.read_text(errors="surrogateescape").splitlines()
    yield from json.loads((shared_data / "naughty-strings" / "blns.json").read_text())


def test_no_known_attack_is_a_path(shared_data: Path) -> None:
    tried = 0
    for name in hostile(shared_data):
        tried += 1
        try:
            path = place_for_run(EXAMPLE, name, name)
        except PlanError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert path == f"runs/{name}/{name}.yaml"
            assert ".." not in path
            assert path.count("/") == 2
    assert tried > 1_000


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("models/\u212apis/model.yaml", "kpis"),  # the sign of Kelvin, which is a k
        ("models/\ufb01t/model.yaml", "fit"),  # a ligature
        ("models/FIT/model.yaml", "fit"),
        ("models/Fit/card.yaml", "fIT"),
    ],
)
def test_what_differs_only_in_the_form_of_letters_is_refused(there: str, name: str) -> None:
    with pytest.raises(PlanError, match="differ only in the form of letters"):
        place_for(catalog_with(**{there: "kind: model\n"}), Kind.MODEL, name)


def test_a_file_that_is_refused_is_in_the_way() -> None:
    catalog = catalog_with(**{"models/late/model.yaml": "kind: model\nname: [\n", "runs/a/x.yaml": "]"})
    with pytest.raises(PlanError, match="is there already, though it is refused: `herdbook check` says why;"):
        place_for(catalog, Kind.MODEL, "late")
    with pytest.raises(PlanError, match=r"^the id X is that of runs/a/x\.yaml already"):
        place_for_run(catalog, "b", "X")


def test_what_was_imported_keeps_its_name() -> None:
    imported = "kind: model\nname: m-1\ntitle: late\nimported_from: {system: mlflow}\n"
    catalog = catalog_with(**{"models/m-1/model.yaml": imported})
    with pytest.raises(PlanError, match=r"^models:/late means models:/m-1 already, by the title"):
        place_for(catalog, Kind.MODEL, "late")
    assert place_for(catalog, Kind.DATASET, "late") == "datasets/late/dataset.yaml"
