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

A change that was merged is judged once more when it is pushed, and its head is then not what is checked
out. The reviews of its head count where the forge says that it merged the change into this branch as what was
pushed, and where that holds nothing beside it: each file is as it is in the head or as it was before,
whichever changed it. So it does not matter whether the change was merged, squashed or rebased. Where the
clone lacks the head, one commit that the forge squashed is believed. Of several changes that a queue pushed
at once, each is judged by itself, with its own reviews.

Names and addresses in commits are what their author typed. They can keep somebody from approving, never help:
who pushes under another's name and then approves is found by the account that pushed, where an event or the
forge's own rule about the last push names it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from herdbook.approvals.answers import LARGEST_FILE as LARGEST_FILE
from herdbook.approvals.answers import read_reviews as read_reviews
from herdbook.approvals.reviews import Forge
from herdbook.approvals.reviews import Review as Review
from herdbook.approvals.reviews import Reviews as Reviews
from herdbook.approvals.reviews import State as State
from herdbook.approvals.reviews import co_authors as co_authors
from herdbook.forge import is_hash, shown

# GitHub writes 12345+login, GitLab 12345-login; a login of its own may begin with digits and a hyphen.
_NOREPLY = re.compile(r"(?P<whole>(?:[0-9]+[-+])?(?P<login>[^@]+))@users\.noreply\.[^@]+")
# What says neither yes nor no leaves the reviewer's word as it was.
_SAYS_NOTHING = frozenset({State.COMMENTED, State.PENDING})


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
    unknown: str = "the head of the change is not known",
) -> Approvals:
    """Tell which people approved a change.

    Args:
        reviews: What the forge says.
        people: The people of the base's catalog, by id, as its schema has them.
        head: The full hash of the commit that reviewers saw last. Where it is none, nothing counts.
        commit_people: Names and e-mail addresses of the authors, committers and co-authors of the commits, as
            git has them.
        authors: Accounts that made the change, as far as they are known from elsewhere.
        unknown: Why nothing counts where the head is none, for a sentence.
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
        if not reason and not is_hash(head):
            reason = f"the review by {_who(review)} was made on {review.commit[:7]}, and {unknown}"
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
    if is_hash(head) and review.commit != head:
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
