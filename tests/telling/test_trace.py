from dataclasses import replace
from pathlib import Path

import pytest

from comparing import records_of
from herdbook.queries.asking import find
from herdbook.queries.records import Records
from herdbook.queries.trace import Doubt, Problem, Trace, trace
from herdbook.reports.answers import document_text
from herdbook.telling.document import plain
from herdbook.telling.trace import tell_trace

RECALL = """\
# datasets/orders/versions/v2.yaml
recall: {at: "2024-01-20T08:00:00Z", by: bo, reason: scaled twice, severity: high, replaced_by: orders/v1}
"""


def ask(records: Records, text: str, depth: int | None = None) -> Trace:
    return trace(records, find(records.catalog, text), depth)


@pytest.mark.parametrize(
    ("text", "changes", "lead", "tone"),
    [
        (
            "churn@champion",
            "",
            "models:/churn@champion means models:/churn/2, which was made by runs:/train-2 on 2024-01-12 "
            "from datasets:/orders/v2 (training) with the code of commit 0f4b1c3d5e.",
            "good",
        ),
        (
            "churn/2",
            RECALL,
            "models:/churn/2 was made by runs:/train-2 on 2024-01-12 from datasets:/orders/v2 (training) "
            "with the code of commit 0f4b1c3d5e; datasets:/orders/v2 has been recalled.",
            "bad",
        ),
        (
            "train-2",
            "# runs/churn/train-2.yaml without code, started_at\n",
            "runs:/train-2 is a training run from datasets:/orders/v2 (training).",
            "warn",
        ),
        ("churn", "", "models:/churn goes back to 4 runs and 2 dataset versions.", "good"),
        (
            "evaluate-2",
            "# runs/churn/evaluate-2.yaml without code, started_at\n",
            "runs:/evaluate-2 is an evaluation run from datasets:/orders/v1 (test), "
            "models:/churn/2 (evaluated).",
            "warn",
        ),
        (
            "orders/v2",
            "# datasets/orders/versions/v2.yaml without produced_by\nderived_from: [orders/v1]\n"
            "# runs/churn/prepare-2.yaml, deleted\n",
            "datasets:/orders/v2 goes back to 1 run and 1 dataset version.",
            "good",
        ),
        (
            "orders/v2",
            "# datasets/orders/versions/v2.yaml without produced_by\nderived_from: [orders/v1]\n"
            "# runs/churn/prepare-2.yaml, deleted\n"
            "# datasets/orders/versions/v1.yaml without produced_by\n"
            "# runs/churn/prepare-1.yaml, deleted\n",
            "datasets:/orders/v2 goes back to 1 dataset version.",
            "good",
        ),
        (
            "predict",
            "# endpoints/predict.yaml\nserves: [{model: gone@champion}]\n",
            "endpoints:/predict: no run and no data upstream are recorded.",
            "warn",
        ),
        (
            "orders/v1",
            "# runs/churn/prepare-1.yaml, deleted\n# datasets/orders/versions/v1.yaml without produced_by\n",
            "datasets:/orders/v1: nothing upstream is recorded.",
            "good",
        ),
        (
            "orders/v2",
            "# runs/churn/prepare-2.yaml\ninputs: [{dataset: orders/v2}]\n",
            "datasets:/orders/v2 was made by runs:/prepare-2 on 2024-01-02 from datasets:/orders/v2 with the "
            "code of commit 0f4b1c3d5e; the record says that it was made from itself.",
            "warn",
        ),
    ],
)
def test_the_lead_says_it_all(tmp_path: Path, text: str, changes: str, lead: str, tone: str) -> None:
    answer = ask(records_of(tmp_path, changes), text)
    document = tell_trace(answer)
    assert (plain(document.lead), document.tone) == (lead, tone)
    assert tell_trace(answer, briefly=True) == replace(document, sections=())


@pytest.mark.parametrize(
    ("text", "depth", "lead"),
    [
        ("churn/2", 0, "models:/churn/2 goes back further than 0 steps."),
        (
            "churn@champion",
            0,
            "models:/churn@champion means models:/churn/2, which goes back further than 0 steps.",
        ),
        ("predict", 1, "endpoints:/predict goes back further than 1 step."),
    ],
)
def test_the_lead_says_how_far_back_it_goes(tmp_path: Path, text: str, depth: int, lead: str) -> None:
    assert plain(tell_trace(ask(records_of(tmp_path), text, depth)).lead) == lead


def test_doubts_come_first(tmp_path: Path) -> None:
    document = tell_trace(ask(records_of(tmp_path, RECALL), "churn/2"))
    assert document.sections[0].title == "Not to be relied on"
    assert "- datasets:/orders/v2: [recalled] scaled twice" in document_text(document)


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path), "churn/2")
    step = next(step for step in answer.steps if step.kind == "dataset-version")
    doubtful = tuple(
        replace(step, key=f"datasets:/d/v{index}", problems=(Problem(Doubt.MISSING, "not in the catalog"),))
        for index in range(1_500)
    )
    text = document_text(tell_trace(replace(answer, steps=(*answer.steps, *doubtful), depth=2, further=7)))
    assert len(text.splitlines()) < 100
    assert "- and 1,480 more" in text
    assert "1,500 more upstream; --format json lists them all." in text
    assert "This goes 2 steps back; there is more behind it." in text


def test_what_stands_twice_is_drawn_once(tmp_path: Path) -> None:
    inputs = "inputs: [{dataset: orders/v1, role: a}, {dataset: orders/v2, role: b}]\n"
    both = "# datasets/orders/versions/v2.yaml without produced_by\nderived_from: [orders/v1]\n"
    answer = ask(records_of(tmp_path, f"# runs/churn/train-2.yaml\n{inputs}{both}"), "churn/2")
    text = document_text(tell_trace(answer))
    assert text.count("(see above)") == 1
    assert text.count("runs:/prepare-1 ") == 1
