"""check in every form, as it is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from command_line import herdbook, lay_broken
from herdbook.cli.reporting import address_of_files, folder_in_repository
from report_readers import gitlab_problems, junit_problems, runner_commands
from rule_examples import EXAMPLE_CATALOG

# A forge that runs these tests is not to be spoken to.
QUIET = {
    name: "" for name in ("GITHUB_STEP_SUMMARY", "GITHUB_SERVER_URL", "CI_PROJECT_URL") if name in os.environ
}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A repository with a catalog with two errors in the folder ml/catalog."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "ml").mkdir()
    return lay_broken(tmp_path / "ml")


def run(broken: Path, form: str, **environment: str) -> str:
    done = herdbook("check", "--format", form, cwd=broken, **{**QUIET, **environment})
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


PATHS = ["ml/catalog/models/churn/card.yaml", "ml/catalog/runs/churn/train-1.yaml"]


def test_annotations_name_files_from_the_top_of_the_repository(broken: Path) -> None:
    commands = runner_commands(run(broken, "github"))
    assert [(command.name, command.properties["file"]) for command in commands] == [
        ("error", path) for path in PATHS
    ]


def test_the_summary_of_a_job_is_added_to_what_is_there(broken: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("earlier\n")
    written = run(
        broken,
        "github",
        GITHUB_STEP_SUMMARY=str(summary),
        GITHUB_SERVER_URL="https://github.example",
        GITHUB_REPOSITORY="ana/book",
        GITHUB_SHA="0f4b1c3",
    )
    assert written == run(broken, "github")
    said = summary.read_text()
    assert said.startswith("earlier\n<!-- herdbook -->\n\n## Herdbook: FAIL\n")
    assert f"(https://github.example/ana/book/blob/0f4b1c3/{PATHS[0]}#L11)" in said


def test_a_summary_that_is_not_there_is_made(broken: Path, tmp_path: Path) -> None:
    run(broken, "github", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert (tmp_path / "summary.md").read_text().startswith("<!-- herdbook -->")


def test_a_summary_that_cannot_be_written_costs_no_annotation(broken: Path, tmp_path: Path) -> None:
    done = herdbook(
        "check", "--format", "github", cwd=broken, GITHUB_STEP_SUMMARY=str(tmp_path / "no" / "file")
    )
    assert done.returncode == 3
    assert done.stdout == run(broken, "github")
    assert done.stderr == (
        f"herdbook: the summary of the job, {tmp_path / 'no' / 'file'}: cannot be written: No such file or "
        "directory; see to it that files can be written there\n"
    )


def test_no_other_form_writes_a_summary(broken: Path, tmp_path: Path) -> None:
    for form in ("text", "json", "sarif", "junit", "gitlab", "markdown"):
        run(broken, form, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert not (tmp_path / "summary.md").exists()


def test_sarif(broken: Path) -> None:
    (found,) = json.loads(run(broken, "sarif"))["runs"]
    assert [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in found["results"]
    ] == PATHS


def test_gitlab(broken: Path) -> None:
    issues = json.loads(run(broken, "gitlab"))
    assert list(gitlab_problems(issues)) == []
    assert [issue["location"]["path"] for issue in issues] == PATHS


def test_junit(broken: Path) -> None:
    root = ElementTree.fromstring(run(broken, "junit"))
    assert list(junit_problems(root)) == []
    assert root.get("failures") == "2"


def test_markdown(broken: Path) -> None:
    written = run(
        broken, "markdown", CI_PROJECT_URL="https://gitlab.example/ana/book", CI_COMMIT_SHA="0f4b1c3"
    )
    assert written.startswith("<!-- herdbook -->")
    assert f"(https://gitlab.example/ana/book/-/blob/0f4b1c3/{PATHS[0]}#L11)" in written
    assert "](" not in run(broken, "markdown")


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "junit", "gitlab", "markdown"])
def test_a_sound_catalog_passes_in_every_form(form: str) -> None:
    done = herdbook("check", "--catalog", ".", "--format", form, cwd=EXAMPLE_CATALOG, **QUIET)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_folder_is_told_from_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = tmp_path / "a" / "catalog"
    catalog.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    assert folder_in_repository(Path("catalog")) == "catalog"
    # A work tree of git's has a file of that name.
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    assert folder_in_repository(Path("catalog")) == "a/catalog"
    assert folder_in_repository(catalog) == "a/catalog"
    (catalog / ".git").mkdir()
    assert folder_in_repository(catalog) == ""


def test_without_a_repository_elsewhere_there_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert folder_in_repository(tmp_path / "there") == ""


def test_files_are_shown_where_the_forge_of_the_ci_shows_them() -> None:
    github = {"GITHUB_SERVER_URL": "https://g.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c"}
    assert address_of_files(github) == "https://g.example/a/b/blob/c"
    assert address_of_files({"CI_PROJECT_URL": "https://l.example/a", "CI_COMMIT_SHA": "c"}) == (
        "https://l.example/a/-/blob/c"
    )
    assert address_of_files({"GITHUB_SHA": "c"}) == ""
    assert address_of_files({**github, "GITHUB_SERVER_URL": ""}) == ""
    assert address_of_files({"CI_PROJECT_URL": "", "CI_COMMIT_SHA": "c"}) == ""


def loaded(form: str) -> set[str]:
    """What is loaded to check a catalog that is in order."""
    code = (
        "import sys; from herdbook.cli import herdbook;"
        f"herdbook.main(['check', '--catalog', '.', '--format', {form!r}], standalone_mode=False);"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=EXAMPLE_CATALOG,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_usual_form_loads_no_other() -> None:
    others = {
        f"herdbook.reports.{name}" for name in ("json", "github", "sarif", "junit", "gitlab", "markdown")
    }
    assert (
        loaded("text") & {*others, "herdbook.reports.answers", "rich", "urllib.request", "xml.sax"} == set()
    )
    assert "herdbook.reports.sarif" in loaded("sarif")
