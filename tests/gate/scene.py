"""Repositories to try attacks on: a bare origin with the example catalog, a clone, a branch, its merge."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from command_line import herdbook
from herdbook.cli import main
from repositories import commit as commit_all
from repositories import git, initialised

Files = Mapping[str, str | bytes | None]

# The same commits get the same hashes in every run.
_CLOCK = {"GIT_AUTHOR_DATE": "2024-02-01T08:00:00Z", "GIT_COMMITTER_DATE": "2024-02-01T08:00:00Z"}
PEOPLE = {"ana": "ana-a", "bo": "bo-b", "cy": "cy-c"}
"""The people of the catalog and their logins at GitHub; Ana makes the changes, Bo may approve them."""


def edited(text: str, **fields: Any) -> str:
    """A file with other values for some of its fields; `None` takes one out. The other lines stay."""
    value = yaml.safe_load(text)
    for name, new in fields.items():
        value.pop(name, None)
        if new is not None:
            value[name] = new
    return written(value)


def written(value: Mapping[str, Any]) -> str:
    """An entry as a file, a line for each field."""
    return "".join(
        f"{name}: {json.dumps(inner, ensure_ascii=False, default=str)}\n" for name, inner in value.items()
    )


@dataclass(frozen=True, slots=True)
class Run:
    """How the gate is run: its options, where, and in what environment."""

    arguments: tuple[str, ...] = ()
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What the gate did."""

    code: int
    out: str
    err: str

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """What it printed as JSON; empty where there was no judgement."""
        found: Mapping[str, Any] = json.loads(self.out) if self.out.strip() else {}
        return found

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that found errors in the change."""
        errors = (item["rule"] for item in self.report.get("findings", ()) if item["severity"] == "error")
        return tuple(dict.fromkeys(errors))

    @property
    def said(self) -> str:
        """All messages, for what they must hold."""
        findings = [
            f"{item['file']}:{item['line']}: {item['message']} {item['help']}"
            for item in self.report.get("findings", ())
        ]
        return "\n".join([*findings, *self.report.get("errors", ()), self.err])


class Scene:
    """A clone of the origin on a branch of its own."""

    def __init__(self, folder: Path, origin: Path) -> None:
        self.folder = folder
        self.origin = origin
        self.root = folder / "clone"
        git(folder, "clone", "-q", origin.as_uri(), "clone")
        git(self.root, "checkout", "-q", "-b", "change")

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git in the clone."""
        return git(self.root, *arguments, **environment)

    def read(self, path: str) -> str:
        """A file of the catalog in the clone."""
        return (self.root / "catalog" / path).read_text()

    def commit(self, files: Files, message: str = "Change", **environment: str) -> str:
        """Commit files of the catalog, and others by `../`; `None` deletes one."""
        inside = {os.path.normpath(f"catalog/{path}"): content for path, content in files.items()}
        return commit_all(self.root, inside, message, **{**_CLOCK, **environment})

    def edit(self, path: str, **fields: Any) -> str:
        """Commit a file of the catalog with other values for some fields."""
        return self.commit({path: edited(self.read(path), **fields)})

    def before(self, files: Files) -> None:
        """Lay files into the base: what the default branch has before the change."""
        self.commit(files, "Before")
        self.push_base()

    def push_base(self) -> None:
        """Let the default branch be what is checked out."""
        own = self.folder / "origin.git"
        if self.origin != own:
            shutil.copytree(self.origin, own)
            self.origin = own
            self.git("remote", "set-url", "origin", own.as_uri())
        self.git("push", "-q", "--force", "origin", "HEAD:refs/heads/main")

    def on_github(self, *, merged: bool = True, **about: Any) -> dict[str, str]:
        """Leave the clone as GitHub does for a pull request: on a merge of the head with its base."""
        head, base = self.git("rev-parse", "change"), self.git("rev-parse", "origin/main")
        sha = head
        if merged:
            self.git("checkout", "-q", "--detach", "origin/main")
            self.git("merge", "-q", "--no-ff", "-m", "Merge", "change", **_CLOCK)
            sha = self.git("rev-parse", "HEAD")
        pull = {
            "number": 1,
            "head": {"sha": head, "ref": "change"},
            "base": {"sha": base, "ref": "main"},
            "user": {"login": PEOPLE["ana"]},
        }
        event = {"pull_request": pull, "repository": {"default_branch": "main"}, "action": "opened", **about}
        file = self.folder / "event.json"
        file.write_text(json.dumps(event))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REF": "refs/pull/1/merge",
            "GITHUB_SHA": sha,
            "GITHUB_BASE_REF": "main",
        }

    def reviews(self, *reviews: tuple[str, str, str], **more: Any) -> tuple[str, str]:
        """Save GitHub's answer: login, state and commit of each review. Returns the option that names it."""
        rows = [
            {
                "user": {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"},
                "state": state,
                "commit_id": commit,
                "submitted_at": f"2024-02-01T09:00:{number:02}Z",
            }
            for number, (login, state, commit) in enumerate(reviews)
        ]
        return self.reviews_file(json.dumps({"reviews": rows, **more} if more else rows))

    def pull(self, head: str, merged: str, *approvers: str, on: str = "", **about: Any) -> dict[str, Any]:
        """GitHub's answers about a pull request of Ana's that it merged, and that some logins approved."""
        review = {"state": "APPROVED", "commit_id": on or head, "submitted_at": "2024-02-01T09:00:00Z"}
        return {
            "reviews": [{**review, "user": {"login": login, "type": "User"}} for login in approvers],
            "pull_request": {
                "user": {"login": PEOPLE["ana"]},
                "head": {"sha": head},
                "base": {"ref": "main"},
                "merged": True,
                "merge_commit_sha": merged,
                **about,
            },
        }

    def pushed(self, *pulls: Mapping[str, Any], before: str = "origin/main", merger: str = "mo-m") -> Run:
        """Leave the clone as GitHub does for a push of what is checked out, made by whoever merged it."""
        sha = self.git("rev-parse", "HEAD")
        event = {
            "ref": "refs/heads/main",
            "before": self.git("rev-parse", before),
            "after": sha,
            "repository": {"default_branch": "main"},
            "sender": {"login": merger},
        }
        file = self.folder / "event.json"
        file.write_text(json.dumps(event))
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": sha,
        }
        found = self.reviews_file("\n".join(map(json.dumps, pulls))) if pulls else ()
        return Run(found, environment=environment)

    def land(self, *commits: str, how: str = "rebase") -> str:
        """Put commits on what is checked out, as GitHub merges a pull request of them."""
        if how == "rebase":
            self.git("cherry-pick", *commits, **_CLOCK | {"GIT_COMMITTER_NAME": "GitHub"})
        elif how == "squash":
            self.git("merge", "-q", "--squash", commits[-1])
            self.commit({}, "Change (#7)")
        else:
            self.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7", commits[-1], **_CLOCK)
        return self.git("rev-parse", "HEAD")

    def reviews_file(self, content: str | bytes) -> tuple[str, str]:
        """Save something as the answer of the forge."""
        file = self.folder / "reviews.json"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return "--reviews", str(file)

    def approved(self, login: str = PEOPLE["bo"]) -> tuple[str, str]:
        """A review that approves the last commit."""
        return self.reviews((login, "APPROVED", self.git("rev-parse", "change")))


def origin_with(seed: Path, name: str) -> Path:
    """A bare repository beside a folder, whose default branch holds what is in the folder."""
    folder = initialised(seed).parent
    commit_all(seed, {}, "Begin", **_CLOCK)
    git(folder, "clone", "-q", "--bare", seed.as_uri(), name)
    return folder / name


def run_gate(scene_root: Path, run: Run, *, installed: bool) -> Outcome:
    """Run `herdbook gate`, as it is installed or in this process."""
    arguments = ("gate", "--format", "json", *run.arguments)
    folder = run.folder or scene_root
    if installed:
        done = herdbook(*arguments, cwd=folder, **run.environment)
        return Outcome(done.returncode, done.stdout, done.stderr)
    return _in_process(arguments, folder, run.environment)


def _in_process(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Outcome:
    out, err = StringIO(), StringIO()
    code: object = None
    with (
        _inside(folder),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["herdbook", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as exit:
            code = exit.code
    assert isinstance(code, int)
    return Outcome(code, out.getvalue(), err.getvalue())


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
