from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer_samples import evidence, example
from comparing import records_of
from herdbook.git import Commit, FileHistory, FolderState, Version
from herdbook.opening import read_catalog
from herdbook.queries.asking import QuestionError, find
from herdbook.queries.history import (
    DisagreementKind,
    Evidence,
    GitRead,
    History,
    history,
    ledger_files,
    moment_of,
)
from herdbook.queries.records import Records
from herdbook.ref import Ref
from herdbook.tree import DirTree
from rule_examples import case

TODAY = date(2024, 2, 1)
ALIASES, STAGES = ledger_files("churn")
HEAD = "kind: aliases\nmodel: churn\naliases:\n  champion:\n"
FIRST = '    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}\n'
SECOND = '    - {version: 2, at: "2024-01-15T08:00:00Z", by: ana, approved_by: [bo]}\n'
BACK = '    - {version: 1, at: "2024-01-20T08:00:00Z", by: ana, approved_by: [bo]}\n'
GONE = '    - {version: null, at: "2024-01-25T08:00:00Z", by: ana, reason: retired}\n'


def ask(
    records: Records, text: str = "churn", alias: str = "", at: str = "", known: Evidence | None = None
) -> History:
    return history(records, find(records.catalog, text), alias, at, known)


def ledger(folder: Path, *lines: str) -> Records:
    """The example with one alias and no stages."""
    laid = f"# {ALIASES}, whole\n{HEAD}{''.join(lines)}# {STAGES}, deleted\n"
    return records_of(folder, laid)


def commits(*ledgers: str | None, complete: bool = True) -> Evidence:
    """A history in which a commit a day, from the 25th of January at noon, made these of the ledger."""
    versions = tuple(
        Version(
            Commit(f"{number}" * 40, "Ana", f"2024-01-{24 + number}T12:00:00Z", f"Change (#{number})"),
            content.encode() if content is not None else None,
        )
        for number, content in enumerate(ledgers, 1)
    )
    return Evidence({ALIASES: FileHistory(versions, complete)})


# What the ledgers tell


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


def test_a_ledger_that_is_refused_is_said_to_be(tmp_path: Path) -> None:
    case(f"# {ALIASES}, whole\nkind: [\n# {STAGES}, deleted\n").lay(tmp_path / "catalog")
    records = Records(read_catalog(DirTree(tmp_path / "catalog")), TODAY)
    with pytest.raises(QuestionError, match=r"aliases\.yaml is refused; `herdbook check` says why"):
        ask(records)


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


# What git adds


def recorded(answer: History) -> Iterator[str]:
    for event in answer.events:
        yield event.recorded.commit[:1] if event.recorded is not None else "-"


def test_each_line_is_followed_to_the_commit_that_recorded_it(tmp_path: Path) -> None:
    records = ledger(tmp_path, FIRST, SECOND, BACK)
    known = commits(f"{HEAD}{FIRST}", f"{HEAD}{FIRST}", f"{HEAD}{FIRST}", f"{HEAD}{FIRST}{SECOND}")
    answer = ask(records, known=known)
    assert list(recorded(answer)) == ["1", "4", "-"]
    assert (answer.git, answer.disagreements) == (GitRead.READ, ())
    first = answer.events[0].recorded
    assert first is not None
    assert (first.author, first.at, first.pull_request) == ("Ana", "2024-01-25T12:00:00Z", 1)


