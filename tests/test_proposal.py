import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from herdbook.approvals import Review, Reviews, State, read_reviews
from herdbook.catalog import Catalog
from herdbook.entries import CatalogFile
from herdbook.errors import HerdbookError
from herdbook.git import RevisionError
from herdbook.memory import Memory
from herdbook.opening import read_catalog
from herdbook.proposal import Commits, approvals_of, commits_of_change, on_record, sides_of, taken_apart
from herdbook.tree import WORKTREE, DirTree
from repositories import commit, git, initialised, write
from rule_examples import EXAMPLE_CATALOG

RUN = "catalog/runs/churn/train-2.yaml"


def noted(text: str) -> dict[str, str]:
    return {RUN: (EXAMPLE_CATALOG / "runs/churn/train-2.yaml").read_text() + f"notes: {text}\n"}


class Forge:
    """A repository with a pull request that left main one commit ago, and the forge's merge of the two."""

    def __init__(self, root: Path) -> None:
        self.root = initialised(root)
        shutil.copytree(EXAMPLE_CATALOG, root / "catalog")
        self.start = commit(root, {"train.py": "print()\n"})
        git(root, "checkout", "-q", "-b", "change")
        self.first = commit(root, noted("One."))
        self.head = commit(root, noted("Two."))
        git(root, "checkout", "-q", "main")
        self.tip = commit(root, {"train.py": "print(1)\n"})
        git(root, "checkout", "-q", "--detach")
        git(root, "merge", "-q", "--no-ff", "-m", "Merge", self.head)
        self.merge = git(root, "rev-parse", "HEAD")

    def environment(self, **event: object) -> dict[str, str]:
        """What GitHub Actions sets for the pull request."""
        whole = {
            "action": "opened",
            "pull_request": {
                "number": 7,
                "base": {"ref": "main", "sha": self.start},
                "head": {"sha": self.head},
                "user": {"login": "ana"},
            },
            "repository": {"default_branch": "main"},
            **event,
        }
        path = self.root / ".git" / "event.json"
        path.write_text(json.dumps(whole))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_SHA": self.merge,
            "GITHUB_BASE_REF": "main",
        }


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    forge = Forge(tmp_path / "repository")
    monkeypatch.chdir(forge.root)
    return forge


def of_change(base: str | None = None, head: str | None = None, **environment: str) -> Commits:
    return commits_of_change(Path("catalog"), base, head, environment)


def test_a_forge_merges_the_change_into_the_tip(forge: Forge) -> None:
    found = of_change(**forge.environment())
    assert (found.base, found.target, found.head) == (forge.tip, forge.tip, forge.merge)
    assert (found.reviewed, found.authors) == (forge.head, frozenset({"ana"}))


def test_a_branch_is_judged_by_the_tip_and_compared_with_where_it_left(forge: Forge) -> None:
    found = of_change("main", "change")
    assert (found.base, found.target, found.head) == (forge.start, forge.tip, forge.head)
    assert found.reviewed == forge.head
    sides = sides_of(found, Path("catalog"), Memory())
    assert sides.base.runs["train-2"].text("notes") == ""
    assert sides.head.runs["train-2"].text("notes") == "Two."


def test_reviews_are_of_the_head_that_somebody_names(forge: Forge) -> None:
    assert of_change("main", forge.first, **forge.environment()).reviewed == forge.first


