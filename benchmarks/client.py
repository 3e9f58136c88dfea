"""MLflow's client on a large catalog: how long it may take to find what an alias points to, and takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.cost import Cost, least_of
from benchmarks.questions import Timed

MOST = 0.3
"""Seconds that resolving an alias in a catalog of 10,000 entries may take once MLflow is imported."""

# The first time, our own modules are imported and the files read; nothing was kept by commands before.
_SERVING = """
import resource, sys, time
import mlflow

def timed():
    wall, cpu = time.perf_counter(), time.process_time()
    found = mlflow.MlflowClient().get_model_version_by_alias("fraud-000", "champion")
    took = time.perf_counter() - wall, time.process_time() - cpu
    assert found.version == 7
    unit = 1 if sys.platform == "darwin" else 1024
    print(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)

mlflow.set_tracking_uri(f"herdbook:{sys.argv[1]}")
timed()
timed()
"""


def resolved(catalog: Path, rounds: int) -> Iterator[Timed]:
    """Resolve an alias in a new process, and once more."""
    for index, name in enumerate(("alias by MLflow, first", "alias by MLflow, again")):
        yield Timed(name, least_of(rounds, partial(_served, catalog, index)), MOST)


def _served(catalog: Path, index: int) -> Cost:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _SERVING, catalog.absolute()],
        env={**os.environ, "HERDBOOK_CACHE": "off"},
        check=True,
        capture_output=True,
        text=True,
    )
    wall, cpu, peak = done.stdout.splitlines()[index].split()
    return Cost(float(wall), float(cpu), int(peak))
