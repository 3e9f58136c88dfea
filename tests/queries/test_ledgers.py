from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from answer_samples import evidence, example
from herdbook.queries.history import Evidence, GitRead, History
from herdbook.queries.ledgers import DisagreementKind
from ledger_samples import BACK, FIRST, GONE, HEAD, SECOND, STAGES, ask, commits, ledger


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
