"""A ledger only grows: what was written down stays as it is.

Why: "what was champion on 1 March, and who approved it?" is answered by the ledger. A line that is edited,
deleted, moved, or slipped in between others later changes the answer without a trace. A new line stands below
all others of its alias, or of the stages, and is dated no earlier than the one above it.

Bad, as the lines of champion on 12 January were another:

```yaml
# models/churn/aliases.yaml, before
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Bad, as the new line stands above the old one and is dated before it:

```yaml
# models/churn/aliases.yaml, before
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-11T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
```

Good:

```yaml
# models/churn/aliases.yaml, before
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from herdbook.clock import instant
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.rules.context import Context

if TYPE_CHECKING:
    from herdbook.diff import LineChange

ID, FAMILY, SEVERITY = "ledger-rewritten", "change", Severity.ERROR

_SAID = {  # by the kind of change
    "inserted": "a line was slipped in between others of {ledger}",
    "edited": "a line of {ledger} was edited",
    "removed": "a line of {ledger} was deleted",
    "reordered": "a line of {ledger} was moved",
}
_CURE = "Put the old lines back as they were, and say what is to be said in a new line below them."


def check(context: Context) -> Iterator[Finding]:
    """Report each line that was rewritten, and each new line that is dated before the one above it."""
    for line in context.change.changes.lines if context.change is not None else ():
        said = _SAID.get(line.kind)
        if said is not None:
            related = tuple(Related("the line as it was", place) for place in _before(line))
            yield Finding(ID, SEVERITY, said.format(ledger=_ledger(line)), _place(line), _CURE, related)
        elif _is_backdated(line):
            yield Finding(
                ID,
                SEVERITY,
                f"the new line of {_ledger(line)} is dated before the one above it",
                _place(line, "at"),
                "Give it the time at which it is written.",
            )


def _ledger(line: "LineChange") -> str:
    return f"the alias {line.alias} of {line.model}" if line.alias else f"the stages of {line.model}"


def _place(line: "LineChange", *field: str) -> Place:
    """Where the line stands, or else where its list does; in the old file where the new one is gone."""
    if line.after_ledger is not None:
        return line.after_ledger.at(*line.after_route, *field)
    assert line.before_ledger is not None
    return line.before_ledger.at(*line.before_route)


def _before(line: "LineChange") -> Iterator[Place]:
    if line.before is not None and line.before_ledger is not None and line.after_ledger is not None:
        yield line.before_ledger.at(*line.before_route)


def _is_backdated(line: "LineChange") -> bool:
    *route, index = line.after_route
    above: Any = line.after_ledger.data if line.after_ledger is not None else None
    if line.after is None or not isinstance(index, int) or index == 0:
        return False
    for step in route:
        above = above[step]
    return instant(line.after["at"]) < instant(above[index - 1]["at"])
