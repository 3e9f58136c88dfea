"""The change alters, deletes or swaps what was recorded."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gate.attack import attack, change
from gate.records import line, version, with_lines
from gate.scene import Files, Scene, edited, written

_RUN, _VERSION = "runs/churn/train-2.yaml", "models/churn/versions/2.yaml"
_DATA, _RECALLED = "datasets/orders/versions/v1.yaml", "datasets/orders/versions/v3.yaml"
_SHA = f"sha256:{'a' * 64}"


def _edited(scene: Scene, path: str, fields: Mapping[str, Any]) -> Files:
    return {path: edited(scene.read(path), **fields)}


for name, title, path, fields in (
    (
        "metric_raised",
        "Raise the metric of a finished run",
        "runs/churn/evaluate-2.yaml",
        {"metrics": {"auc": 0.99}},
    ),
    (
        "input_changed",
        "Say that a finished run read other data",
        _RUN,
        {"inputs": [{"dataset": "orders/v1", "role": "training"}]},
    ),
    (
        "commit_changed",
        "Say that a finished run ran other code",
        _RUN,
        {"code": {"commit": "1" * 40, "dirty": False}},
    ),
    (
        "tags_changed",
        "Change the tags of a finished run",
        _RUN,
        {"tags": {"dataset_version": "orders_v2", "git_commit": "0f4b1c3", "triggered_by": "me"}},
    ),
    ("reopened", "Open a finished run again, to change it later", _RUN, {"status": "running"}),
    (
        "artifact_swapped",
        "Put another artifact under the number of a version",
        _VERSION,
        {"uri": "s3://models/churn/evil.pkl", "digest": _SHA},
    ),
    (
        "signature_changed",
        "Change the signature of a version",
        _VERSION,
        {
            "signature": {
                "inputs": [{"name": "x", "type": "string"}],
                "outputs": [{"name": "y", "type": "double"}],
            }
        },
    ),
    (
        "requirements_changed",
        "Change the requirements of a version",
        _VERSION,
        {"requirements": ["evil==1.0"]},
    ),
    ("other_run", "Say that a version came from another run", _VERSION, {"run": "train-3"}),
    ("content_of_data", "Change the digest of a dataset version", _DATA, {"digest": _SHA}),
    ("recall_withdrawn", "Withdraw the recall of a dataset version", _RECALLED, {"recall": None}),
):
    change(
        "records",
        name,
        title,
        partial(_edited, path=path, fields=fields),
        "immutable-field-changed",
    )


@attack("records", "Say afterwards that a failed run finished", "immutable-field-changed")
def failed_run_finished(scene: Scene) -> None:
    failed = edited(scene.read("runs/churn/train-3.yaml"), id="train-8", status="failed", outputs=[])
    scene.before({"runs/churn/train-8.yaml": failed})
    scene.edit("runs/churn/train-8.yaml", status="finished")


@attack("records", "Move the label of a version to another one", "immutable-field-changed")
def label_moved(scene: Scene) -> None:
    scene.before({_VERSION: edited(scene.read(_VERSION), label="1.2.0")})
    third = "models/churn/versions/3.yaml"
    scene.commit(
        {
            _VERSION: edited(scene.read(_VERSION), label=None),
            third: edited(scene.read(third), label="1.2.0"),
        }
    )


@attack("records", "Delete a version and give its number to another artifact later", "version-gap")
def version_deleted(scene: Scene) -> None:
    scene.commit(dict.fromkeys(version(4)))


@attack(
    "records", "Delete a version in one commit and reuse its number in the next", "immutable-field-changed"
)
def number_reused(scene: Scene) -> None:
    scene.commit({"models/churn/versions/3.yaml": None})
    scene.commit({"models/churn/versions/3.yaml": version(3, digest=_SHA)["models/churn/versions/3.yaml"]})


@attack("records", "Rename a version to a higher number", "immutable-field-changed")
def version_renamed(scene: Scene) -> None:
    text = scene.read("models/churn/versions/4.yaml").replace("version: 4", "version: 5")
    scene.commit({"models/churn/versions/4.yaml": None, "models/churn/versions/5.yaml": text})


change("records", "gap", "Skip numbers of versions", version(7), "version-gap", says="comes after version 4")
change(
    "records",
    "swapped_under_another_algorithm",
    "Register an artifact under a digest that cannot be compared with what the run wrote, and promote it",
    lambda scene: {
        **version(5, digest=f"md5:{'a' * 32}", output_digest=_SHA),
        "models/churn/aliases.yaml": with_lines(scene.read("models/churn/aliases.yaml"), "champion", line(5)),
    },
    "promotion-without-evidence",
)
change(
    "records",
    "swapped_behind_the_run",
    "Register another artifact than the run wrote",
    version(5, digest=_SHA, output_digest=f"sha256:{'b' * 64}"),
    "digest-conflict",
)
change(
    "records",
    "run_deleted",
    "Delete the run behind a version",
    {"runs/churn/train-1.yaml": None},
    "deleted-while-referenced",
)
change(
    "records",
    "data_deleted",
    "Delete the data behind a run",
    {"datasets/orders/versions/v1.yaml": None},
    "deleted-while-referenced",
)
change(
    "records",
    "recalled_data_deleted",
    "Delete a recalled dataset version, to bring it back without its recall",
    {_RECALLED: None},
    "deleted-while-referenced",
)
change(
    "records",
    "evaluation_deleted",
    "Delete an evaluation that no card names and that speaks against a version",
    lambda scene: {
        "models/churn/cards/2.yaml": edited(
            scene.read("models/churn/cards/2.yaml"), evaluations=["evaluate-1"]
        ),
        "runs/churn/evaluate-3.yaml": None,
        "models/churn/cards/3.yaml": edited(scene.read("models/churn/cards/3.yaml"), evaluations=[]),
    },
    "deleted-while-referenced",
    says="evaluates",
)


def _stand_in(scene: Scene) -> Files:
    prepared = edited(
        scene.read("runs/churn/train-1.yaml"),
        id="another",
        title="train-1",
        imported_from={"mlflow": "https://mlflow.example.org/1"},
        params={"depth": 99},
        inputs=[{"dataset": "orders/v2", "role": "training"}],
        tags={"dataset_version": "orders_v2", "git_commit": "0f4b1c3", "triggered_by": "me"},
    )
    return {"runs/churn/train-1.yaml": None, "runs/churn/another.yaml": prepared}


change(
    "records",
    "stand_in_by_title",
    "Delete a run and let another one answer to its name as a title",
    _stand_in,
    "deleted-while-referenced",
)


@attack("records", "Let a new dataset answer to the title of an imported one", "unknown-reference")
def second_of_a_title(scene: Scene) -> None:
    imported = {"title": "all-orders", "imported_from": {"mlflow": "https://mlflow.example.org/1"}}
    scene.before(
        {
            "datasets/orders/dataset.yaml": edited(scene.read("datasets/orders/dataset.yaml"), **imported),
            _RUN: edited(scene.read(_RUN), inputs=[{"dataset": "all-orders/v2", "role": "training"}]),
        }
    )
    scene.commit(
        {
            "datasets/zorders/dataset.yaml": written(
                {"kind": "dataset", "name": "zorders", "owner": "ana", **imported}
            ),
            "datasets/zorders/versions/v2.yaml": edited(
                scene.read(_DATA),
                dataset="zorders",
                version="v2",
                produced_by=None,
                digest=_SHA,
                uri="s3://z",
            ),
        }
    )


change(
    "records",
    "run_in_two_places",
    "Record a run once more in another experiment",
    lambda scene: {
        "runs/a-churn/train-2.yaml": edited(scene.read(_RUN), experiment="a-churn", params={"depth": 9})
    },
    "duplicate-id",
)
change(
    "records",
    "run_moved",
    "Move a run into another experiment",
    lambda scene: {_RUN: None, "runs/other/train-2.yaml": edited(scene.read(_RUN), experiment="other")},
    "immutable-field-changed",
)


@attack(
    "records",
    "Delete recalled data that nothing was made from, to bring them back later",
    "immutable-field-changed",
)
def spare_recall_deleted(scene: Scene) -> None:
    recalled = edited(scene.read(_RECALLED), version="v9", uri="s3://spare", digest=_SHA)
    scene.before({"datasets/orders/versions/v9.yaml": recalled})
    scene.commit({"datasets/orders/versions/v9.yaml": None})


for name, title, written_as, rule in (
    ("blank_tag", "Leave a required tag blank", '"  "', "missing-lineage-tag"),
    ("promised_tag", "Promise a required tag for later", "TODO", "missing-lineage-tag"),
    ("dash_for_a_tag", "Write a dash for a required tag", '"-"', "missing-lineage-tag"),
    (
        "invisible_tag",
        "Write a required tag in characters without width, by an escape",
        '"\\u200b\\u2060"',
        "missing-lineage-tag",
    ),
    (
        "number_for_a_tag",
        "Write a number for a required tag, so that systems read it differently",
        "1e5",
        "invalid-schema",
    ),
):
    change(
        "records",
        name,
        title,
        {
            **version(5),
            "runs/churn/train-5.yaml": version(5)["runs/churn/train-5.yaml"].replace(
                '"git_commit": "0f4b1c3"', f'"git_commit": {written_as}', 1
            ),
        },
        rule,
    )
