"""Cards for the Hub: its own library reads them, and an import gives the card again."""

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard, ModelCardData
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CHECKOUT
from drafting import bring, empty
from herdbook.catalog import Catalog
from herdbook.dump import dump
from herdbook.entries import CARD_SECTIONS
from herdbook.errors import HerdbookError
from herdbook.exporters.hf_card import hf_card
from herdbook.hubcard import kept
from herdbook.importers.hf import read_cards
from herdbook.memory import open_catalog


def cards(folder: Path, **files: dict[str, Any]) -> Catalog:
    """A catalog with models, runs and cards; their kinds are those of their paths."""
    empty(folder)
    for path, value in files.items():
        file = folder / path.replace("__", "/")
        file = file.with_name(f"{file.name}.yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dump(value))
    catalog = open_catalog(folder)
    assert catalog.findings == ()
    return catalog


def read(text: str) -> ModelCardData:
    """What the library of the Hub reads at the top of a file."""
    data = ModelCard(text).data
    assert isinstance(data, ModelCardData)
    return data


def said(data: Any) -> dict[str, Any]:
    """What a card says: blank texts say nothing, and blank lines around them do not matter."""
    found = {
        field: value.strip("\n") if isinstance(value, str) else value
        for field, value in data.items()
        if field != "imported_from"
    }
    return {field: value for field, value in found.items() if value not in ("", {}, [])}


def again(text: str, folder: Path) -> Catalog:
    """A catalog with what an import of a file gives."""
    empty(folder / "catalog")
    file = folder / "card.md"
    file.write_text(text)
    brought = bring(folder / "catalog", read_cards([file]))
    assert brought.problems == ()
    return brought.catalog


@pytest.mark.parametrize("model", ["iris-classifier", "mortgage-approval"])
def test_the_cards_of_the_catalog_of_this_repository(model: str, tmp_path: Path) -> None:
    catalog = open_catalog(CHECKOUT / "catalog")
    text = hf_card(catalog, model)
    assert read(text).get("herdbook")["model"] == model
    found = again(text, tmp_path)
    assert said(found.cards[model, None].data) == said(catalog.cards[model, None].data)
    for field in ("title", "licence", "contact"):
        if field in catalog.models[model].data and field not in catalog.cards[model, None].data:
            assert found.models[model].data[field] == catalog.models[model].data[field]


def test_a_version_tells_what_was_measured(tmp_path: Path) -> None:
    catalog = open_catalog(CHECKOUT / "catalog")
    text = hf_card(catalog, "mortgage-approval/2")
    results = read(text).eval_results
    assert results is not None
    run = catalog.runs["mortgage-evaluate-2"]
    whole = {result.metric_type: result.metric_value for result in results if result.dataset_config is None}
    assert whole == run.metrics
    groups = {result.dataset_config for result in results} - {None}
    assert len(groups) == len(run.slices)
    assert {result.dataset_type for result in results} == {"mortgage-applications"}
    own = catalog.cards["mortgage-approval", 2].data
    found = again(text, tmp_path).cards["mortgage-approval", None].data
    assert found["evaluations"] == own["evaluations"]
    assert "hf.model-index" not in found.get("tags", {})


def test_what_the_hub_knows_comes_out_as_it_came_in(tmp_path: Path) -> None:
    head = """\
---
language: [en, de]
license: apache-2.0
base_model: google/bert
tags: [a, b]
widget: [{text: x}]
model-index:
- name: bert
  results:
  - task: {type: text-classification, name: T}
    dataset: {type: beans, name: Beans, extra: kept}
    metrics: [{type: acc, value: 0.9, confidence: 0.1}]
own key: 3
---
# BERT
"""
    found = again(head, tmp_path)
    text = hf_card(found, "bert")
    known = {key: value for key, value in vars(read(head)).items() if value is not None}
    assert known.items() <= vars(read(text)).items()
    assert "{type: beans, name: Beans, extra: kept}" in text
    assert "confidence: 0.1" in text
    assert said(again(text, tmp_path / "again").cards["bert", None].data) == said(
        found.cards["bert", None].data
    )


def test_runs_are_told_beside_what_came_from_the_hub(tmp_path: Path) -> None:
    index = [
        {
            "name": "other",
            "results": [
                {
                    "task": {"type": "t"},
                    "dataset": {"type": "d", "name": "D"},
                    "metrics": [{"type": "acc", "value": 1}],
                }
            ],
        }
    ]
    run = {"kind": "run", "experiment": "e", "type": "evaluation", "status": "finished"}
    catalog = cards(
        tmp_path / "catalog",
        models__m__model={"kind": "model", "name": "m", "task": "odd task", "licence": "MIT"},
        models__m__versions__1={
            "kind": "model-version",
            "model": "m",
            "version": 1,
            "run": "train",
            "uri": "s3://m",
        },
        runs__e__train={**run, "id": "train", "type": "training"},
        runs__e__test={**run, "id": "test", "evaluates": "m/1", "metrics": {"auc": 0.5}},
        models__m__card={
            "kind": "model-card",
            "model": "m",
            "evaluations": ["test"],
            "tags": kept("model-index", index),
        },
    )
    text = hf_card(catalog, "models:/m/1")
    results = read(text).eval_results
    assert results is not None
    assert [(result.metric_type, result.dataset_name) for result in results] == [
        ("acc", "D"),
        ("auc", "data of test"),
    ]
    found = again(hf_card(catalog, "m"), tmp_path / "again")
    assert said(found.cards["m", None].data) == said(catalog.cards["m", None].data)
    assert found.models["m"].data["licence"] == "MIT"


def test_what_the_hub_would_refuse_is_put_aside(tmp_path: Path) -> None:
    odd = {"self": 1, "ignore_metadata_errors": True, "eval_results": 3, "tags": 3, "herdbook": "x"}
    tags: dict[str, str] = {"mine": "1"}
    for key, value in {**odd, "model-index": [{"name": 1}], "license": "mit", "license_name": "x"}.items():
        tags |= kept(key, value)
    catalog = cards(
        tmp_path / "catalog",
        models__m__model={"kind": "model", "name": "m"},
        models__m__card={"kind": "model-card", "model": "m", "licence": "Our own (1)", "tags": tags},
    )
    text = hf_card(catalog, "m")
    assert (read(text).license, read(text).license_name) == ("other", "Our own (1)")
    assert said(again(text, tmp_path / "again").cards["m", None].data) == said(catalog.cards["m", None].data)


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("Apache-2.0", ("apache-2.0", None)),
        ("GPL-3.0-only", ("other", "GPL-3.0-only")),
        ("Proprietary", ("other", "Proprietary")),
        ("other", ("other", "other")),
    ],
)
def test_licences_are_told_in_the_words_of_the_hub(
    licence: str, told: tuple[str, str | None], tmp_path: Path
) -> None:
    catalog = cards(
        tmp_path / "catalog",
        models__m__card={"kind": "model-card", "model": "m", "licence": licence},
        models__m__model={"kind": "model", "name": "m"},
    )
    text = hf_card(catalog, "m")
    assert (read(text).license, read(text).license_name) == told
    assert again(text, tmp_path / "again").cards["m", None].data["licence"] == licence


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("runs:/train", "is neither a model nor a version of one"),
        ("gone", "gone"),
        ("m", "models:/m has no card; write one with `herdbook card m`"),
    ],
)
def test_what_has_no_card_is_refused(reference: str, message: str, tmp_path: Path) -> None:
    catalog = cards(
        tmp_path / "catalog",
        models__m__model={"kind": "model", "name": "m"},
        runs__e__train={
            "kind": "run",
            "id": "train",
            "experiment": "e",
            "type": "training",
            "status": "running",
        },
    )
    with pytest.raises(HerdbookError) as refused:
        hf_card(catalog, reference)
    assert message in str(refused.value)


