"""init, as it is installed: in empty folders, in repositories, where something is in the way."""

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest

from command_line import HERDBOOK, herdbook
from repositories import commit, git, initialised

SETTINGS = [".gitattributes", ".pre-commit-config.yaml", ".vscode/settings.json"]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A repository of Ana's."""
    root = initialised(tmp_path / "team models")
    git(root, "config", "user.name", "Ana Lima")
    git(root, "config", "user.email", "ana@example.org")
    return root


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine's own user."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


@pytest.mark.parametrize("options", [(), ("--example",)], ids=["plain", "example"])
def test_a_catalog_begins_and_passes(team: Path, options: tuple[str, ...]) -> None:
    done = herdbook("init", *options, cwd=team)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("written: catalog/herdbook.yaml\n")
    assert ("rm -r catalog/*/example-*" in done.stdout) == bool(options)
    assert "Note:" not in done.stdout
    steps = done.stdout[done.stdout.index("Next:\n") :].splitlines()
    assert [line[:2] for line in steps[1:5]] == ["- ", "- ", "- ", ""]
    assert steps[-1].startswith("[![champion](https://img.shields.io/endpoint?url=https%3A%2F%2FSITE%2F")
    before = contents(team)
    assert set(SETTINGS) < set(before)
    assert b"\nname: team-models\n" in before["catalog/herdbook.yaml"]
    checked = herdbook("check", cwd=team)
    assert checked.stdout == f"PASS: no findings in {'15 entries' if options else '1 entry'}\n"
    again = herdbook("init", *options, cwd=team)
    assert again.returncode == 0
    assert "written: " not in again.stdout
    assert contents(team) == before


def test_the_examples_go_away_as_it_says(team: Path) -> None:
    herdbook("init", cwd=team)
    plain = contents(team)
    assert herdbook("init", "--example", cwd=team).returncode == 0
    assert len(contents(team)) > len(plain)
    subprocess.run("rm -r catalog/*/example-*", shell=True, cwd=team, check=True)
    assert contents(team) == plain


def test_a_folder_that_is_not_there_is_made_and_named(tmp_path: Path) -> None:
    done = herdbook("init", "new/Our models", "--name", "risk", "--catalog", "ml/register/", cwd=tmp_path)
    assert done.returncode == 0
    assert "\nNote: git knows no user.name: the catalog names a maintainer; write there who that is.\n" in (
        done.stdout
    )
    assert "herdbook build --catalog ml/register --out site" in done.stdout
    root = tmp_path / "new" / "Our models"
    assert "\nname: risk\n" in (root / "ml/register/herdbook.yaml").read_text()
    assert herdbook("check", "--catalog", "ml/register", cwd=root).returncode == 0


def test_a_catalog_at_the_top_passes(tmp_path: Path) -> None:
    done = herdbook("init", "--catalog", ".", "--example", cwd=tmp_path)
    assert done.returncode == 0
    assert "rm -r */example-*" in done.stdout
    assert herdbook("check", "--catalog", ".", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".gitattributes").read_text() == "*.yaml text eol=lf\n"


