"""What Azure pipelines lack."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from herdbook.adoption.doctor import commands
from herdbook.adoption.doctor.lack import Lack, place, unpinned_herdbook, unreadable
from herdbook.adoption.doctor.shell_script import Shell
from herdbook.adoption.forge_yaml import Node, read_forge_yaml, variables
from herdbook.adoption.placing import read_file
from herdbook.errors import HerdbookError

START = "azure-pipelines.yml"
_SCRIPTS = ("bash", "script", "pwsh", "powershell")
_DEEP = re.compile(r"0|[2-9]\d*|1\d+")


def pipelines(root: Path) -> list[str]:
    """List the pipeline files."""
    return [START] if os.path.lexists(root / START) else []


def lacks(root: Path, branch: str | None) -> Iterator[Lack]:
    """Look at the pipeline."""
    del branch  # which pull requests are built is a policy of the branch
    try:
        raw = read_file(root, START)
        pipeline = read_forge_yaml(raw) if raw is not None else None
    except HerdbookError as error:
        yield unreadable("unreadable-pipeline", START, "the pipeline", error)
        return
    judged = False
    for around, steps in _runs(pipeline) if pipeline is not None else ():
        scripts = [_script(step) for step in steps]
        if any(map(commands.runs_gate, scripts)):
            judged = True
            yield from _gate_lacks(around, steps)
        if commands.builds_unchecked(scripts):
            yield Lack(
                "publish-unchecked",
                place(START, around[-1].line),
                "the site is built from a commit that this job has not checked",
                "Run `herdbook check` before `herdbook build`, in the same job.",
            )
    for name in ("trigger", "pr"):
        paths = pipeline.get(name, "paths") if pipeline is not None else None
        if judged and paths is not None:
            yield Lack(
                "gate-can-be-skipped",
                place(START, paths.line),
                f"`{name}:` runs the gate only for some files: a change of others is not judged",
                "Delete `paths:`.",
            )
    if not judged:
        yield Lack(
            "no-gate",
            START,
            "no job runs herdbook gate: nothing keeps a change without lineage out",
            "`herdbook ci init azure` writes the pipeline.",
        )


def judged(root: Path) -> Iterator[frozenset[str] | None]:
    """The catalogs that each gate judges, as far as it can be told."""
    try:
        pipeline = read_forge_yaml(read_file(root, START) or b"")
    except HerdbookError:
        return
    for around, steps in _runs(pipeline):
        for script in map(_script, steps):
            if commands.runs_gate(script):
                yield commands.catalogs_judged(script, variables("variables", around))


def _runs(pipeline: Node) -> Iterator[tuple[list[Node], list[Node]]]:
    """The lists of steps of a pipeline, each with what is around it: stage and job."""
    if (steps := pipeline.get("steps")) is not None:
        yield [pipeline], steps.items
    stages = pipeline.get("stages")
    for stage in (pipeline, *(stages.items if stages is not None else [])):
        jobs = stage.get("jobs")
        for job in jobs.items if jobs is not None else []:
            if (steps := job.get("steps")) is not None:
                yield [pipeline, stage, job], steps.items


def _script(step: Node) -> str:
    return "\n".join(found.text for name in _SCRIPTS if (found := step.get(name)) is not None)


def _gate_lacks(around: list[Node], steps: list[Node]) -> Iterator[Lack]:
    gate = [step for step in steps if commands.runs_gate(_script(step))]
    for node in (*around, *gate):
        if (condition := node.get("condition")) is not None:
            yield Lack(
                "gate-can-be-skipped",
                place(START, condition.line),
                "what runs the gate has a `condition:`: where it fails, the pipeline succeeds without a "
                "verdict",
                "Delete the condition.",
            )
        ignored = node.get("continueOnError")
        if ignored is not None and ignored.text.lower() != "false":
            yield Lack(
                "gate-failure-ignored",
                place(START, ignored.line),
                "what runs the gate has `continueOnError:`: what the gate refuses passes all the same",
                "Delete the line.",
            )
    # Azure runs scripts to their end, whatever fails on the way.
    if all(commands.forgives_gate(_script(step), Shell(errexit=False, pipefail=False)) for step in gate):
        yield Lack(
            "gate-failure-ignored",
            place(START, gate[0].line),
            commands.FORGIVEN,
            commands.LET_IT_FAIL,
        )
    yield from _checkout_lacks(steps, gate[0].line)
    for step in steps:
        if commands.installs_from_checkout(_script(step)):
            yield Lack(
                "gate-from-pull-request",
                place(START, step.line),
                "the job installs what the pull request brings: a pull request can bring its own gate",
                "Install herdbook by its version.",
            )
        elif commands.installs_loosely(_script(step), variables("variables", around)):
            yield unpinned_herdbook(place(START, step.line))


def _checkout_lacks(steps: list[Node], gate_line: int) -> Iterator[Lack]:
    checkouts = [step for step in steps if step.get("checkout") is not None]
    depth = [step.said("fetchDepth") for step in checkouts]
    if not checkouts or not all(map(_DEEP.fullmatch, depth)):
        yield Lack(
            "shallow-checkout",
            place(START, checkouts[0].line if checkouts else gate_line),
            "the checkout may bring no base (new pipelines fetch one commit): without one the gate "
            "reaches no verdict",
            'Write `- checkout: self` with `fetchDepth: "0"`.',
        )
    for step in checkouts:
        if (kept := step.get("persistCredentials")) is not None and kept.text.lower() == "true":
            yield Lack(
                "credentials-kept",
                place(START, kept.line),
                "the checkout leaves its token beside the files of the pull request",
                "Delete `persistCredentials:`.",
            )
