from dataclasses import replace
from pathlib import Path

import pytest

from answer_samples import evidence, example
from comparing import records_of
from herdbook.queries.asking import find
from herdbook.queries.history import Evidence, GitRead, History, history
from herdbook.queries.records import Records
from herdbook.reports.answers import document_text
from herdbook.telling.document import plain
from herdbook.telling.history import tell_history

RETIRED = """\
# models/churn/aliases.yaml
aliases:
  champion:
    - {version: 1, at: "2024-01-12T08:00:00Z", by: ana, approved_by: [bo]}
    - {version: null, at: "2024-01-20T08:00:00Z", by: ana}
# models/churn/stages.yaml, deleted
"""


def ask(records: Records, alias: str = "", at: str = "", known: Evidence | None = None) -> History:
    return history(records, find(records.catalog, "models:/churn"), alias, at, known)


@pytest.mark.parametrize(
    ("alias", "at", "lead"),
    [
        (
            "",
            "",
            "models:/churn has @champion on version 2, @rollback on version 1, stage staging on version 1 "
            "and stage production on version 2. 7 promotions on record, from 2024-01-11 to 2024-01-15.",
        ),
        (
            "champion",
            "",
            "models:/churn@champion is models:/churn/2, set by ana on 2024-01-15 08:00 and approved by bo, "
            "served by endpoints:/predict (90 %). 2 promotions on record, from 2024-01-12 to 2024-01-15.",
        ),
        (
            "champion",
            "2024-01-13T23:59:59.999999Z",
            "At the end of 2024-01-13 (UTC), models:/churn@champion was models:/churn/1, set by ana on "
            "2024-01-12 08:00 and approved by bo; it was served by endpoints:/predict (90 %). "
            "1 promotion on record, on 2024-01-12.",
        ),
        (
            "rollback",
            "2024-01-13T12:30:00Z",
            "At 2024-01-13 12:30 (UTC), nothing of models:/churn@rollback was in force.",
        ),
    ],
)
def test_the_lead_says_it_all(alias: str, at: str, lead: str) -> None:
    assert plain(tell_history(ask(example(), alias, at)).lead) == lead


def test_what_was_taken_out_of_use_is_in_force_no_more(tmp_path: Path) -> None:
    document = tell_history(ask(records_of(tmp_path, RETIRED), "champion"))
    assert plain(document.lead).startswith(
        "Nothing of models:/churn@champion is in force. 2 promotions on record"
    )
    assert "1 -> none" in document_text(document)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (ask(example()), "they are in no git history that could confirm it"),
        (replace(ask(example()), git=GitRead.PARTLY), "Git tells only a part of the history"),
        (replace(ask(example()), git_note="git log failed"), "could not be read: git log failed"),
        (ask(example(), known=evidence()), ""),
    ],
)
def test_what_git_did_not_tell_is_said(answer: History, note: str) -> None:
    sections = [section for section in tell_history(answer).sections if section.title == "Note"]
    assert bool(sections) is bool(note)
    assert note in document_text(tell_history(answer))


def test_a_configuration_that_is_not_of_the_time_is_said_to_be(tmp_path: Path) -> None:
    at = "2024-01-13T23:59:59Z"
    today = document_text(tell_history(ask(example(), at=at)))
    assert "This is what the endpoints are configured to serve today" in today
    then = document_text(tell_history(ask(example(), at=at, known=evidence())))
    assert "As the endpoints were in commit 1111111111 of 2024-01-12 09:00." in then


def test_lines_that_no_commit_holds_are_not_committed() -> None:
    answer = ask(example(), known=evidence())
    open_event = replace(answer.events[0], recorded=None)
    text = document_text(tell_history(replace(answer, events=(open_event, *answer.events[1:]))))
    assert text.count("not committed") == 1
    partly = replace(answer, events=(open_event, *answer.events[1:]), git=GitRead.PARTLY)
    assert "unknown" in document_text(tell_history(partly))


def test_a_long_answer_is_cut_to_the_newest_and_says_so() -> None:
    answer = ask(example(), known=evidence())
    many = replace(
        answer,
        events=answer.events * 1_000,
        holdings=answer.holdings * 1_000,
        serving=answer.serving * 1_000,
        disagreements=answer.disagreements * 1_000,
    )
    text = document_text(tell_history(many))
    assert len(text.splitlines()) < 240
    assert "6,950 earlier ones; --format json lists them all." in text
