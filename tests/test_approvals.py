import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herdbook.approvals import (
    LARGEST_FILE,
    Approvals,
    Review,
    Reviews,
    State,
    co_authors,
    read_reviews,
    verified,
)
from herdbook.errors import HerdbookError
from herdbook.yaml.reader import parse_yaml
from reading import JSON

DATA = Path(__file__).parent / "data" / "approvals"
COMMITS = {"head": "a" * 40, "older": "b" * 40, "newer": "c" * 40}
HEAD = COMMITS["head"]
M, S = "d" * 40, "e" * 40


def load(name: str) -> Any:
    return parse_yaml((DATA / name).read_bytes()).value


GITHUB = load("histories.yaml")
GITLAB = load("gitlab.yaml")
PEOPLE: Mapping[str, Any] = GITHUB["people"]


def read_one(raw: bytes) -> Reviews:
    (reviews,) = read_reviews(raw)
    return reviews


def says(history: Mapping[str, Any]) -> str:
    return str(history["says"])


def on_github(row: list[Any]) -> dict[str, Any]:
    """A review as GitHub's API has it, from a row of a history."""
    account, state, commit, minute = row
    login, _, kind = (account or "").partition(" (")
    return {
        "id": 80,
        "node_id": "MDE3OlB1bGxSZXF1ZXN0UmV2aWV3ODA=",
        "user": None if account is None else {"login": login, "id": 1, "type": kind.rstrip(")") or "User"},
        "body": "",
        "state": state,
        "submitted_at": None if minute is None else f"2024-05-01T10:{minute:02}:00Z",
        "commit_id": COMMITS.get(commit, commit),
        "author_association": "COLLABORATOR",
    }


def answer(history: Mapping[str, Any]) -> bytes:
    """What the reviews file holds: the plain list where it is enough, the object of answers otherwise."""
    reviews = [on_github(row) for row in history["reviews"]]
    if not {"opened", "accounts"} & history.keys():
        return json.dumps(reviews).encode()
    accounts = history.get("accounts", [])
    commits = [{"commit": {}, "author": None, "committer": {"login": login}} for login in accounts]
    pull = {"user": {"login": history["opened"]}, "head": {"sha": HEAD}, "commits": len(commits)}
    return json.dumps({"reviews": reviews, "commits": commits, "pull_request": pull}).encode()


def reasons(approvals: Approvals) -> list[str]:
    return [uncounted.reason for uncounted in approvals.uncounted]


@pytest.mark.parametrize("history", GITHUB["histories"], ids=says)
def test_whose_approval_counts_on_github(history: Mapping[str, Any]) -> None:
    reviews = read_one(answer(history))
    approvals = verified(
        reviews, PEOPLE, HEAD, map(tuple, history.get("commits", [])), history.get("pushed", [])
    )
    assert list(approvals.counted) == history.get("counts", [])
    assert len(approvals.uncounted) + len(approvals.counted) == len(reviews.reviews)
    told = [reason.removeprefix("the review by ").split(" ", 1)[1] for reason in reasons(approvals)]
    expected = history.get("because", [])
    assert [part.endswith(end) for part, end in zip(told, expected, strict=True)] == [True] * len(expected), (
        told
    )
    assert all(
        review.state is State.APPROVED and review.commit == HEAD for review in approvals.counted.values()
    )


@pytest.mark.parametrize("history", GITLAB["histories"], ids=says)
def test_whose_approval_counts_on_gitlab(history: Mapping[str, Any]) -> None:
    reviews = read_one(json.dumps(history["answer"]).encode())
    approvals = verified(reviews, GITLAB["people"], HEAD, ())
    assert reviews.forge == "gitlab"
    assert list(approvals.counted) == history.get("counts", [])
    assert reasons(approvals) == history.get("because", [])


def test_the_tables_are_long_enough() -> None:
    for table, least in ((GITHUB, 40), (GITLAB, 10)):
        names = [says(history) for history in table["histories"]]
        assert len(set(names)) == len(names) >= least


