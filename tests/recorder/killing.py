"""Record runs in the catalog here, and kill each at a random moment: `python killing.py SEED KILLS`.

Each run notes in a file of its name how many of its calls have returned.
"""

import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import herdbook
from herdbook.recorder import saving


def call(run: herdbook.ActiveRun, number: int) -> None:
    """One of many calls; which ones were made follows from the number of calls."""
    match number % 5:
        case 0:
            run.log_param(f"p{number}", number)
        case 1:
            run.set_tag(f"t{number}", "x" * (number % 300))
        case 2:
            run.log_input(uri=f"s3://bucket/{number}", role="training")
        case _:
            run.log_metric("loss", number / 7, step=number)


def record(name: str) -> None:
    """Record until the end that comes from outside."""
    answered = os.open(f"{name}.answered", os.O_WRONLY | os.O_CREAT)
    run = herdbook.start_run("killed", run_id=name)
    number = 0
    while True:
        call(run, number)
        number += 1
        os.pwrite(answered, f"{number:08}".encode(), 0)
        time.sleep(0.0002)  # or the record grows too large for a catalog


def main() -> None:
    """Kill so many runs; in every second one, the file is saved all the time."""
    chance = random.Random(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    with herdbook.start_run("warm", run_id="warm"):  # finds out what all of them need
        pass
    for number in range(int(sys.argv[2])):
        child = os.fork()
        if child == 0:
            if number % 2:
                saving.FIRST = saving.LAST = saving._SHARE = 0.002  # type: ignore[assignment]  # a share of less than one
            record(f"k{number}")
        answered = Path(f"k{number}.answered")
        # Four of five are killed after a call has returned, however slow the machine is.
        while not answered.exists() or (number % 5 and not answered.stat().st_size):
            time.sleep(0.001)
        time.sleep(chance.uniform(0.01, 0.4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
