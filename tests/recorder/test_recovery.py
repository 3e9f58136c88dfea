import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import herdbook
from herdbook import HerdbookWarning
from herdbook.opening import read_catalog
from herdbook.recorder.recovery import recover
from herdbook.schema import validate
from herdbook.tree import DirTree
from herdbook.yaml.reader import parse_yaml

KILLS = 60


pytestmark = pytest.mark.usefixtures("catalog")


def read(path: Path) -> dict[str, Any]:
    value = parse_yaml(path.read_bytes()).value
    assert validate("run", value) == ()
    return dict(value)


def journals(catalog: Path) -> list[str]:
    return sorted(path.name for path in (catalog / ".herdbook" / "journals").iterdir())


def test_what_was_answered_before_a_kill_is_recovered(catalog: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("killing.py")
    subprocess.run([sys.executable, script, "1", str(KILLS)], check=True, timeout=300)
    assert read_catalog(DirTree(catalog)).findings == ()
    begun = sorted(path.stem for path in (catalog / "runs" / "killed").glob("k*.yaml"))
    for name in begun:
        assert read(catalog / f"runs/killed/{name}.yaml")["status"] == "running"
    recover(catalog)
    assert [name for name in journals(catalog) if name.endswith(".jsonl")] == []
    counted = 0
    for name in begun:
        run = read(catalog / f"runs/killed/{name}.yaml")
        answered = int((tmp_path / f"{name}.answered").read_bytes() or 0)
        counted += answered > 0
        if answered:
            assert list((catalog / "runs" / "killed").glob(f".{name}.yaml.*")) == []
        made = (
            len(run.get("params", {}))
            + sum(key.startswith("t") and key != "triggered_by" for key in run["tags"])
            + len(run.get("inputs", []))
        )
        # Curves are thinned out: their last point tells how far they got.
        last = max(
            [number for number in range(answered + 1) if number % 5 < 3 and number < answered], default=-1
        )
        assert made >= sum(number % 5 < 3 for number in range(last + 1))
        points = [number for number in range(answered) if number % 5 >= 3]
        if points:
            assert run["curves"]["loss"][-1][0] >= points[-1]
        assert made <= sum(number % 5 < 3 for number in range(answered + 1))
    assert counted >= KILLS * 4 // 5


def killed(run_id: str, body: str, **variables: str) -> None:
    """Record a run in another process that is killed after what it does."""
    script = f"import herdbook, os, signal\nrun = herdbook.start_run('e', run_id={run_id!r})\n{body}\n"
    script += "os.kill(os.getpid(), signal.SIGKILL)\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], check=False, env=os.environ | variables
    )
    assert done.returncode == -9


def test_the_next_run_brings_in_what_a_killed_one_left(catalog: Path) -> None:
    killed("first", "run.log_param('depth', 3)\nrun.log_metric('auc', 0.5, step=1)")
    assert "params" not in read(catalog / "runs/e/first.yaml")
    with herdbook.start_run("e", run_id="second"):
        assert journals(catalog) == ["second.jsonl"]
    run = read(catalog / "runs/e/first.yaml")
    assert (run["status"], run["params"], run["curves"]) == ("running", {"depth": 3}, {"auc": [[1, 0.5]]})
    assert journals(catalog) == []


def test_a_run_that_goes_on_is_left_alone(catalog: Path) -> None:
    with herdbook.start_run("e", run_id="alive") as run:
        run.log_param("depth", 3)
        assert recover(catalog) == ()
        assert journals(catalog) == ["alive.jsonl"]
    assert read(catalog / "runs/e/alive.yaml")["params"] == {"depth": 3}


def test_what_people_added_to_the_file_meanwhile_stays(catalog: Path) -> None:
    killed("first", "run.set_tag('a', 'run')\nrun.log_input(dataset='orders/v1')")
    path = catalog / "runs/e/first.yaml"
    path.write_text(path.read_text().replace("tags: {", "notes: Mine.\ntags: {b: mine, ", 1))
    assert [(found.run_id, found.problem) for found in recover(catalog)] == [("first", "")]
    run = read(path)
    assert (run["notes"], run["tags"]["a"], run["tags"]["b"]) == ("Mine.", "run", "mine")
    with herdbook.start_run("e", run_id="second") as second:
        path = catalog / "runs/e/second.yaml"
        path.write_text(path.read_text() + "notes: Seen.\n")
        second.log_metric("auc", 0.5)
    assert (read(path)["notes"], read(path)["status"]) == ("Seen.", "finished")


def test_a_run_that_ended_is_not_taken_back_by_its_journal(catalog: Path) -> None:
    killed("first", "run.log_param('depth', 3)")
    journal = catalog / ".herdbook/journals/first.jsonl"
    kept = journal.read_bytes()
    with herdbook.start_run("e", resume="first"):
        pass
    before = (catalog / "runs/e/first.yaml").read_bytes()
    journal.write_bytes(kept)
    assert recover(catalog) == ()
    assert (catalog / "runs/e/first.yaml").read_bytes() == before
    assert not journal.exists()


