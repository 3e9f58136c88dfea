"""Cards of the Hub, as drafts and as entries."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting import bring, empty
from herdbook.errors import HerdbookError
from herdbook.exporters.hf_card import hf_card
from herdbook.hubcard import parted
from herdbook.importers.hf import read_cards


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return empty(tmp_path / "catalog")


def card(folder: Path, text: str | bytes, name: str = "README.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_the_cards_of_the_library_of_the_hub_are_imported_or_reported(
    shared_data: Path, catalog: Path
) -> None:
    brought = bring(catalog, read_cards([shared_data / "hf-cards"]))
    assert brought.outcome.plan.said.startswith("Imported from huggingface: 1 dataset, 5 models, 5 cards.")
    reported = [problem.partition("hf-cards/")[2] for problem in brought.problems]
    assert [problem.partition(".md: ")[::2] for problem in reported[:4]] == [
        (
            "sample_invalid_card_data",
            "it is left out: its metadata are a list; write keys and values between the lines of ---",
        ),
        (
            "sample_invalid_model_index",
            "the Hub refuses its results: model-index.0.results.0 lacks dataset with type and name; they are "
            "kept",
        ),
        ("sample_no_metadata", "it has no metadata; its text is taken alone"),
        (
            "sample_template",
            "it is left out: line 2, column 2: a mapping or a list cannot be a key. Keys are text; put what "
            "is inside behind a key, or a text with braces or brackets in quotes.",
        ),
    ]
    # Two of them are called alike.
    assert [problem.partition(".md: ")[0] for problem in reported[4:]] == ["sample_simple_model_index"] * 2
    files = sorted((shared_data / "hf-cards").iterdir())
    assert len(files) == 9
    for file in files:
        folder = empty(catalog.parent / file.stem)
        alone = bring(folder, read_cards([file]))
        assert alone.is_loss == (file.stem in ("sample_invalid_card_data", "sample_template"))
        assert bool(alone.paths) != alone.is_loss


def test_a_card_becomes_a_model_and_its_card(catalog: Path) -> None:
    text = """\
---
license: other
license_name: Ours 1.0
pipeline_tag: text-classification
base_model: google/bert
language: no
datasets: [beans]
odd key: {a: [1, null]}
model-index:
- name: bert orders
  results:
  - task: {type: text-classification}
    dataset: {type: beans, name: Beans, split: test}
    metrics: [{type: acc, value: 0.9}, {type: f1, value: 0.8}, {type: words, value: many}]
  - task: {type: text-classification}
    dataset: {type: peas, name: Peas}
    metrics: [{type: acc, value: 1}]
---
# BERT for orders

Tells orders apart.

## Limitations

Few.

## Training procedure

Long.
"""
    brought = bring(catalog, read_cards([card(catalog.parent / "bert", text)]))
    assert brought.problems == ()
    model, found = brought.catalog.models["bert-orders"].data, brought.catalog.cards["bert-orders", None].data
    assert model == {
        "kind": "model",
        "name": "bert-orders",
        "title": "BERT for orders",
        "task": "text-classification",
        "imported_from": {"system": "huggingface", "name": "bert orders"},
    }
    assert {key: value for key, value in found.items() if key not in ("kind", "model", "imported_from")} == {
        "title": "BERT for orders",
        "description": "Tells orders apart.",
        "limitations": "Few.",
        "notes": "## Training procedure\n\nLong.",
        "licence": "Ours 1.0",
        "metrics": {"acc (Beans, test)": 0.9, "f1": 0.8, "acc (Peas)": 1},
        "tags": found["tags"],
    }
    assert found["tags"]["hf.odd key"] == '{"a": [1, null]}'
    assert found["tags"]["hf.language"] == "no"
    assert len(found["tags"]) == 8
    assert bring(catalog, read_cards([catalog.parent / "bert"])).paths == []


def test_a_card_of_a_dataset_becomes_a_dataset(catalog: Path) -> None:
    text = """\
