"""The scripts in the shipped workflows and in the action, run in a clone as a forge leaves it."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line import lay_broken
from conftest import CHECKOUT
from forge_server import Answer, Question, forge, paged
from herdbook.adoption.initialising import Setting, ci_files
from repositories import git
from rule_examples import EXAMPLE_CATALOG
from workflow_steps import SHELL, Runner, loaded

SETTING = Setting(owners=("@my-org/risk",), requirement="herdbook==9.9.9")
FILES = ci_files("github", SETTING)
GATE, PUBLISH, COMMENT = (
    loaded(FILES[f".github/workflows/{name}.yml"]) for name in ("lineage-gate", "publish", "pr-comment")
)
ACTION = loaded((CHECKOUT / "action.yml").read_text())
INPUTS = {f"inputs.{name}": value.get("default", "") for name, value in ACTION["inputs"].items()}
MARK = "<!-- herdbook -->"


class Repository:
    """A catalog on a forge, with a pull request into its main branch."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.origin = root / "origin.git"
        self.work = root / "work"
        git(root, "init", "-q", "--bare", "-b", "main", str(self.origin))
        git(root, "clone", "-q", str(self.origin), str(self.work))
        shutil.copytree(EXAMPLE_CATALOG, self.work / "catalog")
        self.base = self.commit("main", "The catalog")
        self.head = ""

    def commit(self, branch: str, message: str) -> str:
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "-m", message)
        git(self.work, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
        return git(self.work, "rev-parse", "HEAD")

    def propose(self, change: Callable[[Path], Any]) -> None:
        """Open a pull request, and let the forge merge it for trial."""
        git(self.work, "checkout", "-q", "-b", "proposal")
        change(self.work)
        self.head = self.commit("proposal", "A change")
        git(self.work, "checkout", "-q", "--detach", self.base)
        git(self.work, "merge", "-q", "--no-ff", "-m", "Merge", self.head)
        git(self.work, "push", "-q", "origin", "HEAD:refs/pull/7/merge")

    def runner(self, expressions: dict[str, str] | None = None, **environment: str) -> Runner:
        """Check the merge out with its parents, as actions/checkout does for a pull request."""
        event = {
            "action": "opened",
            "number": 7,
            "pull_request": {
                "number": 7,
                "base": {"ref": "main", "sha": self.base},
                "head": {"ref": "proposal", "sha": self.head},
                "user": {"login": "ana-a"},
            },
        }
        pull_request = {"GITHUB_BASE_REF": "main", "GITHUB_HEAD_REF": "proposal", **environment}
        return self.checked_out(2, "pull_request", "refs/pull/7/merge", event, expressions, **pull_request)

    def checked_out(
        self,
        depth: int,
        name: str,
        reference: str,
        event: dict[str, Any],
        expressions: dict[str, str] | None = None,
        **environment: str,
    ) -> Runner:
        """Check a reference out for an event."""
        clone, temp = self.root / "checkout", self.root / "temp"
        clone.mkdir()
        temp.mkdir()
        git(clone, "init", "-q", "-b", "main")
        git(clone, "remote", "add", "origin", f"file://{self.origin}")
        some = [f"--depth={depth}"] if depth else []
        wanted = [
            f"+{reference}:refs/checked-out",
            *([] if depth else ["+refs/heads/*:refs/remotes/origin/*"]),
        ]
        git(clone, "fetch", "-q", "--no-tags", *some, "origin", *wanted)
        git(clone, "checkout", "-q", "--detach", "refs/checked-out")
        (temp / "event.json").write_text(json.dumps(event))
        return Runner(
            temp,
            clone,
            {"github.token": "s3cret", "github.action_path": str(CHECKOUT), **INPUTS, **(expressions or {})},
            {
                "GITHUB_EVENT_NAME": name,
                "GITHUB_EVENT_PATH": str(temp / "event.json"),
                "GITHUB_REF": reference,
                "GITHUB_SHA": git(clone, "rev-parse", "HEAD"),
                "GITHUB_REPOSITORY": "my-org/catalog",
                **environment,
            },
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def note(work: Path) -> None:
    (work / "NOTES.md").write_text("Nothing of the catalog.\n")


def spoil(work: Path) -> None:
    shutil.rmtree(work / "catalog")
    lay_broken(work)


ECHO = """\
import json, os, sys
with open(os.environ["RUNNER_TEMP"] + "/asked", "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
code, said = json.loads(os.environ["ANSWERS"]).get(sys.argv[-1].split("=")[-1], [0, "said\\n"])
print(said, end="")
if "GITHUB_STEP_SUMMARY" in os.environ and "github" in sys.argv[-1]:
    open(os.environ["GITHUB_STEP_SUMMARY"], "a").write(said)
sys.exit(code)
"""
ECHO_MAIN = "def main():\n" + "".join(f"    {line}\n" for line in ECHO.splitlines())
"""Stands for herdbook: writes down what it is asked, and answers by the last word."""


def asked(runner: Runner) -> list[list[str]]:
    return [json.loads(line) for line in (runner.temp / "asked").read_text().splitlines()]


def written(file: Path) -> str:
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize("definition", [GATE, ACTION], ids=["workflow", "action"])
@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, 0),
        ({"markdown": [1, f"{MARK}\nFAIL\n"], "github": [1, "::error::no\n"]}, 1),
        ({"markdown": [2, f"{MARK}\nERROR\n"], "github": [2, ""]}, 2),
        ({"markdown": [3, ""], "github": [0, ""]}, 3),
        ({"markdown": [0, f"{MARK}\nPASS\n"], "github": [2, ""]}, 2),
        ({"markdown": [1, f"{MARK}\nFAIL\n"], "github": [0, ""]}, 1),
    ],
    ids=["pass", "fail", "error", "no-comment", "only-log-fails", "only-comment-fails"],
)
def test_the_job_ends_as_the_gate_does(
    repository: Repository, definition: dict[str, Any], answers: dict[str, Any], code: int
) -> None:
    repository.propose(note)
    runner = repository.runner(ANSWERS=json.dumps(answers))
    runner.with_herdbook(ECHO)
    done = runner.run(definition, "Judge the change")
    assert (done.returncode, done.stderr) == (code, "")
    comment = answers.get("markdown", [0, "said\n"])[1]
    assert written(runner.temp / "herdbook-comment.md") == comment
    said = answers.get("github", [0, "said\n"])[1]
    assert (done.stdout, written(runner.temp / "summary.md")) == (said, said)
    if definition is ACTION:
        assert f"exit-code={code}\n" in written(runner.temp / "output")
    else:
        assert (runner.temp / "herdbook-comment.md").exists() == bool(comment)


