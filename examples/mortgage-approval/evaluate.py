"""Measure a version of the model mortgage-approval on the test split, for everybody and group by group.

python examples/mortgage-approval/evaluate.py 1
"""

import argparse

import applications
import joblib
import pandas as pd
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from threadpoolctl import threadpool_limits

import herdbook

GROUPS = (
    ("race", "black", {1: "black", 0: "other"}),
    ("single", "single", {1: True, 0: False}),
)


def measured(table: pd.DataFrame) -> dict[str, float]:
    """Measure the model (`denies`, with the probability `denial`) by what the banks decided (`denied`)."""
    right = table["denied"] == table["denies"]
    granted, refused = table["denied"] == 0, table["denied"] == 1
    metrics = {
        "accuracy": right.mean(),
        "auc": roc_auc_score(table["denied"], table["denial"]),
        "log_loss": log_loss(table["denied"], table["denial"]),
        "brier_score": brier_score_loss(table["denied"], table["denial"]),
        "approval_rate": 1 - table["denies"].mean(),
        "false_denial_rate": table["denies"][granted].mean(),
        "false_approval_rate": 1 - table["denies"][refused].mean(),
    }
    return {name: round(float(value), 6) for name, value in metrics.items()}


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("version", type=int)
version = parser.parse_args().version

threadpool_limits(1)
with herdbook.start_run(
    "mortgage-evaluation",
    "evaluation",
    run_id=f"mortgage-evaluate-{version}",
    title=f"Evaluate version {version} on the test split",
    evaluates=f"mortgage-approval/{version}",
) as run:
    test = applications.path("v1-test")
    run.log_input(dataset="mortgage-applications/v1-test", role="test", path=test)
    table = applications.read("v1-test")
    saved = joblib.load(applications.MODELS / f"mortgage-approval-{version}.joblib")
    run.log_param("threshold", saved["threshold"])
    table["denial"] = saved["model"].predict_proba(table[saved["columns"]])[:, 1]
    table["denies"] = (table["denial"] >= saved["threshold"]).astype(int)

    run.log_metrics(measured(table))
    for attribute, column, names in GROUPS:
        for value, name in names.items():
            group = table[table[column] == value]
            run.log_slice({attribute: name}, len(group), measured(group))
    approved = 1 - table.groupby("black")["denies"].mean()
    # Below 0.8, the "four-fifths rule" of US employment law sees evidence of adverse impact.
    run.log_metric("approval_ratio_by_race", round(float(approved[1] / approved[0]), 6))
