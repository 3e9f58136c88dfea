"""A key stands only once in a mapping.

Why: most YAML readers silently let the last one win: a reviewer reads one value, the program another.

Bad:

```yaml
# models/churn/model.yaml, whole
kind: model
name: churn
owner: data-science
owner: nobody  # <- here
```

Good:

```yaml
# models/churn/model.yaml, whole
kind: model
name: churn
owner: data-science
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "duplicate-key", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
