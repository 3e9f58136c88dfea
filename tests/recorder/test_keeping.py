import math
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from herdbook import HerdbookWarning
from herdbook.errors import HerdbookError
from herdbook.recorder.journal import journals, replayed
from herdbook.recorder.keeping import Keeping
from herdbook.recorder.record import Record
from herdbook.yaml.reader import parse_yaml


def begun() -> Record:
    named = {"kind": "run", "id": "first", "experiment": "e", "type": "training", "status": "running"}
    return Record(named, {})


def written(catalog: Path) -> Mapping[str, Any]:
    return dict(parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value)


def test_a_run_has_a_file_from_its_start_and_a_journal_to_its_end(catalog: Path) -> None:
    record = begun()
    keeping = Keeping(record, catalog, has_file=False)
    assert written(catalog)["status"] == "running"
    assert [name for name, _ in journals(catalog)] == ["first"]
    keeping.take(["put", "params", "depth", 3])
    keeping.point("auc", 1, 0.5)
    record.data["status"] = "finished"
    keeping.end()
    assert list(journals(catalog)) == []
    found = written(catalog)
    assert (found["status"], found["params"], found["curves"]) == (
        "finished",
        {"depth": 3},
        {"auc": [[1, 0.5]]},
    )


@pytest.mark.parametrize(
    "late",
    [lambda kept: kept.take(["put", "params", "depth", 3]), lambda kept: kept.point("auc", 1, 0.5)],
)
def test_nothing_is_recorded_after_the_end(catalog: Path, late: Callable[[Keeping], None]) -> None:
    keeping = Keeping(begun(), catalog, has_file=False)
    keeping.end()
    before = written(catalog)
    with pytest.raises(HerdbookError, match="the run has ended"):
        late(keeping)
    assert written(catalog) == before


def test_a_step_without_end_is_refused(catalog: Path) -> None:
    keeping = Keeping(begun(), catalog, has_file=False)
    with pytest.raises(HerdbookError, match="step inf is not finite"):
        keeping.point("auc", math.inf, 0.5)
    keeping.end()


def on_a_full_disk(catalog: Path) -> Keeping:
    """What keeps a run of which the journal finds no room."""
    keeping = Keeping(begun(), catalog, has_file=False)
    assert keeping._journal is not None
    os.close(keeping._journal._descriptor)
    keeping._journal._descriptor = os.open("/dev/full", os.O_WRONLY)
    return keeping


def test_a_full_disk_is_told_and_the_run_goes_on(catalog: Path) -> None:
    keeping = on_a_full_disk(catalog)
    with pytest.warns(HerdbookWarning, match="journal of run first: .*No space left .* is tried again"):
        keeping.point("auc", 1, 0.5)
    keeping.point("auc", 2, 0.75)
    keeping.end()
    assert written(catalog)["curves"] == {"auc": [[1, 0.5], [2, 0.75]]}


@pytest.mark.parametrize("kind", ["note", "point"])
def test_a_journal_goes_on_when_there_is_room_again(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("herdbook.recorder.keeping._PAUSE", 0.0)
    keeping = on_a_full_disk(catalog)
    with pytest.warns(HerdbookWarning, match="No space left"):
        keeping.take(["put", "params", "depth", 3])
    if kind == "note":
        keeping.take(["put", "params", "rate", 0.1])
    else:
        keeping.point("auc", 1, 0.5)
    keeping.point("auc", 2, 0.75)
    (_, path), *others = journals(catalog)
    assert not others
    kept = replayed(path)
    assert kept.data["params"]["depth"] == 3
    assert kept.curves["auc"][2] == 0.75
    assert kept.data == keeping._record.data
    keeping.end()
    assert list(journals(catalog)) == []


def test_a_journal_is_not_tried_again_at_every_call(catalog: Path) -> None:
    keeping = on_a_full_disk(catalog)
    with pytest.warns(HerdbookWarning, match="No space left"):
        keeping.point("auc", 1, 0.5)
    keeping.point("auc", 2, 0.75)
    (_, path), *_ = journals(catalog)
    assert replayed(path).curves == {}
    keeping.end()


def test_threads_lose_none_of_the_items_that_they_record(catalog: Path) -> None:
    keeping = Keeping(begun(), catalog, has_file=False)

    def record(number: int) -> None:
        for item in range(500):
            keeping.take(["add", "inputs", {"uri": f"s3://bucket/{number}/{item}"}])

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=record, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(keeping._record.data["inputs"]) == 3000
    keeping.end()


def test_without_a_catalog_only_the_end_is_written(tmp_path: Path, catalog: Path) -> None:
    keeping = Keeping(begun(), None, has_file=False)
    keeping.take(["put", "params", "depth", 3])
    assert list((tmp_path / "temporary").iterdir()) == []
    with pytest.warns(HerdbookWarning, match="The run first is not in the catalog"):
        keeping.end()
    (kept,) = (tmp_path / "temporary").iterdir()
    assert "depth: 3" in kept.read_text()
    assert not (catalog / "runs").exists()
