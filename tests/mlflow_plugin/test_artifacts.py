import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from hashlib import md5
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories

from herdbook.digest import measure, measure_folder
from herdbook.mlflow_plugin import artifact_repository
from mlflow_catalogs import FILES, content, put, written

VERSION = "models/churn/versions/1.yaml"


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return written(tmp_path / "repository")


def repository(catalog: Path, within: str = "models/churn/1") -> Any:
    return artifact_repository(f"herdbook://{catalog}/!/{within}")


def recorded(catalog: Path, uri: str, digest: str) -> None:
    """Let the version be something else."""
    text = FILES[VERSION].replace("artifacts/churn", uri)
    put(catalog, VERSION, text.replace('digest: "@"', f'digest: "{digest}"' if digest else ""))


def downloaded(catalog: Path) -> Path:
    return Path(repository(catalog).download_artifacts(""))


def test_an_artifact_is_copied_out(catalog: Path) -> None:
    before = content(catalog.parent)
    copy = downloaded(catalog)
    assert content(copy) == content(catalog.parent / "artifacts" / "churn")
    (copy / "registered_model_meta").write_text("MLflow writes here")
    assert content(catalog.parent) == before


def test_a_part_is_copied_where_it_is_wanted(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    found = repository(catalog).download_artifacts("data/weights.bin", str(target))
    assert found == str(target / "data" / "weights.bin")
    assert Path(repository(catalog).download_artifacts("data", str(target))) == target / "data"
    assert Path(repository(catalog, "models/churn").download_artifacts("1", str(target))) == target / "1"
    assert content(target) == {
        "data/weights.bin": bytes(range(256)),
        "1/MLmodel": b"flavors: {}\n",
        "1/data/weights.bin": bytes(range(256)),
    }


def test_what_is_there_already_is_replaced(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "data").mkdir(parents=True)
    (target / "data" / "weights.bin").write_text("old")
    (target / "data" / "other").write_text("stays")
    repository(catalog).download_artifacts("", str(target))
    assert content(target) == {
        "MLmodel": b"flavors: {}\n",
        "data/weights.bin": bytes(range(256)),
        "data/other": b"stays",
    }
    with pytest.raises(MlflowException, match="there is no such folder"):
        repository(catalog).download_artifacts("", str(tmp_path / "nothing"))


def test_what_is_inside_is_listed(catalog: Path) -> None:
    listed = [(it.path, it.is_dir, it.file_size) for it in repository(catalog).list_artifacts()]
    assert listed == [("MLmodel", False, 12), ("data", True, None)]
    assert [it.path for it in repository(catalog).list_artifacts("data")] == ["data/weights.bin"]
    assert repository(catalog).list_artifacts("MLmodel") == []


def test_the_artifacts_of_a_run_are_its_outputs(catalog: Path) -> None:
    run = repository(catalog, "runs/train-1")
    assert [(it.path, it.is_dir) for it in run.list_artifacts()] == [("model", True), ("notes", True)]
    assert [it.path for it in run.list_artifacts("model")] == ["model/MLmodel", "model/data"]
    whole = content(Path(run.download_artifacts("")))
    assert set(whole) == {"model/MLmodel", "model/data/weights.bin", "notes"}
    assert Path(run.download_artifacts("notes")).read_text() == "Trained twice.\n"
    below = repository(catalog, "runs/train-1/model")
    assert Path(below.download_artifacts("MLmodel")).read_text() == "flavors: {}\n"


@pytest.mark.parametrize("part", ["", "MLmodel", "data"])
def test_a_changed_byte_is_not_given_out(catalog: Path, tmp_path: Path, part: str) -> None:
    """Nor is any other part of the artifact, for the digest is that of all of it."""
    weights = catalog.parent / "artifacts" / "churn" / "data" / "weights.bin"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    target = tmp_path / "target"
    target.mkdir()
    for within in ("models/churn/1", "runs/train-1/model"):
        with pytest.raises(MlflowException, match="is not what was recorded"):
            repository(catalog, within).download_artifacts(part, str(target))
    assert content(target) == {}


@pytest.mark.parametrize(
    "tamper",
    [
        lambda folder: (folder / "new.py").write_text("import os\n"),
        lambda folder: (folder / "MLmodel").unlink(),
        lambda folder: (folder / "MLmodel").rename(folder / "mlmodel"),
        lambda folder: (folder / ".hidden").touch(),
    ],
)
def test_no_more_and_no_fewer_files(catalog: Path, tamper: Callable[[Path], object]) -> None:
    tamper(catalog.parent / "artifacts" / "churn")
    with pytest.raises(MlflowException, match="is not what was recorded"):
        downloaded(catalog)


def test_what_mlflow_leaves_where_it_loads_from_is_left_out(catalog: Path) -> None:
    """Its own registries write a file into the very folder; the model is the recorded one all the same."""
    before = {path.name for path in downloaded(catalog).iterdir()}
    (catalog.parent / "artifacts/churn/registered_model_meta").write_text("model_name: churn\n")
    assert {path.name for path in downloaded(catalog).iterdir()} == before


def test_a_file_is_checked_too(catalog: Path) -> None:
    notes = catalog.parent / "notes.txt"
    for digest in (measure(notes).digest, f"md5:{md5(notes.read_bytes()).hexdigest()}"):
        recorded(catalog, "notes.txt", digest)
        assert downloaded(catalog).read_text() == "Trained twice.\n"
        recorded(catalog, "notes.txt", digest[:-1] + ("0" if digest[-1] != "0" else "1"))
        with pytest.raises(MlflowException, match="is not what was recorded"):
            downloaded(catalog)


def test_a_folder_that_dvc_summed_up_is_checked_too(catalog: Path) -> None:
    """The digest is the one that DVC gave to these files."""
    folder = catalog.parent / "summed"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"hello\r\nx")
    (folder / "sub" / "\u00e9 b.bin").write_bytes(bytes(range(256)))
    (folder / ".hidden").write_text("h")
    (folder / "sub-1").write_text("z")
    (folder / "B").write_text("")
    recorded(catalog, "summed", "md5-dir:e89af505ca8bd021e9173574e392bca0")
    assert content(downloaded(catalog)) == content(folder)
    (folder / "B").write_text("b")
    with pytest.raises(MlflowException, match="is not what was recorded"):
        downloaded(catalog)


