"""The change claims, or somebody fakes, an approval that nobody gave. The policy asks for verified ones."""

import json
from typing import Any

from gate.attack import attack
from gate.records import endpoint, line, version, with_lines, with_transitions
from gate.scene import PEOPLE, Files, Run, Scene

ANA, BO, CY = PEOPLE["ana"], PEOPLE["bo"], PEOPLE["cy"]


def _promote(scene: Scene, *lines: dict[str, Any], **environment: str) -> str:
    text = with_lines(scene.read("models/churn/aliases.yaml"), "champion", *(lines or (line(3),)))
    return scene.commit({"models/churn/aliases.yaml": text}, "Promote version 3", **environment)


def _reviewed(name: str, title: str, *reviews: tuple[str, str], says: str = "", **more: Any) -> None:
    """Declare a promotion with reviews of its head that must not count."""

    def prepare(scene: Scene) -> tuple[str, ...]:
        head = _promote(scene)
        return scene.reviews(*((login, state, head) for login, state in reviews), **more)

    attack("approvals", title, "unverified-approval", origin="verified", says=says, name=name)(prepare)


_reviewed("unreviewed", "Type an approver into approved_by, with no review at all", says="with 0 of 1")
_reviewed("stranger", "Approve as somebody whom nobody knows", ("eve", "APPROVED"), says="nobody whose login")
_reviewed("no_approver", "Approve as somebody who may not approve", (CY, "APPROVED"))
_reviewed(
    "homoglyph", "Approve by a login with a Cyrillic o in it", ("b\u043e-b", "APPROVED"), says="nobody whose"
)
_reviewed(
    "full_width", "Approve by a login in full-width letters", ("\uff42o-b", "APPROVED"), says="nobody whose"
)
_reviewed("kelvin", "Approve by a login that is only alike without case", ("bo-\u212a", "APPROVED"))
_reviewed("bot", "Approve by a bot", ("bo-b[bot]", "APPROVED"), says="no person's")
_reviewed("comment", "Count a comment as an approval", (BO, "COMMENTED"), says="is a comment")
_reviewed("dismissed", "Count an approval that was dismissed", (BO, "DISMISSED"), says="was dismissed")
_reviewed("pending", "Count a review that was never submitted", (BO, "PENDING"), says="not submitted")
_reviewed("unknown_state", "Count a review in a state that nobody knows", (BO, "MERGED"))
_reviewed(
    "superseded",
    "Count an approval that its reviewer followed by asking for changes",
    (BO, "APPROVED"),
    (BO, "CHANGES_REQUESTED"),
    says="asks for changes",
)
_reviewed(
    "superseded_in_other_letters",
    "Count an approval though the same account, written in capitals, asked for changes later",
    (BO, "APPROVED"),
    (BO.upper(), "CHANGES_REQUESTED"),
)
_reviewed(
    "opened_by_the_approver",
    "Approve one's own pull request",
    (BO, "APPROVED"),
    says="opened, wrote or committed",
    pull_request={"user": {"login": BO}, "head": {"sha": "f" * 40}, "commits": 1},
    commits=[{"commit": {}, "author": {"login": ANA}, "committer": {"login": ANA}}],
)
_reviewed(
    "committed_by_the_account",
    "Approve what one committed, by the forge's list of commits",
    (BO, "APPROVED"),
    says="opened, wrote or committed",
    commits=[{"commit": {}, "author": {"login": ANA}, "committer": {"login": BO.upper()}}],
)


def _made_by(name: str, title: str, **environment: str) -> None:
    """Declare a promotion that the approver had a hand in."""

    def prepare(scene: Scene) -> tuple[str, ...]:
        _promote(scene, **environment)
        return scene.approved()

    attack(
        "approvals",
        title,
        "unverified-approval",
        origin="verified",
        name=name,
        says="wrote or committed the change",
    )(prepare)


_made_by("written_by_the_approver", "Approve what one wrote, by the name in the commit", GIT_AUTHOR_NAME="Bo")
_made_by(
    "written_by_the_address",
    "Approve what one wrote under another name, by the address in the commit",
    GIT_AUTHOR_NAME="Somebody",
    GIT_AUTHOR_EMAIL="BO@example.org",
)
_made_by(
    "committed_by_the_approver",
    "Approve what one committed for another",
    GIT_COMMITTER_EMAIL="bo@example.org",
)
_made_by(
    "committed_by_a_noreply_address",
    "Approve what one committed under the forge's address without replies",
    GIT_COMMITTER_EMAIL="12345+bo-b@users.noreply.github.com",
)


