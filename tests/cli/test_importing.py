import os
import pty
import subprocess
import sys

from conftest import CHECKOUT

WATCHED = """
import sys
from herdbook.cli.importing import along
print(sum(along("Reading")(range(1000))))
"""


def test_progress_is_shown_on_a_terminal_only() -> None:
    quiet = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True)
    assert (quiet.stdout, quiet.stderr) == ("499500\n", "")
    parent, child = pty.openpty()
    watched = subprocess.run(
        [sys.executable, "-c", WATCHED], stdout=subprocess.PIPE, stderr=child, check=True, cwd=CHECKOUT
    )
    os.close(child)
    assert watched.stdout == b"499500\n"
    assert b"Reading" in os.read(parent, 10_000)
    os.close(parent)
