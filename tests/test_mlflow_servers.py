"""Servers of the newest MLflow, as teams run them: they give out what a catalog holds, and runs to judge."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from command_line import herdbook
from herdbook import LineageError, assert_run_lineage
from herdbook.importers.mlflow.addresses import Places
from herdbook.importers.mlflow.database import Database
from herdbook.importers.mlflow.drafts import Drafting
from herdbook.importers.mlflow.records import Stored
from herdbook.importers.mlflow.server import Server
from mlflow_catalogs import content
from mlflow_models import ROWS, registered
from mlflow_processes import mlflow_serving
from mlflow_stores import NOW, brought, with_a_model_read

pytestmark = pytest.mark.foreign

Shop = tuple[Path, Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A repository with a registered model, and that model."""
    root = tmp_path_factory.mktemp("shop")
    return root, registered(root)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server runs."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def database(folder: Path) -> str:
    """The address of the database that the server keeps runs in: there are some already."""
    return f"sqlite:///{with_a_model_read(folder.with_suffix('.db'))}"


@pytest.fixture(scope="module")
def url(shop: Shop, folder: Path, database: str) -> Iterator[str]:
    """The address of a tracking server whose registry is the catalog, and whose runs are in a database."""
    words = (
        *("server", "--workers", "1", "--backend-store-uri", database),
        *("--default-artifact-root", str(folder / "artifacts")),
        *("--registry-store-uri", f"herdbook://{shop[0] / 'catalog'}"),
    )
    with mlflow_serving(words, "/health", folder) as address:
        yield address


@pytest.fixture(scope="module")
def runs(url: str) -> dict[str, str]:
    """Runs on the server, by what is the matter with them."""
    client = mlflow.MlflowClient(url, url)
    experiment = client.create_experiment("Orders / late")
    tags = {"triggered_by": "ci", "mlflow.source.git.commit": "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736"}
    found = {}
    for name in ("sound", "untagged", "running", "running untagged", "failed", "deleted"):
        told = {} if "untagged" in name else tags
        run = client.create_run(experiment, tags=told, run_name=name).info.run_id
        for step in range(1, 4):
            client.log_metric(run, "loss", 1 / step, step=step)
        if "running" not in name:
            client.set_terminated(run, "FAILED" if name == "failed" else "FINISHED")
        if name == "deleted":
            client.delete_run(run)
        found[name] = run
    return found


def asked(url: str, question: Any = None) -> tuple[int, Any]:
    """The status and the answer to a request, a POST where there is something to send."""
    body = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_answers_by_its_rest_api(url: str, shop: Shop) -> None:
    def get(path: str, **words: str) -> Any:
        status, found = asked(f"{url}/api/2.0/mlflow/{path}?{urlencode(words)}")
        assert status == 200, found
        return found

    version = get("model-versions/get", name="churn", version="1")["model_version"]
    assert (version["run_id"], version["current_stage"], version["aliases"]) == (
        *("train-1", "Production"),
        ["champion"],
    )
    assert get("registered-models/alias", name="churn", alias="champion")["model_version"] == version
    source = get("model-versions/get-download-uri", name="churn", version="1")["artifact_uri"]
    assert source == version["source"] == f"herdbook://{shop[0] / 'catalog'}/!/models/churn/1"
    (model,) = get("registered-models/search", filter="name LIKE 'ch%'", order_by="name DESC")[
        "registered_models"
    ]
    assert model["aliases"] == [{"alias": "champion", "version": "1"}]
    assert "model_versions" not in get("model-versions/search", filter="name = 'nobody'")
    status, refused = asked(f"{url}/api/2.0/mlflow/registered-models/alias?name=churn&alias=nobody")
    assert (status, refused["message"]) == (400, "Registered model alias nobody not found")
    # This is where its pages take the files of a version from.
    place = f"{url}/model-versions/get-artifact?name=churn&version=1&path=MLmodel"
    with urllib.request.urlopen(place, timeout=60) as response:
        assert response.read() == (shop[0] / "artifacts" / "churn" / "MLmodel").read_bytes()


