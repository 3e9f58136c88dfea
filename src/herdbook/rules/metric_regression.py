"""A protected alias moves to a version that is not worse than the one before.

Why: this is what a promotion is for. The version that a protected alias holds and the one that it held
before are compared by each metric of the policy, on the same data: the newest evaluation runs of both that
read the same dataset versions. It may be worse by no more than the `tolerance` of the metric (absolute, 0
unless stated). What was not measured of both on the same data is the matter of metric-not-compared. Going
back to a version that the alias held earlier is always possible.

Option `slices` (false): each slice of the data is compared, too. Small slices differ by chance, so choose
the tolerance with them in mind.

Bad:

```yaml
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.804}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Bad, where slices are compared:

```yaml
# herdbook.yaml
policy:
  approvers: [bo]
  metrics: {auc: {direction: higher, tolerance: 0.005}}
  rules: {metric-regression: {slices: true}}
# runs/churn/evaluate-2.yaml
slices:
  - {by: {region: north}, count: 400, metrics: {auc: 0.85}}
  - {by: {region: south}, count: 600, metrics: {auc: 0.80}}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good, as 0.005 is tolerated:

```yaml
# runs/churn/evaluate-2.yaml
metrics: {auc: 0.805}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.formats import clipped
from herdbook.measurements import Question, measurements
from herdbook.rules.context import Context
from herdbook.rules.promotions import successions

ID, FAMILY, SEVERITY = "metric-regression", "registry", Severity.ERROR


def check(context: Context, *, slices: bool = False) -> Iterator[Finding]:
    """Report each metric by which a version is worse than the one whose place it took."""
    for succession in successions(context):
        promotion = succession.promotion
        model = promotion.ledger.model
        rules = context.policy.metrics(model)
        now = measurements(context.registry, promotion.key, slices=slices) if rules else {}
        before = measurements(context.registry, (model, succession.before), slices=slices) if now else {}
        for question, value in now.items():
            metric, data, _ = question
            rule = rules.get(metric)
            if rule is None or question not in before or not data:
                continue
            reference = before[question]
            if not rule.worse_by(value.value, reference.value) <= rule.tolerance:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{metric} of {promotion.ref} is {value.value}{_slice(question)}, worse than the "
                    f"{reference.value} of {succession.before_ref} by more than {rule.tolerance:g} "
                    f"(both on {clipped(', '.join(sorted(data)), 100)})",
                    promotion.at("version"),
                    f"Keep {succession.before_ref} under {promotion.what}, or promote one that is not worse.",
                    (
                        Related(f"{promotion.ref} was measured here", value.place),
                        Related(f"{succession.before_ref} was measured here", reference.place),
                    ),
                )


def _slice(question: Question) -> str:
    parts = [f"{name} {value}" for name, value in sorted(question[2])]
    return f" for {clipped(', '.join(parts), 100)}" if parts else ""
