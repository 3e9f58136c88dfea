import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

import mlflow_server
from drafting import bring, empty
from herdbook.errors import HerdbookError
from herdbook.importers.mlflow import find_run
from herdbook.importers.mlflow.addresses import Places
from herdbook.importers.mlflow.connection import Access
from herdbook.importers.mlflow.database import Database
from herdbook.importers.mlflow.drafts import Drafting
from herdbook.importers.mlflow.server import Server
from herdbook.planning.drafts import Draft
from mlflow_server import Answer, Answers, json_answer, serving
from mlflow_stores import NOW, STORES, counted, counts, imported, with_a_model_read

DATABASE = STORES / "3.17.2" / "mlflow.db"
GONE: Answer = (0, "", b"", {})


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait; say for how long it would have been."""
    waits: list[float] = []
    monkeypatch.setattr(Server.__init__, "__defaults__", (Access(), waits.append))
    return waits


@pytest.fixture
def answers() -> Answers:
    return Answers(DATABASE)


@pytest.fixture
def url(answers: Answers) -> Iterator[str]:
    with serving(answers) as address:
        yield address


def drafts(store: Server | Database) -> dict[Any, Draft]:
    stored = store.stored()
    drafting = Drafting(stored, Places(), NOW)
    found = [draft for run in store.runs(stored.logged, iter) for draft in drafting.run(run)]
    found.extend(drafting.registered())
    return {draft.key: draft for draft in found}


def test_a_server_gives_what_its_database_holds(url: str) -> None:
    served, stored = drafts(Server(url)), drafts(Database(DATABASE))
    assert served.keys() == stored.keys()
    for key, draft in served.items():
        value = dict(stored[key].value)
        if key.kind == "model-version":
            # Where a version is stored, only another call would say.
            value.pop("uri")
            assert {**draft.value, "uri": ""} == {**value, "uri": ""}
            continue
        assert draft.value == value, key


def test_the_models_that_runs_read_come_over(tmp_path: Path) -> None:
    database = with_a_model_read(tmp_path / "mlflow.db")
    with serving(Answers(database)) as address:
        served = drafts(Server(address))
    stored = drafts(Database(database))
    read = {key: draft.value["inputs"] for key, draft in stored.items() if draft.value.get("inputs")}
    assert "model" in {item.get("role") for inputs in read.values() for item in inputs}
    assert {key: draft.value["inputs"] for key, draft in served.items() if draft.value.get("inputs")} == read


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two workspaces, in both of which there are an experiment and a model of one name."""
    copy = tmp_path_factory.mktemp("shared") / "mlflow.db"
    shutil.copyfile(DATABASE, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        (name,) = connection.execute("SELECT name FROM registered_model_aliases LIMIT 1").fetchone()
        for table, columns, values in (
            ("experiments", "experiment_id, name, lifecycle_stage", (77, "Default", "active")),
            ("registered_models", "name", (name,)),
            ("registered_model_tags", "name, key, value", (name, "team", "risk")),
            ("model_versions", "name, version, run_id, source", (name, 9, "of-risk", "s3://risk/9")),
            ("model_version_tags", "name, version, key, value", (name, 9, "team", "risk")),
            ("registered_model_aliases", "name, alias, version", (name, "champion", 9)),
        ):
            marks = ", ".join("?" * (len(values) + 1))
            into = f"INSERT INTO {table} ({columns}, workspace) VALUES ({marks})"
            connection.execute(into, (*values, "risk"))
        connection.execute(
            "INSERT INTO runs (run_uuid, experiment_id, status, lifecycle_stage) "
            "VALUES ('of-risk', 77, 'FINISHED', 'active')"
        )
    return copy


def test_all_workspaces_of_a_server_come_over_as_from_its_database(shared: Path) -> None:
    with serving(Answers(shared, workspaces=("default", "risk"))) as address:
        served = drafts(Server(address))
    assert served.keys() == drafts(Database(shared)).keys()
    assert {key.within or key.name for key in served if "risk" in f"{key.within}{key.name}"} > {"of-risk"}


def test_one_workspace_may_be_asked_for(shared: Path) -> None:
    with serving(Answers(shared, workspaces=("default", "risk"))) as address:
        served = drafts(Server(address, Access(workspace="risk")))
        found = find_run(address, "of-risk", {})
        assert found is not None
        assert found.experiment == "risk/Default"
        assert find_run(address, "of-risk", {"MLFLOW_WORKSPACE": "default"}) is None
        with pytest.raises(HerdbookError, match=r"no workspace sales, .*; it has default, risk"):
            find_run(address, "of-risk", {"MLFLOW_WORKSPACE": "sales"})
    assert {key.name for key in served if key.kind == "run"} == {"of-risk"}


def test_a_workspace_that_cannot_be_asked_for_is_named(shared: Path, tmp_path: Path) -> None:
    with serving(Answers(shared, workspaces=("default", "a\r\nX: y", "ü"))) as address:
        problems = bring(empty(tmp_path / "catalog"), imported(address)).problems
    assert sum("no server can be asked about such a name" in problem for problem in problems) == 2


def test_of_models_that_were_not_asked_for_nothing_is_gone(shared: Path, tmp_path: Path) -> None:
    answers = Answers(shared, workspaces=("default", "risk"))
    catalog = empty(tmp_path / "catalog")
    with serving(answers) as address:
        bring(catalog, imported(address))
        assert not _gone(bring(catalog, imported(address, MLFLOW_WORKSPACE="risk")).problems)
        broken = json_answer({}, 418)
        path = "registered-models/search"
        answers.rubbish = lambda asked, times: broken if asked == path and times % 2 else None
        answers.asked.clear()
        again = bring(catalog, imported(address))
    assert any("registered models of the workspace default: they are left out" in it for it in again.problems)
    assert not _gone(again.problems)


def _gone(problems: Iterable[str]) -> list[str]:
    return [problem for problem in problems if "is not there, and its alias" in problem]


def test_a_server_without_workspaces_has_the_usual_one_alone(url: str) -> None:
    assert find_run(url, "unknown", {"MLFLOW_WORKSPACE": "default"}) is None
    with pytest.raises(HerdbookError, match=r"no workspace risk, .*; leave it out, for the server has none"):
        imported(url, MLFLOW_WORKSPACE="risk")


def test_it_comes_over(tmp_path: Path, url: str) -> None:
    result = bring(empty(tmp_path / "catalog"), imported(url))
    assert counts(result.catalog) == counted(DATABASE)
    run = next(iter(result.catalog.runs.values()))
    assert run.imported_from["address"] == url


def test_the_server_of_these_tests_speaks_as_mlflow_understands(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_server, "PAGE", 100)
    client = MlflowClient(url, url)
    experiments = client.search_experiments(view_type=ViewType.ALL)
    assert {experiment.name for experiment in experiments} >= {"Orders / fraud", "second"}
    found = [
        run
        for experiment in experiments
        for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)
    ]
    assert len(found) == 8
    child = next(run for run in found if run.info.run_name == "depth 3")
    assert child.inputs.dataset_inputs[0].dataset.digest == "a3404534"
    history = client.get_metric_history(child.info.run_id, "loss")
    assert [(metric.step, metric.value) for metric in history] == [
        (step, 1 / (step + 3)) for step in range(5)
    ]
    models = {model.name: model for model in client.search_registered_models()}
    assert models["Late orders"].aliases == {"champion": "2", "previous": "1"}
    versions = client.search_model_versions("name = 'Late orders'")
    assert {version.current_stage for version in versions} >= {"Archived", "Production"}


