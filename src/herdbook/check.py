"""Check a catalog: run the rules, then apply the policy's severities, overrides and waivers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from herdbook.catalog import Catalog
from herdbook.finding import Finding, Severity
from herdbook.lineage import Lineage
from herdbook.policy import Policy, Waiver
from herdbook.ref import Ref, RefError
from herdbook.registry import Registry
from herdbook.rules import RULES
from herdbook.rules.context import Change, Context
from herdbook.rules.options import CHANGE, UNWAIVABLE, Rule, fitting, is_fixed
from herdbook.source import Route


class Verdict(StrEnum):
    """The outcome of a check."""

    PASS = "PASS"
    FAIL = "FAIL"
    WAIVED = "WAIVED"
    ERROR = "ERROR"


class Waived(NamedTuple):
    """A finding that a waiver excuses."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a check, in the order of files and lines.

    Attributes:
        entries: how many entries there are.
        findings: what is wrong.
        waived: what is wrong and excused by a waiver.
        existing: of a change, what was wrong before it; that blocks nothing.
        errors: why no verdict can be reached, each a sentence that says what to do.
        reached: how many entries a change can reach, where only these were looked at; else `None`.
    """

    entries: int
    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...] = ()
    existing: tuple[Finding, ...] = ()
    errors: tuple[str, ...] = ()
    reached: int | None = None

    @property
    def verdict(self) -> Verdict:
        """ERROR where nothing can be judged, FAIL with an error, WAIVED where that is excused, else PASS."""
        if self.errors:
            return Verdict.ERROR
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            return Verdict.FAIL
        if any(waived.finding.severity is Severity.ERROR for waived in self.waived):
            return Verdict.WAIVED
        return Verdict.PASS

    def count(self, severity: Severity) -> int:
        """How many findings there are of a severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def within(self, paths: Sequence[str]) -> "Report":
        """The part of the report that concerns some files or folders of the catalog."""

        def concerned(finding: Finding) -> bool:
            path = finding.place.source.path
            return any(chosen in ("", path) or path.startswith(f"{chosen}/") for chosen in paths)

        return replace(
            self,
            findings=tuple(filter(concerned, self.findings)),
            waived=tuple(waived for waived in self.waived if concerned(waived.finding)),
            existing=tuple(filter(concerned, self.existing)),
        )


def check(
    catalog: Catalog, today: date, lineage: Lineage | None = None, registry: Registry | None = None
) -> Report:
    """Judge a catalog by its own policy, as of a day (waivers expire); what is at hand is not made again."""
    known = lineage or Lineage.of(catalog), registry or Registry.of(catalog)
    return judge(Context(catalog, *known, Policy.of(catalog), today, RULES))


def context_of(catalog: Catalog, policy: Policy, today: date, change: Change | None = None) -> Context:
    """What all rules see of a catalog, as part of a change where one is judged."""
    return Context(catalog, Lineage.of(catalog), Registry.of(catalog), policy, today, RULES, change)


def judge(context: Context, rules: Iterable[Rule] = RULES) -> Report:
    """Run rules over a catalog by the policy of a context."""
    catalog = context.catalog
    waivers = _Waivers(catalog, context.policy, context.today)
    findings: list[Finding] = []
    waived: list[Waived] = []
    for rule in rules:
        for finding in _findings(rule, context):
            waiver = waivers.excusing(finding) if rule.FAMILY not in UNWAIVABLE else None
            if waiver is None:
                findings.append(finding)
            else:
                waived.append(Waived(finding, waiver))
    return Report(entries=catalog.count, findings=in_order(findings), waived=waived_in_order(waived))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of files and lines; where each stands is known from then on."""
    # By file first: places are then looked up file after file, and each file is read for them once.
    by_path = sorted(findings, key=lambda finding: finding.place.source.path)
    return tuple(sorted(map(_located, by_path), key=_order))


def waived_in_order(waived: Iterable[Waived]) -> tuple[Waived, ...]:
    """Waived findings in the order of files and lines; where each stands is known from then on."""
    by_path = sorted(waived, key=lambda item: item.finding.place.source.path)
    located = (item._replace(finding=_located(item.finding)) for item in by_path)
    return tuple(sorted(located, key=lambda item: _order(item.finding)))


def _located(finding: Finding) -> Finding:
    return finding._replace(place=finding.place.located())


def _findings(rule: Rule, context: Context) -> Iterator[Finding]:
    """Run one rule with the options and at the severities that the policy states.

    An option that does not fit is left out; the rule invalid-policy reports it.
    """
    policy = context.policy
    if rule.FAMILY == CHANGE and context.change is None:
        return
    if is_fixed(rule):
        yield from rule.check(context)
        return
    if policy.level(rule.ID) == "off" and not policy.overrides(rule.ID):
        return
    for finding in rule.check(context, **fitting(rule, policy.options(rule.ID))):
        level = policy.level(rule.ID, finding.place.source.path)
        if level is None:
            yield finding
        elif level != "off":
            yield finding._replace(severity=Severity(level))


class _Waivers:
    """The waivers that are in force, found by rule and file."""

    def __init__(self, catalog: Catalog, policy: Policy, today: date) -> None:
        self.by_file: dict[tuple[str, str], list[tuple[Route, Waiver]]] = defaultdict(list)
        for waiver in policy.waivers:
            if waiver.until >= today.isoformat():
                for path, route in _places(waiver.entry, catalog):
                    self.by_file[(waiver.rule, path)].append((route, waiver))

    def excusing(self, finding: Finding) -> Waiver | None:
        place = finding.place
        for route, waiver in self.by_file.get((finding.rule, place.source.path), ()):
            if place.route[: len(route)] == route:
                return waiver
        return None


def _places(entry: str, catalog: Catalog) -> Iterator[tuple[str, Route]]:
    """The files, and the routes in them, that a waiver speaks of."""
    yield entry, ()
    try:
        ref = Ref.parse(entry)
    except RefError:
        return
    if ref.alias is not None and ref.name in catalog.aliases:
        # The ledger line of this alias alone: what others of the model lack is not excused.
        yield catalog.aliases[ref.name].source.path, ("aliases", ref.alias)
    elif (found := catalog.resolve(ref)) is not None:
        yield found.source.path, ()


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    span = finding.place.span
    return (finding.place.source.path, span.line, span.column, finding.rule, finding.message)


def by_file(report: Report) -> dict[str, list[Finding]]:
    """The findings of each file, by its path inside the catalog."""
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        grouped[finding.place.source.path].append(finding)
    return grouped
