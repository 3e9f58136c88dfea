"""Whoever approved a promotion is listed among the people of the catalog.

Why: an auditor asks who approved what; a name that nobody knows, or a misspelt one, is no answer. Looked at
are all lines of the ledgers, because the list of people can be completed at any time: keep those who left in
it. Where no `people` are listed, nothing is asked.

Option `movers` (false): those who made the promotions (`by`) must be listed, too.

Bad:

```yaml
# models/churn/aliases.yaml
aliases:
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [boo]}  # <- here
```

Bad, where movers must be listed:

```yaml
# herdbook.yaml
policy: {approvers: [bo], rules: {unknown-approver: {movers: true}}}
# models/churn/aliases.yaml
aliases:
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ci}  # <- here
```

Good:

```yaml
# models/churn/aliases.yaml
aliases:
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ci, approved_by: [ana]}
```
"""

from collections.abc import Iterator

from herdbook.entries import Aliases, Assignment, Stages, Transition
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.promotions import people_by_name
from herdbook.rules.text import Nearest
from herdbook.source import Route

ID, FAMILY, SEVERITY = "unknown-approver", "registry", Severity.WARNING


def check(context: Context, *, movers: bool = False) -> Iterator[Finding]:
    """Report the names in ledgers that are not among the people of the catalog."""
    people = context.policy.people
    if not people:
        return
    called = people_by_name(context)
    nearest = Nearest(people)
    for ledger, line in _lines(context):
        for name, route in _names(line, movers=movers):
            if name not in people:
                known = called.get(name.casefold())
                meant = f"Did you mean {known}?" if known else nearest.hint(name)
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{name} is not among the people of the catalog",
                    ledger.at(*line.route, *route),
                    meant or "Add them to people in herdbook.yaml, or mend the name.",
                )


def _lines(context: Context) -> Iterator[tuple[Aliases | Stages, Assignment | Transition]]:
    for aliases in context.catalog.aliases.values():
        for assignments in aliases.ledgers.values():
            yield from ((aliases, assignment) for assignment in assignments)
    for stages in context.catalog.stages.values():
        yield from ((stages, transition) for transition in stages.transitions)


def _names(line: Assignment | Transition, *, movers: bool) -> Iterator[tuple[str, Route]]:
    for index, name in enumerate(line.approved_by):
        yield name, ("approved_by", index)
    if movers:
        yield line.by, ("by",)
