import json
from pathlib import Path

from command_line import herdbook

CATALOG = "kind: catalog\nname: test\n"
RUN = "kind: run\nid: first\nexperiment: e\ntype: training\nstatus: running\n"
JOURNAL = """\
["begin", {"kind": "run", "id": "first", "experiment": "e", "type": "training", "status": "running"}, {}]
["put", "params", "depth", 3]
["put", "params", "wid
"""


def lay(root: Path, journal: str) -> Path:
    (root / "catalog" / "runs" / "e").mkdir(parents=True)
    (root / "catalog" / "herdbook.yaml").write_text(CATALOG)
    (root / "catalog" / "runs" / "e" / "first.yaml").write_text(RUN)
    (root / "catalog" / ".herdbook" / "journals").mkdir(parents=True)
    (root / "catalog" / ".herdbook" / "journals" / "first.jsonl").write_text(journal.rstrip("\n"))
    return root


def test_what_a_killed_run_left_is_recovered(tmp_path: Path) -> None:
    done = herdbook("recover", cwd=lay(tmp_path, JOURNAL))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "runs:/first: recovered\n1 run recovered.\n"
    assert "params: {depth: 3}" in (tmp_path / "catalog/runs/e/first.yaml").read_text()
    assert herdbook("recover", cwd=tmp_path).stdout == "0 runs recovered.\n"


def test_what_cannot_be_recovered_is_said(tmp_path: Path) -> None:
    done = herdbook("recover", "--format", "json", cwd=lay(tmp_path, "\x1b[31mnonsense"))
    assert (done.returncode, done.stderr) == (1, "")
    (run,) = json.loads(done.stdout)["runs"]
    assert (run["run"], run["recovered"]) == ("first", False)
    assert "this is no journal of a run; delete it" in run["problem"]
    assert (tmp_path / "catalog/runs/e/first.yaml").read_text() == RUN
