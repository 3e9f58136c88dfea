"""Every reference names an entry of the catalog.

Why: a lineage edge to nothing breaks trace and impact silently. A reference to a file that is refused for its
form is let off: the finding about that file says it all.

Bad:

```yaml
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v9, role: training}  # <- here
```

Good:

```yaml
# runs/churn/train-2.yaml
inputs:
  - {dataset: orders/v2, role: training}
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "unknown-reference", "references", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the references that are malformed or lead to nothing."""
    catalog = context.catalog
    for entry in catalog.entries():
        for mention in entry.mentions():
            place = entry.at(*mention.route)
            if mention.ref is None:
                yield Finding(ID, SEVERITY, mention.error, place, "Mend the reference.")
            elif catalog.resolve(mention.ref) is None and not catalog.is_refused(mention.ref):
                near = catalog.suggest(mention.ref)
                hint = f"Did you mean {near}?" if near else "Add the entry, or mend the reference."
                yield Finding(ID, SEVERITY, f"{mention.ref} is not in the catalog", place, hint)
