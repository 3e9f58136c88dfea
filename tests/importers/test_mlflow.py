import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.data.evaluation_dataset import EvaluationDataset
from mlflow.entities import LoggedModelOutput

from conftest import CHECKOUT
from drafting import bring, empty
from herdbook.catalog import Catalog
from herdbook.digest import measure_folder
from herdbook.errors import HerdbookError
from herdbook.importers.mlflow import read
from herdbook.planning.importing import bring_in
from herdbook.ref import Ref
from herdbook.schema import validate
from mlflow_stores import NOW, RELEASES, STORES, brought, counted, counts, imported

T = TypeVar("T")
WITH_REGISTRY = [("1.30.1", "mlflow.db")] + [
    (release, store) for release in RELEASES[1:] for store in ("mlflow.db", "mlruns")
]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A copy of a store in a folder."""
    return Path(shutil.copytree(STORES / "3.17.2" / "mlruns", tmp_path / "mlruns"))


def one(store: Path, pattern: str) -> Path:
    return sorted(store.glob(pattern))[0]


def run_called(store: Path, name: str) -> Path:
    return next(
        meta.parent for meta in store.glob("*/*/meta.yaml") if f"run_name: {name}\n" in meta.read_text()
    )


@pytest.mark.parametrize("release", RELEASES)
def test_a_database_comes_over_as_sql_counts_it(tmp_path: Path, release: str) -> None:
    database = STORES / release / "mlflow.db"
    assert counts(brought(tmp_path / "catalog", database).catalog) == counted(database)
    assert counted(database)["runs"] == 7


@pytest.mark.parametrize("release", RELEASES)
def test_a_folder_comes_over_as_the_database_that_the_same_calls_filled(tmp_path: Path, release: str) -> None:
    found = counts(brought(tmp_path / "catalog", STORES / release / "mlruns").catalog)
    expected = counted(STORES / release / "mlflow.db")
    if release == "1.30.1":  # its folders have no registry
        registry = ("models", "model tags", "versions", "version tags", "aliases", "stages")
        expected.subtract({what: expected[what] for what in registry})
    assert found == expected


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("store", ["mlflow.db", "mlruns"])
def test_nothing_is_written_to_a_store(tmp_path: Path, release: str, store: str) -> None:
    copy = Path(shutil.copytree(STORES / release, tmp_path / "store"))
    before = measure_folder(copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    brought(tmp_path / "catalog", copy / store)
    assert measure_folder(copy) == before
    assert not any(path.name.startswith("mlflow.db-") for path in copy.iterdir())


@pytest.mark.parametrize(("release", "store"), WITH_REGISTRY)
def test_a_moved_model_is_found_described_and_hashed(tmp_path: Path, release: str, store: str) -> None:
    catalog = brought(tmp_path / "catalog", STORES / release / store).catalog
    version = catalog.versions["Late-orders", 2].data
    assert version["uri"].startswith(f"file://{STORES / release}/")
    folder = Path(version["uri"].removeprefix("file://"))
    assert (version["digest"], version["size"]) == tuple(
        getattr(measure_folder(folder), field) for field in ("digest", "size")
    )
    assert version["flavors"] == ["rules"]
    assert [column["name"] for column in version["signature"]["inputs"]] == ["amount", "country"]
    assert version["requirements"] == ["scikit-learn==1.4.2", "numpy==1.26.4"]
    run = catalog.runs[version["run"]]
    assert run.title == "depth 4"
    output = run.output(version["output"])
    assert output is not None
    assert (output.uri, output.digest) == (version["uri"], version["digest"])


def test_a_store_in_the_repository_has_addresses_in_it(tmp_path: Path) -> None:
    found = imported(STORES / "3.17.2" / "mlruns", CHECKOUT)
    catalog = bring(empty(tmp_path / "catalog"), found).catalog
    assert catalog.versions["Late-orders", 2].data["uri"].startswith("tests/data/stores/3.17.2/mlruns/")


@pytest.mark.parametrize(("release", "store"), WITH_REGISTRY)
def test_what_is_registered_comes_over(tmp_path: Path, release: str, store: str) -> None:
    catalog = brought(tmp_path / "catalog", STORES / release / store).catalog
    model = catalog.models["Late-orders"]
    assert (model.title, model.description, model.tags) == (
        "Late orders",
        "Tells **late** orders.",
        {"domain": "orders"},
    )
    first = catalog.versions["Late-orders", 1]
    assert (first.description, first.tags) == ("The first one.", {"validated": "yes"})
    assert catalog.versions["From-elsewhere", 1].text("run") == "not-recorded"
    stages = {number: move.stage for number, move in catalog.stages["Late-orders"].current().items()}
    assert stages == {1: "archived", 2: "production"}
    if release != "1.30.1":
        assert (
            catalog.resolve(Ref.model("Late-orders", alias="champion")) is catalog.versions["Late-orders", 2]
        )
        assert catalog.aliases["Late-orders"].version_of("previous") == 1


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("store", ["mlflow.db", "mlruns"])
def test_what_runs_say_comes_over(tmp_path: Path, release: str, store: str) -> None:
    result = brought(tmp_path / "catalog", STORES / release / store)
    runs = {run.title: run.data for run in result.catalog.runs.values()}
    assert {run.get("experiment") for run in runs.values()} == {"Orders-fraud", "second"}
    parent, child, bad = runs["search over depth"], runs["depth 3"], runs["bad / numbers: проба 🔥"]
    assert (parent["description"], parent["tags"]["team"]) == ("Depths from 2 to 4.", "risk")
    assert child["parent"] == parent["id"]
    assert child["params"] == {"bootstrap": True, "cw": None, "depth": 3, "name": "a=b:c", "rate": 0.1}
    assert child["curves"] == {"loss": [[step, 1 / (step + 3)] for step in range(5)]}
    assert child["metrics"] == {"loss": 1 / 7, "val/auc": 0.8 + 3 / 100}
    assert (child["user"], child["code"]) == ("ana", {"entry_point": "/srv/fraud/train.py"})
    assert child["started_at"] <= child["ended_at"]
    if release != "1.30.1":
        read = {"dataset": "data-orders/a3404534", "role": "training", "digest": "mlflow:a3404534"}
        assert child["inputs"] == [read]
        version = result.catalog.dataset_versions["data-orders", "a3404534"].data
        assert (version["uri"], version["rows"], version["digest"]) == (
            "s3://data/orders.csv",
            3,
            "mlflow:a3404534",
        )
    assert bad["code"] == {
        "repository": "https://example.com/fraud.git",
        "commit": "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736",
        "branch": "main",
        "entry_point": "/srv/fraud/train.py",
    }
    assert "secret" not in str(bad)
    assert bad["imported_from"]["code.commit"] == "tags.mlflow.source.git.commit"
    assert bad["params"] == {"text": 'two\nlines, "quotes" and #'}
    assert (bad["metrics"], bad["curves"]) == ({"gain": 3.5, "unstepped": 0.3}, {"gain": [[3, 3.5]]})
    assert runs["failed"]["status"] == "failed"
    assert sorted(run["status"] for run in runs.values()).count("running") == 1
    problems = [problem.partition(": ")[2] for problem in result.problems if "metrics" in problem]
    assert any("loss ends with nan" in text and "gain is none at 2 of 3 points" in text for text in problems)
    kept = "of the values of a metric at one step, the last one is taken, as MLflow shows it: unstepped"
    assert any(problem.endswith(kept) for problem in result.problems)
    assert result.is_loss


@pytest.mark.parametrize("store", ["mlflow.db", "mlruns"])
def test_prompts_are_named_and_no_loss(tmp_path: Path, store: str) -> None:
    found = imported(STORES / "3.17.2" / store)
    prompts = [problem for problem in found.problems if "prompt" in problem.message]
    assert [(problem.is_loss, "greeting" in problem.source) for problem in prompts] == [(False, True)]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("store", ["mlflow.db", "mlruns"])
def test_importing_again_brings_nothing(tmp_path: Path, release: str, store: str) -> None:
    catalog = empty(tmp_path / "catalog")
    assert bring(catalog, imported(STORES / release / store)).paths
    assert bring(catalog, imported(STORES / release / store)).paths == []


def test_a_deleted_run_behind_a_version_comes_over(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE runs SET lifecycle_stage = 'deleted'")
    connection.close()
    catalog = brought(tmp_path / "catalog", copy).catalog
    assert {run.title for run in catalog.runs.values()} == {"depth 3", "depth 4"}
    assert {run.imported_from["lifecycle_stage"] for run in catalog.runs.values()} == {"deleted"}


def test_not_even_a_lock_is_written_beside_a_database(tmp_path: Path) -> None:
    copy = tmp_path / "store" / "mlflow.db"
    copy.parent.mkdir()
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = copy.read_bytes()
    seen: list[list[str]] = []

    def along(items: Sequence[T]) -> Iterable[T]:
        for item in items:
            seen.append([path.name for path in copy.parent.iterdir()])
            yield item

    assert read(str(copy), NOW, None, along, {}).drafts
    assert seen == [["mlflow.db"]] * 8
    assert copy.read_bytes() == before


# What is broken


def test_a_truncated_database_is_refused_whole(tmp_path: Path) -> None:
    raw = (STORES / "3.17.2" / "mlflow.db").read_bytes()
    broken = tmp_path / "mlflow.db"
    for length in (20, 100, 4_096, 50_000, len(raw) // 2, len(raw) - 4_096):
        broken.write_bytes(raw[:length])
        with pytest.raises(HerdbookError, match=r"SQLite cannot read it|holds no runs of MLflow"):
            imported(broken)


def test_a_database_whose_complaints_are_no_text_is_refused(tmp_path: Path) -> None:
    raw = (STORES / "3.17.2" / "mlflow.db").read_bytes()
    broken = tmp_path / "mlflow.db"
    broken.write_bytes(raw.replace(b"CREATE TABLE", b"CREATE \xff\xfeBLE"))
    with pytest.raises(HerdbookError, match="SQLite cannot read it"):
        imported(broken)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@given(
    st.lists(st.tuples(st.integers(100, 10**6), st.binary(min_size=1, max_size=8)), min_size=1, max_size=40)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_database_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, bytes]]) -> None:
    raw = bytearray((STORES / "1.30.1" / "mlflow.db").read_bytes())
    for at, found in damage:
        raw[at % len(raw) : at % len(raw) + len(found)] = found
    broken = tmp_path / "mlflow.db"
    broken.write_bytes(raw)
    try:
        found_drafts = imported(broken)
    except HerdbookError:
        return
    for value in bring_in(Catalog(), found_drafts).plan.new.values():
        assert isinstance(value, dict)
        assert validate(value["kind"], value) == ()


def test_other_files_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE runs (x)")
    connection.close()
    with pytest.raises(HerdbookError, match="holds no runs of MLflow"):
        imported(other)
    (tmp_path / "text").write_text("runs")
    with pytest.raises(HerdbookError, match="no SQLite file"):
        imported(tmp_path / "text")
    with pytest.raises(HerdbookError, match="no such file"):
        imported(tmp_path / "absent")
    with pytest.raises(HerdbookError, match="holds no runs of MLflow"):
        imported(CHECKOUT / "src")
    with pytest.raises(HerdbookError, match="none of the stores"):
        imported("postgresql://ana:secret@host/db")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing here tells which files are open")
def test_a_database_that_is_refused_is_let_go(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE runs (x)")
    with pytest.raises(HerdbookError, match="holds no runs of MLflow") as refused:
        imported(other)
    # The error remembers all that was there when it was raised.
    assert refused.value.__traceback__ is not None
    assert str(other) not in [os.path.realpath(file) for file in Path("/proc/self/fd").iterdir()]


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_database_in_use_is_refused(tmp_path: Path, end: str) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    beside = Path(f"{copy}{end}")
    beside.write_bytes(b"")
    assert imported(copy).drafts
    beside.write_bytes(b"x")
    with pytest.raises(HerdbookError, match="a program has it open"):
        imported(copy)


def test_a_database_that_is_written_to_while_it_is_read_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)

    def written_meanwhile(items: Sequence[T], /) -> Iterator[T]:
        for item in items:
            with closing(sqlite3.connect(copy)) as connection, connection:
                connection.execute("UPDATE metrics SET value = value + 1")
            yield item

    with pytest.raises(HerdbookError, match="it was written to while it was read: import again"):
        read(str(copy), NOW, None, written_meanwhile, {})
    assert imported(copy).drafts


def test_addresses_as_mlflow_writes_them_are_taken(tmp_path: Path) -> None:
    database, folder = STORES / "2.22.5" / "mlflow.db", STORES / "2.22.5" / "mlruns"
    assert imported(f"sqlite:///{database}").drafts == imported(database).drafts
    assert imported(folder.as_uri()).drafts == imported(folder).drafts


def test_a_model_that_no_run_made_is_read_from_outside_or_named(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        (run_id,) = connection.execute("SELECT run_uuid FROM runs WHERE name = 'depth 2'").fetchone()
        for number, name in enumerate(("agent", "forgotten")):
            connection.execute(
                "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, status, "
                "creation_timestamp_ms, last_updated_timestamp_ms, lifecycle_stage) "
                "VALUES (?, 0, ?, 's3://there/agent', 1, 0, 0, 'active')",
                (f"m-{number:032}", name),
            )
        connection.execute(
            "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) "
            "VALUES ('x', 'RUN_INPUT', ?, 'MODEL_INPUT', ?, 0)",
            (run_id, f"m-{0:032}"),
        )
    result = brought(tmp_path / "catalog", copy)
    outside = {"uri": "s3://there/agent", "name": "agent", "role": "model"}
    assert outside in result.catalog.runs[run_id].data["inputs"]
    named = [problem for problem in result.problems if "no run made" in problem]
    assert named == [
        "mlflow: 1 logged model that no run made or read is left out, for a catalog has no place for it"
    ]


def test_what_a_catalog_has_no_place_for_is_named_unless_it_was_deleted(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        for name, deleted in (("of-ci", None), ("of-chat", None), ("old", 1)):
            connection.execute(
                "INSERT INTO webhooks (webhook_id, name, url, status, deleted_timestamp) "
                "VALUES (?, ?, 'https://x', 'ACTIVE', ?)",
                (name, name, deleted),
            )
    result = brought(tmp_path / "catalog", copy)
    assert f"{copy}: 2 webhooks are left out, for a catalog has no place for them" in result.problems


def test_workspaces_have_names_of_their_own(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        name, champion = connection.execute(
            "SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'"
        ).fetchone()
        for table, columns, values in (
            ("experiments", "experiment_id, name, lifecycle_stage", (77, "Default", "active")),
            (
                "runs",
                "run_uuid, experiment_id, status, lifecycle_stage",
                ("of-risk", 77, "FINISHED", "active"),
            ),
            ("registered_models", "name", (name,)),
            ("registered_model_tags", "name, key, value", (name, "team", "risk")),
            ("model_versions", "name, version, run_id, source", (name, 9, "of-risk", "s3://risk/9")),
            ("model_version_tags", "name, version, key, value", (name, 9, "team", "risk")),
            ("registered_model_aliases", "name, alias, version", (name, "champion", 9)),
        ):
            has_workspace = table != "runs"
            given = (*values, "risk") if has_workspace else values
            into = f"{columns}, workspace" if has_workspace else columns
            marks = ", ".join("?" * len(given))
            connection.execute(f"INSERT INTO {table} ({into}) VALUES ({marks})", given)
    catalog = brought(tmp_path / "catalog", copy).catalog
    before = brought(tmp_path / "before", STORES / "3.17.2" / "mlflow.db").catalog
    models = {model.imported_from["name"]: model for model in catalog.models.values()}
    usual, risk = models[name], models[f"risk/{name}"]
    assert usual.tags == before.models[usual.name].tags
    assert catalog.aliases[usual.name].in_force()["champion"].version == champion
    assert risk.tags == {"team": "risk"}
    assert catalog.aliases[risk.name].in_force()["champion"].version == 9
    assert [version.tags for version in catalog.versions_of(risk.name)] == [{"team": "risk"}]
    assert catalog.runs["of-risk"].imported_from["experiment"] == "risk/Default"


def test_old_databases_lack_tables_and_columns(tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "1.30.1" / "mlflow.db", copy)
    with sqlite3.connect(copy) as connection:
        for table in ("registered_model_tags", "model_version_tags", "model_versions", "registered_models"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE runs DROP COLUMN name")
        connection.execute("UPDATE tags SET value = CAST(x'ff41' AS TEXT) WHERE key = 'team'")
    connection.close()
    catalog = brought(tmp_path / "catalog", copy).catalog
    assert len(catalog.runs) == 7
    assert {run.title for run in catalog.runs.values()} >= {"depth 2", "failed"}  # from tags
    assert "\ufffdA" in {run.tags.get("team") for run in catalog.runs.values()}


def test_broken_runs_are_named_and_the_rest_comes_over(tmp_path: Path, store: Path) -> None:
    def spoil(name: str, text: str) -> None:
        (run_called(store, name) / "meta.yaml").write_text(text)

    deep, tagged, odd = (run_called(store, f"depth {depth}") for depth in (2, 3, 4))
    meta = (odd / "meta.yaml").read_text()
    spoil("depth 2", "[" * 5_000)
    spoil("depth 3", "!!python/object/apply:os.system [touch /nowhere]\n")
    (odd / "meta.yaml").write_text(meta.replace("status: 3", "status: 9"))
    failed = run_called(store, "failed")
    (failed / "meta.yaml").unlink()
    result = brought(tmp_path / "catalog", store)
    assert {run.title for run in result.catalog.runs.values() if run.status == "finished"} == {
        "search over depth",
        "bad / numbers: проба 🔥",
    }
    told = "\n".join(result.problems)
    for run, why in (
        (deep, "cannot be read"),
        (tagged, "cannot be read"),
        (odd, "its status is"),
        (failed, ""),
    ):
        assert f"{run}: " in told
        assert why in told
    assert result.is_loss
    assert result.catalog.versions.keys() >= {("Late-orders", 1), ("Late-orders", 2)}


def test_broken_metrics_are_named(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "depth 2")
    (run / "metrics" / "loss").write_text("1 0.5 0\nhalf a li\n3 0.25\n4 nan 2\n5 0.1 3\n5 0.1 3\n\n")
    result = brought(tmp_path / "catalog", store)
    data = result.catalog.runs[run.name].data
    assert data["curves"]["loss"] == [[0, 0.25], [3, 0.1]]
    told = "\n".join(result.problems)
    assert "1 lines of the metric loss cannot be read" in told
    assert "loss is none at 1 of 5 points" in told


def test_a_step_that_no_file_can_hold_costs_its_curve_alone(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "depth 2")
    (run / "metrics" / "loss").write_text(f"1 0.5 0\n2 0.25 {2**63}\n")
    result = brought(tmp_path / "catalog", store)
    found = result.catalog.runs[run.name]
    assert (found.metrics["loss"], "loss" in found.curves) == (0.25, False)
    assert any("curves.loss is left out: a number of it" in problem for problem in result.problems)


@pytest.mark.parametrize("digest", ["12e34567", "09876543"])
def test_a_fingerprint_of_digits_is_that_of_a_dataset(tmp_path: Path, store: Path, digest: str) -> None:
    meta = one(store, "*/datasets/*/meta.yaml")
    lines = meta.read_text().splitlines(keepends=True)
    changed = (f"digest: {digest}\n" if line.startswith("digest: ") else line for line in lines)
    meta.write_text("".join(changed))
    result = brought(tmp_path / "catalog", store)
    assert f"mlflow:{digest}" in {found.text("digest") for found in result.catalog.dataset_versions.values()}
    assert not any("cannot be read" in problem for problem in result.problems)


def test_one_model_that_cannot_be_read_costs_a_run_no_other(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "depth 2")
    good: dict[str, object] = {"artifact_path": "first 😀", "flavors": {"a": {}}, "metadata": {"n": 2**70}}
    history = [good, {"artifact_path": 3}, {"artifact_path": "odd"}, 7, {**good, "artifact_path": "last"}]
    (run / "tags" / "mlflow.log-model.history").write_text(json.dumps(history))
    result = brought(tmp_path / "catalog", store)
    assert {"first", "last"} <= {output.name for output in result.catalog.runs[run.name].outputs}
    told = "\n".join(result.problems)
    for expected in ("1: it names no artifact", "2: it names no flavors", "3: it names no artifact_path"):
        assert f"a model that it logged is left out: tags.mlflow.log-model.history.{expected}" in told


@pytest.mark.parametrize("history", ["[", "7"])
def test_a_history_of_models_that_cannot_be_read_is_named(tmp_path: Path, store: Path, history: str) -> None:
    run = run_called(store, "depth 2")
    (run / "tags" / "mlflow.log-model.history").write_text(history)
    result = brought(tmp_path / "catalog", store)
    assert run.name in result.catalog.runs
    assert any("mlflow.log-model.history" in problem for problem in result.problems)


def test_names_that_yaml_takes_for_numbers_stay_texts(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "failed")
    meta = (run / "meta.yaml").read_text()
    (run / "meta.yaml").write_text(meta.replace("run_name: failed", "run_name: 1e5").replace("ana", "007"))
    (run / "tags" / "mlflow.user").unlink()
    found = brought(tmp_path / "catalog", store).catalog.runs[run.name]
    assert (found.title, found.text("user")) == ("1e5", "007")


def test_a_version_without_a_number_is_named(tmp_path: Path, store: Path) -> None:
    for number, text in ((1, "9" * 5_000), (2, "two")):
        meta = store / "models" / "Late orders" / f"version-{number}" / "meta.yaml"
        meta.write_text(meta.read_text().replace(f"version: '{number}'", f"version: '{text}'"))
        meta.write_text(meta.read_text().replace(f"version: {number}\n", f"version: '{text}'\n"))
    (store / "models" / "Late orders" / "aliases" / "champion").write_text("9" * 5_000)
    result = brought(tmp_path / "catalog", store)
    assert {model for model, _ in result.catalog.versions} == {"From-elsewhere"}
    assert sum("has no number, and is left out" in problem for problem in result.problems) == 2


def test_secrets_in_addresses_stay_behind(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "depth 2")
    (run / "params" / "database").write_text("postgresql://ana:secret@host/orders")
    (run / "params" / "api_key").write_text("hunter2")
    (run / "params" / "token_count").write_text("512")
    (run / "tags" / "db.password").write_text("hunter2")
    (run / "tags" / "data").write_text("https://host/x?sp=r&sig=hunter2")
    result = brought(tmp_path / "catalog", store)
    data = result.catalog.runs[run.name].data
    assert data["params"]["database"] == "postgresql://host/orders"
    assert data["params"]["api_key"] == data["tags"]["db.password"] == "****"
    assert data["params"]["token_count"] == 512
    assert data["tags"]["data"] == "https://host/x?sp=r&sig=****"
    assert f"{run}: what is called like a password or a key is masked: params api_key" in result.problems
    assert f"{run}: what is called like a password or a key is masked: tags db.password" in result.problems


def test_secrets_of_what_is_registered_stay_behind(tmp_path: Path, store: Path) -> None:
    model, version = store / "models" / "Late orders", store / "models" / "Late orders" / "version-1"
    for folder in (model, version):
        (folder / "tags").mkdir(exist_ok=True)
        (folder / "tags" / "db.password").write_text("hunter2")
        (folder / "tags" / "data").write_text("https://ana:hunter2@host/x")
        meta = (folder / "meta.yaml").read_text()
        kept = "".join(line for line in meta.splitlines(True) if not line.startswith("description:"))
        (folder / "meta.yaml").write_text(f"{kept}description: see https://ana:hunter2@host/x\n")
    run = run_called(store, "depth 2")
    (run / "tags" / "mlflow.note.content").write_text("see https://ana:hunter2@host/x")
    result = brought(tmp_path / "catalog", store)
    catalog = result.catalog
    registered = (catalog.models["Late-orders"], catalog.versions["Late-orders", 1])
    for entry in registered:
        assert entry.tags["db.password"] == "****"
        assert entry.tags["data"] == "https://host/x"
    described = (*registered, catalog.runs[run.name])
    assert {entry.description for entry in described} == {"see https://host/x"}
    told = "what is called like a password or a key is masked: tags db.password"
    assert {f"{model}: {told}", f"{model}, version 1: {told}"} <= set(result.problems)
    again = bring(tmp_path / "catalog", imported(store))
    assert f"{model}, version 1: {told}" not in again.problems


def test_links_out_of_a_store_are_not_followed(tmp_path: Path, store: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "key").write_text("secret")
    run = run_called(store, "depth 2")
    (run / "params" / "leak").symlink_to(secret)
    (run / "tags" / "more").symlink_to(tmp_path / "elsewhere")
    data = brought(tmp_path / "catalog", store).catalog.runs[run.name].data
    assert "secret" not in str(data)


def test_folders_that_cannot_be_read_are_named(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "depth 2")
    shutil.rmtree(run / "inputs")
    (run / "inputs").symlink_to("inputs")
    shutil.rmtree(store / "models")
    (store / "models").symlink_to("models")
    result = brought(tmp_path / "catalog", store)
    for folder in (run / "inputs", store / "models"):
        told = f"{folder}: it cannot be read, and is left out: Too many levels of symbolic links"
        assert told in result.problems
    assert run.name in result.catalog.runs
    assert result.is_loss


def test_a_run_that_was_copied_counts_once(tmp_path: Path, store: Path) -> None:
    run = run_called(store, "failed")
    other = one(store, "0")
    shutil.copytree(run, other / run.name)
    (other / run.name / "tags" / "more").write_text("x")
    result = brought(tmp_path / "catalog", store)
    assert len([found for found in result.catalog.runs if found == run.name]) == 1
    assert any("is there twice" in problem for problem in result.problems)
    assert result.is_loss


def test_a_store_from_windows(tmp_path: Path, store: Path) -> None:
    for meta in store.rglob("meta.yaml"):
        meta.write_text(meta.read_text().replace("file:///srv/fraud/stores/3.17.2", r"file:C:\Users\Ana B"))
    version = brought(tmp_path / "catalog", store).catalog.versions["Late-orders", 2].data
    assert version["uri"].startswith(f"file://{store}/")
    shutil.rmtree(one(store, "*/models/m-*/artifacts").parents[1])
    catalog = brought(tmp_path / "other", store).catalog
    assert catalog.versions["Late-orders", 2].data["uri"].startswith("file:C:/Users/Ana%20B/mlruns/")


def test_an_experiment_without_its_name(tmp_path: Path, store: Path) -> None:
    experiment = run_called(store, "failed").parent
    (experiment / "meta.yaml").unlink()
    result = brought(tmp_path / "catalog", store)
    assert f"experiment-{experiment.name}" in result.catalog.experiments
    assert any(f"{experiment}: the name of the experiment" in problem for problem in result.problems)


def test_naughty_strings_come_over_or_are_named(tmp_path: Path, shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text())
    copy = tmp_path / "mlflow.db"
    shutil.copy(STORES / "3.17.2" / "mlflow.db", copy)
    run = "SELECT run_uuid FROM runs LIMIT 1"
    with closing(sqlite3.connect(copy)) as connection, connection:
        (run_id,) = connection.execute(run).fetchone()
        connection.execute("DELETE FROM experiments WHERE experiment_id > 1")
        for number, text in enumerate(strings):
            connection.execute(
                "INSERT INTO experiments (experiment_id, name, workspace) VALUES (?, ?, ?)",
                (100 + number, text, f"w{number}"),
            )
            values = (f"{number:032x}", text, text, "FINISHED", 1, "active", text, 100 + number)
            columns = (
                "run_uuid, name, user_id, status, start_time, lifecycle_stage, artifact_uri, experiment_id"
            )
            connection.execute(f"INSERT INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            for table in ("params", "tags"):
                connection.execute(
                    f"INSERT OR IGNORE INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)",
                    (text, text, run_id),
                )
            model = (text, number, text, run_id, text, "READY", f"w{number}")
            connection.execute(
                "INSERT OR IGNORE INTO model_versions (name, version, source, run_id, description, status, "
                "workspace) VALUES (?, ?, ?, ?, ?, ?, ?)",
                model,
            )
            connection.execute(
                "INSERT OR IGNORE INTO registered_models (name, description, workspace) VALUES (?, ?, ?)",
                (text, text, f"w{number}"),
            )
    result = brought(tmp_path / "catalog", copy)
    assert len(result.catalog.runs) == 7 + len(strings)
    texts = set(map(str, result.catalog.runs[run_id].data["params"].values()))
    named = "".join(problem for problem in result.problems if "params." in problem)
    assert [text for text in strings if text not in texts and text not in named] == []


def writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[Path, MlflowClient]:
    """A store that MLflow itself may change, and its client."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)  # MLflow makes a database in the folder in which it works
    shutil.copytree(STORES / "3.17.2", tmp_path / "store")
    source = tmp_path / "store" / name
    for meta in (tmp_path / "store" / "mlruns").glob("*/*/meta.yaml"):
        for part in ("artifacts", "metrics", "params", "tags"):  # git keeps no empty folders
            (meta.parent / part).mkdir(exist_ok=True)
    return source, MlflowClient(f"sqlite:///{source}" if name == "mlflow.db" else str(source))


