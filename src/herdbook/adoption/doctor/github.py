"""What GitHub workflows lack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from herdbook.adoption.doctor import commands
from herdbook.adoption.doctor.lack import Lack, place, unpinned_herdbook, unreadable
from herdbook.adoption.doctor.shell_script import Shell, with_options
from herdbook.adoption.forge_yaml import Node, read_forge_yaml, variables
from herdbook.adoption.placing import read_file
from herdbook.errors import HerdbookError
from herdbook.forge import shown
from herdbook.tree import DirTree

FOLDER = ".github/workflows"
_PINNED = re.compile(r"[^@\s]+@[0-9a-f]{40}|docker://[^@\s]+@sha256:[0-9a-f]{64}|\./.*")
_CHECKOUT = re.compile(r"actions/checkout@.*")
_ACTION = re.compile(r"[^/\s]+/herdbook@.*")
_OF_PULL_REQUEST = re.compile(
    r"github\.(?:head_ref|event\.(?:pull_request\.(?:head|merge_commit)|workflow_run\.head|number|pull_request\.number))"
    r"|refs/pull/"
)
_FETCHED = re.compile(
    r"\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull|checkout|switch)\b[^\n]*(?:\bpull/|head_ref|head\.sha)"
)
_TAUGHT = "a skipped job counts as success"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file."""

    path: str
    root: Node

    @property
    def triggers(self) -> Mapping[str, Node]:
        """What starts it, and the filters of each."""
        on = self.root.get("on")
        return on.entries if on is not None else {}

    @property
    def jobs(self) -> Mapping[str, Node]:
        """Its jobs by name."""
        jobs = self.root.get("jobs")
        return jobs.entries if jobs is not None else {}


def pipelines(root: Path) -> list[str]:
    """List the workflow files of a repository."""
    folder = root / FOLDER
    if not folder.is_dir() or folder.is_symlink() or folder.parent.is_symlink():
        return []
    return [
        f"{FOLDER}/{file.path}"
        for file in DirTree(folder).files()
        if "/" not in file.path and file.path.endswith((".yml", ".yaml"))
    ]


def lacks(root: Path, branch: str | None) -> Iterator[Lack]:
    """Look at the workflows."""
    workflows = []
    for path in pipelines(root):
        try:
            workflows.append(_read(root, path))
        except HerdbookError as error:
            yield unreadable("unreadable-pipeline", path, "the workflow", error)
    gates = [*_gates(workflows)]
    for gate in gates:
        yield from _gate_lacks(gate, branch)
    for workflow in workflows:
        for job in workflow.jobs.values():
            yield from _publish_lacks(workflow, job)
        yield from _workflow_lacks(workflow)
    yield from _name_lacks(workflows, gates)
    if not gates:
        yield Lack(
            "no-gate",
            FOLDER,
            "no job runs herdbook gate on pull requests: nothing keeps a change without lineage out",
            "`herdbook ci init github` writes the workflow.",
        )


def judged(root: Path) -> Iterator[frozenset[str] | None]:
    """The catalogs that each gate on pull requests judges, as far as it can be told."""
    for gate in _gates(_readable(root)):
        around = (gate.workflow.root, gate.job)
        elsewhere = any(node.said("defaults", "run", "working-directory") for node in around)
        for step in _gate_steps(gate.job):
            given = variables("env", (*around, step))
            if step.said("uses"):
                folder = step.said("with", "catalog") or "catalog"
                yield commands.catalogs_judged(f"--catalog '{folder}'", given)
            elif elsewhere or step.said("working-directory"):
                yield None
            else:
                yield commands.catalogs_judged(step.said("run"), given)


def checks(root: Path) -> list[str]:
    """What GitHub calls the checks of the gates on pull requests."""
    return sorted({shown(gate.name) for gate in _gates(_readable(root))})


def _read(root: Path, path: str) -> Workflow:
    return Workflow(path, read_forge_yaml(read_file(root, path) or b""))


def _readable(root: Path) -> list[Workflow]:
    workflows = []
    for path in pipelines(root):
        with suppress(HerdbookError):
            workflows.append(_read(root, path))
    return workflows


class _Gate(NamedTuple):
    """A job that runs the gate on pull requests.

    Attributes:
        workflow: where the job is.
        job: the job.
        started_by: the workflow that pull requests start, which may call the other one.
        caller: the job of that workflow that calls it.
        name: what the check is called.
    """

    workflow: Workflow
    job: Node
    started_by: Workflow
    caller: Node | None
    name: str


def _gates(workflows: Sequence[Workflow]) -> Iterator[_Gate]:
    by_path = {f"./{workflow.path}": workflow for workflow in workflows}
    for workflow in workflows:
        for key, job in workflow.jobs.items() if "pull_request" in workflow.triggers else ():
            name = job.said("name") or key
            if _gate_steps(job):
                yield _Gate(workflow, job, workflow, None, name)
            if (called := by_path.get(job.said("uses"))) is not None:
                for its_key, its_job in called.jobs.items():
                    if _gate_steps(its_job):
                        whole = f"{name} / {its_job.said('name') or its_key}"
                        yield _Gate(called, its_job, workflow, job, whole)


