import io
import os
import pty
import subprocess
import sys

import pytest

from herdbook.cli.screen import is_terminal, style_for

THROUGH = """
from herdbook.cli.screen import along
print(sum(along("Reading")(range(10))))
"""
PIECES = """
from herdbook.cli.screen import progress
with progress("Reading", 45) as show:
    print(sum(show(more) or more for more in range(10)))
"""


@pytest.mark.parametrize("code", [THROUGH, PIECES], ids=["through", "pieces"])
def test_progress_is_shown_on_a_terminal_only(code: str) -> None:
    quiet = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (quiet.stdout, quiet.stderr) == ("45\n", "")
    parent, child = pty.openpty()
    watched = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=child, check=True)
    os.close(child)
    assert watched.stdout == b"45\n"
    seen = os.read(parent, 10_000)
    os.close(parent)
    assert b"Reading" in seen
    assert b"100%" in seen


def test_only_a_terminal_gets_colours() -> None:
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as terminal:
        assert is_terminal(terminal)
        style = style_for(terminal)
        assert style("it fails", "error") == "\x1b[31m\x1b[1mit fails\x1b[0m"
        assert style("a.yaml:3", "place") == "\x1b[1ma.yaml:3\x1b[0m"
    os.close(parent)
    for stream in (None, io.StringIO()):
        assert not is_terminal(stream)
        assert style_for(stream)("it fails", "error") == "it fails"


def test_answers_are_as_wide_as_the_terminal_and_elsewhere_as_they_are() -> None:
    code = "from herdbook.cli.screen import width_of_output; print(width_of_output())"
    quiet = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert quiet.stdout == "None\n"
    parent, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": "72"}
    subprocess.run([sys.executable, "-c", code], stdout=child, check=True, env=environment)
    os.close(child)
    assert os.read(parent, 100).strip() == b"72"
    os.close(parent)
