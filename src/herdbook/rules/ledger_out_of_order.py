"""Each line of a ledger is dated no earlier than the one above.

Why: the last line is in force, and "what was champion on 1 March?" is answered by the dates. If these run
backwards, both answers are wrong, and so is what a run of that day is taken to have used.

Bad:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-11T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-12T08:00:00.5Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from herdbook.clock import instant
from herdbook.entries import Aliases, Assignment, Stages, Transition
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context

ID, FAMILY, SEVERITY = "ledger-out-of-order", "registry", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each line that is dated before the one above it."""
    for aliases in context.catalog.aliases.values():
        for assignments in aliases.ledgers.values():
            yield from _backwards(aliases, assignments)
    for stages in context.catalog.stages.values():
        yield from _backwards(stages, stages.transitions)


def _backwards(ledger: Aliases | Stages, lines: Sequence[Assignment | Transition]) -> Iterator[Finding]:
    for above, line in pairwise(lines):
        if instant(line.at) < instant(above.at):
            yield Finding(
                ID,
                SEVERITY,
                f"the line is dated {line.at}, before the one above ({above.at})",
                ledger.at(*line.route, "at"),
                "Mend the date, or put the lines in the order in which things happened.",
                (Related("the line above", ledger.at(*above.route, "at")),),
            )