def test_its_client_loads_and_searches(url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    root, model = shop
    before = content(root)
    for uri in ("@champion", "/1", "/latest", "/Production", "/1.0.0"):
        found = mlflow.pyfunc.load_model(f"models:/churn{uri}").predict(ROWS)
        assert list(found) == list(model.predict(ROWS))
    client = mlflow.MlflowClient()
    assert [it.name for it in client.search_registered_models("name = 'churn'")] == ["churn"]
    assert [it.version for it in client.search_model_versions("run_id = 'train-1'")] == ["1"]
    assert content(root) == before


@pytest.mark.parametrize(
    ("path", "question", "command"),
    [
        (
            "registered-models/alias",
            {"name": "churn", "alias": "champion", "version": "1"},
            "herdbook alias set churn champion 1",
        ),
        ("registered-models/create", {"name": "new"}, "herdbook new model new"),
        (
            "model-versions/create",
            {"name": "churn", "source": "s3://models/2", "run_id": "train-2"},
            "herdbook register churn --run train-2",
        ),
        (
            "model-versions/transition-stage",
            {"name": "churn", "version": "1", "stage": "Archived", "archive_existing_versions": False},
            "herdbook stage set churn 1 archived",
        ),
        (
            "model-versions/set-tag",
            {"name": "churn", "version": "1", "key": "k", "value": "v"},
            "herdbook tag set models:/churn/1 k v",
        ),
    ],
)
def test_what_would_change_the_catalog_is_refused(
    url: str, shop: Shop, path: str, question: Any, command: str
) -> None:
    before = content(shop[0])
    status, said = asked(f"{url}/api/2.0/mlflow/{path}", question)
    assert (status, said["error_code"]) == (403, "PERMISSION_DENIED")
    assert f"run `{command}` on a branch" in said["message"]
    assert content(shop[0]) == before


def test_a_run_that_logs_to_it_registers_nothing(
    url: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
    with mlflow.start_run(), pytest.raises(MlflowException, match="herdbook register churn --run RUN"):
        mlflow.sklearn.log_model(
            shop[1], name="model", serialization_format="cloudpickle", registered_model_name="churn"
        )


def test_it_sees_what_becomes_of_the_catalog(url: str, shop: Shop) -> None:
    assert mlflow.MlflowClient(url, url).get_model_version("churn", "1").tags.get("team") is None
    done = herdbook("tag", "set", "models:/churn/1", "team", "risk", "--force", cwd=shop[0])
    assert done.returncode == 0, done
    assert mlflow.MlflowClient(url, url).get_model_version("churn", "1").tags["team"] == "risk"


def test_runs_may_come_from_the_catalog_as_well(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = ("server", "--workers", "1", "--backend-store-uri", f"herdbook://{shop[0] / 'catalog'}")
    with mlflow_serving(words, "/health", tmp_path / "empty") as url:
        client = mlflow.MlflowClient(url, url)
        assert [it.name for it in client.search_experiments()] == ["churn"]
        assert [it.info.run_id for it in client.search_runs(["churn"])] == ["train-1"]
        assert client.get_model_version_by_alias("churn", "champion").run_id == "train-1"
        with pytest.raises(MlflowException, match="herdbook new run ID --experiment NAME"):
            client.create_run("churn")


def test_mlflow_serves_predictions_of_what_is_the_champion(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    words = ("models", "serve", "-m", "models:/churn@champion", "--env-manager", "local")
    with mlflow_serving(
        words, "/ping", folder, MLFLOW_TRACKING_URI=f"herdbook://{shop[0] / 'catalog'}"
    ) as url:
        answer = asked(f"{url}/invocations", {"inputs": ROWS})
    assert answer == (200, {"predictions": shop[1].predict(ROWS).tolist()})
    assert list(folder.iterdir()) == []


def runs_drafted(store: Server | Database) -> dict[str, Any]:
    """What the import makes of runs, by their titles."""
    logged = store.stored().logged
    drafting = Drafting(Stored(logged=logged), Places(), NOW)
    drafts = [draft for run in store.runs(logged, iter) for draft in drafting.run(run)]
    return {str(it.value["title"]): it.value for it in drafts if it.key.kind == "run"}


def test_runs_are_imported_from_the_server_as_from_its_database(url: str, database: str) -> None:
    with closing(Database(Path(database.removeprefix("sqlite:///")))) as kept:
        expected = runs_drafted(kept)
    found = runs_drafted(Server(url))
    assert len(expected) >= 7
    assert found == expected


def test_an_import_brings_in_what_the_server_has(url: str, tmp_path: Path) -> None:
    result = brought(tmp_path / "catalog", url)
    assert {run.title for run in result.catalog.runs.values()} >= {"depth 3", "failed"}
    assert list(result.catalog.models) == ["churn"]
    assert result.catalog.aliases["churn"].version_of("champion") == 1


def test_a_model_that_a_server_hands_out_is_loaded_after_an_import(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hands-out"
    folder.mkdir()
    words = (
        *("server", "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}.db"),
        *("--serve-artifacts", "--artifacts-destination", str(folder)),
    )
    with mlflow_serving(words, "/health", folder) as address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        with mlflow.start_run():
            mlflow.sklearn.log_model(
                shop[1], name="model", registered_model_name="churn", serialization_format="cloudpickle"
            )
        brought(tmp_path / "catalog", address)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"herdbook://{tmp_path / 'catalog'}")
        found = mlflow.pyfunc.load_model("models:/churn/1").predict(ROWS)
    assert list(found) == list(shop[1].predict(ROWS))


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        ("sound", 0, "PASS: "),
        ("untagged", 1, 'lacks the tag "triggered_by"'),
        ("running", 0, "PASS: "),  # trainings ask before their run ends
        ("running untagged", 1, 'lacks the tag "triggered_by"'),
        ("failed", 1, "failed"),
        ("deleted", 2, "is deleted; restore it with `mlflow runs restore` first"),
        ("unknown", 2, "no run unknown of MLflow in "),
    ],
)
@pytest.mark.parametrize("kept", ["server", "database"])
def test_the_gate_judges_a_run_where_mlflow_keeps_it(
    url: str, database: str, runs: dict[str, str], tmp_path: Path, kept: str, run: str, code: int, said: str
) -> None:
    where = url if kept == "server" else database
    words = ("gate-run", runs.get(run, run), "--required-tags", "triggered_by")
    done = herdbook(*words, cwd=tmp_path, MLFLOW_TRACKING_URI=where)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done
    assert herdbook(*words, "--tracking-uri", where, cwd=tmp_path).stdout == done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_training_asserts_its_lineage_where_it_logs(
    url: str, runs: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert_run_lineage(runs["sound"], required_tags=["triggered_by"], tracking_uri=url)
    try:
        mlflow.set_tracking_uri(url)
        assert_run_lineage(runs["sound"], required_tags=["triggered_by"])
        with pytest.raises(LineageError) as caught:
            assert_run_lineage(runs["untagged"], required_tags=["triggered_by"])
    finally:
        mlflow.set_tracking_uri(None)
    assert caught.value.missing_tags == ("triggered_by",)
