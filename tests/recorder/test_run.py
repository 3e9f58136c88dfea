import asyncio
import copy
import json
import math
import os
import pickle
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import herdbook
from herdbook import HerdbookWarning
from herdbook.curves import MAX_POINTS
from herdbook.recorder import active_run
from herdbook.schema import validate
from herdbook.yaml.reader import parse_yaml

SCRIPT = """
import herdbook
with herdbook.start_run("orders-fraud", run_id="exp-1") as run:
    run.log_input(dataset="orders/v2.1", role="training", path="orders.csv")
    run.log_input(dataset="users/v3.0", role="training")
    run.log_param("learning_rate", 0.0003)
    run.log_seed("python", 42)
    for step, loss in enumerate((0.69, 0.52)):
        run.log_metric("loss", loss, step=step)
    run.log_metrics({"accuracy": 0.87, "auc": 0.93})
    open("model.bin", "wb").write(b"abc")
    run.log_output("model", "model.bin")
    run.set_tag("team", "fraud")
"""
ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


pytestmark = pytest.mark.usefixtures("catalog")


def read(path: Path) -> dict[str, Any]:
    parsed = parse_yaml(path.read_bytes())
    assert not parsed.doubts
    assert validate("run", parsed.value) == ()
    return dict(parsed.value)


def recorded(catalog: Path) -> dict[str, Any]:
    (path,) = catalog.glob("runs/*/[!.]*")
    value = read(path)
    assert path == catalog / "runs" / value["experiment"] / f"{value['id']}.yaml"
    return value


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def run_script(*arguments: str, **variables: str) -> None:
    environment = os.environ | {"HERDBOOK_USER": "ml-engineer", "HERDBOOK_HOST": "gpu-a"} | variables
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)


def test_a_script_is_recorded_with_all_that_is_behind_it(catalog: Path) -> None:
    Path("train.py").write_text(SCRIPT)
    Path("orders.csv").write_bytes(b"abc")
    git("init", "-q", "-b", "main")
    git("remote", "add", "origin", "https://me:secret@example.org/models")
    git("add", "train.py")
    git("commit", "-q", "-m", "first")
    run_script(str(Path("train.py").resolve()), "--password", "hunter2")
    run = recorded(catalog)
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    assert run.pop("started_at") <= run.pop("ended_at")
    assert run.pop("system").keys() == {"cpu_seconds", "peak_memory_gb"}
    environment = run.pop("environment")
    assert environment["python"] == sys.version.split()[0]
    assert any(line.startswith("PyYAML==") for line in environment["requirements"])
    assert run == {
        "kind": "run",
        "id": "exp-1",
        "experiment": "orders-fraud",
        "type": "training",
        "status": "finished",
        "user": "ml-engineer",
        "host": "gpu-a",
        "code": {
            "repository": "https://example.org/models",
            "commit": commit,
            "branch": "main",
            "dirty": False,
            "entry_point": "train.py",
            "command": "python train.py --password '****'",
        },
        "inputs": [
            {"dataset": "orders/v2.1", "role": "training", "digest": ABC},
            {"dataset": "users/v3.0", "role": "training"},
        ],
        "params": {"learning_rate": 0.0003},
        "seeds": {"python": 42},
        "metrics": {"loss": 0.52, "accuracy": 0.87, "auc": 0.93},
        "curves": {"loss": [[0, 0.69], [1, 0.52]]},
        "outputs": [{"name": "model", "uri": "model.bin", "digest": ABC, "size": 3}],
        "tags": {
            "dataset_version": "orders_v2.1+users_v3.0",
            "git_commit": commit[:12],
            "triggered_by": "local/ml-engineer",
            "team": "fraud",
        },
    }