def test_reviews_are_of_what_is_checked_out_where_that_is_no_merge_of_the_change(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", forge.head)
    commit(forge.root, noted("Three."))
    later = commit(forge.root, noted("Four."))
    assert of_change("main", **forge.environment()).reviewed == later


@pytest.mark.parametrize("base", [None, "main"])
@pytest.mark.parametrize("checked_out", ["start", "tip", "first"])
def test_what_is_checked_out_must_hold_the_change(forge: Forge, checked_out: str, base: str | None) -> None:
    git(forge.root, "checkout", "-q", getattr(forge, checked_out))
    with pytest.raises(RevisionError, match="does not hold the head of the change"):
        of_change(base, **forge.environment())


def test_the_files_here_can_be_judged(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "change")
    write(forge.root, noted("Three."))
    sides = sides_of(of_change("main", WORKTREE), Path("catalog"), Memory())
    assert sides.head.runs["train-2"].text("notes") == "Three."
    assert sides.base.runs["train-2"].text("notes") == ""


def test_without_ci_the_branch_that_the_clone_came_with_is_the_base(forge: Forge, tmp_path: Path) -> None:
    with pytest.raises(RevisionError, match="git remote set-head origin --auto"):
        of_change()
    clone = tmp_path / "clone"
    git(forge.root, "checkout", "-q", "main")
    git(tmp_path, "clone", "-q", str(forge.root), str(clone))
    git(clone, "checkout", "-q", "-b", "mine")
    head = commit(clone, noted("Mine."))
    found = commits_of_change(clone / "catalog", None, None, {})
    assert (found.base, found.head) == (forge.tip, head)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_has_a_base_from_the_second_commit_on(
    forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    git(forge.root, "update-ref", "refs/pull/7/merge", forge.merge)
    clone = initialised(tmp_path / "shallow")
    git(
        clone,
        "fetch",
        "-q",
        f"--depth={depth}",
        forge.root.as_uri(),
        "+refs/pull/7/merge:refs/remotes/pull/7/merge",
    )
    git(clone, "checkout", "-q", "--detach", "refs/remotes/pull/7/merge")
    environment = forge.environment()
    monkeypatch.chdir(clone)
    if depth == 2:
        assert of_change(**environment).base == forge.tip
        return
    with pytest.raises(RevisionError, match=r"The clone is shallow.* Set fetch-depth: 2 at actions/checkout"):
        of_change(**environment)


def test_histories_that_have_nothing_in_common_are_not_compared(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "--orphan", "other")
    commit(forge.root, {})
    with pytest.raises(RevisionError, match="main has no commit in common with"):
        of_change("main")


@pytest.mark.parametrize("head", ["absent", "--all", "", "HEAD~99", "0" * 40])
def test_a_head_that_is_not_there_is_an_error(forge: Forge, head: str) -> None:
    with pytest.raises(HerdbookError, match=r"there is no such commit|there is no base"):
        of_change("main", head or "HEAD:train.py")


def test_before_the_first_commit_there_is_nothing_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(initialised(tmp_path))
    for head in (None, WORKTREE):
        with pytest.raises(RevisionError, match="HEAD: nothing has been committed on this branch yet"):
            of_change("main", head)


@pytest.mark.parametrize("base", ["absent", "--all", "0" * 40, "HEAD:train.py"])
def test_a_base_that_is_not_there_is_an_error(forge: Forge, base: str) -> None:
    with pytest.raises(RevisionError, match="is not in this clone"):
        of_change(base)


def test_all_that_changes_in_the_repository_is_known(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "change")
    commit(forge.root, {".github/CODEOWNERS": "* @bo\n", "catalog/.gitattributes": "* -diff\n", "x/y": "1"})
    sides = sides_of(of_change("main"), Path("catalog"), Memory())
    changed = [".github/CODEOWNERS", "catalog/.gitattributes", RUN, "x/y"]
    assert [source.path for source in sides.touched] == changed
    assert [source.file for source in sides.touched] == changed


def test_a_catalog_that_is_on_neither_side_is_an_error(forge: Forge) -> None:
    found = of_change("main", "change")
    with pytest.raises(HerdbookError, match="there is no catalog, neither at"):
        sides_of(commits_of_change(Path("absent"), "main", "change", {}), Path("absent"), Memory())
    assert found.repository.path == "catalog"


def reviews(forge: Forge, *, on: str, commits: bool) -> Reviews:
    """The answer of the forge: bo approved a commit."""
    review = {"user": {"login": "bo", "type": "User"}, "state": "APPROVED", "commit_id": on}
    listed = [{"commit": {"author": {"name": "Ana"}, "committer": {"name": "Ana"}, "message": "One"}}]
    whole = {
        "reviews": [{**review, "submitted_at": "2024-01-16T08:00:00Z"}],
        "pull_request": {
            "head": {"sha": forge.head},
            "base": {"ref": "main"},
            "user": {"login": "ana"},
            "commits": 1,
        },
        **({"commits": listed} if commits else {}),
    }
    (found,) = read_reviews(json.dumps(whole).encode())
    return found


def with_login(person: str) -> Catalog:
    file = DirTree(EXAMPLE_CATALOG)
    catalog = read_catalog(file)
    assert catalog.file is not None
    people = {person: {"name": "Bo", "logins": {"github": "bo"}}}
    return replace(catalog, file=CatalogFile(catalog.file.source, {**catalog.file.data, "people": people}))


def test_a_review_counts_on_the_commit_that_was_merged(forge: Forge) -> None:
    commits = of_change(**forge.environment())
    for on, counted in ((forge.head, ["bo"]), (forge.first, []), (forge.merge, [])):
        answer = reviews(forge, on=on, commits=True)
        assert list(approvals_of(commits, answer, with_login("bo")).counted) == counted


def test_in_a_queue_the_reviews_say_which_commit_was_seen(forge: Forge) -> None:
    event = {"merge_group": {"base_sha": forge.tip, "base_ref": "refs/heads/main"}}
    environment = {**forge.environment(**event), "GITHUB_EVENT_NAME": "merge_group"}
    commits = of_change(**environment)
    assert (commits.base, commits.head, commits.queued) == (forge.tip, forge.merge, True)
    answer = reviews(forge, on=forge.head, commits=True)
    assert list(approvals_of(commits, answer, with_login("bo")).counted) == ["bo"]


def squash(forge: Forge, **more: str) -> None:
    git(forge.root, "merge", "-q", "--squash", forge.head)
    commit(forge.root, more)


def merge_with(forge: Forge, **more: str) -> None:
    git(forge.root, "merge", "-q", "--no-ff", "--no-commit", forge.head)
    commit(forge.root, more)


def merge_without(forge: Forge) -> None:
    git(forge.root, "merge", "-q", "--no-ff", "--no-commit", forge.head)
    git(forge.root, "checkout", "-q", forge.start, "--", RUN)
    commit(forge.root, {})


def merge_after_another(forge: Forge) -> None:
    commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})
    git(forge.root, "merge", "-q", "--no-ff", "-m", "Merge", forge.head)


