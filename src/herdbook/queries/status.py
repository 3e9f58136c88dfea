"""Whether something is approved for production: by whom, on what evidence, and what speaks against it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

from herdbook.clock import instant
from herdbook.entries import (
    CARD_SECTIONS,
    Aliases,
    Assignment,
    DatasetVersion,
    Endpoint,
    Entry,
    ModelVersion,
    Stages,
    Transition,
)
from herdbook.finding import Finding
from herdbook.queries.answer import Answer
from herdbook.queries.asking import Found, QuestionError
from herdbook.queries.judged import Judged, findings_behind, lines_holding
from herdbook.queries.records import Records
from herdbook.ref import Kind, Ref
from herdbook.registry import UseKind
from herdbook.rules import (
    incomplete_card,
    recalled_ancestor,
    unapproved_promotion,
)
from herdbook.rules.options import fitting


@dataclass(frozen=True, slots=True)
class Promotion:
    """An alias that points to a version, or the stage that it is in.

    Attributes:
        held_by: the alias, ``@champion``, or ``stage production``.
        for_production: the alias is protected, or the stage is production.
        at: since when, in UTC.
        by: who set it.
        approved_by: who approved it, as the ledger declares.
        needed: how many approvals the policy asks for.
        approvers: who may approve; empty where anybody may.
        enough: the approvals suffice, by the policy.
        reason: why it was set.
        evidence: what it rests on.
    """

    held_by: str
    for_production: bool
    at: str
    by: str
    approved_by: tuple[str, ...]
    needed: int
    approvers: tuple[str, ...]
    enough: bool
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """A line of a ledger by which something held a version, and does so no more.

    Attributes:
        held_by: the alias, ``@champion``, or ``stage production``.
        since: from when, in UTC.
        until: until when, in UTC: when another line took its place, be it of the same version.
        approved_by: who approved it, as the ledger declares.
    """

    held_by: str
    since: str
    until: str
    approved_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """How complete a version's card is: the model's card, with the version's own laid over it.

    Attributes:
        exists: there is a card at all.
        sections: the sections that are written.
        lacking: the sections that the policy demands and nobody wrote.
        licence: the licence; empty where none is stated.
        contact: where questions go; empty where nobody says.
        evaluations: the evaluation runs that it shows.
    """

    exists: bool
    sections: tuple[str, ...]
    lacking: tuple[str, ...]
    licence: str
    contact: str
    evaluations: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recalled dataset version that something descends from.

    Attributes:
        dataset: the dataset version.
        at: when it was recalled, in UTC.
        by: who recalled it.
        severity: low, medium, high or critical.
        reason: what is wrong with it.
        replaced_by: the version that takes its place; null where none does.
    """

    dataset: Ref
    at: str
    by: str
    severity: str
    reason: str
    replaced_by: Ref | None


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """Whether a version is approved for production.

    Attributes:
        asked: as what it is asked about: the version itself, an alias, or what an endpoint serves.
        version: the version; null where there is none.
        traffic: the percentage of the endpoint's traffic; null where nobody says, or where no endpoint is
            asked about.
        approved: it is approved for production, and no error of the check stands against it.
        reasons: why it is not approved; empty if it is.
        promotions: what holds it today.
        past: what held it before.
        endpoints: what serves it today.
        card: its card.
        recalls: the recalled data that it descends from.
        deprecated: why it is deprecated; empty if it is not.
        findings: what the check finds in the files concerned: its own, its cards, its ledger lines, what
            serves it, and everything that it was made from.
    """

    asked: Ref
    version: Ref | None
    traffic: float | None
    approved: bool
    reasons: tuple[str, ...]
    promotions: tuple[Promotion, ...]
    past: tuple[Past, ...]
    endpoints: tuple[Ref, ...]
    card: Card
    recalls: tuple[Recalled, ...]
    deprecated: str
    findings: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Status(Answer):
    """Whether a version, or what an alias, a model or an endpoint stands for, is approved for production.

    Attributes:
        ref: what was asked about.
        approved: all of it is approved.
        reasons: why it is not approved; empty if it is.
        approvals: what the policy asks for: approvals that are declared in the ledgers, or verified ones.
            This answer goes by what the ledgers declare, either way.
        versions: each version that is meant: of a model, those that are in production; of an endpoint, each
            thing that it serves.
        findings: what the check finds about the endpoint that was asked about.
    """

    question: ClassVar[str] = "status"

    ref: Ref
    approved: bool
    reasons: tuple[str, ...]
    approvals: str
    versions: tuple[VersionStatus, ...]
    findings: tuple[Judged, ...]