@pytest.mark.parametrize("definition", [GATE, ACTION], ids=["workflow", "action"])
def test_the_gate_is_given_the_reviews_that_were_read(
    repository: Repository, definition: dict[str, Any]
) -> None:
    repository.propose(note)
    runner = repository.runner(ANSWERS="{}")
    runner.with_herdbook(ECHO)
    (runner.temp / "herdbook-reviews.json").write_text("{}")
    runner.run(definition, "Judge the change")
    words = [word for line in asked(runner) for argument in line for word in argument.split("=")]
    assert words.count(str(runner.temp / "herdbook-reviews.json")) == 2


def test_the_inputs_of_the_action_reach_the_gate_as_they_are(repository: Repository) -> None:
    hostile = '$(touch canary) "; touch canary #'
    repository.propose(note)
    runner = repository.runner(
        {
            "inputs.catalog": hostile,
            "inputs.base": "--help",
            "inputs.head": "-x",
            "inputs.strict": "true",
            "inputs.reviews": hostile,
            "inputs.summary": "false",
        },
        ANSWERS="{}",
    )
    runner.with_herdbook(ECHO)
    assert runner.run(ACTION, "Judge the change").returncode == 0
    given = [f"--catalog={hostile}", "--base=--help", "--head=-x", "--strict", f"--reviews={hostile}"]
    assert asked(runner) == [
        ["gate", *given, "--format=markdown"],
        ["gate", *given, "--format=github"],
    ]
    assert not (runner.temp / "summary.md").exists()
    assert not (runner.workspace / "canary").exists()


def of_github(question: Question) -> Answer:
    pull = "/repos/my-org/catalog/pulls/7"
    answers = {
        f"{pull}/reviews": [{"state": "APPROVED"}],
        f"{pull}/commits": [{"sha": "c"}],
        pull: {"number": 7},
    }
    return (200, answers[question.path]) if question.path in answers else (404, {})


@pytest.mark.parametrize("definition", [GATE, ACTION], ids=["workflow", "action"])
def test_the_reviews_are_read_from_the_forge(repository: Repository, definition: dict[str, Any]) -> None:
    repository.propose(note)
    with forge(of_github) as found:
        runner = repository.runner({"inputs.token": "s3cret"}, GITHUB_API_URL=found.url)
        runner.with_herdbook()
        done = runner.run(definition, "Read the reviews")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((runner.temp / "herdbook-reviews.json").read_text()) == {
        "reviews": [{"state": "APPROVED"}],
        "commits": [{"sha": "c"}],
        "pull_request": {"number": 7},
    }


