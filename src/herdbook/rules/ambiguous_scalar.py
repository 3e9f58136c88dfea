"""A value means the same to every YAML reader.

Why: older readers (YAML 1.1) take no for false, 012 for ten and 12:30:45 for a number; an editor or a script
then sees another value than the gate.

Bad:

```yaml
# models/churn/versions/2.yaml
label: no  # <- here
```

Good:

```yaml
# models/churn/versions/2.yaml
label: "no"
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "ambiguous-scalar", "form", Severity.WARNING


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
