"""runs, as it is installed."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from command_line import herdbook
from rule_examples import case

HOSTILE = """\
# runs/churn/train-1.yaml
title: "=HYPERLINK(\\"http://example.com\\")"
tags: {dataset_version: orders_v1.0, git_commit: "0f4b1c3", triggered_by: "::error::x", x: "+1+1", "=k": "v"}
"""


def test_a_table_of_all_runs() -> None:
    done = herdbook("runs", "--catalog", ".")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("The catalog has ")
    assert lines[2] == "Runs, the newest first"
    assert lines[3].split()[:5] == ["run_id", "experiment", "type", "status", "start_time"]
    assert "\x1b" not in done.stdout


def test_a_filter_an_order_and_columns() -> None:
    done = herdbook(
        "runs",
        "status = 'FINISHED' AND experiment = 'churn'",
        *("--order-by", "type DESC", "--order-by", "run_id"),
        *("--columns", "run_id,type", "--catalog", ".", "--format", "csv"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.reader(StringIO(done.stdout)))
    assert rows[0] == ["run_id", "type"]
    assert len(rows) > 2
    assert rows[1:] == sorted(sorted(rows[1:]), key=lambda row: row[1], reverse=True)


def test_json_has_everything() -> None:
    done = herdbook("runs", "--catalog", ".", "--format", "json", "--columns", "run_id")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(answer)[:2] == ["question", "filter"]
    assert answer["question"] == "runs"
    assert len(answer["runs"]) == answer["matched"] == answer["among"]
    assert {"metrics", "params", "tags", "datasets"} <= set(answer["runs"][0])


def test_markdown() -> None:
    done = herdbook("runs", "--catalog", ".", "--format", "markdown")
    assert done.returncode == 0
    assert done.stdout.startswith("## Runs\n\n**The catalog has ")
    assert "| run\\_id | experiment |" in done.stdout or "| run_id | experiment |" in done.stdout


@pytest.mark.parametrize("form", ["table", "csv", "markdown", "json"])
def test_a_limit_is_told(form: str) -> None:
    done = herdbook("runs", "--catalog", ".", "--limit", "1", "--format", form)
    assert done.returncode == 0
    if form == "json":
        answer = json.loads(done.stdout)
        assert (len(answer["runs"]), answer["matched"] > 1) == (1, True)
    else:
        told = done.stderr if form == "csv" else done.stdout
        assert "here are the first 1" in told
        assert "limit 0 lists all" in told


def test_a_filter_that_does_not_parse() -> None:
    done = herdbook("runs", "metrics.auc > 'x'", "--catalog", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: filter: a number belongs here, not 'x'\n  metrics.auc > 'x'\n                ^^^\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["auc > 1"], "error: filter: runs have no attribute auc\n"),
        (
            ["", "--order-by", "status UP"],
            "error: order: ASC, DESC, a comma, or the end, belongs here, not UP\n",
        ),
        (["", "--columns", "run_id,"], "error: columns: a name such as "),
    ],
)
def test_other_faults(arguments: list[str], message: str) -> None:
    done = herdbook("runs", *arguments, "--catalog", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert "\n  " in done.stderr
    assert "^" in done.stderr


def test_a_slip_is_told_beside_the_file() -> None:
    done = herdbook("runs", "metrics.nosuch > 1", "--catalog", ".", "--format", "csv")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert done.stderr.startswith("herdbook: no run has metrics.nosuch")


def test_hostile_texts_reach_no_spreadsheet_and_no_runner(tmp_path: Path) -> None:
    case(HOSTILE).lay(tmp_path / "catalog")
    done = herdbook("runs", "run_id = 'train-1'", "--format", "csv", cwd=tmp_path)
    (row,) = csv.DictReader(StringIO(done.stdout))
    assert row["run_name"] == '\'=HYPERLINK("http://example.com")'
    assert row["tags.x"] == "'+1+1"
    assert row["tags.triggered_by"] == r"\x3a:error::x"
    table = herdbook("runs", "--columns", "tags.triggered_by", cwd=tmp_path)
    assert not any(line.lstrip().startswith("::") for line in table.stdout.splitlines())


def test_a_catalog_that_is_not_there() -> None:
    done = herdbook("runs", "--catalog", "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such folder" in done.stderr
