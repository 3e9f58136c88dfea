"""The policy names rules, options and people that exist.

Why: a policy that misspells a rule, an option or an approver protects nothing, and nobody notices: the rule
keeps its own severity, the option its default, and the approval of nobody counts.

Reported are: a catalog without a herdbook.yaml; rules that do not exist; options that the rule does not
have, or that hold something else than belongs there; options in `overrides`, which only set severities;
severities of rules that cannot be changed (the errors of the families form and policy);
approvers and owners of waivers that are not among `people` (where people are listed); more approvals than
there are approvers; one login of two people.

Bad:

```yaml
# herdbook.yaml
policy:
  approvers: [bob]  # <- here
  rules:
    mising-seed: error  # <- here
    missing-run-context:
      fields: code.commit  # <- here
    invalid-yaml: warning  # <- here
```

Good:

```yaml
# herdbook.yaml
policy:
  approvers: [bo]
  rules:
    missing-seed: error
    missing-run-context:
      fields: [code.commit]
```
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from herdbook.catalog import Catalog
from herdbook.entries import NOTHING, CatalogFile, Data, Entry
from herdbook.finding import Finding, Place, Related, Severity
from herdbook.rules.context import Context
from herdbook.rules.options import Rule, is_fixed, options
from herdbook.rules.text import Nearest
from herdbook.source import Route, SourceFile

ID, FAMILY, SEVERITY = "invalid-policy", "policy", Severity.ERROR


def check(context: Context) -> Iterator[Finding]:
    """Report what is wrong in herdbook.yaml and in the policies of the models."""
    catalog = context.catalog
    if catalog.file is None:
        yield from _missing(catalog)
        return
    policy = catalog.file.data.get("policy", NOTHING)
    yield from _rules(catalog.file, ("policy", "rules"), policy.get("rules", NOTHING), context.rules)
    for index, override in enumerate(policy.get("overrides", ())):
        route = ("policy", "overrides", index, "rules")
        yield from _rules(catalog.file, route, override["rules"], context.rules, overriding=True)
    yield from _approvers(catalog, policy)
    yield from _owners(catalog.file)
    yield from _logins(catalog.file)


def _missing(catalog: Catalog) -> Iterator[Finding]:
    # A herdbook.yaml that was refused has its own findings; in an empty folder there is nothing to judge.
    if "herdbook.yaml" not in catalog.paths and (some := catalog.a_source) is not None:
        yield Finding(
            ID,
            SEVERITY,
            "the catalog has no herdbook.yaml",
            Place(SourceFile(some.tree, "herdbook.yaml")),
            'Add the file with "kind: catalog", a name, and the people who approve.',
        )


def _rules(
    file: Entry, route: Route, stated: Mapping[str, Any], rules: Sequence[Rule], *, overriding: bool = False
) -> Iterator[Finding]:
    known = {rule.ID: rule for rule in rules}
    nearest = Nearest(known)
    for name, settings in stated.items():
        if name not in known:
            hint = nearest.hint(name) or "`herdbook rules` lists the rules."
            place = file.at(*route, name, on_key=True)
            yield Finding(ID, SEVERITY, f"there is no rule {name}", place, hint)
            continue
        stated_severity = settings.get("severity") if isinstance(settings, Mapping) else settings
        if is_fixed(known[name]) and stated_severity not in (None, Severity.ERROR):
            message = f"the severity of {name} cannot be changed"
            hint = "Delete the line: what cannot be read, or is no policy, never passes."
            yield Finding(ID, SEVERITY, message, file.at(*route, name, on_key=True), hint)
        if isinstance(settings, Mapping):
            for key, value in settings.items():
                if key != "severity":
                    yield from _option(file, (*route, name, key), known[name], value, overriding)


def _option(file: Entry, route: Route, rule: Rule, value: object, overriding: bool) -> Iterator[Finding]:
    key, known = str(route[-1]), options(rule)
    option = known.get(key.replace("-", "_"))
    message = hint = ""
    if option is None:
        message = f"the rule {rule.ID} has no option {key}"
        hint = Nearest(known).hint(key) or (
            f"Its options are: {', '.join(known)}." if known else "Delete the line: the rule has no options."
        )
    elif overriding:
        message = f"an option of {rule.ID} stands in an override, which only sets severities"
        hint = "State the option under rules; it holds for the whole catalog."
    elif wanted := option.misfit(value):
        message = f"the option {key} of {rule.ID} holds something else than belongs there"
        hint = f"Write {wanted}."
    if message:
        yield Finding(ID, SEVERITY, message, file.at(*route), hint)


def _approvers(catalog: Catalog, policy: Data) -> Iterator[Finding]:
    assert catalog.file is not None
    people = catalog.file.people
    nearest = Nearest(people)
    everywhere = policy.get("approvers", ())
    yield from _strangers(catalog.file, ("policy", "approvers"), everywhere, people, nearest)
    stated: dict[str, Data] = policy.get("protected_aliases", NOTHING)
    yield from _protections(catalog.file, stated, NOTHING, everywhere, people, nearest)
    for model in catalog.models.values():
        narrower = model.policy.get("protected_aliases", NOTHING)
        yield from _protections(model, narrower, stated, everywhere, people, nearest)


def _protections(
    entry: Entry, stated: Data, wider: Data, everywhere: Sequence[str], people: Data, nearest: Nearest
) -> Iterator[Finding]:
    for alias, protection in stated.items():
        route = ("policy", "protected_aliases", alias)
        yield from _strangers(entry, (*route, "approvers"), protection.get("approvers", ()), people, nearest)
        both = {"approvers": everywhere, **wider.get(alias, NOTHING), **protection}
        approvers, approvals = set(both["approvers"]), both.get("approvals", 1)
        if approvers and approvals > len(approvers):
            yield Finding(
                ID,
                SEVERITY,
                f"{alias} needs {approvals} approvals, but {len(approvers)} may approve it",
                entry.at(*route, "approvals"),
                "Add approvers, or ask for fewer approvals.",
            )


def _strangers(
    entry: Entry, route: Route, names: Sequence[str], people: Data, nearest: Nearest
) -> Iterator[Finding]:
    for index, name in enumerate(names if people else ()):
        if name not in people:
            hint = nearest.hint(name) or "Add the approver to people in herdbook.yaml, or take the name out."
            place = entry.at(*route, index)
            yield Finding(ID, SEVERITY, f"the approver {name} is not among the people", place, hint)


def _owners(file: CatalogFile) -> Iterator[Finding]:
    nearest = Nearest(file.people)
    for index, waiver in enumerate(file.data.get("waivers", ()) if file.people else ()):
        if waiver["owner"] not in file.people:
            message = f"the owner {waiver['owner']} of a waiver is not among the people"
            hint = nearest.hint(waiver["owner"]) or "Name somebody from people, who answers for the waiver."
            yield Finding(ID, SEVERITY, message, file.at("waivers", index, "owner"), hint)


def _logins(file: CatalogFile) -> Iterator[Finding]:
    seen: dict[tuple[str, str], tuple[str, Place]] = {}
    for name, person in file.people.items():
        for forge, login in person.get("logins", NOTHING).items():
            place = file.at("people", name, "logins", forge)
            other, first = seen.setdefault((forge, login.casefold()), (name, place))
            if other != name:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"{other} and {name} have the same login at {forge}",
                    place,
                    "Give each person a login of their own, or make them one person.",
                    (Related(f"the login of {other}", first),),
                )
