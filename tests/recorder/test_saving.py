from pathlib import Path
from typing import Any

import pytest

import herdbook
from herdbook import HerdbookWarning
from herdbook.recorder import saving
from herdbook.schema import validate
from herdbook.yaml.reader import parse_yaml
from waiting import happens


def saved(catalog: Path) -> dict[str, Any]:
    value = parse_yaml((catalog / "runs/e/first.yaml").read_bytes()).value
    assert validate("run", value) == ()
    return dict(value)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "FIRST", 0.01)


def test_a_run_is_in_the_catalog_from_its_start_and_follows(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="first") as run:
        assert saved(catalog)["status"] == "running"
        run.log_metric("auc", 0.5, step=1)
        assert happens(lambda: saved(catalog).get("curves") == {"auc": [[1, 0.5]]})
        run.log_metric("auc", 0.75, step=2)
        assert happens(lambda: saved(catalog).get("curves") == {"auc": [[1, 0.5], [2, 0.75]]})
        assert saved(catalog)["status"] == "running"
    assert saved(catalog)["status"] == "finished"


def test_what_is_not_allowed_is_said_once_and_at_the_end(catalog: Path) -> None:
    run = herdbook.start_run("e", run_id="first", title="two\nlines")
    run.set_tag("surrogate", "\ud800")
    run.set_tag("kept", "yes")
    assert happens(lambda: saved(catalog)["tags"].get("kept") == "yes")
    with pytest.warns(HerdbookWarning) as caught, run:
        pass
    assert sorted(str(warning.message).partition(":")[0] for warning in caught) == ["tags.surrogate", "title"]


def test_what_is_left_out_makes_nothing_double(catalog: Path) -> None:
    run = herdbook.start_run("e", run_id="first")
    run.log_input(uri="s3://b/k", role="\n")
    run.set_tag("kept", "yes")
    assert happens(lambda: saved(catalog)["tags"].get("kept") == "yes")
    run.set_tag("kept", "no")
    assert happens(lambda: saved(catalog)["tags"].get("kept") == "no")
    assert saved(catalog)["inputs"] == [{"uri": "s3://b/k"}]
    with pytest.warns(HerdbookWarning, match=r"inputs.0.role"), run:
        pass
    assert saved(catalog)["inputs"] == [{"uri": "s3://b/k"}]


def test_a_file_that_is_taken_away_is_not_put_back(catalog: Path, tmp_path: Path) -> None:
    run = herdbook.start_run("e", run_id="first")
    saver = run._keeping._saver
    assert saver is not None
    (catalog / "runs/e/first.yaml").unlink()
    run.log_param("depth", 3)
    assert happens(lambda: not saver.is_alive())
    with pytest.warns(HerdbookWarning, match="The run first is not in the catalog"), run:
        pass
    assert not (catalog / "runs/e/first.yaml").exists()
    (kept,) = (tmp_path / "temporary").iterdir()
    assert "depth: 3" in kept.read_text()
