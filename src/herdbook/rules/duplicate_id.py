"""No two entries have the same name, not even but for the case of letters.

Why: a reference must lead to one entry, and files whose names differ only in case cannot both exist on every
system. Nor may two aliases of a model differ only in case: one would be taken for the other.

Bad:

```yaml
# runs/other/train-1.yaml, whole
kind: run  # <- here
id: train-1
experiment: other
type: training
status: running
```

Bad, as it is no champion:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
  Champion:  # <- here
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}
```

Good:

```yaml
# runs/other/train-9.yaml, whole
kind: run
id: train-9
experiment: other
type: training
status: running
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "duplicate-id", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
