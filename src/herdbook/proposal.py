"""A proposed change: which commits it lies between, and what the catalog is at each of them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from herdbook.approvals import Approvals, Reviews, co_authors, verified
from herdbook.catalog import Catalog
from herdbook.errors import HerdbookError
from herdbook.forge import Base, Change, change_under_judgement, read_event, shown
from herdbook.gate import Sides
from herdbook.git import GitError, Made, Repository, RevisionError, repository_around
from herdbook.memory import Memory, memory_of
from herdbook.source import SourceFile
from herdbook.tree import WORKTREE, DirTree


@dataclass(frozen=True, slots=True)
class Commits:
    """The commits that a change lies between.

    Attributes:
        repository: where they are.
        base: the hash of the commit that the change begins at.
        target: the hash of the commit that it is to be merged into.
        head: the hash of the commit that holds it.
        reviewed: the hash of the commit that reviewers saw.
        queued: a merge queue made the head; the reviews say which commit reviewers saw.
        landed: the branch where it was pushed to the one that it is for; the reviews may say as what it was
            merged.
        on_disk: the files on disk are judged rather than those of the head.
        authors: accounts that made the change, as far as the forge's job says.
    """

    repository: Repository
    base: str
    target: str
    head: str
    reviewed: str
    queued: bool
    landed: str
    on_disk: bool
    authors: frozenset[str]


def commits_of_change(
    catalog_dir: Path, base: str | None, head: str | None, environment: Mapping[str, str] = os.environ
) -> Commits:
    """Find the commits of a change, as somebody names them or else as CI does.

    Args:
        catalog_dir: the folder of the catalog.
        base: the branch that the change is for; the change is what came after it was left.
        head: the revision to judge, or `WORKTREE`.
        environment: the environment variables.

    Raises:
        HerdbookError: there is no repository, no such commit, or nothing to compare with.
    """
    change = change_under_judgement(environment, read_event(environment))
    repository = repository_around(catalog_dir)
    on_disk = head == WORKTREE
    revision = "HEAD" if on_disk else head or change.head
    found = repository.commit(revision)
    if found is None:
        if revision == "HEAD":
            raise RevisionError(
                "HEAD: nothing has been committed on this branch yet; commit the change first"
            )
        raise RevisionError(f"{revision}: there is no such commit in this clone; name another with --head")
    target, start = _based(repository, found, (Base(base),) if base else change.bases, change)
    known = {found, *repository.parents(found)}
    if head is None and change.reviewed and not _holds(repository, found, change.reviewed, known):
        raise RevisionError(
            f"what is checked out, {found[:10]}, does not hold the head of the change, "
            f"{change.reviewed[:10]}: something else would be judged in its place. Check out the change "
            "(with actions/checkout: without `ref`), or name what to judge with --head"
        )
    reviewed = change.reviewed if head is None and change.reviewed in known else found
    queued, landed = change.queued and head is None, change.landed if head is None else ""
    return Commits(repository, start, target, found, reviewed, queued, landed, on_disk, change.logins)


def taken_apart(commits: Commits, reviews: Sequence[Reviews]) -> tuple[tuple[Commits, Reviews | None], ...]:
    """Take what was pushed apart into the changes that the forge merged, one on top of the other.

    A merge queue pushes several at once. Whoever reviewed one of them need not have seen the others.

    Args:
        commits: the commits of all of it.
        reviews: what the forge says of the reviews of each change.

    Returns:
        The commits of each change, and what is known of its reviews. Of what was pushed beside those that
        the forge merged, nothing is.

    Raises:
        HerdbookError: it is one change, and the reviews are of several.
    """
    if not commits.landed and len(reviews) > 1:
        raise HerdbookError(
            f"the reviews file is of {len(reviews)} changes, and only a push to the branch that they are for "
            "can hold several: give the forge's answer about the one that is judged"
        )
    ours = [each for each in reviews if each.target == commits.landed]
    if len(ours) <= 1:
        return ((commits, next(iter(ours or reviews), None)),)
    # A branch that is merged may itself hold what was merged into it, and more than one change that is for
    # this branch. Who reviewed all of it need not have reviewed the parts.
    whole = next((each for each in ours if _merged_by_forge(commits, each)), None)
    if whole is not None:
        return ((commits, whole),)
    merged = {each.merged for each in ours}
    ends = [step for step in commits.repository.steps(commits.base, commits.head) if step in merged]
    if commits.head not in ends:
        ends.append(commits.head)
    parts = []
    for start, end in pairwise((commits.base, *ends)):
        part = replace(commits, base=start, target=start, head=end, reviewed=end)
        of = [each for each in ours if each.merged == end]
        known = [each for each in of if _merged_by_forge(part, each)] or of
        parts.append((part, next(iter(known), None)))
    return tuple(parts)


def _holds(repository: Repository, commit: str, other: str, known: Iterable[str]) -> bool:
    """Tell whether a commit is another one, or came after it; some that it holds are known."""
    return other in known or other in repository.merge_bases(commit, other)


def _based(repository: Repository, head: str, bases: Iterable[Base], change: Change) -> tuple[str, str]:
    """The commit to merge into, and the one that the change begins at."""
    tried = []
    for base in bases:
        target = repository.commit(base.revision)
        starts: tuple[str, ...] = ()
        if target is not None:
            starts = (target,) if base.as_it_is else repository.merge_bases(target, head)
        if len(starts) > 1:
            # Git would take the newest, by dates that the author chose, and what a merge took back of the
            # others would not be seen.
            raise RevisionError(
                f"{head[:10]} and {base.revision} have {len(starts)} last commits in common "
                f"({', '.join(start[:10] for start in starts[:3])}), for each was merged into the other, so "
                f"that the change has no one beginning. Merge {base.revision} into it, and judge that"
            )
        if target is not None and starts:
            return target, starts[0]
        lacks = "is not in this clone"
        if target is not None:
            apart = (
                "does not show where it was left by" if repository.shallow else "has no commit in common with"
            )
            lacks = f"{apart} {head[:10]}"
        tried.append(f"{base.revision} {lacks}")
    cut = ""
    if repository.shallow:
        cut = " The clone is shallow: older commits were left out (`git fetch --unshallow` brings them)."
    why = "; ".join(tried) or f"{change.where} names none"
    raise RevisionError(f"there is no base to judge by: {why}.{cut} {change.remedy}")


def sides_of(commits: Commits, catalog_dir: Path, memory: Memory) -> Sides:
    """Read the catalog as it was, as it is, and as it is where the change is to be merged.

    One that the change moved to this folder is read where it was before: it does not begin anew.

    Args:
        commits: the commits of the change.
        catalog_dir: the folder of the catalog.
        memory: what was read of commits before.

    Raises:
        HerdbookError: the catalog is on neither side, or cannot be read.
        StorageError: reading failed.
    """
    name = catalog_dir.as_posix()
    repository = commits.repository

    def at(commit: str) -> Catalog:
        return memory.read(repository.tree(commit, name))

    base = at(commits.base)
    target = base if commits.target == commits.base else at(commits.target)
    head = memory_of(catalog_dir).read(DirTree(catalog_dir, name)) if commits.on_disk else at(commits.head)
    memory.save()
    if not (stands_in_place(base) or stands_in_place(target)):
        there = before_move(repository, commits.base, commits.head, on_disk=commits.on_disk)
        if there is not None:
            trees = (there.tree(commit, there.path) for commit in (commits.base, commits.target))
            base, target = map(Memory().read, trees)
    if not base.paths and not head.paths:
        raise HerdbookError(
            f"{name}: there is no catalog, neither at {commits.base[:10]} nor at {commits.head[:10]}; "
            "name its folder with --catalog DIR"
        )
    return Sides(base, head, target, tuple(_touched(commits)))


def before_move(repository: Repository, base: str, head: str, *, on_disk: bool) -> Repository | None:
    """The place of a catalog before a change moved it to where it is; `None` where no change did.

    Args:
        repository: where the commits are.
        base: the hash of the commit that the change begins at.
        head: the hash of the commit that holds it.
        on_disk: what is on disk counts, too, where that commit did not move the catalog.
    """
    folder = repository.moved_from(base, head)
    if folder is None and on_disk:
        folder = repository.moved_on_disk(base)
    return None if folder is None else replace(repository, path=folder)


def stands_in_place(catalog: Catalog) -> bool:
    """Tell whether a catalog has files where those of one belong, and not only in some folder of its own."""
    return any(path.partition("/")[0] in _PLACES for path in catalog.paths)


_PLACES = frozenset({"herdbook.yaml", "datasets", "runs", "models", "endpoints"})


def on_record(catalog_dir: Path, base: str | None) -> Catalog:
    """The catalog that changes made here are judged against; nothing is on record that nobody committed.

    Args:
        catalog_dir: the folder of the catalog.
        base: the branch that changes are for. Left out, it is the default branch of the clone, and where
            nothing says which that is, the commit that is checked out.

    Raises:
        HerdbookError: there is no such branch, or the catalog cannot be read there.
    """
    try:
        repository = repository_around(catalog_dir)
    except GitError:
        raise
    except HerdbookError:  # there is no repository
        return Catalog()
    found = repository.commit("HEAD")
    if found is None:
        return Catalog()
    if base is not None or repository.commit("refs/remotes/origin/HEAD") is not None:
        found = commits_of_change(catalog_dir, base, WORKTREE, {}).base
    memory = memory_of(catalog_dir, of="blobs")
    return memory.read(repository.tree(found, catalog_dir.as_posix()))


def _touched(commits: Commits) -> Iterable[SourceFile]:
    """The files of the repository that the change touches.

    Raises:
        HerdbookError: one of them would be checked out into the catalog where case does not count.
    """
    root = replace(commits.repository, path="").tree(commits.head, "")
    prefix = f"{commits.repository.path}/" if commits.repository.path else ""
    for file in commits.repository.changed(commits.base, commits.head):
        beside = not file.path.startswith(prefix) and file.path.casefold().startswith(prefix.casefold())
        if beside and file.change != "deleted":
            raise HerdbookError(
                f"{file.path} is in a folder whose name differs from that of the catalog, {prefix}, only in "
                "case: on many systems they are one; give it another name"
            )
        yield SourceFile(root, file.path)


def approvals_of(commits: Commits, reviews: Reviews, target: Catalog) -> Approvals:
    """Tell whose reviews of a change count, by the people of the target.

    Of one that was pushed as the forge merged it, these are those of what it merged.

    Raises:
        HerdbookError: it cannot be told who made the change.
    """
    merged = _merged_by_forge(commits, reviews)
    reviewed = reviews.head if commits.queued or merged else commits.reviewed
    made = _made(commits, reviews, merged=merged)
    if any(commit.cut for commit in made) and not (reviews.all_commits and reviews.head == reviewed):
        raise HerdbookError(
            "it cannot be told who made the change: this clone is shallow and lacks some of its commits, and "
            "the reviews file does not list them. Clone all of it (fetch-depth: 0, GIT_DEPTH: 0), or add the "
            "forge's list of commits to the file"
        )
    makers: list[tuple[str, str]] = []
    for commit in made:
        makers += (*commit.makers, *co_authors(commit.message))
    people = target.file.people if target.file is not None else {}
    # Whoever merged it on the forge is who pushed, and need not have made any of it.
    authors = frozenset[str]() if merged else commits.authors
    if not merged and (why := _about_something_else(commits, reviews)):
        return verified(reviews, people, "", makers, unknown=why)
    return verified(reviews, people, reviewed, makers, authors)


def _about_something_else(commits: Commits, reviews: Reviews) -> str:
    """Why reviews cannot be about what was pushed, for a sentence; empty where they can."""
    if commits.landed and reviews.target not in ("", commits.landed):
        return f"the change is for {shown(reviews.target)}, not for {shown(commits.landed)}"
    if _said_to_be_merged(commits, reviews) and commits.repository.commit(reviews.head) is None:
        lacks = "this clone lacks the head of the change, with which what was pushed must be compared"
        return f"{lacks}: git fetch origin {reviews.head}"
    return ""


def _made(commits: Commits, reviews: Reviews, *, merged: bool) -> Sequence[Made]:
    """The commits of a change, without the forge's own merge: that names whoever pressed the button."""
    repository = commits.repository
    if not merged:
        return repository.commits(commits.base, commits.head if commits.queued else commits.reviewed)
    if repository.commit(reviews.head) is not None:
        return repository.commits(commits.base, reviews.head)
    # It was squashed, and the reviews are all that tells of the commits before.
    return () if reviews.all_commits else repository.commits(commits.base, reviews.squashed or commits.head)


def _said_to_be_merged(commits: Commits, reviews: Reviews) -> bool:
    """Tell whether the forge says that it merged a change into this branch, as what was pushed."""
    here = bool(commits.landed) and reviews.target == commits.landed
    return here and bool(reviews.head) and reviews.merged == commits.head


def _merged_by_forge(commits: Commits, reviews: Reviews) -> bool:
    """Tell whether what was pushed is just what reviewers saw, merged by the forge.

    A forge takes a change for merged, too, when somebody pushes commits of their own that hold its head. What
    these hold beside the change, nobody reviewed. So it must be what a merge of the two would be, whether it
    is a merge, or the change was rebased or squashed.
    """
    repository, head = commits.repository, reviews.head
    if not _said_to_be_merged(commits, reviews) or repository.shallow:
        return False
    alone = repository.parents(commits.head) in ((commits.base,), (commits.base, reviews.squashed))
    if repository.commit(head) is None:
        return alone
    # Only the forge itself takes a change for merged whose head is not among what was pushed: it squashed it.
    shared = repository.merge_bases(commits.head, head)
    own = alone and bool(shared) and head not in shared
    return repository.merges_plainly(commits.base, head, commits.head, settled=own)