def test_what_github_answers_is_read_whole() -> None:
    reviews = read_one((DATA / "github.json").read_bytes())
    assert reviews == Reviews(
        "github",
        (
            Review(
                "octocat",
                State.APPROVED,
                "ecdd80bb57125d7ba9641ffaa4d7d2c19d3f3091",
                at("2019-11-17T17:43:00Z"),
            ),
            Review(
                "dependabot[bot]",
                State.COMMENTED,
                "ecdd80bb57125d7ba9641ffaa4d7d2c19d3f3091",
                at("2019-11-17T17:44:00Z"),
                human=False,
            ),
        ),
        frozenset({"monalisa", "web-flow"}),
        frozenset(
            {
                ("Mona Lisa", "mona@example.org"),
                ("GitHub", "noreply@github.com"),
                ("Nobody", "nobody@example.org"),
                ("Hub Ot", "hubot@example.org"),
            }
        ),
        True,
        "6dcb09b5b57875f334f61aebed695e2e4193db5e",
        "main",
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("part", ["author", "committer", "message"])
def test_who_stands_in_the_commits_of_the_answer_does_not_approve(part: str) -> None:
    said = {"name": "Ana Byron", "email": "x@example.net"}
    co_author = "Fix\n\nCo-authored-by: Ana Byron <x@example.net>"
    commit = {"commit": {part: co_author if part == "message" else said}}
    reviews = [on_github(["Ana-B", "APPROVED", "head", 1])]
    on_hub = read_one(json.dumps({"reviews": reviews, "commits": [commit]}).encode())
    assert not on_hub.all_commits
    assert not verified(on_hub, PEOPLE, HEAD, ()).counted
    approvals = {"approved_by": [{"user": {"username": "ana.byron"}}]}
    flat = {"message": co_author} if part == "message" else {f"{part}_name": "Ana Byron", f"{part}_email": ""}
    whole = {
        "approvals": approvals,
        "commits": [flat],
        "merge_request": {"sha": HEAD},
        "project_approvals": {"reset_approvals_on_push": True},
    }
    assert not verified(read_one(json.dumps(whole).encode()), PEOPLE, HEAD, ()).counted
    del whole["commits"]
    assert verified(read_one(json.dumps(whole).encode()), PEOPLE, HEAD, ()).counted


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ({}, False),
        ({"commits": [{"commit": {}}]}, False),
        ({"pull_request": {"head": {"sha": HEAD}, "commits": 1}}, False),
        ({"pull_request": {"head": {"sha": HEAD}}, "commits": [{"commit": {}}]}, False),
        ({"pull_request": {"head": {"sha": HEAD}, "commits": 1}, "commits": [{"commit": {}}]}, True),
    ],
)
def test_all_commits_are_listed_where_the_pull_request_counts_as_many(
    parts: dict[str, Any], *, whole: bool
) -> None:
    assert read_one(json.dumps({"reviews": [], **parts}).encode()).all_commits is whole


def test_co_authors_stand_in_lines_of_their_own() -> None:
    message = (
        "Fix\n\nCo-authored-by: A B <a@b>\nCO-AUTHORED-BY:<c@d>\n"
        "  Co-authored-by: no <x>\nCo-authored-by: no\n"
    )
    assert co_authors(message) == [("A B", "a@b"), ("", "c@d")]
    assert co_authors("co-authored-by:" + " " * 1_000_000) == []


def test_pages_may_stand_behind_each_other_or_in_a_list() -> None:
    first, second = ([on_github(["Ana-B", "APPROVED", "head", minute])] for minute in (1, 2))
    whole = read_one(json.dumps(first + second).encode())
    assert len(whole.reviews) == 2
    assert read_one(json.dumps([first, second]).encode()) == whole
    assert read_one(f" {json.dumps(first)}\n{json.dumps(second)}\r\n".encode()) == whole
    assert read_one(json.dumps({"reviews": [first, second]}).encode()) == whole
    assert read_one(b"[]").reviews == read_one(b"[[], []]").reviews == ()


def test_answers_about_several_changes_stand_behind_each_other() -> None:
    whole = {"approvals": {"approved_by": []}, "merge_request": {"sha": HEAD}}
    parts: list[Any] = [{"reviews": [on_github(["Ana-B", "APPROVED", "head", 1])]}, whole, {"reviews": []}]
    texts = [json.dumps(part) for part in parts]
    several = read_reviews("\n".join(texts).encode())
    assert several == tuple(read_one(text.encode()) for text in texts)
    assert [each.forge for each in several] == ["github", "gitlab", "github"]
    for odd in ("[]", "{}", "3", "[{}]"):
        with pytest.raises(HerdbookError, match="The reviews file holds no reviews"):
            read_reviews(f"{texts[0]} {odd}".encode())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"state": "opened", "merge_commit_sha": M}, ("", "")),
        ({"state": "merged", "merge_commit_sha": M, "squash_commit_sha": None}, (M, "")),
        ({"state": "merged", "merge_commit_sha": M, "squash_commit_sha": S}, (M, S)),
        ({"state": "merged", "merge_commit_sha": None, "squash_commit_sha": S}, (S, S)),
        ({"state": "merged", "merge_commit_sha": None}, (HEAD, "")),
    ],
)
def test_gitlab_says_as_what_it_merged_a_change(parts: dict[str, Any], expected: tuple[str, str]) -> None:
    request = {"sha": HEAD, "target_branch": "main", **parts}
    found = read_one(json.dumps({"approvals": {"approved_by": []}, "merge_request": request}).encode())
    assert (found.merged, found.squashed, found.target) == (*expected, "main")