@attack(
    "approvals", "Approve what one wrote a part of, as a co-author", "unverified-approval", origin="verified"
)
def co_author(scene: Scene) -> tuple[str, ...]:
    text = with_lines(scene.read("models/churn/aliases.yaml"), "champion", line(3))
    message = "Promote version 3\n\nCO-AUTHORED-BY: Someone <bo@example.org>"
    scene.commit({"models/churn/aliases.yaml": text}, message)
    return scene.approved()


@attack("approvals", "Approve what one wrote an earlier commit of", "unverified-approval", origin="verified")
def wrote_an_earlier_commit(scene: Scene) -> tuple[str, ...]:
    scene.commit({"../README.md": "Another.\n"}, GIT_AUTHOR_NAME="Bo", GIT_AUTHOR_EMAIL="bo@example.org")
    _promote(scene)
    return scene.approved()


@attack(
    "approvals", "Push once more after the approval", "unverified-approval", origin="verified", installed=True
)
def pushed_after_the_approval(scene: Scene) -> tuple[str, ...]:
    reviewed = scene.commit({"../README.md": "A harmless change.\n"})
    _promote(scene)
    return scene.reviews((BO, "APPROVED", reviewed))


@attack(
    "approvals",
    "Merge something else on top of the approved commit",
    "unverified-approval",
    origin="verified",
    says="not on the head of the change",
)
def evil_merge(scene: Scene) -> tuple[str, ...]:
    reviewed = _promote(scene)
    scene.git("checkout", "-q", "-b", "side", "origin/main")
    scene.commit({"../README.md": "Aside.\n"})
    scene.git("checkout", "-q", "change")
    scene.git("merge", "-q", "--no-commit", "side")
    scene.commit({**version(5, 0.9), "models/churn/aliases.yaml": _five(scene)}, "Merge branch 'side'")
    return scene.reviews((BO, "APPROVED", reviewed))


def _five(scene: Scene) -> str:
    return with_lines(scene.read("models/churn/aliases.yaml"), "champion", line(5))


@attack(
    "approvals",
    "Approve the head that a pull request has, and check out another commit",
    "unverified-approval",
    origin="verified",
)
def checked_out_another(scene: Scene) -> Run:
    reviewed = scene.commit({"../README.md": "A harmless change.\n"})
    environment = scene.on_github(merged=False)
    scene.git("checkout", "-q", "change")
    _promote(scene)
    scene.commit({"../README.md": "And one more.\n"})
    return Run(scene.reviews((BO, "APPROVED", reviewed)), environment=environment)


@attack(
    "approvals",
    "Approve as the one who opened the pull request, by its event",
    "unverified-approval",
    origin="verified",
)
def opened_by_the_event(scene: Scene) -> Run:
    head = _promote(scene)
    environment = scene.on_github(sender={"login": BO}, action="synchronize")
    return Run(scene.reviews((BO, "APPROVED", head)), environment=environment)


@attack(
    "approvals",
    "Say that another person approved than the one who did",
    "unverified-approval",
    origin="verified",
    says="no review by cy counts",
)
def another_name(scene: Scene) -> tuple[str, ...]:
    _promote(scene, line(3, approved_by=["bo", "cy"]))
    return scene.approved()


@attack(
    "approvals",
    "Slip a line with an invented approval in before the one that is approved",
    "unverified-approval",
    origin="verified",
    says="no review by cy counts",
)
def name_in_a_line_in_between(scene: Scene) -> tuple[str, ...]:
    _promote(scene, line(1, "2024-01-20T08:00:00Z", approved_by=["cy"]), line(3))
    return scene.approved()


@attack(
    "approvals",
    "Invent an approval for an alias that needs none",
    "unverified-approval",
    origin="verified",
    says="no review by bo counts",
)
def name_under_an_unprotected_alias(scene: Scene) -> tuple[str, ...]:
    text = with_lines(scene.read("models/churn/aliases.yaml"), "shadow", line(3))
    scene.commit({"models/churn/aliases.yaml": text})
    return scene.reviews()


@attack(
    "approvals", "Promote by the ledger of stages, without a review", "unverified-approval", origin="verified"
)
def production_without_review(scene: Scene) -> tuple[str, ...]:
    lines = (line(2, stage="archived"), line(3, stage="production"))
    scene.commit(
        {"models/churn/stages.yaml": with_transitions(scene.read("models/churn/stages.yaml"), *lines)}
    )
    return scene.reviews((BO, "APPROVED", "f" * 40))


