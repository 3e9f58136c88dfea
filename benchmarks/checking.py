"""Checking a catalog again after one file changed, beside what git takes to see that it did."""

from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.changes import repository_of
from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure, put_aside, settled
from benchmarks.questions import Command


def rechecked(catalog: Path, rounds: int) -> tuple[Cost, Cost]:
    """Check a catalog that was checked before, each time after another edit of one run; then let git look."""
    repository = repository_of(catalog, FOLDER / "check")
    run = min((repository / "catalog").glob("runs/*/*.yaml"))
    text, edits = run.read_text(), count()
    command: Command = [PROGRAMS / "herdbook", "check"]
    with TemporaryDirectory() as cache:  # elsewhere: no cache is used that lies in the repository

        def once() -> Cost:
            run.write_text(f"{text}\nnotes: Looked at {next(edits)} times.\n")
            return measure(command, repository, HERDBOOK_CACHE=cache)

        for _ in range(2):  # the first one reads, and the second one knows what has come to rest since
            settled()
            once()
        status = least_of(rounds, partial(measure, ["git", "status", "--short"], repository))
        again = least_of(rounds, once)
    put_aside(repository)
    return again, status
