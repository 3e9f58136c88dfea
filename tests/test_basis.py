from pathlib import Path

from herdbook.basis import files_behind
from herdbook.lineage import Lineage
from herdbook.opening import read_catalog
from herdbook.registry import Registry
from herdbook.tree import DirTree
from rule_examples import case


def behind(folder: Path, fragments: str = "", version: int = 2) -> set[str]:
    case(fragments).lay(folder)
    catalog = read_catalog(DirTree(folder))
    found = catalog.versions["churn", version]
    return set(files_behind(catalog, Registry.of(catalog), Lineage.of(catalog), found))


def test_a_version_rests_on_its_model_cards_evaluations_and_ancestors(tmp_path: Path) -> None:
    assert behind(tmp_path / "catalog") == {
        "models/churn/model.yaml",
        "models/churn/card.yaml",
        "models/churn/cards/2.yaml",
        "models/churn/versions/2.yaml",
        "runs/churn/evaluate-2.yaml",
        "runs/churn/train-2.yaml",
        "datasets/orders/versions/v2.yaml",
        "runs/churn/prepare-2.yaml",
    }


def test_it_rests_on_ancestors_that_were_refused(tmp_path: Path) -> None:
    refused = "# runs/churn/train-2.yaml, whole\nkind: run\n"
    found = behind(tmp_path / "catalog", refused)
    assert "runs/churn/train-2.yaml" in found
    assert "datasets/orders/versions/v2.yaml" not in found
