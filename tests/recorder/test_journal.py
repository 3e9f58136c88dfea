import json
import os
import shutil
from pathlib import Path

import pytest

import herdbook
from herdbook.recorder.journal import InUseError, Journal, journal_of, journals, replayed, seized
from herdbook.recorder.record import Record
from herdbook.yaml.reader import parse_yaml

DATA = {"kind": "run", "id": "first", "experiment": "e"}


def written(catalog: Path, name: str = "first") -> dict[str, object]:
    return dict(parse_yaml((catalog / f"runs/e/{name}.yaml").read_bytes()).value)


def test_what_was_taken_down_is_read_again(catalog: Path) -> None:
    journal = Journal.begin(catalog, "first", Record(DATA, {"loss": {0: 0.5}}))
    journal.point('lo"ss\u2028', 1, 0.25)
    journal.point("loss", 1.5, 1e-300)
    journal.take(["put", "tags", "a", "\ud800"])
    journal.take(["add", "inputs", {"uri": "s3://b/k"}])
    record = replayed(journal.path)
    assert record.curves == {"loss": {0: 0.5, 1.5: 1e-300}, 'lo"ss\u2028': {1: 0.25}}
    assert record.data["tags"] == {"a": "\ud800"}
    assert record.data["inputs"] == [{"uri": "s3://b/k"}]
    assert all(json.loads(line) for line in journal.path.read_bytes().splitlines())
    assert dict(journals(catalog)) == {"first": journal.path}
    assert journal_of(catalog, "first") == journal.path
    assert journal_of(catalog, "fir") is None
    journal.end()
    assert list(journals(catalog)) == []


def test_a_line_that_was_cut_off_does_not_count(catalog: Path) -> None:
    journal = Journal.begin(catalog, "first", Record(DATA, {}))
    journal.point("loss", 1, 0.5)
    with journal.path.open("ab") as file:
        file.write(b'["point","loss",2,0.2')
    assert replayed(journal.path).curves == {"loss": {1: 0.5}}
    journal.end()


def test_a_journal_is_seized_only_when_its_process_is_gone(catalog: Path) -> None:
    journal = Journal.begin(catalog, "first", Record(DATA, {}))
    with pytest.raises(InUseError, match="the run first still goes on"), seized(journal.path):
        pass
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    os.close(journal._descriptor)
    with seized(journal.path) as record:
        assert record.data["tags"] == {}
        with pytest.raises(InUseError), seized(journal.path):
            pass


def test_a_new_journal_takes_the_place_of_an_old_one(catalog: Path) -> None:
    old = Journal.begin(catalog, "first", Record(DATA, {}))
    old.point("loss", 1, 0.5)
    new = Journal.begin(catalog, "first", replayed(old.path))
    new.point("loss", 2, 0.25)
    assert replayed(new.path).curves == {"loss": {1: 0.5, 2: 0.25}}
    assert [path.name for path in new.path.parent.iterdir()] == ["first.jsonl"]
    assert (catalog / ".herdbook" / ".gitignore").read_text() == "*\n"
    os.close(old._descriptor)
    new.end()


def test_a_journal_that_is_taken_away_harms_nothing(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="first") as run:
        shutil.rmtree(catalog / ".herdbook")
        run.log_metric("auc", 0.5)
    assert written(catalog)["metrics"] == {"auc": 0.5}
    assert written(catalog)["status"] == "finished"
