"""MLflow's own client loads what was registered in a catalog, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from mlflow_catalogs import content
from mlflow_models import ROWS, registered


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A repository with a registered model, and that model."""
    root = tmp_path_factory.mktemp("shop")
    return root, registered(root)


@pytest.fixture(autouse=True)
def client(shop: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's client, which is told by the environment where the catalog is."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"herdbook://{shop[0] / 'catalog'}")
    return mlflow.MlflowClient()


@pytest.mark.parametrize(
    "uri",
    [
        "models:/churn@champion",
        "models:/churn/1",
        "models:/churn/1.0.0",
        "models:/churn/latest",
        "models:/churn/Production",
        "runs:/train-1/model",
    ],
)
def test_a_loaded_model_predicts_the_same_and_its_files_stay_as_they_are(
    shop: tuple[Path, Any], uri: str
) -> None:
    root, model = shop
    before = content(root)
    assert list(mlflow.pyfunc.load_model(uri).predict(ROWS)) == list(model.predict(ROWS))
    loaded = mlflow.sklearn.load_model(uri)
    assert loaded.predict_proba(ROWS).tolist() == model.predict_proba(ROWS).tolist()
    assert content(root) == before


def test_a_version_can_be_loaded_from_its_source(shop: tuple[Path, Any], client: Any) -> None:
    version = client.get_model_version_by_alias("churn", "champion")
    assert list(mlflow.pyfunc.load_model(version.source).predict(ROWS)) == list(shop[1].predict(ROWS))


def test_mlflow_tells_about_a_model_without_loading_it(shop: tuple[Path, Any], client: Any) -> None:
    assert set(mlflow.models.get_model_info("models:/churn@champion").flavors) == {
        "python_function",
        "sklearn",
    }
    assert [(it.name, it.aliases) for it in client.search_registered_models()] == [("churn", {"champion": 1})]
    assert [it.path for it in client.list_artifacts("train-1")] == ["model"]
    assert "model/MLmodel" in [it.path for it in client.list_artifacts("train-1", "model")]


def test_only_the_registry_may_be_a_catalog(
    shop: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", f"herdbook://{shop[0] / 'catalog'}")
    assert list(mlflow.pyfunc.load_model("models:/churn@champion").predict(ROWS)) == list(
        shop[1].predict(ROWS)
    )


@pytest.fixture
def elsewhere(shop: tuple[Path, Any], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """An empty folder to be in, and an environment in which only the address of the catalog is said."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder, {
        "HOME": str(tmp_path / "home"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"herdbook://{shop[0] / 'catalog'}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def test_the_commands_of_mlflow_read_the_catalog(
    shop: tuple[Path, Any], tmp_path: Path, elsewhere: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = elsewhere
    words = ("artifacts", "download", "-u", "models:/churn@champion", "-d", tmp_path / "target")
    done = subprocess.run(
        ["mlflow", *words], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    model = content(shop[0] / "artifacts" / "churn")
    assert {**content(tmp_path / "target"), **model} == content(tmp_path / "target")
    assert list(folder.iterdir()) == []


def test_a_changed_byte_is_not_loaded(
    shop: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(shop[0], root)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"herdbook://{root / 'catalog'}")
    assert mlflow.pyfunc.load_model("models:/churn@champion").metadata is not None
    pickle = root / "artifacts" / "churn" / "model.pkl"
    raw = bytearray(pickle.read_bytes())
    raw[len(raw) // 2] ^= 1
    pickle.write_bytes(raw)
    refused = "is not loaded: artifacts/churn is not what was recorded"
    with pytest.raises(MlflowException, match=refused):
        mlflow.pyfunc.load_model("models:/churn@champion")
    caplog.clear()
    with pytest.raises(MlflowException):
        mlflow.pyfunc.load_model("runs:/train-1/model")
    assert f"runs:/train-1/model {refused}" in caplog.text