def test_the_code_is_that_of_the_script_where_it_runs_in_no_repository(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "scratch").mkdir()
    script = tmp_path / "code/train.py"
    script.write_text("import herdbook\nwith herdbook.start_run('e'):\n    pass\n")
    monkeypatch.chdir(script.parent)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    monkeypatch.chdir(tmp_path / "scratch")
    run_script(str(script), HERDBOOK_CATALOG=str(catalog), GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    run = recorded(catalog)
    code = {"commit": commit, "branch": "main", "dirty": False, "entry_point": "train.py"}
    assert code.items() <= run["code"].items()
    assert run["tags"]["git_commit"] == commit[:12]


def test_a_second_run_is_not_dirty_for_the_record_of_the_first(catalog: Path) -> None:
    Path("train.py").write_text(SCRIPT)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    with herdbook.start_run("e", run_id="first"):
        pass
    git("add", "catalog")
    (catalog / "herdbook.yaml").write_text("kind: catalog\nname: other\n")
    with herdbook.start_run("e", run_id="second"):
        pass
    assert read(catalog / "runs/e/second.yaml")["code"]["dirty"] is False


def test_an_output_beside_the_repository_is_told(catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    os.chdir("inner")
    git("init", "-q")
    catalog.rename("catalog")
    Path("../model.bin").write_bytes(b"abc")
    told = r"output o: \.\./model.bin lies outside the repository of the catalog"
    with pytest.warns(HerdbookWarning, match=told), herdbook.start_run("e") as run:
        run.log_output("o", "../model.bin")


def test_the_service_and_its_job_are_found(catalog: Path) -> None:
    Path("train.py").write_text(SCRIPT)
    Path("orders.csv").write_bytes(b"abc")
    run_script("train.py", GITHUB_ACTIONS="true", GITHUB_RUN_ID="7781")
    run = recorded(catalog)
    assert run["tags"]["triggered_by"] == "ci/github-actions"
    assert run["job_id"] == "7781"


def test_importing_herdbook_does_not_load_the_recorder() -> None:
    check = "import herdbook, sys; assert not [m for m in sys.modules if m.startswith('herdbook.')]"
    subprocess.run([sys.executable, "-c", check], check=True)


class Wordless(Exception):
    """An error whose message is an error itself."""

    def __str__(self) -> str:
        raise LookupError("no such message")


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ValueError("Input X contains NaN."), "failed", "ValueError: Input X contains NaN."),
        (KeyboardInterrupt(), "killed", "interrupted from the keyboard"),
        (SystemExit(3), "failed", "SystemExit: 3"),
        (SystemExit(0), "finished", None),
        (
            RuntimeError("no access to https://me:hunter2@db/"),
            "failed",
            "RuntimeError: no access to https://****@db/",
        ),
        (ValueError("bad byte \0 in \udc80"), "failed", r"ValueError: bad byte \x00 in \udc80"),
        (Wordless(), "failed", "Wordless: <its message cannot be had>"),
    ],
)
def test_what_the_block_raises_is_recorded_and_goes_on(
    catalog: Path, error: BaseException, status: str, text: str | None
) -> None:
    with pytest.raises(type(error)) as caught, herdbook.start_run("e"):
        raise error
    assert caught.value is error
    run = recorded(catalog)
    assert (run["status"], run.get("error")) == (status, text)