def test_the_reason_names_who_and_nothing_that_deceives() -> None:
    reviews = Reviews("github", (Review("a\u202eb\x1b[2K\n::error::", State.APPROVED, HEAD),) * 1)
    (reason,) = reasons(verified(reviews, PEOPLE, HEAD, ()))
    assert reason.startswith(r"the review by a\u202eb\x1b[2K\n::error:: is by nobody")
    assert reason.isprintable()


def test_a_long_login_is_cut() -> None:
    (reason,) = reasons(
        verified(Reviews("github", (Review("x" * 5000, State.APPROVED, HEAD),)), PEOPLE, HEAD, ())
    )
    assert len(reason) < 200


@pytest.mark.parametrize("head", ["", "a" * 7, "HEAD", "0" * 40])
def test_without_the_hash_of_the_head_nothing_counts(head: str) -> None:
    reviews = Reviews(
        "github", (Review("Ana-B", State.APPROVED, HEAD), Review("bo-lind", State.APPROVED, head))
    )
    approvals = verified(reviews, PEOPLE, head, ())
    assert not approvals.counted
    assert reasons(approvals)[0].endswith("was made on aaaaaaa, and the head of the change is not known")


REFUSED = load("refused.yaml")


@pytest.mark.parametrize("case", REFUSED, ids=says)
def test_what_is_no_answer_is_refused(case: Mapping[str, Any]) -> None:
    with pytest.raises(HerdbookError) as raised:
        read_reviews(case["file"].encode())
    message = str(raised.value)
    assert case["because"] in message
    assert message.isprintable()
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("raw", "because"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" + b"1" * 5_000 + b"]", "too many digits"),
        (b"[] " * 1_001, "more than 1,000 pages"),
        (b" " * (LARGEST_FILE + 1), "larger than 8 MiB"),
        (b'["\xff"]', "not UTF-8 (byte 2)"),
        ("[]".encode("utf-16"), "not UTF-8"),
        (b"\xef\xbb\xbf[]", "not JSON"),
    ],
)
def test_bombs_and_other_encodings_are_refused(raw: bytes, because: str) -> None:
    with pytest.raises(HerdbookError, match=because.replace("(", r"\(").replace(")", r"\)")):
        read_reviews(raw)


def test_a_file_of_the_largest_size_is_read() -> None:
    assert read_one(b"[]" + b" " * (LARGEST_FILE - 2)).reviews == ()


LOGINS = st.sampled_from(
    ["Ana-B", "ana-b", "bo-lind", "kim", "shared", "12-fox", "mallory", "\u212aim", "\u0435ve"]
)
OWNERS = {"Ana-B": "ana", "ana-b": "ana", "bo-lind": "bo", "kim": "kim", "12-fox": "fox"}
MOMENTS = st.integers(0, 5).map(lambda minute: datetime(2024, 5, 1, 10, minute, tzinfo=UTC))
REVIEWS = st.builds(
    Review,
    LOGINS,
    st.sampled_from(State),
    st.sampled_from([*COMMITS.values(), ""]),
    st.none() | MOMENTS,
    st.booleans(),
)
HISTORIES = st.lists(REVIEWS, max_size=8).map(tuple)
COMMIT_PEOPLE = st.lists(
    st.sampled_from(
        [
            ("Ana Byron", "x@example.net"),
            ("x", "BO@example.org"),
            ("x", "1+kim@users.noreply.github.com"),
            ("Mo", "mo@example.org"),
        ]
    ),
    max_size=3,
)


def people_of(history: tuple[Review, ...], commits: list[tuple[str, str]] | None = None) -> set[str]:
    return set(verified(Reviews("github", history), PEOPLE, HEAD, commits or ()).counted)


@given(HISTORIES)
def test_approvals_by_authors_alone_yield_none(history: tuple[Review, ...]) -> None:
    reviews = Reviews("github", history, frozenset(review.login for review in history))
    assert not verified(reviews, PEOPLE, HEAD, ()).counted


@given(HISTORIES, COMMIT_PEOPLE)
def test_more_that_wrote_it_never_add_approvals(
    history: tuple[Review, ...], commits: list[tuple[str, str]]
) -> None:
    assert people_of(history, commits) <= people_of(history)
    wrote = {"Ana Byron": "ana", "Mo": None}
    assert not {wrote.get(name) for name, _ in commits} & people_of(history, commits)


