"""Why something got better or worse, as a colleague would tell it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from herdbook import formats
from herdbook.queries.compare import Comparison
from herdbook.queries.data_changes import Change, ColumnChange, DataEvidence, Recalled
from herdbook.queries.differences import Aspect, Difference, explains
from herdbook.queries.metric_changes import MetricChange, Verdict
from herdbook.queries.predecessors import Basis
from herdbook.ref import Kind, Ref
from herdbook.telling.document import (
    ALL_AS_JSON,
    Block,
    Branch,
    Code,
    Document,
    Items,
    Line,
    Mark,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    Tree,
    begun,
)

_MOST_OF_AN_ASPECT = 12
_MOST_FILES = 12
_MOST_COLUMNS = 20
_MOST_METRICS = 25
_MOST_SLICES = 12
_LONGEST_REASON = 400
_TONES: Mapping[Verdict, Tone] = {
    Verdict.WORSE: "bad",
    Verdict.BETTER: "good",
    Verdict.NOT_COMPARABLE: "warn",
    Verdict.CHANGED: "info",
}
_NOUNS = {
    Aspect.DATA: ("input", "inputs"),
    Aspect.PARAMETER: ("parameter", "parameters"),
    Aspect.SEED: ("seed", "seeds"),
    Aspect.REQUIREMENT: ("package", "packages"),
}
_MANY = frozenset({Aspect.PARAMETER, Aspect.SEED, Aspect.REQUIREMENT})
_NAMES = {
    Aspect.PYTHON: "Python",
    Aspect.CONTAINER: "the container",
    Aspect.HARDWARE: "the hardware",
    Aspect.PLATFORM: "the platform",
    Aspect.SIGNATURE: "the signature",
    Aspect.COMMAND: "the command",
}


def tell_compare(comparison: Comparison, *, briefly: bool = False) -> Document:
    """Tell the answer; briefly, in one sentence without the details."""
    title: Line = (
        "How ",
        Mention(comparison.now.ref),
        " differs from ",
        Mention(comparison.before.ref),
    )
    lead = (*_outcome(comparison), "; ", *_cause(comparison), ".")
    return Document(title, lead, _tone(comparison), () if briefly else tuple(_sections(comparison)))


def _sections(comparison: Comparison) -> Iterator[Section]:
    yield what_differs(comparison)
    if comparison.metrics:
        yield Section("Metrics", tuple(metric_blocks(comparison.metrics, slices=False)))
    if comparison.slices:
        yield Section("Metrics on slices of the data", tuple(metric_blocks(comparison.slices, slices=True)))
    if comparison.notes:
        notes = tuple((f"{note[0].upper()}{note[1:]}.",) for note in comparison.notes)
        yield Section("To keep in mind", (Items(notes),))


def what_differs(comparison: Comparison) -> Section:
    """Say what differs."""
    return Section("What differs, the most likely cause first", tuple(_causes(comparison)))


def difference_line(difference: Difference) -> Line:
    """Say in a line what differs."""
    match difference.aspect:
        case Aspect.SIGNATURE:
            return ("the signature",)
        case _ if difference.change is Change.ADDED:
            return (*_what(difference), " ", *_now(difference), " is new")
        case _ if difference.change is Change.REMOVED:
            return (*_what(difference), " ", *_before(difference), " is gone")
        case Aspect.CODE if difference.before == difference.now:
            return ("the code, which had changes that are in no commit",)
        case _:
            return (*_what(difference), " ", *_before(difference), " -> ", *_now(difference))


def _tone(comparison: Comparison) -> Tone:
    changes = (*comparison.metrics, *comparison.slices)
    if any(change.verdict is Verdict.WORSE for change in changes):
        return "bad"
    if any(item.data is not None and item.data.now_recalled is not None for item in comparison.differences):
        return "bad"
    return "good" if any(change.verdict is Verdict.BETTER for change in changes) else ""


def _outcome(comparison: Comparison) -> Iterator[Part]:
    of = {
        verdict: [change for change in comparison.metrics if change.verdict is verdict] for verdict in Verdict
    }
    worse, better, changed = of[Verdict.WORSE], of[Verdict.BETTER], of[Verdict.CHANGED]
    worse_slices = [change for change in comparison.slices if change.verdict is Verdict.WORSE]
    if worse:
        yield f"{_moved(worse[0])}{_others(len(worse) - 1, 'worse')}"
        if better:
            yield f", while {formats.plural(len(better), 'metric')} got better"
    elif better:
        yield f"{_moved(better[0])}, which is better"
        yield f"{', ' if len(better) > 1 else ''}{_others(len(better) - 1, 'better, too').strip()}"
    elif of[Verdict.SAME] and not changed:
        yield "no metric differs by more than the policy tolerates"
    elif changed:
        yield f"{_moved(changed[0])}, and the policy does not say whether that is better"
    elif comparison.metrics:
        yield "no metric was measured of both on the same data"
    else:
        yield "there is no metric to compare"
    if worse_slices and not worse:
        yield f", but {_moved(worse_slices[0])} for {_group(worse_slices[0])}"


def _moved(change: MetricChange) -> str:
    amount = change.change or 0.0
    return f"{change.metric} {'fell' if amount < 0 else 'rose'} by {formats.number(abs(amount))}"


def _others(count: int, how: str) -> str:
    return (
        f" and {formats.plural(count, 'other metric')} {'is' if count == 1 else 'are'} {how}" if count else ""
    )


def _cause(comparison: Comparison) -> Iterator[Part]:
    causes = [item for item in comparison.differences if explains(item)]
    if not comparison.before.run_known or not comparison.now.run_known:
        yield "what else differs is known only in part"
    elif not comparison.differences:
        yield "nothing else that is recorded differs"
    elif not causes:
        yield "nothing that is recorded explains it"
    elif len(causes) == 1:
        yield "the only difference is "
        yield from _first_cause(causes[0])
    else:
        alike = [item for item in causes if item.aspect is causes[0].aspect]
        if len(alike) > 1 and causes[0].aspect in _MANY:
            count = formats.plural(len(alike), *_NOUNS[causes[0].aspect])
            yield f"the most likely cause is among {count} that differ, such as "
            rest = causes[len(alike) :]
        else:
            yield "the most likely cause is "
            rest = causes[1:]
        yield from _first_cause(causes[0])
        if rest:
            yield f" ({_counted(rest)} {'differs' if len(rest) == 1 else 'differ'}, too)"


def _first_cause(difference: Difference) -> Iterator[Part]:
    data = difference.data
    recall = data.now_recalled or data.before_recalled if data is not None else None
    clause = _recall_clause(recall, difference.now_ref or difference.before_ref) if recall else ()
    match difference.change:
        case Change.ADDED | Change.REMOVED:
            yield "that "
            *line, end = difference_line(difference)
            yield from (*line, *clause, *([","] if recall else ()), end)
        case _ if data is not None and recall is not None and data.now_recalled is None:
            yield from (*_what(difference), ": ", *_now(difference), " in place of ", *_before(difference))
            yield from _recall_clause(recall, difference.before_ref)
        case _:
            yield from (*difference_line(difference), *clause)


def _recall_clause(recall: Recalled, own: Ref | None) -> Iterator[Part]:
    if recall.ref != own:
        yield ", made from "
        yield Mention(recall.ref)
    yield ", which has since been recalled"


def _counted(differences: Sequence[Difference]) -> str:
    """Count what differs: ``the code and 2 parameters``."""
    counts = Counter(item.aspect for item in differences)
    texts = [
        "the code"
        if aspect is Aspect.CODE
        else formats.plural(count, *_NOUNS[aspect])
        if aspect in _NOUNS
        else _NAMES[aspect]
        for aspect, count in counts.items()
    ]
    return " and ".join((", ".join(texts[:-1]), texts[-1])) if len(texts) > 1 else texts[0]


def _causes(comparison: Comparison) -> Iterator[Block]:
    yield Paragraph(tuple(_basis(comparison)))
    branches: list[Branch] = []
    shown: dict[Aspect, int] = {}
    for item in comparison.differences:
        shown[item.aspect] = shown.get(item.aspect, 0) + 1
        if shown[item.aspect] <= _MOST_OF_AN_ASPECT:
            branches.append(Branch(tuple(_headline(item)), tuple(_evidence(item))))
    for aspect, count in shown.items():
        if count > _MOST_OF_AN_ASPECT:
            noun = _NOUNS.get(aspect, ("thing", "things"))
            more = formats.plural(count - _MOST_OF_AN_ASPECT, f"more {noun[0]}", f"more {noun[1]}")
            branches.append(Branch((more, ALL_AS_JSON)))
    if branches:
        yield Tree(tuple(branches))
    elif comparison.before.run_known and comparison.now.run_known:
        yield Paragraph(("Data, code, parameters, seeds, packages and hardware are the same on record.",))


def _basis(comparison: Comparison) -> Iterator[Part]:
    yield Mention(comparison.now.ref)
    yield " is compared with "
    yield Mention(comparison.before.ref)
    match comparison.basis:
        case Basis.ALIAS:
            yield f", whose place it took as {comparison.alias}"
        case Basis.PASSED:
            yield ", the last version before it without a metric regression"
        case Basis.EXPERIMENT:
            yield ", the last finished run of its kind before it"
        case Basis.NAMED:
            pass
    yield "."


def _headline(difference: Difference) -> Iterator[Part]:
    yield from begun(tuple(difference_line(difference)))
    data = difference.data
    if data is not None and data.now_recalled is not None:
        yield " "
        yield Mark("recalled", "bad")
    elif data is not None and data.before_recalled is not None:
        yield " "
        yield Mark("no longer recalled data", "good")


def _what(difference: Difference) -> Iterator[Part]:
    name = difference.name
    match difference.aspect:
        case Aspect.DATA:
            ref = difference.now_ref or difference.before_ref
            noun = "model" if ref is not None and ref.kind is Kind.MODEL else "data"
            yield f"the {name} {noun}" if name else f"the {noun}"
        case Aspect.CODE:
            yield "the code, commit" if name == "commit" else f"the {name}"
        case Aspect.PARAMETER | Aspect.SEED:
            yield f"the {difference.aspect} "
            yield Code(name)
        case Aspect.REQUIREMENT:
            yield "the package "
            yield Code(name)
        case _:
            yield _NAMES[difference.aspect]


def _before(difference: Difference) -> Iterator[Part]:
    yield _value(difference, difference.before, difference.before_ref)


def _now(difference: Difference) -> Iterator[Part]:
    yield _value(difference, difference.now, difference.now_ref)


def _value(difference: Difference, text: str, ref: Ref | None) -> Part:
    if ref is not None:
        return Mention(ref, text if text != str(ref) else "")
    if difference.aspect is Aspect.CODE and difference.name == "commit":
        return Code(text[:10]) if text else "unknown"
    return Code(text) if text.strip() else "(empty)"


def _evidence(difference: Difference) -> Iterator[Branch]:
    if difference.data is not None:
        yield from _data_evidence(difference, difference.data)
    if difference.code is not None:
        code = difference.code
        for which, dirty in (("earlier", code.before_dirty), ("later", code.now_dirty)):
            if dirty:
                yield Branch((f"the {which} run had changes that are in no commit",))
        for file in code.files[:_MOST_FILES]:
            yield Branch((Code(file.path), f" {file.change}"))
        more = len(code.files) + code.more_files - _MOST_FILES
        if more > 0:
            yield Branch((formats.plural(more, "more file"),))
        if not code.files_known:
            yield Branch(("which files differ is not known: the commits are not at hand",))
    yield from _columns(difference.columns)


def _data_evidence(difference: Difference, data: DataEvidence) -> Iterator[Branch]:
    for recall, own in (
        (data.now_recalled, difference.now_ref),
        (data.before_recalled, difference.before_ref),
    ):
        if recall is not None:
            yield Branch(tuple(_recalled(recall, own)))
    if data.same_content:
        yield Branch(("the content is the same, by its digest",))
    if data.before_rows != data.now_rows:
        rows = (
            "unknown" if count is None else formats.number(count)
            for count in (data.before_rows, data.now_rows)
        )
        yield Branch((f"rows: {' -> '.join(rows)}",))
    if difference.change is Change.CHANGED and data.before_digest != data.now_digest:
        digests = [formats.short_digest(digest) for digest in (data.before_digest, data.now_digest)]
        yield Branch(("digest: ", *(_digest(digests[0])), " -> ", *(_digest(digests[1]))))
    yield from _columns(data.columns)


def _digest(digest: str) -> Line:
    return (Code(digest),) if digest else ("unknown",)


def _recalled(recall: Recalled, own: Ref | None) -> Iterator[Part]:
    if recall.ref != own:
        yield "made from "
    yield Mention(recall.ref)
    if recall.ref != own:
        yield ", which"
    yield f" was recalled: {formats.clipped(recall.reason, _LONGEST_REASON)}"
    if recall.replaced_by is not None:
        yield " It is replaced by "
        yield Mention(recall.replaced_by)
        yield "."


def _columns(columns: Sequence[ColumnChange]) -> Iterator[Branch]:
    for column in columns[:_MOST_COLUMNS]:
        match column.change:
            case Change.ADDED:
                yield Branch(("column ", Code(column.name), f" added: {column.now}"))
            case Change.REMOVED:
                yield Branch(("column ", Code(column.name), f" removed: {column.before}"))
            case Change.CHANGED:
                yield Branch(("column ", Code(column.name), f" retyped: {column.before} -> {column.now}"))
    if len(columns) > _MOST_COLUMNS:
        yield Branch((formats.plural(len(columns) - _MOST_COLUMNS, "more column"),))


def metric_blocks(changes: Sequence[MetricChange], *, slices: bool) -> Iterator[Block]:
    """Show how metrics differ, on all of the data or on slices of it."""
    columns = ("Metric", *(("Slice",) if slices else ()), "Before", "Now", "Change", "Tolerated", "Verdict")
    most = _MOST_SLICES if slices else _MOST_METRICS
    rows = tuple(
        (
            (change.metric,),
            *(((_group(change),),) if slices else ()),
            (_number(change.before),),
            (_number(change.now),),
            (_signed(change.change),),
            (_number(change.tolerance),),
            (Mark(str(change.verdict), _TONES.get(change.verdict, "")),),
        )
        for change in changes[:most]
    )
    numbers = frozenset(range(2 if slices else 1, 6 if slices else 5))
    yield Table(columns, rows, numbers)
    if len(changes) > most:
        yield Paragraph((f"{len(changes) - most:,} more", ALL_AS_JSON, "."))
    measured = sorted({data for change in changes for data in change.data})
    own = [change for change in changes if not change.data and change.change is not None]
    if measured:
        yield Paragraph(
            (f"Measured of both on {', '.join(measured[:4])}{' ...' if len(measured) > 4 else ''}.",)
        )
    if own and measured:
        names = ", ".join(dict.fromkeys(change.metric for change in own))
        yield Paragraph((f"As the runs themselves recorded: {names}.",))


def _group(change: MetricChange) -> str:
    return ", ".join(f"{name} {formats.plain_value(value)}" for name, value in change.by.items())


def _number(value: float | None) -> str:
    return "" if value is None else formats.number(value)


def _signed(value: float | None) -> str:
    return "" if value is None else f"+{formats.number(value)}" if value > 0 else formats.number(value)
