"""Honest changes: the gate must let them pass, or nobody would keep it."""

import json
from typing import Any

from gate.attack import attack, change
from gate.records import line, version, with_lines, with_transitions
from gate.scene import PEOPLE, Run, Scene, edited, written
from repositories import git

_ALIASES, _STAGES, _POLICY = "models/churn/aliases.yaml", "models/churn/stages.yaml", "herdbook.yaml"


def _honest(name: str, title: str, files: Any, *, origin: str = "declared") -> None:
    change("honest", name, title, files, code=0, origin=origin)


_honest(
    "new_run",
    "Record a new run",
    lambda scene: {
        "runs/churn/train-9.yaml": edited(scene.read("runs/churn/train-3.yaml"), id="train-9", outputs=[])
    },
)
_honest("new_version", "Register a version with its run, evaluation and card", version(5))
_honest(
    "card_improved",
    "Improve the card of a model",
    lambda scene: {
        "models/churn/card.yaml": edited(scene.read("models/churn/card.yaml"), caveats="Scores drift.")
    },
)
_honest(
    "promotion",
    "Promote a better version, with an approval that is declared",
    lambda scene: {
        _ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3)),
        _STAGES: with_transitions(
            scene.read(_STAGES), line(2, stage="archived"), line(3, stage="production")
        ),
    },
)
_honest(
    "registered_and_promoted",
    "Register and promote a version in one change",
    lambda scene: {**version(5), _ALIASES: with_lines(scene.read(_ALIASES), "champion", line(5))},
)
_honest(
    "rollback",
    "Go back to the version before",
    lambda scene: {_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(1, reason="rollback"))},
)
_honest(
    "retired",
    "Retire an alias",
    lambda scene: {_ALIASES: with_lines(scene.read(_ALIASES), "rollback", line(None))},
)
_honest(
    "stricter_policy",
    "Demand more by the policy",
    lambda scene: {_POLICY: scene.read(_POLICY).replace("tolerance: 0.005", "tolerance: 0.001, bound: 0.7")},
)
_honest(
    "recall",
    "Recall a dataset version that nothing in force is made from",
    lambda scene: {
        "datasets/spare/dataset.yaml": written({"kind": "dataset", "name": "spare", "owner": "ana"}),
        "datasets/spare/versions/v1.yaml": edited(
            scene.read("datasets/orders/versions/v3.yaml"),
            dataset="spare",
            version="v1",
            uri="s3://spare",
            digest=f"sha256:{'e' * 64}",
        ),
    },
)
_honest(
    "recall_made_precise",
    "Say more about a recall",
    lambda scene: {
        "datasets/orders/versions/v3.yaml": scene.read("datasets/orders/versions/v3.yaml").replace(
            '"severity": "high"', '"severity": "high", "replaced_by": "orders/v2"'
        )
    },
)
_honest(
    "notes",
    "Add a remark to a finished run",
    lambda scene: {
        "runs/churn/train-2.yaml": edited(scene.read("runs/churn/train-2.yaml"), notes="Chosen by hand.")
    },
)
_honest(
    "deprecated",
    "Deprecate a version that is in no use",
    lambda scene: {
        "models/churn/versions/4.yaml": edited(
            scene.read("models/churn/versions/4.yaml"),
            deprecated={"at": "2024-01-21T08:00:00Z", "by": "ana", "reason": "recalled data"},
        )
    },
)
_honest("nothing_of_the_catalog", "Change nothing of the catalog", {"../README.md": "Better words.\n"})
_honest(
    "untidy_base",
    "Add a sound run to an untidy catalog",
    lambda scene: {
        "runs/churn/train-9.yaml": edited(scene.read("runs/churn/train-2.yaml"), id="train-9", outputs=[])
    },
    origin="untidy",
)
_honest(
    "first_policy",
    "Bring the first policy of a catalog",
    {_POLICY: "kind: catalog\nname: mine\npeople: {bo: {name: Bo}}\npolicy: {approvers: [bo]}\n"},
    origin="bare-policy",
)


