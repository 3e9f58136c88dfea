"""Renaming: what follows, what is left to people, and which names are none."""

import re
from datetime import date
from typing import Any

import pytest

from herdbook.catalog import Catalog
from herdbook.check import check
from herdbook.dump import dump
from herdbook.editing import EditError, edit, edited
from herdbook.errors import HerdbookError
from herdbook.opening import read_catalog
from herdbook.planning.plan import PlanError
from herdbook.planning.renaming import rename
from herdbook.queries.asking import find
from herdbook.tree import DirTree, Overlay
from herdbook.yaml.reader import parse_yaml
from rule_examples import EXAMPLE_CATALOG

HEAD = (EXAMPLE_CATALOG / "herdbook.yaml").read_text()


def catalog_with(contents: dict[str, str]) -> Catalog:
    return read_catalog(
        Overlay(DirTree(EXAMPLE_CATALOG), {path: text.encode() for path, text in contents.items()})
    )


def said_after(catalog: Catalog, reference: str, name: str) -> dict[str, Any]:
    """What the files say that a renaming changes, by their new places."""
    plan = rename(catalog, reference, name)
    values = {source.path: source.value for source in catalog.sources}
    moves = [*plan.moves.items()]
    found = {}
    for path, edits in plan.edits.items():
        new = next(
            (to + path[len(old) :] for old, to in moves if path == old or path.startswith(f"{old}/")), path
        )
        found[new] = edited(values[path], edits)
    return found


@pytest.mark.parametrize(
    ("reference", "name", "old", "moves"),
    [
        ("models:/churn", "attrition", "models:/churn", {"models/churn": "models/attrition"}),
        ("models:/churn", "models:/attrition", "models:/churn", {"models/churn": "models/attrition"}),
        ("orders", "sales", "datasets:/orders", {"datasets/orders": "datasets/sales"}),
        ("train-1", "first", "runs:/train-1", {"runs/churn/train-1.yaml": "runs/churn/first.yaml"}),
        ("runs:/evaluate-1", "runs:/first", "runs:/evaluate-1",
         {"runs/churn/evaluate-1.yaml": "runs/churn/first.yaml"}),
        ("endpoints:/predict", "score", "endpoints:/predict",
         {"endpoints/predict.yaml": "endpoints/score.yaml"}),
        ("datasets:/orders/v2", "v2.1", "datasets:/orders/v2",
         {"datasets/orders/versions/v2.yaml": "datasets/orders/versions/v2.1.yaml"}),
        ("datasets:/orders/v2", "orders/v2.1", "datasets:/orders/v2",
         {"datasets/orders/versions/v2.yaml": "datasets/orders/versions/v2.1.yaml"}),
    ],
)  # fmt: skip
def test_all_that_names_it_follows(reference: str, name: str, old: str, moves: dict[str, str]) -> None:
    catalog = catalog_with({})
    assert rename(catalog, reference, name).moves == moves
    contents = {path: dump(value).encode() for path, value in said_after(catalog, reference, name).items()}
    gone = frozenset(
        source.path
        for source in catalog.sources
        for path in moves
        if f"{source.path}/".startswith(f"{path}/")
    )
    after = read_catalog(Overlay(DirTree(EXAMPLE_CATALOG), contents, gone))
    assert sorted(entry.kind for entry in after.entries()) == sorted(
        entry.kind for entry in catalog.entries()
    )
    assert check(after, date(2024, 2, 1)).findings == ()
    with pytest.raises(HerdbookError):
        find(after, old)


@pytest.mark.parametrize(
    ("reference", "name", "tag"),
    [
        ("datasets:/orders", "sales", "users_v2+sales_v2, sales@v1;sales-v3"),
        ("datasets:/orders/v2", "v7", "users_v2+orders_v7, orders@v1;orders-v3"),
    ],
)
def test_a_tag_that_names_the_data_follows(reference: str, name: str, tag: str) -> None:
    path = "runs/churn/train-2.yaml"
    run = (EXAMPLE_CATALOG / path).read_text()
    old = "dataset_version: orders_v2"
    assert old in run
    catalog = catalog_with(
        {path: run.replace(old, 'dataset_version: "users_v2+orders_v2, orders@v1;orders-v3"')}
    )
    assert said_after(catalog, reference, name)[path]["tags"]["dataset_version"] == tag


def test_demanded_tags_keep_their_place_and_comments() -> None:
    demands = (
        "  required_tags_for:\n    models:\n"
        "      # for the audit\n      {}:  # since March\n      - ticket  # of theirs\n"
    )
    catalog = catalog_with({"herdbook.yaml": HEAD + demands.format("churn")})
    edits = rename(catalog, "models:/churn", "attrition").edits["herdbook.yaml"]
    before = (HEAD + demands.format("churn")).encode()
    assert edit(before, edits).decode() == HEAD + demands.format("attrition")


def test_demanded_tags_are_not_laid_over_others() -> None:
    demands = "  required_tags_for: {models: {churn: [ticket], attrition: [purpose]}}\n"
    catalog = catalog_with({"herdbook.yaml": HEAD + demands})
    edits = rename(catalog, "models:/churn", "attrition").edits["herdbook.yaml"]
    with pytest.raises(EditError, match=r"models\.attrition stands in the file already"):
        edit((HEAD + demands).encode(), edits)


