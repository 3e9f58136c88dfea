"""Whether something is approved for production, as a colleague would tell it."""

from collections.abc import Iterator, Sequence

from herdbook import formats
from herdbook.finding import Severity
from herdbook.queries.judged import Judged
from herdbook.queries.status import Card, Promotion, Recalled, Status, VersionStatus
from herdbook.ref import Kind
from herdbook.telling.document import (
    Block,
    Code,
    Document,
    Facts,
    Items,
    Line,
    Mark,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    joined,
    listed,
    rest,
)
from herdbook.telling.naming import holder, named

_MOST_ROWS = 20
_MOST_REASONS = 4
_TONES: dict[Severity, Tone] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: "info"}


def tell_status(status: Status, *, briefly: bool = False) -> Document:
    """Tell the answer; briefly, in one sentence without the details."""
    return Document(
        ("Is ", Mention(status.ref), " approved for production?"),
        tuple(_lead(status)),
        "good" if status.approved else "bad",
        () if briefly else tuple(_sections(status)),
    )


def _sections(status: Status) -> Iterator[Section]:
    several = len(status.versions) > 1
    if several or any(each.version is None for each in status.versions):
        yield Section("Versions", (_versions(status),))
    for each in status.versions:
        of = f" of {each.version}" if several else ""
        yield from _sections_of(each, of)
    if status.findings:
        yield Section(f"Findings about {status.ref}", tuple(_findings(status.findings)))
    if any(promotion.approved_by for each in status.versions for promotion in each.promotions):
        yield Section("How far to trust this", (Paragraph((_trust(status),)),))


def _lead(status: Status) -> Iterator[Part]:
    yield Mention(status.ref)
    exact = list(dict.fromkeys(each.version for each in status.versions))
    if len(exact) == 1 and exact[0] is not None and exact[0] != status.ref:
        yield f", which {'serves' if status.ref.kind is Kind.ENDPOINT else 'means'} "
        yield Mention(exact[0])
        yield ","
    if not status.approved:
        yield " is not approved for production: "
        more = len(status.reasons) - _MOST_REASONS
        yield "; ".join(status.reasons[:_MOST_REASONS])
        yield f"; and {formats.plural(more, 'more reason')}." if more > 0 else "."
        return
    yield " is approved for production: "
    if len(exact) == 1:
        yield from joined(list(_approvals(status.versions[0])), "; ")
    else:
        each_with = {each.version: each for each in status.versions}.values()
        yield from joined([_approvers(each) for each in each_with][:_MOST_REASONS], "; ")
        if len(each_with) > _MOST_REASONS:
            yield f"; and {len(each_with) - _MOST_REASONS:,} more"
    yield "."


def _approvals(each: VersionStatus) -> Iterator[Line]:
    """What was approved, once for what the same people approved on the same day."""
    grouped: dict[tuple[object, ...], list[Promotion]] = {}
    for promotion in each.promotions:
        if promotion.for_production and promotion.enough:
            key = (promotion.approved_by, formats.day(promotion.at), promotion.evidence)
            grouped.setdefault(key, []).append(promotion)
    for alike in grouped.values():
        first = alike[0]
        who: Line = listed([(name,) for name in first.approved_by], _MOST_REASONS)
        what = listed([(holder(promotion.held_by),) for promotion in alike], _MOST_REASONS)
        evidence = listed([(named(text),) for text in first.evidence], _MOST_REASONS)
        yield (
            *((*who, " approved it as ") if who else ("a waiver lets it be ",)),
            *what,
            f" on {formats.day(first.at)}",
            *((" on the evidence of ", *evidence) if evidence else ()),
        )


def _approvers(each: VersionStatus) -> Line:
    sufficient = [promotion for promotion in each.promotions if promotion.for_production and promotion.enough]
    names = dict.fromkeys(name for promotion in sufficient for name in promotion.approved_by)
    version: Line = (Mention(each.version),) if each.version is not None else ()
    if not names:
        return (*version, " by a waiver")
    return (*version, " by ", *listed([(name,) for name in names], _MOST_REASONS))


def _versions(status: Status) -> Block:
    rows = tuple(
        (
            (Mention(each.asked),),
            (Mention(each.version),) if each.version is not None else (Mark("none", "bad"),),
            (f"{each.traffic:g} %" if each.traffic is not None else "",),
            (Mark("yes", "good") if each.approved else Mark("no", "bad"),),
        )
        for each in status.versions[:_MOST_ROWS]
    )
    traffic = any(each.traffic is not None for each in status.versions)
    columns = ("What", "Version", "Traffic", "Approved")
    if traffic:
        return Table(columns, rows, frozenset({2}))
    return Table((*columns[:2], columns[3]), tuple((*row[:2], row[3]) for row in rows))


