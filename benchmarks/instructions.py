"""Count the instructions that a command takes: the same on every day, however busy the machine is.

Valgrind counts those of the command and of all processes that it starts; what the kernel does for them does
not count. A command runs some twenty times slower meanwhile.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_COUNTING = ("valgrind", "--quiet", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes")
# A line of each count that Valgrind writes.
_SUMMARY = re.compile(r"^summary: ([0-9]+)", re.MULTILINE)


def counted(command: Sequence[str | Path], folder: Path, environment: dict[str, str]) -> int:
    """Run a command in a folder under a count of its instructions.

    Raises:
        SystemExit: the command failed, or there is no Valgrind.
    """
    if shutil.which("valgrind") is None:
        sys.exit("There is no valgrind, which counts instructions: install it (`apt-get install valgrind`).")
    with TemporaryDirectory() as counts:
        counting = [*_COUNTING, f"--cachegrind-out-file={counts}/%p", f"--log-file={counts}/log.%p"]
        # Where objects lie in sets and dicts of strings must not depend on chance.
        ran([*counting, *command], folder, {**environment, "PYTHONHASHSEED": "0"})
        found = (_SUMMARY.search(path.read_text()) for path in Path(counts).glob("[0-9]*"))
        return sum(int(each[1]) for each in found if each is not None)


def ran(command: Sequence[str | Path], folder: Path, environment: dict[str, str]) -> None:
    """Run a command in a folder, with nothing else in its environment than this and where programs are.

    Raises:
        SystemExit: the command failed; what it said is shown.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}")
