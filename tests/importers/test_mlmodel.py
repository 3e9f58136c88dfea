"""Folders with models, as MLflow saves them."""

from pathlib import Path

import pytest

from conftest import CHECKOUT
from drafting import bring, empty
from herdbook.digest import measure_folder
from herdbook.importers.mlmodel import read_mlmodel
from herdbook.memory import open_catalog
from herdbook.planning.drafts import Imported

SAVED = CHECKOUT / "tests" / "data" / "mlmodel" / "saved"
MLMODEL = """\
flavors:
  sklearn: {pickled_model: model.pkl}
mlflow_version: 2.19.0
run_id: 1f0c9a7e5b3d4c2a8e6f001122334455
utc_time_created: '2024-01-20 08:59:00.000000'
signature:
  inputs: '[{"type": "double", "name": "x"}]'
  outputs: '[{"type": "double"}]'
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "my model"
    found.mkdir()
    (found / "MLmodel").write_text(MLMODEL)
    (found / "model.pkl").write_bytes(b"model")
    return found


def read(catalog: Path, folder: Path, **options: object) -> Imported:
    return read_mlmodel(folder, open_catalog(catalog), "s3://m", **options)  # type: ignore[arg-type]  # the cases have their types


def problems(imported: Imported) -> list[str]:
    return [problem.message for problem in imported.problems]


def test_a_folder_becomes_a_version(catalog: Path, folder: Path) -> None:
    (folder / "requirements.txt").write_text(
        "# for serving\nmlflow==2.19.0\n\n--no-deps\nscikit-learn==1.4.2\n"
    )
    brought = bring(catalog, read(catalog, folder))
    assert brought.problems == ()
    assert brought.paths == ["models/my-model/model.yaml", "models/my-model/versions/1.yaml"]
    measured = measure_folder(folder)
    assert brought.catalog.versions["my-model", 1].data == {
        "kind": "model-version",
        "model": "my-model",
        "version": 1,
        "run": "1f0c9a7e5b3d4c2a8e6f001122334455",
        "uri": "s3://m",
        "digest": measured.digest,
        "size": measured.size,
        "created_at": "2024-01-20T08:59:00.000000Z",
        "flavors": ["sklearn"],
        "signature": {"inputs": [{"name": "x", "type": "double"}], "outputs": [{"type": "double"}]},
        "requirements": ["mlflow==2.19.0", "scikit-learn==1.4.2"],
        "tags": {"mlflow_version": "2.19.0"},
        "imported_from": {
            "system": "mlflow",
            "version": "1",
            "model": "my model",
            "run_id": "1f0c9a7e5b3d4c2a8e6f001122334455",
        },
    }


def test_again_it_is_the_same_version_and_changed_it_is_the_next(catalog: Path, folder: Path) -> None:
    bring(catalog, read(catalog, folder))
    again = read(catalog, folder)
    assert (again.drafts, problems(again)) == ((), ["it is models:/my-model/1 already"])
    assert not bring(catalog, again).is_loss
    (folder / "model.pkl").write_bytes(b"another")
    assert bring(catalog, read(catalog, folder, version=7)).paths == ["models/my-model/versions/7.yaml"]
    (folder / "model.pkl").write_bytes(b"a third")
    assert bring(catalog, read(catalog, folder)).paths == ["models/my-model/versions/8.yaml"]
    assert bring(catalog, read(catalog, folder, model="other", run="train-1")).paths == [
        "models/other/model.yaml",
        "models/other/versions/1.yaml",
    ]


def test_what_mlflow_itself_saves(catalog: Path) -> None:
    """MLflow 3.17.2 wrote it: `mlflow.sklearn.save_model(model, ..., signature=..., outside of any run)`."""
    assert problems(read(catalog, SAVED)) == [
        "it is left out: no run saved it; name the run that made it with --run"
    ]
    version = bring(catalog, read(catalog, SAVED, run="train-1")).catalog.versions["saved", 1]
    assert version.run.text == "train-1"
    assert version.data["flavors"] == ["python_function", "sklearn"]
    assert version.data["signature"]["inputs"] == [{"name": "0", "type": "tensor(float64, [-1, 1])"}]
    assert version.data["requirements"][0].startswith("mlflow==")
    assert version.data["digest"].startswith("sha256-dir:")


def test_requirements_of_conda(catalog: Path, folder: Path) -> None:
    (folder / "conda.yaml").write_text(
        "dependencies: [python=3.11, pip, {pip: [mlflow==2.19.0, 3, '-r x']}, {conda: [a]}]\n"
    )
    version = bring(catalog, read(catalog, folder)).catalog.versions["my-model", 1]
    assert version.data["requirements"] == ["mlflow==2.19.0"]


@pytest.mark.parametrize("text", ["dependencies: 3", "[]", "dependencies: [{pip: 3}]"])
def test_an_environment_may_name_no_packages(catalog: Path, folder: Path, text: str) -> None:
    (folder / "conda.yaml").write_text(text)
    imported = read(catalog, folder)
    assert "requirements" not in imported.drafts[1].value
    assert imported.problems == []


def test_what_is_wrong_is_left_out_and_reported(catalog: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "conda.yaml").write_text("a: &x 1\n")
    (folder / "elsewhere").symlink_to(tmp_path)
    imported = read(catalog, folder)
    assert [problem.partition(": ")[0] for problem in problems(imported)] == [
        "the digest is left out",
        "the requirements are left out",
    ]
    brought = bring(catalog, imported)
    assert brought.is_loss
    assert brought.catalog.versions["my-model", 1].data["uri"] == "s3://m"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "MLmodel: cannot be read: No such file"),
        ("a: 1", "MLmodel: it names no flavors"),
        ("flavors: {a: 1}", "no run saved it"),
        ("flavors: {a: 1}\nrun_id: 3", "no run saved it"),
        ("flavors: {a: 1}\nsignature: {inputs: '['}", "MLmodel: signature.inputs: it is no JSON"),
        ("link", "MLmodel: cannot be read: "),
    ],
)
def test_a_folder_without_a_model_is_left_out(
    catalog: Path, folder: Path, text: str | None, message: str
) -> None:
    file = folder / "MLmodel"
    file.rename(folder.parent / "MLmodel")
    if text == "link":
        file.symlink_to(folder.parent / "MLmodel")
    elif text is not None:
        file.write_text(text)
    imported = read(catalog, folder)
    assert imported.drafts == ()
    assert message in problems(imported)[0]
    assert bring(catalog, imported).is_loss
