"""Deprecations say why, and what to use instead."""

import pytest

from herdbook.editing import Put
from herdbook.opening import read_catalog
from herdbook.planning.deprecations import deprecate
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG


@pytest.mark.parametrize(
    ("reason", "replaced_by", "stated"),
    [
        ("It drifts.", None, "It drifts."),
        ("", "churn@champion", "Use models:/churn@champion instead."),
        ("It drifts.", "models:/churn/latest", "It drifts. Use models:/churn/2 instead."),
    ],
)
def test_why_and_what_instead(reason: str, replaced_by: str | None, stated: str) -> None:
    catalog = read_catalog(DirTree(EXAMPLE_CATALOG))
    plan = deprecate(catalog, "churn", "1", by="ana", at="x", reason=reason, replaced_by=replaced_by)
    assert plan.edits == {
        "models/churn/versions/1.yaml": [Put(("deprecated",), {"at": "x", "by": "ana", "reason": stated})]
    }
    assert (
        plan.said
        == "models:/churn/1 is deprecated. It is still used by the alias rollback, the endpoint predict."
    )
