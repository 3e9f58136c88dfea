"""The words that shells offer: by click's protocols, and in a real Bash at a real terminal."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import HERDBOOK
from handwriting import run
from repositories import write

BASH = shutil.which("bash") or "bash"


def asked(root: Path, shell: str, line: str) -> list[str]:
    """What a shell is told where the cursor stands at the end of a line."""
    words = line.split(" ")
    how = {
        "bash": {"COMP_LINE": line},
        "zsh": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "fish": {"COMP_WORDS": line, "COMP_CWORD": words[-1]},
    }[shell]
    done = subprocess.run(
        [HERDBOOK],
        cwd=root,
        env={**os.environ, **how, "_HERDBOOK_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def offered(root: Path, line: str) -> list[str]:
    """The words that Bash is offered."""
    return [word.removeprefix("plain,") for word in asked(root, "bash", line) if word]


CHURN = ["churn@champion", "churn@rollback", "churn@challenger", "churn/1", "churn/2"]
RUNS = ["evaluate-1", "evaluate-2", "prepare-1", "prepare-2", "train-1", "train-2"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("herdbook tra", ["trace"]),
        ("herdbook --ver", ["--version"]),
        ("herdbook trace ", ["churn", *CHURN, "orders", "orders/v1", "orders/v2", "predict"]),
        ("herdbook trace ch", ["churn", *CHURN]),
        ("herdbook trace churn", ["churn", *CHURN]),
        ("herdbook trace churn@c", ["churn@champion", "churn@challenger"]),
        ("herdbook trace churn/", ["churn/1", "churn/2"]),
        ("herdbook trace m", ["models:/"]),
        ("herdbook trace models:", ["models:/churn", *(f"models:/{name}" for name in CHURN)]),
        ("herdbook trace models:/churn", ["models:/churn", *(f"models:/{name}" for name in CHURN)]),
        ("herdbook trace runs:/t", ["runs:/train-1", "runs:/train-2"]),
        ("herdbook trace runs:/train-1", ["runs:/train-1", "runs:/train-1/model"]),
        ("herdbook impact datasets:/orders/", ["datasets:/orders/v1", "datasets:/orders/v2"]),
        ("herdbook status endpoints:/", ["endpoints:/predict"]),
        ("herdbook resolve nothing:/x", []),
        ("herdbook compare churn/1 churn/", ["churn/1", "churn/2"]),
        ("herdbook reproduce tr", ["train-1", "train-2"]),
        ("herdbook history ", ["churn"]),
        ("herdbook promote models:/", ["models:/churn"]),
        ("herdbook alias set models:/churn r", ["rollback"]),
        ("herdbook alias set churn champion ", ["1", "2"]),
        ("herdbook alias unset churn ch", ["champion", "challenger"]),
        ("herdbook rollback churn --approved-by ", ["ana", "bo"]),
        ("herdbook promote churn --by b", ["bo"]),
        ("herdbook promote churn --evidence runs:/evaluate-1", ["runs:/evaluate-1"]),
        ("herdbook stage set churn 1 p", ["production"]),
        ("herdbook dataset add o", ["orders"]),
        ("herdbook dataset add orders v3 --derived-from ", ["orders/v1", "orders/v2"]),
        ("herdbook new dataset x --owner a", ["ana"]),
        ("herdbook new endpoint x --serves churn@ch", ["churn@champion", "churn@challenger"]),
        ("herdbook describe endpoints:", ["endpoints:/predict"]),
        ("herdbook card churn/", ["churn/1", "churn/2"]),
        ("herdbook card churn/1 --evaluation evaluate-1", ["evaluate-1"]),
        ("herdbook gate-run tr", ["train-1", "train-2"]),
        ("herdbook export hf-card churn/", ["churn/1", "churn/2"]),
        ("herdbook deprecate churn 1 --replaced-by churn/", ["churn/1", "churn/2"]),
        ("herdbook deprecate churn 1 --replaced-by models:/churn@r", ["models:/churn@rollback"]),
        ("herdbook recall ", ["orders/v1", "orders/v2"]),
        ("herdbook recall orders/v1 --replaced-by datasets:/orders/v2", ["datasets:/orders/v2"]),
        ("herdbook tag set endpoints:/p", ["endpoints:/predict"]),
        ("herdbook tag unset pre", ["predict", "prepare-1", "prepare-2"]),
        ("herdbook rename tr", ["train-1", "train-2"]),
        ("herdbook register churn --run ", RUNS),
        ("herdbook register churn --run runs:/train-1/", ["runs:/train-1/model"]),
        ("herdbook waive missing-se", ["missing-seed"]),
        ("herdbook waive missing-seed tr", ["train-1", "train-2"]),
        ("herdbook waive missing-seed x --owner ", ["ana", "bo"]),
        ("herdbook explain dupl", ["duplicate-key", "duplicate-id", "duplicate-content"]),
        ("herdbook schema dataset", ["dataset", "dataset-version"]),
        ("herdbook trace 'ch", ["churn", *CHURN]),
        ("herdbook trace $(touch pwned)", []),
        ("herdbook alias set ../../etc ", []),
        ("herdbook alias set --catalog catalog churn ", ["champion", "rollback", "challenger"]),
        ("herdbook alias set --catalog nothing churn ", []),
    ],
)  # fmt: skip
def test_words_come_from_the_catalog(repository: Path, line: str, words: list[str]) -> None:
    assert offered(repository, line) == words
    assert not (repository / "pwned").exists()


def test_other_shells_are_told_in_their_own_way(repository: Path) -> None:
    assert asked(repository, "zsh", "herdbook alias set churn r") == ["plain", "rollback", "_"]
    assert asked(repository, "zsh", "herdbook trace models:/churn/1") == ["plain", "models:/churn/1", "_"]
    assert asked(repository, "zsh", "herdbook tra") == [
        "plain",
        "trace",
        "Which data, code, parameters and environment are behind something.",
    ]
    assert asked(repository, "fish", "herdbook trace models:/churn/1") == ["plain,models:/churn/1"]
    assert asked(repository, "fish", "herdbook explain dirty") == ["plain,dirty-commit"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_where_there_is_no_catalog_there_is_silence(tmp_path: Path, shell: str) -> None:
    assert [word for word in asked(tmp_path, shell, "herdbook trace ch") if word] == []
    (tmp_path / "catalog").write_text("no folder")
    assert [word for word in asked(tmp_path, shell, "herdbook alias set churn ") if word] == []


def typed(root: Path, keys: str) -> str:
    """What a Bash at a terminal shows while somebody types."""
    script = subprocess.run(
        [HERDBOOK, "completion", "bash"], capture_output=True, text=True, check=True
    ).stdout
    start = root / "start.sh"
    start.write_text(f"PS1='$ '\nbind 'set bell-style none'\nbind 'set enable-bracketed-paste off'\n{script}")
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(root)
        path = f"{HERDBOOK.parent}:{os.environ['PATH']}"
        os.execve(BASH, [BASH, "--noprofile", "--rcfile", str(start), "-i"], {**os.environ, "PATH": path})
    os.write(terminal, f"{keys}\nexit\n".encode())
    shown = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # so ends a terminal whose last program is gone
            break
        if not more:
            break
        shown += more
    os.waitpid(process, 0)
    os.close(terminal)
    return shown.decode()


@pytest.mark.parametrize(
    ("keys", "command", "answer"),
    [
        ("herdb\tresol\tmodels:/chu\t@cham\t--field uri", "resolve models:/churn@champion --field uri",
         "s3://models/churn/2.pkl"),
        ("herdbook resolve mod\tchu\t/2\t --field version", "resolve models:/churn/2  --field version", "2"),
        ("herdbook resolve churn@ro\t--field version", "resolve churn@rollback --field version", "1"),
        ("herdbook explain dirty\t | head -1", "explain dirty-commit  | head -1", "dirty-commit (lineage, "),
    ],
)  # fmt: skip
def test_a_real_bash_completes(repository: Path, keys: str, command: str, answer: str) -> None:
    shown = typed(repository, keys)
    assert f"herdbook {command}\r\n" in shown.replace("\x07", "")
    assert f"\n{answer}" in shown


def test_names_on_disk_command_no_shell(repository: Path) -> None:
    for name in ("$(touch pwned)", "`touch pwned`", "x; touch pwned", "x\ntouch pwned", "-rf", "*"):
        write(repository, {f"catalog/models/{name}/model.yaml": "", f"catalog/runs/churn/{name}.yaml": ""})
    shown = typed(repository, "herdbook promote \t")
    assert "herdbook promote churn" in shown
    typed(repository, "herdbook register churn --run \t\t\t")
    assert not list(repository.rglob("pwned"))


def test_the_script_is_sound_and_the_others_are_printed(tmp_path: Path) -> None:
    script = run(tmp_path, "completion", "bash").stdout
    shellcheck = HERDBOOK.with_name("shellcheck")
    subprocess.run([shellcheck, "-s", "bash", "-"], input=script, text=True, check=True)
    assert "#compdef herdbook" in run(tmp_path, "completion", "zsh").stdout
    assert "complete --no-files --command herdbook" in run(tmp_path, "completion", "fish").stdout
    assert run(tmp_path, "completion", "tcsh").returncode == 2


LISTENING = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from herdbook.cli import main
try:
    main()
finally:
    print(*(path for path in opened if path.endswith(".yaml")), file=sys.stderr)
"""


def test_many_runs_are_listed_and_not_read(tmp_path: Path) -> None:
    """Reading all of them takes longer than a person waits for a word."""
    for number in range(1_000):
        path = tmp_path / f"catalog/runs/e{number % 20}/run-{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    line = {"COMP_LINE": "herdbook trace runs:/run-99", "_HERDBOOK_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", LISTENING],
        cwd=tmp_path,
        env={**os.environ, **line},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.split()) == 11
    assert done.stderr.split() == ["catalog/runs/e19/run-99.yaml"]  # for its outputs
