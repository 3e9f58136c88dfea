"""The change puts a version into force that nothing, or not enough, speaks for."""

from typing import Any

import yaml
from gate.attack import attack, change
from gate.records import endpoint, line, version, with_lines, with_transitions
from gate.scene import Files, Scene, edited, written

_ALIASES, _STAGES = "models/churn/aliases.yaml", "models/churn/stages.yaml"
_EVIDENCE = "promotion-without-evidence"
REGIONS = ("north", "south")


def _promoted(scene: Scene, *lines: dict[str, Any], alias: str = "champion") -> Files:
    return {_ALIASES: with_lines(scene.read(_ALIASES), alias, *lines)}


def _new(name: str, title: str, files: Files, *finds: str, says: str = "", number: int = 5) -> None:
    """Declare the promotion of a new version."""
    change(
        "promotion",
        name,
        title,
        lambda scene: {**files, **_promoted(scene, line(number))},
        *(finds or (_EVIDENCE,)),
        says=says,
    )


_new(
    "metric_worse",
    "Promote a version that is worse",
    version(5, 0.80),
    _EVIDENCE,
    "metric-regression",
    says="auc is 0.8, and was 0.82",
)
_new(
    "slice_worse",
    "Promote a version that is better at large and worse for one group",
    version(5, 0.9, south=0.7),
    says="for region 'south'",
)
_new(
    "slice_left_out",
    "Leave out the group for which the version is worse",
    version(5, 0.9, slices=[{"by": {"region": "north"}, "count": 500, "metrics": {"auc": 0.9}}]),
    says="region 'south'",
)
_new(
    "metric_left_out",
    "Leave out the metric by which the version is worse",
    version(5, metrics={"f1": 0.9}),
    says="auc",
)
_new("nan", "Let the metric be no number", version(5, "nan"), "invalid-yaml")
for name, title, written_as, rule in (
    ("infinite", "Let the metric be infinite", ".inf", "invalid-yaml"),
    ("overflowing", "Let the metric be larger than any number that a machine knows", "1e999", "invalid-yaml"),
    ("true_metric", "Let the metric be true, which counts as one", "true", "invalid-schema"),
    ("metric_as_text", "Let the metric be a text that looks like a number", '"0.99"', "invalid-schema"),
    ("metric_as_list", "Let the metric be a list", "[0.99]", "invalid-schema"),
    ("metric_by_hours", "Let the metric be a number to the base of sixty", "1:00:00", "invalid-schema"),
    ("negative_zero", "Let the metric be less than nothing by its sign only", "-0.0", "metric-regression"),
):
    _new(
        name,
        title,
        {
            **version(5),
            "runs/churn/evaluate-5.yaml": version(5)["runs/churn/evaluate-5.yaml"].replace(
                '{"auc": 0.83}', f'{{"auc": {written_as}}}', 1
            ),
        },
        rule,
    )
_new(
    "not_evaluated",
    "Promote what nobody evaluated",
    version(5, evaluated=False),
    says="no finished run evaluated it",
)
_new(
    "other_data",
    "Evaluate on other data than the version before",
    version(5, 0.99, test="orders/v2"),
    says="on which version 2 was",
)
_new(
    "failed_run",
    "Promote what a failed run left",
    {**version(5), "runs/churn/train-5.yaml": edited(version(5)["runs/churn/train-5.yaml"], status="failed")},
    says="its run is failed",
)
_new(
    "weak_digest",
    "Promote an artifact without a digest of its content",
    version(5, digest="etag:abc", output_digest="etag:abc"),
    says="no digest of its content",
)
_new(
    "recalled_ancestor",
    "Promote what recalled data are behind",
    {},
    _EVIDENCE,
    "recalled-ancestor",
    says="the recalled datasets:/orders/v3",
    number=4,
)
_new("missing_version", "Promote a version that does not exist", {}, "unknown-reference", number=99)


