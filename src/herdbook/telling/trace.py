"""What something was made from, as a colleague would tell it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from herdbook import formats
from herdbook.lineage import NodeKind
from herdbook.queries.trace import Doubt, Source, Step, Trace, TracedRun
from herdbook.telling.document import (
    ALL_AS_JSON,
    Block,
    Branch,
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
    Tree,
    joined,
)
from herdbook.telling.naming import holder, named

_MOST_BRANCHES = 100
_DEEPEST = 30
_MOST_PROBLEMS = 20
_TONES: Mapping[Doubt, Tone] = {Doubt.RECALLED: "bad", Doubt.MISSING: "bad"}


def tell_trace(trace: Trace, *, briefly: bool = False) -> Document:
    """Tell the answer; briefly, in one sentence without the details."""
    steps = {step.key: step for step in trace.steps}
    doubtful = [step for step in trace.steps if step.problems]
    recalled = any(problem.doubt is Doubt.RECALLED for step in doubtful for problem in step.problems)
    tone: Tone = "bad" if recalled else "warn" if doubtful or trace.cycles else "good"
    return Document(
        ("Where ", Mention(trace.ref), " comes from"),
        tuple(_lead(trace, steps)),
        tone,
        () if briefly else tuple(_sections(trace, steps, doubtful)),
    )


def _sections(trace: Trace, steps: Mapping[str, Step], doubtful: list[Step]) -> Iterator[Section]:
    if doubtful:
        yield Section("Not to be relied on", (_problems(doubtful),))
    yield Section("Lineage", tuple(_lineage(trace, steps)))
    maker = _maker(trace, steps)
    if maker is not None and maker.run is not None:
        yield from _of_run(maker, maker.run)
    approvals = [(step, item) for step in trace.steps if step.version for item in step.version.approvals]
    if approvals:
        rows = tuple(
            (
                (named(step.key),),
                (holder(item.alias),),
                (formats.day(item.at),),
                (item.by,),
                (", ".join(item.approved_by) or Mark("nobody", "warn"),),
                joined([(named(text),) for text in item.evidence]),
            )
            for step, item in approvals
        )
        columns = ("Version", "In force as", "Since", "Set by", "Approved by", "On the evidence of")
        yield Section("Approvals", (Table(columns, rows),))


def _maker(trace: Trace, steps: Mapping[str, Step]) -> Step | None:
    """The run that is meant, or that made the version that is meant; nothing when several are.

    What made the data that a version was derived from did not make that version.
    """
    level = [steps[key] for key in trace.roots]
    while level:
        runs = [step for step in level if step.kind is NodeKind.RUN]
        if runs:
            return runs[0] if len(runs) == 1 else None
        keys = dict.fromkeys(source.key for step in level for source in step.sources if source.key in steps)
        level = [steps[key] for key in keys if steps[key].kind is not NodeKind.DATASET_VERSION]
    return None


def _lead(trace: Trace, steps: Mapping[str, Step]) -> Iterator[Part]:
    maker = _maker(trace, steps)
    yield Mention(trace.ref)
    if len(trace.roots) == 1 and trace.roots[0] != str(trace.ref):
        yield " means "
        yield named(trace.roots[0])
        yield ", which" if trace.further or len(trace.steps) > 1 else ""
    if maker is None or maker.run is None:
        kinds = Counter(step.kind for step in trace.steps if step.key not in trace.roots)
        counted = ((kinds[NodeKind.RUN], "run"), (kinds[NodeKind.DATASET_VERSION], "dataset version"))
        found = " and ".join(formats.plural(count, noun) for count, noun in counted if count)
        steps_back = formats.plural(trace.depth or 0, "step")
        if found:
            yield f" goes back to {found}"
            yield f" within {steps_back}" if trace.further else ""
        elif trace.further:
            yield f" goes back further than {steps_back}"
        else:
            yield ": no run and no data upstream are recorded" if kinds else ": nothing upstream is recorded"
    else:
        run = maker.run
        if maker.key == str(trace.ref):
            yield f" is {'an' if run.type == 'evaluation' else 'a'} {run.type} run"
        else:
            yield " was made by "
            yield named(maker.key)
        if run.started_at:
            yield f" on {formats.day(run.started_at)}"
        read = [source for source in maker.sources if steps[source.key].kind is not NodeKind.CODE]
        if read:
            yield " from "
            yield from joined([_read(source) for source in read[:4]])
            if len(read) > 4:
                yield f" and {len(read) - 4} more"
        if run.code.commit:
            yield " with the code of commit "
            yield Code(run.code.commit[:10])
    recalled = [step for step in trace.steps if any(p.doubt is Doubt.RECALLED for p in step.problems)]
    if recalled:
        yield "; "
        yield from joined([(named(step.key),) for step in recalled[:3]])
        yield " has been recalled" if len(recalled) == 1 else " have been recalled"
    elif trace.cycles:
        yield "; the record says that it was made from itself"
    yield "."


def _read(source: Source) -> Line:
    return (named(source.key), f" ({source.role})" if source.role else "")


def _problems(steps: list[Step]) -> Block:
    lines: list[Line] = []
    for step in steps:
        for problem in step.problems:
            tone = _TONES.get(problem.doubt, "warn")
            lines.append((named(step.key), ": ", Mark(problem.doubt, tone), f" {problem.message}"))
    if len(lines) > _MOST_PROBLEMS:
        lines[_MOST_PROBLEMS:] = [(f"and {len(lines) - _MOST_PROBLEMS:,} more",)]
    return Items(tuple(lines))


def _lineage(trace: Trace, steps: Mapping[str, Step]) -> Iterator[Block]:
    shown: set[str] = set()
    yield Tree(tuple(_branch(steps[key], "", steps, shown, 0) for key in trace.roots[:_MOST_BRANCHES]))
    if len(shown) < len(steps):
        yield Paragraph((f"{len(steps) - len(shown):,} more upstream", ALL_AS_JSON, "."))
    if trace.further:
        yield Paragraph(
            (f"This goes {formats.plural(trace.depth or 0, 'step')} back; there is more behind it.",)
        )


def _branch(step: Step, role: str, steps: Mapping[str, Step], shown: set[str], deep: int) -> Branch:
    again = step.key in shown
    shown.add(step.key)
    made = "made by " if step.run is not None and deep else f"{role}: " if role else ""
    line: list[Part] = [made, named(step.key), *_about(step)]
    for problem in step.problems:
        line += [" ", Mark(problem.doubt, _TONES.get(problem.doubt, "warn"))]
    if again and step.sources:
        return Branch((*line, " (see above)"))
    if deep == _DEEPEST or len(shown) >= _MOST_BRANCHES:
        return Branch((*line, " ...") if step.sources else tuple(line))
    # Code is what a run is made with, and stands in its line.
    children = [source for source in step.sources if steps[source.key].kind is not NodeKind.CODE]
    shown.update(source.key for source in step.sources if steps[source.key].kind is NodeKind.CODE)
    inner = (
        _branch(steps[source.key], source.role, steps, shown, deep + 1)
        for source in children
        if len(shown) < _MOST_BRANCHES
    )
    return Branch(tuple(line), tuple(inner))


def _about(step: Step) -> Iterator[Part]:
    if step.run is not None:
        yield f" {step.run.type}"
        if step.run.started_at:
            yield f", {formats.day(step.run.started_at)}"
        if step.run.code.commit:
            yield ", commit "
            yield Code(step.run.code.commit[:10])
    elif step.data is not None:
        if step.data.rows is not None:
            yield f" {formats.plural(step.data.rows, 'row')}"
        if step.data.digest:
            yield " "
            yield Code(formats.short_digest(step.data.digest))
    elif step.version is not None and step.version.approvals:
        yield " ("
        yield from joined([(holder(approval.alias),) for approval in step.version.approvals])
        yield ")"


def _of_run(step: Step, run: TracedRun) -> Iterator[Section]:
    code, environment = run.code, run.environment
    rows: list[tuple[str, Line]] = [
        ("Run", (named(step.key),)),
        ("Experiment", (run.experiment,)),
        ("By", (run.user,)),
        ("Repository", (code.repository,)),
        ("Commit", (Code(code.commit),) if code.commit else ()),
        ("Uncommitted changes", ("unknown" if code.dirty is None else "yes" if code.dirty else "no",)),
        ("Entry point", (code.entry_point,)),
        ("Command", (Code(code.command),) if code.command else ()),
        ("Seeds", (", ".join(f"{name} {seed}" for name, seed in run.seeds.items()),)),
    ]
    yield Section("Code", (Facts(tuple((name, line) for name, line in rows if any(line))),))
    if run.params:
        values = tuple(((name,), (formats.plain_value(value),)) for name, value in run.params.items())
        yield Section("Parameters", (Table(("Parameter", "Value"), values),))
    about = (
        ("Python", environment.python),
        ("Platform", environment.platform),
        ("Container", environment.container),
        ("Hardware", environment.hardware),
        ("Packages", ", ".join(environment.requirements)),
    )
    rows = [(name, (value,)) for name, value in about if value]
    if rows:
        yield Section("Environment", (Facts(tuple(rows)),))