LINES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=20,
).filter(str.strip)
PROSE = st.lists(LINES | st.sampled_from(["# x", "## Users", "<!-- herdbook: end -->", "---", "```"])).map(
    "\n".join
)
CARDS = st.fixed_dictionaries(
    {},
    optional={
        "title": LINES,
        "licence": LINES | st.sampled_from(["MIT", "mit", "other", "Proprietary"]),
        "contact": LINES,
        "description": PROSE,
        "notes": PROSE,
        "metrics": st.dictionaries(LINES, st.floats(allow_nan=False, allow_infinity=False), max_size=2),
        "tags": st.dictionaries(LINES.filter(lambda key: not key.startswith("hf")), LINES, max_size=2),
        "datasets": st.just(["a/b"]),
        **dict.fromkeys(CARD_SECTIONS, PROSE),
    },
)


@given(
    card=CARDS, model=st.fixed_dictionaries({}, optional={"title": LINES, "licence": LINES, "contact": LINES})
)
@settings(max_examples=60)
def test_an_import_of_an_export_gives_the_same_card(
    card: dict[str, Any], model: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cards")
    catalog = cards(
        folder / "ours",
        models__m__model={"kind": "model", "name": "m", **model},
        models__m__card={"kind": "model-card", "model": "m", **card},
    )
    text = hf_card(catalog, "m")
    read(text)
    found = again(text, folder)
    assert said(found.cards["m", None].data) == said(catalog.cards["m", None].data)