def squash_after_another(forge: Forge) -> None:
    commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})
    squash(forge)


def settle(forge: Forge) -> None:
    """Merge a change of a file that the main branch changed, too."""
    git(forge.root, "checkout", "-q", "-B", "main", forge.start)
    forge.tip = commit(forge.root, noted("Three."))
    git(forge.root, "merge", "-q", "-s", "ours", "-m", "Merge", forge.head)


def rebase(forge: Forge, *steps: Callable[[], object]) -> None:
    """Make the commits of the change anew on the tip; do something else after each."""
    for step, made in enumerate((forge.first, forge.head)):
        git(forge.root, "cherry-pick", made)
        for more in steps[step : step + 1]:
            more()


def slip_in(forge: Forge) -> None:
    rebase(forge, lambda: commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"}))


def slip_in_last(forge: Forge) -> None:
    rebase(forge)
    write(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})
    git(forge.root, "add", "-A")
    git(forge.root, "commit", "-q", "--amend", "--no-edit")


def rebase_in_part(forge: Forge) -> None:
    git(forge.root, "cherry-pick", forge.first)


def rebase_and_change(forge: Forge) -> None:
    """Make the commits anew, the last one with other content."""
    rebase(forge)
    write(forge.root, noted("Three."))
    git(forge.root, "commit", "-q", "-a", "--amend", "--no-edit")


def rebase_and_merge(forge: Forge) -> None:
    """Merge the commits that were made anew, as semi-linear histories have it."""
    git(forge.root, "checkout", "-q", "-b", "anew", "main")
    rebase(forge)
    git(forge.root, "checkout", "-q", "main")
    git(forge.root, "merge", "-q", "--no-ff", "-m", "Merge", "anew")


def squash_and_merge(forge: Forge, **more: str) -> str:
    """Merge a commit that holds all of the change, made where that left main."""
    git(forge.root, "checkout", "-q", "-b", "squashed", forge.start)
    squash(forge, **more)
    squashed = git(forge.root, "rev-parse", "HEAD")
    git(forge.root, "checkout", "-q", "main")
    git(forge.root, "merge", "-q", "--no-ff", "-m", "Merge", squashed)
    return squashed


