"""Building a site from nothing, and again after an edit of one file."""

import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside, settled
from benchmarks.questions import Command


def rebuilt(catalog: Path, site: Path, rounds: int) -> tuple[Cost, Cost]:
    """Build a site from nothing, then change a run and build it again, each time another one."""
    root = FOLDER / "rebuild"
    put_aside(root)
    shutil.copytree(catalog, root)
    command: Command = [PROGRAMS / "herdbook", "build", "--catalog", ".", "--out", site.absolute()]
    runs = sorted(root.glob("runs/*/*.yaml"))
    numbers = count()
    with TemporaryDirectory() as cache:  # elsewhere: no cache is used that lies beside the catalog

        def once() -> Cost:
            return measure(command, root, HERDBOOK_CACHE=cache)

        def again() -> Cost:
            run = runs[next(numbers) * 97 % len(runs)]
            run.write_text(f"{run.read_text()}notes: Looked at once more.\n")
            return once()

        settled()
        return once(), least_of(rounds, again)
