"""Runs that MLflow itself writes into its file store."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SCRIPT = """
import json, sys
from mlflow import MlflowClient
store, tags, ended = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
client = MlflowClient(tracking_uri=f"file:{store}")
experiment = client.get_experiment_by_name("churn")
number = client.create_experiment("churn") if experiment is None else experiment.experiment_id
run = client.create_run(number, run_name="spring: 1", tags=tags)
client.log_metric(run.info.run_id, "auc", 0.8, step=1)
client.log_param(run.info.run_id, "model/depth", 3)
if ended == "DELETED":
    client.delete_run(run.info.run_id)
elif ended != "RUNNING":
    client.set_terminated(run.info.run_id, ended)
print(run.info.run_id)
"""


def mlflow_run(store: Path, tags: Mapping[str, str], ended: str = "FINISHED") -> Path:
    """Let MLflow write a run into a store; return its folder."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, store, json.dumps(tags), ended],
        env={**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true"},
        check=True,
        capture_output=True,
        text=True,
    )
    return next(store.glob(f"*/{done.stdout.split()[-1]}"))
