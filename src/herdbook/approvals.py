"""Whose reviews count: what the forge says of a change's reviews, held against the people of the catalog.

A name in ``approved_by`` is a claim of whoever wrote the change. A review counts for it if the forge says so:
it approves, it is the last of its reviewer, it was made on the head of the change, and its reviewer is a
known person who neither opened, wrote nor committed the change.

GitHub's reviews carry the commit. When a branch is rebased and every patch stays the same, GitHub moves them
to the new head; it still is what the reviewer saw. A comment does not take an approval back; a request for
changes, a dismissal and any state that is not known here do.

GitLab's approvals carry no commit, so ``approvals`` alone prove nothing about the head. They are taken for
approvals of the head of the merge request where GitLab withdraws them with every push
(``reset_approvals_on_push`` in the project's approval settings), or where they came after the head did
(``approved_at``, against the newest of the merge request's versions).

Names and addresses in commits are what their author typed. They can keep somebody from approving, never help:
who pushes under another's name and then approves is found by the account that pushed, where an event or the
forge's own rule about the last push names it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from herdbook.errors import HerdbookError
from herdbook.forge import is_hash, read_json, shown

Forge = Literal["github", "gitlab"]

LARGEST_FILE = 8 * 1_048_576
# GitHub writes 12345+login, GitLab 12345-login; a login of its own may begin with digits and a hyphen.
_NOREPLY = re.compile(r"(?P<whole>(?:[0-9]+[-+])?(?P<login>[^@]+))@users\.noreply\.[^@]+")
_ROLES = ("author", "committer")
_CO_AUTHOR = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]*)>", re.IGNORECASE | re.MULTILINE)
_EXPECTED = (
    "Save the answer of GitHub's pulls/N/reviews, or of GitLab's merge_requests/N/approvals; or an object of "
    "answers: reviews, commits and pull_request of GitHub, or approvals, commits, merge_request, "
    "project_approvals and versions of GitLab"
)


class State(StrEnum):
    """What a review says."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"


# What says neither yes nor no leaves the reviewer's word as it was.
_SAYS_NOTHING = frozenset({State.COMMENTED, State.PENDING})


@dataclass(frozen=True, slots=True)
class Review:
    """A review on a forge.

    Attributes:
        login: The account that made it; empty where that was deleted.
        state: What it says.
        commit: The hash of the commit that it is about; empty where the forge does not say.
        at: When it was made; `None` where the forge does not say.
        human: Whether the account is a person's, and no bot's.
    """

    login: str
    state: State
    commit: str = ""
    at: datetime | None = None
    human: bool = True


