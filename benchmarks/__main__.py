"""Measure checking, building and answering, with what each may take at most: `python -m benchmarks`.

Beside `herdbook check` stands `check-jsonschema`. The catalogs stay in `.bench/`.
"""

import argparse
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.changes import gated
from benchmarks.checking import rechecked
from benchmarks.client import resolved
from benchmarks.cost import FOLDER, PROGRAMS, Cost, least_of, measure
from benchmarks.edits import edited
from benchmarks.hashing import hashed
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
from benchmarks.pages import seen
from benchmarks.questions import OPEN_ENTRIES, Timed, asked, opened, started
from benchmarks.rebuilding import rebuilt
from benchmarks.recording import MOST, recorded

CHECK, BUILD, PEER = "herdbook check", "herdbook build", "check-jsonschema (runs only)"
QUESTIONS = "questions"
CHANGES = "changes"
CHECKS = "checks"
EDITS = "edits"
HASHING = "hashing"
RECORDING = "recording"
CLIENT = "client"
IMPORTING = "importing"
SITE = "site"
QUESTIONED, LARGE = 10_000, 100_000
"""How many entries the catalog has that is asked, and how many a large one."""
MOST_AGAIN, MOST_AGAIN_LARGE = 0.4, 2.0
"""Seconds that a check of these may take when one file changed."""


def commands(catalog: Path) -> dict[str, list[str | Path]]:
    """The commands to measure, to be run inside the catalog's folder."""
    # check-jsonschema takes the files themselves; all others find them.
    runs = sorted(path.relative_to(catalog) for path in catalog.glob("runs/*/*.yaml"))
    herdbook = PROGRAMS / "herdbook"
    return {
        CHECK: [herdbook, "check", "--catalog", "."],
        BUILD: [herdbook, "build", "--catalog", ".", "--out", "../site"],
        PEER: [PROGRAMS / "check-jsonschema", "--schemafile", "../run.json", *runs],
    }


def catalog_of(entries: int) -> Path:
    """Make a catalog of this many entries afresh."""
    folder = FOLDER / str(entries)
    shutil.rmtree(folder, ignore_errors=True)
    # In a process of its own: a child's peak memory counts from what its parent holds.
    subprocess.run([sys.executable, "-m", "benchmarks.generate", str(entries), folder], check=True)
    return folder


def table(costs: dict[str, dict[int, Cost]]) -> str:
    """All costs, and how they grow, side by side."""
    lines = [f"{'command':<30}{'entries':>9}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}"]
    for name, by_size in costs.items():
        for entries, cost in by_size.items():
            lines.append(f"{name:<30}{entries:>9,}{cost.wall:>9.2f}{cost.cpu:>9.2f}{cost.peak / 1e6:>9.0f}")
    sizes = list(next(iter(costs.values())))
    small, large = sizes[0], sizes[-1]
    lines.append("")
    if small != large:
        for name, by_size in costs.items():
            a, b = by_size[small], by_size[large]
            growth = f"{b.wall / a.wall:>9.1f}{b.cpu / a.cpu:>9.1f}{b.peak / a.peak:>9.1f}"
            lines.append(f"{name:<30}{f'x {large / small:g}':>9}{growth}")
    if {CHECK, PEER} <= costs.keys():
        a, b = costs[CHECK][large], costs[PEER][large]
        ratio = f"{b.wall / a.wall:>9.1f}{b.cpu / a.cpu:>9.1f}{b.peak / a.peak:>9.1f}"
        lines.append(f"{'check-jsonschema / check':<30}{large:>9,}{ratio}")
    return "\n".join(lines)


def grown(sizes: list[int], rounds: int, only: list[str] | None) -> str:
    """What each command takes as catalogs grow."""
    costs: dict[str, dict[int, Cost]] = {}
    for entries in sorted(sizes):
        catalog = catalog_of(entries)
        for name, command in commands(catalog).items():
            if not only or name in only:
                print(f"{name}, {entries:,} entries ...", file=sys.stderr)
                once = partial(measure, command, catalog, HERDBOOK_CACHE="off")
                costs.setdefault(name, {})[entries] = least_of(rounds, once)
    return table(costs)


def answered(rounds: int) -> str:
    """What questions take, and whether they keep within their bounds."""
    print(f"questions, {QUESTIONED:,} entries ...", file=sys.stderr)
    questions = list(asked(catalog_of(QUESTIONED), rounds))
    descendants, impact = opened(catalog_of(OPEN_ENTRIES))
    title = f"question, {QUESTIONED:,} entries"
    return "\n".join(
        [
            f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}",
            *map(_line, questions),
            f"of a dataset version with {descendants:,} descendants",
            _line(impact),
            *map(_line, started(rounds)),
        ]
    )


def judged(rounds: int) -> str:
    """What judging a change takes, and whether it keeps within its bounds."""
    print(f"gate, {QUESTIONED:,} entries ...", file=sys.stderr)
    title = f"change, {QUESTIONED:,} entries"
    head = f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"
    return "\n".join([head, *map(_line, gated(catalog_of(QUESTIONED), rounds))])


def checked(rounds: int, entries: int = QUESTIONED) -> str:
    """What checking again takes, and whether it keeps within its bounds."""
    print(f"check, {entries:,} entries ...", file=sys.stderr)
    most = MOST_AGAIN if entries == QUESTIONED else MOST_AGAIN_LARGE
    title = f"check, {entries:,} entries"
    head = f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"
    return "\n".join([head, *map(_line, rechecked(catalog_of(entries), rounds, most))])


