"""A catalog that is read from its site gives the answers that it gives from its folder."""

import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from command_line import herdbook
from forge_server import Answer, Question, forge
from herdbook.digest import measure_folder
from herdbook.errors import HerdbookError
from herdbook.mlflow_plugin import artifact_repository, registry_store, tracking_store
from herdbook.mlflow_plugin.addresses import Address
from herdbook.mlflow_plugin.published import Published, shelf_of
from herdbook.mlflow_plugin.shelf import Shelf
from mlflow_catalogs import content, put, written

MANY = 105
"""More versions than the API has on a page."""
VERSION = """
    kind: model-version
    model: {model}
    version: {number}
    run: train-1
    uri: s3://shop/{model}/{number}
    created_at: "2024-02-0{day}T10:00:00Z"
    description: "Number {number} \\U0001F600 caf\u00e9"
    tags: {{team: "risk: a, b"}}
    """
RUN = """
    kind: run
    id: r{number}
    experiment: many
    type: training
    status: {status}
    started_at: "2024-03-{day:02}T10:00:00Z"
    ended_at: "2024-03-{day:02}T11:00:00Z"
    user: ana
    inputs: [{{dataset: orders/v1, role: training}}, {{run: train-1/model}}]
    params: {{depth: {depth}, name: "tr\u00e9e"}}
    tags: {{team: {team}}}
    metrics: {{auc: {auc}}}
    curves: {{loss: [[0, 0.9], [1, 0.{number}]], auc: [[7, 0.1]]}}
    """
LONG = f"""
    kind: run
    id: index
    experiment: index
    type: training
    status: running
    params: {{text: x, {", ".join(f"t{number}: {'x' * 8_000}" for number in range(7))}}}
    curves: {{loss: [[0, 0.9], [1, 0.5]]}}
    """