@dataclass(frozen=True, slots=True)
class Reviews:
    """What a forge says about the reviews of a change.

    Attributes:
        forge: Which forge.
        reviews: The reviews, in the order of the answer.
        authors: Accounts that opened, wrote or committed the change.
        commit_people: Names and e-mail addresses in the commits that the answer lists.
        all_commits: Whether the answer is known to list all commits. A shallow clone does not hold them.
        head: The hash of the head of the change when the forge answered; empty where it does not say. In a
            merge queue, whose event does not name it, it is the commit on which reviews count.
    """

    forge: Forge
    reviews: tuple[Review, ...]
    authors: frozenset[str] = frozenset()
    commit_people: frozenset[tuple[str, str]] = frozenset()
    all_commits: bool = False
    head: str = ""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A review that does not count, and why: a sentence without its stop."""

    review: Review
    reason: str


@dataclass(frozen=True, slots=True)
class Approvals:
    """The reviews that count, by the person who made them, and the others, in the order of the answer."""

    counted: Mapping[str, Review] = field(default_factory=dict)
    uncounted: tuple[Uncounted, ...] = ()


def verified(
    reviews: Reviews,
    people: Mapping[str, Mapping[str, Any]],
    head: str,
    commit_people: Iterable[tuple[str, str]],
    authors: Iterable[str] = (),
) -> Approvals:
    """Tell which people approved a change.

    Args:
        reviews: What the forge says.
        people: The people of the base's catalog, by id, as its schema has them.
        head: The full hash of the commit that reviewers saw last. Where it is none, nothing counts.
        commit_people: Names and e-mail addresses of the authors, committers and co-authors of the commits, as
            git has them.
        authors: Accounts that made the change, as far as they are known from elsewhere.
    """
    known = _People(people, reviews.forge)
    made_by = _Makers(known, {*reviews.authors, *authors}, {*reviews.commit_people, *commit_people})
    counted: dict[str, Review] = {}
    reasons: dict[int, str] = {}
    by_account: defaultdict[str, list[int]] = defaultdict(list)
    for index, review in enumerate(reviews.reviews):
        if review.state in _SAYS_NOTHING:
            reasons[index] = f"the review by {_who(review)} {_WORDS[review.state]}"
        else:
            by_account[_account(review.login)].append(index)
    for indices in by_account.values():
        *before, last = sorted(indices, key=lambda index: (_moment(reviews.reviews[index]), index))
        for index in before:
            reasons[index] = f"the review by {_who(reviews.reviews[index])} was followed by another of theirs"
        review = reviews.reviews[last]
        person = known.by_login.get(_account(review.login))
        reason = _objection(review, person, head, known, made_by)
        if reason:
            reasons[last] = reason
        elif person is not None:
            counted[person] = review
    uncounted = (Uncounted(reviews.reviews[index], reasons[index]) for index in sorted(reasons))
    return Approvals(dict(sorted(counted.items())), tuple(uncounted))


_WORDS = {
    State.CHANGES_REQUESTED: "asks for changes",
    State.COMMENTED: "is a comment, and approves nothing",
    State.DISMISSED: "was dismissed",
    State.PENDING: "was not submitted",
    State.UNKNOWN: "is in a state that Herdbook does not know, and counts as no approval",
}


_UNTIED = {
    "github": "",
    "gitlab": (
        ": have GitLab withdraw approvals with every push, and add merge_request and project_approvals "
        "to the reviews file; or add merge_request and versions"
    ),
}


def _objection(review: Review, person: str | None, head: str, known: "_People", made_by: "_Makers") -> str:
    """Why the last review of an account does not count; empty where it does."""
    of = f"the review by {_who(review)}"
    if review.state is not State.APPROVED:
        return f"{of} {_WORDS[review.state]}"
    if not review.human:
        return f"{of} is no person's"
    if person is None:
        if _account(review.login) in known.contested:
            return f"{of} is nobody's: several people have this login in herdbook.yaml"
        return f"{of} is by nobody whose login is among the people in herdbook.yaml"
    if role := made_by.role(review.login, person):
        return f"{of} is by somebody who {role}"
    if not review.commit:
        return f"{of} is tied to no commit{_UNTIED[known.forge]}"
    if not is_hash(head):
        return f"{of} was made on {review.commit[:7]}, and the head of the change is not known"
    if review.commit != head:
        return f"{of} was made on {review.commit[:7]}, not on the head of the change, {head[:7]}"
    return ""


def _who(review: Review) -> str:
    return shown(review.login) or "a deleted account"


def _moment(review: Review) -> datetime:
    return review.at or datetime.min.replace(tzinfo=UTC)


def _account(login: str) -> str:
    """A login without regard to case. Case is that of ASCII: others have letters that only look alike."""
    return login.lower() if login.isascii() else login


def _plain(name: str) -> str:
    """A name or an address without regard to case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class _People:
    """The people of a catalog, by what commits and forges call them."""

    def __init__(self, people: Mapping[str, Mapping[str, Any]], forge: Forge) -> None:
        self.forge = forge
        owners: defaultdict[str, set[str]] = defaultdict(set)
        self.by_account: defaultdict[str, set[str]] = defaultdict(set)
        self.by_name: defaultdict[str, set[str]] = defaultdict(set)
        for person, about in people.items():
            logins: Mapping[str, str] = about.get("logins", {})
            if (login := logins.get(forge, "")) and login.isascii():
                owners[_account(login)].add(person)
            for login in logins.values():
                self.by_account[_account(login)].add(person)
            for name in (person, about.get("name", ""), about.get("email", ""), *logins.values()):
                if name:
                    self.by_name[_plain(name)].add(person)
        self.by_login = {login: next(iter(found)) for login, found in owners.items() if len(found) == 1}
        self.contested = frozenset(login for login, found in owners.items() if len(found) > 1)