@attack(
    "approvals",
    "Approve by a person whom the same change makes an approver",
    "unverified-approval",
    origin="verified",
)
def made_an_approver(scene: Scene) -> tuple[str, ...]:
    text = scene.read("herdbook.yaml").replace("approvers: [bo]", "approvers: [bo, cy]")
    scene.commit({"herdbook.yaml": text})
    _promote(scene, line(3, approved_by=["cy"]))
    return scene.approved(CY)


@attack(
    "approvals",
    "Approve by the login that the same change gives to an approver",
    "unverified-approval",
    origin="verified",
)
def login_of_the_change(scene: Scene) -> tuple[str, ...]:
    scene.commit({"herdbook.yaml": scene.read("herdbook.yaml").replace("github: bo-b", "github: eve")})
    _promote(scene)
    return scene.approved("eve")


@attack(
    "approvals", "Have two people share the login of an approver", "unverified-approval", origin="verified"
)
def contested_login(scene: Scene) -> tuple[str, ...]:
    scene.before({"herdbook.yaml": scene.read("herdbook.yaml").replace("github: cy-c", "github: BO-B")})
    _promote(scene)
    return scene.approved()


@attack(
    "approvals",
    "Approve though the approver has no login in the base",
    "unverified-approval",
    origin="verified",
)
def approver_without_login(scene: Scene) -> tuple[str, ...]:
    scene.before({"herdbook.yaml": scene.read("herdbook.yaml").replace("github: bo-b, ", "")})
    _promote(scene)
    return scene.approved()


@attack("approvals", "Need two approvals and bring one, made twice", "unverified-approval", origin="verified")
def one_approval_twice(scene: Scene) -> tuple[str, ...]:
    text = scene.read("herdbook.yaml").replace("approvers: [bo]", "approvers: [bo, cy]")
    scene.before({"herdbook.yaml": text.replace("champion: {}", "champion: {approvals: 2}")})
    head = _promote(scene, line(3, approved_by=["bo", "cy"]))
    return scene.reviews((BO, "APPROVED", head), ("Bo-B", "APPROVED", head))


def _into_production(scene: Scene) -> str:
    """Move a version into the production stage, where the base asks for two approvals of champion."""
    text = scene.read("herdbook.yaml").replace("approvers: [bo]", "approvers: [bo, cy]")
    scene.before({"herdbook.yaml": text.replace("champion: {}", "champion: {approvals: 2}")})
    stages = "models/churn/stages.yaml"
    return scene.commit({stages: with_transitions(scene.read(stages), line(3, stage="production"))})


@attack(
    "approvals",
    "Go by the stage of production with one approval, where champion needs two",
    "unapproved-promotion",
    says="holds models:/churn/3 with 1 of 2 approvals",
)
def stage_with_one_approval(scene: Scene) -> None:
    _into_production(scene)


@attack(
    "approvals",
    "Go by the stage of production with the review of one, where champion needs two",
    "unverified-approval",
    origin="verified",
    says="with 1 of 2 verified approvals",
)
def stage_with_one_review(scene: Scene) -> tuple[str, ...]:
    return scene.reviews((BO, "APPROVED", _into_production(scene)))


@attack(
    "approvals",
    "Approve by GitLab's answer that is tied to no commit",
    "unverified-approval",
    origin="verified",
    says="tied to no commit",
)
def gitlab_without_commit(scene: Scene) -> tuple[str, ...]:
    _promote(scene)
    return scene.reviews_file(json.dumps({"approved_by": [{"user": {"username": "bo.b"}}]}))


@attack(
    "approvals",
    "Serve a version in production that nobody approved, by an endpoint",
    "promotion-without-evidence",
    origin="verified",
)
def endpoint_without_approval(scene: Scene) -> tuple[str, ...]:
    scene.commit({"endpoints/predict.yaml": endpoint("predict", "churn/3")})
    return scene.reviews()


def _file(name: str, title: str, content: str | bytes | None, *, says: str) -> None:
    """Declare a promotion with a reviews file that tells nothing."""

    def prepare(scene: Scene) -> tuple[str, ...]:
        _promote(scene)
        return scene.reviews_file(content) if content is not None else ("--reviews", "no-such-file.json")

    attack("approvals", title, origin="verified", says=says, name=name)(prepare)