LOGGED = "m-" + "0" * 32


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of what was asked."""


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = written(tmp_path_factory.mktemp("repository") / "shop")
    for model, count in (("index", 1), ("many", MANY)):
        known = "title: Who leaves?\nimported_from: {system: mlflow}\n" if model == "many" else ""
        put(folder, f"models/{model}/model.yaml", f"kind: model\nname: {model}\n{known}tags: {{a: b}}\n")
        for number in range(1, count + 1):
            text = VERSION.format(model=model, number=number, day=1 + number % 9)
            put(folder, f"models/{model}/versions/{number}.yaml", text)
    for number in range(MANY):
        text = RUN.format(
            number=number,
            day=1 + number % 28,
            status=("finished", "failed")[number % 2],
            team=("risk", "shop", "Risk")[number % 3],
            depth=number % 7,
            auc=number % 10 / 10,
        )
        put(folder, f"runs/many/r{number}.yaml", text)
    put(folder, "runs/index/index.yaml", LONG)
    logged = VERSION.format(model="logged", number=1, day=1).replace("train-1", "r8")
    put(folder, "models/logged/versions/1.yaml", logged.replace("shop/logged/1", f"shop/{LOGGED}"))
    elsewhere = folder.parent / "artifacts" / "churn"
    put(
        folder,
        "models/index/versions/2.yaml",
        f"""
        kind: model-version
        model: index
        version: 2
        run: train-1
        uri: {elsewhere.as_uri()}
        digest: {measure_folder(elsewhere).digest}
        """,
    )
    return folder


@pytest.fixture(scope="module")
def site(catalog: Path) -> Iterator[str]:
    """The address of its site."""
    done = herdbook("build", "--catalog", catalog, "--out", catalog.parent / "site", cwd=catalog.parent)
    assert done.returncode == 0, done
    handler = partial(Quiet, directory=str(catalog.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"herdbook+http://127.0.0.1:{server.server_port}/site"
        server.shutdown()
        thread.join()


def plain(entity: Any) -> Any:
    """A model or a version without what a site does not publish, or what differs by where it is read."""
    found = dict(entity)
    if "latest_versions" in found:
        found["latest_versions"] = sorted(map(plain, entity.latest_versions), key=lambda it: it["version"])
    else:
        found["source"] = entity.source if entity.source.startswith("s3:") else ""
    del found["last_updated_timestamp"]
    return found


def test_models_and_versions_are_those_of_the_folder(catalog: Path, site: str) -> None:
    ours, theirs = registry_store(site), registry_store(f"herdbook://{catalog}")
    for name in ("churn", "index", "many"):
        assert plain(ours.get_registered_model(name)) == plain(theirs.get_registered_model(name))
    for name, alias in (("churn", "champion"), ("many", "latest")):
        found = ours.get_model_version_by_alias(name, alias)
        assert plain(found) == plain(theirs.get_model_version_by_alias(name, alias))
    assert plain(ours.get_latest_versions("churn", ["1.0.0"])[0]) == plain(
        theirs.get_model_version("churn", 1)
    )
    by_name = ["name ASC", "version_number ASC"]
    found = ours.search_model_versions("version_number > 1", order_by=by_name)
    assert len(found) == MANY + 1
    expected = theirs.search_model_versions("version_number > 1", order_by=by_name)
    assert list(map(plain, found)) == list(map(plain, expected))
    assert [it.name for it in ours.search_registered_models("tags.a = 'b'")] == ["index", "many"]
    assert ours.get_model_version_download_uri("many", 3) == f"{site}/!/models/many/3"


def test_a_model_is_known_by_the_name_that_it_had_elsewhere(catalog: Path, site: str) -> None:
    for store in (registry_store(site), registry_store(f"herdbook://{catalog}")):
        assert store.get_registered_model("Who leaves?").name == "many"
        assert store.get_model_version("Who leaves?", 3).version == 3
        assert store.get_model_version_by_alias("Who leaves?", "latest").version == MANY
        with pytest.raises(MlflowException, match="Who stays"):
            store.get_registered_model("Who stays?")


def test_a_run_is_that_of_the_folder(catalog: Path, site: str) -> None:
    ours, theirs = (tracking_store(uri).get_run("train-1") for uri in (site, f"herdbook://{catalog}"))
    assert ours.data.to_dictionary() == theirs.data.to_dictionary()
    assert ours.info.artifact_uri == f"{site}/!/runs/train-1"
    assert [it.value for it in tracking_store(site).get_metric_history("train-1", "loss")] == [0.7, 0.5]
    assert [it.dataset.digest for it in ours.inputs.dataset_inputs] == ["sha256:" + "a" * 64]
    assert ours.inputs.to_dictionary() == theirs.inputs.to_dictionary()


def told(run: Any) -> Any:
    """A run without what differs by where it is read."""
    return {**dict(run.info), "artifact_uri": ""}, run.data.to_dictionary(), run.inputs.to_dictionary()


EXPERIMENTS: tuple[list[str], ...] = (
    ["shop"],
    ["many"],
    ["index", "shop", "many", "shop"],
    ["nobody", "..", "many/../shop"],
    [],
)


@pytest.mark.parametrize("experiments", EXPERIMENTS, ids=" ".join)
@pytest.mark.parametrize(
    "filter_string",
    [
        "",
        "metrics.auc > 0.5 AND params.depth = '3'",
        "metrics.loss < 0.6",
        "params.name LIKE 'tr%' AND tags.team ILIKE 'RISK'",
        "status != 'FINISHED'",
        "attributes.start_time > 1709800000000",
        "dataset.digest LIKE 'sha256:a%'",
        "params.text LIKE '%x' AND tags.team IS NULL",
        "run_id IN ('r3', 'train-1', 'index')",
        "metrics.auc > 'x'",
        "nothing = 'x'",
    ],
)
def test_searches_of_runs_find_those_of_the_folder(
    catalog: Path, site: str, filter_string: str, experiments: list[str]
) -> None:
    ours, theirs = tracking_store(site), tracking_store(f"herdbook://{catalog}")
    orders = (None, ["metrics.auc DESC", "params.depth"], ["attributes.start_time ASC"], ["tags.team"], ["x"])
    for order in orders:
        pages = [every_page(store, experiments, filter_string, order) for store in (ours, theirs)]
        assert pages[0] == pages[1]


def every_page(store: Any, experiments: list[str], filter_string: str, order: list[str] | None) -> Any:
    """The runs on each page of an answer, or what is said instead."""
    pages, token = [], None
    try:
        while True:
            found = store.search_runs(experiments, filter_string, 1, 60, order, token)
            pages.append(list(map(told, found)))
            token = found.token
            if token is None:
                return pages
    except MlflowException as error:
        return error.error_code, str(error)


def test_logged_models_are_those_of_the_folder(catalog: Path, site: str) -> None:
    pytest.importorskip("mlflow.entities.logged_model")  # MLflow 2 has none
    ours, theirs = tracking_store(site), tracking_store(f"herdbook://{catalog}")
    (found,) = ours.search_logged_models(["many"], "metrics.auc > 0.7")
    (expected,) = theirs.search_logged_models(["many"], "metrics.auc > 0.7")
    assert (found.model_id, found.source_run_id) == (LOGGED, "r8")
    assert found.to_dictionary() == expected.to_dictionary()
    assert ours.get_logged_model(LOGGED).to_dictionary() == found.to_dictionary()


def test_a_search_finds_something(site: str) -> None:
    """What is compared with the folder is not nothing."""
    found = every_page(tracking_store(site), ["index", "many"], "", ["metrics.auc DESC"])
    assert [len(page) for page in found] == [60, MANY + 1 - 60]
    assert found[0][0][1]["metrics"]["auc"] == 0.9


@pytest.mark.parametrize("filter_string", ["", "name LIKE '%a%'", "creation_time > 0", "name > 'a'"])
@pytest.mark.parametrize("order", [None, ["name DESC"], ["last_update_time ASC"]])
def test_experiments_are_those_of_the_folder(
    catalog: Path, site: str, filter_string: str, order: list[str] | None
) -> None:
    def answers(uri: str) -> Any:
        try:
            found = tracking_store(uri).search_experiments(1, 2, filter_string, order)
            return [{**dict(it), "artifact_location": ""} for it in found], found.token
        except MlflowException as error:
            return str(error)

    assert answers(site) == answers(f"herdbook://{catalog}")


def test_an_experiment_is_that_of_the_folder(catalog: Path, site: str) -> None:
    ours, theirs = tracking_store(site), tracking_store(f"herdbook://{catalog}")
    for name in ("shop", "many", "index"):
        mine, other = ours.get_experiment(name), theirs.get_experiment(name)
        assert {**dict(mine), "artifact_location": ""} == {**dict(other), "artifact_location": ""}
        assert mine.artifact_location == f"{site}/!/runs"
    for name in ("nobody", "..", "a b"):
        assert ours.get_experiment_by_name(name) is None


def test_an_artifact_in_a_store_is_fetched_and_checked(catalog: Path, site: str) -> None:
    artifact = artifact_repository(f"{site}/!/models/index/2")
    weights = catalog.parent / "artifacts" / "churn" / "data" / "weights.bin"
    assert content(Path(artifact.download_artifacts("")))["data/weights.bin"] == weights.read_bytes()
    raw = weights.read_bytes()
    weights.write_bytes(raw[::-1])
    with pytest.raises(MlflowException, match="is not what was recorded"):
        artifact.download_artifacts("")
    weights.write_bytes(raw)


def test_a_site_that_names_no_repository_gives_out_none_of_its_files(site: str) -> None:
    with pytest.raises(MlflowException, match="set `repository` in herdbook"):
        artifact_repository(f"{site}/!/runs/train-1").download_artifacts("notes")
    with pytest.raises(MlflowException, match="set `repository` in herdbook"):
        artifact_repository(f"{site}/!/models/churn/1").list_artifacts("")


NOTES = b"Trained twice.\n"
OUTPUT = {"name": "notes", "uri": "docs/my%20notes.txt", "digest": f"sha256:{sha256(NOTES).hexdigest()}"}


def published(output: Mapping[str, Any], answer: Answer, repository: str = "") -> Callable[[Any], Any]:
    """The answers of a site that is its own forge, about a run with an output."""
    run = {"kind": "run", "id": "r", "experiment": "e", "type": "training", "status": "finished"}

    def answers(question: Question) -> Answer:
        host = f"http://{question.headers['Host']}"
        return {
            "/api/v1/index.json": (200, {"repository": repository or f"{host}/shop/models.git"}),
            "/api/v1/runs/r.json": (200, {"entry": {**run, "outputs": [output]}}),
            "/shop/models/raw/HEAD/docs/my%20notes.txt": answer,
            "/shop/models/archive/HEAD.tar.gz": answer,
        }.get(question.path, (404, {}))

    return answers


def test_a_file_of_the_repository_is_fetched_from_its_forge_and_checked(tmp_path: Path) -> None:
    with forge(published(OUTPUT, (200, NOTES))) as server:
        artifact = artifact_repository(f"herdbook+{server.url}/!/runs/r")
        found = Path(artifact.download_artifacts("notes", str(tmp_path)))
        assert found.read_bytes() == NOTES
        assert artifact.list_artifacts("notes") == []
        assert [it.is_dir for it in artifact.list_artifacts()] == [False]
        with pytest.raises(MlflowException, match="has no 'x'"):
            artifact.list_artifacts("notes/x")


def test_a_folder_of_the_repository_is_taken_from_an_archive_and_checked(
    catalog: Path, tmp_path: Path
) -> None:
    folder = catalog.parent / "artifacts" / "churn"
    archive = tmp_path / "x.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(catalog.parent / "artifacts", "shop-HEAD/artifacts")
    output = {"name": "model", "uri": "artifacts/churn", "digest": measure_folder(folder).digest}
    with forge(published(output, (200, archive.read_bytes()))) as server:
        artifact = artifact_repository(f"herdbook+{server.url}/!/runs/r/model")
        assert content(Path(artifact.download_artifacts(""))) == content(folder)
        assert [(it.path, it.is_dir) for it in artifact.list_artifacts()] == [
            ("MLmodel", False),
            ("data", True),
        ]
    with (
        forge(published({**output, "uri": "artifacts"}, (200, archive.read_bytes()))) as server,
        pytest.raises(MlflowException, match="is not what was recorded"),
    ):
        artifact_repository(f"herdbook+{server.url}/!/runs/r").download_artifacts("model")
    with (
        forge(published({**output, "uri": "elsewhere"}, (200, archive.read_bytes()))) as server,
        pytest.raises(MlflowException, match="is no folder on the default branch"),
    ):
        artifact_repository(f"herdbook+{server.url}/!/runs/r").download_artifacts("model")


@pytest.mark.parametrize(
    ("output", "answer", "repository", "message"),
    [
        (OUTPUT, (200, NOTES[::-1]), "", "is not what was recorded"),
        # No more is read than was recorded.
        ({**OUTPUT, "size": 3}, (200, NOTES), "", "is not what was recorded"),
        (OUTPUT, (404, {}), "", "is no file on the default branch of"),
        (OUTPUT, (302, {}), "", "is answered with 302"),
        (OUTPUT, (200, NOTES), "file:///etc", "set `repository`"),
        ({**OUTPUT, "uri": "../secret"}, (200, NOTES), "", "leads to no file in the repository"),
        ({**OUTPUT, "uri": "/etc/passwd"}, (200, NOTES), "", "leads to no file in the repository"),
    ],
)
def test_a_file_that_a_forge_does_not_have_as_recorded_is_refused(
    output: Mapping[str, Any], answer: Answer, repository: str, message: str
) -> None:
    with (
        forge(published(output, answer, repository)) as server,
        pytest.raises(MlflowException, match=message),
    ):
        artifact_repository(f"herdbook+{server.url}/!/runs/r").download_artifacts("notes")


@pytest.mark.parametrize("name", ["nobody", "..", "../models/many", "a b", "index/versions/1", "many?x"])
def test_what_is_not_there_is_not_found(site: str, name: str) -> None:
    with pytest.raises(MlflowException) as error:
        registry_store(site).get_registered_model(name)
    assert error.value.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
    with pytest.raises(MlflowException, match="not found"):
        tracking_store(site).get_run(name)


def test_changes_are_refused(site: str) -> None:
    with pytest.raises(MlflowException, match="herdbook alias set churn champion 2"):
        registry_store(site).set_registered_model_alias("churn", "champion", 2)


def test_an_address_tells_a_site_from_a_folder(tmp_path: Path) -> None:
    address = Address.parse("herdbook+https://example.org/docs/")
    assert (address.catalog, address.site, str(address)) == (
        None,
        "https://example.org/docs",
        "herdbook+https://example.org/docs",
    )
    assert Address.parse(f"{address}/!/runs").artifact("train-1")[0].name == "train-1"
    assert isinstance(shelf_of(address), Published)
    assert isinstance(shelf_of(Address(tmp_path)), Shelf)
    for text in (
        "herdbook+https:",
        "herdbook+https://",
        "herdbook+http://a:b@c/",
        "herdbook+https://c/?x",
        "herdbook+http://[",
    ):
        with pytest.raises(HerdbookError, match="no address of a site"):
            Address.parse(text)


INDEX = "/api/v1/models/index.json"
CHURN = "/api/v1/models/churn.json"
MODEL = {"entry": {"kind": "model", "name": "churn"}, "aliases": [], "versions": [], "pages": 1}
LEADS = {
    "version": 1,
    "stage": "none",
    "created_at": "",
    "aliases": [],
    "links": {"version": "https://example.org/1.json"},
}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, b"<html>"), "holds no JSON"),
        ((200, b"[" * 100_000), "holds no JSON"),
        ((200, [1, 2]), "is not what this version of Herdbook understands"),
        ((200, {}), "is not what this version of Herdbook understands"),
        ((200, {**MODEL, "entry": 3}), "is not what this version of Herdbook understands"),
        ((200, {**MODEL, "pages": "x"}), "is not what this version of Herdbook understands"),
        ((200, {**MODEL, "versions": [LEADS]}), "leads out of it"),
        ((200, {**MODEL, "versions": [{**LEADS, "links": {"version": "/x.json"}}]}), "leads out of it"),
        ((302, {}), "is answered with 302"),
        ((403, {}), "is answered with 403"),
        ((200, b" " * 16_000_001), "is larger than 16 MB"),
    ],
)
def test_a_site_that_answers_something_else_is_an_error(answer: Answer, message: str) -> None:
    def answers(question: Question) -> Answer:
        return answer if question.path == CHURN else (404, {})

    with forge(answers) as server, pytest.raises(MlflowException, match=message):
        registry_store(f"herdbook+{server.url}").get_registered_model("churn")


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("herdbook.mlflow_plugin.published._MOST_IN_ALL", 50_000)
    page = {"runs": [], "datasets": [], "pages": 10**9, "links": {"next": "e.json"}}
    with forge(lambda question: (200, page)) as server:
        with pytest.raises(MlflowException, match="ask for less, such as a single experiment"):
            tracking_store(f"herdbook+{server.url}").search_runs(["e"], "", 1)
        assert len(server.asked) == 51


@pytest.mark.parametrize(
    "page",
    [
        {"runs": [{"entry": 3}], "datasets": [], "pages": 1},
        {"runs": [{"entry": None}], "datasets": [], "pages": 1},
        {"runs": [{"entry": {"id": []}}], "datasets": [], "pages": 1},
        {"runs": [], "datasets": [{}], "pages": 1},
        {"runs": [], "pages": 1},
        {"items": [{}], "pages": 1},
        [],
    ],
)
def test_lists_that_hold_something_else_are_an_error(page: Any) -> None:
    with forge(lambda question: (200, page)) as server:
        store = tracking_store(f"herdbook+{server.url}")
        with pytest.raises(MlflowException, match="is not what this version of Herdbook understands"):
            store.search_runs(["e"], "", 1)
        with pytest.raises(MlflowException, match="is not what this version of Herdbook understands"):
            store.search_experiments()


def test_one_version_takes_two_questions() -> None:
    """Whoever serves a model asks for one of many."""
    items = [
        {"version": number, "stage": "none", "created_at": "", "aliases": [f"a{number}"]}
        | {"links": {"version": f"churn/versions/{number}.json"}}
        for number in range(1, 6)
    ]
    aliases = [
        {"alias": f"a{number}", "version": number, "at": "2024-02-01T10:00:00Z"} for number in range(1, 6)
    ]
    entry = {"kind": "model-version", "model": "churn", "version": 3, "run": "r", "uri": "s3://x"}

    def answers(question: Question) -> Answer:
        if question.path == CHURN:
            return 200, {**MODEL, "versions": items, "aliases": aliases}
        return (
            (200, {"entry": entry}) if question.path == "/api/v1/models/churn/versions/3.json" else (500, {})
        )

    with forge(answers) as server:
        store = registry_store(f"herdbook+{server.url}")
        assert store.get_model_version_by_alias("churn", "a3").version == 3
        assert store.get_model_version("churn", "3").aliases == ["a3"]
    assert len(server.asked) == 4


def test_what_the_schemas_refuse_is_not_there() -> None:
    """As in a folder, a file that is wrong is no entry."""
    wrong = {**MODEL, "entry": {"kind": "model", "name": "churn", "owner": 3}}
    refused = r"not found; models/churn/model\.yaml is refused"
    with forge(lambda question: (200, wrong)) as server, pytest.raises(MlflowException, match=refused):
        registry_store(f"herdbook+{server.url}").get_registered_model("churn")


def test_a_site_without_a_catalog_says_so() -> None:
    with (
        forge(lambda question: (404, {})) as server,
        pytest.raises(MlflowException, match="publishes no catalog"),
    ):
        registry_store(f"herdbook+{server.url}").search_registered_models()
    with (
        forge(lambda question: (404, {})) as server,
        pytest.raises(MlflowException, match="publishes no catalog"),
    ):
        tracking_store(f"herdbook+{server.url}").search_experiments()


def test_a_busy_site_is_asked_again() -> None:
    def answers(question: Question) -> Answer:
        return (200, MODEL) if len(server.asked) > 2 else (503, {})

    with forge(answers) as server:
        assert registry_store(f"herdbook+{server.url}").get_registered_model("churn").name == "churn"


def test_a_site_that_is_down_is_an_error() -> None:
    with forge(lambda question: (200, MODEL)) as server:
        url = server.url
    with pytest.raises(MlflowException, match="is not answered"):
        registry_store(f"herdbook+{url}").get_registered_model("churn")
