"""The pages of models and versions show all that is written on their cards."""

import re
from pathlib import Path

import pytest

from site_samples import Elements, build_site, write_sample

CARDS = {
    "churn/card": "description: Of all versions.\nmetrics: {auc: 0.75, f1: 0.5}\n"
    "tags: {risk: low, area: us}\nnotes: Look.\nlicence: MIT\n",
    "churn/cards/2": "description: Of the second.\nmetrics: {auc: 0.83}\ntags: {risk: high}\n",
    "hub/card": "kind: model-card\nmodel: hub\ndescription: |\n  # Use\n\n  As it came from the Hub.\n",
    "stated/card": "kind: model-card\nmodel: stated\ndatasets: [orders/v2]\nmetrics: {auc: 0.75, f1: 0.5}\n",
    "title/card": "kind: model-card\nmodel: title\ntitle: A title alone\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    catalog = write_sample(folder)
    for path, text in CARDS.items():
        card = catalog / f"models/{path}.yaml"
        card.parent.mkdir(exist_ok=True)
        with card.open("a") as file:
            file.write(text)
    for name in ("title", "bare", "stated"):
        (catalog / f"models/{name}").mkdir(exist_ok=True)
        (catalog / f"models/{name}/model.yaml").write_text(
            f"kind: model\nname: {name}\nlicence: Apache-2.0\n"
        )
    with (catalog / "models/churn/versions/2.yaml").open("a") as file:
        file.write("notes: Looked at.\n")
    build_site(catalog, folder / "out")
    return folder / "out"


def section(site: Path, path: str, name: str) -> str:
    page = (site / path).read_text(encoding="utf-8")
    found = re.search(rf'<section [^>]*aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return Elements(found[1]).text


def test_a_card_that_is_one_text_is_shown(site: Path) -> None:
    assert section(site, "models/hub/index.html", "card") == "Model card Use As it came from the Hub."


def test_a_description_opens_the_card_and_labels_and_notes_end_it(site: Path) -> None:
    told = section(site, "models/churn/index.html", "card")
    assert told.startswith("Model card Of all versions. Intended use ")
    assert told.endswith("Notes Look. risk low area us")
    assert "Licence MIT Contact" in section(site, "models/churn/index.html", "about")


def test_the_card_of_a_version_is_laid_over_that_of_the_model(site: Path) -> None:
    told = section(site, "models/churn/2.html", "card")
    assert told.startswith("Model card Of the second. Intended use ")
    assert "Limitations this version It knows nothing of complaints, and less" in told
    assert "Notes Look. risk high area us Licence MIT Contact " in told
    assert section(site, "models/churn/1.html", "card").startswith(
        "Model card Of all versions. Intended use "
    )


def test_the_page_of_a_version_shows_its_notes(site: Path) -> None:
    assert section(site, "models/churn/2.html", "notes") == "Notes Looked at."


@pytest.mark.parametrize(
    ("model", "told"),
    [("title", "Nothing is written on the card yet."), ("bare", "This model has no card yet.")],
)
def test_a_card_without_a_word_is_none_that_is_missing(site: Path, model: str, told: str) -> None:
    assert section(site, f"models/{model}/index.html", "card") == f"Model card {told}"
    assert "Licence Apache-2.0" in section(site, f"models/{model}/index.html", "about")


def test_the_data_and_the_numbers_that_a_card_states_are_shown(site: Path) -> None:
    told = section(site, "models/stated/index.html", "card")
    assert told == (
        "Model card Data that the card speaks of orders/v2 "
        "Numbers that the card states Metric Value auc 0.75 f1 0.5"
    )
    assert "../../datasets/orders/v2.html" in (site / "models/stated/index.html").read_text()


def test_what_the_card_of_a_version_states_goes_before_that_of_the_model(site: Path) -> None:
    told = section(site, "models/churn/2.html", "card")
    assert "Numbers that the card states Metric Value auc 0.83 f1 0.5 " in told