def _sections_of(each: VersionStatus, of: str) -> Iterator[Section]:
    if each.version is None:
        return
    if each.recalls:
        yield Section(f"Recalled data behind it{of}", (_recalls(each.recalls),))
    if each.promotions:
        yield Section(f"Promotions in force{of}", (_promotions(each.promotions),))
    if each.past:
        rows = tuple(
            (
                (holder(past.held_by),),
                (formats.moment(past.since),),
                (formats.moment(past.until),),
                (", ".join(past.approved_by),),
            )
            for past in each.past[-_MOST_ROWS:]
        )
        yield Section(f"Earlier promotions{of}", (Table(("Held by", "Since", "Until", "Approved by"), rows),))
    yield Section(f"Card{of}", (_card(each.card),))
    if each.endpoints:
        served = listed([(Mention(ref),) for ref in each.endpoints], _MOST_ROWS)
        yield Section(f"Endpoints that serve {each.version if of else 'it'}", (Paragraph(served),))
    if each.deprecated:
        yield Section(f"Deprecated{of}", (Paragraph((each.deprecated,), "warn"),))
    if each.findings:
        yield Section(f"Findings{of}", tuple(_findings(each.findings)))


def _promotions(promotions: Sequence[Promotion]) -> Block:
    rows = tuple(
        (
            (holder(promotion.held_by),),
            (formats.moment(promotion.at),),
            (promotion.by,),
            (", ".join(promotion.approved_by) or (Mark("nobody", "warn") if promotion.needed else "nobody"),),
            _sufficient(promotion),
            joined([(named(text),) for text in promotion.evidence]),
            (promotion.reason,),
        )
        for promotion in promotions[:_MOST_ROWS]
    )
    columns = ("Held by", "Since", "Set by", "Approved by", "Sufficient", "On the evidence of", "Reason")
    return Table(columns, rows)


def _sufficient(promotion: Promotion) -> Line:
    if not promotion.for_production:
        return ("none needed",)
    return (Mark("yes", "good"),) if promotion.enough else (Mark("no", "bad"), f" {promotion.needed} needed")


def _card(card: Card) -> Block:
    if not card.exists:
        return Paragraph(("There is no card.",), "bad")
    lacking = ", ".join(section.replace("_", " ") for section in card.lacking)
    rows: list[tuple[str, Line]] = [
        ("Sections", (f"{len(card.sections)} written", f"; lacking: {lacking}" if lacking else "")),
        ("Licence", (card.licence or Mark("none", "warn"),)),
        ("Contact", (card.contact or Mark("nobody", "warn"),)),
        (
            "Evaluations",
            listed([(Mention(ref),) for ref in card.evaluations], _MOST_ROWS) or (Mark("none", "warn"),),
        ),
    ]
    return Facts(tuple(rows))


def _recalls(recalls: Sequence[Recalled]) -> Block:
    lines: list[Line] = []
    for recall in recalls[:_MOST_ROWS]:
        replaced: Line = ("; use ", Mention(recall.replaced_by)) if recall.replaced_by is not None else ()
        by = f" by {recall.by} on {formats.day(recall.at)} ({recall.severity})"
        reason = " ".join(recall.reason.split())
        lines.append((Mention(recall.dataset), ": ", Mark("recalled", "bad"), by, *replaced, f". {reason}"))
    return Items((*lines, *rest(len(recalls), _MOST_ROWS)))


def _findings(findings: Sequence[Judged]) -> Iterator[Block]:
    lines: list[Line] = []
    order = list(Severity)
    for finding in sorted(findings, key=lambda each: (bool(each.waived_by), order.index(each.severity))):
        place: Line = (" (", Code(finding.rule), ", ", Code(f"{finding.file}:{finding.line}"), ").")
        if finding.waived_by:
            until = f" Waived by {finding.waived_by} until {finding.waived_until}: {finding.waived_because}"
            lines.append((Mark("waived", "info"), f" {finding.message}", *place, until))
        else:
            help = f" {finding.help}" if finding.help else ""
            mark = Mark(finding.severity, _TONES[finding.severity])
            lines.append((mark, f" {finding.message}", *place, help))
    yield Items((*lines[:_MOST_ROWS], *rest(len(lines), _MOST_ROWS)))


def trust_in_approvals(approvals: str) -> str:
    """What an approval is worth by a policy that wants approvals ``declared``, or ``verified``."""
    if approvals == "declared":
        return "Approvals are declared in the ledgers, not verified."
    return "Approvals are declared in the ledgers; the policy has the gate verify them before a merge."


def _trust(status: Status) -> str:
    return f"{trust_in_approvals(status.approvals)} This says who is written down as approver."