class _Makers:
    """Who made a change, as accounts and as people of the catalog."""

    def __init__(self, known: _People, logins: Iterable[str], commits: Iterable[tuple[str, str]]) -> None:
        self.accounts = {_account(login) for login in logins}
        self.people: set[str] = set()
        for name, address in commits:
            self.people |= known.by_name.get(_plain(name), set()) | known.by_name.get(_plain(address), set())
            if hidden := _NOREPLY.fullmatch(_plain(address)):
                for login in hidden.group("whole", "login"):
                    self.accounts.add(login)
                    self.people |= known.by_account.get(login, set())

    def role(self, login: str, person: str) -> str:
        """What a reviewer did for the change, for a sentence; empty for nothing."""
        if _account(login) in self.accounts:
            return "opened, wrote or committed the change"
        if person in self.people:
            return f"wrote or committed the change as {shown(person)}"
        return ""


def read_reviews(raw: bytes) -> Reviews:
    """Read the forge's own answer about the reviews of a change.

    GitHub: the list of ``GET /repos/{owner}/{repo}/pulls/{n}/reviews``, all of its pages, one behind the
    other or in a list; or an object of ``reviews``, ``commits`` (``pulls/{n}/commits``) and ``pull_request``
    (``pulls/{n}``), of which the last two tell who made the change.

    GitLab: the object of ``GET /projects/{id}/merge_requests/{n}/approvals``; or an object of ``approvals``,
    ``commits`` (``merge_requests/{n}/commits``), ``merge_request`` (``merge_requests/{n}``),
    ``project_approvals`` (``/projects/{id}/approvals``) and ``versions`` (``merge_requests/{n}/versions``).
    One of the last two is needed to tell what the approvals are about.

    Raises:
        HerdbookError: The file is no such answer; the message says what is wrong with it.
    """
    documents = read_json(raw, "The reviews file", LARGEST_FILE)
    first = documents[0] if documents else None
    if documents and all(isinstance(document, list) for document in documents):
        pages = first if len(documents) == 1 else list(documents)
        return Reviews("github", tuple(_github_reviews(_rows(pages, "reviews"))))
    if len(documents) == 1 and isinstance(first, dict):
        if "reviews" in first:
            return _github(_parts(first, {"reviews", "commits", "pull_request"}))
        if "approvals" in first:
            parts = {"approvals", "commits", "merge_request", "project_approvals", "versions"}
            return _gitlab(_parts(first, parts))
        if "approved_by" in first:
            return _gitlab({"approvals": first})
    raise HerdbookError(f"The reviews file holds no reviews. {_EXPECTED}.")


def co_authors(message: str) -> list[tuple[str, str]]:
    """The names and e-mail addresses in the ``Co-authored-by`` lines of a commit's message."""
    return [(name.strip(), address.strip()) for name, address in _CO_AUTHOR.findall(message)]


