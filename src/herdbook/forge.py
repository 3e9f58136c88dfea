"""What a forge and its CI say about the change under judgement: the base, the head, and who made it.

A base is the state before the change: its policy judges the change. A pull request must not be able to
choose it, so only these are named as bases:

- A branch by its full name, ``refs/remotes/origin/main``: git takes a tag that is called ``origin/main``
  before the branch, and whoever may push a tag would choose the base.
- The first parent of a merge that GitHub made itself. What is checked out may be another commit, so that
  merge goes by its hash; and it is no base where the reference is not the merge of a pull request: Gitea and
  Forgejo set the same variables, but check out the head. Azure does not document the order of parents.
- Full hashes that come with GitHub's own event, and with a push to the default branch.

GitLab's ``CI_MERGE_REQUEST_DIFF_BASE_SHA`` and ``CI_MERGE_REQUEST_TARGET_BRANCH_SHA`` are not used: they may
stay what they were when a merge request gets another target branch. Nor is
``BITBUCKET_PR_DESTINATION_COMMIT``: it may be a short hash, which git looks up among tags and branches first.
"""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from herdbook.errors import HerdbookError, StorageError
from herdbook.formats import clipped

_LARGEST_EVENT = 32 * 1_048_576
_MOST_DOCUMENTS = 1_000
_AS_IT_CAME = "save the forge's answer as it came"
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NO_COMMIT = re.compile(r"0+")
_MERGE_OF_PULL_REQUEST = re.compile(r"refs/pull/[1-9][0-9]*/merge")
_NOT_IN_BRANCHES = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|[/.]$|(?:^|/)\.|\.lock(?:/|$)")
# These events carry a pull request, and run on the merge that GitHub made of it.
_ON_MERGES = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})


@dataclass(frozen=True, slots=True)
class Base:
    """A commit to compare the head with, and to take the policy from.

    Attributes:
        revision: What git calls it.
        as_it_is: Whether the change is all that differs from this commit. Otherwise this commit is the tip of
            the target branch, and the change is what came after the merge base of the head and it. The policy
            is that of the tip all the same: where a change branched off is up to its author.
    """

    revision: str
    as_it_is: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The change that a CI job, or a developer, wants judged.

    Attributes:
        where: Where this was found out, for messages.
        bases: The commits to compare with; the first that the clone holds is the base. Where there are none,
            there is no verdict.
        head: The revision to judge.
        reviewed: The hash of the commit that reviewers saw; empty where unknown. Then only reviews of the
            head itself count.
        queued: It is judged in a merge queue, on a commit that the queue made. GitHub does not name the
            commit that reviewers saw there; the reviews themselves must.
        landed: The default branch, where it was pushed to that: whoever did so need not have made it.
        logins: Accounts that opened the change or pushed its last commit, as far as the event names them.
        remedy: What to do where the clone holds none of the bases.
    """

    where: str
    bases: tuple[Base, ...]
    head: str
    reviewed: str
    queued: bool
    landed: str
    logins: frozenset[str]
    remedy: str


def change_under_judgement(environment: Mapping[str, str], event: Mapping[str, Any]) -> Change:
    """Tell what to judge, and by what.

    Args:
        environment: The environment variables.
        event: What `read_event` read.

    Raises:
        HerdbookError: A branch or hash is none that git could be given.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment, event)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    if environment.get("TF_BUILD", "").lower() == "true":
        return _azure(environment)
    if environment.get("BITBUCKET_BUILD_NUMBER"):
        return _bitbucket(environment)
    if environment.get("JENKINS_URL"):
        return _jenkins(environment)
    remedy = "Name the base with --base, or let git find it: git remote set-head origin --auto."
    return _change("this clone", (_DEFAULT,), remedy)


