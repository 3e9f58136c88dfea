import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.entries import Run
from herdbook.errors import HerdbookError, StorageError
from herdbook.importers.mlflow.connection import Access
from herdbook.importers.mlflow.lineage import run_named
from herdbook.importers.mlflow.server import Server
from herdbook.opening import read_catalog
from herdbook.tree import DirTree
from mlflow_runs import mlflow_run
from mlflow_server import Answers, json_answer, serving
from mlflow_stores import RELEASES, STORES
from rule_examples import case

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


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A catalog beside which nothing lies yet; the tests run there."""
    monkeypatch.chdir(tmp_path)
    case("").lay(tmp_path / "catalog")
    return read_catalog(DirTree(tmp_path / "catalog"))


def read(text: str | Path, store: str | None = None, **environ: str) -> Run:
    """The run that is meant where there is no catalog."""
    return run_named(Catalog(), str(text), store, environ)


def test_a_run_of_mlflow_is_read_with_all_that_its_lineage_rests_on(folder: Path) -> None:
    run = read(folder)
    assert (run.id, run.experiment, run.status) == (folder.name, "churn", "finished")
    assert run.tags["team/name"] == "fraud"
    assert run.tags["mlflow.runName"] == "spring: 1"
    assert (run.code.commit, run.code.entry_point, run.data["user"]) == (COMMIT, "train.py", "ana")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", run.started_at)
    assert run.started_at <= run.ended_at
    assert run.at("tags").file == folder.as_posix()


@pytest.mark.parametrize(
    ("ended", "status"), [("RUNNING", "running"), ("FAILED", "failed"), ("KILLED", "killed")]
)
def test_the_status_is_that_of_mlflow(store: Path, ended: str, status: str) -> None:
    assert read(mlflow_run(store, {}, ended)).status == status


def test_a_deleted_run_is_none(store: Path) -> None:
    with pytest.raises(HerdbookError, match="is deleted; restore it"):
        read(mlflow_run(store, {}, "DELETED"))


def test_the_tag_git_commit_stands_for_a_commit_that_mlflow_did_not_find(store: Path) -> None:
    assert read(mlflow_run(store, {"git_commit": COMMIT})).code.commit == COMMIT
    assert read(mlflow_run(store, {"git_commit": "of Tuesday"})).code.commit == ""


def ids(release: str) -> list[str]:
    """The runs that a database holds and that are not deleted."""
    with closing(
        sqlite3.connect(f"file:{STORES / release / 'mlflow.db'}?mode=ro&immutable=1", uri=True)
    ) as it:
        return [run for (run,) in it.execute("SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active'")]


@pytest.mark.parametrize("release", RELEASES)
def test_runs_of_a_database_are_those_that_it_holds(release: str) -> None:
    runs = [read(run_id, f"sqlite:///{STORES / release / 'mlflow.db'}") for run_id in ids(release)]
    assert len(runs) == 7
    child = next(run for run in runs if run.tags["mlflow.runName"] == "depth 3")
    assert (child.experiment, child.status, child.data["user"]) == ("Orders / fraud", "finished", "ana")
    assert child.tags["git_sha"] == "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736"
    assert child.started_at
    assert child.at("tags").file == f"{STORES / release / 'mlflow.db'}: run {child.id}"
    bad = next(run for run in runs if run.tags["mlflow.runName"].startswith("bad"))
    assert bad.code.repository == "https://example.com/fraud.git"
    assert "secret" not in str(bad.data)


@pytest.mark.parametrize("release", RELEASES)
def test_runs_of_a_folder_are_found_by_their_ids_in_any_experiment(release: str) -> None:
    folder = STORES / release / "mlruns"
    found = [run.parent.name for run in folder.glob("[0-9]*/*/meta.yaml") if (run.parent / "tags").is_dir()]
    assert len(found) == 8
    deleted = 0
    for run_id in found:
        try:
            assert read(run_id, folder.as_uri()).id == run_id
        except HerdbookError as error:
            deleted += "is deleted" in str(error)
    assert deleted == 1


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server, of which it is asked without waiting."""
    monkeypatch.setattr(Server.__init__, "__defaults__", (Access(), lambda _: None))
    with serving(Answers(STORES / "3.17.2" / "mlflow.db")) as address:
        yield address


