"""One edit by a command in a large catalog: how long it may take, and takes."""

import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure
from benchmarks.questions import Command, Timed

MOST = 0.5
"""Seconds that an edit on 10,000 entries may take, beside those for starting up and writing."""
SMALL = 100
"""Entries of a catalog in which an edit takes as long as starting up and writing."""


def edited(catalog: Path, small: Path, rounds: int) -> Iterator[Timed]:
    """Tag a run, and move an alias, in a large and in a small catalog that were read before."""
    run = min(small.glob("runs/*/*.yaml")).stem
    for name, words in {
        "tag set": ["tag", "set", f"runs:/{run}", "bench"],
        "alias set": ["alias", "set", "fraud-000", "bench", "8", "--by", "bench", "--reason"],
    }.items():
        start = _edit(small, words, rounds)
        yield Timed(name, _edit(catalog, words, rounds), MOST + start.wall)


def _edit(catalog: Path, words: Sequence[str], rounds: int) -> Cost:
    root = FOLDER / "edit"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(catalog, root)
    numbers = count()
    with TemporaryDirectory() as cache:  # elsewhere: no cache is used that lies beside the catalog

        def once() -> Cost:
            value = str(next(numbers))
            command: Command = [PROGRAMS / "herdbook", *words, value, "--catalog", "."]
            return measure(command, root, HERDBOOK_CACHE=cache)

        once()
        return least_of(rounds, once)
