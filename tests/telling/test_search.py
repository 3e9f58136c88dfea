"""What is said about the runs that fit a filter."""

import pytest

from herdbook.queries.asking import QuestionError
from herdbook.queries.search import columns_of, search
from herdbook.reports.answers import document_text
from herdbook.telling.document import Table
from herdbook.telling.search import all_columns, count_of_runs, exact, fitting_columns, tell_runs
from run_samples import records_of, run_data

RECORDS = records_of(
    run_data(
        "a-run-with-a-long-name",
        started_at="2024-03-15T09:12:00Z",
        metrics={"auc": 0.912345678, "rows": 1200000, "loss": 0.1},
        params={"depth": 8},
    ),
    run_data("b", started_at="2024-03-16T09:12:00.250Z", metrics={"auc": 0.7}, tags={"team": "a b"}),
    policy={"metrics": {"loss": {"direction": "lower"}, "recall": {"direction": "higher"}}},
)
ALWAYS = ["run_id", "experiment", "type", "status", "start_time"]


def table(filter_text: str = "", width: int | None = None, columns: str = "") -> Table:
    answer = search(RECORDS, filter_text)
    chosen = columns_of(RECORDS.catalog, columns) if columns else ()
    (found,) = (block for section in tell_runs(answer, chosen, width).sections for block in section.blocks)
    assert isinstance(found, Table)
    return found


def test_a_table_of_what_is_asked_and_what_is_judged() -> None:
    # No run has the metric recall, which the policy judges.
    found = table("metrics.auc > 0.8 AND params.depth = '8'")
    assert found.columns == (*ALWAYS, "metrics.auc", "params.depth", "metrics.loss")
    assert found.numbers == {5, 7}
    shown = document_text(tell_runs(search(RECORDS, "metrics.auc > 0.8 AND params.depth = '8'")))
    assert shown == (
        "1 of 2 runs fits metrics.auc > 0.8 AND params.depth = '8'\n"
        "\n"
        "Runs, the newest first\n"
        "  run_id                  experiment  type      status    start_time"
        "        metrics.auc  params.depth  metrics.loss\n"
        f"  {'─' * 113}\n"
        "  a-run-with-a-long-name  churn       training  finished  2024-03-15 09:12"
        "       0.9123  8                      0.1\n"
    )


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (200, [*ALWAYS, "metrics.auc", "metrics.loss"]),
        (100, [*ALWAYS, "metrics.auc"]),
        (80, ["run_id", "type", "status", "start_time", "metrics.auc"]),
        (60, ["run_id", "start_time", "metrics.auc"]),
        (40, ["run_id", "metrics.auc"]),
        (10, ["run_id"]),
    ],
)
def test_what_is_asked_comes_before_the_rest_where_room_is_short(
    width: int, columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")  # a dumb one has 80 columns, whatever is said
    assert list(map(str, fitting_columns(search(RECORDS, "metrics.auc > 0"), width))) == columns
    shown = document_text(tell_runs(search(RECORDS, "metrics.auc > 0"), width=width), width)
    assert ("a-run-with-a-long-name" in shown) is (width > 24)


def test_columns_that_are_named_are_shown_whatever_the_room() -> None:
    found = table(columns="tags.team,metrics.rows,end_time,run_id", width=20)
    assert found.columns == ("tags.team", "metrics.rows", "end_time", "run_id")
    assert [["".join(map(str, line)) for line in row[:3]] for row in found.rows] == [
        ["a b", "", ""],
        ["", "1,200,000", ""],
    ]


@pytest.mark.parametrize(
    ("filter_text", "limit", "said"),
    [
        ("", 0, "The catalog has 2 runs"),
        ("", 1, "The catalog has 2 runs; here are the first 1: --limit 0 lists all"),
        ("metrics.auc > 0", 0, "2 of 2 runs fit metrics.auc > 0"),
        ("metrics.auc > 0.8", 0, "1 of 2 runs fits metrics.auc > 0.8"),
        ("metrics.auc > 1", 0, "None of 2 runs fits metrics.auc > 1"),
        (" AND ".join(["metrics.auc > 0"] * 20), 0, "2 of 2 runs fit the filter"),
    ],
)
def test_how_many_fit(filter_text: str, limit: int, said: str) -> None:
    assert count_of_runs(search(RECORDS, filter_text, limit=limit)) == said


def test_without_runs_there_is_no_table_but_the_note() -> None:
    document = tell_runs(search(RECORDS, "metrics.ruc > 0"))
    assert document_text(document) == (
        "None of 2 runs fits metrics.ruc > 0\n\nNote\n  no run has metrics.ruc; did you mean metrics.auc?\n"
    )


def test_all_columns() -> None:
    answer = search(RECORDS)
    names = all_columns(answer)
    assert list(map(str, names)) == [
        *("run_id", "run_name", "experiment", "type", "status", "user_id", "start_time", "end_time"),
        *("artifact_uri", "dataset"),
        *("metrics.auc", "metrics.loss", "metrics.rows", "params.depth", "tags.team"),
    ]
    assert [
        exact(run, name)
        for run in answer.runs
        for name in names
        if str(name) in ("start_time", "metrics.auc")
    ] == [
        "2024-03-16T09:12:00.250Z",
        0.7,
        "2024-03-15T09:12:00Z",
        0.912345678,
    ]


def test_too_many_columns() -> None:
    records = records_of(run_data("wide", metrics={f"m{number}": number for number in range(2_000)}))
    with pytest.raises(QuestionError, match="2,010 metrics, parameters and tags"):
        all_columns(search(records))
