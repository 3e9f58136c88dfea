"""Run every run of the example catalog again, each from its own commit, and compare what comes out.

    python examples/reproduce.py

Works in a clone in a temporary folder and changes nothing here. It needs the whole history (no shallow
clone) and the packages of `pip install -c constraints.txt '.[examples]'`: other versions of scikit-learn
give other models.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from herdbook.yaml.reader import parse_yaml

CHECKOUT = Path(__file__).parents[1]
TOLERANCE = 1e-9


def runs(catalog: Path) -> list[dict[str, Any]]:
    """Return the runs of a catalog in the order in which they ran."""
    found = [parse_yaml(path.read_bytes()).value for path in catalog.glob("runs/*/*.yaml")]
    return sorted(found, key=lambda run: (run["started_at"], run["ended_at"]))


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Say in what two records of a run differ: metrics, slices, digests of datasets."""
    found = []
    measured = [(("metrics",), one.get("metrics", {}), other.get("metrics", {}))]
    for before, after in zip(one.get("slices", ()), other.get("slices", ()), strict=True):
        measured.append((("slice", *map(str, before["by"].values())), before["metrics"], after["metrics"]))
    for place, before, after in measured:
        for name in before.keys() | after.keys():
            if name not in before or name not in after or abs(before[name] - after[name]) > TOLERANCE:
                found.append(
                    f"{' '.join(place)} {name}: {before.get(name)} was recorded, {after.get(name)} came out"
                )
    for before, after in zip(one.get("outputs", ()), other.get("outputs", ()), strict=True):
        # The bytes of a stored model depend on the processor; those of a dataset must not.
        if "dataset" in before and before["digest"] != after["digest"]:
            found.append(f"{before['dataset']}: {before['digest']} was recorded, {after['digest']} came out")
    return found


def run_again(recorded: list[dict[str, Any]], folder: Path) -> int:
    """Run all again in a clone inside `folder`; return how many came out otherwise."""
    clone, catalog = folder / "clone", folder / "catalog"
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
    differing = 0
    for run in recorded:
        subprocess.run(["git", "checkout", "--quiet", run["code"]["commit"]], cwd=clone, check=True)
        _, *arguments = shlex.split(run["code"]["command"])
        variables = os.environ | {"HERDBOOK_CATALOG": str(catalog)}
        subprocess.run([sys.executable, *arguments], cwd=clone, env=variables, check=True)
        again = parse_yaml((catalog / "runs" / run["experiment"] / f"{run['id']}.yaml").read_bytes()).value
        found = differences(run, again)
        differing += bool(found)
        print(f"{run['id']}: {'; '.join(found) or 'the same'}")
    return differing


def main() -> int:
    """Run all again; return 1 when something came out otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        return min(run_again(runs(CHECKOUT / "catalog"), Path(folder)), 1)


if __name__ == "__main__":
    sys.exit(main())
