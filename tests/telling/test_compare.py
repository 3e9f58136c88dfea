from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from comparing import compared, records_of
from herdbook.reports.answers import document_text
from herdbook.telling.compare import tell_compare
from herdbook.telling.document import Document, plain

RECALL = """\
# datasets/orders/versions/v2.yaml
recall:
  {at: "2024-01-20T08:00:00Z", by: bo, reason: "Scaled\\n  twice.", severity: high, replaced_by: orders/v1}
"""
WORSE = "# runs/churn/evaluate-2.yaml\nmetrics: {auc: 0.769, other: 1}\n"
TRAIN = "# runs/churn/train-2.yaml\n"
ONLY_DATA = f"{TRAIN}params: {{depth: 1}}\n"
NOTHING = f"{ONLY_DATA}inputs: [{{dataset: orders/v1, role: training}}]\n"

Tell = Callable[..., Document]


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    def telling(changes: str = "", one: str = "churn/2", other: str | None = "churn/1") -> Document:
        answer = compared(records_of(tmp_path / "one", changes), one, other)
        document = tell_compare(answer)
        assert tell_compare(answer, briefly=True) == replace(document, sections=())
        return document

    return telling


V1_TO_V2 = "the training data datasets:/orders/v1 -> datasets:/orders/v2"


@pytest.mark.parametrize(
    ("changes", "lead", "tone"),
    [
        (
            WORSE + ONLY_DATA + RECALL,
            f"auc fell by 0.041; the only difference is {V1_TO_V2}, which has since been recalled.",
            "bad",
        ),
        (
            ONLY_DATA + RECALL,
            f"auc rose by 0.01, which is better; the only difference is {V1_TO_V2}, which has since been "
            "recalled.",
            "bad",
        ),
        (
            WORSE,
            f"auc fell by 0.041; the most likely cause is {V1_TO_V2} (1 parameter differs, too).",
            "bad",
        ),
        (
            RECALL.replace("v2.yaml", "v1.yaml").replace(", replaced_by: orders/v1", "") + ONLY_DATA,
            "auc rose by 0.01, which is better; the only difference is the training data: "
            "datasets:/orders/v2 in place of datasets:/orders/v1, which has since been recalled.",
            "good",
        ),
        (
            f"{NOTHING}# runs/churn/evaluate-2.yaml\nmetrics: {{auc: 0.811}}\n",
            "no metric differs by more than the policy tolerates; nothing else that is recorded differs.",
            "good",
        ),
        (
            f"{NOTHING}{TRAIN}params: {{depth: 2, more: 1}}\n"
            "# runs/churn/evaluate-2.yaml without metrics, slices\n"
            "# runs/churn/evaluate-1.yaml without metrics, slices\n"
            "# runs/churn/train-1.yaml without metrics\n",
            "no metric was measured of both on the same data; the most likely cause is among 2 parameters "
            "that differ, such as the parameter depth 1 -> 2.",
            "",
        ),
        (
            f"{TRAIN}params: {{depth: 1}}\ninputs: [{{dataset: orders/v1, role: training}}, "
            f"{{dataset: orders/v2, role: more}}]\n{RECALL}",
            "auc rose by 0.01, which is better; the only difference is that the more data "
            "datasets:/orders/v2, which has since been recalled, is new.",
            "bad",
        ),
        (
            f"{TRAIN}params: {{}}\ninputs: [{{dataset: orders/v1, role: training}}]\n",
            "auc rose by 0.01, which is better; the only difference is that the parameter depth 1 is gone.",
            "good",
        ),
        (
            f"{NOTHING}# herdbook.yaml\npolicy: {{}}\n",
            "auc rose by 0.01, and the policy does not say whether that is better; nothing else that is "
            "recorded differs.",
            "",
        ),
        (
            "# runs/churn/train-1.yaml, deleted\n",
            "auc rose by 0.01, which is better; what else differs is known only in part.",
            "good",
        ),
        (
            f"{NOTHING}# runs/churn/evaluate-2.yaml\nmetrics: {{auc: 0.81}}\nslices:\n"
            "  - {by: {region: north}, count: 400, metrics: {auc: 0.7}}\n",
            "no metric differs by more than the policy tolerates, but auc fell by 0.11 for region north; "
            "nothing else that is recorded differs.",
            "bad",
        ),
        (
            f"{NOTHING}code: {{commit: 0f4b1c3d5e6f708192a3b4c5d6e7f8091a2b3c4d, command: other}}\n",
            "auc rose by 0.01, which is better; nothing that is recorded explains it.",
            "good",
        ),
    ],
)
def test_what_a_colleague_would_say(changes: str, lead: str, tone: str, tell: Tell) -> None:
    told = tell(changes)
    assert plain(told.lead) == lead
    assert told.tone == tone


def test_the_whole_of_it(tell: Tell) -> None:
    assert (
        document_text(tell(WORSE + RECALL, other=None)) == Path(__file__).with_name("compare.txt").read_text()
    )


def test_long_lists_are_cut_and_it_is_said(tell: Tell) -> None:
    params = ", ".join(f"p{number:02}: 1" for number in range(20))
    metrics = ", ".join(f"m{number:02}: 1" for number in range(30))
    changes = f"{TRAIN}params: {{{params}}}\n# runs/churn/evaluate-2.yaml\nmetrics: {{{metrics}}}\n"
    told = document_text(tell(changes))
    assert "9 more parameters; --format json lists them all" in told
    assert "p10" in told
    assert "p11" not in told
    assert "6 more; --format json lists them all." in told


def test_hostile_texts_stay_texts(tell: Tell) -> None:
    changes = 'params: {"::error::\\e[31m": "[bold]x\\n::warning::"}\n'
    told = document_text(tell(f"{TRAIN}{changes}"))
    assert "\x1b" not in told
    assert not any(line.strip().startswith("::") for line in told.splitlines())
    assert "[bold]x" in told
