"""The traffic of an online endpoint adds up to 100 percent.

Why: requests go somewhere; when the shares do not add up, the record does not say where. An endpoint that
serves several models says the share of each. Batch endpoints, and shares that are all left out for a single
model, are fine.

Option `tolerance` (0.5): how many percent may be missing or too many, for shares that were rounded.

Bad:

```yaml
# endpoints/predict.yaml
serves:  # <- here
  - {model: churn@champion, traffic: 90}
  - {model: churn/1, traffic: 20}
```

Bad, as nobody knows what the second one gets:

```yaml
# endpoints/predict.yaml
serves:
  - {model: churn@champion, traffic: 90}
  - {model: churn/1}  # <- here
```

Good:

```yaml
# endpoints/predict.yaml
serves:
  - {model: churn@champion, traffic: 66.7}
  - {model: churn@rollback, traffic: 33.3}
  - {model: churn/1, traffic: 0}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "traffic-not-whole", "registry", Severity.WARNING


def check(context: Context, *, tolerance: float = 0.5) -> Iterator[Finding]:
    """Report the online endpoints whose shares are missing or do not add up."""
    for endpoint in context.catalog.endpoints.values():
        if endpoint.type != "online":
            continue
        serves = endpoint.serves
        silent = [served for served in serves if served.traffic is None]
        if silent and len(serves) > 1:
            yield Finding(
                ID,
                SEVERITY,
                f"{endpoint.ref} does not say how much of its traffic goes to {silent[0].mention.text}",
                endpoint.at(*silent[0].route, "traffic"),
                "Say the share of each model in percent.",
            )
        total = sum(served.traffic for served in serves if served.traffic is not None)
        if not silent and abs(total - 100) > tolerance + 1e-9:
            yield Finding(
                ID,
                SEVERITY,
                f"the traffic of {endpoint.ref} adds up to {total:g} percent",
                endpoint.at("serves", on_key=True),
                "Let the shares add up to 100.",
            )
