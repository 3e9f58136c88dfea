"""The gate: judge what a change makes of a catalog, by the policy of the branch that it is for."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from herdbook.approvals import Approvals
from herdbook.basis import files_behind
from herdbook.catalog import Catalog
from herdbook.check import Report, check, context_of, in_order, judge, waived_in_order
from herdbook.diff import Changes, diff
from herdbook.finding import Finding, Severity
from herdbook.policy import Policy
from herdbook.reach import Reach, reached
from herdbook.rules import RULES, guarded_file_changed, policy_changed, unverified_approval
from herdbook.rules.context import Change, Context
from herdbook.rules.options import CHANGE
from herdbook.rules.promotions import arrivals, served_in_production, was_held
from herdbook.source import SourceFile


@dataclass(frozen=True, slots=True)
class Sides:
    """A change: what was before it, and what it makes of that.

    Attributes:
        base: the catalog before the change.
        head: the catalog with it.
        target: the catalog of the branch that it is to be merged into; its policy judges. It is the base, or
            something newer.
        touched: the files of the repository that the change touches, by their paths in it.
    """

    base: Catalog
    head: Catalog
    target: Catalog
    touched: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate says of a change: its report, and what differs."""

    report: Report
    changes: Changes


def gate(
    sides: Sides,
    today: date,
    approvals: Approvals | None = None,
    *,
    strict: bool = False,
    everywhere: bool = False,
) -> Judgement:
    """Judge a change.

    The policy of the target judges. Where the change brings another policy, it must keep to that as well: no
    catalog fails its own policy once it is merged, and the first policy of a catalog is not enough where the
    defaults demand more.

    Looked at is where the change can reach, so that the work grows with the change. What was wrong before is
    reported there, and in files that cannot be read.

    Args:
        sides: the change.
        today: the day; waivers expire.
        approvals: the people whose reviews of the change count; `None` where no reviews are known.
        strict: what was wrong before blocks, too, wherever it is.
        everywhere: report what was wrong before wherever it is.
    """
    policies = list(_policies(sides))
    errors = tuple(_unreadable(sides.target))
    changed = sides.head.changed_since(sides.base)
    if strict or everywhere or changed is None or policies != [Policy.of(sides.base)]:
        reach = Reach(sides.base, sides.head)
    else:
        reach = reached(sides.base, sides.head, changed)
    case = _Case.of(sides, reach, policies, today, approvals)
    let_in = frozenset(_files_let_in(case.after[0], case.before))
    if changed is not None and reach.files is not None and not let_in <= reach.files:
        # What a version that is let in rests on must be sound, though nothing touches it.
        reach = reached(sides.base, sides.head, changed | let_in)
        case = _Case.of(sides, reach, policies, today, approvals)
    report = _together([judge(context) for context in case.after])
    if report.findings and not strict:
        report = _apart(report, _known(case.before, policies, report.findings), let_in)
    report = replace(_near(report, reach), entries=sides.head.count, errors=errors)
    if approvals is None and any(policy.approvals == "verified" for policy in policies):
        report = _unreviewed(report)
    return Judgement(report, case.changes)


def in_turn(reports: Sequence[Report]) -> Report:
    """The report on several changes, each of which was judged on top of the one before it."""
    if len(reports) == 1:
        return reports[0]
    last, errors = reports[-1], dict.fromkeys(error for report in reports for error in report.errors)
    found = _together(reports)
    return replace(last, findings=found.findings, waived=found.waived, errors=tuple(errors))


@dataclass(frozen=True, slots=True)
class _Case:
    """A change where it can reach: what differs, and what is judged before it and, by each policy, after."""

    changes: Changes
    before: Context
    after: Sequence[Context]

    @classmethod
    def of(
        cls,
        sides: Sides,
        reach: Reach,
        policies: Sequence[Policy],
        today: date,
        approvals: Approvals | None,
    ) -> "_Case":
        base, head = reach.before, reach.after
        change = Change(base, policies[0], diff(base, head), approvals or Approvals(), sides.touched)
        before = context_of(base, policies[0], today)
        after = _by_each(policies, context_of(head, policies[0], today, change))
        return cls(change.changes, before, after)


def made_worse(
    before: Catalog,
    after: Catalog,
    changed: Collection[str],
    today: date,
    relied_on: frozenset[str] = frozenset(),
) -> Report:
    """Report the errors that a catalog has after an edit and did not have before, by its own policy.

    Looked for is where the edit can reach. What becomes of it as a change of a branch, the gate says.

    Args:
        before: the catalog before the edit.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
        today: the day; waivers expire.
        relied_on: the files that the edit relies on, whose errors count though they were there before.
    """
    reach = reached(before, after, changed)
    report = check(reach.after, today)
    errors = tuple(finding for finding in report.findings if finding.severity is Severity.ERROR)
    report = replace(report, findings=errors, waived=())
    if not errors:
        return report
    policy = Policy.of(after)
    known = _known(context_of(reach.before, policy, today), [policy], errors)
    return replace(_apart(report, known, relied_on), existing=())


def put_into_force(
    before: Catalog, after: Catalog, changed: Collection[str], today: date
) -> tuple[Finding, ...]:
    """The errors that the gate would find in what an edit puts into force, as a change of its own.

    They may be mended within the same change, and so do not stand against the edit.

    Args:
        before: the catalog before the edit.
        after: the catalog after it.
        changed: the paths of the files that were changed, added or removed.
        today: the day; waivers expire.
    """
    reach = reached(before, after, changed)
    return tuple(_errors_of(_OF_PROMOTIONS, Sides(reach.before, reach.after, reach.before), today))


