"""A protected alias and the production stage hold only what was approved.

Why: what answers customers was let in by somebody who may do so and who can be asked. `protected_aliases` of
the policy names the aliases (champion, unless it says otherwise), who may approve, and how many must;
`approvers` says who may approve where nothing narrower is said. The production stage is no way around them:
it asks for what the alias that needs the most approvals asks for; of several, for what champion does.
Where no approvers are named, anybody in `people` may approve; where no people are, anybody.

Judged is what is in force. A ledger only ever grows, so its older lines cannot be mended; and nothing
depends on them. Taking an alias out of use needs no approval.

Bad:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana}  # <- here
```

Bad, as ana is no approver:

```yaml
# models/churn/stages.yaml
transitions:
  - {version: 2, stage: production, at: "2024-01-15T08:00:00Z", by: bo, approved_by: [ana]}  # <- here
```

Good:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
  rollback:
    - {version: 1, at: "2024-01-15T08:00:00Z", by: ana}
```
"""

from collections.abc import Iterator, Sequence

from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.promotions import passed_through, promotions
from herdbook.rules.text import is_blank

ID, FAMILY, SEVERITY = "unapproved-promotion", "registry", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the protected promotions in force that too few approvers approved."""
    for promotion in (*promotions(context), *passed_through(context)):
        protection = promotion.protection
        if protection is None:
            continue
        allowed = frozenset(protection.approvers) or context.policy.people
        named = dict.fromkeys(name for name in promotion.line.approved_by if not is_blank(name))
        others = [name for name in named if allowed and name not in allowed]
        counted = len(named) - len(others)
        if counted < protection.approvals:
            yield Finding(
                ID,
                SEVERITY,
                f"{promotion.what} holds {promotion.ref} {_counted(counted, protection.approvals)}"
                + (f"; {_list(others)} may not approve it" if others else ""),
                promotion.at("approved_by"),
                f"Have it approved by {_choice(protection.approvers)}, and say so in approved_by: "
                "of this line before it is merged, of a new line of the ledger afterwards.",
            )


def _counted(approvals: int, needed: int) -> str:
    return "without an approval" if needed == 1 else f"with {approvals} of {needed} approvals"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _choice(names: Sequence[str]) -> str:
    if not names:
        return "somebody else among the people of the catalog"
    return names[0] if len(names) == 1 else f"one of {_list(names)}"
