import json
from pathlib import Path

import pytest

from command_line import herdbook
from conftest import CHECKOUT
from drafting import empty
from mlflow_server import Answers, serving
from mlflow_stores import STORES
from repositories import commit, git


def test_a_model_that_mlflow_saved_is_brought_in_from_where_it_lies(repository: Path) -> None:
    folder = repository / "out put"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {sklearn: {}}\n")
    left_out = herdbook("import", "mlmodel", folder, cwd=repository)
    assert (left_out.returncode, left_out.stdout) == (1, "Nothing is new in mlflow.\n")
    assert "no run saved it; name the run that made it with --run" in left_out.stderr
    done = herdbook("import", "mlmodel", folder, "--model", "churn", "--run", "train-1", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert "written: catalog/models/churn/versions/3.yaml" in done.stdout
    assert "uri: out%20put" in (repository / "catalog/models/churn/versions/3.yaml").read_text()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


def test_a_store_is_brought_in_and_what_is_left_out_is_named(catalog: Path) -> None:
    database = STORES / "3.17.2" / "mlflow.db"
    done = herdbook("import", "mlflow", database, cwd=catalog.parent)
    first, *files = done.stdout.splitlines()
    assert first == (
        "Imported from mlflow: 7 runs, 1 dataset, 1 version of a dataset, 3 models, 3 versions of models, "
        "1 ledger of aliases, 1 ledger of stages. `herdbook check` says what is left open."
    )
    assert len(files) == 17
    assert all(line.startswith("written: catalog/") for line in files)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert len(told) == 3
    assert all(line.startswith(f"herdbook: {database}: ") for line in told)
    again = herdbook("import", "mlflow", database, "--format", "json", cwd=catalog.parent)
    answer = json.loads(again.stdout)
    assert (answer["said"], answer["files"]) == ("Nothing is new in mlflow.", [])
    assert [problem["is_loss"] for problem in answer["remainder"]["problems"]] == [False]
    assert (again.returncode, again.stderr) == (0, "")
    assert herdbook("check", "--catalog", catalog).returncode == 1
    assert "invalid-schema" not in herdbook("check", "--catalog", catalog).stdout


def test_what_is_wanted_can_be_said(catalog: Path) -> None:
    words = ["--filter", "params.depth = '3'", "--experiment", "Orders / fraud", "--since", "2020-01-01"]
    words += ["--registered-only", "--map", "tags.git_sha=code.commit", "--dry-run"]
    store = STORES / "3.17.2" / "mlruns"
    dry = herdbook("import", "mlflow", store, *words, cwd=catalog.parent)
    assert (dry.returncode, list(catalog.rglob("*/*.yaml"))) == (0, [])
    assert "+++ b/catalog/models/Late-orders/versions/1.yaml" in dry.stdout
    assert 'commit: "4f0a3c5b1d2e6f708192a3b4c5d6e7f809182736"' in dry.stdout
    herdbook("import", "mlflow", store, *words[:-1], cwd=catalog.parent)
    assert len(list(catalog.glob("runs/*/*.yaml"))) == 1
    assert [path.name for path in catalog.glob("models/*/versions/*.yaml")] == ["1.yaml"]


def test_a_whole_import_exits_with_0(catalog: Path) -> None:
    store = STORES / "2.22.5" / "mlflow.db"
    done = herdbook("import", "mlflow", store, "--experiment", "second", cwd=catalog.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Imported from mlflow: 1 run.")


def test_the_environment_can_name_the_store(catalog: Path) -> None:
    uri = f"sqlite:///{STORES / '2.22.5' / 'mlflow.db'}"
    done = herdbook("import", "mlflow", cwd=catalog.parent, MLFLOW_TRACKING_URI=uri)
    assert done.stdout.startswith("Imported from mlflow: 7 runs")
    missing = herdbook("import", "mlflow", cwd=catalog.parent)
    assert missing.returncode == 2
    assert "SOURCE" in missing.stderr


def test_a_server_is_brought_in(catalog: Path) -> None:
    with serving(Answers(STORES / "3.17.2" / "mlflow.db")) as url:
        done = herdbook("import", "mlflow", url, cwd=catalog.parent)
    assert done.stdout.startswith("Imported from mlflow: 7 runs")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["absent"], "absent: there is no such file or folder"),
        (["."], "holds no runs of MLflow"),
        ([STORES / "3.17.2" / "mlruns", "--since", "soon"], "--since 'soon' is no time"),
        ([STORES / "3.17.2" / "mlruns", "--map", "tags.x=nothing"], "'nothing' is no field of runs"),
        ([STORES / "3.17.2" / "mlruns", "--map", "x"], "--map 'x' is no NAME=VALUE"),
        ([STORES / "3.17.2" / "mlruns", "--filter", "params."], "filter, character"),
    ],
)
def test_what_cannot_be_done_is_said(catalog: Path, words: list[str | Path], message: str) -> None:
    done = herdbook("import", "mlflow", *words, cwd=catalog.parent)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in catalog.iterdir()) == ["herdbook.yaml"]


def test_a_repository_of_dvc_and_gto_is_brought_in(repository: Path) -> None:
    exported = CHECKOUT / "tests" / "data" / "dvc" / "repository.txt"
    shop = repository.parent / "shop"
    git(repository, "init", "-q", "-b", "main", str(shop))
    git(shop, "fast-import", "--quiet", input=exported.read_text())
    done = herdbook("import", "dvc", shop, "--rev", "main~", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Imported from dvc: 2 runs, 3 datasets, 3 versions of datasets.")
    tagged = herdbook("import", "dvc", shop, "--all-tags", cwd=repository)
    assert "2 runs, 1 dataset, 2 versions of datasets" in tagged.stdout
    registered = herdbook("import", "gto", shop, cwd=repository)
    assert registered.returncode == 0
    assert "no stage of DVC made what it registers" in registered.stderr
    assert "written: catalog/models/sub-dir-other/versions/1.yaml" in registered.stdout
    refused = herdbook("import", "dvc", shop, "--rev", "gone", cwd=repository)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no commit 'gone'" in refused.stderr


def test_the_repository_of_the_catalog_is_read_if_none_is_named(repository: Path) -> None:
    commit(repository, {"x.csv.dvc": f"outs: [{{path: x.csv, hash: md5, md5: {'a1' * 16}}}]\n"})
    assert "written: catalog/datasets/x.csv/" in herdbook("import", "dvc", cwd=repository).stdout
