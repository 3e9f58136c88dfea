"""A catalog file holds no character that reviewers cannot see.

Why: control, zero-width and bidirectional characters, and line ends that only some programs know, let a file
say one thing to a reviewer and another to a program.

Bad:

```yaml
# models/churn/model.yaml, whole
kind: model
name: churn
owner: data\u200b-science  # <- here
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

ID, FAMILY, SEVERITY = "forbidden-character", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