def test_an_error_in_a_folder_that_was_deleted_is_recorded(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def train() -> None:
        with herdbook.start_run("e"):
            monkeypatch.chdir(scratch)
            scratch.rmdir()
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        train()
    run = recorded(catalog)
    assert (run["status"], run["error"]) == ("failed", "ValueError: x")


def test_each_metric_that_is_no_number_is_told(catalog: Path) -> None:
    with warnings.catch_warnings(record=True) as caught, herdbook.start_run("e") as run:
        warnings.simplefilter("default")  # which tells the same of one line once
        metrics: dict[str, Any] = {"auc": "?", "loss": "?", "kept": 2**70}
        run.log_metrics(metrics)
    assert [str(warning.message).split(":")[1] for warning in caught] == [" metric auc", " metric loss"]
    assert recorded(catalog)["metrics"] == {"kept": 2.0**70}


def test_a_run_ends_with_its_outermost_block(catalog: Path) -> None:
    run = herdbook.start_run("e")
    with run:
        with run:
            run.log_param("inner", 1)
        run.log_param("outer", 2)
    with run:  # and ends once
        pass
    assert recorded(catalog)["params"] == {"inner": 1, "outer": 2}


def test_a_run_is_copied_by_nobody(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="first") as run:
        assert copy.deepcopy({"callback": run})["callback"] is copy.copy(run) is run
        with pytest.raises(TypeError, match=r'The run first is recorded by .*parent="first"'):
            pickle.dumps(run)


def wrong_calls(run: Any) -> Iterator[tuple[str, Any]]:
    yield "log_metric: metric x: .*'y'", lambda: run.log_metric("x", "y")
    yield "log_metric: .*missing", run.log_metric
    yield "metric x: inf is not finite", lambda: run.log_metric("x", math.inf)
    yield "log_input: give exactly one", run.log_input
    yield "log_input: give exactly one", lambda: run.log_input(dataset="a/1", uri="x")
    yield "log_input: 'a b' is no reference", lambda: run.log_input(dataset="a b")
    yield "log_input: .*unexpected keyword", lambda: run.log_input(datset="a/1")
    yield "digest of a/1: .*No such file", lambda: run.log_input(dataset="a/1", path="missing")
    yield "digest of output o: .*No such file", lambda: run.log_output("o", "missing", uri="s3://b/o")
    yield "output o: the catalog is in no repository", lambda: run.log_output("o", "catalog/herdbook.yaml")
    yield "log_seed: seed python: .*'x'", lambda: run.log_seed("python", "x")
    yield r"log_seed: seed python: 1\.5 is no whole number", lambda: run.log_seed("python", 1.5)
    yield "log_seed: seed python: .* 64 bits; log_param keeps", lambda: run.log_seed("python", 2**100)
    yield "count of slice .*: 2.5 is no whole", lambda: run.log_slice({"b": 1}, 2.5, {"a": 1.0})
    yield "metric a of slice .*NoneType", lambda: run.log_slice({"b": 1}, 3, {"a": None})
    yield "step of metric x: .*'last'", lambda: run.log_metric("x", 1, "last")
    yield "log_slice: ", lambda: run.log_slice({"race": "black"}, 3, None)
    yield "metric a of slice .* nan is not finite", lambda: run.log_slice({"b": 1}, 3, {"a": math.nan})
    yield "log_params: ", lambda: run.log_params(3)


@pytest.mark.parametrize("case", range(19))
def test_no_wrong_call_fails_a_run(catalog: Path, case: int) -> None:
    with herdbook.start_run("e") as run:
        run.log_metric("kept", 1.5)
        message, call = list(wrong_calls(run))[case]
        with pytest.warns(HerdbookWarning, match=message):
            call()
    assert recorded(catalog)["metrics"] == {"kept": 1.5}


def test_only_what_the_format_does_not_allow_is_left_out(catalog: Path) -> None:
    run = herdbook.start_run("e", parent="no name!", title="two\nlines")
    run.log_params({"a": 1, "two\nlines": 2, "x" * 300: 3})
    run.log_input(dataset="a/1", role="training")
    run.log_input(uri="not an address", role="training")
    run.log_input(uri="s3://b/k", role="\n")
    run.set_tags({"k": "v", "surrogate": "\ud800"})
    run.log_slice({}, 3, {"accuracy": 0.5})
    run.log_slice({"race": "black"}, 3, {"accuracy": 0.5})
    with pytest.warns(HerdbookWarning) as caught, run:
        pass
    assert sorted(str(warning.message).partition(":")[0] for warning in caught) == [
        "inputs.1",
        "inputs.1.uri",
        "inputs.2.role",
        "params.'two\\nlines'",
        f"params.{'x' * 300}",
        "parent",
        "slices.0",
        "slices.0.by",
        "tags.surrogate",
        "title",
    ]
    written = recorded(catalog)
    assert written["params"] == {"a": 1}
    assert written["inputs"] == [{"dataset": "a/1", "role": "training"}, {"uri": "s3://b/k"}]
    assert written["tags"]["k"] == "v"
    assert written["slices"] == [{"by": {"race": "black"}, "count": 3, "metrics": {"accuracy": 0.5}}]


anything: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
def test_no_value_whatever_fails_a_run(catalog: Path, data: st.DataObject) -> None:
    shutil.rmtree(catalog / "runs", ignore_errors=True)
    keys = st.text() | st.integers()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HerdbookWarning)
        with herdbook.start_run(data.draw(anything), data.draw(anything), run_id=data.draw(anything)) as run:
            calls: Any = run
            calls.log_params(data.draw(st.dictionaries(keys, anything, max_size=3)))
            calls.log_metrics(data.draw(st.dictionaries(keys, anything, max_size=3)), data.draw(anything))
            calls.log_input(uri=data.draw(anything), role=data.draw(anything), path=data.draw(anything))
            calls.log_output(data.draw(anything), data.draw(anything), data.draw(anything))
            calls.log_slice(data.draw(anything), data.draw(anything), data.draw(anything))
            calls.set_tags(data.draw(st.dictionaries(keys, anything, max_size=3)))
    assert recorded(catalog)["status"] == "finished"


