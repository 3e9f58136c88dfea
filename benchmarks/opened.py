"""Ask an open catalog for the impact of a dataset version: `python -m benchmarks.opened FOLDER REFERENCE`.

Open means: read, and asked once before, so that its lineage is drawn. Prints how many descendants the version
has, the least seconds of wall and of processor time that an answer took, and the peak of memory in bytes.
"""

import argparse
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from herdbook.opening import read_catalog
from herdbook.queries.impact import impact, named
from herdbook.queries.records import Records
from herdbook.tree import DirTree

ROUNDS = 20


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description="Ask an open catalog for the impact of a dataset version.")
    parser.add_argument("folder", type=Path, help="the catalog")
    parser.add_argument("reference", help="the dataset version")
    arguments = parser.parse_args()
    records = Records(read_catalog(DirTree(arguments.folder)), datetime.now(UTC).date())
    answer = impact(records, named(records, arguments.reference))
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        impact(records, named(records, arguments.reference))
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(len(answer.affected) - 1, min(walls), min(cpus), peak)


if __name__ == "__main__":
    main()
