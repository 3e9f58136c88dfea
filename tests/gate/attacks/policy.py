"""The change weakens the policy that judges it, or what starts the gate."""

from functools import partial
from typing import Any

import yaml
from gate.attack import attack, change
from gate.records import endpoint, line, with_lines
from gate.scene import Files, Scene, edited, written


def _policy(scene: Scene, **fields: Any) -> Files:
    """herdbook.yaml with other settings in its policy; `None` takes one out."""
    text = scene.read("herdbook.yaml")
    policy = {**yaml.safe_load(text)["policy"], **fields}
    return {
        "herdbook.yaml": edited(
            text, policy={name: value for name, value in policy.items() if value is not None}
        )
    }


def _people(scene: Scene, **people: Any) -> Files:
    text = scene.read("herdbook.yaml")
    return {"herdbook.yaml": edited(text, people={**yaml.safe_load(text)["people"], **people})}


def _tagless(scene: Scene) -> Files:
    return {
        "runs/churn/odd.yaml": edited(scene.read("runs/churn/prepare-1.yaml"), id="odd", tags={}, outputs=[])
    }


def _model_policy(scene: Scene, **policy: Any) -> Files:
    return {"models/churn/model.yaml": edited(scene.read("models/churn/model.yaml"), policy=policy)}


for name, title, settings in (
    ("approver_added", "Put oneself among the approvers", {"approvers": ["bo", "ana"]}),
    ("approvers_removed", "Take the approvers out, so that anybody may approve", {"approvers": None}),
    ("approvers_emptied", "Leave an empty list of approvers", {"approvers": []}),
    ("alias_unprotected", "Protect no alias any more", {"protected_aliases": {}}),
    ("tags_dropped", "Require no tags any more", {"required_tags": []}),
    ("metric_dropped", "Take the metrics out of the policy", {"metrics": {}}),
    (
        "tolerance_raised",
        "Tolerate a much worse metric",
        {"metrics": {"auc": {"direction": "higher", "tolerance": 0.5}, "f1": {"direction": "higher"}}},
    ),
    (
        "direction_turned",
        "Call lower values of a metric better",
        {"metrics": {"auc": {"direction": "lower", "tolerance": 0.005}, "f1": {"direction": "higher"}}},
    ),
    ("rules_off", "Switch the rule about ledgers off", {"rules": {"ledger-rewritten": "off"}}),
    (
        "guard_narrowed",
        "Let the guard watch over other files",
        {"rules": {"guarded-file-changed": {"paths": ["nothing"]}}},
    ),
    (
        "path_overridden",
        "Let the rules weigh nothing for the own folder",
        {"overrides": [{"paths": ["runs/churn/**"], "rules": {"missing-seed": "off"}}]},
    ),
):
    change(
        "policy",
        name,
        title,
        partial(_policy, **settings),
        "policy-changed",
        says="the policy is weaker",
    )


change(
    "policy",
    "verification_ended",
    "Let approvals be declared again where they had to be verified",
    lambda scene: _policy(scene, approvals="declared"),
    origin="verified",
    says="--reviews FILE",
)


@attack("policy", "The same, with the review of nobody who may approve", "policy-changed", origin="verified")
def verification_ended_unreviewed(scene: Scene) -> tuple[str, ...]:
    scene.commit(_policy(scene, approvals="declared"))
    return scene.approved("cy-c")