_file("reviews_missing", "Name a file of reviews that does not exist", None, says="does not exist")
_file("reviews_empty", "Bring an empty file of reviews", b"", says="holds no reviews")
_file("reviews_garbage", "Bring a file of reviews that is no JSON", b"\xff\x00{", says="not UTF-8")
_file("reviews_half", "Bring half of the forge's answer", b'[{"user": {"login":', says="is not JSON")
_file(
    "reviews_error_page",
    "Bring the error that the forge answered",
    b'{"message": "Not Found"}',
    says="holds no reviews",
)
_file(
    "reviews_of_another_forge",
    "Bring the answer of another forge",
    b'{"values": [{"approved": true}]}',
    says="holds no reviews",
)
_file(
    "reviews_twice",
    "Say everything twice in the file of reviews",
    b'{"reviews": [], "reviews": []}',
    says="twice",
)
_file(
    "reviews_deep",
    "Bring a file of reviews that is nested very deeply",
    b"[" * 200_000,
    says="nested too deeply",
)
_file("reviews_huge", "Bring a file of reviews of 9 MiB", b" " * (9 * 1_048_576), says="larger than 8 MiB")


@attack(
    "approvals",
    "Bring no reviews at all where approvals must be verified",
    origin="verified",
    says="--reviews FILE",
    installed=True,
)
def no_reviews(scene: Scene) -> None:
    _promote(scene)


def _branch(scene: Scene, name: str, *contents: Files) -> list[str]:
    """The commits of another change, on a branch of its own; what is checked out then is the main branch."""
    scene.git("checkout", "-q", "-b", name, "origin/main")
    commits = [scene.commit(files) for files in contents]
    scene.git("checkout", "-q", "--detach", "origin/main")
    return commits


def _harmless(scene: Scene, name: str = "harmless") -> list[str]:
    return _branch(scene, name, {f"../{name}.txt": "One.\n"}, {f"../{name}.txt": "Two.\n"})


def _promoting(scene: Scene, name: str = "promoting", **more: Any) -> Files:
    text = with_lines(scene.read("models/churn/aliases.yaml"), "champion", line(3, **more))
    return {"models/churn/aliases.yaml": text, f"../{name}.txt": "Promoted.\n"}


@attack(
    "approvals",
    "Slip a promotion in between the commits of a reviewed change that was rebased",
    "unverified-approval",
    origin="verified",
    says="was made on",
)
def slipped_into_a_rebase(scene: Scene) -> Run:
    first, last = _harmless(scene)
    scene.land(first)
    scene.commit(_promoting(scene))
    return scene.pushed(scene.pull(last, scene.land(last), BO))


@attack(
    "approvals",
    "Rebase a reviewed change, the last commit with a promotion in it",
    "unverified-approval",
    origin="verified",
)
def rebased_with_more(scene: Scene) -> Run:
    commits = _harmless(scene)
    scene.land(*commits)
    merged = scene.commit(_promoting(scene), "Change")
    return scene.pushed(scene.pull(commits[-1], merged, BO))


@attack(
    "approvals",
    "Rebase a reviewed change whose head nobody can look at any more",
    "unverified-approval",
    origin="verified",
    says="this clone lacks the head of the change",
)
def rebased_without_its_head(scene: Scene) -> Run:
    scene.git("checkout", "-q", "--detach", "origin/main")
    scene.commit({"../README.md": "A harmless change.\n"})
    merged = scene.commit(_promoting(scene))
    return scene.pushed(scene.pull("f" * 40, merged, BO))


def _queued(name: str, title: str, how: str) -> None:
    """Declare a queue in which an unreviewed promotion goes before a reviewed change."""

    def prepare(scene: Scene) -> Run:
        promotion = _branch(scene, "promotion", {"../other.txt": "One.\n"}, _promoting(scene))
        harmless = _harmless(scene)
        first = scene.pull(promotion[-1], scene.land(*promotion, how=how))
        second = scene.pull(harmless[-1], scene.land(*harmless, how=how), BO)
        return scene.pushed(*((first, second) if name.startswith("queue") else (second,)))

    attack("approvals", title, "unverified-approval", origin="verified", name=name)(prepare)


for _how in ("merge", "squash", "rebase"):
    _queued(
        f"queue_by_{_how}", f"Promote without a review before a reviewed change, in a queue ({_how})", _how
    )
    _queued(
        f"unlisted_by_{_how}",
        f"Promote without a review before a reviewed change, where only that is listed ({_how})",
        _how,
    )


@attack(
    "approvals",
    "Promote in one change of a queue, with the approval of another",
    "unverified-approval",
    origin="verified",
    says="no review by cy counts",
)
def approval_of_another_in_the_queue(scene: Scene) -> Run:
    promotion = _branch(scene, "promotion", _promoting(scene, approved_by=["bo", "cy"]))
    harmless = _harmless(scene)
    first = scene.pull(promotion[-1], scene.land(*promotion), BO)
    return scene.pushed(first, scene.pull(harmless[-1], scene.land(*harmless), CY))


