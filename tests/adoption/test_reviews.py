import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forge_server import Answer, Forge, Question, forge, paged
from herdbook.adoption import reviews
from herdbook.adoption.reviews import bring_heads, reviews_of_change, write_reviews
from herdbook.errors import HerdbookError, StorageError
from herdbook.forge import read_json
from repositories import commit, git, initialised

PULL = "/repos/my-org/catalog/pulls/7"
COMMIT = "c" * 40
REVIEWS = [{"id": number, "state": "APPROVED"} for number in range(250)]
COMMITS = [{"sha": COMMIT}]


def github(question: Question) -> Answer:
    if question.path == f"{PULL}/reviews":
        return paged(REVIEWS, question)
    if question.path == f"{PULL}/commits":
        return paged(COMMITS, question)
    if question.path == PULL:
        return 200, {"number": 7, "head": {"sha": COMMIT}}
    return 404, {"message": "Not Found"}


@pytest.fixture
def running() -> Iterator[Forge]:
    with forge(github) as found:
        yield found


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "_PAUSES", (0.0, 0.0))


def environment(tmp_path: Path, found: Forge, event: Any, **more: str) -> dict[str, str]:
    (tmp_path / "event.json").write_text(json.dumps(event))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": found.url,
        "GITHUB_REPOSITORY": "my-org/catalog",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_SHA": COMMIT,
        "GITHUB_TOKEN": "s3cret",
        **more,
    }


@pytest.mark.parametrize("event", [{"pull_request": {"number": 7}}, {"number": 7, "action": "opened"}])
def test_the_answers_of_github_are_kept_as_they_are(tmp_path: Path, running: Forge, event: Any) -> None:
    found = reviews_of_change(environment(tmp_path, running, event))
    assert found == [
        {
            "reviews": REVIEWS,
            "commits": COMMITS,
            "pull_request": {"number": 7, "head": {"sha": COMMIT}},
        }
    ]
    assert {question.headers["Authorization"] for question in running.asked} == {"Bearer s3cret"}


def test_a_merge_queue_names_the_pull_request_in_its_branch(tmp_path: Path, running: Forge) -> None:
    ref = f"refs/heads/gh-readonly-queue/main/pr-7-{COMMIT}"
    found = reviews_of_change(environment(tmp_path, running, {"merge_group": {}}, GITHUB_REF=ref))
    assert [answers["pull_request"]["number"] for answers in found] == [7]


@pytest.mark.parametrize(
    ("pulls", "expected"),
    [
        ([{"number": 7, "merge_commit_sha": COMMIT}], [7]),
        ([{"number": 9, "merge_commit_sha": "d" * 40}, {"number": 7, "merge_commit_sha": COMMIT}], [7]),
        ([{"number": 9, "merge_commit_sha": "d" * 40}], []),
        ([{"number": 7, "merge_commit_sha": COMMIT}, {"number": 8, "merge_commit_sha": COMMIT}], [7, 8]),
        ([{"number": True, "merge_commit_sha": COMMIT}, 3, None], []),
        ({}, []),
    ],
)
def test_a_push_has_the_reviews_of_what_it_merged(tmp_path: Path, pulls: Any, expected: list[int]) -> None:
    def answers(question: Question) -> Answer:
        if question.path == f"/repos/my-org/catalog/commits/{COMMIT}/pulls":
            return 200, pulls
        number = question.path.removeprefix("/repos/my-org/catalog/pulls/")
        return (200, {"number": int(number)}) if number.isdigit() else (200, [])

    with forge(answers) as found:
        read = reviews_of_change(
            environment(tmp_path, found, {"before": "0" * 40}, GITHUB_REF="refs/heads/main")
        )
    assert [answers["pull_request"]["number"] for answers in read] == expected


@pytest.mark.parametrize("status", [200, 403, 404])
def test_the_answers_of_gitlab_are_kept_as_they_are(status: int) -> None:
    root = "/api/v4/projects/12"
    settings = {"reset_approvals_on_push": True}
    told = {
        f"{root}/merge_requests/3/approvals": {"approved_by": [{"user": {"username": "ana"}}]},
        f"{root}/merge_requests/3/commits": [{"id": COMMIT}],
        f"{root}/merge_requests/3/versions": [{"head_commit_sha": COMMIT}],
        f"{root}/merge_requests/3": {"iid": 3, "sha": COMMIT},
    }

    def answers(question: Question) -> Answer:
        assert question.headers["Private-Token"] == "s3cret"
        return (status, settings) if question.path == f"{root}/approvals" else (200, told[question.path])

    with forge(answers) as found:
        read = reviews_of_change(
            {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{found.url}/api/v4",
                "CI_MERGE_REQUEST_IID": "3",
                "CI_MERGE_REQUEST_PROJECT_ID": "12",
                "HERDBOOK_GITLAB_TOKEN": "s3cret",
            }
        )
    assert read == [
        {
            "approvals": {"approved_by": [{"user": {"username": "ana"}}]},
            "commits": [{"id": COMMIT}],
            "merge_request": {"iid": 3, "sha": COMMIT},
            "versions": [{"head_commit_sha": COMMIT}],
            **({"project_approvals": settings} if status == 200 else {}),
        }
    ]
    assert reviews_of_change({"GITLAB_CI": "true"}) == []


