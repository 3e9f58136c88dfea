from pathlib import Path
from typing import Any

import pytest

from herdbook.errors import HerdbookError
from herdbook.reader import parse_yaml
from herdbook.recorder.store import store
from herdbook.recorder.warning import HerdbookWarning
from herdbook.schema import validate


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


def test_a_record_without_what_every_run_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HerdbookError, match="status"):
        store({name: value for name, value in record().items() if name != "status"}, tmp_path)
    assert not list(tmp_path.iterdir())
