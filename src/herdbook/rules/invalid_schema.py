"""An entry has the fields of its kind.

Why: a field under a wrong name, or a value of the wrong type, is a record that nobody will find.

Bad:

```yaml
# models/churn/model.yaml
licnece: Apache-2.0  # <- here
```

Good:

```yaml
# models/churn/model.yaml
licence: Apache-2.0
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "invalid-schema", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
