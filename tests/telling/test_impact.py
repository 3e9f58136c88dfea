from dataclasses import replace
from pathlib import Path

import pytest

from comparing import records_of
from herdbook.queries import impact
from herdbook.queries.impact import Impact
from herdbook.queries.records import Records
from herdbook.reports.answers import document_text
from herdbook.telling.document import plain
from herdbook.telling.impact import tell_impact

STAGING = "# endpoints/predict.yaml\nenvironment: staging\n"


def ask(records: Records, text: str, depth: int | None = None) -> Impact:
    if text.startswith("--commit "):
        subject = impact.commit(records, text.removeprefix("--commit "))
    elif text.startswith("--requirement "):
        subject = impact.requirement(records, text.removeprefix("--requirement "))
    else:
        subject = impact.named(records, text)
    return impact.impact(records, subject, depth)


@pytest.mark.parametrize(
    ("text", "changes", "lead"),
    [
        (
            "datasets:/orders/v2",
            "",
            "In production, endpoints:/predict (90 % of its traffic) depends on datasets:/orders/v2. "
            "In all, 1 endpoint, 1 alias, 1 model version and 2 runs depend on it.",
        ),
        (
            "datasets:/orders/v2",
            STAGING,
            "In production, models:/churn@champion depends on datasets:/orders/v2. "
            "In all, 1 endpoint, 1 alias, 1 model version and 2 runs depend on it.",
        ),
        (
            "models:/churn@champion",
            "",
            "models:/churn@champion is in production itself. There, endpoints:/predict (90 % of its traffic) "
            "depends on it.",
        ),
        ("endpoints:/predict", "", "endpoints:/predict is in production itself. Nothing else depends on it."),
        ("endpoints:/predict", STAGING, "Nothing depends on endpoints:/predict."),
        ("runs:/evaluate-1", "", "Nothing depends on runs:/evaluate-1."),
        ("models:/churn@rollback", "", "Nothing depends on models:/churn@rollback."),
        (
            "datasets:/orders/v1",
            "# runs/churn/train-1.yaml\ninputs: [{dataset: orders/v2}]\n",
            "Nothing in production depends on datasets:/orders/v1; 2 runs do. "
            "2 promotions in force rest on an evaluation with it.",
        ),
        (
            "--commit 0f4b1c3",
            "",
            "In production, endpoints:/predict (100 % of its traffic) depends on commit 0f4b1c3d5e. "
            "In all, 1 endpoint, 2 aliases, 2 model versions, 2 dataset versions and 6 runs depend on it.",
        ),
        ("--commit abcdef", "", "No run in the catalog ran the code of commit abcdef."),
        (
            "--requirement scikit-lern<2",
            "",
            "No run and no version in the catalog has a package that is scikit-lern<2; "
            "did you mean scikit-learn?",
        ),
        (
            "--requirement scikit-learn<1",
            "",
            "No run and no version in the catalog has a package that is scikit-learn<1.",
        ),
    ],
)
def test_the_lead_says_it_all(tmp_path: Path, text: str, changes: str, lead: str) -> None:
    answer = ask(records_of(tmp_path, changes), text)
    document = tell_impact(answer)
    assert plain(document.lead) == lead
    assert tell_impact(answer, briefly=True) == replace(document, sections=())


def test_what_nobody_can_tell_is_said(tmp_path: Path) -> None:
    loose = "environment: {requirements: [odd]}\n"
    records = records_of(
        tmp_path, f"# runs/churn/evaluate-1.yaml\n{loose}# runs/churn/evaluate-2.yaml\n{loose}"
    )
    document = tell_impact(ask(records, "--requirement odd<2"))
    assert plain(document.lead) == "Nothing in the catalog is known to have been made with odd<2."
    assert [section.title for section in document.sections] == ["Perhaps also"]
    assert "runs:/evaluate-1" in document_text(document)


@pytest.mark.parametrize(
    ("text", "depth", "lead"),
    [
        ("datasets:/orders/v2", 0, "Within 0 steps, nothing depends on datasets:/orders/v2."),
        ("--requirement scikit-learn==1.4.2", 0, "Within 0 steps, nothing depends on scikit-learn==1.4.2."),
        (
            "datasets:/orders/v2",
            1,
            "Within 1 step, nothing in production depends on datasets:/orders/v2; 1 run does.",
        ),
        (
            "models:/churn/2",
            0,
            "models:/churn/2 is in production itself. Within 0 steps, nothing else depends on it.",
        ),
        (
            "datasets:/orders/v2",
            3,
            "In production, models:/churn@champion depends on datasets:/orders/v2. "
            "Within 3 steps, 1 alias, 1 model version and 2 runs depend on it.",
        ),
    ],
)
def test_the_lead_says_no_more_than_was_looked_at(tmp_path: Path, text: str, depth: int, lead: str) -> None:
    assert plain(tell_impact(ask(records_of(tmp_path), text, depth)).lead) == lead


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    answer = ask(records_of(tmp_path), "datasets:/orders")
    run = next(item for item in answer.affected if item.kind == "run")
    endpoint = next(item for item in answer.affected if item.kind == "endpoint")
    many = replace(
        answer,
        affected=(
            *(replace(endpoint, key=f"endpoints:/e{index}") for index in range(1_500)),
            *(replace(run, key=f"runs:/r{index}") for index in range(1_500)),
        ),
        undecided=tuple(f"runs:/u{index}" for index in range(1_500)),
        reliances=(impact.Reliance(endpoint.serves[0].model, "@champion", endpoint.serves[0].model),) * 1_500,
        cycles=tuple(f"runs:/c{index}" for index in range(1_500)),
        further=3,
        depth=2,
    )
    text = document_text(tell_impact(many))
    assert len(text.splitlines()) < 130
    assert text.count("and 1,480 more; --format json lists them all.") == 4
    assert "and 1,496 more" in text.splitlines()[0]
    assert "This goes 2 steps downstream; there is more behind it." in text
    assert "runs:/c3 and 1,496 more." in text


def test_what_reaches_production_is_a_warning(tmp_path: Path) -> None:
    records = records_of(tmp_path)
    assert tell_impact(ask(records, "datasets:/orders")).tone == "warn"
    assert tell_impact(ask(records, "runs:/evaluate-1")).tone == "good"
