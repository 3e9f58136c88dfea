"""The script of a reproduction: read by shellcheck, and run."""

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparing import records_of
from conftest import CHECKOUT
from herdbook.opening import read_catalog
from herdbook.queries.asking import find
from herdbook.queries.fetching import Source
from herdbook.queries.records import Records
from herdbook.queries.reproduce import (
    TOLERANCE,
    Environment,
    Material,
    MeasuredSlice,
    Obstacle,
    Purpose,
    Reproduction,
    Rerun,
    Written,
    reproduce,
)
from herdbook.ref import Ref
from herdbook.reports.script import reproduction_script
from herdbook.tree import DirTree

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def script_of(records: Records, name: str) -> str:
    return reproduction_script(reproduce(records, find(records.catalog, name)))


def complaints(script: str) -> str:
    done = subprocess.run(
        [SHELLCHECK, "--shell=sh", "-"], input=script.encode(), capture_output=True, timeout=60, check=False
    )
    return (done.stdout + done.stderr).decode()


def test_every_script_of_our_own_catalog_passes_shellcheck() -> None:
    catalog = read_catalog(DirTree(CHECKOUT / "catalog"))
    records = Records(catalog, date(2026, 11, 21))
    refs = [entry.ref for entry in (*catalog.versions.values(), *catalog.runs.values())]
    refs += [entry.ref for entry in catalog.dataset_versions.values()]
    scripts = {script_of(records, str(ref)) for ref in refs}
    assert len(scripts) > 15
    for script in scripts:
        assert complaints(script) == ""


def test_shellcheck_finds_what_is_not_quoted() -> None:
    assert "SC2086" in complaints("#!/bin/sh\nx=$1\necho $x\n")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NASTY = [
    "'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    "\ntouch pwned\n",
    "\nEND_OF_CHECKS\ntouch pwned\n",
    "-rf",
    "--upload-pack=touch pwned",
    "ext::sh -c touch% pwned",
    "\u201ctypographic\u201d \u2018quotes\u2019 \u00a0",
    "back\\slash' \\' '\\''",
    "# shellcheck disable=all",
    "\u202e\x1b[31m\r",
    "${HOME}",
    "a=b",
    "",
]


def made_of(texts: list[str], source: Source = Source.REPOSITORY) -> Reproduction:
    """An answer with foreign text wherever there can be one."""
    take = iter(texts * 40).__next__
    item = Material(
        name=take(),
        role=take(),
        uri=take(),
        digest=take(),
        exact=True,
        source=source,
        path=take(),
        outside=source is not Source.REPOSITORY,
        command=("dvc", "pull", "--", take()),
        made_by=None,
    )
    rerun = Rerun(
        run=Ref.run("train-1"),
        purpose=Purpose.TARGET,
        experiment="churn",
        commit=take(),
        environment=0,
        command=take(),
        words=(take(), take(), take()),
        params={take(): take()},
        seeds={take(): 1},
        inputs=(item,),
        outputs=(Written(take(), take(), take()),),
        metrics={take(): 1.0},
        slices=(MeasuredSlice({take(): take()}, {take(): 1}),),
    )
    return Reproduction(
        ref=Ref.model("churn", 1),
        run=rerun.run,
        repository=take(),
        obstacles=(Obstacle(take(), False),),
        notes=(take(),),
        environments=(Environment(take(), "3.11", (take(), take()), take()),),
        reruns=(rerun,),
        tolerance=TOLERANCE,
    )


@pytest.mark.parametrize("source", Source)
def test_hostile_texts_pass_shellcheck(source: Source) -> None:
    for shift in range(len(NASTY)):
        script = reproduction_script(made_of(NASTY[shift:] + NASTY[:shift], source))
        assert complaints(script) == ""


@settings(max_examples=25)
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_any_texts_pass_shellcheck(texts: list[str]) -> None:
    assert complaints(reproduction_script(made_of(texts))) == ""