def merge_again(forge: Forge) -> None:
    """Bring the change back that was taken back, with something more."""
    git(forge.root, "merge", "-q", "--no-ff", "-m", "Merge", forge.head)
    git(forge.root, "revert", "--no-edit", "-m", "1", "HEAD")
    forge.tip = git(forge.root, "rev-parse", "HEAD")
    commit(forge.root, {**noted("Two."), "catalog/notes.txt": "Not reviewed.\n"})


def push_on_top(forge: Forge) -> None:
    """Push the head itself and something more: the forge takes the change for merged."""
    git(forge.root, "checkout", "-q", "-B", "main", forge.head)
    forge.tip = forge.start
    commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})


def push_beside(forge: Forge) -> None:
    """Push a commit when the head has long been there."""
    git(forge.root, "merge", "-q", "--no-ff", "-m", "Merge", forge.head)
    forge.tip = git(forge.root, "rev-parse", "HEAD")
    commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})


@pytest.mark.parametrize(
    ("land", "counted"),
    [
        (merge_with, ["bo"]),
        (squash, ["bo"]),
        (rebase, ["bo"]),
        (rebase_and_merge, ["bo"]),
        (squash_and_merge, ["bo"]),
        (slip_in, []),
        (slip_in_last, []),
        (rebase_in_part, []),
        (rebase_and_change, []),
        (lambda forge: squash_and_merge(forge, train="Not reviewed."), []),
        (merge_again, []),
        (lambda forge: merge_with(forge, train="Not reviewed."), []),
        (merge_without, []),
        (merge_after_another, []),
        (squash_after_another, []),
        (settle, []),
        (push_on_top, []),
        (push_beside, []),
    ],
)
def test_reviews_count_of_what_the_forge_merged_as_it_was_seen(
    forge: Forge, land: Callable[[Forge], None], counted: list[str]
) -> None:
    git(forge.root, "checkout", "-q", "main")
    land(forge)
    commits = pushed(forge)
    answer = replace(reviews(forge, on=forge.head, commits=True), merged=commits.head)
    assert list(approvals_of(commits, answer, with_login("bo")).counted) == counted
    assert not approvals_of(commits, replace(answer, target="develop"), with_login("bo")).counted
    for other in (forge.tip, forge.head, ""):
        assert not approvals_of(commits, replace(answer, merged=other), with_login("bo")).counted
    assert not approvals_of(commits, replace(answer, head=forge.first), with_login("bo")).counted


def pushed(forge: Forge) -> Commits:
    """The change that a push to main is, which bo made."""
    event = {"ref": "refs/heads/main", "before": forge.tip, "sender": {"login": "bo"}}
    environment = {**forge.environment(**event), "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main"}
    return of_change(**environment)


def test_a_squashed_change_is_known_by_what_the_forge_lists(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "main")
    squash(forge)
    commits = pushed(forge)
    gone = "d" * 40
    answer = replace(reviews(forge, on=gone, commits=True), merged=commits.head, head=gone)
    assert list(approvals_of(commits, answer, with_login("bo")).counted) == ["bo"]
    his = replace(answer, commit_people=frozenset({("Bo", "bo@example.org")}))
    assert not approvals_of(commits, his, with_login("bo")).counted
    git(forge.root, "commit", "-q", "--amend", "--no-edit", "--author=Bo <bo@example.org>")
    commits = pushed(forge)
    unlisted = replace(answer, merged=commits.head, all_commits=False)
    assert not approvals_of(commits, unlisted, with_login("bo")).counted


def test_what_was_rebased_is_compared_with_its_head(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "main")
    rebase(forge)
    commits = pushed(forge)
    gone = "d" * 40
    answer = replace(reviews(forge, on=gone, commits=True), merged=commits.head, head=gone)
    found = approvals_of(commits, answer, with_login("bo"))
    assert not found.counted
    assert found.uncounted[0].reason == (
        "the review by bo was made on ddddddd, and this clone lacks the head of the change, with which what "
        f"was pushed must be compared: git fetch origin {gone}"
    )


