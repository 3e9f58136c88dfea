"""The questions that people ask on the command line, and starting up: how long each may take, and takes.

They are about the first model of a generated catalog, and about the dataset version that most of it descends
from.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure

COLD, WARM = 5.0, 1.5
"""Seconds that a question on 10,000 entries may take: when they were never read before, and again."""
START = 0.15
"""Seconds that importing herdbook, and asking it for help, may take."""
OPEN = 0.02
"""Seconds that `impact` may take on an open catalog for a dataset version with 1,000 descendants."""
OPEN_ENTRIES = 1_300
"""How large a generated catalog must be for its shared dataset version to have 1,000 descendants."""

CHAMPION = "models:/fraud-000@champion"
HUB = "datasets:/orders-000/v1"
QUESTIONS = {
    "trace": [CHAMPION],
    "impact": [HUB],
    "compare": ["models:/fraud-000/8"],
    "status": [CHAMPION],
    "history": ["fraud-000"],
    "reproduce": [CHAMPION],
    "resolve": [CHAMPION],
    "runs": ["metrics.auc > 0.8"],
}

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Timed:
    """What something took, and how many seconds of wall time it may take at most."""

    name: str
    cost: Cost
    most: float


def asked(catalog: Path, rounds: int, *, cold: bool = True) -> Iterator[Timed]:
    """Ask each question of a catalog, first (if `cold`) without a cache of what was read, then with one."""
    # Elsewhere, since no cache is used that lies in the repository of the catalog.
    with TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        for name, arguments in QUESTIONS.items():
            command: Command = [PROGRAMS / "herdbook", name, *arguments, "--catalog", "."]
            if cold:
                forgotten = partial(asked_of, command, catalog, cache, forgotten=True)
                yield Timed(f"{name}, cold", least_of(rounds, forgotten), COLD)
            else:
                asked_of(command, catalog, cache, forgotten=False)
            known = partial(asked_of, command, catalog, cache, forgotten=False)
            yield Timed(f"{name}, warm", least_of(rounds, known), WARM)


def asked_of(command: Command, folder: Path, cache: Path, *, forgotten: bool) -> Cost:
    """What a command takes in a folder, with a cache or, if that is forgotten, without one."""
    if forgotten:
        shutil.rmtree(cache, ignore_errors=True)
    return measure(command, folder, HERDBOOK_CACHE=str(cache))


def started(rounds: int) -> Iterator[Timed]:
    """Import herdbook, and ask it for help."""
    commands: dict[str, Command] = {
        "import herdbook": [sys.executable, "-c", "import herdbook"],
        "herdbook --help": [PROGRAMS / "herdbook", "--help"],
    }
    for name, command in commands.items():
        yield Timed(name, least_of(rounds, partial(measure, command, FOLDER)), START)


def opened(catalog: Path) -> tuple[int, Timed]:
    """Ask an open catalog; tell also how many descendants the dataset version has."""
    command: Command = [sys.executable, "-m", "benchmarks.opened", catalog, HUB]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    cost = Cost(float(told[1]), float(told[2]), int(told[3]))
    return int(told[0]), Timed("impact, open catalog", cost, OPEN)
