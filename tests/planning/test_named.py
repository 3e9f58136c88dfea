import pytest

from herdbook.errors import HerdbookError
from herdbook.opening import read_catalog
from herdbook.planning.named import find_of, model_or_version
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