def test_a_squashed_change_that_was_merged_is_known_by_what_the_forge_made(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "main")
    squashed = squash_and_merge(forge)
    commits = pushed(forge)
    gone = "d" * 40
    answer = replace(reviews(forge, on=gone, commits=True), merged=commits.head, head=gone, squashed=squashed)
    assert list(approvals_of(commits, answer, with_login("bo")).counted) == ["bo"]
    for other in ("", forge.first, forge.start):
        unknown = replace(answer, squashed=other)
        assert not approvals_of(commits, unknown, with_login("bo")).counted


def queue(forge: Forge, how: str) -> list[Reviews]:
    """Push two changes at once as a queue does, of which bo approved one and cy the other."""
    git(forge.root, "checkout", "-q", "-b", "second", forge.start)
    texts = [{"catalog/second.txt": "One.\n"}, {"catalog/second.txt": "Two.\n"}]
    second = [commit(forge.root, text) for text in texts]
    git(forge.root, "checkout", "-q", "main")
    answers = []
    for login, made in (("bo", [forge.first, forge.head]), ("cy", second)):
        if how == "rebase":
            git(forge.root, "cherry-pick", *made)
        else:
            git(forge.root, "merge", "-q", *(["--squash"] if how == "squash" else ["--no-ff"]), made[-1])
        if how == "squash":
            commit(forge.root, {})
        review = Review(login, State.APPROVED, made[-1])
        merged = git(forge.root, "rev-parse", "HEAD")
        answers.append(Reviews("github", (review,), head=made[-1], target="main", merged=merged))
    return answers


HOW = pytest.mark.parametrize("how", ["merge", "squash", "rebase"])


def counted(commits: Commits, answers: Sequence[Reviews]) -> list[list[str] | None]:
    """Whose reviews count of each change that was pushed; `None` where none are known."""
    people = {"bo": {"logins": {"github": "bo"}}, "cy": {"logins": {"github": "cy"}}}
    catalog = with_login("bo")
    assert catalog.file is not None
    both = replace(catalog, file=CatalogFile(catalog.file.source, {**catalog.file.data, "people": people}))
    parts = taken_apart(commits, answers)
    return [
        None if answer is None else list(approvals_of(part, answer, both).counted) for part, answer in parts
    ]


@HOW
def test_of_several_changes_that_were_pushed_each_has_its_own_reviews(forge: Forge, how: str) -> None:
    answers = queue(forge, how)
    commits = pushed(forge)
    ends = [part.head for part, _ in taken_apart(commits, answers)]
    assert ends == [answers[0].merged, answers[1].merged] == [answers[0].merged, commits.head]
    assert [part.base for part, _ in taken_apart(commits, answers)] == [forge.tip, ends[0]]
    assert all(part.target == part.base for part, _ in taken_apart(commits, answers))
    assert counted(commits, answers) == counted(commits, answers[::-1]) == [["bo"], ["cy"]]


@HOW
def test_who_reviewed_the_last_of_several_changes_did_not_see_the_others(forge: Forge, how: str) -> None:
    answers = queue(forge, how)
    assert counted(pushed(forge), answers[1:]) == [[]]
    elsewhere = replace(answers[0], merged="d" * 40)
    assert counted(pushed(forge), [elsewhere, answers[1]]) == [[]]
    assert counted(pushed(forge), [answers[0], elsewhere]) == [["bo"], None]


@HOW
def test_what_slips_in_between_two_changes_is_in_one_of_them(forge: Forge, how: str) -> None:
    first, _ = queue(forge, how)
    slipped = commit(forge.root, {"catalog/notes.txt": "Not reviewed.\n"})
    assert counted(pushed(forge), [first, replace(first, merged=slipped)]) == [["bo"], []]
    forge.tip, first = forge.start, replace(first, merged=slipped)
    assert counted(pushed(forge), [first, first]) == [[]]


@HOW
def test_of_two_changes_that_were_merged_as_one_that_counts_which_it_is(forge: Forge, how: str) -> None:
    first, second = queue(forge, how)
    contained = replace(second, head=forge.first, reviews=())
    expected = [["bo"], ["cy"]]
    assert counted(pushed(forge), [first, contained, second]) == expected
    assert counted(pushed(forge), [first, second, contained]) == expected