def of_a_large_catalog(rounds: int) -> str:
    """What checks, questions and the gate take on a large catalog that was read before."""
    catalog = catalog_of(LARGE)
    title = f"{LARGE:,} entries"
    lines = [checked(rounds, LARGE), f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"]
    lines += map(_line, asked(catalog, rounds, large=True))
    lines += map(_line, gated(catalog, rounds, large=True))
    return "\n".join(lines)


def changed(rounds: int) -> str:
    """What an edit by a command takes, and whether it keeps within its bounds."""
    print(f"edits, {QUESTIONED:,} entries ...", file=sys.stderr)
    title = f"edit, {QUESTIONED:,} entries"
    head = f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"
    return "\n".join([head, *map(_line, edited(catalog_of(QUESTIONED), rounds))])


def summed(rounds: int) -> str:
    """How fast files are hashed, and whether that is as fast as it must be."""
    print("hashing ...", file=sys.stderr)
    own, peer, least = hashed(rounds)
    slow = "  too slow" if own < least * peer else ""
    return "\n".join(
        [
            f"{'hashing':<39}{'MB/s':>9}",
            f"{'herdbook.digest':<39}{own / 1e6:>9.0f}",
            f"{'sha256sum':<39}{peer / 1e6:>9.0f}",
            f"{f'ratio, at least {least:.0%}':<39}{own / peer:>9.0%}{slow}",
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
    title = f"client, {QUESTIONED:,} entries"
    head = f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"
    return "\n".join([head, *map(_line, resolved(catalog_of(QUESTIONED), rounds))])


def brought_in(rounds: int) -> str:
    """What importing a large store takes, whether within its bounds, and what MLflow's client takes."""
    print("importing ...", file=sys.stderr)
    cost = imported(rounds)
    late = "  exceeded" if cost.wall > MOST_SECONDS or cost.peak > MOST_BYTES else ""
    bounds = f"{MOST_SECONDS:>11.2f}{MOST_BYTES / 1e6:>12.0f}{late}"
    title = f"import, {RUNS:,} runs x {METRICS} metrics x {POINTS}"
    lines = [
        f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}{'at most MB':>12}",
        f"{'herdbook import mlflow':<39}{cost.wall:>9.2f}{cost.cpu:>9.2f}{cost.peak / 1e6:>9.0f}{bounds}",
    ]
    peer = read_by_client()
    if peer is None:
        lines.append("MLflow's client: not measured; install sqlalchemy and alembic to see it")
    else:
        slow = "  too slow" if peer < LEAST_RATIO * cost.wall else ""
        lines.append(f"{'MLflow client (of a part, scaled)':<39}{peer:>9.2f}")
        lines.append(f"{f'ratio, at least {LEAST_RATIO}':<39}{peer / cost.wall:>9.1f}{slow}")
    return "\n".join(lines)


def looked_at(rounds: int) -> str:
    """What building a site again takes, and what readers of its pages wait for, and whether within bounds."""
    print(f"site, {QUESTIONED:,} entries ...", file=sys.stderr)
    site = FOLDER / "rebuilt"
    shutil.rmtree(site, ignore_errors=True)
    title = f"site, {QUESTIONED:,} entries"
    lines = [f"{title:<39}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'at most s':>11}"]
    lines += map(_line, rebuilt(catalog_of(QUESTIONED), site, rounds))
    lines += ["", f"{'in Chromium':<39}{'kB':>9}{'s':>9}{'at most kB':>12}{'at most s':>11}"]
    for each in seen(site, rounds):
        late = "  exceeded" if each.bytes > each.most_bytes or each.seconds > each.most_seconds else ""
        bounds = f"{each.most_bytes / 1e3:>12.0f}{each.most_seconds:>11.2f}{late}"
        lines.append(f"{each.name:<39}{each.bytes / 1e3:>9.0f}{each.seconds:>9.2f}{bounds}")
    if len(lines) < 6:
        lines.append("not looked at: there is no chromium on this system")
    return "\n".join(lines)


def _line(timed: Timed) -> str:
    cost = timed.cost
    late = "  exceeded" if cost.wall > timed.most else ""
    return (
        f"{timed.name:<39}{cost.wall:>9.3f}{cost.cpu:>9.3f}{cost.peak / 1e6:>9.0f}{timed.most:>11.2f}{late}"
    )


PARTS = {
    QUESTIONS: answered,
    CHANGES: judged,
    CHECKS: checked,
    EDITS: changed,
    HASHING: summed,
    RECORDING: logged,
    CLIENT: served,
    IMPORTING: brought_in,
    SITE: looked_at,
}
"""What is measured besides the commands that read the whole of catalogs of several sizes."""


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Herdbook.")
    parser.add_argument(
        "--entries", type=int, nargs="+", default=[1_000, 10_000], help="sizes of the catalogs"
    )
    parser.add_argument("--rounds", type=int, default=1, help="measure so often, and print the least of each")
    parser.add_argument(
        "--only", choices=[CHECK, BUILD, PEER, *PARTS], action="append", help="measure only this"
    )
    parser.add_argument("--large", action="store_true", help="measure a catalog of 100,000 entries instead")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    schema = subprocess.run([PROGRAMS / "herdbook", "schema", "run"], check=True, capture_output=True)
    (FOLDER / "run.json").write_bytes(schema.stdout)
    if arguments.large:
        parts = [grown([LARGE], arguments.rounds, [CHECK]), of_a_large_catalog(arguments.rounds)]
        print("\n\n".join(parts))
        return
    only = arguments.only
    parts = []
    if not only or not {*only} <= PARTS.keys():
        parts.append(grown(arguments.entries, arguments.rounds, only))
    parts += [part(arguments.rounds) for name, part in PARTS.items() if not only or name in only]
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