def test_a_server_gives_the_runs_of_its_database(url: str) -> None:
    for run_id in ids("3.17.2"):
        served, stored = read(run_id, url), read(run_id, f"sqlite:///{STORES / '3.17.2' / 'mlflow.db'}")
        assert served.data == stored.data
        assert served.at("tags").file == f"{url}: run {run_id}"


def test_who_asks_a_server_is_told_and_never_shown(url: str) -> None:
    with_password = url.replace("http://", "http://ana:s%40cret@")
    with pytest.raises(HerdbookError, match=f"no run {'f' * 32} of MLflow in {url}") as caught:
        read("f" * 32, MLFLOW_TRACKING_URI=with_password)
    assert "cret" not in str(caught.value)


def test_what_a_server_says_of_an_error_is_told() -> None:
    def answer(code: str, status: int) -> Answers:
        told = json_answer({"error_code": code, "message": "Not\n today"}, status)
        return Answers(STORES / "3.17.2" / "mlflow.db", lambda *_: told)

    # A server on a folder takes what cannot be the name of a folder for a mistake.
    with (
        serving(answer("INVALID_PARAMETER_VALUE", 400)) as url,
        pytest.raises(HerdbookError, match="no run x"),
    ):
        read("x.y", url)
    with (
        serving(answer("PERMISSION_DENIED", 403)) as url,
        pytest.raises(
            StorageError, match=r"answers 403 Forbidden \(Not today\); set MLFLOW_TRACKING_USERNAME"
        ),
    ):
        read("x.y", url)


def test_a_server_that_is_none_of_mlflow_is_said_to_be_none() -> None:
    with (
        serving(Answers(STORES / "3.17.2" / "mlflow.db", lambda *_: json_answer({}, 404))) as url,
        pytest.raises(StorageError, match="answers 404 Not Found; see whether this is the address"),
    ):
        read("f" * 32, url)
    with (
        serving(Answers(STORES / "3.17.2" / "mlflow.db", lambda *_: json_answer({"run": 3}))) as url,
        pytest.raises(StorageError, match="answers with no run of MLflow"),
    ):
        read("f" * 32, url)


def test_a_run_is_found_in_the_catalog_first_then_in_the_store(catalog: Catalog, tmp_path: Path) -> None:
    for text in ("train-2", "runs:/train-2"):
        assert run_named(catalog, text, environ={}) is catalog.runs["train-2"]
    folder = mlflow_run(tmp_path / "mlruns", {})
    elsewhere = mlflow_run(tmp_path / "other store", {})
    assert run_named(catalog, folder.name, environ={}).id == folder.name
    assert run_named(catalog, str(elsewhere), environ={}).id == elsewhere.name
    uri = (tmp_path / "other store").as_uri()
    assert (
        run_named(catalog, f"runs:/{elsewhere.name}", environ={"MLFLOW_TRACKING_URI": uri}).id
        == elsewhere.name
    )
    assert run_named(catalog, elsewhere.name, uri, {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}).id
    # Where nothing is said, MLflow 3.7 and later keep runs in a database, and of old ones in the folder.
    (run_id, *_) = ids("3.17.2")
    shutil.copyfile(STORES / "3.17.2" / "mlflow.db", tmp_path / "mlflow.db")
    assert run_named(catalog, run_id, environ={}).id == run_id
    assert run_named(catalog, folder.name, environ={}).id == folder.name
    for own in ("herdbook:catalog", f"herdbook://{tmp_path}/catalog", "herdbook+https://example.org"):
        assert run_named(catalog, run_id, environ={"MLFLOW_TRACKING_URI": own}).id == run_id
    shutil.rmtree(tmp_path / "mlruns")
    (tmp_path / "mlruns" / "1" / run_id / "artifacts").mkdir(parents=True)
    assert run_named(catalog, run_id, environ={}).id == run_id
    with pytest.raises(HerdbookError, match=r"of MLflow in mlflow\.db or mlruns; say with --tracking-uri"):
        run_named(catalog, folder.name, environ={})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "train-22",
            r"no runs:/train-22 in the catalog, and no run train-22 of MLflow in mlflow\.db or mlruns; did",
        ),
        ("f" * 32, "say with --tracking-uri or MLFLOW_TRACKING_URI where it is"),
        ("models:/churn/2", "models:/churn/2 is no run"),
        ("runs:/train-2/model", "is no run; name one"),
        ("mlruns/0/nothing", "name a run of the catalog or of MLflow, or the folder of one"),
        ("a\nb", "name a run"),
        ("", "name a run"),
        (".", "name a run"),
        ("./", "meta.yaml cannot be read"),
    ],
)
def test_what_is_no_run_is_refused(catalog: Catalog, text: str, said: str) -> None:
    with pytest.raises(HerdbookError, match=said):
        run_named(catalog, text, environ={})


