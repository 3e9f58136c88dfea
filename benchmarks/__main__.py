"""Measure checking, building and answering, with what each may take at most: `python -m benchmarks`.

What is measured of the table is kept in `.bench/`, as the catalogs are; `--readme` puts it into README.md.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.changes import gated
from benchmarks.client import resolved
from benchmarks.cost import FOLDER, Cost, cleared, compiled, put_aside
from benchmarks.edits import edited
from benchmarks.hashing import LEAST, hashed
from benchmarks.importing import (
    LEAST_RATIO,
    METRICS,
    MOST_BYTES,
    MOST_SECONDS,
    POINTS,
    RUNS,
    imported,
    read_by_client,
)
from benchmarks.published import README, keep, shown, with_table
from benchmarks.questions import OPEN_ENTRIES, Timed, asked, opened, started
from benchmarks.recording import MOST, recorded
from benchmarks.rewriting import rewritten
from benchmarks.rows import LARGE, SIZES
from benchmarks.scale import head, measured

SCALE = "scale"
QUESTIONS = "questions"
CHANGES = "changes"
EDITS = "edits"
HASHING = "hashing"
RECORDING = "recording"
CLIENT = "client"
IMPORTING = "importing"
WRITING = "writing"
_AT_MOST = f"{'at most s':>11}"
QUESTIONED = 10_000
"""How many entries the catalog has that is asked."""


def catalog_of(entries: int) -> Path:
    """Make a catalog of this many entries afresh."""
    folder = FOLDER / str(entries)
    put_aside(folder)
    # In a process of its own: a child's peak memory counts from what its parent holds.
    subprocess.run([sys.executable, "-m", "benchmarks.generate", str(entries), folder], check=True)
    return folder


def answered(rounds: int) -> str:
    """What questions take, and whether they keep within their bounds."""
    print(f"questions, {QUESTIONED:,} entries ...", file=sys.stderr)
    questions = list(asked(catalog_of(QUESTIONED), rounds))
    descendants, impact = opened(catalog_of(OPEN_ENTRIES))
    return "\n".join(
        [
            _head(f"question, {QUESTIONED:,} entries", _AT_MOST),
            *map(_line, questions),
            f"of a dataset version with {descendants:,} descendants",
            _line(impact),
            *map(_line, started(rounds)),
        ]
    )


def judged(rounds: int) -> str:
    """What judging a change takes, and whether it keeps within its bounds."""
    print(f"gate, {QUESTIONED:,} entries ...", file=sys.stderr)
    return _table(f"change, {QUESTIONED:,} entries", gated(catalog_of(QUESTIONED), rounds))


def changed(rounds: int) -> str:
    """What an edit by a command takes, and whether it keeps within its bounds."""
    print(f"edits, {QUESTIONED:,} entries ...", file=sys.stderr)
    return _table(f"edit, {QUESTIONED:,} entries", edited(catalog_of(QUESTIONED), rounds))


def summed(rounds: int) -> str:
    """How fast files are hashed, and whether that is as fast as it must be."""
    print("hashing ...", file=sys.stderr)
    own, peer = hashed(rounds)
    slow = "  too slow" if own < LEAST * peer else ""
    return "\n".join(
        [
            f"{'hashing':<39}{'MB/s':>9}",
            f"{'herdbook.digest':<39}{own / 1e6:>9.0f}",
            f"{'sha256sum':<39}{peer / 1e6:>9.0f}",
            f"{f'ratio, at least {LEAST:.0%}':<39}{own / peer:>9.0%}{slow}",
        ]
    )


def logged(rounds: int) -> str:
    """What recording takes of a training, and whether it keeps within its bound."""
    print("recording ...", file=sys.stderr)
    took = min(recorded() for _ in range(rounds))
    late = "  exceeded" if took > MOST else ""
    head = f"{'recording, 1,000 points of a curve':<39}{'ms':>9}{'at most ms':>12}"
    return f"{head}\n{'log_metric, over the training itself':<39}{took:>9.2f}{MOST:>12.2f}{late}"


def served(rounds: int) -> str:
    """What MLflow's client takes to resolve an alias, and whether it keeps within its bound."""
    print(f"MLflow's client, {QUESTIONED:,} entries ...", file=sys.stderr)
    return _table(f"client, {QUESTIONED:,} entries", resolved(catalog_of(QUESTIONED), rounds))


