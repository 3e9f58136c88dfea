"""Building a site again after an edit of one file: how long that may take, and takes."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure
from benchmarks.questions import Command, Timed

MOST = 1.5
"""Seconds that building the site of 10,000 entries may take where one of them changed."""


def rebuilt(catalog: Path, site: Path, rounds: int) -> Iterator[Timed]:
    """Build a site, then change a run and build it again, each time another one."""
    root = FOLDER / "rebuild"
    shutil.rmtree(root, ignore_errors=True)
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

        once()
        yield Timed("build, nothing changed", least_of(rounds, once), MOST)
        yield Timed("build, one file changed", least_of(rounds, again), MOST)
