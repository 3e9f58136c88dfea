"""Batch scoring on Spark takes its model from the catalog, by the plugin."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from foreign import python_of
from mlflow_catalogs import content
from mlflow_models import registered

pytestmark = pytest.mark.foreign


def test_spark_predicts_what_the_champion_predicts_alone(tmp_path: Path) -> None:
    python = python_of("mlflow")
    assert shutil.which("java"), "no java: install a JRE (Debian: apt-get install default-jre-headless)"
    model = registered(tmp_path / "shop")
    before = content(tmp_path / "shop")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    rows = [[index / 4, index % 2] for index in range(40)]
    done = subprocess.run(
        [python, Path(__file__).with_name("spark_scoring.py"), "models:/churn@champion", json.dumps(rows)],
        env={
            "HOME": str(tmp_path),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_TRACKING_URI": f"herdbook://{tmp_path / 'shop' / 'catalog'}",
            "PATH": os.environ["PATH"],
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5_000:]
    said = json.loads(done.stdout)
    assert said["spark"] == said["alone"] == model.predict(rows).tolist()
    assert set(said["spark"]) == {0, 1}
    assert content(tmp_path / "shop") == before
    assert list(folder.iterdir()) == []
