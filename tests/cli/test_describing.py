"""describe: texts from the command line, from files and from an editor."""

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import HERDBOOK
from handwriting import run
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from repositories import git

MODEL = "catalog/models/churn/model.yaml"


def described(repository: Path, editor: str) -> tuple[int, str]:
    """Describe a model on a terminal with an editor; return the exit code and what the terminal shows."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [HERDBOOK, "describe", "models:/churn"],
        cwd=repository,
        env={**os.environ, "EDITOR": editor, "VISUAL": ""},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    return done.returncode, shown


def editor(folder: Path, body: str) -> str:
    """An editor that does one thing to the file that it is given."""
    script = folder / "editor.py"
    script.write_text(f"import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\n{body}\n")
    return shlex.join([sys.executable, str(script)])


def test_a_description_of_several_lines_from_a_file(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "text.md"
    file.write_bytes(
        b"\xef\xbb\xbfWho leaves?\r\n\r\n- those who call: often # really\r\n    code\r\n\r\n\r\n"
    )
    assert run(repository, "describe", "models:/churn", "--description-file", str(file)).returncode == 0
    assert git(repository, "diff", "--unified=0", "--no-color").splitlines()[4:] == [
        "@@ -3,2 +3,5 @@ name: churn",
        "-description: >",
        "-  Will a customer leave?",
        "+description: |",
        "+  Who leaves?",
        "+",
        "+  - those who call: often # really",
        "+      code",
    ]
    again = run(repository, "describe", "models:/churn", "--description-file", str(file))
    assert again.stdout == "models:/churn is described so already.\n"


def test_a_description_from_standard_input(repository: Path) -> None:
    done = subprocess.run(
        [HERDBOOK, "describe", "models:/churn@champion", "--description-file", "-", "--format", "json"],
        cwd=repository,
        input="The second.\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["said"] == "models:/churn/2 has another description now."
    assert "\ndescription: The second.\n" in (repository / "catalog/models/churn/versions/2.yaml").read_text()


def test_an_editor_is_opened_with_what_is_there(repository: Path, tmp_path: Path) -> None:
    body = (
        "text = file.read_text()\n"
        "assert text == 'Will a customer leave?\\n', text\n"
        "file.write_text(text + 'Or not?\\n')"
    )
    code, shown = described(repository, editor(tmp_path, body))
    assert (code, shown.splitlines()[0]) == (0, "models:/churn has another description now.")
    assert read_catalog(DirTree(repository / "catalog")).models["churn"].description == (
        "Will a customer leave?\nOr not?\n"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the editor left no new description of models:/churn, so nothing was written"),
        ("file.write_text(' \\n')", "the editor left no new description of models:/churn, so nothing was"),
        ("sys.exit(1)", "the editor did not work ("),
        ("file.write_bytes(b'\\xff')", "the editor did not work ('utf-8' codec can't decode byte 0xff"),
    ],
)
def test_an_editor_that_leaves_nothing_new_changes_nothing(
    repository: Path, tmp_path: Path, body: str, message: str
) -> None:
    code, shown = described(repository, editor(tmp_path, body))
    assert code == 2
    assert message in shown
    assert "Traceback" not in shown
    assert git(repository, "status", "--porcelain") == ""


def test_the_gate_is_mentioned_where_it_keeps_a_record_as_it_is(repository: Path) -> None:
    warned = run(repository, "describe", "runs:/train-1", "--title", "First", "--notes", "By hand.")
    assert warned.stdout.startswith(
        "runs:/train-1 has another title and other notes now. Once a run is merged, the gate lets nobody "
    )
    noted = run(repository, "describe", "runs:/train-2", "--notes", "By hand.")
    assert noted.stdout.startswith("runs:/train-2 has other notes now.\nchanged: ")


def test_what_is_blank_goes_away(repository: Path) -> None:
    done = run(repository, "describe", "models:/churn", "--title", "x", "--notes", "y")
    assert done.returncode == 0
    gone = run(repository, "describe", "models:/churn", "--title", " ", "--notes", "", "--description", "\n")
    assert gone.stdout.startswith("models:/churn has no title and no description and no notes now.\n")
    data = read_catalog(DirTree(repository / "catalog")).models["churn"].data
    assert not {"title", "description", "notes"} & data.keys()


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("nothing --title x", 2, "nothing in the catalog is called 'nothing'"),
        ("models:/churn", 2, "what models:/churn is to be called or described as is not said; say it with"),
        ("nothing", 2, "nothing in the catalog is called 'nothing'"),
        ("models:/churn --description x --description-file y", 2, "--description and --description-file"),
        ("models:/churn --description-file nothing", 3, "nothing: cannot be read: No such file or"),
        ("models:/churn --title 'a\nb'", 2, "models/churn/model.yaml: title: "),
        ("models:/late --title x", 2, "models:/late has no file of its own that a description could stand"),
    ],
)  # fmt: skip
def test_what_cannot_be_described_is_said_in_a_line(
    repository: Path, line: str, code: int, message: str
) -> None:
    version = repository / "catalog/models/late/versions/1.yaml"
    version.parent.mkdir(parents=True)
    other = (repository / "catalog/models/churn/versions/1.yaml").read_text()
    version.write_text(other.replace("model: churn", "model: late"))
    before = git(repository, "status", "--porcelain")
    done = run(repository, "describe", *shlex.split(line))
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"herdbook: {message}")
    assert done.stderr.count("\n") == 1
    assert git(repository, "status", "--porcelain") == before


def test_a_file_that_cannot_be_read_is_not_said_to_be_missing(repository: Path) -> None:
    path = repository / "catalog/models/churn/model.yaml"
    path.write_text("kind: [\n")
    for line in (["describe", "models:/churn", "--title", "x"], ["tag", "set", "models:/churn", "a", "b"]):
        done = run(repository, *line)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("herdbook: models/churn/model.yaml: the file is refused; ")
