"""What two runs read in place of each other."""

from pathlib import Path

import pytest

from comparing import SAME, Ask, asking, of
from herdbook.queries.data_changes import Change
from herdbook.queries.differences import Aspect, explains

RECALL = 'recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high}\n'


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    return asking(tmp_path)


def test_other_data_with_their_evidence(ask: Ask) -> None:
    schema = """\
# datasets/orders/versions/v2.yaml
schema:
  - {name: customer, type: integer}
  - {name: region, type: string}
"""
    data = ask(schema)[0]
    assert (data.aspect, data.name, data.change) == (Aspect.DATA, "training", Change.CHANGED)
    assert (data.before, data.now) == ("datasets:/orders/v1", "datasets:/orders/v2")
    evidence = data.data
    assert evidence is not None
    assert (evidence.before_rows, evidence.now_rows, evidence.same_content) == (10000, 20000, False)
    assert evidence.before_digest.startswith("sha256:041e")
    assert [(item.name, item.change, item.before, item.now) for item in evidence.columns] == [
        ("customer", Change.CHANGED, "string", "integer"),
        ("orders", Change.REMOVED, "integer", ""),
        ("region", Change.ADDED, "", "string"),
    ]
    assert (evidence.before_recalled, evidence.now_recalled) == (None, None)


def test_recalled_data_lead_also_when_only_an_ancestor_was_recalled(ask: Ask) -> None:
    changes = f"""\
# datasets/orders/versions/v1.yaml
{RECALL}# datasets/orders/versions/v2.yaml
derived_from: [orders/v1]
# runs/churn/train-1.yaml
inputs: [{{dataset: orders/v2, role: validation}}, {{uri: s3://a, role: training}}]
# runs/churn/train-2.yaml
inputs: [{{uri: s3://b, role: training}}, {{dataset: orders/v1, role: validation}}]
"""
    first, second, *_ = ask(changes)
    assert (first.before, first.now, second.before, second.now) == (
        "datasets:/orders/v2",
        "datasets:/orders/v1",
        "s3://a",
        "s3://b",
    )
    assert first.data is not None
    assert first.data.now_recalled is not None
    assert first.data.before_recalled is not None
    assert {str(first.data.now_recalled.ref), str(first.data.before_recalled.ref)} == {"datasets:/orders/v1"}
    assert first.data.now_recalled.reason == "scaled twice"


def test_the_same_content_under_another_name_explains_nothing(ask: Ask) -> None:
    digest = 'digest: "sha256:041e2a28245db835189938be363c75af74988b522604b63f627f7517ceb20568"\n'
    found = ask(
        f"# runs/churn/train-2.yaml\nparams: {{depth: 1}}\n# datasets/orders/versions/v2.yaml\n{digest}"
    )
    assert [item.aspect for item in found] == [Aspect.DATA]
    assert found[0].data is not None
    assert found[0].data.same_content
    assert not explains(found[0])


@pytest.mark.parametrize(
    ("digests", "differ", "same"),
    [
        (("md5:" + "0" * 32, "md5:" + "1" * 32), True, False),
        (("md5:" + "0" * 32, "md5:" + "0" * 32), False, None),
        (("md5:" + "0" * 32, "etag:1"), False, None),
    ],
)
def test_the_same_name_with_other_content(
    digests: tuple[str, str], differ: bool, same: bool | None, ask: Ask
) -> None:
    changes = SAME + "".join(
        f"# runs/churn/train-{number}.yaml\nparams: {{}}\n"
        f'inputs: [{{dataset: orders/v1, digest: "{digest}"}}]\n'
        for number, digest in enumerate(digests, 1)
    )
    found = ask(changes)
    assert bool(found) is differ
    assert [item.data.same_content for item in found if item.data] == ([same] if differ else [])


def test_inputs_are_paired_by_what_they_are_before_their_role(ask: Ask) -> None:
    changes = """\
# runs/churn/train-1.yaml
inputs: [{dataset: orders/v1, role: a}, {uri: s3://x, role: b}, {uri: s3://gone, role: c}]
# runs/churn/train-2.yaml
inputs: [{uri: s3://x, role: d}, {dataset: orders/v2, role: a}, {run: prepare-1/table}]
"""
    assert of(ask(changes), Aspect.DATA) == [
        ("a", Change.CHANGED, "datasets:/orders/v1", "datasets:/orders/v2"),
        ("d", Change.CHANGED, "s3://x as b", "s3://x as d"),
        ("c", Change.REMOVED, "s3://gone", ""),
        ("", Change.ADDED, "", "runs:/prepare-1/table"),
    ]


def test_an_alias_as_input_means_the_version_of_its_day(ask: Ask) -> None:
    changes = """\
# runs/churn/train-1.yaml
inputs: [{model: churn@champion}]
started_at: "2024-01-12T09:00:00Z"
# runs/churn/train-2.yaml
inputs: [{model: churn@champion}]
started_at: "2024-01-16T09:00:00Z"
"""
    assert of(ask(changes, "train-2", "train-1"), Aspect.DATA) == [
        ("", Change.CHANGED, "models:/churn/1", "models:/churn/2")
    ]


def test_an_evaluation_read_the_model_that_it_evaluated(ask: Ask) -> None:
    assert of(ask("", "evaluate-2", "evaluate-1"), Aspect.DATA) == [
        ("evaluated", Change.CHANGED, "models:/churn/1", "models:/churn/2")
    ]