def test_who_asks_is_told_and_never_shown(answers: Answers, url: str) -> None:
    with_password = url.replace("http://", "http://ana:s%40cret@")
    found = imported(with_password)
    assert answers.authorizations == {"Basic YW5hOnNAY3JldA=="}
    assert found.address == url
    assert "cret" not in str(found)
    answers.authorizations.clear()
    imported(url, MLFLOW_TRACKING_TOKEN="t0ken")
    assert answers.authorizations == {"Bearer t0ken"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, "text/plain", b"oops", {}), "answers 500"),
        ((503, "text/html", b"<h1>", {}), "answers 503"),
        ((429, "text/plain", b"", {"Retry-After": "2"}), "asked too often"),
        ((401, "text/plain", b"", {}), "MLFLOW_TRACKING_TOKEN"),
        ((302, "text/plain", b"", {"Location": "http://elsewhere.example/"}), "elsewhere.example"),
        ((200, "text/html", b"<!doctype html><p>Welcome", {}), "a page for people"),
        ((200, "application/json", b'{"experiments": [{"name": "x', {}), "no JSON"),
        ((200, "application/json", b"[" * 100_000, {}), "no JSON"),
        ((200, "application/json", b"[1, 2]", {}), "no JSON object"),
        ((200, "application/json", b"\xff\xfe", {}), "no JSON"),
        ((404, "text/plain", b"", {}), "answers 404"),
        (GONE, "gives no answer"),
    ],
)
def test_rubbish_from_the_start_is_refused(url: str, answers: Answers, answer: Answer, why: str) -> None:
    answers.rubbish = lambda _path, _times: answer
    with pytest.raises(HerdbookError, match=why):
        imported(url)


def test_nobody_there_is_refused() -> None:
    with serving(Answers(DATABASE)) as address:
        pass
    with pytest.raises(HerdbookError, match="gives no answer that can be read"):
        imported(address)