@given(HISTORIES, LOGINS, st.sampled_from([State.CHANGES_REQUESTED, State.DISMISSED, State.UNKNOWN]))
def test_a_later_objection_never_adds_approvals(
    history: tuple[Review, ...], login: str, state: State
) -> None:
    later = Review(login, state, HEAD, datetime(2024, 5, 2, tzinfo=UTC))
    after = people_of((*history, later))
    assert after <= people_of(history)
    assert OWNERS.get(login) not in after


@given(HISTORIES, st.sampled_from([State.COMMENTED, State.PENDING]), LOGINS)
def test_what_says_nothing_changes_nothing(history: tuple[Review, ...], state: State, login: str) -> None:
    assert people_of((*history, Review(login, state, HEAD, datetime(2024, 5, 2, tzinfo=UTC)))) == people_of(
        history
    )


@given(HISTORIES, COMMIT_PEOPLE)
def test_every_review_counts_or_has_a_reason(
    history: tuple[Review, ...], commits: list[tuple[str, str]]
) -> None:
    approvals = verified(Reviews("github", history), PEOPLE, HEAD, commits)
    left = list(history)
    for review in (*approvals.counted.values(), *(uncounted.review for uncounted in approvals.uncounted)):
        left.remove(review)
    assert not left
    assert all(reason.isprintable() and reason.startswith("the review by ") for reason in reasons(approvals))
    assert set(approvals.counted) <= {"ana", "bo", "kim", "fox"}
    assert all(
        (review.state, review.commit, review.human) == (State.APPROVED, HEAD, True)
        for review in approvals.counted.values()
    )


@given(st.permutations(range(5)))
def test_the_order_of_an_answer_does_not_matter_where_times_differ(order: list[int]) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    states = (State.APPROVED, State.DISMISSED, State.APPROVED, State.CHANGES_REQUESTED, State.APPROVED)
    history = [Review("kim", state, HEAD, start + timedelta(minutes=n)) for n, state in enumerate(states)]
    assert people_of(tuple(history[index] for index in order)) == {"kim"}
    assert people_of(tuple(history[index] for index in order if index != 4)) == set()


PARTS = ["reviews", "commits", "pull_request", "approvals", "merge_request", "project_approvals", "versions"]
KEYS = [
    *PARTS,
    "approved_by",
    "user",
    "login",
    "username",
    "type",
    "state",
    "commit_id",
    "submitted_at",
    "sha",
    "commit",
    "message",
    "name",
    "head",
    "author",
    "committer",
    "approved_at",
    "created_at",
    "head_commit_sha",
    "reset_approvals_on_push",
]
LEAVES = (
    JSON
    | st.sampled_from(
        ["User", "APPROVED", "kim", HEAD, "2024-05-01T10:00:00Z", "9999-12-31T23:59:59-23:59", "\ud800"]
    )
    | st.sampled_from(["0001-01-01T00:00:00+23:59", "2024-05-01", "2024-W01-1", "", True])
)
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
)


def refusal(raw: bytes) -> str:
    """Why an answer is refused; empty where it is not, and could be judged."""
    try:
        reviews = read_one(raw)
    except HerdbookError as error:
        return str(error)
    approvals = verified(reviews, PEOPLE, HEAD, [("Mo", "mo@example.org")])
    assert len(approvals.counted) + len(approvals.uncounted) == len(reviews.reviews)
    return ""


@given(ANSWERS)
def test_json_of_any_kind_is_judged_or_refused(value: Any) -> None:
    message = refusal(json.dumps(value).encode())
    assert message == "" or message.isprintable()


@given(st.dictionaries(st.sampled_from(PARTS), ANSWERS))
def test_objects_of_any_answers_are_judged_or_refused(value: dict[str, Any]) -> None:
    message = refusal(json.dumps(value).encode())
    assert message == "" or message.isprintable()


@given(
    st.lists(
        st.fixed_dictionaries(
            {"user": st.fixed_dictionaries({"login": LEAVES, "type": LEAVES}) | LEAVES, "state": LEAVES},
            optional={"submitted_at": LEAVES, "commit_id": LEAVES},
        )
    )
)
def test_reviews_of_any_values_are_judged_or_refused(value: list[Any]) -> None:
    message = refusal(json.dumps(value).encode())
    assert message == "" or message.isprintable()


@given(st.binary() | st.text().map(str.encode))
def test_bytes_of_any_kind_are_judged_or_refused(raw: bytes) -> None:
    message = refusal(raw)
    assert message == "" or message.isprintable()
