import os
import pty
import subprocess
import sys
from pathlib import Path

from command_line import herdbook
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


def test_a_model_that_mlflow_saved_is_brought_in_from_where_it_lies(repository: Path) -> None:
    folder = repository / "out put"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {sklearn: {}}\n")
    left_out = herdbook("import", "mlmodel", folder, cwd=repository)
    assert (left_out.returncode, left_out.stdout) == (1, "Nothing is new in mlflow.\n")
    assert "no run saved it; name the run that made it with --run" in left_out.stderr
    done = herdbook("import", "mlmodel", folder, "--model", "churn", "--run", "train-1", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert "written: catalog/models/churn/versions/3.yaml" in done.stdout
    assert "uri: out%20put" in (repository / "catalog/models/churn/versions/3.yaml").read_text()
