import pytest

from herdbook.errors import HerdbookError
from herdbook.opening import read_catalog
from herdbook.planning.named import (
    dataset_version_named,
    find_of,
    model_named,
    model_or_version,
    model_version_named,
)
from herdbook.ref import Kind
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

CATALOG = read_catalog(DirTree(EXAMPLE_CATALOG))


def test_a_name_that_says_no_kind_is_of_the_one_that_belongs_there() -> None:
    assert str(find_of(CATALOG, Kind.RUN, "train-1").ref) == "runs:/train-1"
    assert str(find_of(CATALOG, Kind.RUN, "models:/churn/1").ref) == "models:/churn/1"
    with pytest.raises(HerdbookError, match="there is no models:/train-1 in the catalog"):
        find_of(CATALOG, Kind.MODEL, "train-1")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("churn", ("churn", None)), ("models:/churn/2", ("churn", 2)), ("churn@champion", ("churn", 2))],
)
def test_a_model_or_a_version_of_one_is_meant(text: str, meant: tuple[str, int | None]) -> None:
    assert model_or_version(CATALOG, text) == meant


@pytest.mark.parametrize("text", ["runs:/train-1", "datasets:/orders/v1"])
def test_nothing_else_is_meant(text: str) -> None:
    with pytest.raises(HerdbookError, match=f"'{text}' is neither a model nor a version of one; name one"):
        model_or_version(CATALOG, text)


@pytest.mark.parametrize("version", ["2", "latest"])
def test_a_version_of_a_model_is_meant_by_its_number_or_a_label(version: str) -> None:
    name = model_named(CATALOG, "models:/churn")
    assert model_version_named(CATALOG, name, version).version == 2


@pytest.mark.parametrize("text", ["churn/2", "churn@champion", "runs:/train-1"])
def test_only_a_model_is_a_model(text: str) -> None:
    with pytest.raises(HerdbookError, match=f"'{text}' is no model; name one"):
        model_named(CATALOG, text)


def test_only_a_version_of_a_dataset_is_one() -> None:
    assert dataset_version_named(CATALOG, "orders/v1").version == "v1"
    with pytest.raises(HerdbookError, match="'orders' is no version of a dataset; name one"):
        dataset_version_named(CATALOG, "orders")
