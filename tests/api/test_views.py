from pathlib import Path

import pytest

import herdbook
from herdbook import HerdbookError
from herdbook.api import Catalog, Version
from rule_examples import EXAMPLE_CATALOG, case


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return herdbook.load(EXAMPLE_CATALOG)


def test_each_entry_leads_to_those_that_it_names(catalog: Catalog) -> None:
    champion = catalog.model("churn").alias("champion")
    assert (champion.ref, champion.version, champion.model.name) == ("models:/churn/2", 2, "churn")
    assert "champion" in champion.aliases
    run = champion.run
    assert (run.id, run.status, run.metrics["auc"]) == ("train-2", "finished", 0.82)
    (read,) = run.inputs
    assert (read.ref, read.role) == ("datasets:/orders/v2", "training")
    assert read.entry == catalog.dataset("orders").version("v2")
    data = catalog.dataset("orders").version("v2")
    assert data.produced_by is not None
    assert (data.produced_by.id, data.dataset.name) == ("prepare-2", "orders")
    assert data.derived_from == ()
    assert catalog.run("evaluate-2").evaluates == champion
    assert catalog.run("train-2").parent is None
    assert catalog.run("train-2").code.commit.startswith("0f4b1c3")
    assert catalog.run("train-2").environment.requirements == ("scikit-learn==1.4.2",)
    assert [output.name for output in catalog.run("train-2").outputs] == ["model"]
    assert champion in catalog.endpoint("predict").serves


def test_all_of_a_kind_can_be_gone_through(catalog: Catalog) -> None:
    assert list(catalog.models) == ["churn"]
    assert [version.version for version in catalog.models["churn"].versions] == [1, 2]
    assert [version.version for version in catalog.datasets["orders"].versions] == ["v1", "v2"]
    assert set(catalog.models["churn"].aliases) >= {"champion"}
    assert catalog.runs["train-2"] == catalog.run("train-2")
    assert list(catalog.endpoints) == ["predict"]
    assert catalog.get("churn@champion") == catalog.model("churn").version("latest")
    assert len({catalog.run("train-2"), catalog.get("train-2")}) == 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda catalog: catalog.model("chrun"), "there is no models:/chrun in the catalog; did you mean"),
        (lambda catalog: catalog.model("churn").alias("champ"), "there is no models:/churn@champ in the"),
        (lambda catalog: catalog.model("churn").version(9), "there is no models:/churn/9 in the catalog"),
        (lambda catalog: catalog.model("churn/2"), "models:/churn/2 is a model version and no model"),
        (lambda catalog: catalog.model("../x"), "models:/../x"),
        (lambda catalog: catalog.run("train-22"), "did you mean runs:/train-2?"),
        (lambda catalog: catalog.dataset("orders").version("v3"), "there is no datasets:/orders/v3"),
        (lambda catalog: catalog.get("nothing"), "nothing in the catalog is called 'nothing'"),
        (lambda catalog: catalog.impact(), "name one thing"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_in_the_words_of_the_commands(
    catalog: Catalog, ask: object, said: str
) -> None:
    with pytest.raises(HerdbookError) as caught:
        ask(catalog)  # type: ignore[operator]  # each case is a question
    assert said in str(caught.value)


def test_a_reference_that_leads_nowhere_is_an_error_where_it_is_followed(tmp_path: Path) -> None:
    case("# runs/churn/train-2.yaml, deleted\n").lay(tmp_path / "catalog")
    catalog = herdbook.load(tmp_path / "catalog")
    version = catalog.model("churn").version(2)
    assert version.data["run"] == "train-2"
    with pytest.raises(HerdbookError, match="no runs:/train-2 in the catalog"):
        version.run  # noqa: B018  reading it is the test
    assert repr(version).startswith("<model version models:/churn/2")


def test_a_model_without_a_file_of_its_own_has_versions(tmp_path: Path) -> None:
    case("# models/churn/model.yaml, deleted\n").lay(tmp_path / "catalog")
    model = herdbook.load(tmp_path / "catalog").model("churn")
    assert (model.data, model.title, len(model.versions)) == ({}, "", 2)
    assert isinstance(model.alias("champion"), Version)


def test_nothing_of_a_view_can_be_set(catalog: Catalog) -> None:
    with pytest.raises(AttributeError):
        catalog.model("churn").ref = "x"  # type: ignore[misc]  # that is the test
