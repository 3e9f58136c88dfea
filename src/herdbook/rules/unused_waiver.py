"""A waiver names a rule that can be waived and an entry of the catalog, once.

Why: a waiver that misspells its rule or entry excuses nothing, and one whose entry is gone is forgotten in
the file until an entry of that name comes back. The rules of the families form and policy cannot be waived:
what cannot be read cannot be excused. Whether the rule would find anything at the entry is not looked at.

Bad:

```yaml
# herdbook.yaml
waivers:
  - {rule: missing-seeds, entry: runs:/train-1, owner: ana, reason: lost, until: 2024-12-31}  # <- here
  - {rule: missing-seed, entry: runs:/train-9, owner: ana, reason: lost, until: 2024-12-31}  # <- here
```

Good:

```yaml
# herdbook.yaml
waivers:
  - {rule: missing-seed, entry: runs:/train-1, owner: ana, reason: lost, until: 2024-12-31}
```
"""

from collections.abc import Iterator

from herdbook.catalog import Catalog
from herdbook.entries import Entry
from herdbook.finding import Finding, Related, Severity
from herdbook.ref import Ref, RefError
from herdbook.rules.context import Context
from herdbook.rules.options import UNWAIVABLE, Rule
from herdbook.rules.text import Nearest
from herdbook.source import Route

ID, FAMILY, SEVERITY = "unused-waiver", "policy", Severity.WARNING


def check(context: Context) -> Iterator[Finding]:
    """Report the waivers that cannot excuse anything."""
    file, catalog = context.catalog.file, context.catalog
    if file is None or not file.data.get("waivers"):
        return
    rules = {rule.ID: rule for rule in context.rules}
    nearest_rule, nearest_path = Nearest(rules), Nearest(catalog.paths)
    paths = set(catalog.paths)
    first: dict[tuple[str, str], Route] = {}
    for index, waiver in enumerate(file.data["waivers"]):
        route: Route = ("waivers", index)
        yield from _rule(file, (*route, "rule"), waiver["rule"], rules, nearest_rule)
        yield from _entry(file, (*route, "entry"), waiver["entry"], catalog, paths, nearest_path)
        if waiver["until"] < context.today.isoformat():
            continue  # the rule expired-waiver tells; next to it may stand the one that renews it
        earlier = first.setdefault((waiver["rule"], waiver["entry"]), route)
        if earlier != route:
            yield Finding(
                ID,
                SEVERITY,
                f"{waiver['rule']} is waived twice for {waiver['entry']}",
                file.at(*route),
                "Delete one of the two.",
                (Related("waived here first", file.at(*earlier)),),
            )


def _rule(
    file: Entry, route: Route, name: str, rules: dict[str, Rule], nearest: Nearest
) -> Iterator[Finding]:
    if name not in rules:
        hint = nearest.hint(name) or "Delete the waiver; `herdbook rules` lists the rules."
        yield Finding(ID, SEVERITY, f"there is no rule {name}", file.at(*route), hint)
    elif rules[name].FAMILY in UNWAIVABLE:
        message = f"{name} is of the family {rules[name].FAMILY}, whose rules cannot be waived"
        hint = "Delete the waiver, and mend what the rule finds."
        yield Finding(ID, SEVERITY, message, file.at(*route), hint)


def _entry(
    file: Entry, route: Route, text: str, catalog: Catalog, paths: set[str], nearest: Nearest
) -> Iterator[Finding]:
    if text in paths:
        return
    try:
        ref = Ref.parse(text)
    except RefError:
        hint = nearest.hint(text) or "Delete the waiver, or mend the path."
        yield Finding(ID, SEVERITY, f"there is no file {text} in the catalog", file.at(*route), hint)
        return
    if catalog.resolve(ref) is None and not catalog.is_refused(ref):
        hint = "Delete the waiver, or mend the reference."
        yield Finding(ID, SEVERITY, f"{ref} is not in the catalog", file.at(*route), hint)