@pytest.mark.parametrize("definition", [GATE, ACTION], ids=["workflow", "action"])
def test_without_an_answer_of_the_forge_the_gate_goes_without_reviews(
    repository: Repository, definition: dict[str, Any]
) -> None:
    repository.propose(note)
    with forge(lambda question: (403, {})) as found:
        runner = repository.runner({"inputs.token": "s3cret"}, GITHUB_API_URL=found.url)
        runner.with_herdbook()
        (runner.temp / "herdbook-reviews.json").write_text('{"reviews": "of an earlier job"}')
        done = runner.run(definition, "Read the reviews")
    assert done.returncode == 0
    assert "approvals cannot be verified in this run" in done.stdout
    assert not (runner.temp / "herdbook-reviews.json").exists()


CANARY = "import pathlib, os; pathlib.Path(os.environ['CANARY'], 'executed-' + __name__).touch()\n"


def canaries(work: Path) -> None:
    """Put what Python and pip would import or read, if they looked into the folder that they run in."""
    for module in (
        "sitecustomize",
        "usercustomize",
        "venv",
        "ensurepip",
        "pip",
        "encodings",
        "herdbook",
        "click",
    ):
        (work / f"{module}.py").write_text(CANARY)
    for package in ("yaml", "_distutils_hack"):
        (work / package).mkdir()
        (work / package / "__init__.py").write_text(CANARY)
    (work / "setup.py").write_text(CANARY)
    (work / "conftest.py").write_text(CANARY)
    (work / "pip.conf").write_text("[global]\nindex-url = https://attacker.example/\n")
    (work / "herdbook==9.9.9").mkdir()
    (work / "herdbook==9.9.9" / "setup.py").write_text(CANARY)
    (work / "bin").mkdir()
    (work / "bin" / "python").write_text('#!/bin/sh\ntouch "$CANARY/executed-python"\n')
    (work / "bin" / "python").chmod(0o755)


def wheel(folder: Path, module: str = "def main():\n    print('herdbook 9.9.9 of the wheel')\n") -> None:
    """A herdbook that needs nothing else."""
    folder.mkdir()
    info = "herdbook-9.9.9.dist-info"
    with zipfile.ZipFile(folder / "herdbook-9.9.9-py3-none-any.whl", "w") as archive:
        archive.writestr("herdbook.py", module)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: herdbook\nVersion: 9.9.9\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nherdbook = herdbook:main\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.mark.parametrize("definition", [GATE, PUBLISH], ids=["gate", "publish"])
