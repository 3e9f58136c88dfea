"""A catalog file is one YAML document of plain data.

Why: what cannot be read is not checked, and what goes beyond plain data (anchors, aliases, merge keys, tags,
further documents, depths without end) is read differently by different programs, or hides from reviewers.

Bad:

```yaml
# models/churn/model.yaml, whole
kind: model
name: churn
description: [unfinished
task: tabular-classification  # <- here
```

Good:

```yaml
# models/churn/model.yaml, whole
kind: model
name: churn
description: Finished.
task: tabular-classification
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "invalid-yaml", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