def test_another_layout_changes_nothing(tmp_path: Path) -> None:
    block = (
        "    - version: 1\n      at: 2024-01-12T08:00:00Z\n      by: ana\n      approved_by:\n        - bo\n"
    )
    known = commits(f"{HEAD}{block}", f"# a comment\n{HEAD}{FIRST}")
    answer = ask(ledger(tmp_path, FIRST), known=known)
    assert (list(recorded(answer)), answer.disagreements) == (["1"], ())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [FIRST.replace("[bo]", "[ana]")],
            [FIRST],
            [("changed", "1", 'approved_by was ["ana"] and became ["bo"]')],
        ),
        (
            [FIRST.replace(", approved_by: [bo]", "")],
            [FIRST],
            [("changed", "1", 'approved_by was nothing and became ["bo"]')],
        ),
        ([FIRST, SECOND], [SECOND], [("removed", "1", "the line was taken out of the ledger")]),
        ([FIRST, SECOND], [FIRST], [("removed", "2", "the line was taken out of the ledger")]),
        ([FIRST], [SECOND, FIRST], []),
        (
            [FIRST, SECOND],
            [FIRST.replace("version: 1", "version: 2"), SECOND, BACK],
            [("changed", "1", "version was 1 and became 2")],
        ),
    ],
)
def test_what_was_done_to_lines_after_they_were_committed_is_told(
    tmp_path: Path, before: list[str], after: list[str], expected: list[tuple[str, str, str]]
) -> None:
    then, now = HEAD + "".join(before), HEAD + "".join(after)
    committed = ask(ledger(tmp_path / "committed", *after), known=commits(then, then, then, now, now))
    assert [
        (each.kind, each.version and each.version.version, each.message) for each in committed.disagreements
    ] == expected
    assert {each.recorded.commit[0] if each.recorded else "-" for each in committed.disagreements} <= {"4"}
    open_change = ask(ledger(tmp_path / "open", *after), known=commits(then, then, then, then))
    assert [each.message for each in open_change.disagreements] == [message for _, _, message in expected]
    assert {each.recorded for each in open_change.disagreements} <= {None}


@pytest.mark.parametrize(("minutes", "told"), [(-60, False), (0, False), (9, False), (11, True)])
def test_a_line_that_was_committed_before_it_happened_is_told(
    tmp_path: Path, minutes: int, told: bool
) -> None:
    at = datetime(2024, 1, 25, 12, tzinfo=UTC) + timedelta(minutes=minutes)
    line = FIRST.replace("2024-01-12T08:00:00Z", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    answer = ask(ledger(tmp_path, line), known=commits(f"{HEAD}{line}"))
    assert [each.kind for each in answer.disagreements] == [DisagreementKind.LATER] * told


def test_a_ledger_that_was_deleted_and_came_back(tmp_path: Path) -> None:
    whole = f"{HEAD}{FIRST}"
    answer = ask(ledger(tmp_path, FIRST), known=commits(whole, None, whole))
    assert [each.kind for each in answer.disagreements] == [DisagreementKind.REMOVED]
    assert list(recorded(answer)) == ["3"]


def test_what_a_shallow_clone_begins_with_was_there_before(tmp_path: Path) -> None:
    known = commits(f"{HEAD}{FIRST}", f"{HEAD}{FIRST}{SECOND}", complete=False)
    answer = ask(ledger(tmp_path, FIRST, SECOND), known=known)
    assert list(recorded(answer)) == ["-", "2"]
    assert answer.git is GitRead.PARTLY


def test_what_came_after_a_version_that_nobody_can_read_may_have_been_in_it(tmp_path: Path) -> None:
    known = commits(f"{HEAD}{FIRST}", "kind: [", f"{HEAD}{FIRST}{SECOND}", f"{HEAD}{FIRST}{SECOND}{BACK}")
    answer = ask(ledger(tmp_path, FIRST, SECOND, BACK), known=known)
    assert list(recorded(answer)) == ["1", "-", "4"]
    assert answer.git is GitRead.PARTLY


def test_a_ledger_that_git_does_not_know_makes_the_history_partial() -> None:
    known = evidence()
    stages_only = Evidence({STAGES: known.ledgers[STAGES]})
    assert ask(example(), known=known).git is GitRead.READ
    assert ask(example(), known=stages_only).git is GitRead.PARTLY
    assert ask(example(), alias="champion", known=stages_only).git is GitRead.NOTHING


def test_many_equal_lines_are_compared_in_no_time(tmp_path: Path) -> None:
    many = FIRST * 3_000
    known = commits(f"{HEAD}{SECOND}{many}{BACK}", f"{HEAD}{BACK}{many}{GONE}")
    answer = ask(ledger(tmp_path, BACK, many, GONE), known=known)
    assert len(answer.events) == 3_002
    assert len(answer.disagreements) > 0