def _steps(job: Node) -> list[Node]:
    steps = job.get("steps")
    return steps.items if steps is not None else []


def _line(node: Node, key: str) -> int:
    found = node.get(key)
    return found.line if found is not None else node.line


def _gate_steps(job: Node) -> list[Node]:
    return [
        step
        for step in _steps(job)
        if commands.runs_gate(step.said("run")) or _ACTION.fullmatch(step.said("uses"))
    ]


def _gate_lacks(found: _Gate, branch: str | None) -> Iterator[Lack]:
    workflow, job = found.workflow, found.job
    gate = _gate_steps(job)
    yield from _skipping_lacks(workflow.path, job, "the job that runs the gate")
    if found.caller is not None:
        yield from _skipping_lacks(found.started_by.path, found.caller, "the job that calls the gate")
    for step in gate:
        yield from _skipping_lacks(workflow.path, step, "the step that runs the gate")
    if all(commands.forgives_gate(step.said("run"), _shell((step, job, workflow.root))) for step in gate):
        yield Lack(
            "gate-failure-ignored",
            place(workflow.path, _line(gate[0], "run")),
            commands.FORGIVEN,
            commands.LET_IT_FAIL,
        )
    yield from _trigger_lacks(found.started_by, branch)
    yield from _checkout_lacks(workflow.path, job)
    yield from _permission_lacks(workflow, job)
    for step in _steps(job):
        if commands.installs_from_checkout(step.said("run")):
            yield Lack(
                "gate-from-pull-request",
                place(workflow.path, _line(step, "run")),
                "the job installs what the pull request brings: a pull request can bring its own gate",
                "Install herdbook by its version, or from the base.",
            )
        elif commands.installs_loosely(step.said("run"), variables("env", (workflow.root, job, step))):
            yield unpinned_herdbook(place(workflow.path, _line(step, "run")))


def _skipping_lacks(path: str, node: Node, what: str) -> Iterator[Lack]:
    """What lets a job or a step be skipped, or fail without anybody minding."""
    if node.get("if") is not None:
        yield Lack(
            "gate-can-be-skipped",
            place(path, _line(node, "if")),
            f"{what} has an `if:`: where the condition fails it is skipped, and {_TAUGHT}",
            "Delete the condition.",
        )
    if node.said("continue-on-error") not in ("", "false"):
        yield Lack(
            "gate-failure-ignored",
            place(path, _line(node, "continue-on-error")),
            f"{what} has `continue-on-error:`: what the gate refuses passes all the same",
            "Delete the line.",
        )
    if node.get("needs") is not None:
        yield Lack(
            "gate-can-be-skipped",
            place(path, _line(node, "needs")),
            f"{what} has `needs:`: where the other job fails it is skipped, and {_TAUGHT}",
            "Let it run by itself.",
        )


def _shell(around: Sequence[Node]) -> Shell:
    """How a step runs its script, by what it and what is around it say; `bash` adds to the default."""
    step, *outer = around
    stated = [step.said("shell"), *(node.said("defaults", "run", "shell") for node in outer)]
    command = next(filter(None, stated), "bash -e {0}").split()
    if len(command) == 1:
        known = {"bash": Shell(), "sh": Shell(pipefail=False)}
        return known.get(command[0], Shell(errexit=False))
    return with_options(Shell(errexit=False, pipefail=False), command[1:])


def _name_lacks(workflows: Sequence[Workflow], gates: Sequence[_Gate]) -> Iterator[Lack]:
    """Look for jobs with the name of the one that runs the gate, by which alone a check is required."""
    named = {gate.name: gate for gate in gates}
    for workflow in workflows:
        for key, job in workflow.jobs.items():
            name = job.said("name") or key
            if name in named and not _gate_steps(job):
                yield Lack(
                    "gate-name-taken",
                    place(workflow.path, job.line),
                    f'this job is called "{shown(name)}", as the one that runs the gate in '
                    f"{named[name].workflow.path}: where that check is required, the success of either may "
                    "count",
                    "Give one of them another name.",
                )


