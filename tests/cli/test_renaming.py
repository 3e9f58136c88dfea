"""rename: its diffs, and that it refuses what the gate would, in real repositories."""

import json
import re
import shlex
from pathlib import Path

import pytest

from conftest import CHECKOUT
from handwriting import run
from repositories import commit, git

SNAPSHOTS = CHECKOUT / "tests" / "data" / "writing" / "rename.txt"
OF_RECORDS = {"immutable-field-changed", "ledger-rewritten", "deleted-while-referenced", "version-gap"}
LATE = {
    "catalog/models/late/model.yaml": "# asked for in May\nkind: model\nname: late   # for now\nowner: ana\n",
    "catalog/models/late/README.md": "# Notes\n",
    "catalog/datasets/users/dataset.yaml": "kind: dataset\nname: users\nowner: ana\n",
    "catalog/runs/churn/going.yaml": "kind: run\nid: going\nexperiment: churn\ntype: training\n"
    "status: running\n",
}
"""What may be called otherwise although it is on record: nothing has come of it yet."""


def cases() -> list[tuple[str, str]]:
    """The commands of the file of cases, each with what it says and the diff that it makes."""
    found = [part.partition("\n") for part in SNAPSHOTS.read_text().removesuffix("\n").split("\n=== ")[1:]]
    return [(line, text) for line, _, text in found]


@pytest.fixture
def recorded(repository: Path) -> Path:
    """A repository in which all is on record."""
    commit(repository, LATE, "Begin")
    return repository


@pytest.fixture
def unrecorded(recorded: Path) -> Path:
    """A repository in which nothing of the catalog is on record."""
    git(recorded, "rm", "-r", "-q", "--cached", "catalog")
    git(recorded, "commit", "-q", "-m", "Forget")
    return recorded


def made(root: Path, line: str) -> str:
    """What a command says, and, below it, the diff that it announced."""
    diff = run(root, *shlex.split(line), "--dry-run")
    assert (diff.returncode, diff.stderr) == (0, "")
    done = run(root, *shlex.split(line))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout + diff.stdout


@pytest.mark.parametrize(("line", "text"), [pytest.param(*case, id=case[0]) for case in cases()])
def test_a_command_makes_its_diff_and_no_other(unrecorded: Path, line: str, text: str) -> None:
    git(unrecorded, "add", ".")
    before = git(unrecorded, "stash", "create")
    git(unrecorded, "reset", "-q")
    assert made(unrecorded, line) == text + "\n"
    git(unrecorded, "add", ".")
    differs = git(unrecorded, "diff", "--cached", "--no-color", "-M10", before).splitlines()
    told = text.split("\n")
    for sign in "+-":
        assert sorted(x for x in differs if re.match(rf"\{sign}(?!\{sign})", x)) == sorted(
            x for x in told if re.match(rf"\{sign}(?!\{sign})", x)
        )
    assert run(unrecorded, "check").returncode == 0


@pytest.mark.parametrize(
    ("reference", "name", "allowed"),
    [
        ("endpoints:/predict", "score", True),
        ("models:/late", "soon", True),
        ("datasets:/users", "people", True),
        ("runs:/going", "gone", True),
        ("models:/churn", "attrition", False),
        ("datasets:/orders", "sales", False),
        ("datasets:/orders/v2", "v7", False),
        ("runs:/train-1", "first", False),
        ("runs:/evaluate-2", "second", False),
    ],
)
def test_what_is_on_record_is_renamed_as_far_as_the_gate_lets_it(
    recorded: Path, reference: str, name: str, allowed: bool
) -> None:
    git(recorded, "switch", "-q", "-c", "change")
    done = run(recorded, "rename", reference, name, "--format", "json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["refused"]) == ((0, False) if allowed else (1, True))
    if not allowed:
        assert git(recorded, "status", "--porcelain") == ""
        assert run(recorded, "rename", reference, name, "--force").returncode == 0
    commit(recorded, {}, "Rename")
    gate = run(recorded, "gate", "--base", "main", "--format", "json")
    found = [finding for finding in json.loads(gate.stdout)["findings"] if finding["rule"] in OF_RECORDS]
    assert [finding["message"] for finding in found] == [
        finding["message"] for finding in said["findings"] if finding["rule"] in OF_RECORDS
    ]
    assert (found == []) is allowed


@pytest.mark.parametrize(
    "reference", ["models:/churn", "datasets:/orders", "runs:/train-1", "datasets:/orders/v2"]
)
def test_what_the_branch_brings_may_still_be_renamed(unrecorded: Path, reference: str) -> None:
    """Though it is committed: the branch that the change is for knows nothing of it."""
    git(unrecorded, "switch", "-q", "-c", "change")
    commit(unrecorded, {}, "Record")
    refused = run(unrecorded, "rename", reference, "other")
    assert refused.returncode == 1
    assert refused.stdout.endswith(
        "What is on record keeps its name, and what speaks of it its words; `title` can say what to call it."
        "\n"
        "Nothing was written: the catalog would be worse. --force writes it all the same.\n"
    )
    assert run(unrecorded, "rename", reference, "other", "--base", "main").returncode == 0
    git(unrecorded, "update-ref", "refs/remotes/origin/main", "main")
    git(unrecorded, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    kind, _, name = reference.partition(":/")
    there = f"{kind}:/{name.partition('/')[0]}/other" if "/" in name else f"{kind}:/other"
    assert run(unrecorded, "rename", there, "another").returncode == 0
    commit(unrecorded, {}, "Rename")
    gate = run(unrecorded, "gate", "--base", "main", "--format", "json")
    assert {finding["rule"] for finding in json.loads(gate.stdout)["findings"]} & OF_RECORDS == set()


def test_what_the_branch_rewrites_already_does_not_stand_against_it(recorded: Path) -> None:
    run_file = recorded / "catalog/runs/churn/train-1.yaml"
    run_file.write_text(run_file.read_text().replace("depth: 1", "depth: 7"))
    assert run(recorded, "rename", "endpoints:/predict", "score").returncode == 0


def test_a_base_that_is_none_is_said(recorded: Path) -> None:
    done = run(recorded, "rename", "endpoints:/predict", "score", "--base", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("herdbook: there is no base to judge by: nothing is not in this clone")


def test_without_git_nothing_is_on_record(tmp_path: Path) -> None:
    (tmp_path / "catalog/models/m").mkdir(parents=True)
    (tmp_path / "catalog/herdbook.yaml").write_text("kind: catalog\nname: c\n")
    (tmp_path / "catalog/models/m/model.yaml").write_text("kind: model\nname: m\n")
    done = run(tmp_path, "rename", "m", "n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "models:/m is called models:/n now.\n"
        "moved: catalog/models/m/model.yaml -> catalog/models/n/model.yaml\n"
    )
    assert not (tmp_path / "catalog/models/m").exists()
