import os
import re
from pathlib import Path

import pytest

from herdbook.errors import HerdbookError
from herdbook.mlruns import find_run, is_run, read_run, store_at
from mlflow_runs import mlflow_run

COMMIT = "0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "ml runs"


@pytest.fixture(scope="module")
def folder(store: Path) -> Path:
    tags = {
        "mlflow.user": "ana",
        "mlflow.source.git.commit": COMMIT,
        "mlflow.source.name": "train.py",
        "team/name": "fraud",
    }
    return mlflow_run(store, tags)


def test_a_run_of_mlflow_is_read_with_all_that_its_lineage_rests_on(folder: Path) -> None:
    run = read_run(folder)
    assert (run.id, run.experiment, run.status) == (folder.name, "churn", "finished")
    assert run.tags["team/name"] == "fraud"
    assert run.tags["mlflow.runName"] == "spring: 1"
    assert (run.code.commit, run.code.entry_point) == (COMMIT, "train.py")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", run.started_at)
    assert run.started_at <= run.ended_at
    assert run.at("tags").file == folder.as_posix()


@pytest.mark.parametrize(
    ("ended", "status"), [("RUNNING", "running"), ("FAILED", "failed"), ("KILLED", "killed")]
)
def test_the_status_is_that_of_mlflow(store: Path, ended: str, status: str) -> None:
    assert read_run(mlflow_run(store, {}, ended)).status == status


def test_a_deleted_run_is_none(store: Path) -> None:
    with pytest.raises(HerdbookError, match="the run is deleted; restore it"):
        read_run(mlflow_run(store, {}, "DELETED"))


def test_the_tag_git_commit_stands_for_a_commit_that_mlflow_did_not_find(store: Path) -> None:
    assert read_run(mlflow_run(store, {"git_commit": COMMIT})).code.commit == COMMIT
    assert read_run(mlflow_run(store, {"git_commit": "of Tuesday"})).code.commit == ""


def test_a_run_is_found_by_its_id_in_any_experiment(store: Path, folder: Path) -> None:
    assert find_run(store, folder.name) == folder
    assert is_run(folder)
    for other in ("0", "..", "../x", "*", "", folder.name[:-1]):
        assert find_run(store, other) is None
    assert find_run(store / "nowhere", folder.name) is None


def test_a_tracking_uri_names_the_store() -> None:
    assert store_at(None) == store_at("") == Path("mlruns")
    assert store_at("file:///data/ml%20runs") == Path("/data/ml runs")
    assert store_at("file:./mlruns") == Path("mlruns")
    assert store_at("/data/mlruns") == Path("/data/mlruns")


@pytest.mark.parametrize(
    "uri", ["https://user:secret@mlflow.example.org", "sqlite:///mlflow.db", "databricks"]
)
def test_what_is_no_folder_is_said_plainly_and_no_secret_is(uri: str) -> None:
    with pytest.raises(HerdbookError, match="neither tracking servers nor databases") as caught:
        store_at(uri)
    assert "secret" not in str(caught.value)


META = "status: 3\nstart_time: 1700000000000\nend_time: 1700000001000\nuser_id: ana\n"


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        (b"", "cannot be read"),
        (b"- 1\n", "cannot be read: it holds no mapping"),
        (b"\xff\xfe", "cannot be read"),
        (b"a: &x [1]\nb: *x\n", "cannot be read"),
        (b"a: !!python/object:os.system x\n", "cannot be read"),
        (b"[" * 50_000, "cannot be read"),
        (b"user_id: ana\n", "status is None"),
        (b"status: [3]\n", "status is"),
        (b"status: 17\n", "status is 17"),
        (b"status: 3\nstart_time: 9000000000000000000\n", "start_time is .+, which is no time"),
        (b"status: 3\nstart_time: soon\n", "start_time is 'soon', which is no time"),
    ],
)
def test_a_file_that_is_none_of_mlflow_is_refused_by_name(tmp_path: Path, meta: bytes, said: str) -> None:
    (tmp_path / "run" / "tags").mkdir(parents=True)
    (tmp_path / "run" / "meta.yaml").write_bytes(meta)
    with pytest.raises(HerdbookError, match=said) as caught:
        read_run(tmp_path / "run")
    assert str(tmp_path / "run" / "meta.yaml") in str(caught.value)


def test_links_among_the_tags_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run" / "tags").mkdir(parents=True)
    (tmp_path / "run" / "meta.yaml").write_text(META)
    (tmp_path / "secret").write_text("hidden")
    (tmp_path / "run" / "tags" / "git_commit").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "run" / "tags" / "pipe")
    (tmp_path / "run" / "tags" / "odd").write_bytes(b"\xff")
    run = read_run(tmp_path / "run")
    assert run.tags == {"odd": "\ufffd"}
    assert run.started_at == "2023-11-14T22:13:20Z"
    assert run.experiment == tmp_path.name


def test_a_link_in_place_of_the_tags_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "meta.yaml").write_text(META)
    (tmp_path / "run" / "tags").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HerdbookError, match="tags: it is a symbolic link"):
        read_run(tmp_path / "run")