def test_a_digest_of_a_file_does_not_fit_a_folder(catalog: Path) -> None:
    recorded(catalog, "artifacts/churn", "sha256:" + "0" * 64)
    with pytest.raises(MlflowException, match="it is a folder, which has no digest of this kind"):
        downloaded(catalog)
    recorded(catalog, "notes.txt", "sha256-dir:" + "0" * 64)
    with pytest.raises(MlflowException, match="it is a file, which has no digest of this kind"):
        downloaded(catalog)


@pytest.mark.parametrize(
    ("digest", "known"), [("", "none is recorded"), ("etag:1234", "only etag: is recorded")]
)
def test_what_cannot_be_checked_is_said(
    catalog: Path, caplog: pytest.LogCaptureFixture, digest: str, known: str
) -> None:
    recorded(catalog, "notes.txt", digest)
    with caplog.at_level(logging.WARNING):
        assert downloaded(catalog).read_text() == "Trained twice.\n"
    assert f"models:/churn/1 is loaded unchecked: of the digests that can be checked, {known}" in caplog.text


@pytest.mark.parametrize(
    "uri",
    ["../outside", "artifacts/../../outside", "/etc", ".", "nothing", "out", "artifacts/churn/../../out/x"],
)
def test_nothing_outside_the_repository_is_given_out(catalog: Path, tmp_path: Path, uri: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret")
    (catalog.parent / "out").symlink_to(tmp_path / "outside")
    recorded(catalog, uri, "")
    with pytest.raises(MlflowException, match="is nothing in the repository"):
        downloaded(catalog)
    with pytest.raises(MlflowException, match="is nothing in the repository"):
        repository(catalog).list_artifacts("")


def test_a_link_inside_an_artifact_does_not_lead_out(catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (catalog.parent / "artifacts" / "churn" / "link").symlink_to(tmp_path / "secret")
    recorded(catalog, "artifacts/churn", "")
    with pytest.raises(MlflowException, match="leads to no file in the folder"):
        downloaded(catalog)


def test_a_link_that_leads_out_or_nowhere_is_not_listed(catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = catalog.parent / "artifacts" / "churn"
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "nowhere").symlink_to("nothing")
    (folder / "weights").symlink_to("data/weights.bin")
    listed = [(it.path, it.file_size) for it in repository(catalog).list_artifacts()]
    assert listed == [("MLmodel", 12), ("data", None), ("weights", 256)]
    with pytest.raises(MlflowException, match="has no 'out'"):
        repository(catalog).list_artifacts("out")


@pytest.mark.parametrize("path", ["../../notes.txt", "data/\0", "data/../../churn", "nothing", "/etc/passwd"])
def test_no_path_leads_out_of_an_artifact(catalog: Path, path: str) -> None:
    with pytest.raises(MlflowException):
        repository(catalog).download_artifacts(path)
    with pytest.raises(MlflowException):
        repository(catalog).list_artifacts(path)


@pytest.mark.parametrize("digest", [True, False])
def test_what_is_elsewhere_is_fetched_by_mlflow_and_checked(
    catalog: Path, tmp_path: Path, digest: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(catalog.parent / "artifacts" / "churn", elsewhere)
    recorded(catalog, elsewhere.as_uri(), measure_folder(elsewhere).digest if digest else "")
    before = content(elsewhere)
    copy = downloaded(catalog)
    assert content(copy) == before
    assert copy != elsewhere
    with pytest.raises(MlflowException, match="has no"):
        repository(catalog).list_artifacts("data/../..")
    assert [it.path for it in repository(catalog).list_artifacts()] == ["MLmodel", "data"]
    (elsewhere / "MLmodel").write_text("flavors: {x: 1}\n")
    if digest:
        with pytest.raises(MlflowException, match="is not what was recorded"):
            downloaded(catalog)
    else:
        assert content(downloaded(catalog)) == content(elsewhere)


def test_a_store_that_names_its_own_files_keeps_them(catalog: Path, tmp_path: Path) -> None:
    class Direct(ArtifactRepository):  # type: ignore[misc]  # MLflow is not looked into
        """What somebody may have written for a store of theirs."""

        def download_artifacts(self, artifact_path: str, dst_path: str | None = None) -> str:
            return str(elsewhere)

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(catalog.parent / "artifacts" / "churn", elsewhere)
    recorded(catalog, "direct://store/model", measure_folder(elsewhere).digest)
    repositories = get_registered_artifact_repositories()
    with mock.patch.dict(repositories, {"direct": Direct}):
        assert content(downloaded(catalog)) == content(elsewhere)
    assert elsewhere.is_dir()
    assert (elsewhere / "MLmodel").is_file()


@pytest.mark.parametrize("uri", ["models:/churn/1", "runs:/train-1/model", "herdbook:///c/!/models/churn/1"])
def test_what_leads_back_here_is_refused(catalog: Path, uri: str) -> None:
    recorded(catalog, uri, "")
    with pytest.raises(MlflowException, match="leads back into a registry"):
        downloaded(catalog)
    with pytest.raises(MlflowException, match="leads back into a registry"):
        repository(catalog).list_artifacts()


@pytest.mark.parametrize("uri", ["http://[", "nothing://x/y", "file:///nothing/at/all", "s3://"])
def test_a_store_that_does_not_answer_is_an_error_of_mlflow(catalog: Path, uri: str) -> None:
    recorded(catalog, uri, "")
    with pytest.raises(MlflowException):
        downloaded(catalog)


@given(path=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_path_is_answered_or_refused(catalog: Path, path: str) -> None:
    for question in (repository(catalog).list_artifacts, repository(catalog, "runs/train-1").list_artifacts):
        with suppress(MlflowException):
            question(path)


@pytest.mark.parametrize(
    "within", ["models/churn/9", "models/nobody/1", "runs/nobody", "runs/train-1/nobody"]
)
def test_what_is_not_there_is_an_error(catalog: Path, within: str) -> None:
    with pytest.raises(MlflowException) as error:
        repository(catalog, within).download_artifacts("")
    assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_nothing_is_written(catalog: Path) -> None:
    before = content(catalog.parent)
    changes: tuple[Callable[[Any], object], ...] = (
        lambda it: it.log_artifact("x"),
        lambda it: it.log_artifacts("x"),
        lambda it: it.delete_artifacts(),
    )
    for change in changes:
        with pytest.raises(MlflowException, match="herdbook new run ID --output NAME=PATH"):
            change(repository(catalog))
    assert content(catalog.parent) == before