@attack(
    "honest",
    "Promote with a review of an approver, on the merge that GitHub made",
    code=0,
    origin="verified",
    installed=True,
)
def verified_promotion(scene: Scene) -> Run:
    scene.commit({_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3))})
    options = scene.approved()
    return Run(options, environment=scene.on_github())


@attack(
    "honest", "Promote with an approval after the reviewer had asked for changes", code=0, origin="verified"
)
def changes_made(scene: Scene) -> tuple[str, ...]:
    first = scene.commit({"../README.md": "First.\n"})
    head = scene.commit({_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3))})
    bo, eve = PEOPLE["bo"], "eve"
    return scene.reviews((bo, "CHANGES_REQUESTED", first), (eve, "COMMENTED", head), (bo, "APPROVED", head))


@attack(
    "honest", "Register a version where approvals must be verified, with no review", code=0, origin="verified"
)
def version_without_review(scene: Scene) -> tuple[str, ...]:
    scene.commit(version(5))
    return scene.reviews()


@attack("honest", "Bring a ledger with its past, and the review of an approver", code=0, origin="verified")
def ledger_brought_along(scene: Scene) -> tuple[str, ...]:
    ledger = scene.read(_ALIASES)
    scene.before({_ALIASES: None, "endpoints/predict.yaml": None})
    scene.commit({_ALIASES: ledger})
    return scene.approved()


@attack("honest", "Weaken the policy with the review of an approver", code=0)
def reviewed_weakening(scene: Scene) -> tuple[str, ...]:
    scene.commit({_POLICY: scene.read(_POLICY).replace("tolerance: 0.005", "tolerance: 0.05")})
    return scene.approved()


@attack("honest", "Hand the approvals over to somebody else, with the review of the one who had them", code=0)
def handed_over(scene: Scene) -> tuple[str, ...]:
    scene.commit({_POLICY: scene.read(_POLICY).replace("approvers: [bo]", "approvers: [cy]")})
    return scene.approved()


@attack("honest", "Weaken a policy that asks for two approvals, with two reviews", code=0)
def weakened_by_two(scene: Scene) -> tuple[str, ...]:
    text = scene.read(_POLICY).replace("approvers: [bo]", "approvers: [bo, cy]")
    scene.before({_POLICY: text.replace("champion: {}", "champion: {approvals: 2}")})
    head = scene.commit({_POLICY: text})
    return scene.reviews((PEOPLE["bo"], "APPROVED", head), (PEOPLE["cy"], "APPROVED", head))


@attack("honest", "Move the catalog to another folder, and a run with it", code=0)
def catalog_moved(scene: Scene) -> tuple[str, ...]:
    scene.commit({"runs/churn/train-9.yaml": edited(scene.read("runs/churn/train-3.yaml"), id="train-9")})
    scene.git("mv", "catalog", "records")
    scene.commit({})
    return "--catalog", "records"


@attack("honest", "Let the catalog be the whole repository", code=0)
def catalog_moved_to_the_root(scene: Scene) -> tuple[str, ...]:
    scene.git("rm", "-q", "README.md")
    for name in ("herdbook.yaml", "datasets", "runs", "models", "endpoints"):
        scene.git("mv", f"catalog/{name}", name)
    scene.commit({})
    return "--catalog", "."


@attack("honest", "Change a workflow with the review of an approver", code=0)
def reviewed_workflow(scene: Scene) -> tuple[str, ...]:
    scene.commit({"../.github/workflows/lineage-gate.yml": "on: pull_request\njobs: {}\n"})
    return scene.approved()


@attack("honest", "Demand verified approvals from now on", code=0)
def verified_from_now_on(scene: Scene) -> tuple[str, ...]:
    scene.commit({_POLICY: scene.read(_POLICY).replace("policy:\n", "policy:\n  approvals: verified\n")})
    return scene.reviews()


@attack("honest", "Break a rule that the base waives for the entry", code=0)
def waived_by_the_base(scene: Scene) -> None:
    waiver = {
        "rule": "missing-lineage-tag",
        "entry": "runs:/odd",
        "owner": "ana",
        "reason": "old",
        "until": "2999-12-31",
    }
    scene.before({_POLICY: edited(scene.read(_POLICY), waivers=[waiver])})
    scene.commit(
        {
            "runs/churn/odd.yaml": edited(
                scene.read("runs/churn/prepare-1.yaml"), id="odd", tags={}, outputs=[]
            )
        }
    )


