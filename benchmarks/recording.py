"""Recording: what a thousand points of a curve take of the time of a training."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

MOST = 5.0
"""Milliseconds that recording 1,000 points may take."""

# The catalog is that of a run of its own; what else goes on in the machine can only make a round longer.
_TRAINING = """
import time, herdbook

def trained(steps, run):
    begun = time.perf_counter()
    for step in steps:
        loss = 1 / (step + 1)
        if run is not None:
            run.log_metric("loss", loss, step=step)
    return time.perf_counter() - begun

rounds = [range(number * 1000, number * 1000 + 1000) for number in range(20)]
with herdbook.start_run("bench") as run:
    with_record = min(trained(steps, run) for steps in rounds)
print((with_record - min(trained(steps, None) for steps in rounds)) * 1000)
"""


def recorded() -> float:
    """The milliseconds that 1,000 points take more than the training without them: the least of 20 rounds."""
    with TemporaryDirectory() as folder:
        catalog = Path(folder, "catalog")
        catalog.mkdir()
        (catalog / "herdbook.yaml").write_text("kind: catalog\nname: bench\n")
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _TRAINING],
            cwd=folder,
            env={**os.environ, "HERDBOOK_CATALOG": str(catalog)},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout)
