"""Run the command line as it is installed."""

import os
import subprocess
import sys
from pathlib import Path

from rule_examples import EXAMPLE_CATALOG, case

HERDBOOK = Path(sys.executable).with_name("herdbook")

BROKEN = """\
# runs/churn/train-1.yaml
tags: {dataset_version: orders_v1, git_commit: 0f4b1c3}
# models/churn/card.yaml
caveats: TODO
"""
"""An error in a run and one in a card, to be laid over the example catalog."""


def herdbook(
    *arguments: str | Path, cwd: Path = EXAMPLE_CATALOG, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, the example catalog if nothing else is said."""
    return subprocess.run(
        [HERDBOOK, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def lay_broken(folder: Path) -> Path:
    """Write a catalog with the two errors into a folder; return the folder."""
    case(BROKEN).lay(folder / "catalog")
    return folder