@pytest.mark.parametrize(
    ("answer", "message", "times"),
    [
        ((500, {}), "answers pulls/7/reviews?per_page=100&page=1 with 500: run the job again", 3),
        ((429, {}), "with 429: too many requests", 3),
        ((401, {}), "with 401: the token is not valid", 1),
        ((403, {}), "with 403: the token may not read it: give the job `pull-requests: read`", 1),
        ((404, {}), "with 404: there is none, or the token may not read it", 1),
        ((403, {}, {"X-RateLimit-Remaining": "0"}), "with 403: too many requests were made; run the job", 1),
        ((403, {}, {"Retry-After": "60"}), "with 403: too many requests were made; run the job", 1),
        ((403, {}, {"X-RateLimit-Remaining": "59"}), "with 403: the token may not read it", 1),
        ((302, {}), "with 302: the repository is elsewhere now, and a token is not sent after it", 1),
        ((301, {}), "with 301: the repository is elsewhere now", 1),
        ((200, b"<!DOCTYPE html><title>Sign in</title>"), "is not JSON", 1),
        ((200, b'[{"state": "APPR'), "is not JSON; run the job again", 1),
        ((200, b"\xff\xfe"), "is not JSON", 1),
        ((200, b"[" * 100_000), "is not JSON", 1),
        ((200, {"state": "APPROVED"}), "is not a list", 1),
        ((200, [{}] * 100), "goes over more than 30 pages", 30),
        ((200, b" " * 10_000_001), "is larger than 10 MB", 1),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_forge_that_fails_gives_no_reviews(
    tmp_path: Path, answer: Answer, message: str, times: int
) -> None:
    with forge(lambda question: answer) as found:
        with pytest.raises(HerdbookError) as caught:
            reviews_of_change(environment(tmp_path, found, {"number": 7}))
        assert message in str(caught.value)
        assert len(found.asked) == times
        assert "/elsewhere" not in [question.path for question in found.asked]
    assert "s3cret" not in str(caught.value)


def test_a_page_that_is_not_full_need_not_be_the_last(tmp_path: Path) -> None:
    def answers(question: Question) -> Answer:
        if question.path != f"{PULL}/reviews":
            return github(question)
        first = question.query["page"] == "1"
        headers = (
            {"Link": '<https://forge.example/?page=2>; rel="next"'} if first else {"Link": '<x>; rel="first"'}
        )
        return 200, REVIEWS[:99] if first else REVIEWS[99:101], headers

    with forge(answers) as found:
        read = reviews_of_change(environment(tmp_path, found, {"number": 7}))
    assert read[0]["reviews"] == REVIEWS[:101]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([{"iid": 3, "merge_commit_sha": COMMIT}], [3]),
        ([{"iid": 3, "merge_commit_sha": None, "squash_commit_sha": COMMIT}], [3]),
        ([{"iid": 3, "merge_commit_sha": None, "sha": COMMIT}], [3]),
        ([{"iid": 3, "merge_commit_sha": "d" * 40}], []),
        ([{"iid": 3, "merge_commit_sha": COMMIT}, {"iid": 4, "merge_commit_sha": COMMIT}], [3, 4]),
        ([None, {"iid": True, "merge_commit_sha": COMMIT}], []),
        ({}, []),
    ],
)
def test_a_push_on_gitlab_has_the_approvals_of_what_it_merged(requests: Any, expected: list[int]) -> None:
    root = "/api/v4/projects/12"

    def answers(question: Question) -> Answer:
        if question.path == f"{root}/repository/commits/{COMMIT}/merge_requests":
            return 200, requests
        number = question.path.removeprefix(f"{root}/merge_requests/")
        return (200, {"iid": int(number)}) if number.isdigit() else (200, [])

    with forge(answers) as found:
        read = reviews_of_change(
            {
                "GITLAB_CI": "true",
                "CI_API_V4_URL": f"{found.url}/api/v4",
                "CI_PIPELINE_SOURCE": "push",
                "CI_PROJECT_ID": "12",
                "CI_COMMIT_SHA": COMMIT,
                "HERDBOOK_GITLAB_TOKEN": "s3cret",
            }
        )
    assert [answers["merge_request"]["iid"] for answers in read] == expected


def test_a_forge_that_recovers_is_asked_again(tmp_path: Path) -> None:
    statuses = iter([503, 429])

    def answers(question: Question) -> Answer:
        status = next(statuses, 200)
        return github(question) if status == 200 else (status, {})

    with forge(answers) as found:
        read = reviews_of_change(environment(tmp_path, found, {"number": 7}))
    assert read[0]["reviews"] == REVIEWS