change(
    "policy",
    "model_policy_loosened",
    "Loosen a metric in the policy of one model",
    lambda scene: _model_policy(scene, metrics={"auc": {"direction": "higher", "tolerance": 1}}),
    "policy-changed",
    says="auc of churn",
)
change(
    "policy",
    "model_policy_of_a_new_model",
    "Bring a new model whose own policy lets oneself approve",
    {
        "models/mine/model.yaml": written(
            {
                "kind": "model",
                "name": "mine",
                "owner": "ana",
                "policy": {"protected_aliases": {"champion": {"approvers": ["ana"]}}},
            }
        )
    },
    "policy-changed",
    says="ana may approve a move of champion of mine",
)
change(
    "policy",
    "login_taken_over",
    "Give an approver the login of another account",
    lambda scene: _people(scene, bo={"name": "Bo", "logins": {"github": "ana-a"}}),
    "policy-changed",
    says="bo is known by another login",
)
change(
    "policy",
    "everybody_forgotten",
    "Take all people out, so that any name counts",
    lambda scene: {"herdbook.yaml": edited(scene.read("herdbook.yaml"), people=None)},
    "policy-changed",
    says="nobody is known any more",
)
change(
    "policy",
    "policy_deleted",
    "Delete herdbook.yaml, so that the defaults judge",
    {"herdbook.yaml": None},
    "policy-changed",
    "invalid-policy",
)
change(
    "policy",
    "policy_broken",
    "Make herdbook.yaml unreadable",
    {"herdbook.yaml": "kind: catalog\nname: [example\n"},
    "invalid-yaml",
)
change(
    "policy",
    "policy_of_another_kind",
    "Turn herdbook.yaml into an endpoint",
    {"herdbook.yaml": endpoint("herdbook", "churn@champion")},
    "misplaced-file",
    "policy-changed",
    says="the policy was deleted",
)
change(
    "policy",
    "policy_moved",
    "Move herdbook.yaml into a folder",
    lambda scene: {"herdbook.yaml": None, "models/herdbook.yaml": scene.read("herdbook.yaml")},
    "misplaced-file",
)
change(
    "policy",
    "second_policy",
    "Add a second policy, which is read before the first",
    lambda scene: {"a.yaml": edited(scene.read("herdbook.yaml"), name="another", policy={})},
    "duplicate-id",
)
change(
    "policy",
    "waived_in_the_change",
    "Leave the tags of a run away and waive that in the same change",
    lambda scene: {
        **_tagless(scene),
        "herdbook.yaml": edited(
            scene.read("herdbook.yaml"),
            waivers=[
                {
                    "rule": "missing-lineage-tag",
                    "entry": "runs:/odd",
                    "owner": "ana",
                    "reason": "in a hurry",
                    "until": "2999-12-31",
                }
            ],
        ),
    },
    "missing-lineage-tag",
    "policy-changed",
)


@attack(
    "policy",
    "Fork from an old commit with a weaker policy, which switched the rule off",
    "missing-lineage-tag",
)
def policy_of_an_old_commit(scene: Scene) -> None:
    scene.before(_policy(scene, rules={"missing-lineage-tag": "off"}))
    scene.git("checkout", "-q", "-b", "fork")
    scene.git("checkout", "-q", "change")
    scene.before(_policy(scene, rules=None))
    scene.git("checkout", "-q", "fork")
    scene.commit(_tagless(scene))


@attack(
    "policy", "Judge by a policy of the base that nobody can read", says="the policy in herdbook.yaml", code=2
)
def unreadable_policy_of_the_base(scene: Scene) -> None:
    scene.before({"herdbook.yaml": "kind: catalog\nname: [example\n"})
    scene.commit(_tagless(scene))


@attack(
    "policy",
    "Judge by a model's policy that cannot be read in the base",
    says="models/churn/model.yaml",
    code=2,
)
def unreadable_model_policy_of_the_base(scene: Scene) -> None:
    scene.before({"models/churn/model.yaml": "kind: model\n"})
    scene.commit(_tagless(scene))


change(
    "policy",
    "first_policy_weaker_than_the_defaults",
    "Bring the first policy of a catalog, and switch off in it what the defaults demand",
    lambda scene: {
        "herdbook.yaml": "kind: catalog\nname: mine\npolicy: {rules: {missing-lineage-tag: off}}\n",
        **_tagless(scene),
    },
    "missing-lineage-tag",
    origin="bare-policy",
)
change(
    "policy",
    "first_policy_that_approves_itself",
    "Bring the first policy, protect nothing by it and promote at once without any approval",
    lambda scene: {
        "herdbook.yaml": "kind: catalog\nname: mine\npolicy: {protected_aliases: {}}\n",
        "models/churn/aliases.yaml": with_lines(
            scene.read("models/churn/aliases.yaml"), "champion", line(3, approved_by=[])
        ),
    },
    "unapproved-promotion",
    origin="bare-policy",
)

