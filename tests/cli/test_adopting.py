"""ci and doctor, as they are installed."""

import json
import subprocess
from pathlib import Path

from command_line import herdbook
from forge_server import forge
from report_readers import runner_commands
from rule_examples import EXAMPLE_CATALOG

INIT = ("ci", "init", "github", "--owners", "@my-org/risk", "--branch", "main")


def test_init_writes_the_files_and_says_what_is_left(tmp_path: Path) -> None:
    done = herdbook(*INIT, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "written: .github/workflows/lineage-gate.yml\n"
        "written: .github/workflows/publish.yml\n"
        "written: .github/workflows/pr-comment.yml\n"
        "written: .github/CODEOWNERS\n"
        "\n"
        "Still to be set by hand on GitHub, which no file can do:\n"
        '- Require the status check "gate" on the default branch, with GitHub Actions as its only source.\n'
        "  Otherwise its verdict is advice. A check from any source can be set by whoever holds a token.\n"
    )
    again = herdbook(*INIT, cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout.startswith("there already: .github/workflows/lineage-gate.yml\n")


def test_init_in_another_folder_fits_the_catalog_there(tmp_path: Path) -> None:
    (tmp_path / "team" / "register").mkdir(parents=True)
    (tmp_path / "team" / "register" / "herdbook.yaml").write_text("kind: catalog\n")
    subprocess.run(["git", "init", "-q", "-b", "trunk", tmp_path / "team"], check=True)
    done = herdbook("ci", "init", "azure", "team", cwd=tmp_path)
    assert done.returncode == 0
    text = (tmp_path / "team" / "azure-pipelines.yml").read_text()
    assert 'CATALOG: "register"' in text
    assert 'include: ["trunk"]' in text


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = herdbook(*INIT, "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("would be written: .github/workflows/lineage-gate.yml\n")
    assert list(tmp_path.iterdir()) == []


def test_what_differs_is_shown_and_left(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "CODEOWNERS").write_text("* @ana\n::error::\x1b[31m\n")
    done = herdbook(*INIT, cwd=tmp_path)
    assert done.returncode == 1
    assert "differs, left as it is: .github/CODEOWNERS\n  --- .github/CODEOWNERS (here)\n" in done.stdout
    assert "\n  -* @ana\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert (tmp_path / ".github" / "workflows" / "publish.yml").is_file()
    assert (tmp_path / ".github" / "CODEOWNERS").read_text().startswith("* @ana\n")


def test_init_without_owners_says_what_to_do(tmp_path: Path) -> None:
    done = herdbook("ci", "init", "gitlab", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "name people or teams with --owners" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / ".github").symlink_to(tmp_path / "outside")
    done = herdbook(*INIT, "team", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr == "herdbook: .github: it is a symbolic link; put the file itself in its place\n"
    assert list((tmp_path / "outside").iterdir()) == []


def sound(root: Path) -> Path:
    herdbook(*INIT, cwd=root)
    subprocess.run(["cp", "-R", EXAMPLE_CATALOG, root / "catalog"], check=True)
    return root


def test_the_doctor_says_what_is_missing(tmp_path: Path) -> None:
    done = herdbook("doctor", cwd=sound(tmp_path))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(
        "catalog/herdbook.yaml: approvals are only declared: whoever writes a name into `approved_by` has "
        "that person's approval [approvals-declared]\n"
        "  help: Set `approvals: verified` in the policy, and give people their `logins` on the forge.\n"
        "\n"
        "1 thing is missing.\n"
        "\n"
        "To be looked up on GitHub, because no file shows it:\n"
        '- Require the status check "gate" on the default branch'
    )


def test_the_doctor_is_content(tmp_path: Path) -> None:
    policy = sound(tmp_path) / "catalog" / "herdbook.yaml"
    policy.write_text(
        "kind: catalog\npeople: {bo: {logins: {github: bo-b}}}\n"
        "policy: {approvals: verified, approvers: [bo]}\n"
    )
    done = herdbook("doctor", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing is missing in the files.\n\nTo be looked up on GitHub")


def test_the_doctor_in_json(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "a.yml").write_text(
        'jobs: {a: {uses: "::error::##[error]\\e[31m"}}\n'
    )
    done = herdbook("doctor", "--format", "json", cwd=tmp_path)
    value = json.loads(done.stdout)
    assert "##[" in value["missing"][0]["what"]
    assert runner_commands(done.stdout) == []
    assert done.returncode == 1
    assert value["forges"] == ["github"]
    assert [lack["id"] for lack in value["missing"]] == [
        "unpinned-action",
        "no-gate",
        "no-codeowners",
        "no-catalog",
    ]
    assert value["missing"][0]["where"] == ".github/workflows/a.yml:1"
    assert set(value["by_hand"][0]) == {"forge", "what", "why"}
    text = herdbook("doctor", cwd=tmp_path).stdout
    assert "\x1b" not in text
    assert runner_commands(text) == []


def test_reviews_of_a_pull_request_are_written(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"number": 7}')
    with forge(lambda question: (200, [] if question.path.count("/") > 5 else {"number": 7})) as found:
        done = herdbook(
            "ci",
            "reviews",
            "--out",
            "reviews.json",
            cwd=tmp_path,
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=found.url,
            GITHUB_REPOSITORY="my-org/catalog",
            GITHUB_EVENT_PATH=str(tmp_path / "event.json"),
            GITHUB_TOKEN="s3cret",
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Wrote the reviews to reviews.json.\n", "")
    value = json.loads((tmp_path / "reviews.json").read_text())
    assert value == {"reviews": [], "commits": [], "pull_request": {"number": 7}}


def test_without_reviews_no_older_file_is_left(tmp_path: Path) -> None:
    (tmp_path / "reviews.json").write_text("{}")
    done = herdbook("ci", "reviews", "--out", "reviews.json", cwd=tmp_path, GITLAB_CI="true")
    assert (done.returncode, done.stdout) == (
        0,
        "This commit belongs to no pull request: there are no reviews.\n",
    )
    (tmp_path / "reviews.json").write_text("{}")
    done = herdbook("ci", "reviews", "--out", "reviews.json", cwd=tmp_path)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_ci_files_are_written_at_the_top_of_a_repository_only(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    (tmp_path / "team").mkdir()
    for arguments in (INIT, ("doctor",)):
        done = herdbook(*arguments, cwd=tmp_path / "team")
        assert (done.returncode, done.stdout) == (2, "")
        assert f"this is team in the repository {tmp_path}, and forges look" in done.stderr
    assert list((tmp_path / "team").iterdir()) == []
