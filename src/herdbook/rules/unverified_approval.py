"""Where the policy asks for verified approvals, a review backs each of them.

Why: a name in `approved_by` is typed by whoever opens the pull request. With `approvals: verified`, it
counts only when that person approved the last commit in a review on the forge, and neither opened nor wrote
any part of the change. `herdbook gate --reviews FILE` takes the reviews; logins are found in `people` of
the base.

The lines in force that a change adds for protected aliases and for the production stage need approvals; a
name in `approved_by` must be true in every line that it adds. A ledger that is new as a whole, as in an
import, may tell of approvals that others gave elsewhere; that they did, an approver of today must have
reviewed. Without the reviews there is no verdict at all.

Bad, as no review approves it:

```yaml
# herdbook.yaml, before
policy: {approvals: verified, approvers: [bo]}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}  # <- here
```

Good, as declared approvals count by this policy:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from herdbook.entries import Aliases, Stages
from herdbook.finding import Finding, Severity
from herdbook.rules.context import Context
from herdbook.rules.promotions import Promotion, arrivals, told
from herdbook.source import Route

if TYPE_CHECKING:
    from herdbook.approvals import Approvals

ID, FAMILY, SEVERITY = "unverified-approval", "change", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report the new promotions that too few reviews approve, and the names that no review backs."""
    approvals = context.change.approvals if context.change is not None else None
    if approvals is None or context.policy.approvals != "verified":
        return
    judged: set[tuple[Aliases | Stages, Route]] = set()
    for promotion in arrivals(context):
        ledger, line = promotion.ledger, promotion.line
        judged.add((ledger, line.route))
        moves = f"{promotion.what} moves to {promotion.ref}"
        if finding := _unreviewed(context, approvals, promotion, moves, "approved_by"):
            yield finding
        else:
            yield from _unbacked(
                approvals, promotion.ledger, promotion.line.route, promotion.line.approved_by
            )
    firsts = {(promotion.ledger, promotion.name): promotion for promotion in reversed([*told(context)])}
    for promotion in reversed(firsts.values()):
        held = f"a new ledger says that {promotion.what} held {promotion.ref},"
        if finding := _unreviewed(context, approvals, promotion, held, "version"):
            yield finding
    for change in context.change.changes.lines if context.change is not None else ():
        after = change.after_ledger
        # What a ledger that is new as a whole tells of approvals was judged above.
        if change.kind != "added" or change.before_ledger is None or after is None:
            continue
        if change.after is not None and (after, change.after_route) not in judged:
            yield from _unbacked(approvals, after, change.after_route, change.after.get("approved_by", ()))


def _unbacked(
    approvals: "Approvals", ledger: Aliases | Stages, route: Route, names: Sequence[str]
) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in approvals.counted:
            yield Finding(
                ID,
                SEVERITY,
                f"the line says that {name} approved it, but no review by {name} counts",
                ledger.at(*route, "approved_by", index),
                f"Take the name out, or have {name} approve the last commit in a review.",
            )


def _unreviewed(
    context: Context, approvals: "Approvals", promotion: Promotion, said: str, field: str
) -> Finding | None:
    """Report a promotion where too few who may approve it reviewed the change; `said` is what it is about."""
    protection = promotion.protection
    counted = context.reviewed_by(protection.approvers) if protection is not None else ()
    if protection is None or len(counted) >= protection.approvals:
        return None
    reasons = "; ".join(uncounted.reason for uncounted in approvals.uncounted[:3])
    return Finding(
        ID,
        SEVERITY,
        f"{said} with {len(counted)} of {protection.approvals} verified approvals"
        f"{f' ({reasons})' if reasons else ''}",
        promotion.at(field),
        f"Have the last commit approved in a review by {context.may_approve(protection.approvers)}, "
        "who wrote no part of the change.",
    )
