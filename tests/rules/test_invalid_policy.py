"""What no case file can say: a catalog without a herdbook.yaml, and one whose herdbook.yaml was refused."""

import shutil
from pathlib import Path

import pytest

from herdbook.finding import Finding
from rule_examples import EXAMPLE_CATALOG
from test_rule_examples import findings


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE_CATALOG, tmp_path / "catalog"))


def of_policy(catalog: Path) -> list[Finding]:
    return [finding for finding in findings(catalog) if finding.rule == "invalid-policy"]


def test_a_catalog_needs_a_herdbook_yaml(catalog: Path) -> None:
    (catalog / "herdbook.yaml").unlink()
    (finding,) = of_policy(catalog)
    assert finding.message == "the catalog has no herdbook.yaml"
    assert (finding.place.source.path, finding.place.span.line) == ("herdbook.yaml", 1)


@pytest.mark.parametrize("text", ["kind: catalog\n", "kind: [", "\0"])
def test_a_refused_herdbook_yaml_is_not_missing(catalog: Path, text: str) -> None:
    (catalog / "herdbook.yaml").write_text(text)
    assert of_policy(catalog) == []


def test_an_empty_folder_is_not_judged(tmp_path: Path) -> None:
    assert findings(tmp_path) == ()
