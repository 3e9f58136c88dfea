"""Whatever fails or interrupts a command that writes: the catalog is as it was, or as it should be."""

import errno
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from command_line import HERDBOOK
from faults import files
from handwriting import WHEN, WHO, written_by_hand

LEDGER = "models/churn/aliases.yaml"
SET = ("alias", "set", "churn", "challenger", "2", *WHO, *WHEN)
FORMAT = ("fmt", f"catalog/{LEDGER}", "catalog/models/churn/stages.yaml")
MOVE = ("rename", "endpoints:/predict", "answer")
COMMANDS = {"change": SET, "create": (*SET, "--force"), "change several": FORMAT, "move": MOVE}
WRITING = {"open", "write", "fsync", "close", "stat", "mkdir", "unlink", "flock"}
LEFT = re.compile(r"(.*/)?\.[^/]+\.yaml\.[0-9a-f]{8}")
"""What stands beside a file while it is written; the next command that writes the file deletes it."""


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A folder with a catalog."""
    written_by_hand(tmp_path / "repository")
    shutil.move(tmp_path / "repository/catalog", tmp_path / "catalog")
    return tmp_path


def runs(scene: Path, mode: str, errors: str, *words: str, modules: str = "storing.py") -> list[Any]:
    """What came of a command without faults, and with one after the other."""
    program = Path(__file__).with_name("faults.py")
    done = subprocess.run(
        [sys.executable, program, scene, mode, errors, modules, *words],
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stderr == ""
    found: list[Any] = json.loads(done.stdout)
    assert len(found) > 20
    return found


def kept(run: Any) -> dict[str, str]:
    """The files of a catalog, without what could not be cleared away."""
    return {path: text for path, text in run["files"].items() if not LEFT.fullmatch(path)}


@pytest.mark.parametrize("mode", ["turns", pytest.param("each", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", COMMANDS)
def test_whichever_call_fails_the_catalog_is_whole(scene: Path, name: str, mode: str) -> None:
    if name == "create":
        (scene / "catalog" / LEDGER).unlink()
    old = files(scene / "catalog")
    good, *bad = runs(scene, mode, "EIO,ENOSPC,EROFS,EACCES", *COMMANDS[name])
    assert (good["code"], good["stderr"]) == (0, "")
    assert good["files"] != old
    assert set(good["calls"]) >= WRITING | {"link" if name in ("create", "move") else "replace"}
    for run in bad:
        call = good["calls"][run["call"]]
        told = f"{call} failed with {errno.errorcode[run['error']]}: {run}"
        if run["code"] == 0:
            assert kept(run) == good["files"], told
            assert (run["stdout"], run["stderr"]) == (good["stdout"], ""), told
        else:
            assert (run["code"], kept(run)) == (3, old), told
            assert re.fullmatch(r"herdbook: [^\n]+: cannot be (written|read): [^\n]+\n", run["stderr"]), told
            assert run["stdout"] == "", told
        assert kept(run) == run["files"] or call == "unlink", told
    assert {run["code"] for run in bad} == {0, 3}


def test_a_disk_that_stays_full_changes_nothing(scene: Path) -> None:
    old = files(scene / "catalog")
    good, *bad = runs(scene, "lasting", "ENOSPC", *FORMAT)
    for run in bad:
        assert (run["code"], run["files"]) in ((3, old), (0, good["files"])) or (
            good["calls"][run["call"]] == "unlink"
        )
        assert run["code"] == 0 or run["stderr"].count("\n") == 1


def test_a_disk_that_goes_away_leaves_nothing_untold(scene: Path) -> None:
    """What has been replaced cannot be put back then; the command says which files that are."""
    old = files(scene / "catalog")
    good, *bad = runs(scene, "lasting", "EIO,EROFS", *FORMAT)
    left = set()
    for run in bad:
        there = kept(run)
        assert all(there[path] in (old[path], good["files"][path]) for path in old)
        changed = {path for path in old if there[path] != old[path]}
        if run["code"] == 0:
            assert there == good["files"]
            continue
        assert run["code"] == 3
        assert run["stderr"].count("\n") == 1
        named, _, cannot = run["stderr"].removeprefix("herdbook: ").partition(": changed already when")
        assert changed == ({path.removeprefix("catalog/") for path in named.split(", ")} if cannot else set())
        left.add(len(changed))
    assert left == {0, 1, 2}


@pytest.mark.slow
def test_nor_does_it_matter_where_reading_fails(scene: Path) -> None:
    old = files(scene / "catalog")
    good, *bad = runs(scene, "turns", "EIO,EACCES,ENOSPC", *SET, modules="storing.py,tree.py")
    for run in bad:
        assert "fault of herdbook" not in run["stderr"]
        assert "Traceback" not in run["stderr"] + run["stdout"]
        assert run["code"] in (0, 1, 2, 3, 4)
        assert kept(run) == (old if run["code"] else good["files"])
    assert len(bad) > 200


@pytest.mark.parametrize("name", COMMANDS)
def test_wherever_a_signal_comes_the_catalog_is_whole(scene: Path, name: str) -> None:
    if name == "create":
        (scene / "catalog" / LEDGER).unlink()
    old = files(scene / "catalog")
    good, *interrupted = runs(scene, "turns", "SIGTERM,SIGINT,SIGHUP", *COMMANDS[name])
    outcomes = set()
    for run in interrupted:
        told = f"{signal.Signals(run['error']).name} behind {good['calls'][run['call']]}: {run}"
        assert run["files"] in (old, good["files"]), told
        assert run["code"] in (0, 128 + run["error"]), told
        assert run["code"] or run["files"] == good["files"], told
        assert run["stderr"].strip() == "", told
        outcomes.add((run["code"], run["files"] == old))
    assert {(128 + number, True) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)} <= outcomes
    assert {new for code, new in outcomes if code} == {True, False}


@pytest.mark.parametrize("times", [4, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signals_at_any_time(scene: Path, number: signal.Signals, times: int) -> None:
    dice = random.Random(number)
    old = files(scene / "catalog")
    new: dict[str, str] = {}
    codes = set()
    for attempt in range(times + 1):
        root = scene / str(attempt)
        shutil.copytree(scene / "catalog", root / "catalog")
        process = subprocess.Popen(
            [HERDBOOK, *FORMAT], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if new:
            time.sleep(dice.random() * 0.4)
            process.send_signal(number)
        _, said = process.communicate()
        new = new or files(root / "catalog")
        assert new != old
        there = kept({"files": files(root / "catalog")})
        if number is signal.SIGKILL:
            assert all(text in (old[path], new[path]) for path, text in there.items())
        else:
            assert there in (old, new)
        # Until Python has begun, and when it has ended, a signal ends the process itself.
        if "Fatal Python error: init" not in said:
            codes.add(process.returncode)
    assert codes <= {0, -number, 128 + number}
    assert 0 in codes


@pytest.mark.parametrize("words", [SET, FORMAT], ids=["change", "change several"])
@pytest.mark.parametrize(
    ("behind", "code", "said"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        (
            ">/dev/full",
            3,
            "herdbook: input/output: No space left on device; see to that, and run the command again\n",
        ),
    ],
)
def test_without_anybody_to_tell_all_is_written(
    scene: Path, words: tuple[str, ...], behind: str, code: int, said: str
) -> None:
    command = f'"$@" {behind}'
    done = subprocess.run(
        ["sh", "-c", command, "sh", HERDBOOK, *words], cwd=scene, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr, done.stdout) == (code, said, "")
    assert_written(scene, words)


@pytest.mark.parametrize("words", [SET, FORMAT], ids=["change", "change several"])
def test_a_reader_that_goes_away_stops_nothing(scene: Path, words: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [HERDBOOK, *words], cwd=scene, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert_written(scene, words)


def assert_written(scene: Path, words: tuple[str, ...]) -> None:
    """The command finds nothing more to do, and no other file has come to be."""
    assert (scene / "catalog" / LEDGER).read_text() != files_by_hand(scene)
    again = subprocess.run([HERDBOOK, *words], cwd=scene, check=True, capture_output=True, text=True)
    assert re.search("already|none needs another layout", again.stdout)
    assert not [path for path in files(scene / "catalog") if LEFT.fullmatch(path)]


def files_by_hand(scene: Path) -> str:
    written_by_hand(scene / "again")
    return (scene / "again/catalog" / LEDGER).read_text()
