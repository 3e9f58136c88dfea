"""Stores with the habits of people who never read a manual."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from drafting import Brought, bring, empty
from mlflow_odd_stores import NAMES, experiments, write_database, write_folder
from mlflow_stores import STORES, brought, counted, counts, imported


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    write_database(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "mlruns"
    write_folder(path)
    return path


@pytest.fixture(scope="module")
def from_database(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Brought:
    return brought(tmp_path_factory.mktemp("of") / "catalog", database)


@pytest.fixture(scope="module")
def from_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Brought:
    return brought(tmp_path_factory.mktemp("of") / "catalog", folder)


def test_a_hundred_experiments_come_over_as_sql_counts_them(database: Path, from_database: Brought) -> None:
    expected = counted(database)
    assert expected["runs"] > 100
    assert counts(from_database.catalog) == expected


def test_a_folder_gives_what_a_database_with_the_same_content_does(
    from_database: Brought, from_folder: Brought
) -> None:
    there = {run.id: run.data for run in from_folder.catalog.runs.values()}
    assert there.keys() == from_database.catalog.runs.keys()
    for run in from_database.catalog.runs.values():
        assert there[run.id] == run.data


@pytest.mark.parametrize("store", ["from_database", "from_folder"])
def test_nothing_that_mlflow_shows_is_lost(store: str, request: pytest.FixtureRequest) -> None:
    result: Brought = request.getfixturevalue(store)
    assert not result.is_loss
    kept = [problem for problem in result.problems if "the last one is taken, as MLflow shows it" in problem]
    assert len(kept) == sum("loss" in run.metrics for run in result.catalog.runs.values())
    assert sum("its description is left out" in problem for problem in result.problems) == 5


def test_names_in_any_script_are_titles_and_two_that_look_alike_stay_apart(from_folder: Brought) -> None:
    runs = from_folder.catalog.runs.values()
    stated = {run.imported_from["experiment"]: run.experiment for run in runs}
    there = [found for found in experiments() if found.life == "active"]
    assert stated.keys() == {found.name for found in there if any(run.life == "active" for run in found.runs)}
    assert len({name.casefold() for name in stated.values()}) == len(stated)
    titles = {run.title for run in runs}
    assert {"Кредитный скоринг", "信用スコア", "🔥🔥", "007", "null", "two lines", "\u202etxt"} <= titles
    assert len(titles) >= len(NAMES) - 2


def test_curves_have_one_value_at_each_step_and_no_end_is_no_time(from_folder: Brought) -> None:
    for run in from_folder.catalog.runs.values():
        assert run.data["params"]["empty"] == ""
        assert ("ended_at" in run.data) == (run.status in ("finished", "failed"))
        if "metrics" in run.data:
            assert run.metrics == {"loss": 0.3, "curve/x": 0.2}
            assert run.data["curves"] == {"curve/x": [[-1, -0.1], [0, 0.0], [2, 0.2]]}


def test_addresses_of_windows_stay_addresses(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    shutil.copy(database, copy)
    places = (r"file:///C:/Ana%20B/m", r"C:\Ana B\m", "file:C:\\Ana B\\m", r"\\server\share\m")
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("INSERT INTO registered_models (name) VALUES ('m')")
        for number, place in enumerate(places, 1):
            row = ("m", number, place, f"{1:016x}{0:016x}", "READY")
            columns = "name, version, source, run_id, status"
            connection.execute(f"INSERT INTO model_versions ({columns}) VALUES (?, ?, ?, ?, ?)", row)
    result = brought(tmp_path / "catalog", copy)
    uris = [version.data["uri"] for version in result.catalog.versions_of("m")]
    assert uris == ["file:///C:/Ana%20B/m", "C:/Ana%20B/m", "file:C:/Ana%20B/m", "//server/share/m"]
    assert counts(result.catalog) == counted(copy)


def gone(place: Path) -> None:
    shutil.rmtree(place)


def emptied(place: Path) -> None:
    shutil.rmtree(place)
    place.mkdir()


def without_meta(place: Path) -> None:
    (place / "meta.yaml").unlink()


def with_nothing_but_artifacts(place: Path) -> None:
    emptied(place)
    (place / "artifacts").mkdir()


def halved(place: Path) -> None:
    text = (place / "meta.yaml").read_text()
    (place / "meta.yaml").write_text(text[: len(text) // 2])


def with_windows_lines(place: Path) -> None:
    text = (place / "meta.yaml").read_bytes()
    (place / "meta.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    "pattern", ["*/?" + "?" * 31, "models/*", "models/*/version-1", "[1-9]*", "*/models/m-*"]
)
@pytest.mark.parametrize(
    "spoil", [gone, emptied, without_meta, with_nothing_but_artifacts, halved, with_windows_lines]
)
def test_what_is_half_deleted_is_named_and_the_rest_comes_over(
    spoil: Callable[[Path], None], pattern: str, tmp_path: Path
) -> None:
    store = Path(shutil.copytree(STORES / "3.17.2" / "mlruns", tmp_path / "mlruns"))
    whole = imported(store)
    for place in sorted(path for path in store.glob(pattern) if (path / "meta.yaml").is_file()):
        copy = Path(shutil.copytree(store, tmp_path / "copy"))
        spoil(copy / place.relative_to(store))
        found = imported(copy)
        result = bring(empty(tmp_path / "catalog"), found)
        missing = {draft.key for draft in whole.drafts} - {draft.key for draft in found.drafts}
        # What is gone as a whole, or left as an empty folder, is nothing any more.
        if missing and spoil not in (gone, emptied, with_nothing_but_artifacts):
            assert any(str(copy / place.relative_to(store)) in problem for problem in result.problems)
        shutil.rmtree(copy)
        shutil.rmtree(tmp_path / "catalog")


def test_traces_are_counted(tmp_path: Path) -> None:
    store = Path(shutil.copytree(STORES / "2.22.5" / "mlruns", tmp_path / "mlruns"))
    experiment = next(store.glob("[1-9]*"))
    for number in range(3):
        (experiment / "traces" / f"tr-{number}").mkdir(parents=True)
    told = f"{store}: 3 traces are left out, for a catalog has no place for them"
    assert told in brought(tmp_path / "catalog", store).problems
