"""A model that is trained, saved by MLflow itself, and registered in a catalog by commands."""

import warnings
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from command_line import herdbook
from herdbook.digest import measure_folder
from mlflow_catalogs import put
from repositories import git, initialised

with warnings.catch_warnings():
    # Where MLflow makes out which types it has, it warns of its own.
    warnings.simplefilter("ignore")
    import mlflow.pyfunc
    import mlflow.sklearn

ROWS = [[0.0, 1.0], [1.0, 0.0], [4.0, 1.0], [5.0, 0.0]]
LABELS = [0, 0, 1, 1]
WHO = ("--by", "ana", "--at", "2024-02-01T10:00:00Z")


def registered(root: Path, **arguments: Any) -> Any:
    """Train, save, record and register in a new repository; return the model itself.

    Version 1 is the champion and in production, and has the label 1.0.0. Its artifact is ``artifacts/churn``.
    """
    initialised(root)
    model = LogisticRegression().fit(ROWS, LABELS)
    mlflow.sklearn.save_model(
        model, root / "artifacts" / "churn", serialization_format="cloudpickle", **arguments
    )
    digest = measure_folder(root / "artifacts" / "churn").digest
    put(root / "catalog", "herdbook.yaml", "kind: catalog\nname: shop\npeople: {ana: {name: Ana}}\n")
    put(
        root / "catalog",
        "runs/churn/train-1.yaml",
        f"""
        kind: run
        id: train-1
        experiment: churn
        type: training
        status: finished
        started_at: "2024-02-01T09:00:00Z"
        ended_at: "2024-02-01T09:05:00Z"
        outputs: [{{name: model, uri: artifacts/churn, digest: "{digest}"}}]
        """,
    )
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Train")
    for words in (
        ("new", "model", "churn"),
        ("register", "churn", "--run", "train-1", "--label", "1.0.0", *WHO),
        ("alias", "set", "churn", "champion", "1", *WHO),
        ("stage", "set", "churn", "1", "production", *WHO),
    ):
        done = herdbook(*words, "--force", cwd=root)
        assert done.returncode == 0, done
    return model
