"""What is deprecated is on its way out of service.

Why: `deprecated` tells everybody to stop using a version; an alias, stage or endpoint that still leads to it
keeps it in use.

Bad:

```yaml
# models/churn/versions/1.yaml
deprecated: {at: "2024-01-20T08:00:00Z", by: ana, reason: version 2 is better}
# models/churn/aliases.yaml
aliases:
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}  # <- here
# endpoints/predict.yaml
serves:
  - {model: churn/1}  # <- here
```

Good:

```yaml
# models/churn/versions/1.yaml
deprecated: {at: "2024-01-20T08:00:00Z", by: ana, reason: version 2 is better}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}
    - {version: null, at: "2024-01-20T08:00:00Z", by: ana}
# endpoints/predict.yaml
serves:
  - {model: churn@champion}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "deprecated-in-service", "registry", Severity.WARNING


def check(context: Context) -> Iterator[Finding]:
    """Report what leads to a deprecated version."""
    for uses in context.registry.uses.values():
        if uses[0].version.deprecated is not None:
            for use in uses:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{use} leads to {use.version.ref}, which is deprecated",
                    use.place,
                    "Point it to another version.",
                    (Related("it was deprecated here", use.version.at("deprecated")),),
                )