def test_waivers_and_demanded_tags_follow_and_patterns_and_prose_are_told() -> None:
    catalog = catalog_with(
        {
            "herdbook.yaml": HEAD
            + "  required_tags_for: {models: {churn: [ticket], other: [a]}}\n"
            + "  overrides:\n"
            + '    - {paths: ["models/churn/**", "models/*/card.yaml"], rules: {missing-card: warning}}\n'
            + "waivers:\n"
            + '  - {rule: a, entry: "models:/churn@champion", owner: ana, reason: b, until: "2099-01-01"}\n'
            + '  - {rule: a, entry: models/churn/card.yaml, owner: ana, reason: b, until: "2099-01-01"}\n'
            + '  - {rule: a, entry: models/churn2/card.yaml, owner: ana, reason: b, until: "2099-01-01"}\n',
            "models/other/model.yaml": "kind: model\nname: other\n"
            "description: Better than [churn](models/churn/index.html), says models:/churn2.\n",
            "models/late/model.yaml": "kind: model\nname: late\ndescription: Not models:/churn-2.\n",
            "runs/churn/broken.yaml": "kind: run\n",
        }
    )
    file = said_after(catalog, "models:/churn", "attrition")["herdbook.yaml"]
    assert file["policy"]["required_tags_for"]["models"] == {"attrition": ["ticket"], "other": ["a"]}
    assert [waiver["entry"] for waiver in file["waivers"]] == [
        "models:/attrition@champion",
        "models/attrition/card.yaml",
        "models/churn2/card.yaml",
    ]
    said = rename(catalog, "models:/churn", "attrition").said
    assert said == (
        "models:/churn is called models:/attrition now. What refers to it follows, in "
        "endpoints/predict.yaml, herdbook.yaml, runs/churn/evaluate-1.yaml and 1 more. "
        "See to the overrides of the policy in herdbook.yaml, which fit other files now: models/churn/**. "
        "It is named in prose, too; see to models/other/model.yaml. "
        "Not looked into: runs/churn/broken.yaml, which `herdbook check` refuses."
    )


def test_a_label_is_a_name_that_can_change() -> None:
    version = (EXAMPLE_CATALOG / "models/churn/versions/1.yaml").read_text() + "label: 1.0.0\n"
    endpoint = (
        "kind: endpoint\nname: predict\ntype: online\nserves: [{model: churn/1.0.0}, {model: churn/2}]\n"
    )
    catalog = catalog_with({"models/churn/versions/1.yaml": version, "endpoints/predict.yaml": endpoint})
    plan = rename(catalog, "models:/churn/1.0.0", "1.0.1")
    assert plan.moves == {}
    found = said_after(catalog, "models:/churn/1.0.0", "churn/1.0.1")
    assert found["models/churn/versions/1.yaml"]["label"] == "1.0.1"
    assert found["endpoints/predict.yaml"]["serves"] == [{"model": "churn/1.0.1"}, {"model": "churn/2"}]
    assert set(found) == {"models/churn/versions/1.yaml", "endpoints/predict.yaml"}


@pytest.mark.parametrize(
    ("reference", "name", "message"),
    [
        ("nothing", "x", "nothing in the catalog is called 'nothing'"),
        ("models:/churn@champion", "best", "models:/churn@champion is an alias, whose ledger keeps its name"),
        ("runs:/train-1/model", "x", "runs:/train-1/model is an output, whose name is part of the record"),
        ("models:/churn/1", "3", "models:/churn/1 keeps its number, which means the same for ever; "),
        ("models:/churn/latest", "x", "models:/churn/latest keeps its number"),
        ("models:/churn", "../x", "'../x' cannot be the name of a model"),
        ("models:/churn", "a/b", "'a/b' cannot be the name of a model"),
        ("models:/churn", "CHURN", "models/CHURN/model.yaml and models/churn/"),
        ("models:/churn", "datasets:/x", "'datasets:/x' cannot be the name of a model"),
        ("datasets:/orders", "Orders", "datasets/Orders/dataset.yaml and datasets/orders/"),
        ("datasets:/orders/v2", "V1", "datasets/orders/versions/V1.yaml and datasets/orders/"),
        ("datasets:/orders/v2", "v1", "datasets/orders/versions/v1.yaml is there already"),
        ("runs:/train-1", "TRAIN-2", "runs/churn/TRAIN-2.yaml and runs/churn/train-2.yaml differ only"),
        ("runs:/train-1", "train-2", "runs/churn/train-2.yaml is there already"),
        ("runs:/train-1", "nul", "'nul' cannot be the name of a run"),
        ("endpoints:/predict", "Predict", "endpoints/Predict.yaml and endpoints/predict.yaml differ only"),
    ],
)  # fmt: skip
def test_what_cannot_be_renamed_or_has_no_such_name(reference: str, name: str, message: str) -> None:
    with pytest.raises(HerdbookError, match=f"^{re.escape(message)}"):
        rename(catalog_with({}), reference, name)


def test_folders_are_not_merged() -> None:
    card = (EXAMPLE_CATALOG / "models/churn/card.yaml").read_text().replace("model: churn", "model: late")
    with pytest.raises(PlanError, match=r"^models/late/card\.yaml is there already; "):
        rename(catalog_with({"models/late/card.yaml": card}), "models:/churn", "late")


def test_a_folder_with_a_file_that_is_refused_stays() -> None:
    with pytest.raises(PlanError, match=r"^models/churn/cards/2\.yaml: the file is refused; "):
        rename(catalog_with({"models/churn/cards/2.yaml": "kind: x\n"}), "models:/churn", "late")


def test_what_is_called_so_already_stays() -> None:
    for reference, name in (
        ("train-1", "train-1"),
        ("datasets:/orders/v2", "v2"),
        ("models:/churn", "churn"),
    ):
        plan = rename(catalog_with({}), reference, name)
        assert (plan.edits, plan.moves) == ({}, {})
        assert plan.said.endswith(" is called so already.")
    assert parse_yaml(HEAD.encode()).value["name"] == "example"