@pytest.mark.parametrize("name", ["mlflow.db", "mlruns"])
def test_a_version_that_was_deleted_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source, client = writable(tmp_path, monkeypatch, name)
    before = brought(tmp_path / "before", source)
    assert {("Late-orders", 1), ("Late-orders", 2)} <= before.catalog.versions.keys()
    client.delete_model_version("Late orders", "1")
    assert brought(tmp_path / "after", source).catalog.versions.keys() == before.catalog.versions.keys() - {
        ("Late-orders", 1)
    }
    again = bring(tmp_path / "before", imported(source))
    assert not again.is_loss
    assert any("versions that stay here are no longer there: 1;" in problem for problem in again.problems)


@pytest.mark.parametrize("name", ["mlflow.db", "mlruns"])
def test_a_version_by_its_run_and_a_name_is_the_newest_model_that_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source, client = writable(tmp_path, monkeypatch, name)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = {run.info.run_id for run in client.search_runs(experiments)}
    logged = next(model for model in client.search_logged_models(experiments) if model.source_run_id in runs)
    newest = client.create_logged_model(logged.experiment_id, logged.name, logged.source_run_id)
    run_id = newest.source_run_id
    client.log_outputs(run_id, models=[LoggedModelOutput(newest.model_id, 0)])
    named = client.create_model_version("Late orders", f"runs:/{run_id}/{logged.name}", run_id)
    catalog = brought(tmp_path / "catalog", source).catalog
    version = catalog.versions["Late-orders", int(named.version)].data
    outputs = {output["name"]: output for output in catalog.runs[run_id].data["outputs"]}
    assert len(outputs) == 2
    assert newest.model_id in outputs[version["output"]]["uri"]
    assert version["uri"] == outputs[version["output"]]["uri"]


