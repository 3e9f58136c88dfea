import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from herdbook import HerdbookWarning
from herdbook.errors import HerdbookError
from herdbook.recorder.journal import journals
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


def test_a_full_disk_is_told_and_the_run_goes_on(catalog: Path) -> None:
    keeping = Keeping(begun(), catalog, has_file=False)
    assert keeping._journal is not None
    os.close(keeping._journal._descriptor)
    keeping._journal._descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.warns(HerdbookWarning, match="journal of run first: .*No space left .* the run is lost"):
        keeping.point("auc", 1, 0.5)
    keeping.point("auc", 2, 0.75)
    keeping.end()
    assert written(catalog)["curves"] == {"auc": [[1, 0.5], [2, 0.75]]}


def test_without_a_catalog_only_the_end_is_written(tmp_path: Path, catalog: Path) -> None:
    keeping = Keeping(begun(), None, has_file=False)
    keeping.take(["put", "params", "depth", 3])
    assert list((tmp_path / "temporary").iterdir()) == []
    with pytest.warns(HerdbookWarning, match="The run first is not in the catalog"):
        keeping.end()
    (kept,) = (tmp_path / "temporary").iterdir()
    assert "depth: 3" in kept.read_text()
    assert not (catalog / "runs").exists()
