"""The command as it is installed; what it says of attacks is tested in a suite of its own."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from command_line import herdbook
from mlflow_runs import mlflow_run
from mlflow_stores import STORES
from repositories import commit, git, initialised
from rule_examples import EXAMPLE_CATALOG

RUN = "catalog/runs/churn/train-2.yaml"
TEXT = (EXAMPLE_CATALOG / "runs/churn/train-2.yaml").read_text()
UNTAGGED = TEXT.replace("triggered_by: ci/github-actions", "by: hand")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a branch, checked out, on which nothing has changed yet."""
    root = initialised(tmp_path / "repository")
    shutil.copytree(EXAMPLE_CATALOG, root / "catalog")
    commit(root, {})
    git(root, "checkout", "-q", "-b", "change")
    return root


def test_a_sound_change_passes(root: Path) -> None:
    commit(root, {RUN: f"{TEXT}notes: By hand.\n"})
    done = herdbook("gate", "--base", "main", cwd=root)
    base, head = (git(root, "rev-parse", name)[:10] for name in ("main", "change"))
    assert done.stdout == f"PASS: no findings in 18 entries (base {base}, head {head})\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_change_without_lineage_is_blocked_at_its_line(root: Path) -> None:
    commit(root, {RUN: UNTAGGED})
    done = herdbook("gate", "--base", "main", "--format", "json", cwd=root)
    said = json.loads(done.stdout)
    assert [said["base"], said["head"]] == [git(root, "rev-parse", name)[:10] for name in ("main", "change")]
    found = {(item["rule"], item["file"], item["line"]) for item in said["findings"]}
    assert ("missing-lineage-tag", RUN, 18) in found
    assert done.returncode == 1


