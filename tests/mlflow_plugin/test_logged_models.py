"""What was logged in MLflow 3 and registered is found in a catalog by the id that MLflow gave to it."""

from pathlib import Path
from typing import Any

import mlflow
import mlflow.sklearn
import pytest
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

from command_line import herdbook
from mlflow_catalogs import put
from mlflow_models import LABELS, ROWS
from repositories import initialised

entities = pytest.importorskip("mlflow.entities.logged_model")  # MLflow 2 has none


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Any]:
    """A repository into which a registered model was imported, the model, and as what MLflow logged it."""
    root = tmp_path_factory.mktemp("logged")
    initialised(root)
    store = f"sqlite:///{root / 'mlflow.db'}"
    model = LogisticRegression(C=0.4).fit(ROWS, LABELS)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(root)
        mlflow.set_tracking_uri(store)
        try:
            mlflow.set_experiment("Churn study")
            with mlflow.start_run():
                mlflow.log_params({"C": 0.4, "solver": "lbfgs"})
                mlflow.log_metric("auc", 0.8)
                found = mlflow.sklearn.log_model(
                    model, name="model", registered_model_name="churn", serialization_format="cloudpickle"
                )
            told = mlflow.get_logged_model(found.model_id)
            mlflow.MlflowClient().create_model_version("churn", "s3://elsewhere/model")
        finally:
            mlflow.set_tracking_uri(None)
    put(root / "catalog", "herdbook.yaml", "kind: catalog\nname: shop\n")
    done = herdbook("import", "mlflow", store, cwd=root)
    assert done.returncode == 0, done
    return root, model, told


@pytest.fixture(autouse=True)
def client(logged: tuple[Path, Any, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"herdbook://{logged[0] / 'catalog'}")
    return mlflow.MlflowClient()


def test_it_is_told_as_mlflow_told_it(logged: tuple[Path, Any, Any]) -> None:
    _, _, there = logged
    here = mlflow.get_logged_model(there.model_id)
    for field in ("model_id", "name", "source_run_id", "params", "status"):
        assert getattr(here, field) == getattr(there, field), field
    assert here.experiment_id == "Churn-study"
    assert mlflow.models.get_model_info("models:/churn/1").model_id == there.model_id


def test_it_has_the_metrics_of_its_run(logged: tuple[Path, Any, Any]) -> None:
    _, _, there = logged
    here = mlflow.get_logged_model(there.model_id)
    (metric,) = here.metrics
    (last,) = there.metrics
    for field in ("key", "value", "step", "model_id", "run_id", "dataset_name"):
        assert getattr(metric, field) == getattr(last, field), field


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({}, True),
        ({"filter_string": "metrics.auc > 0.75 AND params.solver = 'lbfgs'"}, True),
        ({"filter_string": "metrics.auc > 0.85"}, False),
        ({"filter_string": "name = 'model'", "order_by": [{"field_name": "metrics.auc"}]}, True),
        ({"filter_string": "name = 'other'"}, False),
        ({"datasets": [{"dataset_name": "orders"}]}, False),
    ],
)
def test_it_is_found_as_in_mlflow(
    logged: tuple[Path, Any, Any], asked: dict[str, Any], *, is_found: bool
) -> None:
    root, _, told = logged
    expected = [told.model_id] if is_found else []
    there = mlflow.MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    here = mlflow.MlflowClient()
    for client, experiment in ((there, told.experiment_id), (here, "Churn-study")):
        found = client.search_logged_models([experiment], **asked)
        assert [model.model_id for model in found] == expected
    assert here.search_logged_models(["elsewhere"], **asked) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"filter_string": "metrics.auc ~ 3"}, "Invalid"),
        ({"filter_string": "colour = 'red'"}, "Invalid"),
        ({"order_by": [{"field_name": "colour"}]}, "Invalid order by"),
        ({"datasets": [{"dataset_digest": "x"}]}, "`dataset_name`"),
        ({"max_results": -1}, "max_results"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(MlflowException, match=message) as error:
        mlflow.MlflowClient().search_logged_models(["Churn-study"], **asked)
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"


def test_it_is_loaded_by_its_id(logged: tuple[Path, Any, Any]) -> None:
    _, model, there = logged
    loaded = mlflow.sklearn.load_model(f"models:/{there.model_id}")
    assert loaded.predict_proba(ROWS).tolist() == model.predict_proba(ROWS).tolist()


def test_a_version_says_what_it_was_registered_from(logged: tuple[Path, Any, Any], client: Any) -> None:
    first, second = (client.get_model_version("churn", number) for number in ("1", "2"))
    assert (first.model_id, first.run_id) == (logged[2].model_id, logged[2].source_run_id)
    assert (second.model_id, second.run_id) == (None, None)


def test_what_is_not_registered_is_none() -> None:
    with pytest.raises(MlflowException, match="a catalog keeps those that are registered") as error:
        mlflow.get_logged_model(f"m-{'0' * 32}")
    assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"
