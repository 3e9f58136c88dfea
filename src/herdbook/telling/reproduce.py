"""How to make something again, step by step."""

from collections.abc import Iterator

from herdbook import formats
from herdbook.escaping.shell import command
from herdbook.queries.fetching import Source
from herdbook.queries.reproduce import Environment, Material, Purpose, Reproduction, Rerun
from herdbook.telling.document import (
    ALL_AS_JSON,
    Block,
    Code,
    Document,
    Facts,
    Items,
    Line,
    Mention,
    Paragraph,
    Part,
    Section,
    Table,
    Tone,
    Verbatim,
    joined,
)

_MOST_OBSTACLES = 20
_MOST_METRICS = 40
_PROJECT = (
    "Where the repository is itself a project that was installed, add `python -m pip install --no-deps "
    "--editable .` after checking out the commit."
)


def tell_reproduce(answer: Reproduction) -> Document:
    """Tell the answer."""
    final = any(obstacle.final for obstacle in answer.obstacles)
    tone: Tone = "bad" if final else "warn" if answer.obstacles else "good"
    sections = [] if final else list(_steps(answer))
    if answer.notes:
        sections.insert(
            0, Section("To keep in mind", (Items(tuple((f"{note}.",) for note in answer.notes)),))
        )
    if len(answer.obstacles) > 1:
        lines: list[Line] = [(obstacle.message,) for obstacle in answer.obstacles[:_MOST_OBSTACLES]]
        if len(answer.obstacles) > _MOST_OBSTACLES:
            lines.append((f"and {len(answer.obstacles) - _MOST_OBSTACLES:,} more",))
        sections.insert(0, Section("What is missing", (Items(tuple(lines)),)))
    title = ("How to make ", Mention(answer.ref), " again")
    return Document(title, tuple(_lead(answer)), tone, tuple(sections))


def _lead(answer: Reproduction) -> Iterator[Part]:
    yield Mention(answer.ref)
    if answer.obstacles:
        yield f" cannot be reproduced exactly because {answer.obstacles[0].message}"
        if len(answer.obstacles) > 1:
            yield f" (and for {formats.plural(len(answer.obstacles) - 1, 'more reason')}, below)"
        yield "."
        return
    counts = [sum(rerun.purpose is purpose for rerun in answer.reruns) for purpose in Purpose]
    yield " is made again by "
    yield from [Mention(rerun.run) for rerun in answer.reruns if rerun.purpose is Purpose.TARGET]
    if counts[0]:
        yield f", after {formats.plural(counts[0], 'run')} that made its inputs"
    if counts[2]:
        yield f"; {formats.plural(counts[2], 'evaluation')} then {'tells' if counts[2] == 1 else 'tell'}"
        yield " whether it is the same"
    yield "."


def _steps(answer: Reproduction) -> Iterator[Section]:
    script = Verbatim(command("herdbook", "reproduce", str(answer.ref), "--format", "shell"), "sh")
    yield Section(
        "As a script", (Paragraph(("This prints all of it as a script that stops at what differs:",)), script)
    )
    step = 1
    yield Section(f"{step}. Get the code", tuple(_code(answer)))
    for number, environment in enumerate(answer.environments, 1):
        step += 1
        several = f" {number}" if len(answer.environments) > 1 else ""
        yield Section(f"{step}. Make the environment{several}", tuple(_environment(environment)))
    for rerun in answer.reruns:
        step += 1
        yield Section(f"{step}. {_purpose(rerun)}", tuple(_rerun(answer, rerun)))
    measured = [rerun for rerun in answer.reruns if rerun.purpose is not Purpose.INPUT and rerun.metrics]
    if measured:
        yield Section(f"{step + 1}. Compare the numbers", tuple(_comparison(answer, measured)))


def _code(answer: Reproduction) -> Iterator[Block]:
    if not answer.repository:
        yield Paragraph(("No repository is on record: it is the one that holds the catalog.",))
    lines = command("git", "clone", "--", answer.repository or ".", "../code"), "cd ../code"
    yield Verbatim("\n".join(lines), "sh")