def _trigger_lacks(workflow: Workflow, branch: str | None) -> Iterator[Lack]:
    for name in ("pull_request", "merge_group", "push"):
        trigger = workflow.triggers.get(name)
        if trigger is None:
            yield Lack(
                "gate-not-run",
                place(workflow.path, _line(workflow.root, "on")),
                f"the gate does not run on {name}: "
                + (
                    "a merge queue would wait for it for ever, or do without it"
                    if name == "merge_group"
                    else "what two pull requests make together is judged by nobody"
                ),
                f"Add `{name}:` under `on:`.",
            )
            continue
        for filter in ("paths", "paths-ignore"):
            if trigger.get(filter) is not None:
                yield Lack(
                    "gate-can-be-skipped",
                    place(workflow.path, _line(trigger, filter)),
                    f"the gate runs on {name} only for some files: a change of others, such as a workflow, "
                    "is not judged, and a required check that never comes tempts people to add one that "
                    "always passes",
                    f"Delete `{filter}:`.",
                )
        if name == "pull_request" and not _bound(trigger.get("branches"), branch):
            guarded = branch or "main"
            yield Lack(
                "gate-on-any-base",
                place(workflow.path, trigger.line),
                f"the gate is not bound to pull requests into {guarded}: a verdict reached by the policy of "
                "another branch counts on when the base of the pull request is changed",
                f'Write `branches: ["{guarded}"]` under `pull_request:`.',
            )


def _bound(branches: Node | None, branch: str | None) -> bool:
    """Whether a filter names branches, among them the guarded one where it is known, and no pattern."""
    named = [item.text for item in branches.items] if branches is not None else []
    return bool(named) and not any("*" in name for name in named) and (branch is None or branch in named)


def _checkout_lacks(path: str, job: Node) -> Iterator[Lack]:
    checkouts = [step for step in _steps(job) if _CHECKOUT.fullmatch(step.said("uses"))]
    for step in checkouts:
        depth = step.said("with", "fetch-depth")
        if depth in ("", "1"):
            yield Lack(
                "shallow-checkout",
                place(path, _line(step, "uses")),
                "the checkout brings no base: without one the gate reaches no verdict",
                "Write `fetch-depth: 2` under `with:`, and 0 for pushes and merge groups.",
            )
        if step.said("with", "persist-credentials") != "false":
            yield Lack(
                "credentials-kept",
                place(path, _line(step, "uses")),
                "the checkout leaves its token beside the files of the pull request",
                "Write `persist-credentials: false` under `with:`.",
            )


def _permission_lacks(workflow: Workflow, job: Node) -> Iterator[Lack]:
    own = job.get("permissions")
    node = own if own is not None else workflow.root.get("permissions")
    if node is None:
        yield Lack(
            "broad-permissions",
            place(workflow.path, job.line),
            "the job that runs the gate has whatever permissions the repository gives to all workflows",
            "Write `permissions: {}` at the top, and what the job reads in the job.",
        )
        return
    written = [name for name, entry in node.entries.items() if entry.text == "write"]
    if node.text == "write-all" or written:
        yield Lack(
            "broad-permissions",
            place(workflow.path, node.line),
            f"the job that runs the gate may write ({', '.join(written) or 'everything'})",
            "Let it read only; comments are posted by a workflow of their own.",
        )


def _publish_lacks(workflow: Workflow, job: Node) -> Iterator[Lack]:
    scripts = [step.said("run") for step in _steps(job)]
    if commands.builds_unchecked(scripts):
        step = next(step for step in _steps(job) if commands.builds(step.said("run")))
        yield Lack(
            "publish-unchecked",
            place(workflow.path, _line(step, "run")),
            "the site is built from a commit that this job has not checked",
            "Run `herdbook check` before `herdbook build`, in the same job.",
        )
    if any(map(commands.builds, scripts)):
        yield from (
            unpinned_herdbook(place(workflow.path, _line(step, "run")))
            for step in _steps(job)
            if commands.installs_loosely(step.said("run"), variables("env", (workflow.root, job, step)))
        )


def _workflow_lacks(workflow: Workflow) -> Iterator[Lack]:
    privileged = sorted({"pull_request_target", "workflow_run"} & set(workflow.triggers))
    for job in workflow.jobs.values():
        for node in (job, *_steps(job)):
            uses = node.said("uses")
            if uses and not _PINNED.fullmatch(uses):
                yield Lack(
                    "unpinned-action",
                    place(workflow.path, _line(node, "uses")),
                    f"{uses} is not pinned: whoever may move that tag or branch runs code in this workflow",
                    "Pin it to the full hash of a commit, with the version as a comment.",
                )
            if privileged and _takes_pull_request(node, uses):
                yield Lack(
                    "untrusted-checkout",
                    place(workflow.path, _line(node, "uses" if uses else "run")),
                    f"a workflow on {' and '.join(privileged)} has secrets and may write, and this step "
                    "takes the files of the pull request: whoever opens one can run code with them",
                    "Do it on pull_request, and hand over the result as an artifact.",
                )


def _takes_pull_request(step: Node, uses: str) -> bool:
    if _CHECKOUT.fullmatch(uses):
        given = " ".join(step.said("with", key) for key in ("ref", "repository"))
        return _OF_PULL_REQUEST.search(given) is not None
    return _FETCHED.search(commands.without_comments(step.said("run"))) is not None