def status(records: Records, found: Found) -> Status:
    """Tell whether something is approved for production.

    Raises:
        QuestionError: it is nothing that could be.
    """
    ref, entry = found.ref, found.entry
    findings: tuple[Judged, ...] = ()
    reasons: list[str] = []
    if isinstance(entry, Endpoint):
        versions, findings = _of_endpoint(records, entry)
        if not versions:
            reasons.append("it serves nothing")
    elif isinstance(entry, ModelVersion):
        versions = (_of_version(records, ref, entry),)
    elif ref.kind is Kind.MODEL:
        held = _in_production(records, found.of_entry.name)
        versions = tuple(_of_version(records, version.ref, version) for version in held)
        if not versions:
            reasons.append("neither a protected alias nor the production stage holds a version of it")
    else:
        raise QuestionError(
            f"{ref} is not put into production: ask about a model, a version, an alias or an endpoint "
            f"(`herdbook impact {ref}` tells which depend on it)"
        )
    common = versions[0].reasons if versions else ()
    shared = [reason for reason in common if all(reason in each.reasons for each in versions)]
    reasons += shared
    for each in versions:
        named = f"{each.version or each.asked}: " if len(versions) > 1 else ""
        reasons += [f"{named}{reason}" for reason in each.reasons if reason not in shared]
    reasons += [finding.message for finding in findings if finding.blocks]
    return Status(ref, not reasons, tuple(reasons), records.policy.approvals, versions, findings)


def _of_endpoint(
    records: Records, endpoint: Endpoint
) -> tuple[tuple[VersionStatus, ...], tuple[Judged, ...]]:
    versions = []
    for served in endpoint.serves:
        ref = served.mention.ref
        version = records.catalog.resolve(ref) if ref is not None else None
        if ref is None:
            continue  # a finding says so
        each = _of_version(records, ref, version) if isinstance(version, ModelVersion) else _nothing(ref)
        versions.append(replace(each, traffic=served.traffic))
    told = {finding for each in versions for finding in each.findings}
    about = map(Judged.of, records.findings_in.get(endpoint.source.path, ()))
    return tuple(versions), tuple(finding for finding in about if finding not in told)


def _nothing(ref: Ref) -> VersionStatus:
    card = Card(False, (), (), "", "", ())
    reason = f"{ref} leads to no version"
    return VersionStatus(ref, None, None, False, (reason,), (), (), (), card, (), "", ())


def _in_production(records: Records, model: str) -> Sequence[ModelVersion]:
    """The versions in the production stage and under champion; else those under protected aliases."""
    protected = records.policy.protected_aliases(model)
    first: dict[ModelVersion, None] = {}
    second: dict[ModelVersion, None] = {}
    for version in records.registry.in_force(model):
        for use in records.registry.uses[model, version.version]:
            if use.kind is UseKind.STAGE or (use.kind is UseKind.ALIAS and use.name == "champion"):
                first[version] = None
            elif use.kind is UseKind.ALIAS and use.name in protected:
                second[version] = None
    return tuple(first or second)


def _of_version(records: Records, asked: Ref, version: ModelVersion) -> VersionStatus:
    findings = tuple(dict.fromkeys(findings_behind(records, version)))
    promotions = tuple(_promotions(records, version))
    recalls = tuple(_recalls(records, version))
    past = tuple(_past(records, version))
    deprecated = str(version.deprecated["reason"]).strip() if version.deprecated is not None else ""
    reasons = tuple(dict.fromkeys(_reasons(promotions, past, recalls, deprecated, findings)))
    uses = records.registry.uses.get((version.model, version.version), ())
    return VersionStatus(
        asked=asked,
        version=version.ref,
        traffic=None,
        approved=not reasons,
        reasons=reasons,
        promotions=promotions,
        past=past,
        endpoints=tuple(
            dict.fromkeys(Ref.endpoint(use.name) for use in uses if use.kind is UseKind.ENDPOINT)
        ),
        card=_card(records, version),
        recalls=recalls,
        deprecated=deprecated,
        findings=findings,
    )