def _environment(environment: Environment) -> Iterator[Block]:
    if environment.container:
        yield Facts((("Container", (Code(environment.container),)),))
    if environment.requirements:
        lines = (
            command(f"python{environment.series or '3'}", "-m", "venv", "../environment"),
            ". ../environment/bin/activate",
            command("python", "-m", "pip", "install", *environment.requirements),
        )
        python = environment.python or "(no version is on record)"
        yield Paragraph((f"Python {python}. {_PROJECT}",))
        yield Verbatim("\n".join(lines), "sh")


def _purpose(rerun: Rerun) -> str:
    match rerun.purpose:
        case Purpose.INPUT:
            return f"Make an input with {rerun.run}"
        case Purpose.EVALUATION:
            return f"Measure it with {rerun.run}"
        case Purpose.TARGET:
            return f"Make it with {rerun.run}"


def _rerun(answer: Reproduction, rerun: Rerun) -> Iterator[Block]:
    if rerun.inputs:
        yield Table(
            ("Input", "Read as", "Comes from", "Digest"),
            tuple(
                (_name(item), (item.role,), tuple(_origin(item)), (Code(item.digest),) if item.digest else ())
                for item in rerun.inputs
            ),
        )
    if len(answer.environments) > 1:
        yield Paragraph((f"In environment {rerun.environment + 1}.",))
    lines = [command("git", "checkout", "--detach", rerun.commit)]
    for item in rerun.inputs:
        lines += [command(*item.command)] if item.command else []
        lines += _verification(item)
    lines.append(command(*rerun.words) if rerun.words else rerun.command.strip())
    yield Verbatim("\n".join(lines), "sh")
    facts: list[tuple[str, Line]] = [
        (
            heading,
            joined([(Code(f"{name} = {formats.plain_value(value)}"),) for name, value in values.items()]),
        )
        for heading, values in (("Parameters", rerun.params), ("Seeds", rerun.seeds))
        if values
    ]
    facts += [("Must come out", (f"{item.name}, ", Code(item.digest))) for item in rerun.outputs]
    if facts:
        yield Facts(tuple(facts))


def _verification(item: Material) -> Iterator[str]:
    """The command that verifies a file; the digest of a folder is left to the script."""
    algorithm, _, value = item.digest.partition(":")
    if item.exact and item.path and item.source is not Source.PACKAGE and algorithm in ("sha256", "md5"):
        listed = command("echo", f"{value}  ./{item.path}")
        yield f"{listed} | {algorithm}sum --check"


def _name(item: Material) -> Line:
    return (Code(item.name),)


def _origin(item: Material) -> Iterator[Part]:
    match item.source:
        case Source.COMMAND:
            yield "the command below, into "
            yield Code(item.path)
        case Source.PACKAGE:
            yield "inside an installed package: "
            yield Code(item.path)
        case Source.HAND:
            yield Code(item.uri) if item.uri else "unknown"
            yield ", by hand"
        case Source.REPOSITORY:
            yield "the repository: "
            yield Code(item.path)
            if item.made_by is not None:
                yield ", where "
                yield Mention(item.made_by)
                yield " writes it"


def _comparison(answer: Reproduction, measured: list[Rerun]) -> Iterator[Block]:
    yield Paragraph(
        (
            "All metrics, those on slices of the data included, must be the same. Two numbers are the same "
            f"when they differ by no more than {answer.tolerance:g}, or by this part of the greater one. "
            "Parameters and seeds of the new run must be those on record, too.",
        )
    )
    rows = [
        ((Mention(rerun.run),), (name,), (repr(value),))
        for rerun in measured
        for name, value in rerun.metrics.items()
    ]
    yield Table(("Measured by", "Metric", "On record"), tuple(rows[:_MOST_METRICS]), frozenset({2}))
    if len(rows) > _MOST_METRICS:
        yield Paragraph((f"{len(rows) - _MOST_METRICS:,} more", ALL_AS_JSON, "."))
