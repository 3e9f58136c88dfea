"""Waive a rule for an entry, until a day."""

from dataclasses import asdict, replace
from datetime import date

from herdbook.catalog import Catalog
from herdbook.check import context_of, judge
from herdbook.editing import Append, Edit, Put
from herdbook.formats import plural
from herdbook.planning.plan import Plan, PlanError
from herdbook.policy import Policy, Waiver
from herdbook.queries.asking import find, shown
from herdbook.rules import RULES, Rule
from herdbook.rules.options import CHANGE, UNWAIVABLE
from herdbook.rules.text import Nearest

_FILE = "herdbook.yaml"


def waive(catalog: Catalog, asked: Waiver, today: date) -> Plan:
    """Excuse an entry from a rule, or renew such a waiver.

    Args:
        catalog: the catalog.
        asked: the waiver; its entry as somebody names it.
        today: the day; a waiver cannot end before.

    Raises:
        HerdbookError: there is no such rule or entry, the rule cannot be waived, or the day is past.
    """
    if catalog.file is None:
        raise PlanError(f"the catalog has no {_FILE} that can be read, in which waivers stand; mend it first")
    rule = _rule(asked.rule)
    _keep_to_the_future(asked.until, today)
    waiver = replace(asked, entry=_entry(catalog, asked.entry))
    value = {name: field for name, field in asdict(waiver).items() if name != "index"}
    said = f"{rule.ID} is waived for {waiver.entry} until {waiver.until}"
    edits: list[Edit] = [Append(("waivers",), value)]
    for index, known in enumerate(catalog.file.data.get("waivers", ())):
        if (known["rule"], known["entry"]) == (waiver.rule, waiver.entry):
            said += f"; it was until {known['until']} before"
            edits = [
                Put(("waivers", index, name), field) for name, field in value.items() if known[name] != field
            ]
    if not edits:
        return Plan(f"{rule.ID} is waived for {waiver.entry} until {waiver.until} already.")
    said += f". {_found(catalog, rule, waiver, today)} The gate wants an approver's review of it."
    return Plan(said, {_FILE: edits})


def _rule(name: str) -> Rule:
    rules = {rule.ID: rule for rule in RULES}
    if name not in rules:
        hint = Nearest(rules).hint(name) or "`herdbook rules` lists them."
        raise PlanError(f"there is no rule {shown(name)}. {hint}")
    if rules[name].FAMILY in UNWAIVABLE:
        raise PlanError(
            f"{name} is of the family {rules[name].FAMILY}, whose rules cannot be waived; mend what it finds"
        )
    return rules[name]


def _keep_to_the_future(until: str, today: date) -> None:
    try:
        day = date.fromisoformat(until)
    except ValueError:
        day = None
    if day is None or day.isoformat() != until:
        raise PlanError(f"{shown(until)} is no day; write it as year, month and day: {today.isoformat()}")
    if day < today:
        raise PlanError(f"{until} is past; a waiver holds until a day that comes, today at the earliest")


def _entry(catalog: Catalog, text: str) -> str:
    """What a waiver says of an entry: a path, or a reference that will mean the same tomorrow."""
    if text in catalog.paths:
        return text
    found = find(catalog, text)
    if found.entry is None:
        raise PlanError(f"{found.ref} has no file of its own that could be excused; name one of its versions")
    ledger = catalog.aliases.get(found.ref.name) if found.ref.alias is not None else None
    return str(found.ref if ledger is not None else found.of_entry)


def _found(catalog: Catalog, rule: Rule, waiver: Waiver, today: date) -> str:
    """What there is to be excused now, as a sentence."""
    if rule.FAMILY == CHANGE:
        return "Only in a change does it show what that excuses."
    policy = replace(Policy.of(catalog), waivers=(waiver,))
    count = len(judge(context_of(catalog, policy, today), [rule]).waived)
    if not count:
        return (
            "Nothing is found there now, so that it excuses nothing: take it out again if it is not needed."
        )
    return f"That excuses {plural(count, 'finding')}."
