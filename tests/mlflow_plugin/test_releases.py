"""The plugin in the last release of MLflow 2; the other tests here are run with the newest of MLflow 3."""

import re
import subprocess
from pathlib import Path

import pytest

from conftest import CHECKOUT
from foreign import python_of

pytestmark = pytest.mark.foreign


def test_all_that_is_tested_here_holds_in_mlflow_2_as_well(tmp_path: Path) -> None:
    python = python_of("mlflow2")
    asked = "import mlflow; print(mlflow.__version__)"
    release = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    assert release.stdout.startswith("2.22.")
    done = subprocess.run(
        [
            *(python, "-m", "pytest", "-q", "-m", "not slow and not foreign", "--tb=short"),
            *("-p", "no:cacheprovider", f"--basetemp={tmp_path / 'pytest'}", "tests/mlflow_plugin"),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 1000
