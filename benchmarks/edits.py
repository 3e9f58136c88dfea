"""One edit by a command in a large catalog: how long it may take, and takes."""

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure
from benchmarks.questions import Timed

MOST = 0.5
"""Seconds that an edit on 10,000 entries may take, once the program has started."""


def edited(catalog: Path, rounds: int) -> Iterator[Timed]:
    """Tag a run, and move an alias, each time to another value; the catalog was read before."""
    root = FOLDER / "edit"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(catalog, root)
    program = PROGRAMS / "herdbook"
    run = min(root.glob("runs/*/*.yaml")).stem
    edits = {
        "tag set": ["tag", "set", f"runs:/{run}", "bench"],
        "alias set": ["alias", "set", "fraud-000", "bench", "8", "--by", "bench", "--reason"],
    }
    numbers = count(1)
    with TemporaryDirectory() as folder:  # elsewhere: no cache is used that lies beside the catalog

        def once(*arguments: str) -> Cost:
            return measure([program, *arguments, "--catalog", "."], root, HERDBOOK_CACHE=folder)

        def again(words: Sequence[str]) -> Cost:
            return once(*words, str(next(numbers)))

        start = least_of(rounds, partial(once, "tag", "set", "--help"))
        for name, words in edits.items():
            once(*words, "0")  # reads the catalog for the first time
            yield Timed(name, least_of(rounds, partial(again, words)), MOST + start.wall)