@attack(
    "approvals",
    "Approve one's own promotion, as somebody who wrote no other change of the queue",
    "unverified-approval",
    origin="verified",
    says="opened, wrote or committed the change",
)
def own_change_in_the_queue(scene: Scene) -> Run:
    promotion, harmless = _branch(scene, "promotion", _promoting(scene)), _harmless(scene)
    first = scene.pull(promotion[-1], scene.land(*promotion), BO, user={"login": BO})
    return scene.pushed(first, scene.pull(harmless[-1], scene.land(*harmless), BO))


@attack(
    "approvals",
    "Become an approver by a change that nobody reviewed, and approve the next one in the queue",
    "policy-changed",
    origin="verified",
)
def policy_before_it_in_the_queue(scene: Scene) -> Run:
    policy = scene.read("herdbook.yaml").replace("approvers: [bo]", "approvers: [bo, cy]")
    weaker = _branch(scene, "weaker", {"herdbook.yaml": policy})
    promotion = _branch(scene, "promotion", _promoting(scene, approved_by=["cy"]))
    first = scene.pull(weaker[-1], scene.land(*weaker), CY)
    return scene.pushed(first, scene.pull(promotion[-1], scene.land(*promotion), CY))


@attack(
    "approvals",
    "Count the review of an older head once the change was rebased",
    "unverified-approval",
    origin="verified",
    says="not on the head of the change",
)
def older_head_rebased(scene: Scene) -> Run:
    first, last = _branch(scene, "promotion", {"../other.txt": "One.\n"}, _promoting(scene))
    return scene.pushed(scene.pull(last, scene.land(first, last), BO, on=first))


@attack(
    "approvals",
    "Bring a reviewed promotion back that was taken back, by the reviews of then",
    "unverified-approval",
    origin="verified",
)
def merged_twice(scene: Scene) -> Run:
    commits = _branch(scene, "promotion", {"../other.txt": "One.\n"}, _promoting(scene))
    merged = scene.land(*commits)
    scene.git("revert", "--no-edit", "HEAD~2..HEAD")
    before = scene.git("rev-parse", "HEAD")
    scene.land(*commits)
    return scene.pushed(scene.pull(commits[-1], merged, BO), before=before)


@attack(
    "approvals",
    "Push a promotion that was reviewed for another branch",
    "unverified-approval",
    origin="verified",
    says="the change is for trial, not for main",
)
def reviewed_for_another_branch(scene: Scene) -> Run:
    commits = _branch(scene, "promotion", {"../other.txt": "One.\n"}, _promoting(scene))
    return scene.pushed(scene.pull(commits[-1], scene.land(*commits), BO, base={"ref": "trial"}))


@attack(
    "approvals",
    "Push the very commit of a promotion that was reviewed for another branch",
    "unverified-approval",
    origin="verified",
    says="the change is for trial, not for main",
)
def head_reviewed_for_another_branch(scene: Scene) -> Run:
    head = scene.commit(_promoting(scene))
    return scene.pushed(scene.pull(head, head, BO, base={"ref": "trial"}))


@attack(
    "approvals",
    "Push a promotion under the message of a merge that GitHub would write",
    origin="verified",
    says="no reviews are at hand",
)
def forged_message(scene: Scene) -> Run:
    commits = _branch(scene, "promotion", _promoting(scene))
    scene.land(*commits, how="merge")
    scene.git("commit", "-q", "--amend", "-m", "Merge pull request #7\n\nReviewed-by: Bo <bo@example.org>")
    return scene.pushed()


@attack("approvals", "Approve one's own promotion in the ledger", "self-approval", "unapproved-promotion")
def declared_by_oneself(scene: Scene) -> None:
    _promote(scene, line(3, approved_by=["ana"]))


@attack("approvals", "Approve one's own promotion under one's full name", "self-approval")
def declared_by_ones_name(scene: Scene) -> None:
    _promote(scene, line(3, by="BO@example.org", approved_by=["bo"]))


@attack("approvals", "Promote without any approval", "unapproved-promotion")
def declared_by_nobody(scene: Scene) -> None:
    _promote(scene, line(3, approved_by=[]))


@attack("approvals", "Approve by a look-alike of the approver's name", "unapproved-promotion")
def declared_by_a_lookalike(scene: Scene) -> None:
    _promote(scene, line(3, approved_by=["Bo"]))
