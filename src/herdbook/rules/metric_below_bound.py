"""A promoted version reaches the bounds that the policy sets.

Why: a bound is passed, not missed. The `bound` of a metric counts as reached only when a finished evaluation
run of the version measured the metric and the value is on the right side of it, or on it; where a version
was evaluated on several sets of data, on each of them (the newest evaluation on each counts). A metric that
was not measured is not passed. Put a bound that only some models have into the policies of these models.

It is asked of what protected aliases hold, of the stages staging and production, and of what production
endpoints serve; once for a version and a metric.

Bad:

```yaml
# models/churn/model.yaml
policy:
  metrics:
    auc: {bound: 0.815}
    log_loss: {direction: lower, bound: 0.4}
# models/churn/stages.yaml
transitions: []
# endpoints/predict.yaml
serves:
  - {model: churn/1}  # <- here
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good:

```yaml
# models/churn/model.yaml
policy:
  metrics:
    auc: {bound: 0.81}
```
"""

from collections.abc import Iterator

from herdbook.entries import ModelVersion
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.measurements import measurements
from herdbook.rules.context import Context
from herdbook.rules.promotions import let_in

ID, FAMILY, SEVERITY = "metric-below-bound", "registry", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each bound that a promoted version misses, or was not measured against."""
    judged: dict[ModelVersion, Place] = {}
    for _, version, place in let_in(context):
        judged.setdefault(version, place)
    for version, place in judged.items():
        metrics = context.policy.metrics(version.model)
        bounds = {name: rule for name, rule in metrics.items() if rule.bound is not None}
        if not bounds:
            continue
        measured = measurements(context.registry, (version.model, version.version))
        for name, rule in bounds.items():
            found = [item for (metric, _, _), item in measured.items() if metric == name]
            missed = [item for item in found if not rule.reaches_bound(item.value)]
            bound = f"the bound of {name}, {'at least' if rule.higher_is_better else 'at most'} {rule.bound}"
            if missed:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{version.ref} misses {bound}: it is {missed[0].value} in {missed[0].run.ref}",
                    place,
                    "Put a version here that reaches it.",
                    tuple(Related(f"{name} was measured here", item.place) for item in missed[:3]),
                )
            elif not found and not context.registry.may_be_evaluated(version.model):
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{version.ref} is not known to reach {bound}: no finished run measured it",
                    place,
                    f"Measure {name} in an evaluation run of the version.",
                )