def _cleaned(scene: Scene, source: str) -> Files:
    """A version 5, and data that it was trained on; only the run that made these says so, and of what."""
    data = {"name": "table", "uri": "s3://data/orders/v5.csv", "digest": f"sha256:{'6' * 64}"}
    orders = scene.read("datasets/orders/versions/v1.yaml")
    return {
        "runs/churn/prepare-5.yaml": edited(
            scene.read("runs/churn/prepare-1.yaml"),
            id="prepare-5",
            inputs=[{"dataset": source, "role": "raw"}],
            outputs=[{**data, "dataset": "orders/v5"}],
            tags={"dataset_version": "orders_v5", "git_commit": "0f4b1c3", "triggered_by": "ci"},
        ),
        "datasets/orders/versions/v5.yaml": edited(
            orders, version="v5", uri=data["uri"], digest=data["digest"], produced_by=None
        ),
        **version(5, 0.84, dataset="orders/v5"),
    }


@attack(
    "promotion",
    "Promote what recalled data are behind, by a run that alone says what it made of them",
    _EVIDENCE,
    "recalled-ancestor",
    says="the recalled datasets:/orders/v3",
)
def recalled_behind_an_output(scene: Scene) -> None:
    scene.before(_cleaned(scene, "orders/v3"))
    scene.commit(_promoted(scene, line(5)))


@attack(
    "promotion",
    "Recall data that the version in force comes from, by a run that alone says what it made of them",
    "recalled-ancestor",
)
def recalled_before_an_output(scene: Scene) -> None:
    clicks = edited(
        scene.read("datasets/orders/versions/v1.yaml"),
        dataset="clicks",
        uri="s3://data/clicks.csv",
        digest=f"sha256:{'7' * 64}",
        produced_by=None,
    )
    path = "datasets/clicks/versions/v1.yaml"
    dataset = edited(scene.read("datasets/orders/dataset.yaml"), name="clicks")
    scene.before(
        {
            "datasets/clicks/dataset.yaml": dataset,
            path: clicks,
            **_cleaned(scene, "clicks/v1"),
            **_promoted(scene, line(5)),
        }
    )
    recall = {"at": "2024-01-30T08:00:00Z", "by": "bo", "reason": "wrong rows", "severity": "high"}
    scene.edit(path, recall=recall)


def _relabelled(scene: Scene) -> Files:
    recalled = scene.read("datasets/orders/versions/v3.yaml")
    return {
        "datasets/orders/versions/v4.yaml": edited(recalled, version="v4", recall=None),
        **version(5, dataset="orders/v4"),
        **_promoted(scene, line(5)),
    }