def test_naughty_names(catalog: Path, shared_data: Path) -> None:
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HerdbookWarning)
        with herdbook.start_run("e") as run:
            for text in strings:
                run.log_param(text, text)
                run.set_tag(text, text)
    written = recorded(catalog)
    assert len(written["params"]) > 450


def test_numbers_of_other_libraries(catalog: Path) -> None:
    numpy = pytest.importorskip("numpy")
    with herdbook.start_run("e") as run:
        run.log_param("array", numpy.arange(3))
        run.log_param("big", 10**30)
        run.log_param("nan", math.nan)
        run.log_metric("accuracy", numpy.float32(0.5), step=numpy.int64(1))
        run.log_slice({"single": numpy.bool_(True)}, numpy.int64(3), {"accuracy": numpy.float64(0.25)})
    written = recorded(catalog)
    assert written["params"] == {"array": [0, 1, 2], "big": "1" + "0" * 30, "nan": "nan"}
    assert written["curves"] == {"accuracy": [[1, 0.5]]}
    assert written["slices"] == [{"by": {"single": True}, "count": 3, "metrics": {"accuracy": 0.25}}]


def test_parameters_that_are_secrets_are_masked(catalog: Path) -> None:
    with herdbook.start_run("e") as run:
        run.log_params({"api_key": "hunter2", "db": "postgresql://me:hunter2@db/x", "max_tokens": 512})
        run.log_params({"token_count": 512, "use_auth_token": True})
    assert recorded(catalog)["params"] == {
        "api_key": "****",
        "db": "postgresql://****@db/x",
        "max_tokens": 512,
        "token_count": 512,
        "use_auth_token": True,
    }


def test_secrets_in_a_parameter_that_is_a_mapping_are_masked(catalog: Path) -> None:
    with herdbook.start_run("e") as run:
        run.log_param("config", {"db": {"password": "hunter2", "port": 5432}, "token_count": 512})
    assert recorded(catalog)["params"] == {
        "config": "{'db': {'password': ****, 'port': 5432}, 'token_count': 512}"
    }


def test_an_address_may_be_a_path(catalog: Path) -> None:
    with herdbook.start_run("e") as run:
        run.log_input(uri=Path("data/x.csv"))  # type: ignore[arg-type]  # as people do
    assert recorded(catalog)["inputs"] == [{"uri": "data/x.csv"}]


def test_tags_that_are_secrets_are_masked(catalog: Path) -> None:
    with herdbook.start_run("e") as run:
        run.set_tags({"db.password": "hunter2", "db": "postgresql://me:hunter2@db/x", "token_count": 512})
    tags = recorded(catalog)["tags"]
    assert {tags["db.password"], tags["db"], tags["token_count"]} == {"****", "postgresql://****@db/x", "512"}


