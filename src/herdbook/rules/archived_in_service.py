"""What is archived serves nobody.

Why: archived means that the version can no longer be deployed; an alias or an endpoint that leads to it says
the opposite. A version to roll back to is better kept in another stage.

Bad:

```yaml
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
  - {version: 2, stage: production, archive_existing: true, at: "2024-01-15T08:00:00Z", by: ana}
# models/churn/aliases.yaml
aliases:
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}  # <- here
# endpoints/predict.yaml
serves:
  - {model: churn/2, traffic: 90}
  - {model: churn/1, traffic: 10}  # <- here
```

Good:

```yaml
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: archived, at: "2024-01-12T08:00:00Z", by: ana}
  - {version: 1, stage: none, at: "2024-01-15T08:00:00Z", by: ana, reason: kept to roll back to}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "archived-in-service", "registry", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the aliases and endpoints that lead to an archived version."""
    registry = context.registry
    for key, uses in registry.uses.items():
        transition = registry.stages.get(key)
        if transition is not None and transition.stage == "archived":
            cause = context.catalog.stages[key[0]].at(*transition.route)
            for use in uses:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{use} leads to {use.version.ref}, which is archived",
                    use.place,
                    "Point it to another version, or move this one out of the archive in stages.yaml.",
                    (Related("it was archived here", cause),),
                )
