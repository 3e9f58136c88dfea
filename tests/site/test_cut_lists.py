"""What pages show the beginning of says so."""

import re
from pathlib import Path

import pytest

from site_samples import Elements, build_site, write_sample

EVALUATION = """kind: run
id: nightly-{number}
experiment: churn
type: evaluation
status: finished
started_at: "2024-03-{number:02}T08:00:00Z"
evaluates: churn/1
metrics: {{auc: 0.8}}
inputs: [{{dataset: orders/v2}}]
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    catalog = write_sample(folder)
    for number in range(1, 10):
        (catalog / f"runs/churn/nightly-{number}.yaml").write_text(EVALUATION.format(number=number))
    for number in range(103):
        (catalog / f"datasets/orders/versions/part-{number}.yaml").write_text(
            f"kind: dataset-version\ndataset: orders\nversion: part-{number}\nderived_from: [orders/v2]\n"
        )
    curves = "".join(
        f"  train_c{number}: [[0, 1], [1, 2]]\n  val_c{number}: [[0, 1]]\n" for number in range(14)
    )
    with (catalog / "runs/churn/train-1.yaml").open("a") as file:
        file.write(f"curves:\n{curves}")
    build_site(catalog, folder / "out")
    return folder / "out"


def text_of(site: Path, path: str) -> str:
    return Elements((site / path).read_text(encoding="utf-8")).text


def test_data_that_were_made_from_a_version_are_all_to_be_reached(site: Path) -> None:
    page = (site / "datasets/orders/v2.html").read_text(encoding="utf-8")
    assert re.search(r' and <a href="v2~impact.html">3 more</a>', page)


def test_a_version_shows_the_evaluation_that_its_card_names_beside_the_latest_ones(site: Path) -> None:
    page = (site / "models/churn/1.html").read_text(encoding="utf-8")
    heads = re.search(r"<th scope=\"col\">Metric</th>(.*?)</tr>", page)
    assert heads is not None
    names = [name for name in Elements(heads[1]).text.split() if "-" in name]
    assert names == ["nightly-9", "nightly-8", "nightly-7", "nightly-6", "evaluate-1", "train-1"]
    assert "and 5 more evaluations" in text_of(site, "models/churn/1.html")


def test_curves_that_are_not_drawn_are_counted(site: Path) -> None:
    assert "The numbers of 4 more curves stand below." in text_of(site, "runs/train-1.html")
    assert "more curve" not in text_of(site, "runs/train-2.html")
