import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from herdbook.errors import HerdbookError
from herdbook.recorder.store import begin, store, update
from herdbook.recorder.warning import HerdbookWarning
from herdbook.schema import validate
from herdbook.storing import Write, locked
from herdbook.yaml.reader import parse_yaml


def record(**more: Any) -> dict[str, Any]:
    return {"kind": "run", "id": "r", "experiment": "e", "type": "training", "status": "finished", **more}


def test_a_record_is_written_whole(tmp_path: Path) -> None:
    store(record(metrics={"accuracy": 0.5}), tmp_path)
    (path,) = (tmp_path / "runs" / "e").iterdir()
    assert path.name == "r.yaml"
    value = parse_yaml(path.read_bytes()).value
    assert value == record(metrics={"accuracy": 0.5})
    assert validate("run", value) == ()


def test_what_the_format_does_not_allow_is_left_out_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(HerdbookWarning) as caught:
        store(record(metrics={"a": float("nan"), "b": 1}, seeds={"python": 1.5}), tmp_path)
    value = parse_yaml((tmp_path / "runs/e/r.yaml").read_bytes()).value
    assert value == record(metrics={"b": 1}, seeds={})
    assert [str(warning.message).partition(":")[0] for warning in caught] == ["metrics.a", "seeds.python"]


def test_the_end_of_a_run_waits_for_a_command_that_changes_its_file(tmp_path: Path) -> None:
    running = record(status="running")
    begin(running, tmp_path)
    path = tmp_path / "runs/e/r.yaml"
    with ThreadPoolExecutor(1) as pool:
        with locked(tmp_path) as catalog:
            ending = pool.submit(store, record(metrics={"accuracy": 0.5}), tmp_path, begun=True)
            time.sleep(0.1)
            before = path.read_bytes()
            assert b"status: running" in before
            catalog.write([Write("runs/e/r.yaml", before, before + b"notes: Mine.\n")])
        ending.result()
    assert parse_yaml(path.read_bytes()).value == record(metrics={"accuracy": 0.5}, notes="Mine.")


def test_a_finished_run_is_never_written_again(tmp_path: Path) -> None:
    store(record(), tmp_path)
    with pytest.raises(HerdbookError, match="the run r is finished, and a finished run never changes"):
        update(record(metrics={"accuracy": 0.5}), tmp_path)


def test_a_record_without_what_every_run_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HerdbookError, match="status"):
        store({name: value for name, value in record().items() if name != "status"}, tmp_path)
    assert not list(tmp_path.iterdir())
