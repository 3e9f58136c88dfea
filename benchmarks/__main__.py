"""Measure `herdbook check` and `herdbook build`, and `check-jsonschema` beside them: `python -m benchmarks`.

Each command runs in a process of its own, whose resources the system tells when it ends. Should it start
others, their memory counts too, where the system lets us look (Linux). The catalogs stay in `.bench/`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".bench")
PROGRAMS = Path(sys.executable).parent
CHECK, BUILD, PEER = "herdbook check", "herdbook build", "check-jsonschema (runs only)"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds of wall and of processor time, and bytes of memory at its peak."""

    wall: float
    cpu: float
    peak: int

    def least(self, other: "Cost") -> "Cost":
        """The lesser of both in each respect: what disturbs a measurement only ever adds to it."""
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.peak, other.peak))


def measure(command: Sequence[str | Path], folder: Path) -> Cost:
    """Run a command in a folder and tell what it took.

    Raises:
        SystemExit: the command failed; what it said is shown.
    """
    with (FOLDER / "output.txt").open("w+b") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        family = Family(process.pid)
        family.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        family.over.set()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            sys.exit(
                f"{' '.join(map(str, command[:3]))} failed:\n{output.read().decode(errors='replace')[-2000:]}"
            )
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, used.ru_utime + used.ru_stime, max(used.ru_maxrss * unit, family.peak))


class Family(threading.Thread):
    """Watches the memory of a process and its descendants together; what they share counts once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.peak = max(self.peak, self._memory(self.pid))

    def _memory(self, pid: int) -> int:
        own = Path("/proc", str(pid))
        try:
            children = (own / "task" / str(pid) / "children").read_text().split()
            shares = [line.split() for line in (own / "smaps_rollup").read_text().splitlines()]
        except OSError:  # it has ended, or this is not Linux
            return 0
        kilobytes = sum(int(words[1]) for words in shares if words[0] == "Pss:")
        return kilobytes * 1024 + sum(self._memory(int(child)) for child in children)


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


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure check and build.")
    parser.add_argument(
        "--entries", type=int, nargs="+", default=[1_000, 10_000], help="sizes of the catalogs"
    )
    parser.add_argument("--rounds", type=int, default=1, help="measure so often, and print the least of each")
    parser.add_argument("--only", choices=[CHECK, BUILD, PEER], action="append", help="measure only this")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    schema = subprocess.run([PROGRAMS / "herdbook", "schema", "run"], check=True, capture_output=True)
    (FOLDER / "run.json").write_bytes(schema.stdout)
    costs: dict[str, dict[int, Cost]] = {}
    for entries in sorted(arguments.entries):
        catalog = catalog_of(entries)
        for name, command in commands(catalog).items():
            if arguments.only and name not in arguments.only:
                continue
            print(f"{name}, {entries:,} entries ...", file=sys.stderr)
            cost = measure(command, catalog)
            for _ in range(arguments.rounds - 1):
                cost = cost.least(measure(command, catalog))
            costs.setdefault(name, {})[entries] = cost
    print(table(costs))


if __name__ == "__main__":
    main()