def record_rewritten(base: Catalog, before: Catalog, after: Catalog, today: date) -> tuple[Finding, ...]:
    """The errors that the gate would find in an edit because it rewrites what is on record.

    Args:
        base: the catalog that is on record.
        before: the catalog without the edit; what it rewrites already is not the edit's doing.
        after: the catalog with it.
        today: the day; waivers expire.
    """
    known, found = (_errors_of(_OF_RECORDS, Sides(base, head, base), today) for head in (before, after))
    report = _apart(Report(0, tuple(found)), Counter(map(_identity, known)), frozenset())
    return report.findings


_OF_PROMOTIONS = frozenset({"promotion-without-evidence"})
_OF_RECORDS = frozenset(
    {"immutable-field-changed", "ledger-rewritten", "deleted-while-referenced", "version-gap"}
)


def _errors_of(names: Collection[str], sides: Sides, today: date) -> list[Finding]:
    """The errors that some rules about changes find."""
    rules = [rule for rule in RULES if rule.ID in names]
    policies = list(_policies(sides))
    change = Change(sides.base, policies[0], diff(sides.base, sides.head))
    context = context_of(sides.head, policies[0], today, change)
    report = _together([judge(each, rules) for each in _by_each(policies, context)])
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]


def _policies(sides: Sides) -> Iterator[Policy]:
    target, head = Policy.of(sides.target), Policy.of(sides.head)
    yield target
    if head not in (target, Policy.of(sides.base)):
        yield head


def _by_each(policies: Iterable[Policy], context: Context) -> list[Context]:
    """The same, to be judged by each of some policies."""
    return [replace(context, policy=policy) for policy in policies]


def _unreadable(target: Catalog) -> Iterator[str]:
    """Say which policies of the target cannot be read: who knows what they demand?"""
    for path in sorted(target.refused):
        if path == "herdbook.yaml" or (path.startswith("models/") and path.endswith("/model.yaml")):
            yield (
                f"the policy in {path} of the target branch cannot be read, so nothing can be judged by it; "
                "mend the file there first (`herdbook check` says what is wrong)"
            )


def _unreviewed(report: Report) -> Report:
    """The report where no reviews are known: there is no verdict if the change lacks any."""
    if not any(finding.rule in _OF_REVIEWS for finding in report.findings):
        return report
    known = tuple(finding for finding in report.findings if finding.rule != unverified_approval.ID)
    error = (
        "the policy asks for verified approvals, but no reviews are at hand; "
        "name the forge's answer with --reviews FILE"
    )
    return replace(report, findings=known, errors=(*report.errors, error))


_OF_REVIEWS = frozenset({unverified_approval.ID, policy_changed.ID, guarded_file_changed.ID})


def _together(reports: Sequence[Report]) -> Report:
    """What any of several reports finds; of the same finding, the gravest."""
    if len(reports) == 1:
        return reports[0]
    gravest: dict[Hashable, Finding] = {}
    for finding in (finding for report in reports for finding in report.findings):
        key = (_identity(finding), finding.place.route)
        known = gravest.get(key)
        if known is None or _weight(finding) > _weight(known):
            gravest[key] = finding
    waived = {
        key: item
        for report in reports
        for item in report.waived
        if (key := (_identity(item.finding), item.finding.place.route)) not in gravest
    }
    return Report(reports[0].entries, in_order(gravest.values()), waived_in_order(waived.values()))


def _known(before: Context, policies: Sequence[Policy], findings: Iterable[Finding]) -> Counter[Hashable]:
    """How often the base had which finding, by the same policies; asked are rules that found something."""
    asked = {finding.rule for finding in findings}
    rules = [rule for rule in RULES if rule.ID in asked and rule.FAMILY != CHANGE]
    report = _together([judge(context, rules) for context in _by_each(policies, before)])
    return Counter(map(_identity, report.findings))


def _apart(report: Report, known: Counter[Hashable], let_in: frozenset[str]) -> Report:
    """Set apart what was wrong before, unless it is an error behind a version that is let in now."""
    new: list[Finding] = []
    existing: list[Finding] = []
    for finding in report.findings:
        identity = _identity(finding)
        matters = finding.severity is Severity.ERROR and finding.place.source.path in let_in
        if known[identity] > 0 and not matters:
            known[identity] -= 1
            existing.append(finding)
        else:
            new.append(finding)
    return replace(report, findings=tuple(new), existing=tuple(existing))


def _near(report: Report, reach: Reach) -> Report:
    """The report without what is no doing of the change and lies where it does not reach."""
    if reach.files is None:
        return report
    files = reach.files | reach.after.refused.keys()
    existing = tuple(finding for finding in report.existing if finding.place.source.path in files)
    waived = tuple(item for item in report.waived if item.finding.place.source.path in files)
    return replace(report, existing=existing, waived=waived, reached=reach.after.count)


def _identity(finding: Finding) -> Hashable:
    """What makes two findings the same one in two states of a file: not the line, which moves."""
    return finding.rule, finding.place.source.path, finding.message


def _weight(finding: Finding) -> int:
    return [Severity.NOTE, Severity.WARNING, Severity.ERROR].index(finding.severity)


def _files_let_in(context: Context, before: Context) -> Iterator[str]:
    """The files behind the versions that the change lets in, other than those that were there before."""
    versions = {promotion.key for promotion in arrivals(context) if not was_held(context, promotion)}
    served = {(use, version.ref) for use, version, _ in served_in_production(before)}
    versions |= {
        (version.model, version.version)
        for use, version, _ in served_in_production(context)
        if (use, version.ref) not in served
    }
    for key in versions & context.catalog.versions.keys():
        version = context.catalog.versions[key]
        yield from files_behind(context.catalog, context.registry, context.lineage, version)
