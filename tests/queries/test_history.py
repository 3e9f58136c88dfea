from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer_samples import evidence, example
from comparing import records_of
from herdbook.git import Commit, FolderState
from herdbook.opening import read_catalog
from herdbook.queries.asking import QuestionError
from herdbook.queries.history import (
    Evidence,
    GitRead,
    moment_of,
)
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.tree import DirTree
from ledger_samples import ALIASES, BACK, FIRST, GONE, SECOND, STAGES, ask, ledger
from rule_examples import case

TODAY = date(2024, 2, 1)


def test_every_promotion_is_told_the_newest_last() -> None:
    answer = ask(example())
    assert [
        (each.at[8:10], each.held_by, each.version and each.version.version) for each in answer.events
    ] == [
        ("11", "stage staging", "1"),
        ("12", "@champion", "1"),
        ("12", "stage production", "1"),
        ("15", "@champion", "2"),
        ("15", "@rollback", "1"),
        ("15", "stage staging", "1"),
        ("15", "stage production", "2"),
    ]
    (moved,) = (each for each in answer.events if each.held_by == "@champion" and each.before is not None)
    assert (str(moved.before), moved.by, moved.approved_by) == ("models:/churn/1", "ana", ("bo",))
    assert (answer.git, answer.disagreements) == (GitRead.NOTHING, ())


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-01-11T11:59:59Z", {}),
        ("2024-01-11T12:00:00Z", {"stage staging": "1"}),
        ("2024-01-12T07:59:59.999Z", {"stage staging": "1"}),
        ("2024-01-12T08:00:00Z", {"@champion": "1", "stage production": "1"}),
        (
            "2024-01-15T08:00:00.5Z",
            {"@champion": "2", "@rollback": "1", "stage staging": "1", "stage production": "2"},
        ),
    ],
)
def test_what_was_in_force_at_a_time(at: str, expected: dict[str, str]) -> None:
    answer = ask(example(), at=at)
    assert {each.held_by: each.version and each.version.version for each in answer.holdings} == expected
    assert all(each.at.removesuffix("Z") <= at.removesuffix("Z") for each in answer.events)


def test_an_alias_can_go_back_and_be_taken_out_of_use(tmp_path: Path) -> None:
    records = ledger(tmp_path, FIRST, SECOND, BACK, GONE)
    answer = ask(records)
    assert [
        (each.before and each.before.version, each.version and each.version.version) for each in answer.events
    ] == [
        (None, "1"),
        ("1", "2"),
        ("2", "1"),
        ("1", None),
    ]
    assert [each.version for each in answer.holdings] == [None]
    (then,) = ask(records, at="2024-01-21T00:00:00Z").holdings
    assert (str(then.version), then.since) == ("models:/churn/1", "2024-01-20T08:00:00Z")


def test_a_ledger_that_is_out_of_order_is_read_by_its_times(tmp_path: Path) -> None:
    records = ledger(tmp_path, SECOND, FIRST)
    assert [each.at[8:10] for each in ask(records).events] == ["12", "15"]
    (holding,) = ask(records, at="2024-01-13T00:00:00Z").holdings
    assert str(holding.version) == "models:/churn/1"


def test_stages_that_are_out_of_order_are_read_by_their_times(tmp_path: Path) -> None:
    stages = """\
# models/churn/stages.yaml
transitions:
  - {version: 1, stage: production, at: "2024-01-15T08:00:00Z", by: ana}
  - {version: 1, stage: staging, at: "2024-01-12T08:00:00Z", by: ana}
"""
    answer = ask(records_of(tmp_path, stages), at="2024-01-16T08:00:00Z")
    held = [each.held_by for each in answer.holdings if each.held_by.startswith("stage")]
    assert held == ["stage production"]


def test_now_the_last_line_is_in_force_also_in_one_that_is_out_of_order(tmp_path: Path) -> None:
    (holding,) = ask(ledger(tmp_path, SECOND, FIRST)).holdings
    assert str(holding.version) == "models:/churn/1"


def test_a_fraction_of_nothing_is_no_later_moment(tmp_path: Path) -> None:
    records = ledger(tmp_path, FIRST, SECOND.replace("00Z", "00.000Z"))
    (holding,) = ask(records, at="2024-01-15T08:00:00Z").holdings
    assert str(holding.version) == "models:/churn/2"
    pinned = records.catalog.pinned(Ref.model("churn", alias="champion"), "2024-01-15T08:00:00Z")
    assert str(pinned) == "models:/churn/2"


def test_one_alias_can_be_asked_about() -> None:
    answer = ask(example(), alias="rollback")
    assert {each.held_by for each in answer.events} == {"@rollback"}
    assert {each.held_by for each in answer.holdings} == {"@rollback"}
    assert [str(each.model) for each in answer.serving] == ["models:/churn/1"]


def test_what_serves_it_today() -> None:
    assert [
        (str(each.endpoint), str(each.model), str(each.version), each.traffic)
        for each in ask(example()).serving
    ] == [
        ("endpoints:/predict", "models:/churn@champion", "models:/churn/2", 90),
        ("endpoints:/predict", "models:/churn/1", "models:/churn/1", 10),
    ]


