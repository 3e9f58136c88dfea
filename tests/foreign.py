"""Environments beside the own one, for what cannot be installed together with its pins.

`make foreign` makes them; only CI must have them.
"""

import os
from pathlib import Path

import pytest

from conftest import CHECKOUT


def python_of(name: str) -> Path:
    """The interpreter of an environment; where that is not there, the test is skipped."""
    folder = CHECKOUT / ".venv"
    if not (folder / f"{name}.stamp").is_file():
        message = f"no environment {name}: run `make foreign` to run this test"
        if os.environ.get("HERDBOOK_REQUIRE_FOREIGN"):
            pytest.fail(message)
        pytest.skip(message)
    return folder / name / "bin" / "python"
