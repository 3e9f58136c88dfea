"""What a forge says of the reviews of a change, read from its API and kept as it answers."""

import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from herdbook.approvals import read_reviews
from herdbook.errors import HerdbookError, unwritable
from herdbook.forge import change_under_judgement, read_event
from herdbook.git import GitError, Repository, fetch_commit, repository_around

_SECONDS = 20
_MOST_BYTES = 10_000_000
_PER_PAGE = 100
_MOST_PAGES = 30
_MOST_STEPS = 100
_PAUSES = (1.0, 4.0)
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.*/pr-([1-9]\d{0,9})-[0-9a-f]{40}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def reviews_of_change(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Ask the forge on whose CI this runs for the reviews of the change that is judged.

    A push may have merged several changes, one on top of the other.

    Args:
        environment: the variables that the CI service sets, and a token: ``GITHUB_TOKEN``, or
            ``HERDBOOK_GITLAB_TOKEN`` with the scope ``read_api``.

    Returns:
        The answers as they are, for each change. Of GitHub: ``reviews``, ``commits``, ``pull_request``. Of
        GitLab: ``approvals``, ``commits``, ``merge_request``, ``versions``, and ``project_approvals`` where
        the token may read them. Nothing where there is no pull request, as for a push that merges none.

    Raises:
        HerdbookError: this is no CI service that is known, or it does not answer as it should.
    """
    # They set the variables of GitHub, too.
    if environment.get("GITEA_ACTIONS") == "true":
        raise HerdbookError(
            "Gitea and Forgejo say otherwise than GitHub what was reviewed and what was dismissed: approvals "
            "are not verified there; keep `approvals: declared`, and let the forge ask for them"
        )
    if environment.get("GITHUB_ACTIONS") == "true":
        return _of_github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _of_gitlab(environment)
    raise HerdbookError(
        "this is neither GitHub Actions nor GitLab CI, so there is nobody to ask for reviews; give "
        "`herdbook gate --reviews` a file with the answers of the forge"
    )


def write_reviews(reviews: Iterable[Mapping[str, Any]], out: Path) -> None:
    """Write the answers into a file, whole or not at all.

    Raises:
        StorageError: writing fails.
    """
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        texts = (json.dumps(answers, indent=1, ensure_ascii=True) + "\n" for answers in reviews)
        beside.write_text("".join(texts), encoding="ascii")
        beside.replace(out)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise unwritable(out, error) from error


def bring_heads(environment: Mapping[str, str], written: Path) -> Iterator[str]:
    """Fetch the heads of changes that a push merged, where the clone lacks them.

    The gate compares what was pushed with them, and a branch that was merged is often deleted.

    Args:
        environment: the variables that the CI service sets, and a token.
        written: the file with the answers about these changes.

    Yields:
        Why one could not be fetched.
    """
    pushed = _pushed(environment)
    if pushed is None or pushed.repository.shallow:
        return
    try:
        heads = [reviews.head for reviews in read_reviews(written.read_bytes())]
    except HerdbookError:  # the gate says what is wrong with them
        return
    repository, server, header = pushed.repository, environment.get("GITHUB_SERVER_URL", ""), ""
    if environment.get("GITHUB_ACTIONS") == "true" and server.startswith("https://"):
        secret = b64encode(f"x-access-token:{_token(environment, 'GITHUB_TOKEN')}".encode()).decode()
        header = f"AUTHORIZATION: basic {secret}"
    for head in heads:
        if head and repository.commit(head) is None:
            try:
                fetch_commit(repository.folder, head, server, header)
            except GitError as error:
                yield str(error)


@dataclass(frozen=True, slots=True)
class _Pushed:
    """What was pushed to the default branch: the commits that this went through, the last one last."""

    repository: Repository
    steps: Sequence[str]


def _pushed(environment: Mapping[str, str]) -> _Pushed | None:
    """What was pushed to the default branch, as far as the clone in this folder shows it."""
    try:
        change = change_under_judgement(environment, read_event(environment))
        if not change.landed or not change.bases:
            return None
        repository = repository_around(Path())
        steps = repository.steps(change.bases[0].revision, change.head)
    except HerdbookError:  # there is no clone here, or the gate will say what is wrong with the event
        return None
    return _Pushed(repository, steps[-_MOST_STEPS:])


def _steps(environment: Mapping[str, str], commit: str) -> Sequence[str]:
    """The commits that a push went through to one."""
    pushed = _pushed(environment)
    return pushed.steps if pushed is not None and commit in pushed.steps else (commit,)


def _of_github(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    repository = _needed(environment, "GITHUB_REPOSITORY")
    if not _REPOSITORY.fullmatch(repository):
        raise HerdbookError(
            f"GITHUB_REPOSITORY is {repository!r}, which is not the name of a repository; leave it as GitHub "
            "Actions sets it"
        )
    api = _Api(
        f"{_needed(environment, 'GITHUB_API_URL')}/repos/{repository}",
        {
            "Authorization": f"Bearer {_token(environment, 'GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    return [
        {
            "reviews": api.pages(f"pulls/{number}/reviews"),
            "commits": api.pages(f"pulls/{number}/commits"),
            "pull_request": api.ask(f"pulls/{number}"),
        }
        for number in _github_numbers(environment, api)
    ]


def _github_numbers(environment: Mapping[str, str], api: "_Api") -> list[int]:
    """The number in the event, in the name of the merge queue's branch, or of each that the push merged."""
    event = read_event(environment)
    for found in (event.get("pull_request"), event):
        if isinstance(found, dict) and type(found.get("number")) is int:
            return [int(found["number"])]
    queued = _QUEUED.fullmatch(environment.get("GITHUB_REF", ""))
    if queued is not None:
        return [int(queued[1])]
    steps = _steps(environment, _needed(environment, "GITHUB_SHA"))
    return _merged(api, steps, "commits/{}/pulls", "number", ("merge_commit_sha",))


def _merged(api: "_Api", steps: Sequence[str], path: str, number: str, names: Sequence[str]) -> list[int]:
    """The numbers of the changes that were merged as one of some commits, which one of the names tells."""
    found: dict[int, None] = {}
    for step in steps:
        changes = api.ask(path.format(quote(step, safe="")))
        for change in changes if isinstance(changes, list) else ():
            told = isinstance(change, dict) and type(change.get(number)) is int
            if told and step in map(change.get, names):
                found[change[number]] = None
    return list(found)


def _of_gitlab(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    numbers: Sequence[str | int]
    if stated := environment.get("CI_MERGE_REQUEST_IID", ""):
        if not (stated.isascii() and stated.isdigit()):
            raise HerdbookError(
                f"CI_MERGE_REQUEST_IID is {stated!r}, which is not the number of a merge request; "
                "leave it as GitLab CI sets it"
            )
        numbers, api = [stated], _gitlab_api(environment, "CI_MERGE_REQUEST_PROJECT_ID")
    elif environment.get("CI_PIPELINE_SOURCE") == "push":
        api = _gitlab_api(environment, "CI_PROJECT_ID")
        steps = _steps(environment, _needed(environment, "CI_COMMIT_SHA"))
        names = ("sha", "merge_commit_sha", "squash_commit_sha")
        numbers = _merged(api, steps, "repository/commits/{}/merge_requests", "iid", names)
    else:
        return []
    return [_gitlab_answers(number, api) for number in numbers]


def _gitlab_answers(number: str | int, api: "_Api") -> dict[str, Any]:
    answers = {
        "approvals": api.ask(f"merge_requests/{number}/approvals"),
        "commits": api.pages(f"merge_requests/{number}/commits"),
        "merge_request": api.ask(f"merge_requests/{number}"),
        "versions": api.pages(f"merge_requests/{number}/versions"),
    }
    # Only some may read the settings of a project; without them, fewer approvals count and none more.
    with suppress(_RefusedError):
        answers["project_approvals"] = api.ask("approvals")
    return answers


def _gitlab_api(environment: Mapping[str, str], project: str) -> "_Api":
    """What asks about the project whose id an environment variable has."""
    return _Api(
        f"{_needed(environment, 'CI_API_V4_URL')}/projects/{quote(_needed(environment, project), safe='')}",
        {"PRIVATE-TOKEN": _token(environment, "HERDBOOK_GITLAB_TOKEN")},
    )


def _token(environment: Mapping[str, str], name: str) -> str:
    token = _needed(environment, name)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise HerdbookError(
            f"the environment variable {name} is no token: it holds a blank, a line break or a character "
            "that no token has; set it anew, without them"
        )
    return token


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise HerdbookError(
            f"the environment variable {name} is not set; the CI service or the job should set it"
        )
    return value


class _RefusedError(HerdbookError):
    """The forge answers that it does not answer this."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: what is asked is sent with a token."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class _Api:
    root: str
    headers: Mapping[str, str]

    def __post_init__(self) -> None:
        parts = urlsplit(self.root)
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (parts.scheme == "https" or plain) or not parts.hostname or parts.username or parts.query:
            raise HerdbookError(
                f"the address of the API, {self.root}, is not one of https; a token is sent only there: "
                "leave GITHUB_API_URL and CI_API_V4_URL as the CI service sets them"
            )

    def ask(self, path: str) -> Any:
        """Ask for one answer; again after a pause where the forge is busy."""
        return self._answer(path)[0]

    def _answer(self, path: str) -> tuple[Any, bool]:
        """The answer, and whether the forge says that there is a page behind it."""
        address = f"{self.root}/{path}"
        opener = _opener(address)
        for pause in (*_PAUSES, None):
            try:
                with opener.open(Request(address, headers=dict(self.headers)), timeout=_SECONDS) as answer:
                    raw = answer.read(_MOST_BYTES + 1)
                if len(raw) > _MOST_BYTES:
                    raise HerdbookError(
                        f"the forge's answer to {path} is larger than {_MOST_BYTES // 1_000_000} MB; split "
                        "the change into smaller ones"
                    )
                return json.loads(raw), 'rel="next"' in answer.headers.get("Link", "")
            except HTTPError as error:
                error.close()
                if pause is None or not (error.code == 429 or error.code >= 500):
                    raise _refused(path, error) from error
            except (OSError, HTTPException) as error:
                if pause is None:
                    raise HerdbookError(
                        f"the forge does not answer {path}: {error}; run the job again"
                    ) from error
            except (ValueError, RecursionError) as error:
                raise HerdbookError(f"the forge's answer to {path} is not JSON; run the job again") from error
            time.sleep(pause)
        raise AssertionError  # the last turn returned or raised

    def pages(self, path: str) -> list[Any]:
        """Ask for a list, all pages of it."""
        found: list[Any] = []
        for page in range(1, _MOST_PAGES + 1):
            answer, more = self._answer(f"{path}?per_page={_PER_PAGE}&page={page}")
            if not isinstance(answer, list):
                raise HerdbookError(f"the forge's answer to {path} is not a list; run the job again")
            found += answer
            # A forge may leave out of a page what it does not show, so that it is not full.
            if len(answer) < _PER_PAGE and not more:
                return found
        raise HerdbookError(
            f"the forge's answer to {path} goes over more than {_MOST_PAGES} pages; split the change into "
            "smaller ones"
        )


def _opener(address: str) -> OpenerDirector:
    # A proxy of the environment is for what is outside; the loopback is here.
    local = urlsplit(address).hostname in _LOOPBACK
    return build_opener(_NoRedirect, *([ProxyHandler({})] if local else []))


def _refused(path: str, error: HTTPError) -> _RefusedError:
    status = error.code
    used_up = "0" in (error.headers.get("X-RateLimit-Remaining"), error.headers.get("RateLimit-Remaining"))
    if status == 403 and (used_up or "Retry-After" in error.headers):
        status = 429
    moved = (
        "the repository is elsewhere now, and a token is not sent after it; start a new run, not an old one"
    )
    cure = {
        **dict.fromkeys((301, 302, 303, 307, 308), moved),
        401: "the token is not valid; give the job one that is",
        403: "the token may not read it: give the job `pull-requests: read`, or the token the scope read_api",
        404: "there is none, or the token may not read it: give the job a token that may",
        429: "too many requests were made; run the job again later",
    }.get(status, "run the job again")
    return _RefusedError(f"the forge answers {path} with {error.code}: {cure}")