for name, title, files in (
    (
        "workflow_replaced",
        "Replace the workflow of the gate by one that does nothing",
        {"../.github/workflows/lineage-gate.yml": "on: push\njobs: {}\n"},
    ),
    ("workflow_deleted", "Delete the workflow of the gate", {"../.github/workflows/lineage-gate.yml": None}),
    (
        "workflow_added",
        "Add a workflow of the same name",
        {"../.github/workflows/a.yml": "name: gate\non: push\njobs: {}\n"},
    ),
    (
        "action_added",
        "Bring an action of the repository's own that the workflow may use",
        {"../.github/actions/gate/action.yml": "name: gate\n"},
    ),
    ("codeowners_emptied", "Empty CODEOWNERS", {"../.github/CODEOWNERS": ""}),
    ("codeowners_at_the_root", "Lay another CODEOWNERS at the root", {"../CODEOWNERS": "* @ana-a\n"}),
    ("gitlab_pipeline", "Add a pipeline for GitLab", {"../.gitlab-ci.yml": "gate: {script: [true]}\n"}),
    ("azure_pipeline", "Add a pipeline for Azure", {"../azure-pipelines.yml": "steps: []\n"}),
    ("jenkinsfile", "Add a Jenkinsfile", {"../Jenkinsfile": "pipeline {}\n"}),
    (
        "attributes_at_the_root",
        "Hide differences from reviewers by .gitattributes",
        {"../.gitattributes": "*.yaml linguist-generated -diff\n"},
    ),
    (
        "attributes_in_the_catalog",
        "Merge ledgers without conflicts by a .gitattributes in the catalog",
        {"models/.gitattributes": "aliases.yaml merge=union\n"},
    ),
    (
        "attributes_in_capitals",
        "The same by a .GitAttributes, which is another file only where case counts",
        {"models/.GitAttributes": "aliases.yaml merge=union\n"},
    ),
):
    change("policy", name, title, files, "guarded-file-changed")


@attack("policy", "Edit CODEOWNERS where the catalog is the whole repository", "guarded-file-changed")
def codeowners_in_the_catalog(scene: Scene) -> tuple[str, ...]:
    scene.git("mv", *sorted(f"catalog/{path.name}" for path in (scene.root / "catalog").iterdir()), ".")
    scene.before({"../CODEOWNERS": "* @bo-b\n", "../README.md": None})
    scene.commit({"../CODEOWNERS": "* @ana-a\n"})
    return "--catalog", "."


@attack("policy", "Guard files of the catalog, and change one of them", "guarded-file-changed")
def guarded_file_of_the_catalog(scene: Scene) -> None:
    paths = {"guarded-file-changed": {"paths": ["catalog/models/churn/card.yaml"]}}
    scene.before(_policy(scene, rules=paths))
    scene.edit("models/churn/card.yaml", users="Everybody.")


@attack("policy", "Change a workflow with the review of somebody who may not approve", "guarded-file-changed")
def workflow_reviewed_by_a_stranger(scene: Scene) -> tuple[str, ...]:
    scene.commit({"../.github/workflows/lineage-gate.yml": "on: push\njobs: {}\n"})
    return scene.approved("cy-c")


def _two_of(scene: Scene, *approvers: str) -> None:
    """Let the base ask for two approvals of champion."""
    scene.before(_policy(scene, approvers=list(approvers), protected_aliases={"champion": {"approvals": 2}}))


@attack("policy", "Do away with the second of two approvals by the review of one", "policy-changed")
def second_approval_dropped_by_one(scene: Scene) -> tuple[str, ...]:
    _two_of(scene, "bo", "cy")
    scene.commit(_policy(scene, protected_aliases={"champion": {}}))
    return scene.approved()


@attack(
    "policy",
    "Change a workflow by the review of one, where a promotion needs two approvals",
    "guarded-file-changed",
    says="reviews by 2 people (bo or cy)",
)
def workflow_reviewed_by_one_of_two(scene: Scene) -> tuple[str, ...]:
    _two_of(scene, "bo", "cy")
    scene.commit({"../.github/workflows/lineage-gate.yml": "on: push\njobs: {}\n"})
    return scene.approved()


@attack(
    "policy",
    "Unprotect an alias that names its approvers by the review of somebody else, as anybody may approve else",
    "policy-changed",
)
def unprotected_by_anybody(scene: Scene) -> tuple[str, ...]:
    scene.before(_policy(scene, approvers=None, protected_aliases={"champion": {"approvers": ["bo"]}}))
    scene.commit(_policy(scene, protected_aliases={}))
    return scene.approved("cy-c")