def test_a_forge_that_is_gone_is_said(tmp_path: Path) -> None:
    with forge(github) as found:
        pass
    with pytest.raises(HerdbookError, match="does not answer pulls/7/reviews"):
        reviews_of_change(environment(tmp_path, found, {"number": 7}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"GITHUB_ACTIONS": ""}, "neither GitHub Actions nor GitLab CI"),
        ({"GITEA_ACTIONS": "true"}, "Gitea and Forgejo say otherwise than GitHub what was reviewed"),
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "s3cret\n"}, "GITHUB_TOKEN is no token: it holds a blank, a line break"),
        ({"GITHUB_TOKEN": "s3crét"}, "GITHUB_TOKEN is no token"),
        ({"GITHUB_API_URL": "http://forge.example"}, "is not one of https"),
        ({"GITHUB_API_URL": "http://127.0.0.1.example"}, "is not one of https"),
        ({"GITHUB_API_URL": "https://user:word@forge.example"}, "is not one of https"),
        ({"GITHUB_API_URL": "file:///etc/passwd"}, "is not one of https"),
        ({"GITHUB_REPOSITORY": "my-org/catalog/../../users"}, "not the name of a repository"),
        ({"GITHUB_EVENT_PATH": "/nowhere/event.json"}, "The event in GITHUB_EVENT_PATH cannot be read"),
        ({"GITLAB_CI": "true", "GITHUB_ACTIONS": "", "CI_MERGE_REQUEST_IID": "3/../4"}, "not the number"),
    ],
)
def test_a_strange_environment_is_refused(
    tmp_path: Path, running: Forge, change: dict[str, str], message: str
) -> None:
    with pytest.raises(HerdbookError, match=message) as caught:
        reviews_of_change({**environment(tmp_path, running, {"number": 7}), **change})
    assert "s3c" not in str(caught.value)
    assert running.asked == []


def test_the_file_is_whole_or_not_there(tmp_path: Path) -> None:
    write_reviews([{"reviews": ["é\u2028"]}] * 2, tmp_path / "reviews.json")
    raw = (tmp_path / "reviews.json").read_bytes()
    assert raw.isascii()
    assert read_json(raw, "It", 1_000) == ({"reviews": ["é\u2028"]},) * 2
    (tmp_path / "taken").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_reviews([{}], tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reviews.json", "taken"]


def pushed_to_main(root: Path, found: Forge, before: str) -> dict[str, str]:
    """What GitHub Actions sets where commits were pushed to the default branch."""
    event = {"ref": "refs/heads/main", "before": before, "repository": {"default_branch": "main"}}
    return environment(
        root, found, event, GITHUB_EVENT_NAME="push", GITHUB_SHA=git(root, "rev-parse", "HEAD")
    )


def test_a_push_has_the_reviews_of_each_change_that_it_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = initialised(tmp_path / "work")
    before, first, between, last = (commit(root, {"a.txt": f"{number}\n"}) for number in range(4))
    pulls = {first: 7, last: 8}
    monkeypatch.chdir(root)

    def answers(question: Question) -> Answer:
        *_, number = question.path.split("/")
        if question.path.endswith("/pulls"):
            step = question.path.split("/")[-2]
            # GitHub lists the pull request of a commit that was rebased, of which it was not the last.
            found = [{"number": 8, "merge_commit_sha": last}] if step == between else []
            return 200, [
                *found,
                *({"number": pulls[at], "merge_commit_sha": at} for at in pulls if at == step),
            ]
        return (200, {"number": int(number)}) if number.isdigit() else (200, [])

    with forge(answers) as found:
        read = reviews_of_change(pushed_to_main(root, found, before))
        assert [answers["pull_request"]["number"] for answers in read] == [7, 8]
        asked = [question.path.split("/")[-2] for question in found.asked if question.path.endswith("/pulls")]
        assert asked == [first, between, last]
        read = reviews_of_change(pushed_to_main(root, found, between))
        assert [answers["pull_request"]["number"] for answers in read] == [8]
        read = reviews_of_change(pushed_to_main(root, found, "e" * 40))  # the clone does not hold it
        assert [answers["pull_request"]["number"] for answers in read] == [8]


def test_heads_are_fetched_only_for_a_push(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running: Forge
) -> None:
    root = initialised(tmp_path / "work")
    before = commit(root, {"a.txt": "1\n"})
    commit(root, {"a.txt": "2\n"})
    git(root, "remote", "add", "origin", (tmp_path / "nowhere").as_uri())
    monkeypatch.chdir(root)
    out = tmp_path / "reviews.json"
    write_reviews([{"reviews": [], "pull_request": {"head": {"sha": sha}}} for sha in (before, COMMIT)], out)
    pushed = pushed_to_main(root, running, before)
    (failure,) = bring_heads(pushed, out)
    assert failure.startswith("git fetch in")
    assert not list(bring_heads(environment(tmp_path, running, {"number": 7}), out))
    out.write_text("[{}]")
    assert not list(bring_heads(pushed, out))
    assert running.asked == []
