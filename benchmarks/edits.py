"""One edit by a command in a large catalog: how long it may take, and takes."""

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside
from benchmarks.questions import Command, Timed

MOST = 0.5
"""Seconds that an edit on 10,000 entries may take, once the program has started."""


def edited(catalog: Path, rounds: int) -> Iterator[Timed]:
    """Tag a run, and move an alias, each time to another value; the catalog was read before."""
    root = FOLDER / "edit"
    put_aside(root)
    shutil.copytree(catalog, root)
    run = min(root.glob("runs/*/*.yaml")).stem
    numbers = count()
    with TemporaryDirectory() as cache:  # elsewhere: no cache is used that lies beside the catalog

        def once(*words: str) -> Cost:
            command: Command = [PROGRAMS / "herdbook", *words, "--catalog", "."]
            return measure(command, root, HERDBOOK_CACHE=cache)

        def again(words: Sequence[str]) -> Cost:
            return once(*words, str(next(numbers)))

        start = least_of(rounds, partial(once, "tag", "set", "--help"))
        for name, words in {
            "tag set": ["tag", "set", f"runs:/{run}", "bench"],
            "alias set": ["alias", "set", "fraud-000", "bench", "8", "--by", "bench", "--reason"],
        }.items():
            again(words)
            yield Timed(name, least_of(rounds, partial(again, words)), MOST + start.wall)