def test_without_a_base_there_is_no_verdict(root: Path) -> None:
    done = herdbook("gate", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("herdbook: there is no base to judge by")


def test_strict_counts_what_was_wrong_before(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    commit(root, {RUN: UNTAGGED})
    git(root, "checkout", "-q", "-B", "change")
    commit(root, {"catalog/endpoints/predict.yaml": None})
    assert herdbook("gate", "--base", "main", cwd=root).returncode == 0
    assert herdbook("gate", "--base", "main", "--strict", cwd=root).returncode == 1


def test_what_was_wrong_elsewhere_is_listed_where_that_is_asked_for(root: Path) -> None:
    git(root, "checkout", "-q", "main")
    data = "kind: dataset\nname: alone\ndescription: TODO\n"
    commit(root, {"catalog/datasets/alone/dataset.yaml": data})
    git(root, "checkout", "-q", "-B", "change")
    commit(root, {RUN: f"{TEXT}notes: By hand.\n"})

    def told(*options: str) -> str:
        done = herdbook("gate", "--base", "main", *options, cwd=root)
        assert done.returncode == 0
        return done.stdout

    assert told().startswith("PASS: no findings in the 18 of 19 entries that the change reaches (base ")
    near, all_of_it = (json.loads(told("--format", "json", *option)) for option in ((), ("--all",)))
    assert (near["entries"], near["reached"], near["existing"]) == (19, 18, [])
    assert [item["file"] for item in all_of_it["existing"]] == ["catalog/datasets/alone/dataset.yaml"]
    assert "reached" not in all_of_it
    # By their absence in these, a forge would take it for mended.
    assert all("placeholder-text" in told("--format", form) for form in ("sarif", "gitlab"))


def test_reviews_that_cannot_be_read_are_an_error(root: Path) -> None:
    commit(root, {RUN: f"{TEXT}notes: By hand.\n"})
    absent = herdbook("gate", "--base", "main", "--reviews", "absent.json", cwd=root)
    assert (absent.returncode, "absent.json" in absent.stderr) == (2, True)
    (root / "reviews.json").write_text("{}")
    done = herdbook("gate", "--base", "main", "--reviews", "reviews.json", cwd=root)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_the_comment_tells_what_changes_below_what_is_wrong(root: Path) -> None:
    commit(root, {RUN: UNTAGGED})
    written = herdbook("gate", "--base", "main", "--format", "markdown", cwd=root).stdout
    assert written.startswith("<!-- herdbook -->\n\n## Herdbook: FAIL\n")
    assert written.index("`missing-lineage-tag`") < written.index("## What changes from")
    assert "1 run changed" in written


def test_the_files_here_are_judged_before_they_are_committed(root: Path) -> None:
    (root / RUN).write_text(UNTAGGED)
    assert herdbook("gate", "--base", "main", cwd=root).returncode == 0
    assert herdbook("gate", "--base", "main", "--head", "WORKTREE", cwd=root).returncode == 1


@pytest.mark.parametrize("form", ["github", "sarif", "junit", "gitlab"])
def test_files_outside_the_catalog_are_named_from_the_top(root: Path, form: str) -> None:
    commit(root, {".github/CODEOWNERS": "* @mallory\n"})
    done = herdbook("gate", "--base", "main", "--format", form, cwd=root)
    assert done.returncode == 1
    assert ".github/CODEOWNERS" in done.stdout
    assert "catalog/.github" not in done.stdout


def test_a_run_with_its_lineage_on_record_passes(root: Path) -> None:
    done = herdbook("gate-run", "train-2", cwd=root)
    assert done.stdout == "PASS: no findings in 1 entry (run train-2)\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_without_lineage_is_refused_with_its_missing_tags(root: Path) -> None:
    (root / RUN).write_text(UNTAGGED)
    done = herdbook("gate-run", "runs:/train-2", "--format", "json", cwd=root)
    said = json.loads(done.stdout)
    assert (said["verdict"], said["run"], done.returncode) == ("FAIL", "train-2", 1)
    assert [finding["message"] for finding in said["findings"]] == [
        'run train-2 lacks the tag "triggered_by"'
    ]
    assert said["findings"][0]["file"] == RUN
    tags = ("--required-tags", "git_commit,by", "--required-tags", "dataset_version")
    assert herdbook("gate-run", "train-2", *tags, cwd=root).returncode == 0


def test_a_run_of_mlflow_needs_no_catalog_where_the_tags_are_named(tmp_path: Path) -> None:
    folder = mlflow_run(tmp_path / "mlruns", {"git_commit": "0f4b1c3"})
    done = herdbook("gate-run", folder.name, "--required-tags", "git_commit,team", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert 'lacks the tag "team"' in done.stdout
    assert 'lacks the tag "git_commit"' not in done.stdout
    assert herdbook("gate-run", folder.name, "--required-tags", "git_commit", cwd=tmp_path).returncode == 0
    refused = herdbook("gate-run", folder.name, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no such folder" in refused.stderr


def test_a_store_of_mlflow_is_named_by_its_tracking_uri(root: Path) -> None:
    uri = f"sqlite:///{STORES / '2.22.5' / 'mlflow.db'}"
    with closing(
        sqlite3.connect(f"file:{STORES / '2.22.5' / 'mlflow.db'}?mode=ro&immutable=1", uri=True)
    ) as it:
        ((run,),) = it.execute("SELECT run_uuid FROM runs WHERE name LIKE 'bad%'")
    done = herdbook("gate-run", run, "--tracking-uri", uri, cwd=root)
    assert (done.returncode, done.stderr) == (1, "")
    assert f"mlflow.db: run {run}" in done.stdout
    assert 'lacks the tag "triggered_by"' in done.stdout
    tags = ("--required-tags", "mlflow.user")
    assert herdbook("gate-run", run, *tags, cwd=root, MLFLOW_TRACKING_URI=uri).returncode == 0


def test_a_store_that_cannot_be_read_gives_no_verdict(root: Path) -> None:
    done = herdbook("gate-run", "f" * 32, cwd=root, MLFLOW_TRACKING_URI="mysql://ana:s3cret@db/mlflow")
    assert (done.returncode, done.stdout) == (2, "")
    assert "mysql://... is none of the stores that can be read" in done.stderr
    assert "s3cret" not in done.stderr