@pytest.mark.parametrize("answer", [(500, "text/plain", b"", {}), (429, "text/plain", b"", {}), GONE])
def test_what_fails_for_the_moment_is_asked_again(url: str, answers: Answers, answer: Answer) -> None:
    whole = imported(url)
    answers.asked.clear()
    answers.rubbish = lambda _path, times: answer if times % 3 else None
    assert imported(url).drafts == whole.drafts


def test_a_server_says_how_long_to_wait(url: str, answers: Answers, at_once: list[float]) -> None:
    busy: Answer = (429, "text/plain", b"", {"Retry-After": "7"})
    forever: Answer = (503, "text/plain", b"", {"Retry-After": "86400"})
    answers.rubbish = lambda path, times: {1: busy, 2: forever}.get(times) if "experiments" in path else None
    imported(url)
    assert at_once[:2] == [7, 30]


def test_what_cannot_be_read_is_named_and_the_rest_comes_over(
    tmp_path: Path, url: str, answers: Answers
) -> None:
    broken: Answer = (500, "text/plain", b"", {})
    answers.rubbish = lambda path, times: broken if path == "metrics/get-history" and times < 9 else None
    found = imported(url)
    told = [str(problem) for problem in found.problems if "it is left out: http" in problem.message]
    assert len(told) == 1
    result = bring(empty(tmp_path / "catalog"), found)
    assert result.is_loss
    assert len(result.catalog.runs) == 6
    answers.rubbish = lambda path, _: broken if path == "registered-models/search" else None
    found = imported(url)
    assert any("registered models: they are left out" in str(problem) for problem in found.problems)
    assert not any(draft.key.kind == "model" for draft in found.drafts)


def test_a_server_without_registry_and_logged_models(url: str, answers: Answers) -> None:
    missing = json_answer({"error_code": "ENDPOINT_NOT_FOUND"}, 404)
    answers.rubbish = lambda path, _: missing if "models/" in path or "versions/" in path else None
    found = imported(url)
    assert sum(draft.key.kind == "run" for draft in found.drafts) == 7


def test_before_experiments_could_be_searched_they_were_listed(url: str, answers: Answers) -> None:
    listed = json_answer({"experiments": [{"experiment_id": "1", "name": "Orders / fraud"}]})
    missing = json_answer({}, 404)
    old = {"experiments/search": missing, "experiments/list": listed}
    answers.rubbish = lambda path, _: old.get(path)
    found = imported(url)
    assert sum(draft.key.kind == "run" for draft in found.drafts) == 6


def test_a_page_that_comes_again_and_again_is_refused(url: str, answers: Answers) -> None:
    again = json_answer({"experiments": [], "next_page_token": "more"})
    answers.rubbish = lambda path, _: again if path == "experiments/search" else None
    with pytest.raises(HerdbookError, match="the same page again and again"):
        imported(url)


@pytest.mark.parametrize(
    "value",
    [
        {"runs": 7, "experiments": 8},
        {"runs": [7, None, [], {"info": 3, "data": "x", "inputs": [], "outputs": 1}]},
        {
            "runs": [
                {"info": {"run_id": 5, "status": "FINISHED", "start_time": "soon"}, "data": {"metrics": 1}}
            ]
        },
        {"runs": [{"info": {}, "data": {"metrics": [{"key": "x", "value": {}, "step": "9" * 40}]}}]},
        {"runs": [{"info": {"run_id": "a", "status": "FINISHED", "end_time": 10**30}}]},
        {"runs": [{"info": {"run_id": "\ud800", "status": "FINISHED", "artifact_uri": "\ud800"}}]},
        {
            "runs": [
                {
                    "info": {
                        "run_id": "a",
                        "run_name": "\ud800",
                        "status": "FINISHED",
                        "experiment_id": "0",
                    },
                    "data": {
                        "metrics": [{"key": "\ud800", "value": 1, "step": 1}],
                        **{field: [{"key": "\ud800", "value": "9" * 5_000}] for field in ("params", "tags")},
                    },
                    "inputs": {"dataset_inputs": [{"dataset": {"name": "\ud800", "digest": "\ud800"}}]},
                }
            ]
        },
    ],
)
def test_answers_of_another_form_do_no_harm(tmp_path: Path, url: str, answers: Answers, value: Any) -> None:
    runs = value["runs"]
    one = runs[-1] if isinstance(runs, list) else runs
    odd = {"runs/search": json_answer(value), "runs/get": json_answer({"run": one})}
    answers.rubbish = lambda path, _: odd.get(path)
    bring(empty(tmp_path / "catalog"), imported(url))


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://host:port", "https:///x"])
def test_no_address_of_a_server(address: str) -> None:
    with pytest.raises(HerdbookError, match="address"):
        imported(address)
