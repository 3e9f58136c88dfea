"""A new version under a protected alias was measured on the same data as the one before.

Why: numbers from different data do not compare, so nobody knows whether the promotion made things better.
The note appears for each metric of the policy that was measured of one of the two versions, but not of both
on the same dataset versions. After data were mended, evaluate the old version on the new data, too.

Bad:

```yaml
# runs/churn/evaluate-2.yaml
inputs:
  - {dataset: orders/v2, role: test}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good:

```yaml
# runs/churn/evaluate-2.yaml
inputs:
  - {dataset: orders/v1, role: test}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.measurements import measurements
from herdbook.rules.context import Context
from herdbook.rules.promotions import successions

ID, FAMILY, SEVERITY = "metric-not-compared", "registry", Severity.NOTE


def check(context: Context) -> Iterator[Finding]:
    """Report each metric by which a version cannot be compared with the one whose place it took."""
    for succession in successions(context):
        promotion = succession.promotion
        model = promotion.ledger.model
        if context.registry.may_be_evaluated(model):
            continue
        if not {promotion.key, (model, succession.before)} <= context.catalog.versions.keys():
            continue  # unknown-reference says so
        now = measurements(context.registry, promotion.key)
        before = measurements(context.registry, (model, succession.before))
        shared = {metric for metric, data, _ in now.keys() & before.keys() if data}
        pair = f"{promotion.ref} and {succession.before_ref}"
        for metric in context.policy.metrics(model):
            known = [
                item for values in (now, before) for (name, _, _), item in values.items() if name == metric
            ]
            if known and metric not in shared:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{metric} was not measured of {pair} on the same data",
                    promotion.at("version"),
                    "Evaluate both on one dataset version.",
                    tuple(Related(f"measured in {item.run.ref}", item.place) for item in known[:3]),
                )
