"""What GitLab pipelines lack."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from herdbook.adoption.doctor import commands
from herdbook.adoption.doctor.lack import Lack, place, unpinned_herdbook, unreadable
from herdbook.adoption.doctor.shell_script import Shell
from herdbook.adoption.forge_yaml import Node, read_forge_yaml, variables
from herdbook.adoption.placing import read_file
from herdbook.errors import HerdbookError

START = ".gitlab-ci.yml"
_NO_JOBS = {
    "include",
    "workflow",
    "variables",
    "stages",
    "default",
    "image",
    "services",
    "cache",
    "spec",
    "before_script",
}
_MOST_FILES = 50
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ZERO = re.compile(r"0|[2-9]\d*|1\d+")


def pipelines(root: Path) -> list[str]:
    """List the files that make up the pipeline, as far as they are in the repository."""
    return list(_read_all(root)[0]) or ([START] if os.path.lexists(root / START) else [])


def lacks(root: Path, branch: str | None) -> Iterator[Lack]:
    """Look at the pipeline."""
    del branch  # a pipeline names the default branch by a variable
    files, broken = _read_all(root)
    yield from broken
    everywhere = {name: (path, job) for path, file in files.items() for name, job in file.entries.items()}
    gates = 0
    for name, (path, job) in everywhere.items():
        if name in _NO_JOBS or name.startswith("."):
            continue
        whole = _extended(job, {key: node for key, (_, node) in everywhere.items()})
        script = _script(whole)
        if commands.runs_gate(script):
            gates += 1
            yield from _gate_lacks(path, name, whole, files)
        if commands.builds(script) and commands.builds_unchecked([script]):
            yield Lack(
                "publish-unchecked",
                place(path, job.line),
                f"the job {name} builds the site from a commit that it has not checked",
                "Run `herdbook check` before `herdbook build`, in the same job.",
            )
    for path, file in files.items():
        yield from _include_lacks(path, file)
    if not gates:
        yield Lack(
            "no-gate",
            START,
            "no job runs herdbook gate: nothing keeps a change without lineage out",
            "`herdbook ci init gitlab` writes the job.",
        )


def judged(root: Path) -> Iterator[frozenset[str] | None]:
    """The catalogs that each gate judges, as far as it can be told."""
    files, _ = _read_all(root)
    everywhere = {name: job for file in files.values() for name, job in file.entries.items()}
    for name, job in everywhere.items():
        whole = _extended(job, everywhere)
        if name not in _NO_JOBS and not name.startswith(".") and commands.runs_gate(_script(whole)):
            yield commands.catalogs_judged(_script(whole), variables("variables", (*files.values(), whole)))


def _read_all(root: Path) -> tuple[dict[str, Node], list[Lack]]:
    files: dict[str, Node] = {}
    lacks: list[Lack] = []
    waiting, met = [START], {START}
    while waiting and len(met) <= _MOST_FILES:
        path = waiting.pop(0)
        try:
            raw = read_file(root, path)
            if raw is None:
                continue
            files[path] = read_forge_yaml(raw)
        except HerdbookError as error:
            lacks.append(unreadable("unreadable-pipeline", path, "the pipeline", error))
            continue
        include = files[path].get("include")
        for item in _list(include):
            local = item.text or item.said("local")
            inside = local.strip("/")
            if local and "://" not in local and ".." not in inside.split("/") and inside not in met:
                met.add(inside)
                waiting.append(inside)
    return files, lacks


def _list(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [node] if isinstance(node.value, dict) else node.items


def _extended(job: Node, jobs: Mapping[str, Node], depth: int = 0) -> Node:
    """A job with what it extends laid under it."""
    merged: dict[str, Node] = {}
    for parent in _list(job.get("extends")):
        if parent.text in jobs and depth < 10:
            merged |= _extended(jobs[parent.text], jobs, depth + 1).entries
    return Node({**merged, **job.entries}, job.line)


def _script(job: Node) -> str:
    parts = [line for key in ("before_script", "script") for line in _list(job.get(key))]
    # A list in a script is one of lines, too.
    return "\n".join(line.text or "\n".join(inner.text for inner in line.items) for line in parts)


def _gate_lacks(path: str, name: str, job: Node, files: Mapping[str, Node]) -> Iterator[Lack]:
    yield from _ways_to_skip(path, name, job)
    yield from _ways_to_ignore(path, name, job)
    yield from _ways_without_verdict(path, name, job, files)
    yield from _other_gates(path, name, job, files)


def _ways_to_skip(path: str, name: str, job: Node) -> Iterator[Lack]:
    rules = _list(job.get("rules"))
    filters = [
        node
        for rule in [*rules, *_list(job.get("only")), *_list(job.get("except"))]
        for key in ("changes", "exists")
        if (node := rule.get(key)) is not None
    ]
    for node in filters:
        yield Lack(
            "gate-can-be-skipped",
            place(path, node.line),
            f"the job {name} runs only for some files: a merge request that changes others is not judged",
            "Delete `changes:` and `exists:`.",
        )
    by_hand = [
        node for node in (job, *rules) if node.said("when") in ("manual", "delayed", "never", "on_failure")
    ]
    for node in by_hand:
        yield Lack(
            "gate-can-be-skipped",
            place(path, node.line),
            f"the job {name} does not always run by itself (`when: {node.said('when')}`)",
            "Delete `when:`.",
        )


def _ways_to_ignore(path: str, name: str, job: Node) -> Iterator[Lack]:
    if any(
        node.said("allow_failure") not in ("", "false") or node.get("allow_failure", "exit_codes")
        for node in (job, *_list(job.get("rules")))
    ):
        yield Lack(
            "gate-failure-ignored",
            place(path, job.line),
            f"the job {name} may fail: what the gate refuses passes all the same",
            "Write `allow_failure: false`.",
        )
    if commands.forgives_gate(_script(job), Shell()):
        yield Lack(
            "gate-failure-ignored",
            place(path, job.line),
            f"in the job {name}, {commands.FORGIVEN}",
            commands.LET_IT_FAIL,
        )


def _ways_without_verdict(path: str, name: str, job: Node, files: Mapping[str, Node]) -> Iterator[Lack]:
    if not _on_merge_requests(job):
        yield Lack(
            "gate-not-run",
            place(path, job.line),
            f"the job {name} does not run for merge requests: the gate does not know their base",
            'Add the rule `- if: $CI_PIPELINE_SOURCE == "merge_request_event"`.',
        )
    depths = [node.said("variables", "GIT_DEPTH") for node in (job, *files.values())]
    depth = next((depth for depth in depths if depth), "")
    if not _ZERO.fullmatch(depth):
        yield Lack(
            "shallow-checkout",
            place(path, job.line),
            f"the job {name} may clone too little of the history: without a base the gate reaches no verdict",
            'Write `GIT_DEPTH: "0"` under `variables:`.',
        )


def _other_gates(path: str, name: str, job: Node, files: Mapping[str, Node]) -> Iterator[Lack]:
    if commands.installs_from_checkout(_script(job)):
        yield Lack(
            "gate-from-pull-request",
            place(path, job.line),
            f"the job {name} installs what the merge request brings: it can bring its own gate",
            "Install herdbook by its version.",
        )
    elif commands.installs_loosely(_script(job), variables("variables", (*files.values(), job))):
        yield unpinned_herdbook(place(path, job.line))


def _on_merge_requests(job: Node) -> bool:
    conditions = [rule.said("if") for rule in _list(job.get("rules"))]
    if any("merge_request" in condition.lower() for condition in conditions):
        return True
    only = job.get("only")
    refs = [*_list(only), *(_list(only.get("refs")) if only is not None else [])]
    return any(ref.text == "merge_requests" for ref in refs)


def _include_lacks(path: str, file: Node) -> Iterator[Lack]:
    for item in _list(file.get("include")):
        remote = item.said("remote") or (item.text if "://" in item.text else "")
        if remote and not item.said("integrity"):
            yield _unpinned(path, item, remote, "Give its hash with `integrity:`.")
        project = item.said("project")
        if project and not _COMMIT.fullmatch(item.said("ref")):
            yield _unpinned(path, item, project, "Give the full hash of a commit with `ref:`.")
        component = item.said("component")
        if component and not _COMMIT.fullmatch(component.rpartition("@")[2]):
            yield _unpinned(path, item, component, "Give the full hash of a commit after the @.")


def _unpinned(path: str, node: Node, what: str, help: str) -> Lack:
    return Lack(
        "unpinned-action",
        place(path, node.line),
        f"{what} is included without being pinned: whoever may change it runs code in this pipeline",
        help,
    )
