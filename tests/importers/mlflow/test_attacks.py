"""Stores in which attacks stand wherever MLflow takes a text: all comes over as text, or is named."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from drafting import Brought, bring, empty
from herdbook.dump import dump
from herdbook.git import repository_around
from herdbook.importers.dvc import read_dvc
from hostile_catalogs import attack_strings
from mlflow_stores import STORES, brought, imported
from repositories import commit, initialised

_SOME = 400
DATABASE = STORES / "3.17.2" / "mlflow.db"


def lines(folder: Path, names: str) -> list[str]:
    """Some hundred lines of attack files."""
    found: dict[str, None] = {}
    for path in sorted(folder.glob(names)):
        found |= dict.fromkeys(path.read_bytes().decode("utf-8", "replace").splitlines())
    strings = [line for line in found if line.strip()]
    return strings[:: max(1, len(strings) // _SOME)]


def attacked(folder: Path, strings: list[str]) -> Brought:
    """Import a store with the strings as names, ids, keys, values and addresses."""
    copy = folder / "mlflow.db"
    shutil.copy(DATABASE, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        for number, text in enumerate(strings):
            connection.execute(
                "INSERT INTO experiments (experiment_id, name, workspace) VALUES (?, ?, ?)",
                (100 + number, text, "default"),
            )
            columns = (
                "run_uuid, name, user_id, status, start_time, lifecycle_stage, artifact_uri, experiment_id"
            )
            run = (text, text, text, "FINISHED", 1, "active", text, 100 + number)
            connection.execute(f"INSERT OR IGNORE INTO runs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", run)
            for table in ("params", "tags"):
                asked = f"INSERT OR IGNORE INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)"
                connection.execute(asked, (text, text, text))
            columns = "key, value, timestamp, step, is_nan, run_uuid"
            connection.execute(
                f"INSERT OR IGNORE INTO metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)",
                (text, number, 1, 0, False, text),
            )
            connection.execute(
                "INSERT OR IGNORE INTO registered_models (name, description, workspace) VALUES (?, ?, ?)",
                (text, text, "default"),
            )
            columns = (
                "name, version, source, storage_location, run_id, description, user_id, status, workspace"
            )
            connection.execute(
                f"INSERT OR IGNORE INTO model_versions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (text, 1, text, text, text, text, text, "READY", "default"),
            )
            connection.execute(
                "INSERT OR IGNORE INTO registered_model_aliases (name, alias, version, workspace) "
                "VALUES (?, ?, ?, ?)",
                (text, text, 1, "default"),
            )
    return brought(folder / "catalog", copy)


@pytest.mark.parametrize("names", ["path-traversal/*.txt", "xss/*.txt"])
def test_attacks_are_texts_and_nothing_else(names: str, shared_data: Path, tmp_path: Path) -> None:
    strings = lines(shared_data, names)
    assert len(strings) >= _SOME
    place = tmp_path / "a" / "b" / "c"
    place.mkdir(parents=True)
    result = attacked(place, strings)
    assert [path.name for folder in list(place.parents)[:3] for path in folder.iterdir()] == ["c", "b", "a"]
    assert {path.name for path in place.iterdir()} == {"catalog", "mlflow.db"}
    runs = {run.imported_from["run_id"]: run for run in result.catalog.runs.values()}
    told = "".join(result.problems)
    for text in strings:
        assert text in runs or text in told
    models = {model.imported_from["name"] for model in result.catalog.models.values()}
    assert len(models) > len(strings) // 2


def test_any_document_in_place_of_a_file_is_read_or_named(shared_data: Path, tmp_path: Path) -> None:
    cases = json.loads((shared_data / "yaml-suite" / "cases.json").read_text())
    whole = STORES / "3.17.2" / "mlruns"
    files = sorted(path.relative_to(whole) for path in whole.rglob("meta.yaml"))
    store = Path(shutil.copytree(whole, tmp_path / "mlruns"))
    for number, case in enumerate(list(cases.values())[::4]):
        place = files[number % len(files)]
        (store / place).write_bytes(case["yaml"].encode())
        folder = tmp_path / f"catalog-{number}"
        bring(empty(folder), imported(store))
        shutil.rmtree(folder)
        shutil.copy(whole / place, store / place)


def test_any_document_in_place_of_files_of_dvc_is_read_or_named(shared_data: Path, tmp_path: Path) -> None:
    cases = json.loads((shared_data / "yaml-suite" / "cases.json").read_text())
    texts = [case["yaml"] for case in cases.values()]
    root = initialised(tmp_path / "repository")
    made = {f"{number}/{name}": text for number, text in enumerate(texts) for name in ("dvc.yaml", "x.dvc")}
    made |= {f"{number}/dvc.lock": text for number, text in enumerate(texts)}
    commit(root, made)
    result = bring(empty(tmp_path / "catalog"), read_dvc(repository_around(root), ["HEAD"]))
    assert result.is_loss
    named = {problem.partition("/")[0] for problem in result.problems}
    assert len(named) > len(texts) // 2


def test_attacks_in_files_of_dvc_stay_in_the_catalog(shared_data: Path, tmp_path: Path) -> None:
    strings = attack_strings(shared_data)[::20] + tuple(lines(shared_data, "path-traversal/*.txt")[::4])
    md5 = "8c9563aa0d87a7e98288f19e28738c7e"
    outs = [{"path": text, "md5": md5, "hash": "md5", "desc": text, "remote": text} for text in strings]
    stages = {text: {"cmd": text, "deps": [{"path": text, "md5": md5}], "outs": outs[:1]} for text in strings}
    root = initialised(tmp_path / "repository")
    commit(
        root,
        {
            "x.dvc": dump({"outs": outs}),
            "dvc.lock": dump({"schema": "2.0", "stages": stages}),
            "dvc.yaml": dump({"artifacts": {text: {"path": text, "type": "model"} for text in strings}}),
        },
    )
    result = bring(empty(tmp_path / "catalog"), read_dvc(repository_around(root), ["HEAD"]))
    assert {path.name for path in tmp_path.iterdir()} == {"catalog", "repository"}
    assert len(result.catalog.runs) + len(result.problems) >= len(strings)