@pytest.mark.parametrize("name", ["mlflow.db", "mlruns"])
def test_a_run_that_evaluated_the_model_of_another_is_its_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source, client = writable(tmp_path, monkeypatch, name)
    registered = {
        version.source.removeprefix("models:/"): int(version.version)
        for version in client.search_model_versions("name = 'Late orders'")
    }
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    logged = {model.model_id: model for model in client.search_logged_models(experiments)}
    (unregistered,) = logged.keys() - registered.keys()
    first, second = registered
    evaluations = {"one": [first], "unregistered": [unregistered], "two": [first, second]}
    runs = {}
    for title, models in evaluations.items():
        runs[title] = client.create_run(experiments[0], run_name=title).info.run_id
        for model in models:
            evaluated_on(title)._log_dataset_tag(client, runs[title], model)
        client.set_terminated(runs[title])
    trainer = logged[second].source_run_id
    evaluated_on("in passing")._log_dataset_tag(client, trainer, first)
    found = brought(tmp_path / "catalog", source)
    said = {title: found.catalog.runs[run_id].data for title, run_id in runs.items()}
    assert {title: (run["type"], run.get("evaluates")) for title, run in said.items()} == {
        "one": ("evaluation", f"Late-orders/{registered[first]}"),
        "unregistered": ("evaluation", None),
        "two": ("training", None),
    }
    made_by = logged[unregistered].source_run_id
    assert said["unregistered"]["inputs"] == [{"run": f"{made_by}/model", "role": "model"}]
    assert found.catalog.runs[trainer].data["type"] == "training"


def evaluated_on(name: str) -> EvaluationDataset:
    return EvaluationDataset(np.array([[1.0]]), targets=np.array([0]), name=name)
