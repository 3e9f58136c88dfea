"""Make the stores in this folder: `python train.py stores/NAME` in `/srv/fraud`; train.py is this file.

Each store is a folder NAME with what MLflow writes into `mlruns` (its file store) and `mlflow.db` (SQLite),
by the same calls, as far as its release knows them. It is made elsewhere and moved here, like many a store.
Besides MLflow, the databases need sqlalchemy and alembic, the data sets pandas:

    1.30.1   pip install "mlflow-skinny<2" "sqlalchemy<2" alembic "pandas<2" "numpy<2" "setuptools<80"
    2.22.5   pip install "mlflow-skinny<3" "sqlalchemy<2.1" alembic pandas "setuptools<80"
    3.17.2   pip install "mlflow-skinny==3.17.2" sqlalchemy alembic pandas
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "LOGNAME": "ana"}

import mlflow
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, Schema

MAJOR = int(mlflow.__version__.partition(".")[0])
ORDERS = pd.DataFrame({"amount": [1.5, 2.5, 3.5], "country": ["de", "fr", "it"], "late": [0, 1, 0]})


def log_model(folder: str, **more: Any) -> Any:
    """Log a model that needs no library to be loaded: a file, and what MLflow writes beside it."""
    signature = ModelSignature(
        Schema([ColSpec("double", "amount"), ColSpec("string", "country")]), Schema([ColSpec("double")])
    )

    class Flavor:
        @staticmethod
        def save_model(path: str, mlflow_model: Any, **_: Any) -> None:
            target = Path(path)
            target.mkdir(parents=True, exist_ok=True)
            (target / "model.txt").write_text("late if amount > 2\n")
            (target / "requirements.txt").write_text("scikit-learn==1.4.2\nnumpy==1.26.4\n")
            mlflow_model.signature = signature
            mlflow_model.add_flavor("rules", version="1", data="model.txt")
            mlflow_model.save(str(target / "MLmodel"))

    if MAJOR >= 3:
        return Model.log(None, Flavor, name=folder, **more)
    return Model.log(folder, Flavor, **more)


def fill(client: MlflowClient, has_registry: bool) -> None:
    """Log what teams log, and what they get wrong."""
    mlflow.set_experiment("Orders / fraud")
    with mlflow.start_run(run_name="search over depth"):
        mlflow.set_tags({"mlflow.note.content": "Depths from 2 to 4.", "team": "risk"})
        for depth in (2, 3, 4):
            with mlflow.start_run(run_name=f"depth {depth}", nested=True):
                mlflow.log_params(
                    {"depth": depth, "rate": 0.1, "bootstrap": True, "cw": None, "name": "a=b:c"}
                )
                for step in range(5):
                    mlflow.log_metric("loss", 1 / (step + depth), step=step)
                mlflow.log_metric("val/auc", 0.8 + depth / 100)
                mlflow.set_tag("git_sha", "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736")
                if MAJOR >= 2:
                    data = mlflow.data.from_pandas(ORDERS, source="s3://data/orders.csv", name="data/orders")
                    mlflow.log_input(data, context="training")
                is_registered = depth > 2 and has_registry
                log_model("model", registered_model_name="Late orders" if is_registered else None)
    with mlflow.start_run(run_name="bad / numbers: \u043f\u0440\u043e\u0431\u0430 \N{FIRE}"):
        mlflow.log_metric("loss", float("nan"))
        mlflow.log_metric("gain", float("inf"), step=1)
        mlflow.log_metric("gain", float("-inf"), step=2)
        mlflow.log_metric("gain", 3.5, step=3)
        for value in (0.1, 0.2, 0.3):
            mlflow.log_metric("unstepped", value)
        mlflow.log_param("text", 'two\nlines, "quotes" and #')
        mlflow.set_tag("mlflow.source.git.commit", "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736")
        mlflow.set_tag("mlflow.source.git.repoURL", "https://ana:secret@example.com/fraud.git")
        mlflow.set_tag("mlflow.source.git.branch", "main")
    try:
        with mlflow.start_run(run_name="failed"):
            raise RuntimeError
    except RuntimeError:
        pass
    mlflow.set_experiment("second")
    client.create_run(client.get_experiment_by_name("second").experiment_id)
    with mlflow.start_run(run_name="deleted") as gone:
        mlflow.log_param("x", 1)
    client.delete_run(gone.info.run_id)
    if has_registry:
        register(client)


def register(client: MlflowClient) -> None:
    """Describe and promote what was registered."""
    client.update_registered_model("Late orders", "Tells **late** orders.")
    client.set_registered_model_tag("Late orders", "domain", "orders")
    client.update_model_version("Late orders", "1", "The first one.")
    client.set_model_version_tag("Late orders", "1", "validated", "yes")
    client.create_registered_model("Empty model")
    client.create_registered_model("From elsewhere")
    client.create_model_version("From elsewhere", "s3://models/elsewhere")
    client.transition_model_version_stage("Late orders", "1", "Archived")
    client.transition_model_version_stage("Late orders", "2", "Production")
    if MAJOR >= 2:
        client.set_registered_model_alias("Late orders", "champion", "2")
        client.set_registered_model_alias("Late orders", "previous", "1")
    if MAJOR >= 3:
        mlflow.genai.register_prompt("greeting", "Say hello to {{name}}.")


def main() -> None:
    """Make both stores of this release."""
    top = Path(sys.argv[1]).resolve()
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    os.chdir(top)
    for uri in (f"sqlite:///{top}/mlflow.db", f"file://{top}/mlruns"):
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        client = MlflowClient()
        if uri.startswith("sqlite"):
            client.create_experiment("Orders / fraud", artifact_location=f"file://{top}/artifacts")
        fill(client, has_registry=MAJOR >= 2 or uri.startswith("sqlite"))


if __name__ == "__main__":
    main()