def _parts(envelope: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if more := sorted(envelope.keys() - names):
        raise HerdbookError(f"The reviews file has a part {shown(more[0])} that is not known. {_EXPECTED}.")
    return envelope


def _github(parts: dict[str, Any]) -> Reviews:
    authors: set[str] = set()
    people: set[tuple[str, str]] = set()
    head = ""
    complete = False
    commits = _rows(parts.get("commits", []), "commits")
    for where, commit in _objects(commits, "commits"):
        about = _object(commit.get("commit"), f"{where}.commit")
        people.update(co_authors(_said(about, "message")))
        for role in _ROLES:
            person = _object(about.get(role) or {}, f"{where}.commit.{role}")
            people.add((_said(person, "name"), _said(person, "email")))
            # An address that belongs to no account has none; deleted accounts have none either.
            if commit.get(role):
                authors.add(_text(_object(commit[role], f"{where}.{role}"), "login", f"{where}.{role}"))
    if "pull_request" in parts:
        pull = _object(parts["pull_request"], "pull_request")
        if pull.get("user") is not None:
            authors.add(_text(_object(pull["user"], "pull_request.user"), "login", "pull_request.user"))
        head = _hash(_object(pull.get("head"), "pull_request.head"), "sha", "pull_request.head")
        stated = pull.get("commits", len(commits))
        if not isinstance(stated, int):
            raise _wrong("pull_request.commits", "a number")
        complete = "commits" in parts and "commits" in pull
        if "commits" in parts and stated != len(commits):
            raise HerdbookError(
                f"The reviews file has {len(commits)} of {stated} commits of its pull request: save all "
                "pages (GitHub lists no more than 250 commits)."
            )
    reviews = _github_reviews(_rows(parts["reviews"], "reviews"))
    return Reviews("github", tuple(reviews), frozenset(authors), frozenset(people), complete, head)


def _github_reviews(rows: Sequence[Any]) -> Iterator[Review]:
    for where, row in _objects(rows, "reviews"):
        text = _text(row, "state", where)
        state = State(text) if text in State.__members__ else State.UNKNOWN
        user = row.get("user")
        if user is None:
            login, human = "", False
        else:
            account = _object(user, f"{where}.user")
            login = _text(account, "login", f"{where}.user")
            human = _text(account, "type", f"{where}.user") == "User"
        commit = "" if row.get("commit_id") is None else _hash(row, "commit_id", where)
        at = None if state is State.PENDING else _time(row, "submitted_at", where)
        yield Review(login, state, commit, at, human)


def _gitlab(parts: dict[str, Any]) -> Reviews:
    authors: set[str] = set()
    people: set[tuple[str, str]] = set()
    head = ""
    since: datetime | None = None
    if "merge_request" in parts:
        request = _object(parts["merge_request"], "merge_request")
        if request.get("author") is not None:
            author = _object(request["author"], "merge_request.author")
            authors.add(_text(author, "username", "merge_request.author"))
        head = _hash(request, "sha", "merge_request")
    for _, commit in _objects(_rows(parts.get("commits", []), "commits"), "commits"):
        people.update(co_authors(_said(commit, "message")))
        people.update((_said(commit, f"{role}_name"), _said(commit, f"{role}_email")) for role in _ROLES)
    if "versions" in parts:
        since = _head_came(_rows(parts["versions"], "versions"), head)
    settings = _object(parts.get("project_approvals", {}), "project_approvals")
    withdrawn = settings.get("reset_approvals_on_push") is True
    approvals = _object(parts["approvals"], "approvals")
    rows = _rows(approvals.get("approved_by"), "approvals.approved_by")
    found = []
    for where, row in _objects(rows, "approvals.approved_by"):
        login = _text(_object(row.get("user"), f"{where}.user"), "username", f"{where}.user")
        at = None if row.get("approved_at") is None else _time(row, "approved_at", where)
        later = since is not None and at is not None and at > since
        found.append(Review(login, State.APPROVED, head if withdrawn or later else "", at))
    return Reviews("gitlab", tuple(found), frozenset(authors), frozenset(people), head=head)


def _head_came(rows: Sequence[Any], head: str) -> datetime | None:
    """When the head of a merge request was pushed; `None` where it is not the newest version."""
    versions = [
        (_time(row, "created_at", where), _hash(row, "head_commit_sha", where))
        for where, row in _objects(rows, "versions")
    ]
    at, commit = max(versions, default=(None, ""))
    return at if head and commit == head else None


def _rows(value: Any, where: str) -> list[Any]:
    """A list of an answer; the pages of one, if it is a list of lists."""
    if not isinstance(value, list):
        raise _wrong(where, "a list")
    if value and all(isinstance(page, list) for page in value):
        return [row for page in value for row in page]
    return value


def _objects(rows: Sequence[Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, row in enumerate(rows):
        yield f"{where}[{index}]", _object(row, f"{where}[{index}]")


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object")
    return value


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    # Half of a surrogate pair is no character: nothing could print or save it.
    if (
        not isinstance(value, str)
        or not value
        or any("\ud800" <= character <= "\udfff" for character in value)
    ):
        raise _wrong(f"{where}.{key}", "a text")
    return value


def _said(row: Mapping[str, Any], key: str) -> str:
    """A text that may be missing."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _hash(row: Mapping[str, Any], key: str, where: str) -> str:
    text = _text(row, key, where)
    if not is_hash(text):
        raise _wrong(f"{where}.{key}", "the full hash of a commit")
    return text


def _time(row: Mapping[str, Any], key: str, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(row, key, where))
    except ValueError as error:
        raise _wrong(f"{where}.{key}", "a time") from error
    if at.tzinfo is None:
        raise _wrong(f"{where}.{key}", "a time with its zone")
    return at


def _wrong(where: str, expected: str) -> HerdbookError:
    return HerdbookError(f"In the reviews file, {where} is not {expected}. {_EXPECTED}.")