def test_a_refused_file_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    case("# runs/churn/train-2.yaml\nstatus: perhaps\n").lay(tmp_path / "catalog")
    with pytest.raises(HerdbookError, match="its file is refused"):
        run_named(read_catalog(DirTree(tmp_path / "catalog")), "train-2", environ={})


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("mysql://user:secret@db.example.org/mlflow", r"mysql://\.\.\. is none of the stores"),
        ("databricks://secret", r"databricks://\.\.\. is none of the stores"),
        ("sqlite:///nowhere.db", "no such file or folder"),
        ("http://", "address of a tracking server"),
        ("catalog/datasets", "holds no runs of MLflow"),
    ],
)
def test_what_is_no_store_is_said_plainly_and_no_secret_is(catalog: Catalog, uri: str, said: str) -> None:
    with pytest.raises(HerdbookError, match=said) as caught:
        run_named(catalog, "f" * 32, uri, {})
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
        (b"user_id: ana\n", "status is 'None'"),
        (b"status: [3]\n", "status is"),
        (b"status: 17\n", "status is '17'"),
        (b"status: 3\nstart_time: 9000000000000000000\n", "start is .+, which is no time"),
    ],
)
def test_a_file_that_is_none_of_mlflow_is_refused_by_name(tmp_path: Path, meta: bytes, said: str) -> None:
    (tmp_path / "run" / "tags").mkdir(parents=True)
    (tmp_path / "run" / "meta.yaml").write_bytes(meta)
    with pytest.raises(HerdbookError, match=said) as caught:
        read(tmp_path / "run")
    assert str(tmp_path / "run") in str(caught.value)


def test_links_among_the_tags_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run" / "tags").mkdir(parents=True)
    (tmp_path / "run" / "meta.yaml").write_text(META)
    (tmp_path / "meta.yaml").write_text(f"name: {json.dumps('a b')}\n")
    (tmp_path / "secret").write_text("hidden")
    (tmp_path / "run" / "tags" / "git_commit").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "run" / "tags" / "pipe")
    (tmp_path / "run" / "tags" / "odd").write_bytes(b"\xff")
    run = read(tmp_path / "run")
    assert run.tags == {"odd": "\ufffd"}
    assert run.started_at == "2023-11-14T22:13:20Z"
    assert run.experiment == "a b"


def test_a_link_in_place_of_the_tags_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "meta.yaml").write_text(META)
    (tmp_path / "meta.yaml").write_text("name: a\n")
    (tmp_path / "run" / "tags").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HerdbookError, match="tags: it is a symbolic link"):
        read(tmp_path / "run")
