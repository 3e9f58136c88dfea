"""What a forge says of the reviews of a change, read from its API and kept as it answers."""

import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from herdbook.errors import HerdbookError, unwritable
from herdbook.forge import read_event

_SECONDS = 20
_MOST_BYTES = 10_000_000
_PER_PAGE = 100
_MOST_PAGES = 30
_PAUSES = (1.0, 4.0)
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.*/pr-([1-9]\d{0,9})-[0-9a-f]{40}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def reviews_of_change(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """Ask the forge on whose CI this runs for the reviews of the change that is judged.

    Args:
        environment: the variables that the CI service sets, and a token: ``GITHUB_TOKEN``, or
            ``HERDBOOK_GITLAB_TOKEN`` with the scope ``read_api``.

    Returns:
        The answers as they are. Of GitHub: ``reviews``, ``commits``, ``pull_request``. Of GitLab:
        ``approvals``, ``commits``, ``merge_request``, ``versions``, and ``project_approvals`` where the token
        may read them. `None` where there is no pull request, as for a push that merges none.

    Raises:
        HerdbookError: this is no CI service that is known, or it does not answer as it should.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _of_github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _of_gitlab(environment)
    raise HerdbookError(
        "this is neither GitHub Actions nor GitLab CI, so there is nobody to ask for reviews; give "
        "`herdbook gate --reviews` a file with the answers of the forge"
    )


def write_reviews(reviews: Mapping[str, Any], out: Path) -> None:
    """Write the answers into a file, whole or not at all.

    Raises:
        StorageError: writing fails.
    """
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(reviews, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
        beside.replace(out)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise unwritable(out, error) from error


def _of_github(environment: Mapping[str, str]) -> dict[str, Any] | None:
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
    number = _github_number(environment, api)
    if number is None:
        return None
    return {
        "reviews": api.pages(f"pulls/{number}/reviews"),
        "commits": api.pages(f"pulls/{number}/commits"),
        "pull_request": api.ask(f"pulls/{number}"),
    }


def _github_number(environment: Mapping[str, str], api: "_Api") -> int | None:
    """The number in the event, in the name of the merge queue's branch, or of what the push merged."""
    event = read_event(environment)
    for found in (event.get("pull_request"), event):
        if isinstance(found, dict) and type(found.get("number")) is int:
            return int(found["number"])
    queued = _QUEUED.fullmatch(environment.get("GITHUB_REF", ""))
    if queued is not None:
        return int(queued[1])
    commit = _needed(environment, "GITHUB_SHA")
    pulls = api.ask(f"commits/{quote(commit, safe='')}/pulls")
    merged = [
        pull["number"]
        for pull in (pulls if isinstance(pulls, list) else [])
        if isinstance(pull, dict)
        and pull.get("merge_commit_sha") == commit
        and type(pull.get("number")) is int
    ]
    return merged[0] if len(merged) == 1 else None


def _of_gitlab(environment: Mapping[str, str]) -> dict[str, Any] | None:
    number: str | int | None
    if stated := environment.get("CI_MERGE_REQUEST_IID", ""):
        if not (stated.isascii() and stated.isdigit()):
            raise HerdbookError(
                f"CI_MERGE_REQUEST_IID is {stated!r}, which is not the number of a merge request; "
                "leave it as GitLab CI sets it"
            )
        number, api = stated, _gitlab_api(environment, "CI_MERGE_REQUEST_PROJECT_ID")
    elif environment.get("CI_PIPELINE_SOURCE") == "push":
        api = _gitlab_api(environment, "CI_PROJECT_ID")
        number = _gitlab_number(_needed(environment, "CI_COMMIT_SHA"), api)
    else:
        return None
    if number is None:
        return None
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


def _gitlab_number(commit: str, api: "_Api") -> int | None:
    """The number of the merge request that a commit merged."""
    requests = api.ask(f"repository/commits/{quote(commit, safe='')}/merge_requests")
    merged = [
        request["iid"]
        for request in (requests if isinstance(requests, list) else [])
        if isinstance(request, dict)
        and commit in map(request.get, ("sha", "merge_commit_sha", "squash_commit_sha"))
        and type(request.get("iid")) is int
    ]
    return merged[0] if len(merged) == 1 else None


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
