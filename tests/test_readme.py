"""What the README shows is what happens: its commands, its Python and its policy are run as printed."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

import yaml
from conftest import CHECKOUT
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml
from mlflow_models import registered

README = (CHECKOUT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def sessions() -> list[tuple[str, str]]:
    """The commands of the console blocks, each with the output that is printed below it.

    A command that ends in a backslash goes on in the next line.
    """
    session = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
    return [found for block in blocks("console") for found in session.findall(block)]


def shows(printed: str, output: str) -> bool:
    """Tell whether the README prints an output.

    A line of three dots stands for any lines, three dots after a blank for the rest of a line.
    """
    return re.fullmatch("".join(map(pattern, printed.splitlines(keepends=True))), output) is not None


def pattern(line: str) -> str:
    if line == "...\n":
        return r"(?:.*\n)*?"
    if line.endswith(" ...\n"):
        return re.escape(line.removesuffix("...\n")) + r".+\n"
    return re.escape(line)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the catalog of this one."""
    for folder in ("catalog", "examples/from-mlflow", "examples/queries"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, symlinks=True)
    commands = (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", "Add the catalog"],
    )
    for command in commands:
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_the_console_blocks_print_what_they_show(repository: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    assert len(sessions()) > 8
    folder = repository
    for command, printed in sessions():
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        run = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert run.stderr == "", command
        assert shows(printed, run.stdout), f"{command} printed:\n{run.stdout}"


def test_the_recording_block_writes_the_run_it_promises(repository: Path) -> None:
    block, _ = blocks("python")
    (repository / "model.bin").write_bytes(b"a model")
    (repository / "train.py").write_text(block)
    subprocess.run(
        [sys.executable, "-W", "error", "train.py"],
        cwd=repository,
        check=True,
        env={**os.environ, "HOME": "/"},
    )
    catalog = read_catalog(DirTree(repository / "catalog"))
    assert catalog.findings == ()
    run = catalog.runs["first"]
    assert run.source.path == "runs/churn/first.yaml"
    assert run.status == "finished"
    assert run.metrics["loss"] == 0.47
    assert {"dataset_version", "git_commit", "triggered_by"} <= run.tags.keys()


@pytest.mark.parametrize("block", blocks("pycon"))
def test_the_python_sessions_print_what_they_show(
    repository: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.chdir(repository)
    session = doctest.DocTestParser().get_doctest(block, {}, "README.md", None, 0)
    assert len(session.examples) > 5
    assert doctest.DocTestRunner().run(session).failed == 0


def test_the_loading_block_loads_what_is_the_champion(tmp_path: Path) -> None:
    model = registered(tmp_path)
    _, block = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout == f"{model.predict([[40.0, 2.0]])}\n"


def test_the_policy_block_is_a_policy(repository: Path) -> None:
    block, _ = blocks("yaml")
    assert parse_yaml(block.encode()).doubts == ()
    people = "people: {ml-engineer: {name: Mara}, risk-officer: {name: Ruth}}\n"
    (repository / "catalog" / "herdbook.yaml").write_text(f"kind: catalog\nname: readme\n{people}{block}")
    catalog = read_catalog(DirTree(repository / "catalog"))
    assert catalog.findings == ()
    assert catalog.file is not None


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def test_the_workflow_block_builds_the_site_that_one_machine_builds(repository: Path) -> None:
    _, block = blocks("yaml")
    jobs = yaml.safe_load(block)["jobs"]
    (build, upload), (download, merge) = jobs["shards"]["steps"], jobs["site"]["steps"]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def run(command: str) -> None:
        subprocess.run(command, shell=True, cwd=repository, env=environment, check=True, capture_output=True)

    numbers = jobs["shards"]["strategy"]["matrix"]["shard"]
    for number in numbers:
        meant = {"${{ matrix.shard }}": str(number), "${{ strategy.job-total }}": str(len(numbers))}

        def told(text: str, meant: dict[str, str] = meant) -> str:
            return re.sub(r"\$\{\{.*?\}\}", lambda found: meant[found[0]], text)

        run(told(build["run"]))
        name = told(upload["with"]["name"])
        assert fnmatch(name, download["with"]["pattern"])
        # Hidden files do not come along.
        shutil.copytree(
            repository / upload["with"]["path"],
            repository / download["with"]["path"] / name,
            ignore=shutil.ignore_patterns(".*"),
        )
    run(merge["run"])
    run("herdbook build --out whole")
    assert contents(repository / "site") == contents(repository / "whole")


def test_every_file_that_the_readme_points_to_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (CHECKOUT / target).exists()] == []