@attack(
    "honest",
    "Promote with an approval on GitLab, which withdraws approvals with every push",
    code=0,
    origin="verified",
)
def verified_on_gitlab(scene: Scene) -> Run:
    head = scene.commit({_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3))})
    answer = {
        "approvals": {"approved_by": [{"user": {"username": "bo.b"}}]},
        "merge_request": {"author": {"username": "ana.a"}, "sha": head},
        "project_approvals": {"reset_approvals_on_push": True},
    }
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_PROJECT_ID": "1",
        "CI_COMMIT_SHA": head,
    }
    return Run(scene.reviews_file(json.dumps(answer)), environment=environment)


def _landed(how: str) -> None:
    """Declare a queue of a reviewed promotion and a change that needs no review, pushed at once."""

    def prepare(scene: Scene) -> Run:
        first = scene.commit({"../README.md": "Another.\n"})
        text = with_lines(scene.read(_ALIASES), "champion", line(3))
        promotion = [first, scene.commit({_ALIASES: text})]
        scene.git("checkout", "-q", "-b", "other", "origin/main")
        other = [scene.commit({"../notes.txt": "Another.\n"})]
        scene.git("checkout", "-q", "--detach", "origin/main")
        pulls = [scene.pull(other[-1], scene.land(*other, how=how))]
        pulls.append(scene.pull(promotion[-1], scene.land(*promotion, how=how), PEOPLE["bo"]))
        return scene.pushed(*pulls, merger=PEOPLE["bo"])

    title = f"Push a reviewed promotion and another change at once, as a merge queue does ({how})"
    attack("honest", title, code=0, origin="verified", name=f"queue_by_{how}")(prepare)


for _how in ("merge", "squash", "rebase"):
    _landed(_how)


@attack(
    "honest",
    "Rebase a reviewed promotion of several commits on a branch that moved on",
    code=0,
    origin="verified",
)
def rebased_promotion(scene: Scene) -> Run:
    commits = [scene.commit({"../notes.txt": "Another.\n"})]
    commits.append(scene.commit({_ALIASES: with_lines(scene.read(_ALIASES), "champion", line(3))}))
    scene.git("checkout", "-q", "--detach", "origin/main")
    scene.before({"../README.md": "Moved on.\n"})
    return scene.pushed(scene.pull(commits[-1], scene.land(*commits), PEOPLE["bo"]), merger=PEOPLE["bo"])


@attack("honest", "Change what needs no approval, where no reviews are at hand", code=0, origin="verified")
def unreviewed_and_harmless(scene: Scene) -> None:
    scene.commit(version(5))


@attack("honest", "Push what changes nothing, where no reviews are at hand", code=0, origin="verified")
def unreviewed_and_empty(scene: Scene) -> Run:
    scene.git("commit", "-q", "--allow-empty", "-m", "Run again")
    return scene.pushed()


@attack("honest", "Judge a sound change in a bare repository", code=0)
def bare_and_sound(scene: Scene) -> Run:
    scene.commit(version(5))
    git(scene.folder, "clone", "-q", "--bare", scene.root.as_uri(), "bare.git")
    return Run(("--base", "refs/heads/main", "--head", "refs/heads/change"), folder=scene.folder / "bare.git")


@attack("honest", "Judge files on disk before they are committed", code=0)
def on_disk(scene: Scene) -> tuple[str, ...]:
    for path, text in version(5).items():
        assert isinstance(text, str)
        (scene.root / "catalog" / path).write_text(text)
    return "--head", "WORKTREE"


@attack("honest", "Rebase on a base that moved on", code=0)
def base_moved_on(scene: Scene) -> None:
    scene.commit(version(5))
    scene.git("checkout", "-q", "-b", "other", "origin/main")
    scene.before({"../README.md": "Moved on.\n"})
    scene.git("checkout", "-q", "change")
    scene.git("rebase", "-q", "origin/main")