@settings(max_examples=25)
@given(texts=st.lists(TEXTS, min_size=1, max_size=30))
@example(texts=NASTY)
def test_any_texts_are_only_texts(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    answer = made_of(texts)
    script = reproduction_script(answer)
    assert subprocess.run(["sh", "-n"], input=script.encode(), check=True, capture_output=True).stderr == b""
    done = subprocess.run(["sh", "-s"], input=script.encode(), cwd=folder, capture_output=True, check=False)
    assert done.returncode == 2
    said = (
        f"models:/churn/1 cannot be reproduced exactly because\n- {answer.obstacles[0].message}\n"
        "Nothing was run; HERDBOOK_ANYWAY=1 goes on.\n"
    )
    assert done.stderr.decode() == said
    assert list(folder.iterdir()) == []


def test_hostile_texts_do_nothing_where_the_script_goes_on(tmp_path: Path) -> None:
    for shift in range(len(NASTY)):
        folder = tmp_path / str(shift)
        folder.mkdir()
        script = reproduction_script(made_of(NASTY[shift:] + NASTY[:shift]))
        environment = {"HERDBOOK_ANYWAY": "1", "HERDBOOK_WORK": "work", "HERDBOOK_PYTHON": sys.executable}
        done = subprocess.run(
            ["sh", "-s"],
            input=script.encode(),
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2
        assert not list(folder.rglob("pwned"))


# A whole reproduction: a repository with a script that records its runs, and a catalog that knows them.

TRAIN = """\
import json, os, pathlib, sys

name, wanted, *rest = sys.argv[1:]
if name == "prepare":
    pathlib.Path("data").mkdir(exist_ok=True)
    pathlib.Path("data/orders it's.csv").write_text("1\\n")
folder = pathlib.Path(os.environ["HERDBOOK_CATALOG"], "runs", "churn")
folder.mkdir(parents=True)
record = {"metrics": {"auc": float(wanted)}, "params": {"rest": rest}}
(folder / f"{name}.yaml").write_text(json.dumps(record))
if name == "train":
    print(pathlib.Path("data/orders it's.csv").read_text())
"""
DATA = hashlib.sha256(b"1\n").hexdigest()
REST = ["--flag", "it's $(touch pwned)", "\u201cx\u201d", ""]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def run_file(name: str, commit: str, *, came_out: float = 0.5, **more: Any) -> str:
    record = {
        "kind": "run",
        "id": name,
        "experiment": "churn",
        "type": "training",
        "status": "finished",
        "code": {
            "commit": commit,
            "command": shlex.join(["python", "train.py", name, str(came_out), *REST]),
        },
        "environment": {"python": "3.11.7", "requirements": ["pip==1"]},
        "metrics": {"auc": 0.5},
        "params": {"rest": REST},
        **more,
    }
    return f"# runs/churn/{name}.yaml, whole\n{json.dumps(record, ensure_ascii=False)}\n"


class Case:
    """A repository, and the script that makes the run `train` again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "repo sitory"
        self.repository.mkdir()
        git(self.repository, "init", "-q")
        (self.repository / "train.py").write_text(TRAIN)
        git(self.repository, "add", ".")
        git(self.repository, "commit", "-q", "-m", "x")
        self.commit = git(self.repository, "rev-parse", "HEAD")
        (self.repository / "train.py").write_text("raise SystemExit('the wrong commit')")
        git(self.repository, "commit", "-q", "-a", "-m", "y")

    def script(self, *, digest: str = DATA, commit: str = "", came_out: float = 0.5) -> str:
        data = f"""\
# datasets/orders/versions/v1.yaml
uri: data/orders%20it's.csv
digest: "sha256:{digest}"
produced_by: prepare
"""
        commit = commit or self.commit
        files = data + run_file("prepare", commit)
        files += run_file("train", commit, came_out=came_out, inputs=[{"dataset": "orders/v1"}])
        return script_of(records_of(self.folder / "laid", files), "train")

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        assert complaints(script) == ""
        return subprocess.run(
            ["sh", "-s", "--", *arguments],
            input=script,
            cwd=environment.pop("cwd", None) or self.folder,
            env={"PATH": "/usr/bin:/bin", "HERDBOOK_PYTHON": sys.executable}
            | {"HERDBOOK_WORK": str(self.folder / "work"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_a_run_and_its_input_are_made_again(case: Case) -> None:
    done = case.run(case.script(), str(case.repository))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Working in {case.folder / 'work'}",
        f"Cloning {case.repository}",
        "Running runs:/prepare",
        "runs:/prepare: the numbers are those on record",
        "Running runs:/train",
        "1",
        "",
        "runs:/train: the numbers are those on record",
        "Reproduced: all numbers are those on record.",
    ]
    assert not list(case.folder.rglob("pwned"))


def test_the_repository_comes_from_a_variable_or_is_the_one_around(case: Case) -> None:
    assert case.run(case.script(), HERDBOOK_REPOSITORY=str(case.repository)).returncode == 0
    shutil.rmtree(case.folder / "work")
    shutil.rmtree(case.folder / "laid")
    assert case.run(case.script(), cwd=str(case.repository)).returncode == 0
    shutil.rmtree(case.folder / "work")
    shutil.rmtree(case.folder / "laid")
    done = case.run(case.script())
    assert done.returncode == 2
    assert "the record names no repository with the code" in done.stderr


def test_other_numbers_are_found(case: Case) -> None:
    done = case.run(case.script(came_out=0.4), str(case.repository))
    assert done.returncode == 1
    assert "metrics auc: 0.5 on record, 0.4 now" in done.stderr
    assert "runs:/train: the numbers differ from those on record" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Not reproduced: the numbers of 1 differ.")


def test_other_data_stop_it(case: Case) -> None:
    done = case.run(case.script(digest="0" * 64), str(case.repository))
    assert done.returncode == 2
    assert f"has the digest sha256:{DATA}, not sha256:0000" in done.stderr
    assert "runs:/train:" not in done.stdout


def test_a_commit_that_is_not_there_a_used_folder_and_no_python(case: Case) -> None:
    done = case.run(case.script(commit="1" * 40), str(case.repository))
    assert done.returncode == 2
    assert f"does not hold the commit {'1' * 40}" in done.stderr
    shutil.rmtree(case.folder / "laid")
    done = case.run(case.script(), str(case.repository))
    assert (done.returncode, "is not empty" in done.stderr) == (2, True)
    shutil.rmtree(case.folder / "laid")
    done = case.run(case.script(), str(case.repository), HERDBOOK_PYTHON="no-such-python")
    assert (done.returncode, done.stderr) == (2, "there is no no-such-python\n")


def test_a_command_that_records_nothing_is_not_compared(case: Case, tmp_path: Path) -> None:
    files = run_file("train", case.commit, code={"commit": case.commit, "command": "true && echo done"})
    done = case.run(script_of(records_of(tmp_path / "laid", files), "train"), str(case.repository))
    assert done.returncode == 2
    assert "done" in done.stdout
    assert "the command recorded no runs of churn" in done.stderr
    assert "It ran, but 1 could not be compared." in done.stderr


def test_what_cannot_be_reproduced_stops_with_the_reason(case: Case, tmp_path: Path) -> None:
    files = run_file("train", case.commit, code={"command": "x"})
    done = case.run(script_of(records_of(tmp_path / "laid", files), "train"), str(case.repository))
    assert done.returncode == 2
    assert done.stderr == (
        "runs:/train cannot be reproduced exactly because\n- runs:/train records no commit\n"
        "Nothing was run.\n"
    )
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_the_environment_is_made_with_the_project_itself(case: Case, tmp_path: Path) -> None:
    """Nothing is fetched: the project has a build backend of its own, and no package is asked for."""
    (case.repository / "train.py").write_text(f"import project\n{TRAIN}")
    (case.repository / "pyproject.toml").write_text(
        '[project]\nname = "project"\nversion = "1"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (case.repository / "project.py").write_text("")
    (case.repository / "backend.py").write_text(BACKEND)
    git(case.repository, "add", ".")
    git(case.repository, "commit", "-q", "-m", "z")
    case.commit = git(case.repository, "rev-parse", "HEAD")
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HERDBOOK_PYTHON": ""}
    done = case.run(case.script(), str(case.repository), **environment)
    # There is no PyYAML in it to compare with, but the code ran.
    assert "import project" not in done.stderr
    assert "runs:/train: not compared" in done.stdout
    assert done.stdout.count("Making the environment with Python 3.11.7") == 1


BACKEND = """\
import pathlib, zipfile


def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "project-1.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder, "project-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("project.pth", str(pathlib.Path.cwd()))
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: project\\nVersion: 1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "project-1-py3-none-any.whl"
"""