change(
    "promotion",
    "recalled_content",
    "Register the content of recalled data under a new name, and promote what was made from it",
    _relabelled,
    _EVIDENCE,
    says="has the content of the recalled datasets:/orders/v3",
)
change(
    "promotion",
    "held_for_a_moment",
    "Write the version into the ledger twice, as if it had held the alias before",
    lambda scene: {**version(5, 0.7), **_promoted(scene, line(5), line(5, "2024-02-01T09:00:00Z"))},
    _EVIDENCE,
    says="auc is 0.7, and was 0.82",
)
change(
    "promotion",
    "beaten_a_straw_man",
    "Promote a bad version for a moment, and then one that is better than that",
    lambda scene: {
        **version(5, 0.5),
        **version(6, 0.7),
        **_promoted(scene, line(5), line(6, "2024-02-01T09:00:00Z")),
    },
    _EVIDENCE,
    says="auc is 0.7, and was 0.82",
)
change(
    "promotion",
    "straw_man_in_production",
    "Do the same in the ledger of stages",
    lambda scene: {
        **version(5, 0.5),
        **version(6, 0.7),
        _STAGES: with_transitions(
            scene.read(_STAGES),
            *(
                line(number, f"2024-02-01T{hour:02}:00:00Z", stage=stage)
                for hour, (number, stage) in enumerate(
                    [(2, "archived"), (5, "production"), (5, "archived"), (6, "production")]
                )
            ),
        ),
    },
    _EVIDENCE,
    says="auc is 0.7, and was 0.82",
)
change(
    "promotion",
    "incumbent_made_worse",
    "Evaluate the version in force anew with a bad result, so that the new one is better",
    lambda scene: {
        **version(5, 0.7),
        "runs/churn/again-2.yaml": edited(
            scene.read("runs/churn/evaluate-2.yaml"),
            id="again-2",
            metrics={"auc": 0.5},
            slices=[{"by": {"region": region}, "count": 500, "metrics": {"auc": 0.5}} for region in REGIONS],
            started_at="2024-01-30T10:00:00Z",
            ended_at="2024-01-30T10:05:00Z",
        ),
        **_promoted(scene, line(5)),
    },
    _EVIDENCE,
    says="auc is 0.7, and was 0.82",
)
change(
    "promotion",
    "evaluation_of_the_latest",
    "Claim an evaluation of whatever is the latest version",
    lambda scene: {
        **version(5, evaluated=False),
        "runs/churn/evaluate-5.yaml": edited(
            version(5, 0.9)["runs/churn/evaluate-5.yaml"], evaluates="churn/latest"
        ),
        **_promoted(scene, line(5)),
    },
    _EVIDENCE,
    says="no finished run evaluated it",
)
change(
    "promotion",
    "in_force_in_the_past",
    "Say that an unapproved version was in force for weeks, and put the old one back at once",
    lambda scene: _promoted(
        scene,
        line(3, "2024-01-16T08:00:00Z", approved_by=[]),
        line(2, "2024-02-01T08:00:00Z"),
    ),
    "unapproved-promotion",
)
change(
    "promotion",
    "bad_for_a_moment",
    "Put a bad version into force for a moment, and the old one back at once",
    lambda scene: {
        **version(5, 0.5),
        **_promoted(scene, line(5), line(2, "2024-02-01T09:00:00Z")),
    },
    _EVIDENCE,
    says="auc is 0.5, and was 0.82",
)
change(
    "promotion",
    "evaluation_of_the_other_deleted",
    "Delete the evaluation of the version in force, so that there is nothing to compare with",
    lambda scene: {
        **version(5, 0.7),
        "runs/churn/evaluate-2.yaml": None,
        "models/churn/cards/2.yaml": edited(scene.read("models/churn/cards/2.yaml"), evaluations=[]),
        **_promoted(scene, line(5)),
    },
    "deleted-while-referenced",
    says="it evaluates models:/churn/2",
)
change(
    "promotion",
    "endpoint_past_the_ledger",
    "Let an endpoint in production serve a version that no ledger put into force",
    {"endpoints/predict.yaml": endpoint("predict", "churn/3")},
    _EVIDENCE,
    says="the endpoint predict",
)
change(
    "promotion",
    "endpoint_of_the_latest",
    "Let an endpoint in production serve whatever was registered last",
    {"endpoints/predict.yaml": endpoint("predict", "churn/latest")},
    _EVIDENCE,
)
change(
    "promotion",
    "endpoint_turned_productive",
    "Turn an endpoint for trials into one in production",
    lambda scene: {
        "endpoints/trial.yaml": edited(scene.read("endpoints/trial.yaml"), environment="production")
    },
    _EVIDENCE,
    says="the endpoint trial",
)
change(
    "promotion",
    "endpoint_taken_out_of_production",
    "Call an endpoint in production one for trials, and let it serve what nobody promoted",
    {"endpoints/predict.yaml": endpoint("predict", "churn/3", environment="staging")},
    _EVIDENCE,
    says="the endpoint predict",
)


@attack("promotion", "Register a version while an endpoint in production serves the latest", _EVIDENCE)
def registered_into_production(scene: Scene) -> None:
    scene.before({"endpoints/predict.yaml": endpoint("predict", "churn/latest")})
    scene.commit(version(5))


@attack("promotion", "Move an unprotected alias that an endpoint in production serves", _EVIDENCE)
def unprotected_alias_in_production(scene: Scene) -> None:
    scene.before({"endpoints/predict.yaml": endpoint("predict", "churn@rollback")})
    scene.commit(_promoted(scene, line(3), alias="rollback"))