@attack(
    "policy",
    "Protect another alias by more people, so that they have their say about the stage of production",
    "policy-changed",
    says="ana may approve a move of gold",
)
def alias_that_takes_over_production(scene: Scene) -> None:
    gold = {"approvers": ["bo", "ana"], "approvals": 2}
    scene.commit(_policy(scene, protected_aliases={"champion": {}, "gold": gold}))


@attack(
    "policy",
    "Protect a new alias by a friend, to serve in production what the friend approves of next",
    "policy-changed",
    says="ana may approve a move of gold of churn (which endpoints in production may serve)",
)
def alias_protected_by_a_friend(scene: Scene) -> None:
    scene.commit(_model_policy(scene, protected_aliases={"gold": {"approvers": ["ana"]}}))


@attack("policy", "Put a stranger among people where anybody in people may approve", "policy-changed")
def anybody_who_is_added(scene: Scene) -> None:
    scene.before(_policy(scene, approvers=None))
    scene.commit(_people(scene, eve={"name": "Eve", "logins": {"github": "eve"}}))


@attack("policy", "Give an approver, whom people did not list so far, a login of one's own", "policy-changed")
def login_for_an_unlisted_approver(scene: Scene) -> None:
    scene.before(_policy(scene, approvers=["bo", "dee"]))
    scene.commit(_people(scene, dee={"name": "Dee", "logins": {"github": "eve"}}))


@attack("policy", "Approve by a person whom the same change puts among the approvers", "policy-changed")
def approved_by_whom_the_change_adds(scene: Scene) -> tuple[str, ...]:
    scene.commit(
        {**_people(scene, eve={"name": "Eve", "logins": {"github": "eve"}})}
        | {"herdbook.yaml": _with_eve(scene)}
    )
    return scene.approved("eve")


def _with_eve(scene: Scene) -> str:
    text = scene.read("herdbook.yaml")
    whole = yaml.safe_load(text)
    return edited(
        text,
        people={**whole["people"], "eve": {"name": "Eve", "logins": {"github": "eve"}}},
        policy={**whole["policy"], "approvers": ["bo", "eve"]},
    )


@attack("policy", "Delete a model.yaml whose policy demands more than that of the catalog", "policy-changed")
def model_policy_deleted(scene: Scene) -> None:
    scene.before(_model_policy(scene, metrics={"auc": {"bound": 0.8}}, required_slices=["region"]))
    scene.commit({"models/churn/model.yaml": None})


@attack(
    "policy",
    "Promote without an approval, where the base waives that for another alias",
    "unapproved-promotion",
)
def waived_for_another_alias(scene: Scene) -> None:
    _waived(scene, "unapproved-promotion", "models:/churn@rollback", "2999-12-31")
    ledger = scene.read("models/churn/aliases.yaml")
    scene.commit({"models/churn/aliases.yaml": with_lines(ledger, "champion", line(3, approved_by=[]))})


@attack("policy", "Break a rule that the base waived until last year", "missing-lineage-tag")
def waived_until_last_year(scene: Scene) -> None:
    _waived(scene, "missing-lineage-tag", "runs:/odd", "2020-12-31")
    scene.commit(_tagless(scene))


@attack("policy", "Break a rule for the form of files that the base waives in vain", "duplicate-key")
def waived_in_vain(scene: Scene) -> None:
    _waived(scene, "duplicate-key", "runs/churn/odd.yaml", "2999-12-31")
    text = scene.read("runs/churn/train-2.yaml")
    scene.commit({"runs/churn/odd.yaml": f"{edited(text, id='odd', outputs=[])}user: bo\n"})


def _waived(scene: Scene, rule: str, entry: str, until: str) -> None:
    """Have the base waive a rule."""
    waiver = {"rule": rule, "entry": entry, "owner": "ana", "reason": "old", "until": until}
    scene.before({"herdbook.yaml": edited(scene.read("herdbook.yaml"), waivers=[waiver])})


@attack("policy", "Replace the folder of the workflows by a link", "guarded-file-changed")
def workflows_linked(scene: Scene) -> None:
    scene.git("rm", "-q", "-r", ".github")
    (scene.root / ".github").symlink_to("elsewhere")
    scene.commit({"../elsewhere/workflows/a.yml": "on: push\n"})


@attack(
    "policy",
    "Leave faults of the base as they are, where the gate is strict",
    "unknown-reference",
    origin="untidy",
)
def strict(scene: Scene) -> tuple[str, ...]:
    scene.commit({"../README.md": "Another.\n"})
    return ("--strict",)