def _reasons(
    promotions: Sequence[Promotion],
    past: Sequence[Past],
    recalls: Sequence[Recalled],
    deprecated: str,
    findings: Sequence[Judged],
) -> Iterator[str]:
    """Why a version is not approved: what it lacks, then what stands against it."""
    candidates = [promotion for promotion in promotions if promotion.for_production]
    errors = [finding for finding in findings if finding.blocks]
    if not candidates:
        others = [promotion.held_by for promotion in promotions if promotion.held_by != "stage archived"]
        but = f", only {' and '.join(others)}" if others else ""
        yield f"neither a protected alias nor the production stage holds it{but}"
        ended = [item for item in past if item.approved_by]
        if ended:
            last = max(ended, key=lambda item: instant(item.until))
            yield f"its approval as {last.held_by} ended on {last.until[:10]}"
        if deprecated:
            yield "it is deprecated"
    unapproved = not any(promotion.approved_by or promotion.enough for promotion in candidates)
    insufficient = not any(promotion.enough for promotion in candidates)
    if candidates and unapproved:
        yield "no approval is recorded"
    elif candidates and insufficient and all(finding.rule != unapproved_promotion.ID for finding in errors):
        yield f"its approval as {candidates[0].held_by} does not suffice by the policy"
    judged = [finding for finding in errors if finding.rule == recalled_ancestor.ID]
    if judged or (recalls and not candidates):
        yield f"it descends from the recalled {' and '.join(str(recall.dataset) for recall in recalls[:3])}"
    told = {recalled_ancestor.ID} | ({unapproved_promotion.ID} if unapproved else set())
    for finding in errors:
        if finding.rule not in told:
            yield finding.message


def _promotions(records: Records, version: ModelVersion) -> Iterator[Promotion]:
    policy = records.policy
    protected = policy.protected_aliases(version.model)
    for ledger, held_by, line in lines_holding(records, version):
        if isinstance(ledger, Aliases):
            protection = protected.get(held_by.removeprefix("@"))
        else:
            protection = policy.production(version.model) if held_by == "stage production" else None
        yield Promotion(
            held_by=held_by,
            for_production=protection is not None,
            at=line.at,
            by=line.by,
            approved_by=line.approved_by,
            needed=protection.approvals if protection is not None else 0,
            approvers=protection.approvers if protection is not None else (),
            enough=_enough(records, ledger, line),
            reason=line.reason,
            evidence=tuple(mention.text for mention in line.evidence),
        )


def _enough(records: Records, ledger: Aliases | Stages, line: Assignment | Transition) -> bool:
    """Tell whether somebody approved a line of a ledger, or a waiver excuses that too few did."""

    def is_meant(finding: Finding) -> bool:
        route = finding.place.route[: len(line.route)]
        return finding.rule == unapproved_promotion.ID and route == line.route

    path = ledger.source.path
    if any(is_meant(waived.finding) for waived in records.waived_in.get(path, ())):
        return True
    return bool(line.approved_by) and not any(map(is_meant, records.findings_in.get(path, ())))


def _past(records: Records, version: ModelVersion) -> Iterator[Past]:
    aliases = records.catalog.aliases.get(version.model)
    for alias, lines in aliases.ledgers.items() if aliases is not None else ():
        for line, after in pairwise(lines):
            # Also where the same version follows: a later approval does not cover the time without one.
            if line.version == version.version:
                yield Past(f"@{alias}", line.at, after.at, line.approved_by)
    stages = records.catalog.stages.get(version.model)
    if stages is not None:
        before: Transition | None = None
        for transition in stages.transitions:
            displaced = (
                transition.archive_existing and before is not None and before.stage == transition.stage
            )
            if before is not None and (transition.version == version.version or displaced):
                if before.stage in ("staging", "production"):
                    yield Past(f"stage {before.stage}", before.at, transition.at, before.approved_by)
                before = None
            if transition.version == version.version:
                before = transition


def _card(records: Records, version: ModelVersion) -> Card:
    stated = fitting(incomplete_card, records.policy.options(incomplete_card.ID))
    demanded = stated.get("sections", CARD_SECTIONS)
    card = records.registry.card(version.model, version.version)
    if card is None:
        return Card(False, (), tuple(demanded), "", "", ())
    sections = tuple(card.sections)
    return Card(
        exists=True,
        sections=sections,
        lacking=tuple(section for section in demanded if section not in sections),
        licence=card.licence,
        contact=card.contact,
        evaluations=tuple(run.ref for run in card.evaluations),
    )


def _recalls(records: Records, version: ModelVersion) -> Iterator[Recalled]:
    for entry in _ancestors(records, version):
        recall = entry.recall if isinstance(entry, DatasetVersion) else None
        if recall is not None and isinstance(entry, DatasetVersion):
            reason = recall.reason.strip()
            yield Recalled(entry.ref, recall.at, recall.by, recall.severity, reason, recall.replaced_by)


def _ancestors(records: Records, version: ModelVersion) -> Iterator[Entry]:
    node = records.lineage.node(version.ref)
    for ancestor in records.lineage.upstream(node) if node is not None else ():
        entry = records.catalog.resolve(ancestor.ref) if ancestor.ref is not None else None
        if entry is not None:
            yield entry
