"""One version of a model at a time is in the production stage.

Why: tools that ask MLflow's older life cycle for "the production version" take whichever comes first. A
transition with `archive_existing: true` makes room.

Option `limit` (1): how many versions may be in production at a time.

Bad:

```yaml
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good:

```yaml
# herdbook.yaml
policy: {approvers: [bo], rules: {several-in-production: {limit: 2}}}
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.ref import Ref
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "several-in-production", "registry", Severity.ERROR


def check(context: Context, *, limit: int = 1) -> Iterator[Finding]:
    """Report the models with more versions in production than allowed, at the last that came."""
    for model, stages in context.catalog.stages.items():
        current = sorted(stages.current().values(), key=lambda transition: transition.route)
        inside = [transition for transition in current if transition.stage == "production"]
        if len(inside) > limit:
            *before, last = inside
            yield Finding(
                ID,
                SEVERITY,
                f"{len(inside)} versions of {Ref.model(model)} are in production, {limit} may be",
                stages.at(*last.route, "version"),
                "Move the others to another stage, or say archive_existing: true in this transition.",
                tuple(
                    Related(
                        f"version {other.version} is in production, too", stages.at(*other.route, "version")
                    )
                    for other in before[-3:]
                ),
            )