---
pretty_name: Beans
license: [mit]
task_categories: [image-classification]
---
# Dataset Card for Beans
## Dataset Summary
Leaves.
## Personal and Sensitive Information
None.
## Contact
ana@example.org
"""
    brought = bring(catalog, read_cards([card(catalog.parent / "beans", text)]))
    found = brought.catalog.datasets["beans"].data
    assert (found["title"], found["description"], found["personal_data"]) == ("Beans", "Leaves.", "None.")
    assert (found["licence"], found["contact"]) == ("mit", "ana@example.org")
    assert found["tags"]["heading"] == "Dataset Card for Beans"
    assert found["tags"]["hf.task_categories"] == '["image-classification"]'


def test_what_cannot_be_read_is_reported_and_the_rest_imported(catalog: Path) -> None:
    folder = catalog.parent / "cards"
    card(folder, "# A\n", "a.md")
    card(folder, b"\xff", "b.md")
    card(folder, "x" * 1_100_000, "c.md")
    card(folder, f"---\n'a\\nb': 1\n{'k' * 300}: 2\n\"x\\ny\": 3\n---\n# D\n", "d.md")
    secret = card(catalog.parent / "elsewhere", "# Secret\n")
    (folder / "e.md").symlink_to(secret)
    card(folder, "x", "f.txt")
    brought = bring(
        catalog, read_cards([folder, folder / "gone.md", catalog.parent / "elsewhere" / "README.md"])
    )
    assert sorted(brought.catalog.models) == ["a", "d", "elsewhere"]
    assert brought.is_loss
    assert [problem.partition("/cards/")[2] for problem in brought.problems] == [
        "e.md: it is a symbolic link; name the file itself to have it read",
        "a.md: it has no metadata; its text is taken alone",
        "b.md: it is left out: byte 0 is not UTF-8; save the file as UTF-8",
        "c.md: it is left out: it holds more than 1,048,576 bytes; a card is a text to be read",
        f"d.md: the key '{'k' * 40}' of its metadata is left out: no tag can be called so",
        "d.md: the key 'x\\ny' of its metadata is left out: no tag can be called so",
        "gone.md: it is left out: it cannot be read: No such file or directory",
        "",
    ]


def test_an_odd_number_or_character_costs_a_card_nothing_else(catalog: Path) -> None:
    text = """\
---
seed: 18446744073709551616
thanks: "\U0001f469\u200d\U0001f4bb"
model-index:
- name: bert
  results:
  - task: {type: text-classification}
    dataset: {type: beans, name: Beans}
    metrics: [{type: acc, value: 0.9}, {type: f1, value: .nan}, {type: rows, value: 99999999999999999999}]
---
# BERT
"""
    brought = bring(catalog, read_cards([card(catalog.parent / "bert", text)]))
    (problem,) = brought.problems
    assert problem.endswith("README.md: metrics.f1 is left out: f1 must be a finite number")
    found = brought.catalog.cards["bert", None].data
    assert found["metrics"] == {"acc": 0.9, "rows": 1e20}
    # The card can be written again: tags hold no number that a file of YAML cannot.
    exported = parted(hf_card(brought.catalog, "models:/bert").encode())[0]
    assert exported is not None
    assert exported["seed"] == "18446744073709551616"
    assert exported["thanks"] == "\U0001f469\u200d\U0001f4bb"


def test_a_file_that_is_named_may_be_a_link_as_in_the_cache_of_the_hub(catalog: Path) -> None:
    blob = card(catalog.parent / "blobs", "# A\n", "0a1b")
    folder = catalog.parent / "snapshot"
    folder.mkdir()
    (folder / "README.md").symlink_to(blob)
    assert bring(catalog, read_cards([folder])).paths == []
    assert read_cards([folder / "README.md"], "mine").drafts[0].key.name == "mine"


def test_a_folder_without_cards_is_reported(tmp_path: Path) -> None:
    assert [str(problem) for problem in read_cards([tmp_path]).problems] == [
        f"{tmp_path}: there is no Markdown file in it; name the file of a card"
    ]


def test_a_name_is_for_one_card(tmp_path: Path) -> None:
    card(tmp_path, "# A\n", "a.md")
    card(tmp_path, "# B\n", "b.md")
    with pytest.raises(HerdbookError, match="--name 'x' is for one card, and 2 are there"):
        read_cards([tmp_path], "x")


@pytest.mark.parametrize(
    "own",
    [
        "{model: a, tags: [1], metrics: x, kind: run, generated: 3, model_fields: [users, 1]}",
        "{model: a, aside: {license: 3, model-index: x}, licence: 4, title: [x]}",
        "[]",
        "{model: 3}",
        "{model: ../../a}",
    ],
)
def test_what_only_we_write_may_be_anything(catalog: Path, own: str) -> None:
    text = f"---\nlicense: mit\nherdbook: {own}\nmodel-index: 3\n---\n# A\n"
    brought = bring(catalog, read_cards([card(catalog.parent / "a", text)]))
    assert len(brought.catalog.models) == 1
    assert all(path.startswith("models/") and ".." not in path for path in brought.paths)


@given(text=st.text(), metadata=st.text(st.sampled_from("abc: -[]{}'\"\n#&*|>1.")))
def test_no_card_breaks_the_reader(
    text: str, metadata: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("cards")
    file = card(folder, f"---\n{metadata}\n---\n{text}".encode("utf-8", "surrogatepass"))
    found = read_cards([file])
    assert len(found.drafts) == 2 or found.problems
