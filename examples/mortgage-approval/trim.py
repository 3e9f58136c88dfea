"""Take outliers out of the training split, where a few enormous ratios pull at the model.

python examples/mortgage-approval/trim.py v2
"""

import argparse

import applications
import pandas as pd

import herdbook

LIMIT = 60.0  # percent of income
LIMITED = ["debt_ratio", "housing_ratio"]


def trimmed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose debts and housing expenses take at most so much of the income."""
    return table[(table[LIMITED] <= LIMIT).all(axis="columns")]


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("version", help="the version of the training split to make: v2, v3, ...")
version = parser.parse_args().version

with herdbook.start_run(
    "mortgage-data", "preprocessing", run_id=f"mortgage-trim-{version}", title=f"Take out outliers, {version}"
) as run:
    run.log_input(dataset="mortgage-applications/v1-train", role="source", path=applications.path("v1-train"))
    run.log_params({"limit_percent": LIMIT, "limited": LIMITED})
    table = applications.read("v1-train")
    kept = trimmed(table)
    run.log_metrics(
        {"rows_read": len(table), "rows_dropped": len(table) - len(kept), "rows_train": len(kept)}
    )
    run.log_output(
        "train",
        applications.write(kept, f"{version}-train"),
        dataset=f"mortgage-applications/{version}-train",
    )