def brought_in(rounds: int) -> str:
    """What importing a large store takes, whether within its bounds, and what MLflow's client takes."""
    print("importing ...", file=sys.stderr)
    cost = imported(rounds)
    late = "  exceeded" if cost.wall > MOST_SECONDS or cost.peak > MOST_BYTES else ""
    bounds = f"{MOST_SECONDS:>11.2f}{MOST_BYTES / 1e6:>12.0f}{late}"
    lines = [
        _head(f"import, {RUNS:,} runs x {METRICS} metrics x {POINTS}", f"{_AT_MOST}{'at most MB':>12}"),
        _line_of("herdbook import mlflow", cost, bounds),
    ]
    peer = read_by_client()
    if peer is None:
        lines.append("MLflow's client: not measured; install sqlalchemy and alembic to see it")
    else:
        slow = "  too slow" if peer < LEAST_RATIO * cost.wall else ""
        lines.append(f"{'MLflow client (of a part, scaled)':<39}{peer:>9.2f}")
        lines.append(f"{f'ratio, at least {LEAST_RATIO}':<39}{peer / cost.wall:>9.1f}{slow}")
    return "\n".join(lines)


def written(rounds: int) -> str:
    """What laying out files and writing tables of them takes, beside what a user would pick."""
    print(f"tables and layout, {QUESTIONED:,} entries ...", file=sys.stderr)
    costs = rewritten(catalog_of(QUESTIONED), rounds)
    title = f"writing, {QUESTIONED:,} entries"
    return "\n".join([_head(title), *(_line_of(name, cost) for name, cost in costs)])


def _table(title: str, timed: Iterable[Timed]) -> str:
    return "\n".join([_head(title, _AT_MOST), *map(_line, timed)])


def _line(timed: Timed) -> str:
    late = "  exceeded" if timed.cost.wall > timed.most else ""
    return _line_of(timed.name, timed.cost, f"{timed.most:>11.2f}{late}")


def _head(title: str, bounds: str = "") -> str:
    return f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{bounds}"


def _line_of(name: str, cost: Cost, bounds: str = "") -> str:
    return f"{name:<39}{cost.wall:>9.3f}{cost.cpu:>9.3f}{cost.peak / 1e6:>9.0f}{bounds}"


PARTS = {
    QUESTIONS: answered,
    CHANGES: judged,
    EDITS: changed,
    HASHING: summed,
    RECORDING: logged,
    CLIENT: served,
    IMPORTING: brought_in,
    WRITING: written,
}
"""What is measured besides the rows of the table."""


def scaled(sizes: Sequence[int], rounds: int, patience: float) -> str:
    """Measure the rows of the table at some sizes, and show them beside those measured before."""
    for entries in sizes:
        print(f"{entries:,} entries ...", file=sys.stderr)
        keep(entries, head(), measured(catalog_of(entries), rounds, patience))
    return shown()


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Herdbook.")
    parser.add_argument("--rounds", type=int, default=1, help="measure so often, and print the least")
    parser.add_argument("--patience", type=float, default=900, help="seconds for each thing beside ours")
    parser.add_argument("--large", action="store_true", help="only the table, of 100,000 entries")
    parser.add_argument("--only", choices=[SCALE, *PARTS], action="append", help="measure only this")
    parser.add_argument("--entries", type=int, choices=SIZES, nargs="+", default=SIZES[:2], help="sizes")
    parser.add_argument("--readme", action="store_true", help="put the kept table into README.md")
    arguments = parser.parse_args()
    if arguments.readme:
        README.write_text(with_table(README.read_text(), shown()))
        return
    FOLDER.mkdir(exist_ok=True)
    compiled()
    only = [SCALE] if arguments.large else arguments.only or [SCALE, *PARTS]
    sizes = [LARGE] if arguments.large else arguments.entries
    try:
        parts = [scaled(sizes, arguments.rounds, arguments.patience)] if SCALE in only else []
        parts += [part(arguments.rounds) for name, part in PARTS.items() if name in only]
    finally:
        cleared()
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