def test_what_served_it_then_is_told_by_git_or_else_by_the_configuration_of_today() -> None:
    at = "2024-01-13T23:59:59Z"
    (then,) = ask(example(), at=at, known=evidence()).serving
    assert (str(then.version), then.traffic) == ("models:/churn/1", 100)
    today = ask(example(), at=at)
    assert [(str(each.version), each.traffic) for each in today.serving] == [
        ("models:/churn/1", 90),
        ("models:/churn/1", 10),
    ]
    assert today.serving_from is None


def test_endpoints_that_git_kept_but_nobody_can_read_are_left_out() -> None:
    state = FolderState(
        Commit("1" * 40, "Ana", "2024-01-12T09:00:00Z", ""),
        {"bad.yaml": b"kind: [", "odd.txt": b"x", "other.yaml": b"\xff", "a/b.yaml": b"kind: run"},
    )
    answer = ask(example(), at="2024-01-13T23:59:59Z", known=Evidence({}, state))
    assert answer.serving == ()
    assert answer.serving_from is not None


# Errors


def test_what_has_no_history_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="datasets:/orders has no history of promotions: name a model"):
        ask(example(), "datasets:/orders")
    with pytest.raises(QuestionError, match="models:/churn/1 has no history of promotions"):
        ask(example(), "churn/1")
    none = f"# {ALIASES}, deleted\n# {STAGES}, deleted\n"
    with pytest.raises(QuestionError, match="models:/churn has no ledger: no alias or stage was ever set"):
        ask(records_of(tmp_path, none))


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        ("champio", "models:/churn never had an alias 'champio'; did you mean champion?"),
        ("zzz", "models:/churn never had an alias 'zzz'; there are champion, rollback"),
    ],
)
def test_an_unknown_alias_is_an_error(alias: str, message: str) -> None:
    with pytest.raises(QuestionError) as caught:
        ask(example(), alias=alias)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("files", "alias", "refused"),
    [
        (f"# {ALIASES}, whole\nkind: [\n# {STAGES}, deleted\n", "", ALIASES),
        (f"# {ALIASES}, whole\nkind: [\n", "", ALIASES),
        (f"# {ALIASES}, whole\nkind: [\n", "champion", ALIASES),
        (f"# {STAGES}, whole\nkind: [\n", "", STAGES),
    ],
)
def test_a_ledger_that_is_refused_is_said_to_be(tmp_path: Path, files: str, alias: str, refused: str) -> None:
    case(files).lay(tmp_path / "catalog")
    records = Records(read_catalog(DirTree(tmp_path / "catalog")), TODAY)
    with pytest.raises(QuestionError) as caught:
        ask(records, alias=alias)
    assert str(caught.value) == f"{refused} is refused; `herdbook check` says why"


def test_an_alias_is_told_of_where_only_the_stages_are_refused(tmp_path: Path) -> None:
    case(f"# {STAGES}, whole\nkind: [\n").lay(tmp_path / "catalog")
    records = Records(read_catalog(DirTree(tmp_path / "catalog")), TODAY)
    assert [each.held_by for each in ask(records, alias="champion").events] == ["@champion"] * 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", "2024-01-31T23:59:59.999999999Z"),
        ("2024-02-01", "2024-02-01T23:59:59.999999999Z"),
        ("2024-01-31T12:00", "2024-01-31T12:00:00Z"),
        ("2024-01-31 12:00:00", "2024-01-31T12:00:00Z"),
        ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z"),
        ("2024-01-31T12:00:00.25Z", "2024-01-31T12:00:00.250000Z"),
        ("2024-01-31T12:00:00.000000001Z", "2024-01-31T12:00:00.000000001Z"),
        ("2024-01-31T12:00:00.1234567+02:00", "2024-01-31T10:00:00.1234567Z"),
        ("2024-01-31T12:00:00+02:00", "2024-01-31T10:00:00Z"),
    ],
)
def test_a_date_means_its_end_and_a_time_is_utc(text: str, moment: str) -> None:
    assert moment_of(text, TODAY) == moment


@pytest.mark.parametrize("asked", ["2024-01-15T23:59:59.9999999Z", "2024-01-15"])
def test_a_line_finer_than_microseconds_is_in_force_at_its_own_time(tmp_path: Path, asked: str) -> None:
    records = ledger(tmp_path, FIRST, SECOND.replace("08:00:00Z", "23:59:59.9999999Z"))
    assert [str(holding.version) for holding in ask(records, at=moment_of(asked, TODAY)).holdings] == [
        "models:/churn/2"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no date: write a date such as 2024-03-01, or a time such as 2024-03-01T12:00:00Z"),
        ("yesterday", "'yesterday' is no date"),
        ("2024-02-30", "'2024-02-30' is no date"),
        ("2024-01-31T25:00:00Z", "is no date"),
        ("0001-01-01T00:00:00+23:00", "is no date"),
        ("2024-02-02", "2024-02-02 has not been yet"),
        ("2024-02-02T00:00:00Z", "has not been yet"),
        ("2024-02-01T23:59:00-01:00", "has not been yet"),
    ],
)
def test_what_is_no_past_date_is_an_error(text: str, message: str) -> None:
    with pytest.raises(QuestionError, match=r"date|yet") as caught:
        moment_of(text, TODAY)
    assert message in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_refused_in_words(text: str) -> None:
    try:
        moment = moment_of(text, TODAY)
    except QuestionError:
        return
    assert datetime.fromisoformat(moment) < datetime(2024, 2, 2, tzinfo=UTC) + timedelta(0)