def test_who_reviewed_all_that_was_pushed_reviewed_its_parts(forge: Forge) -> None:
    """The branch was moved to a head that holds another change, and one that was merged into it."""
    git(forge.root, "checkout", "-q", "-B", "main", forge.head)
    forge.tip = forge.start
    seen = Review("bo", State.APPROVED, forge.head)
    all_of_it = Reviews("github", (seen,), head=forge.head, target="main", merged=forge.head)
    part = Reviews("github", (), head=forge.first, target="main", merged=forge.first)
    for within in (part, replace(part, target="feature")):
        assert counted(pushed(forge), [within, all_of_it]) == [["bo"]]
    unseen = replace(all_of_it, reviews=())
    approved = replace(part, reviews=(replace(seen, commit=forge.first),))
    assert counted(pushed(forge), [approved, unseen]) == [[]]
    for parts in ([replace(approved, target="feature"), unseen], [replace(approved, target="feature")] * 2):
        assert counted(pushed(forge), parts) == [[]]


def test_reviews_of_several_changes_are_of_a_push(forge: Forge) -> None:
    answers = queue(forge, "merge")
    git(forge.root, "checkout", "-q", "--detach", forge.merge)
    with pytest.raises(HerdbookError, match="the reviews file is of 2 changes, and only a push"):
        taken_apart(of_change(**forge.environment()), answers)


def test_a_list_of_the_commits_of_another_head_does_not_tell_who_made_this_one(
    forge: Forge, tmp_path: Path
) -> None:
    git(forge.root, "checkout", "-q", forge.merge)
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=2", forge.root.as_uri(), str(clone))
    commits = replace(commits_of_change(clone / "catalog", "HEAD^1", None, {}), reviewed=forge.head)
    answer = replace(reviews(forge, on=forge.head, commits=True), head="d" * 40)
    with pytest.raises(HerdbookError, match="it cannot be told who made the change"):
        approvals_of(commits, answer, with_login("bo"))


def test_who_wrote_the_change_does_not_approve_it(forge: Forge) -> None:
    git(forge.root, "checkout", "-q", "change")
    author = {"GIT_AUTHOR_NAME": "Somebody", "GIT_AUTHOR_EMAIL": "12+bo@users.noreply.github.com"}
    forge.head = commit(forge.root, noted("Three."), **author)
    found = approvals_of(of_change("main"), reviews(forge, on=forge.head, commits=False), with_login("bo"))
    assert found.counted == {}
    assert "wrote or committed the change" in found.uncounted[0].reason


def test_who_made_the_commits_that_a_clone_lacks_must_be_known(forge: Forge, tmp_path: Path) -> None:
    git(forge.root, "checkout", "-q", forge.merge)
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=2", forge.root.as_uri(), str(clone))
    commits = commits_of_change(clone / "catalog", "HEAD^1", None, {})
    commits = replace(commits, reviewed=forge.head)
    with pytest.raises(HerdbookError, match="it cannot be told who made the change"):
        approvals_of(commits, reviews(forge, on=forge.head, commits=False), with_login("bo"))
    answer = reviews(forge, on=forge.head, commits=True)
    assert list(approvals_of(commits, answer, with_login("bo")).counted) == ["bo"]


def test_on_record_is_what_somebody_committed(tmp_path: Path) -> None:
    catalog = tmp_path / "work/catalog"
    shutil.copytree(EXAMPLE_CATALOG, catalog)
    assert on_record(catalog, None) == Catalog()  # there is no repository
    root = initialised(tmp_path / "work")
    assert on_record(catalog, None) == Catalog()
    commit(root, {"train.py": "print()\n"})
    assert set(on_record(catalog, None).models) == {"churn"}
    write(root, {"catalog/models/late/model.yaml": "kind: model\nname: late\n"})
    assert set(on_record(catalog, None).models) == {"churn"}
    git(root, "checkout", "-q", "-b", "change")
    commit(root, {})
    assert set(on_record(catalog, None).models) == {"churn", "late"}
    assert set(on_record(catalog, "main").models) == {"churn"}
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert set(on_record(catalog, None).models) == {"churn"}
    with pytest.raises(RevisionError, match="there is no base to judge by: nothing is not in this clone"):
        on_record(catalog, "nothing")
