"""Read the answers of forges about the reviews of a change."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from herdbook.approvals.reviews import Review, Reviews, State, co_authors
from herdbook.errors import HerdbookError
from herdbook.forge import is_hash, read_json, shown

LARGEST_FILE = 8 * 1_048_576
_ROLES = ("author", "committer")
_EXPECTED = (
    "Save the answer of GitHub's pulls/N/reviews, or of GitLab's merge_requests/N/approvals; or an object of "
    "answers: reviews, commits and pull_request of GitHub, or approvals, commits, merge_request, "
    "project_approvals and versions of GitLab"
)


def read_reviews(raw: bytes) -> tuple[Reviews, ...]:
    """Read the forge's own answer about the reviews of a change, or of several that were pushed at once.

    GitHub: the list of ``GET /repos/{owner}/{repo}/pulls/{n}/reviews``, all of its pages, one behind the
    other or in a list; or an object of ``reviews``, ``commits`` (``pulls/{n}/commits``) and ``pull_request``
    (``pulls/{n}``), of which the last two tell who made the change.

    GitLab: the object of ``GET /projects/{id}/merge_requests/{n}/approvals``; or an object of ``approvals``,
    ``commits`` (``merge_requests/{n}/commits``), ``merge_request`` (``merge_requests/{n}``),
    ``project_approvals`` (``/projects/{id}/approvals``) and ``versions`` (``merge_requests/{n}/versions``).
    One of the last two is needed to tell what the approvals are about.

    Objects of several changes stand one behind the other.

    Raises:
        HerdbookError: The file is no such answer; the message says what is wrong with it.
    """
    documents = read_json(raw, "The reviews file", LARGEST_FILE)
    first = documents[0] if documents else None
    if documents and all(isinstance(document, list) for document in documents):
        pages = first if len(documents) == 1 else list(documents)
        return (Reviews("github", tuple(_github_reviews(_rows(pages, "reviews")))),)
    if not documents:
        raise _nothing()
    return tuple(map(_of_one_change, documents))


def _of_one_change(answer: Any) -> Reviews:
    if isinstance(answer, dict):
        if "reviews" in answer:
            return _github(_parts(answer, {"reviews", "commits", "pull_request"}))
        if "approvals" in answer:
            parts = {"approvals", "commits", "merge_request", "project_approvals", "versions"}
            return _gitlab(_parts(answer, parts))
        if "approved_by" in answer:
            return _gitlab({"approvals": answer})
    raise _nothing()


def _nothing() -> HerdbookError:
    return HerdbookError(f"The reviews file holds no reviews. {_EXPECTED}.")


def _parts(envelope: dict[str, Any], names: set[str]) -> dict[str, Any]:
    if more := sorted(envelope.keys() - names):
        raise HerdbookError(f"The reviews file has a part {shown(more[0])} that is not known. {_EXPECTED}.")
    return envelope


def _github(parts: dict[str, Any]) -> Reviews:
    authors: set[str] = set()
    people: set[tuple[str, str]] = set()
    head = target = merged = ""
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
        if pull.get("base") is not None:
            target = _said(_object(pull["base"], "pull_request.base"), "ref")
        # Of a pull request that is open, it is a merge for trial.
        if pull.get("merged") is True:
            merged = _hash(pull, "merge_commit_sha", "pull_request")
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
    makers = frozenset(authors), frozenset(people), complete
    return Reviews("github", tuple(reviews), *makers, head=head, target=target, merged=merged)


def _github_reviews(rows: Sequence[Any]) -> Iterator[Review]:
    for where, row in _objects(rows, "reviews"):
        if "dismissed" in row:
            raise HerdbookError(
                f"The reviews file is of Gitea or Forgejo ({where}), where dismissed reviews still approve: "
                "Herdbook verifies no approvals there. Keep `approvals: declared`, and leave the file out."
            )
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
    head = target = merged = squashed = ""
    since: datetime | None = None
    if "merge_request" in parts:
        request = _object(parts["merge_request"], "merge_request")
        if request.get("author") is not None:
            author = _object(request["author"], "merge_request.author")
            authors.add(_text(author, "username", "merge_request.author"))
        head = _hash(request, "sha", "merge_request")
        target = _said(request, "target_branch")
        if request.get("state") == "merged":
            squashed, merge = (
                _hash(request, key, "merge_request") if request.get(key) else ""
                for key in ("squash_commit_sha", "merge_commit_sha")
            )
            # Without either, the branch was moved to the head itself.
            merged = merge or squashed or head
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
    return Reviews(
        "gitlab",
        tuple(found),
        frozenset(authors),
        frozenset(people),
        head=head,
        target=target,
        merged=merged,
        squashed=squashed,
    )


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
