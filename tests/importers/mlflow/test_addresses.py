from pathlib import Path

import pytest

from herdbook.importers.mlflow import addresses
from herdbook.importers.mlflow.addresses import Places

RUN, MODEL = "0f3f21217dd6414b90d364538ffd28bd", "m-155929974fc549afa5bc83e5c604691e"


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("s3://b/1/run/artifacts/model", "model"),
        (f"runs:/{RUN}/deep/model", "deep/model"),
        (f"C:\\mlruns\\0\\{RUN}\\artifacts\\model", "model"),
        ("s3://elsewhere/model", ""),
        ("s3://b/1/run/artifacts", ""),
        ("", ""),
    ],
)
def test_what_is_registered_is_found_in_the_artifacts_of_its_run(source: str, path: str) -> None:
    assert addresses.inside(source, "s3://b/1/run/artifacts", RUN) == path


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        (
            "mlflow-artifacts:/7/a/artifacts/m",
            "http://x:1/y/api/2.0/mlflow-artifacts/artifacts/7/a/artifacts/m",
        ),
        ("mlflow-artifacts://other:5000/7/a", "mlflow-artifacts://other:5000/7/a"),
        ("s3://b/7/a", "s3://b/7/a"),
        ("", ""),
    ],
)
def test_what_a_server_hands_out_has_its_address(uri: str, address: str) -> None:
    assert addresses.served(uri, "http://x:1/y") == address
    assert addresses.served(uri, "") == uri


def model_at(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\n")
    return folder


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        (f"file:///old/place/mlruns/7/{RUN}/artifacts/model", f"7/{RUN}/artifacts/model"),
        (f"file:C:\\Users\\ana\\mlruns\\7\\{RUN}\\artifacts\\model", f"7/{RUN}/artifacts/model"),
        (f"./mlruns/7/{RUN}/artifacts/model", f"7/{RUN}/artifacts/model"),
        (f"mlflow-artifacts:/7/{RUN}/artifacts/a%20b", f"7/{RUN}/artifacts/a b"),
        (f"file:///old/mlruns/7/models/{MODEL}/artifacts", f"7/models/{MODEL}/artifacts"),
    ],
)
def test_what_was_moved_is_found_by_the_end_of_its_address(tmp_path: Path, uri: str, place: str) -> None:
    found = model_at(tmp_path / "new" / place)
    assert Places((tmp_path / "new",)).find(uri) == found
    assert Places().find(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        f"s3://bucket/7/{RUN}/artifacts/model",
        f"file:///x/../7/{RUN}/artifacts/model",
        "file:///old/mlruns/7/artifacts/model",
        "file:///7/\0",
        "file://[",
        "models:/m/1",
        "",
    ],
)
def test_what_lies_elsewhere_is_not_found(tmp_path: Path, uri: str) -> None:
    model_at(tmp_path / "7" / RUN / "artifacts" / "model")
    assert Places((tmp_path,)).find(uri) is None


def test_an_address_in_the_repository_is_a_path(tmp_path: Path) -> None:
    found = model_at(tmp_path / "repo" / "a b")
    assert Places((tmp_path,), tmp_path / "repo").address(found) == "a%20b"
    assert Places((tmp_path,), tmp_path / "other").address(found) == found.as_uri()
