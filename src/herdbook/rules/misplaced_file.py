"""A file stands where the names in it say, and every file is an entry.

Why: people, links and code owners go by the path; a file that lies about its place escapes all of them.

Bad:

```yaml
# endpoints/predict-new.yaml, whole
kind: endpoint  # <- here
name: predict
type: online
serves: [{model: churn@champion}]
```

Good:

```yaml
# endpoints/predict-new.yaml, whole
kind: endpoint
name: predict-new
type: online
serves: [{model: churn@champion}]
```
"""

from collections.abc import Iterator

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.form import met_while_reading

ID, FAMILY, SEVERITY = "misplaced-file", "form", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what the reader met."""
    return met_while_reading(context, ID)