@attack(
    "promotion",
    "Serve a version in production that a new ledger says was approved for production some time ago",
    _EVIDENCE,
    origin="verified",
    says="neither a protected alias nor the production stage holds it",
)
def once_in_a_new_ledger_of_stages(scene: Scene) -> tuple[str, ...]:
    scene.before({_STAGES: None})
    lines = [line(3, stage="production"), line(3, stage="none", approved_by=[])]
    stages = written({"kind": "stages", "model": "churn", "transitions": lines})
    scene.commit({_STAGES: stages, "endpoints/predict.yaml": endpoint("predict", "churn/3")})
    return scene.reviews()


@attack(
    "promotion",
    "Serve a version in production that a new ledger of aliases says was the champion some time ago",
    _EVIDENCE,
    origin="verified",
    says="neither a protected alias nor the production stage holds it",
)
def once_in_a_new_ledger_of_aliases(scene: Scene) -> tuple[str, ...]:
    scene.before({_ALIASES: None, "endpoints/predict.yaml": endpoint("predict", "churn/2")})
    champion = [line(3), line(None, approved_by=[])]
    aliases = written({"kind": "aliases", "model": "churn", "aliases": {"champion": champion}})
    scene.commit({_ALIASES: aliases, "endpoints/predict.yaml": endpoint("predict", "churn/3")})
    return scene.reviews()


@attack(
    "promotion", "Promote a version whose errors the base had already", "unknown-reference", origin="untidy"
)
def errors_of_the_base(scene: Scene) -> None:
    scene.commit(_promoted(scene, line(3)))


@attack(
    "promotion",
    "Serve a version in production whose errors the base had already",
    "unknown-reference",
    _EVIDENCE,
    origin="untidy",
)
def served_with_errors_of_the_base(scene: Scene) -> None:
    scene.commit({"endpoints/predict.yaml": endpoint("predict", "churn/3")})


@attack(
    "promotion", "Break one rule more in a file that broke it before", "missing-lineage-tag", origin="untidy"
)
def existing_finding_as_cover(scene: Scene) -> None:
    scene.commit(
        {
            "runs/churn/odd.yaml": edited(
                scene.read("runs/churn/prepare-1.yaml"), id="odd", outputs=[], tags={}
            )
        }
    )


change(
    "promotion",
    "two_in_production",
    "Put a second version into production beside the first",
    lambda scene: {_STAGES: with_transitions(scene.read(_STAGES), line(3, stage="production"))},
    "several-in-production",
)
change(
    "promotion",
    "production_unapproved",
    "Put a version into production without an approval",
    lambda scene: {
        _STAGES: with_transitions(
            scene.read(_STAGES), line(2, stage="archived"), line(3, stage="production", approved_by=[])
        )
    },
    "unapproved-promotion",
)
change(
    "promotion",
    "archived_in_service",
    "Archive the version that is in force",
    lambda scene: {_STAGES: with_transitions(scene.read(_STAGES), line(2, stage="archived"))},
    "archived-in-service",
)
change(
    "promotion",
    "recalled_while_in_force",
    "Recall the data of the version in force, and leave it in force",
    lambda scene: {
        "datasets/orders/versions/v2.yaml": edited(
            scene.read("datasets/orders/versions/v2.yaml"),
            recall={"at": "2024-01-30T08:00:00Z", "by": "bo", "reason": "wrong rows", "severity": "high"},
        )
    },
    "recalled-ancestor",
)
change(
    "promotion",
    "card_emptied",
    "Empty the card of the model and promote",
    lambda scene: {
        "models/churn/card.yaml": edited(
            scene.read("models/churn/card.yaml"), known_biases=None, caveats="TODO"
        ),
        **_promoted(scene, line(3)),
    },
    _EVIDENCE,
    "placeholder-text",
)


def _dangling(scene: Scene) -> Files:
    aliases = yaml.safe_load(scene.read(_ALIASES))["aliases"]
    return {_ALIASES: edited(scene.read(_ALIASES), aliases={**aliases, "shadow": [line(12)]})}


change(
    "promotion",
    "alias_to_nothing",
    "Point an alias to a version that is still to come",
    _dangling,
    "unknown-reference",
)