def read_event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Read the event that started a job of GitHub Actions; empty elsewhere.

    Raises:
        StorageError: The file cannot be read.
        HerdbookError: It is no event.
    """
    name = environment.get("GITHUB_EVENT_PATH", "")
    if environment.get("GITHUB_ACTIONS") != "true" or not name:
        return {}
    try:
        with Path(name).open("rb") as file:
            raw = file.read(_LARGEST_EVENT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(
            f"The event in GITHUB_EVENT_PATH cannot be read: {reason}; leave it to GitHub Actions."
        ) from error
    documents = read_json(raw, "The event in GITHUB_EVENT_PATH", _LARGEST_EVENT)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise HerdbookError("The event in GITHUB_EVENT_PATH is no JSON object; leave it to GitHub Actions.")
    return documents[0]


def read_json(raw: bytes, what: str, limit: int) -> tuple[Any, ...]:
    """Read the JSON documents in what a forge answered; pages of an answer may follow each other.

    Raises:
        HerdbookError: They are larger than `limit`, are no UTF-8, no JSON, or have a key twice. `what` opens
            the sentence.
    """
    if len(raw) > limit:
        raise HerdbookError(f"{what} is larger than {limit // 1_048_576} MiB; save the forge's answer only.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise HerdbookError(f"{what} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise HerdbookError(f"{what} has the key {shown(twice)} twice; {_AS_IT_CAME}.")
        return found

    def no_number(name: str) -> NoReturn:
        raise HerdbookError(f"{what} has {name} for a number, which JSON does not know; {_AS_IT_CAME}.")

    decoder = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number)
    documents: list[Any] = []
    position = _behind_blanks(text, 0)
    try:
        while position < len(text):
            if len(documents) == _MOST_DOCUMENTS:
                raise HerdbookError(
                    f"{what} has more than {_MOST_DOCUMENTS:,} pages; save those of one change."
                )
            document, position = decoder.raw_decode(text, position)
            documents.append(document)
            position = _behind_blanks(text, position)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise HerdbookError(f"{what} is not JSON ({where}: {error.msg}); save the forge's answer.") from error
    except RecursionError as error:
        raise HerdbookError(f"{what} is nested too deeply for a forge; {_AS_IT_CAME}.") from error
    except ValueError as error:
        raise HerdbookError(f"{what} has a number with too many digits; {_AS_IT_CAME}.") from error
    return tuple(documents)


def _behind_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def shown(text: str) -> str:
    """Show a name that others chose in a sentence: short, and with nothing that looks like something else."""
    plain = text if text.isascii() and text.isprintable() else ascii(text)[1:-1]
    return clipped(plain)


def is_hash(text: str) -> bool:
    """Tell whether a text is the full hash of a commit, and not the zeros that stand for none."""
    return _HASH.fullmatch(text) is not None and not _NO_COMMIT.fullmatch(text)


_DEFAULT = Base("refs/remotes/origin/HEAD")


def _change(
    where: str,
    bases: Iterable[Base],
    remedy: str,
    *,
    head: str = "HEAD",
    reviewed: str = "",
    queued: bool = False,
    landed: str = "",
    logins: Iterable[str] = (),
) -> Change:
    return Change(
        where, tuple(bases), head, reviewed, queued, landed, frozenset(filter(None, logins)), remedy
    )


def _branch(name: str, source: str) -> Base:
    """The tip of a branch of the forge; `source` says who named it."""
    name = name.removeprefix("refs/heads/")
    if not name or not name.isprintable() or _NOT_IN_BRANCHES.search(name):
        raise HerdbookError(
            f"{source} is {shown(name) or 'empty'}, which is no name of a branch; name the base with --base."
        )
    return Base(f"refs/remotes/origin/{name}")


def _commit(text: str, source: str) -> str:
    """A full hash; empty where there is none."""
    if not text or _NO_COMMIT.fullmatch(text):
        return ""
    if not is_hash(text):
        raise HerdbookError(
            f"{source} is {shown(text)}, which is no hash of a commit; name the base with --base."
        )
    return text


def _text(event: Mapping[str, Any], *route: str) -> str:
    """A text in an event; empty where it is not there."""
    value: Any = event
    for key in route:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _github(environment: Mapping[str, str], event: Mapping[str, Any]) -> Change:
    name = environment.get("GITHUB_EVENT_NAME", "")
    where = f"GitHub Actions ({shown(name) or 'no event'})"
    if name in _ON_MERGES or name == "pull_request_target":
        return _github_pull_request(where, name, environment, event)
    if name == "merge_group":
        return _github_merge_group(where, event)
    everything = "Set fetch-depth: 0 at actions/checkout."
    stated = _text(event, "repository", "default_branch")
    default = _branch(stated, "The default branch in the event") if stated else _DEFAULT
    ref = _text(event, "ref") or environment.get("GITHUB_REF", "")
    if name == "push" and stated and ref == f"refs/heads/{stated}":
        before = _commit(_text(event, "before"), "before in the event")
        sender = _text(event, "sender", "login")
        return _change(where, *_pushed(before, everything), landed=stated, logins=(sender,))
    logins = (_text(event, "sender", "login"),) if name == "push" else ()
    return _change(where, (default,), everything, logins=logins)


def _github_pull_request(
    where: str, name: str, environment: Mapping[str, str], event: Mapping[str, Any]
) -> Change:
    head = _commit(_text(event, "pull_request", "head", "sha"), "pull_request.head.sha in the event")
    base = _commit(_text(event, "pull_request", "base", "sha"), "pull_request.base.sha in the event")
    target = _text(event, "pull_request", "base", "ref") or environment.get("GITHUB_BASE_REF", "")
    bases = [_branch(target, "The base branch of the pull request")]
    if base:
        bases.append(Base(base))
    logins = [_text(event, "pull_request", "user", "login")]
    if _text(event, "action") == "synchronize":
        logins.append(_text(event, "sender", "login"))
    if name == "pull_request_target":
        if not head:
            raise HerdbookError(
                "The event of pull_request_target names no head to judge; leave GITHUB_EVENT_PATH as it is."
            )
        number = event["pull_request"].get("number")
        which = number if isinstance(number, int) else "N"
        remedy = (
            "Set fetch-depth: 0 at actions/checkout, and fetch the head without checking it out: "
            f"git fetch --no-tags origin refs/pull/{which}/head."
        )
        return _change(where, bases, remedy, head=head, reviewed=head, logins=logins)
    merge = _commit(environment.get("GITHUB_SHA", ""), "GITHUB_SHA")
    if merge and merge != head and _MERGE_OF_PULL_REQUEST.fullmatch(environment.get("GITHUB_REF", "")):
        bases.insert(0, Base(f"{merge}^1", as_it_is=True))
    return _change(
        where, bases, "Set fetch-depth: 2 at actions/checkout, and no ref.", reviewed=head, logins=logins
    )


def _github_merge_group(where: str, event: Mapping[str, Any]) -> Change:
    # What is before it in the queue is part of the base: it is judged on its own, and if it fails, it leaves.
    base = _commit(_text(event, "merge_group", "base_sha"), "merge_group.base_sha in the event")
    target = _text(event, "merge_group", "base_ref")
    bases = [Base(base, as_it_is=True)] if base else []
    if target:
        bases.append(_branch(target, "The base branch of the merge group"))
    return _change(where, bases, "Set fetch-depth: 0 at actions/checkout.", queued=True)


def _pushed(before: str, remedy: str) -> tuple[tuple[Base, ...], str]:
    """The base of a push to the default branch. Before a push to another is what its author pushed before."""
    if before:
        return (Base(before, as_it_is=True),), remedy
    return (), (
        "This is the first push of the branch, with nothing to compare it with: run herdbook check, or name "
        "the base with --base."
    )


def _gitlab(environment: Mapping[str, str]) -> Change:
    everything = "Set GIT_DEPTH: 0 in the variables of the job."
    target = environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "")
    if target:
        where = "GitLab CI (merge request)"
        own, its = environment.get("CI_PROJECT_ID", ""), environment.get("CI_MERGE_REQUEST_PROJECT_ID", "")
        # The pipeline of a fork sees the fork's branches, which its owner writes.
        if own != its:
            fork = "This pipeline runs in a fork, whose branches prove nothing: run it in the target project."
            return _change(where, (), fork)
        source = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA", "")
        return _change(
            where,
            (_branch(target, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),),
            everything,
            reviewed=_commit(source, "The head of the merge request"),
        )
    pushed = environment.get("CI_PIPELINE_SOURCE") == "push"
    where = f"GitLab CI ({'push' if pushed else 'no merge request'})"
    default = environment.get("CI_DEFAULT_BRANCH", "")
    if pushed and default and environment.get("CI_COMMIT_BRANCH") == default:
        before = _commit(environment.get("CI_COMMIT_BEFORE_SHA", ""), "CI_COMMIT_BEFORE_SHA")
        return _change(where, *_pushed(before, everything), landed=default)
    return _change(where, (_branch(default, "CI_DEFAULT_BRANCH") if default else _DEFAULT,), everything)


def _azure(environment: Mapping[str, str]) -> Change:
    target = environment.get("SYSTEM_PULLREQUEST_TARGETBRANCH", "")
    if not target:
        return _change("Azure Pipelines (no pull request)", (_DEFAULT,), "Name the base with --base.")
    source = environment.get("SYSTEM_PULLREQUEST_SOURCECOMMITID", "")
    return _change(
        "Azure Pipelines (pull request)",
        (_branch(target, "SYSTEM_PULLREQUEST_TARGETBRANCH"),),
        "Set fetchDepth: 0 at the checkout step.",
        reviewed=_commit(source, "SYSTEM_PULLREQUEST_SOURCECOMMITID"),
    )


def _bitbucket(environment: Mapping[str, str]) -> Change:
    target = environment.get("BITBUCKET_PR_DESTINATION_BRANCH", "")
    remedy = "Set clone: depth: full in bitbucket-pipelines.yml"
    if not target:
        return _change(
            "Bitbucket Pipelines (no pull request)", (_DEFAULT,), f"{remedy}, and name the base with --base."
        )
    return _change(
        "Bitbucket Pipelines (pull request)",
        (_branch(target, "BITBUCKET_PR_DESTINATION_BRANCH"),),
        f"{remedy}.",
        reviewed=_commit(environment.get("BITBUCKET_COMMIT", ""), "BITBUCKET_COMMIT"),
    )


def _jenkins(environment: Mapping[str, str]) -> Change:
    target = environment.get("CHANGE_TARGET", "")
    if not target:
        return _change("Jenkins (no pull request)", (_DEFAULT,), "Name the base with --base.")
    base = _branch(target, "CHANGE_TARGET")
    branch = base.revision.removeprefix("refs/remotes/origin/")
    fetched = shlex.quote(f"+refs/heads/{branch}:{base.revision}")
    return _change(
        "Jenkins (pull request)",
        (base,),
        "Clone without the option for shallow clones, and fetch the target branch: "
        f"git fetch --no-tags origin {fetched}",
        logins=(environment.get("CHANGE_AUTHOR", ""),),
    )
