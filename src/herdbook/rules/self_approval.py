"""Nobody approves a promotion of their own.

Why: an approval is a second pair of eyes. Judged are the promotions in force, of every alias and stage;
people count as the same under their id, name, e-mail address and logins.

Option `authors` (false): who made the version (its `created_by`, or the `user` of its run) may not approve
it, either.

Bad:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: bo, approved_by: [bo]}  # <- here
```

Bad, where authors may not approve:

```yaml
# herdbook.yaml
policy: {approvers: [ana, bo], rules: {self-approval: {authors: true}}}
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: bo, approved_by: [ana]}  # <- here
```

Good:

```yaml
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}
```
"""

from collections.abc import Iterator

from herdbook.entries import Run
from herdbook.finding import Finding, Related, Severity
from herdbook.rules.context import Context
from herdbook.rules.promotions import Promotion, passed_through, people_by_name, promotions

ID, FAMILY, SEVERITY = "self-approval", "registry", Severity.ERROR


def check(context: Context, *, authors: bool = False) -> Iterator[Finding]:
    """Report the promotions in force that were approved by who made them."""
    people = people_by_name(context)

    def person(name: str) -> str:
        return people.get(name.casefold(), name.casefold())

    for promotion in (*promotions(context), *passed_through(context)):
        interested = {person(promotion.line.by): "moved it"}
        if authors:
            interested |= {person(name): "made the version" for name in _authors(context, promotion)}
        for index, name in enumerate(promotion.line.approved_by):
            if person(name) in interested:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{promotion.what} holds {promotion.ref} with an approval by {name}, "
                    f"who {interested[person(name)]}",
                    promotion.ledger.at(*promotion.line.route, "approved_by", index),
                    f"Have it approved by somebody else in place of {name}: in this line before it is "
                    "merged, in a new line of the ledger afterwards.",
                    (Related("it was moved here", promotion.at("by")),),
                )


def _authors(context: Context, promotion: Promotion) -> Iterator[str]:
    version = context.catalog.versions.get(promotion.key)
    if version is not None:
        run = context.catalog.resolve(version.run.ref) if version.run.ref is not None else None
        names = (version.text("created_by"), run.text("user") if isinstance(run, Run) else "")
        yield from (name for name in names if name)