def test_secrets_in_title_and_description_are_masked(catalog: Path) -> None:
    said = "postgresql://me:hunter2@db/x"
    with herdbook.start_run("e", title=f"from {said}", description=f"With password=hunter2.\n\n{said}"):
        pass
    run = recorded(catalog)
    assert run["title"] == "from postgresql://****@db/x"
    assert run["description"] == "With password=****\n\npostgresql://****@db/x"


def test_long_curves_are_thinned(catalog: Path) -> None:
    run = herdbook.start_run("e")
    for step in range(2500):
        run.log_metric("loss", 1 / (step + 1), step)
    with pytest.warns(HerdbookWarning, match="of 2500 points every so many"), run:
        pass
    curve = recorded(catalog)["curves"]["loss"]
    assert len(curve) == MAX_POINTS
    assert (curve[0][0], curve[-1][0]) == (0, 2499)


def test_a_record_that_no_reader_would_take_loses_its_curves(catalog: Path) -> None:
    run = herdbook.start_run("e")
    for number in range(60):
        for step in range(1000):
            run.log_metric(f"loss_{number}", 1 / (step + 3), step)
    with pytest.warns(HerdbookWarning, match="curves: with them the record is larger than 1024 KiB"), run:
        pass
    assert "curves" not in recorded(catalog)


def test_a_record_that_cannot_be_written_is_kept_elsewhere(catalog: Path, tmp_path: Path) -> None:
    (catalog / "runs").write_text("a file where a folder should be")
    run = herdbook.start_run("e")
    run.log_metric("accuracy", 0.5)
    with pytest.warns(HerdbookWarning, match="is not in the catalog .*Its record is kept in") as caught, run:
        pass
    (kept,) = (tmp_path / "temporary").iterdir()
    assert str(kept) in str(caught[0].message)
    assert read(kept)["metrics"] == {"accuracy": 0.5}


def test_without_a_catalog_the_record_is_kept_elsewhere(catalog: Path, tmp_path: Path) -> None:
    (catalog / "herdbook.yaml").unlink()
    with pytest.warns(HerdbookWarning, match="HERDBOOK_CATALOG") as caught, herdbook.start_run("e"):
        pass
    assert len(caught) == 2
    (kept,) = (tmp_path / "temporary").iterdir()
    assert read(kept)["status"] == "finished"


@pytest.mark.parametrize(
    ("url", "schemas"),
    [
        ("https://example.org/herdbook/", "https://example.org/herdbook/schema"),
        ('"https://example.org/\\nhostile: 1"', "../../.schema"),
        ("[a]", "../../.schema"),
    ],
)
def test_editors_find_the_schema_on_the_site_of_the_catalog(catalog: Path, url: str, schemas: str) -> None:
    (catalog / "herdbook.yaml").write_text(f"kind: catalog\nname: test\nurl: {url}\n")
    with herdbook.start_run("e"):
        pass
    (path,) = catalog.glob("runs/*/[!.]*")
    assert path.read_text().startswith(f"# yaml-language-server: $schema={schemas}/run.json\n")


def test_nothing_is_left_beside_a_record(catalog: Path) -> None:
    with herdbook.start_run("e"):
        pass
    assert [path.suffix for path in (catalog / "runs" / "e").iterdir()] == [".yaml"]


def test_a_forked_child_neither_records_nor_ends_the_run_and_says_so_once(catalog: Path) -> None:
    run = herdbook.start_run("e")
    child = os.fork()
    if child == 0:
        with warnings.catch_warnings(record=True) as said, run:
            warnings.simplefilter("always")
            run.log_param("of", "the child")
            run.log_metric("loss", 0.5, step=1)
            run.log_metric("loss", 0.25)
        Path("said").write_text("\n".join(str(warning.message) for warning in said))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert re.fullmatch(
        rf"The run {run.run_id} is recorded by the process {os.getpid()}, and not in this one, .*Hand .*",
        Path("said").read_text(),
    )
    assert recorded(catalog)["status"] == "running"
    with run:
        pass
    assert recorded(catalog)["status"] == "finished"
    assert "params" not in recorded(catalog)