def test_nothing_of_the_pull_request_is_executed_when_herdbook_is_installed(
    repository: Repository, definition: dict[str, Any]
) -> None:
    repository.propose(canaries)
    runner = repository.runner(
        CANARY=str(repository.root),
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(repository.root / "wheels"),
    )
    wheel(repository.root / "wheels")
    done = runner.run(definition, "Install herdbook", PYTHONPATH=str(runner.workspace))
    assert done.returncode == 0, done.stderr
    program = runner.temp / "herdbook" / "bin"
    said = subprocess.run(
        [program / "python", "-I", program / "herdbook"],
        cwd=runner.workspace,
        env={**os.environ, "CANARY": str(repository.root), "PYTHONPATH": str(runner.workspace)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "herdbook 9.9.9 of the wheel\n"
    assert list(repository.root.glob("executed-*")) == []


OWN_GATE = loaded((CHECKOUT / ".github" / "workflows" / "lineage-gate.yml").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("definition", [OWN_GATE, ACTION], ids=["own", "action"])
def test_herdbook_comes_from_the_base_or_from_the_action(
    repository: Repository, definition: dict[str, Any]
) -> None:
    """This project's own pull requests bring a herdbook; it is not the one that judges them."""
    project = ("src", "site_templates", "pyproject.toml", "constraints.txt", "README.md", "LICENSE")
    for name in (*project, "CHANGELOG.md"):
        source, target = CHECKOUT / name, repository.work / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    version = repository.work / "src" / "herdbook" / "__init__.py"
    version.write_text(version.read_text().replace("__version__ =", '__version__ = "0+base"  #'))
    needs = repository.work / "pyproject.toml"
    # What it needs would take minutes, and is the same everywhere.
    needs.write_text(re.sub(r"(?ms)^dependencies = \[.*?^\]", "dependencies = []", needs.read_text()))
    repository.base = repository.commit("main", "The project")

    def change(work: Path) -> None:
        version.write_text(version.read_text().replace("0+base", "0+change"))
        canaries(work)

    repository.propose(change)
    shutil.copytree(repository.work, repository.root / "action", ignore=shutil.ignore_patterns(".git"))
    (repository.root / "action" / "setup.py").unlink()
    expressions = {"github.action_path": str(repository.root / "action")}
    runner = repository.runner(expressions, CANARY=str(repository.root))
    done = runner.run(definition, "Install herdbook")
    assert done.returncode == 0, done.stderr
    python = runner.temp / "herdbook" / "bin" / "python"
    code = "from herdbook import __version__; print(__version__)"
    said = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == ("0+base\n" if definition is OWN_GATE else "0+change\n")
    assert list(repository.root.glob("executed-*")) == []


def test_the_canaries_would_be_found(tmp_path: Path) -> None:
    """Without -I, Python imports what is in the folder."""
    canaries(tmp_path)
    command = ["python3", "-c", "import click"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "CANARY": str(tmp_path)}, check=True)
    assert list(tmp_path.glob("executed-*")) == [tmp_path / "executed-click"]


@pytest.mark.parametrize(
    ("change", "code", "sign"),
    [(note, 0, "PASS"), (spoil, 1, "FAIL")],
    ids=["harmless", "broken"],
)
def test_the_gate_judges_the_checkout_of_a_pull_request(
    repository: Repository, change: Callable[[Path], Any], code: int, sign: str
) -> None:
    repository.propose(change)
    runner = repository.runner()
    runner.with_herdbook()
    done = runner.run(GATE, "Judge the change")
    assert done.returncode == code, done.stdout + done.stderr
    comment = (runner.temp / "herdbook-comment.md").read_text()
    assert comment.startswith(MARK)
    assert sign in (runner.temp / "summary.md").read_text()
    assert sign in comment
    assert ("::error file=catalog/" in done.stdout) == (code == 1)


def land(repository: Repository, branch: str) -> str:
    """Put the merge of the pull request on a branch of the forge."""
    git(repository.work, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
    return git(repository.work, "rev-parse", "HEAD")


@pytest.mark.parametrize(("change", "code"), [(note, 0), (spoil, 1)], ids=["harmless", "broken"])
def test_the_gate_judges_what_was_pushed(
    repository: Repository, change: Callable[[Path], Any], code: int
) -> None:
    repository.propose(change)
    event = {
        "ref": "refs/heads/main",
        "before": repository.base,
        "after": land(repository, "main"),
        "repository": {"default_branch": "main"},
        "sender": {"login": "ana-a"},
    }
    runner = repository.checked_out(0, "push", "refs/heads/main", event)
    runner.with_herdbook()
    done = runner.run(GATE, "Judge the change")
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(("change", "code"), [(note, 0), (spoil, 1)], ids=["harmless", "broken"])
def test_the_gate_judges_what_waits_in_a_queue(
    repository: Repository, change: Callable[[Path], Any], code: int
) -> None:
    repository.propose(change)
    branch = f"gh-readonly-queue/main/pr-7-{repository.base}"
    event = {
        "action": "checks_requested",
        "merge_group": {
            "base_sha": repository.base,
            "base_ref": "refs/heads/main",
            "head_sha": land(repository, branch),
            "head_ref": f"refs/heads/{branch}",
        },
    }
    runner = repository.checked_out(0, "merge_group", f"refs/heads/{branch}", event)
    runner.with_herdbook()
    done = runner.run(GATE, "Judge the change")
    assert (done.returncode, done.stderr) == (code, "")


LEDGER = """\
kind: aliases
model: churn
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo], evidence: [runs:/evaluate-1]}
"""
PROMOTION = LEDGER.splitlines(keepends=True)[-1].replace("version: 1", "version: 2").replace("-12T", "-15T")


def verify_approvals(repository: Repository) -> None:
    """Let the main branch demand verified approvals, with version 1 as the champion; propose version 2."""
    folder = repository.work / "catalog"
    policy = (folder / "herdbook.yaml").read_text()
    policy = policy.replace("{name: Bo,", "{name: Bo, logins: {github: bo-b},")
    policy = policy.replace("{name: Ana,", "{name: Ana, logins: {github: ana-a},")
    (folder / "herdbook.yaml").write_text(policy.replace("policy:\n", "policy:\n  approvals: verified\n"))
    ledger = folder / "models" / "churn" / "aliases.yaml"
    ledger.write_text(LEDGER)
    repository.base = repository.commit("main", "Verify approvals")
    repository.propose(lambda work: ledger.write_text(LEDGER + PROMOTION))


@pytest.mark.parametrize(
    ("login", "on_head", "code"),
    [("bo-b", True, 0), ("bo-b", False, 1), ("ana-a", True, 1), ("stranger", True, 1)],
    ids=["approved", "approved-before-the-last-push", "by-the-author", "by-a-stranger"],
)
def test_a_promotion_needs_a_review_that_the_forge_knows(
    repository: Repository, login: str, on_head: bool, code: int
) -> None:
    verify_approvals(repository)
    head = repository.head
    review = {
        "id": 1,
        "user": {"login": login, "type": "User"},
        "state": "APPROVED",
        "commit_id": head if on_head else "0" * 39 + "1",
        "submitted_at": "2024-01-15T09:00:00Z",
    }
    person = {"name": "A U Thor", "email": "author@example.com"}
    commit = {
        "sha": head,
        "commit": {"author": person, "committer": person, "message": "A change"},
        "author": {"login": "ana-a"},
        "committer": {"login": "ana-a"},
    }
    pull = {"number": 7, "user": {"login": "ana-a"}, "head": {"sha": head}, "commits": 1}
    said: dict[str, Any] = {"": pull, "/reviews": [review], "/commits": [commit]}
    with forge(
        lambda question: (200, said[question.path.removeprefix("/repos/my-org/catalog/pulls/7")])
    ) as found:
        runner = repository.runner(GITHUB_API_URL=found.url)
        runner.with_herdbook()
        assert runner.run(GATE, "Read the reviews").returncode == 0
        done = runner.run(GATE, "Judge the change")
    assert done.returncode == code, done.stdout + done.stderr
    assert ("unverified-approval" in done.stdout) == (code == 1)


def answers_about(*merged: tuple[int, str, str, str]) -> Callable[[Question], Answer]:
    """A forge that merged pull requests of ana's: number, head, what each was merged as, who approved it."""
    said: dict[str, Any] = {}
    person = {"name": "A U Thor", "email": "author@example.com"}
    for number, head, commit, approver in merged:
        about = {"author": person, "committer": person, "message": "A change"}
        account = {"login": "ana-a"}
        review = {
            "id": number,
            "user": {"login": approver, "type": "User"},
            "state": "APPROVED",
            "commit_id": head,
            "submitted_at": "2024-01-15T09:00:00Z",
        }
        said |= {
            f"pulls/{number}": {
                "number": number,
                "user": account,
                "head": {"sha": head},
                "base": {"ref": "main"},
                "commits": 1,
                "merged": True,
                "merge_commit_sha": commit,
            },
            f"pulls/{number}/reviews": [review] if approver else [],
            f"pulls/{number}/commits": [
                {"sha": head, "commit": about, "author": account, "committer": account}
            ],
            f"commits/{commit}/pulls": [{"number": number, "merge_commit_sha": commit}],
        }
    return lambda question: (200, said.get(question.path.removeprefix("/repos/my-org/catalog/"), []))


def merge(repository: Repository) -> list[tuple[int, str, str, str]]:
    return [(7, repository.head, land(repository, "main"), "bo-b")]


def squash(repository: Repository) -> list[tuple[int, str, str, str]]:
    git(repository.work, "checkout", "-q", "--detach", repository.base)
    git(repository.work, "merge", "-q", "--squash", repository.head)
    git(repository.work, "commit", "-q", "-m", "A change (#7)")
    return merge(repository)


def rebase(repository: Repository) -> list[tuple[int, str, str, str]]:
    """Rebase two commits on a branch that moved on, and delete the branch that they were on."""
    work = repository.work
    git(work, "checkout", "-q", "proposal")
    note(work)
    repository.head = repository.commit("proposal", "A note")
    git(work, "push", "-q", "origin", "HEAD:refs/pull/7/head", ":refs/heads/proposal")
    git(work, "checkout", "-q", "--detach", repository.base)
    (work / "OTHER.md").write_text("The branch moved on.\n")
    started, repository.base = repository.base, repository.commit("main", "Another change")
    git(work, "cherry-pick", f"{started}..{repository.head}")
    return merge(repository)


def queue(repository: Repository) -> list[tuple[int, str, str, str]]:
    """Push the merge of another pull request, which nobody reviewed, on top."""
    work, first = repository.work, git(repository.work, "rev-parse", "HEAD")
    git(work, "checkout", "-q", "-b", "other", repository.base)
    note(work)
    other = repository.commit("other", "A note")
    git(work, "checkout", "-q", "--detach", first)
    git(work, "merge", "-q", "--no-ff", "-m", "Merge", other)
    return [(7, repository.head, first, "bo-b"), (8, other, land(repository, "main"), "")]


@pytest.mark.parametrize("how", [merge, squash, rebase, queue])
def test_a_reviewed_promotion_passes_again_once_it_is_merged(
    repository: Repository, how: Callable[[Repository], list[tuple[int, str, str, str]]]
) -> None:
    verify_approvals(repository)
    merged = how(repository)
    event = {
        "ref": "refs/heads/main",
        "before": repository.base,
        "after": merged[-1][2],
        "repository": {"default_branch": "main"},
        "sender": {"login": "bo-b"},
    }
    with forge(answers_about(*merged)) as found:
        runner = repository.checked_out(0, "push", "refs/heads/main", event, GITHUB_API_URL=found.url)
        runner.with_herdbook()
        read = runner.run(GATE, "Read the reviews")
        assert (read.returncode, read.stdout.count("\n")) == (0, 1), read.stdout
        done = runner.run(GATE, "Judge the change")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_rebased_does_not_count_where_its_head_cannot_be_had(repository: Repository) -> None:
    verify_approvals(repository)
    merged = rebase(repository)
    git(repository.origin, "update-ref", "-d", "refs/pull/7/head")
    git(repository.origin, "update-ref", "-d", "refs/pull/7/merge")
    git(repository.origin, "prune", "--expire=now")
    event = {"ref": "refs/heads/main", "before": repository.base, "repository": {"default_branch": "main"}}
    with forge(answers_about(*merged)) as found:
        runner = repository.checked_out(0, "push", "refs/heads/main", event, GITHUB_API_URL=found.url)
        runner.with_herdbook()
        read = runner.run(GATE, "Read the reviews")
        assert "git fetch in" in read.stdout
        assert read.returncode == 0
        done = runner.run(GATE, "Judge the change")
    assert done.returncode == 1
    assert "this clone lacks the head of the change" in done.stdout


def test_a_promotion_gets_no_verdict_where_the_forge_does_not_answer(repository: Repository) -> None:
    verify_approvals(repository)
    with forge(lambda question: (403, {})) as found:
        runner = repository.runner(GITHUB_API_URL=found.url)
        runner.with_herdbook()
        assert runner.run(GATE, "Read the reviews").returncode == 0
        done = runner.run(GATE, "Judge the change")
    assert done.returncode == 2, done.stdout + done.stderr


def test_what_is_published_is_checked_and_built(repository: Repository) -> None:
    repository.propose(note)
    runner = repository.runner()
    runner.with_herdbook()
    assert runner.run(PUBLISH, "Check the catalog").stdout.startswith("PASS")
    assert runner.run(PUBLISH, "Build the site").returncode == 0
    assert (runner.temp / "site" / "index.html").is_file()


def test_what_does_not_pass_is_not_published(repository: Repository) -> None:
    repository.propose(spoil)
    runner = repository.runner()
    runner.with_herdbook()
    assert runner.run(PUBLISH, "Check the catalog").returncode == 1
    order = [step["name"] for step in PUBLISH["jobs"]["build"]["steps"]]
    assert order.index("Check the catalog") < order.index("Build the site") < order.index("Upload the site")
    assert PUBLISH["jobs"]["deploy"]["needs"] == "build"


HEAD = "h" * 40
RUN = {
    "workflow_run": {
        "head_sha": HEAD,
        "head_branch": "proposal",
        "head_repository": {"id": 5, "owner": {"login": "stranger"}},
        "html_url": "https://forge.example/run/1",
        "conclusion": "failure",
    }
}


def pull(number: int = 7, sha: str = HEAD, repository: Any = 5) -> dict[str, Any]:
    return {"number": number, "head": {"sha": sha, "repo": repository and {"id": repository}}}


def comment(
    number: int, login: str | None = "github-actions[bot]", body: str = f"{MARK}\nold"
) -> dict[str, Any]:
    return {"id": number, "user": login and {"login": login}, "body": body}


def post(
    tmp_path: Path, left: bytes | None, pulls: list[Any], comments: list[Any], **run: Any
) -> tuple[subprocess.CompletedProcess[str], list[Question]]:
    """Run the script that posts the comment; also return what it wrote to the forge."""
    root = "/repos/my-org/catalog"

    def answers(question: Question) -> Answer:
        if question.path == f"{root}/pulls":
            assert question.query["head"] == "stranger:proposal"
            return paged(pulls, question)
        if question.method == "GET":
            assert question.path.startswith(f"{root}/issues/")
            return paged(comments, question)
        return 201, {"id": 1}

    temp = tmp_path / "temp"
    (temp / "comment").mkdir(parents=True)
    if left is not None:
        (temp / "comment" / "herdbook-comment.md").write_bytes(left)
    (temp / "event.json").write_text(json.dumps({"workflow_run": {**RUN["workflow_run"], **run}}))
    with forge(answers) as found:
        runner = Runner(
            temp,
            tmp_path,
            {"github.token": "s3cret"},
            {
                "GITHUB_API_URL": found.url,
                "GITHUB_EVENT_PATH": str(temp / "event.json"),
                "GITHUB_REPOSITORY": "my-org/catalog",
            },
        )
        done = runner.run(COMMENT, "Post it, or bring it up to date")
    return done, [question for question in found.asked if question.method != "GET"]


def test_a_comment_is_posted(tmp_path: Path) -> None:
    others = [comment(1, "stranger"), comment(2, None), comment(3, body=f"quoted: {MARK}")]
    done, wrote = post(tmp_path, f"{MARK}\n**FAIL** é".encode(), [pull()], others)
    assert (done.returncode, done.stdout) == (0, "Posted the comment of pull request 7.\n")
    (question,) = wrote
    assert (question.method, question.path) == ("POST", "/repos/my-org/catalog/issues/7/comments")
    assert question.body["body"].startswith(
        f"{MARK}\n**FAIL** é\n\n<sub>Taken from [a run that the pull request"
    )
    assert question.headers["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("before", [0, 150])
def test_a_comment_is_brought_up_to_date(tmp_path: Path, before: int) -> None:
    comments = [*(comment(number, "somebody") for number in range(1, before + 1)), comment(999)]
    done, wrote = post(tmp_path, f"{MARK}\nnew".encode(), [pull()], comments)
    assert (done.returncode, done.stdout) == (0, "Updated the comment of pull request 7.\n")
    assert [(question.method, question.path) for question in wrote] == [
        ("PATCH", "/repos/my-org/catalog/issues/comments/999")
    ]


@pytest.mark.parametrize(
    "pulls",
    [[], [pull(sha="o" * 40)], [pull(repository=6)], [pull(repository=None)]],
    ids=["closed", "pushed-since", "other-repository", "repository-deleted"],
)
def test_no_other_pull_request_gets_the_comment(tmp_path: Path, pulls: list[Any]) -> None:
    done, wrote = post(tmp_path, f"{MARK}\nnew".encode(), pulls, [])
    assert (done.returncode, wrote) == (0, [])
    assert "nothing to do" in done.stdout


def test_a_run_whose_fork_is_gone_posts_nothing(tmp_path: Path) -> None:
    done, wrote = post(tmp_path, f"{MARK}\nnew".encode(), [pull()], [], head_repository=None)
    assert (done.returncode, done.stderr, wrote) == (0, "", [])
    assert "nothing to do" in done.stdout


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (b"", "no comment of herdbook"),
        (b"Buy cheap models!", "no comment of herdbook"),
        (b" " + MARK.encode(), "no comment of herdbook"),
        (MARK.encode() + b"x" * 60_000, "no comment of herdbook"),
        (MARK.encode() + b"x" * 10_000_000, "no comment of herdbook"),
        (MARK.encode() + b"\xff", "cannot be read"),
        (None, "cannot be read"),
    ],
    ids=["empty", "foreign", "not-first", "too-long", "huge", "not-utf-8", "missing"],
)
def test_only_a_comment_of_the_gate_is_posted(tmp_path: Path, left: bytes | None, message: str) -> None:
    done, wrote = post(tmp_path, left, [pull()], [])
    assert (done.returncode, wrote) == (1, [])
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_link_in_the_place_of_the_comment_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{MARK} a secret")
    (tmp_path / "temp" / "comment").mkdir(parents=True)
    (tmp_path / "temp" / "comment" / "herdbook-comment.md").symlink_to(tmp_path / "secret")
    done = Runner(
        tmp_path / "temp",
        tmp_path,
        {"github.token": "s3cret"},
        {
            "GITHUB_EVENT_PATH": str(event(tmp_path)),
            "GITHUB_REPOSITORY": "my-org/catalog",
            "GITHUB_API_URL": "-",
        },
    ).run(COMMENT, "Post it, or bring it up to date")
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


def event(folder: Path) -> Path:
    file = folder / "event.json"
    file.write_text(json.dumps(RUN))
    return file


AZURE = loaded(ci_files("azure", SETTING)["azure-pipelines.yml"])
GITLAB = loaded(ci_files("gitlab", SETTING)[".gitlab/herdbook.yml"])


def on_azure(repository: Repository, **environment: str) -> subprocess.CompletedProcess[str]:
    repository.propose(note)
    runner = repository.runner()
    runner.with_herdbook(ECHO)
    (step,) = (step for step in AZURE["jobs"][0]["steps"] if step.get("displayName") == "Judge the change")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", step["bash"]],
        env={
            **os.environ,
            "AGENT_TEMPDIRECTORY": str(runner.temp),
            "BUILD_SOURCESDIRECTORY": str(runner.workspace),
            "RUNNER_TEMP": str(runner.temp),
            "CATALOG": AZURE["variables"]["CATALOG"],
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 1, 2])
def test_azure_judges_pull_requests(repository: Repository, code: int) -> None:
    answers = {"junit": [code, "<testsuites/>"], "catalog": [code, "the verdict\n"]}
    done = on_azure(
        repository, ANSWERS=json.dumps(answers), SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main"
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "the verdict\n", "")
    assert (repository.root / "temp" / "herdbook-junit.xml").read_text() == "<testsuites/>"


@pytest.mark.parametrize("code", [0, 1])
def test_azure_checks_pushes(repository: Repository, code: int) -> None:
    done = on_azure(repository, ANSWERS=json.dumps({"catalog": [code, "checked\n"]}))
    assert (done.returncode, done.stdout, done.stderr) == (code, "checked\n", "")


def on_gitlab(
    repository: Repository, change: Callable[[Path], Any], **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the scripts of the gate's job after one another in one shell, as GitLab's runner does."""
    repository.propose(change)
    runner = repository.runner()
    wheel(repository.root / "wheels", ECHO_MAIN)
    script = "\n".join([*GITLAB[".herdbook"]["before_script"], *GITLAB["herdbook-gate"]["script"]])
    return subprocess.run(
        [*SHELL, "-c", script],
        cwd=runner.workspace,
        env={
            **os.environ,
            **GITLAB[".herdbook"]["variables"],
            "CI_PROJECT_DIR": str(runner.workspace),
            "CANARY": str(repository.root),
            "PYTHONPATH": str(runner.workspace),
            "TMPDIR": str(runner.temp),
            "RUNNER_TEMP": str(runner.temp),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(repository.root / "wheels"),
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 2])
def test_gitlab_judges_the_change_and_leaves_the_reports(repository: Repository, code: int) -> None:
    def change(work: Path) -> None:
        canaries(work)
        (work / "gl-code-quality-report.json").symlink_to(repository.root / "overwritten")

    answers = {"gitlab": [code, "[]"], "junit": [code, "<testsuites/>"], "catalog": [code, "the verdict\n"]}
    done = on_gitlab(repository, change, ANSWERS=json.dumps(answers))
    assert (done.returncode, done.stdout) == (code, "the verdict\n"), done.stderr
    checkout = repository.root / "checkout"
    assert (checkout / "gl-code-quality-report.json").read_text() == "[]"
    assert (checkout / "herdbook-junit.xml").read_text() == "<testsuites/>"
    assert not (repository.root / "overwritten").exists()
    assert list(repository.root.glob("executed-*")) == []


def test_gitlab_reads_approvals_where_there_is_a_token(repository: Repository) -> None:
    done = on_gitlab(repository, note, ANSWERS="{}", HERDBOOK_GITLAB_TOKEN="s3cret")
    assert done.returncode == 0, done.stderr
    first, *rest = [
        json.loads(line) for line in (repository.root / "temp" / "asked").read_text().splitlines()
    ]
    assert first[:3] == ["ci", "reviews", "--out"]
    assert [line[:3] for line in rest] == [["gate", "--catalog", "catalog"]] * 3
    # The stand-in leaves no file, as herdbook leaves none where there is no merge request.
    assert not any("--reviews" in line for line in rest)
