"""A version is promoted only after it was evaluated.

Why: without a finished evaluation run nobody knows how good the version is that was let in. It is asked of
what protected aliases hold, of the stages staging and production, and of what production endpoints serve.

Bad:

```yaml
# runs/churn/evaluate-2.yaml
status: failed
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
# models/churn/stages.yaml
transitions:
  - {version: 2, stage: staging, at: "2024-01-15T08:00:00Z", by: ana}  # <- here
# endpoints/predict.yaml
serves:
  - {model: churn@champion, traffic: 90}  # <- here
  - {model: churn/1, traffic: 10}
```

Good:

```yaml
# runs/churn/evaluate-2.yaml
status: finished
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.promotions import let_in

ID, FAMILY, SEVERITY = "unevaluated-promotion", "registry", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what holds or serves a version without a finished evaluation run."""
    for what, version, place in let_in(context):
        key = (version.model, version.version)
        if key not in context.registry.evaluations and not context.registry.may_be_evaluated(version.model):
            yield Finding(
                ID,
                SEVERITY,
                f"{what} holds {version.ref}, which no finished run evaluated",
                place,
                f"Record an evaluation run with evaluates: {version.ref.short}, or put another version here.",
            )