def test_a_killed_run_is_resumed_with_all_that_it_recorded(catalog: Path) -> None:
    body = "run.log_input(dataset='orders/v1')\n"
    body += "for step in range(3000): run.log_metric('loss', 1 / (step + 1), step)"
    killed("first", body, HERDBOOK_HOST="a")
    started = read(catalog / "runs/e/first.yaml")["started_at"]
    run = herdbook.start_run("other", resume="first")
    assert run.run_id == "first"
    assert read(catalog / "runs/e/first.yaml")["status"] == "running"
    run.log_metric("loss", 0.25, 3000)
    run.log_input(dataset="users/v1")
    with pytest.warns(HerdbookWarning, match="of 3001 points"), run:
        pass
    value = read(catalog / "runs/e/first.yaml")
    assert (value["status"], value["experiment"], value["started_at"]) == ("finished", "e", started)
    assert value["host"] != "a"
    assert value["metrics"] == {"loss": 0.25}
    assert value["curves"]["loss"][-1] == [3000, 0.25]
    assert value["tags"]["dataset_version"] == "orders_v1+users_v1"


def test_a_failed_run_is_resumed_from_its_file(catalog: Path) -> None:
    run = herdbook.start_run("e", run_id="first")
    run.log_input(dataset="orders/v1")
    with pytest.raises(MemoryError), run:
        raise MemoryError
    with herdbook.start_run("e", resume="first") as run:
        run.log_input(dataset="users/v1")
    value = read(catalog / "runs/e/first.yaml")
    assert value["status"] == "finished"
    assert "error" not in value
    assert value["tags"]["dataset_version"] == "orders_v1+users_v1"


def test_a_run_is_resumed_by_its_name_in_any_case(catalog: Path) -> None:
    killed("Exp-1", "run.log_param('depth', 3)")
    with herdbook.start_run("e", resume="eXP-1") as run:
        run.log_param("width", 4)
    assert run.run_id == "Exp-1"
    assert read(catalog / "runs/e/Exp-1.yaml")["params"] == {"depth": 3, "width": 4}
    assert [path.name for path in catalog.glob("runs/e/*")] == ["Exp-1.yaml"]


def test_other_code_than_before_is_told(catalog: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    killed("first", "")
    before = read(catalog / "runs/e/first.yaml")["code"]["commit"]
    git("commit", "-q", "--allow-empty", "-m", "two")
    with (
        pytest.warns(HerdbookWarning, match=f"resumed with other code: .*, no longer {before}"),
        herdbook.start_run("e", resume="first"),
    ):
        pass
    value = read(catalog / "runs/e/first.yaml")
    assert value["code"]["commit"] != before
    assert value["tags"]["git_commit"] == value["code"]["commit"][:12]
    assert f"until then it ran commit {before}" in value["notes"]


@pytest.mark.parametrize("which", ["finished", "alive", "missing", "../first", "*"])
def test_what_cannot_be_resumed_becomes_a_run_of_its_own(catalog: Path, which: str) -> None:
    with herdbook.start_run("e", run_id="finished"):
        pass
    before = (catalog / "runs/e/finished.yaml").read_bytes()
    alive = herdbook.start_run("e", run_id="alive")
    with (
        pytest.warns(HerdbookWarning, match="resuming it: (the run|there is no run) .*"),
        herdbook.start_run("e", resume=which) as run,
    ):
        pass
    assert run.run_id.startswith("e-20")
    assert read(catalog / f"runs/e/{run.run_id}.yaml")["status"] == "finished"
    assert (catalog / "runs/e/finished.yaml").read_bytes() == before
    with alive:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "[]",
        "[" * 100_000,
        '["begin", {}, {}]\n',
        '["begin", [], []]\n',
        '["begin", {"id": "x", "experiment": "../../x"}, {}]\n',
        '["begin", {"id": "other", "experiment": "e"}, {}]\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training"}, {"loss": [[1]]}]\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training"}, {}]\n["put", "kind", "a", 1]\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training"}, {}]\n["add", "inputs", 3]\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training"}, {}]\n["point", "a", "b", 1]\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training"}, {}]\nnonsense\n',
        '["begin", {"id": "x", "experiment": "e", "type": "training", "tags": 3}, {}]\n',
    ],
)
def test_what_is_no_journal_is_told_and_harms_nothing(catalog: Path, text: str) -> None:
    folder = catalog / ".herdbook" / "journals"
    folder.mkdir(parents=True)
    (folder / "x.jsonl").write_text(text)
    (found,) = recover(catalog)
    assert found.run_id == "x"
    assert found.problem
    assert not (catalog / "runs").exists()
    with (
        pytest.warns(HerdbookWarning, match="the killed run x left cannot be recovered"),
        herdbook.start_run("e"),
    ):
        pass
    assert (folder / "x.jsonl").read_text() == text


def test_a_link_in_place_of_the_journals_is_not_followed(catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (catalog / ".herdbook").mkdir()
    (catalog / ".herdbook" / "journals").symlink_to(tmp_path / "elsewhere")
    with herdbook.start_run("e", run_id="first") as run:
        run.log_param("depth", 3)
    assert read(catalog / "runs/e/first.yaml")["params"] == {"depth": 3}
    assert list((tmp_path / "elsewhere").iterdir()) == []