def test_processes_that_begin_a_run_of_one_name_at_one_moment_record_one_each(catalog: Path) -> None:
    with herdbook.start_run("warm"):  # finds out what all of them need, so that they begin together
        pass
    rounds, together = 4, 4
    for number in range(rounds):
        waiting, begin = os.pipe()
        children = []
        for rank in range(together):
            child = os.fork()
            if child == 0:
                os.close(begin)
                os.read(waiting, 1)  # until all others are there
                warnings.simplefilter("ignore")
                with herdbook.start_run("e", run_id=f"train-{number}") as run:
                    run.log_param("rank", rank)
                os._exit(0)
            children.append(child)
        os.close(waiting)
        os.close(begin)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * together
        written = [parse_yaml(path.read_bytes()).value for path in catalog.glob(f"runs/e/train-{number}*")]
        assert sorted(run["params"]["rank"] for run in written) == list(range(together))
    assert list((catalog.parent / "temporary").iterdir()) == []


def test_a_nested_run_names_the_run_around_it(catalog: Path) -> None:
    assert active_run() is None
    with herdbook.start_run("e", run_id="search") as search:
        assert active_run() is search
        with herdbook.start_run("e", run_id="trial-1", nested=True) as trial:
            assert active_run() is trial
            with herdbook.start_run("e", run_id="fold-1", nested=True):
                pass
        with herdbook.start_run("e", run_id="other"):
            pass
        with herdbook.start_run("e", run_id="given", nested=True, parent="elsewhere"):
            pass
    assert active_run() is None
    parents = {path.stem: read(path).get("parent") for path in catalog.glob("runs/e/*.yaml")}
    assert parents == {
        "search": None,
        "trial-1": "search",
        "fold-1": "trial-1",
        "other": None,
        "given": "elsewhere",
    }


def test_a_nested_run_without_a_run_around_it_is_told(catalog: Path) -> None:
    with pytest.warns(HerdbookWarning, match="no run is going on here"):
        run = herdbook.start_run("e", nested=True)
    with run:
        pass
    assert "parent" not in recorded(catalog)


def test_tasks_that_run_side_by_side_have_runs_of_their_own(catalog: Path) -> None:
    async def trial(name: str) -> None:
        with herdbook.start_run("e", run_id=name):
            await asyncio.sleep(0)
            with herdbook.start_run("e", run_id=f"{name}-part", nested=True):
                await asyncio.sleep(0)

    async def both() -> None:
        await asyncio.gather(trial("a"), trial("b"))

    with ThreadPoolExecutor(1) as elsewhere:  # in this thread, that of a browser may be running
        elsewhere.submit(lambda: asyncio.run(both())).result()
    assert {read(path)["parent"] for path in catalog.glob("runs/e/*-part.yaml")} == {"a", "b"}
    assert read(catalog / "runs/e/b-part.yaml")["parent"] == "b"


def test_what_evaluates_a_version_is_an_evaluation(catalog: Path) -> None:
    with herdbook.start_run("e", evaluates="clf_orders/7") as run:
        run.log_slice(by={"race": "black"}, count=339, metrics={"accuracy": 0.84})
    value = recorded(catalog)
    assert (value["type"], value["evaluates"]) == ("evaluation", "clf_orders/7")
    assert value["slices"] == [{"by": {"race": "black"}, "count": 339, "metrics": {"accuracy": 0.84}}]


def test_what_comes_after_the_end_is_told_and_goes_nowhere(catalog: Path, tmp_path: Path) -> None:
    with herdbook.start_run("e") as run:
        pass
    before = recorded(catalog)
    calls: list[Callable[[], None]] = [
        lambda: run.log_metric("auc", 0.5, step=1),
        lambda: run.log_metric("auc", 0.5),
        lambda: run.log_param("depth", 3),
        lambda: run.log_input(dataset="orders/v1"),
    ]
    with (tmp_path / "other").open("wb"):  # perhaps by the number that the journal had
        for late in calls:
            with pytest.warns(HerdbookWarning, match="the run has ended"):
                late()
    assert recorded(catalog) == before
    assert (tmp_path / "other").read_bytes() == b""
