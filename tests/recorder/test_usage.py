import sys
import time
import types
from pathlib import Path
from typing import Any

import pytest

import herdbook
from herdbook import HerdbookWarning
from herdbook.recorder import usage
from herdbook.schema import validate
from herdbook.yaml.reader import parse_yaml

OF_THE_MACHINE = {
    "cpu_utilization_percentage",
    "system_memory_usage_megabytes",
    "system_memory_usage_percentage",
}


def written(catalog: Path) -> dict[str, Any]:
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert validate("run", value) == ()
    return dict(value)


def test_what_the_machine_is_used_is_sampled_under_the_names_of_mlflow(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "EVERY", 0.02)
    with herdbook.start_run("e", run_id="first", system_metrics=True) as run:
        run.log_metric("auc", 0.5)
        time.sleep(0.3)
    run_ = written(catalog)
    assert {name.removeprefix("system/") for name in run_["curves"]} == OF_THE_MACHINE
    for points in run_["curves"].values():
        assert [step for step, _ in points] == list(range(len(points)))
        assert len(points) > 2
        assert all(value >= 0 for _, value in points)
    assert run_["metrics"] == {"auc": 0.5}
    assert run_["system"].keys() == OF_THE_MACHINE | {"cpu_seconds", "peak_memory_gb"}
    assert 0 < run_["system"]["system_memory_usage_percentage"] < 100


def test_nothing_is_sampled_where_nobody_asked(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="first"):
        pass
    assert "curves" not in written(catalog)


def test_without_psutil_a_run_says_what_is_missing(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.warns(HerdbookWarning, match=r"herdbook\[system-metrics\]"):
        run = herdbook.start_run("e", run_id="first", system_metrics=True)
    with run:
        pass
    assert written(catalog)["status"] == "finished"


class Driver(types.ModuleType):
    """As much of NVIDIA's package as is asked for: a machine with two cards, of which one fails."""

    NVMLError = type("NVMLError", (Exception,), {})

    def nvmlInit(self) -> None: ...

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        if handle:
            raise self.NVMLError
        return types.SimpleNamespace(used=2e9, total=8e9)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:
        return types.SimpleNamespace(gpu=50)


def test_graphics_cards_are_sampled_where_there_are_some(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Driver("pynvml"))
    with herdbook.start_run("e", run_id="first", system_metrics=True):
        pass
    found = {name: value for name, value in written(catalog)["system"].items() if name.startswith("gpu_")}
    assert found == {
        "gpu_0_memory_usage_megabytes": 2000.0,
        "gpu_0_memory_usage_percentage": 25.0,
        "gpu_0_utilization_percentage": 50.0,
    }


def test_where_there_is_no_card_none_is_sampled(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with herdbook.start_run("e", run_id="first", system_metrics=True):
        pass
    assert not [name for name in written(catalog)["system"] if name.startswith("gpu_")]
