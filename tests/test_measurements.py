from pathlib import Path

from herdbook.catalog import Catalog
from herdbook.measurements import measured_by, measurements
from herdbook.opening import read_catalog
from herdbook.registry import Registry
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG, case

ON_V1 = frozenset({"datasets:/orders/v1"})
ALL = frozenset[tuple[str, str]]()


def laid(text: str, folder: Path) -> Catalog:
    case(text).lay(folder / "catalog")
    return read_catalog(DirTree(folder / "catalog"))


def test_a_version_was_measured_by_its_evaluations() -> None:
    registry = Registry.of(read_catalog(DirTree(EXAMPLE_CATALOG)))
    found = measurements(registry, ("churn", 1))
    assert {question: item.value for question, item in found.items()} == {("auc", ON_V1, ALL): 0.81}
    assert found["auc", ON_V1, ALL].place.route == ("metrics", "auc")
    assert measurements(registry, ("churn", 9)) == {}


def test_slices_are_told_apart_by_what_they_have_in_common() -> None:
    catalog = read_catalog(DirTree(EXAMPLE_CATALOG))
    found = measured_by(catalog.runs["evaluate-1"], slices=True)
    assert [dict(item.by) for item in found.values()] == [{}, {"region": "north"}, {"region": "south"}]


def test_the_newest_evaluation_on_the_same_data_counts(tmp_path: Path) -> None:
    again = """\
# runs/churn/evaluate-2.yaml
evaluates: churn/1
metrics: {auc: 0.7}
"""
    found = measurements(Registry.of(laid(again, tmp_path)), ("churn", 1))
    assert [item.value for item in found.values()] == [0.7]


def test_other_data_are_another_question_and_outside_data_count_by_digest(tmp_path: Path) -> None:
    outside = """\
# runs/churn/evaluate-2.yaml
evaluates: churn/1
inputs:
  - {uri: s3://test.csv, digest: "md5:00000000000000000000000000000000"}
  - {uri: s3://unknown.csv}
"""
    found = measurements(Registry.of(laid(outside, tmp_path)), ("churn", 1))
    assert [data for _, data, _ in found] == [ON_V1, {"s3://test.csv md5:00000000000000000000000000000000"}]