def test_a_dry_run_prints_and_writes_nothing(tmp_path: Path) -> None:
    done = herdbook("init", "new", "--example", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert "would be written: catalog/herdbook.yaml\n  # yaml-language-server: $schema=" in done.stdout
    assert "\n  kind: model-card\n" in done.stdout
    assert "would be written: catalog/.schema/run.json\n" in done.stdout
    assert "json-schema.org" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_differs_is_shown_and_left(team: Path) -> None:
    (team / ".gitattributes").write_text("*.png binary\n")
    (team / "catalog").mkdir()
    (team / "catalog" / "herdbook.yaml").write_text("kind: catalog\nname: mine\n# \x1b[31m\n")
    done = herdbook("init", cwd=team)
    assert done.returncode == 1
    for path in ("catalog/herdbook.yaml", ".gitattributes"):
        assert f"differs, left as it is: {path}\n  --- {path} (here)\n" in done.stdout
    assert "\n  +catalog/** text eol=lf\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert (team / ".gitattributes").read_text() == "*.png binary\n"
    assert (team / "catalog" / "herdbook.yaml").read_text().startswith("kind: catalog\nname: mine\n")
    assert (team / "catalog" / ".schema" / "run.json").is_file()
    (team / ".gitattributes").write_text("*.png binary\ncatalog/** text eol=lf\n")
    assert "there already: .gitattributes\n" in herdbook("init", cwd=team).stdout


def test_hostile_names_are_left_out_with_a_word_of_why(team: Path) -> None:
    git(team, "config", "user.name", "Ana\u202e\n::error::x")
    git(team, "config", "user.email", "not an address")
    done = herdbook("init", cwd=team)
    assert done.returncode == 0
    assert "\nNote: git's user.name is left out of the catalog: it holds characters that" in done.stdout
    assert "\nNote: git's user.email is left out of the catalog: " in done.stdout
    assert "\u202e" not in done.stdout
    assert herdbook("check", cwd=team).stdout == "PASS: no findings in 1 entry\n"


@pytest.mark.parametrize(
    "options", [("--name", "a b"), ("--name", ""), ("--catalog", "../x"), ("--no-such",)]
)
def test_wrong_input_is_said(tmp_path: Path, options: tuple[str, ...]) -> None:
    done = herdbook("init", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert options[0] in done.stderr
    assert list(tmp_path.iterdir()) == []


def failed(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_file_in_the_place_of_the_folder(tmp_path: Path, dry: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("mine")
    failed(herdbook("init", "file", *dry, cwd=tmp_path), "file: it is not a folder")
    failed(
        herdbook("init", "file/inside", *dry, cwd=tmp_path), "file/inside: cannot be used: Not a directory"
    )
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("place", ["catalog", "catalog/.schema", ".vscode"])
def test_no_link_is_followed(tmp_path: Path, place: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    (root / place).parent.mkdir(parents=True)
    (root / place).symlink_to(outside)
    failed(herdbook("init", "root", cwd=tmp_path), f"{place}: it is a symbolic link")
    assert list(outside.iterdir()) == []
    assert contents(root) == {}


def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [HERDBOOK, "init", "new"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    failed(done, ".json: cannot be written: File too large")
    there = contents(tmp_path)
    assert "new/catalog/herdbook.yaml" in there
    assert herdbook("init", "new", cwd=tmp_path).returncode == 0
    assert {path: contents(tmp_path)[path] for path in there} == there


@pytest.mark.parametrize("options", [(), ("--example",)], ids=["plain", "example"])
def test_the_gate_passes_the_pull_request_that_brings_it(team: Path, options: tuple[str, ...]) -> None:
    commit(team, {"README.md": "# Models\n"})
    herdbook("init", *options, cwd=team)
    # Files that guard the catalog need a review whenever they change, so these come before the catalog.
    git(team, "add", *SETTINGS)
    git(team, "commit", "-q", "-m", "Set up editors and git")
    git(team, "switch", "-q", "-c", "catalog")
    commit(team, {}, "Begin a catalog")
    done = herdbook("gate", "--base", "main", cwd=team)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PASS: no findings in ")


def test_one_pull_request_may_bring_the_catalog_with_its_settings_and_the_gate(team: Path) -> None:
    commit(team, {"README.md": "# Models\n"})
    git(team, "switch", "-q", "-c", "catalog")
    herdbook("init", "--example", cwd=team)
    herdbook("ci", "init", "github", "--owners", "@my-org/risk", cwd=team)
    commit(team, {}, "Begin a catalog")
    done = herdbook("gate", "--base", "main", cwd=team)
    assert (done.returncode, done.stdout[:25]) == (0, "PASS: no findings in 15 e")
    git(team, "switch", "-q", "-C", "main", "catalog")
    git(team, "switch", "-q", "-c", "change")
    commit(team, {".gitattributes": "* -diff\n"})
    done = herdbook("gate", "--base", "main", cwd=team)
    assert done.returncode == 1
    assert ".gitattributes guards the catalog, and its change lacks a review by" in done.stdout


def test_the_doctor_misses_nothing_that_it_could_have_written(team: Path) -> None:
    herdbook("init", "--example", cwd=team)
    assert herdbook("ci", "init", "github", "--owners", "@my-org/risk", cwd=team).returncode == 0
    done = herdbook("doctor", cwd=team)
    # Only people know their logins.
    assert "[approvals-declared]\n" in done.stdout
    assert "\n1 thing is missing.\n" in done.stdout


@pytest.mark.parametrize("options", [(), ("--example",)], ids=["plain", "example"])
def test_the_site_builds_from_it(team: Path, options: tuple[str, ...]) -> None:
    herdbook("init", *options, cwd=team)
    done = herdbook("build", "--out", "site", cwd=team)
    assert done.returncode == 0, done.stderr
    assert "team-models" in (team / "site" / "index.html").read_text()


def test_pre_commit_runs_the_hook(team: Path) -> None:
    herdbook("init", "--example", cwd=team)
    git(team, "add", "-A")
    path = f"{HERDBOOK.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PRE_COMMIT_HOME": str(team.parent / "cache")}

    def hook() -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [HERDBOOK.with_name("pre-commit"), "run", "--verbose"]
        return subprocess.run(command, cwd=team, env=environment, capture_output=True, text=True, check=False)

    done = hook()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS: no findings in 15 entries" in done.stdout
    assert "warn" not in (done.stdout + done.stderr).lower()
    run = team / "catalog" / "runs" / "example-orders" / "example-train-1.yaml"
    run.write_text(run.read_text().replace('  git_commit: "c3499c272973"\n', ""))
    git(team, "add", "-A")
    assert "missing-lineage-tag" in hook().stdout


def test_others_who_may_approve_are_named_at_once(team: Path) -> None:
    words = ("init", "--approver", "Bo Lind <bo@example.org>", "--approver", "Cy")
    assert herdbook(*words, cwd=team).returncode == 0
    written = contents(team)["catalog/herdbook.yaml"].decode()
    assert "\n  bo-lind: {name: Bo Lind, email: bo@example.org}\n  cy: {name: Cy}\n" in written
    assert "\n  approvers: [ana-lima, bo-lind, cy]\n" in written
    assert herdbook("check", cwd=team).returncode == 0


@pytest.mark.parametrize("approver", ["", " ", "TODO", "Bo <nobody", "<>", "a\u200bb <a@example.org>"])
def test_who_has_no_name_cannot_approve(team: Path, approver: str) -> None:
    done = herdbook("init", "--approver", approver, cwd=team)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(
        ' names nobody whom a catalog could hold; write it as "Bo Lind <bo@example.org>"\n'
    )
    assert set(contents(team)) == set()


def test_programs_are_told_what_was_written(team: Path) -> None:
    written = json.loads(herdbook("init", "--format", "json", cwd=team).stdout)
    assert written["notes"] == []
    assert {file["path"] for file in written["files"] if file["new"]} == set(contents(team))
    (team / ".gitattributes").write_text("* text\n")
    again = herdbook("init", "--format", "json", cwd=team)
    assert again.returncode == 1
    (differing,) = (file for file in json.loads(again.stdout)["files"] if file["differs"])
    assert differing["path"] == ".gitattributes"
    assert "\n-* text\n" in differing["diff"]


def test_below_the_top_of_a_repository_it_says_what_has_no_effect_there(team: Path) -> None:
    below = team / "ml" / "registry"
    below.mkdir(parents=True)
    done = herdbook("init", cwd=below)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        f"Note: pre-commit and forges look for their files only at the top of the repository, {team}; there, "
        "`herdbook init --name registry --catalog ml/registry/catalog` writes them.\n"
    ) in done.stdout
    again = herdbook("init", "--name", "registry", "--catalog", "ml/registry/catalog", cwd=team)
    assert again.returncode == 0
    assert "there already: ml/registry/catalog/herdbook.yaml\n" in again.stdout
    assert "written: .pre-commit-config.yaml\n" in again.stdout
