"""Nobody weakens the policy along the way.

Why: a pull request is judged by the policy of its base, so what it does to the policy helps it nowhere. But
once it is merged, the next one is judged by what it left. So a policy that demands less is a finding of its
own: fewer required tags, more approvers, other logins of those who approve (or first ones), unprotected
aliases, new ones that fewer or other people protect (what they hold may be served), looser metrics, rules
that weigh less, other options or overrides, new or longer waivers. What cannot be told to be as strict counts
as weaker. A policy may become stricter without much ado.

The finding goes away when somebody who may approve by the old policy, and who wrote no part of the change,
approves it in a review (`herdbook gate --reviews FILE`); as many must as the alias of the model, or of any,
that needs the most approvals asks for, and the same people. Otherwise, one of two approvers could do away
with the other. The policy that a catalog begins with is no change of one.

Bad:

```yaml
# herdbook.yaml
policy:
  approvers: [bo, ana]  # <- here
  metrics: {auc: {direction: higher, tolerance: 0.005}}
waivers:
  - {rule: missing-seed, entry: "runs:/train-2", owner: bo, reason: lost, until: 2024-03-01}  # <- here
```

Good, as it demands more:

```yaml
# herdbook.yaml
policy:
  approvals: verified
  approvers: [bo]
  metrics: {auc: {direction: higher, tolerance: 0.001, bound: 0.7}}
```
"""

from collections.abc import Iterator

from herdbook.catalog import Catalog
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.policy import Policy
from herdbook.rules.context import Context
from herdbook.rules.strictness import Weakening, weakenings

ID, FAMILY, SEVERITY = "policy-changed", "change", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report each place in which the policy demands less than before, unless an approver reviewed it."""
    change = context.change
    if change is None or change.base.file is None:
        return
    before, after = change.base, context.catalog
    if after.file is None:
        if "herdbook.yaml" not in after.refused:
            message = "the policy was deleted with herdbook.yaml"
            yield from _finding(context, "", message, change.base.file.at())
        return
    for weakening in weakenings(Policy.of(before), Policy.of(after), context.rules):
        place = _place(after, weakening) or _place(before, weakening)
        if place is not None:
            was = _place(before, weakening)
            related = (Related("the policy before", was),) if was is not None and was != place else ()
            message = f"the policy is weaker: {weakening.message}"
            yield from _finding(context, weakening.model, message, place, *related)


def _finding(
    context: Context, model: str, message: str, place: Place, *related: Related
) -> Iterator[Finding]:
    lacking = context.lacking_reviews(model)
    if lacking:
        cure = f"Have the last commit approved in {lacking}, or leave it as it is."
        yield Finding(ID, SEVERITY, message, place, cure, related)


def _place(catalog: Catalog, weakening: Weakening) -> Place | None:
    file = catalog.models.get(weakening.model) if weakening.model else None
    found = file or catalog.file
    return found.at(*weakening.route) if found is not None else None
