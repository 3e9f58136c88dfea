"""The numbers in the example catalog are those that the scripts give."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from command_line import herdbook
from herdbook.yaml.reader import parse_yaml

pytest.importorskip("sklearn", reason="the packages of the extra `examples` are not installed")

CHECKOUT = Path(__file__).parents[2]
CATALOG = CHECKOUT / "catalog"


@pytest.fixture(scope="module")
def reproduce() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "reproduce", CHECKOUT / "examples" / "reproduce.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def read(catalog: Path, run: str) -> dict[str, Any]:
    (path,) = catalog.glob(f"runs/*/{run}.yaml")
    return dict(parse_yaml(path.read_bytes()).value)


@pytest.mark.parametrize(
    "runs",
    [
        ["iris-train-1", "iris-evaluate-1"],
        ["iris-train-3", "iris-evaluate-3"],
        ["mortgage-split", "mortgage-train-1", "mortgage-evaluate-1"],
        ["mortgage-split", "mortgage-trim-v3", "mortgage-train-4", "mortgage-evaluate-4"],
    ],
    ids=lambda runs: runs[-1],
)
def test_scripts_give_what_was_recorded(runs: list[str], tmp_path: Path, reproduce: ModuleType) -> None:
    shutil.copytree(
        CHECKOUT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("data", "models")
    )
    catalog = tmp_path / "catalog"
    for name in runs:
        recorded = read(CATALOG, name)
        _, *arguments = recorded["code"]["command"].split()
        variables = os.environ | {"HERDBOOK_CATALOG": str(catalog)}
        subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=variables, check=True, capture_output=True
        )
        assert reproduce.differences(recorded, read(catalog, name)) == []


def test_a_difference_is_seen(reproduce: ModuleType) -> None:
    recorded, other = read(CATALOG, "mortgage-evaluate-1"), read(CATALOG, "mortgage-evaluate-2")
    found = reproduce.differences(recorded, other)
    assert any(line.startswith("metrics auc: 0.785086 was recorded, 0.840568 came out") for line in found)
    assert any(line.startswith("slice black auc: ") for line in found)
    splits = read(CATALOG, "mortgage-trim-v2"), read(CATALOG, "mortgage-trim-v3")
    assert any(
        line.startswith("mortgage-applications/v2-train: sha256:") for line in reproduce.differences(*splits)
    )


def test_every_run_names_a_commit_that_is_in_the_history(reproduce: ModuleType) -> None:
    shallow = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if shallow.stdout.strip() != "false":
        pytest.skip("this checkout has no whole history")
    for run in reproduce.runs(CATALOG):
        ancestor = ["git", "merge-base", "--is-ancestor", run["code"]["commit"], "HEAD"]
        subprocess.run(ancestor, cwd=CHECKOUT, check=True)
        assert run["code"]["dirty"] is False
        assert run["status"] == "finished"


def test_no_trace_of_the_machine_is_in_the_catalog() -> None:
    for path in CATALOG.rglob("*.yaml"):
        text = path.read_text()
        for trace in (str(CHECKOUT), str(Path.home()), "/tmp/", "file:", "/home/", "/usr/"):
            assert trace == "/" or trace not in text, f"{path}: {trace}"


def ran(model: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script that `herdbook reproduce` prints."""
    if not (CHECKOUT / ".git").exists() or (CHECKOUT / ".git" / "shallow").exists():
        pytest.skip("this checkout has no whole history")
    script = herdbook("reproduce", model, "--format", "shell", cwd=CHECKOUT).stdout
    return subprocess.run(
        ["sh", "-s", "--", CHECKOUT],
        input=script,
        cwd=folder,
        env=os.environ | {"HERDBOOK_WORK": str(folder / "work"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_of_a_version_gives_its_numbers(tmp_path: Path) -> None:
    done = ran("iris-classifier/1", tmp_path, HERDBOOK_PYTHON=sys.executable)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-5:] == [
        "Running runs:/iris-train-1",
        "runs:/iris-train-1: the numbers are those on record",
        "Running runs:/iris-evaluate-1",
        "runs:/iris-evaluate-1: the numbers are those on record",
        "Reproduced: all numbers are those on record.",
    ]


@pytest.mark.slow
def test_the_script_of_a_version_gives_its_numbers_in_an_environment_of_its_own(tmp_path: Path) -> None:
    done = ran("mortgage-approval/3", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Reproduced: all numbers are those on record.\n")


@pytest.mark.slow
def test_all_of_it_from_its_own_commits(reproduce: ModuleType, tmp_path: Path) -> None:
    if not (CHECKOUT / ".git").exists() or (CHECKOUT / ".git" / "shallow").exists():
        pytest.skip("this checkout has no whole history")
    assert reproduce.run_again(reproduce.runs(CATALOG), tmp_path) == 0
