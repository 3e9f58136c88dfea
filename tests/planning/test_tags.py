"""Tags: what is said of them, where the gate has a say."""

import pytest

from herdbook.opening import read_catalog
from herdbook.planning.tags import set_tag, unset_tag
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

CATALOG = read_catalog(DirTree(EXAMPLE_CATALOG))


@pytest.mark.parametrize(("reference", "is_record"), [("runs:/train-2", True), ("models:/churn/2", False)])
def test_a_tag_of_what_is_on_record_is_told_to_be_final(reference: str, is_record: bool) -> None:
    said = [set_tag(CATALOG, reference, "team", "shop").said]
    if is_record:
        said.append(unset_tag(CATALOG, reference, "git_commit").said)
    for sentence in said:
        assert ("the gate lets nobody change that any more" in sentence) is is_record
