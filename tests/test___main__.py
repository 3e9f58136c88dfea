"""The program loads the command line, runs it, and ends its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from herdbook import __version__

HEADING = """
import atexit, builtins, gc, os, sys
from herdbook.__main__ import main
sys.argv[1:] = ["--version"]
"""
# Says whether garbage was looked for until the command line itself decides about that.
LOADING = """
found = []
gc.callbacks.append(lambda phase, info: found.append(phase))
set_threshold = gc.set_threshold
def heard(*thresholds):
    print(len(found), gc.isenabled(), "herdbook.cli" in sys.modules)
    set_threshold(*thresholds)
gc.set_threshold = heard
gc.collect(0)
found.clear()
main()
"""
# What is registered while a command runs is done, but nothing is taken apart.
ENDING = """
class Kept:
    def __del__(self, write=os.write):
        write(2, b"taken apart")
builtins.kept = Kept()
import herdbook.cli
command_line = herdbook.cli.main
def registering():
    atexit.register(print, "done at the end")
    atexit.register(lambda: sys.stdout.write("unfinished line"))
    command_line()
herdbook.cli.main = registering
main()
"""


def ran(*arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False)


def test_python_runs_it_as_a_module() -> None:
    assert ran("-m", "herdbook", "--version").stdout == f"herdbook {__version__}\n"


def test_nothing_is_looked_through_for_garbage_while_it_is_loaded() -> None:
    assert ran("-c", HEADING + LOADING).stdout == f"0 True True\nherdbook {__version__}\n"


def test_its_process_ends_when_all_is_done_without_being_taken_apart() -> None:
    done = ran("-c", HEADING + ENDING)
    assert done.stdout == f"herdbook {__version__}\nunfinished linedone at the end\n"
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["rules"], 0), (["check", "--catalog", "."], 2), (["no-such-command"], 2)]
)
def test_it_ends_with_the_code_of_the_command(arguments: list[str], code: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "herdbook", *arguments],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code


def test_what_goes_wrong_in_it_is_left_to_python() -> None:
    fault = (
        "import herdbook.cli\ndef fault(): raise RuntimeError('a fault')\nherdbook.cli.main = fault\nmain()"
    )
    done = ran("-c", f"{HEADING}\n{fault}")
    assert done.returncode == 1
    assert "a fault" in done.stderr
