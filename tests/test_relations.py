"""Who refers to whom, by names, and how far it goes."""

from pathlib import Path

import pytest

from herdbook.catalog import Catalog
from herdbook.opening import read_catalog
from herdbook.relations import Relations
from herdbook.tree import DirTree
from rule_examples import EXAMPLE_CATALOG

ENTRIES = {
    "datasets/raw/dataset.yaml": "kind: dataset\nname: raw\n",
    "datasets/raw/versions/v1.yaml": "kind: dataset-version\ndataset: raw\nversion: v1\nuri: u\n",
    "runs/e/first.yaml": "kind: run\nid: first\nexperiment: e\ntype: training\nstatus: finished\n"
    "inputs: [{dataset: raw/v1}]\noutputs: [{name: model, uri: u}]\n",
    "models/m/model.yaml": "kind: model\nname: m\n",
    "models/m/versions/1.yaml": "kind: model-version\nmodel: m\nversion: 1\nuri: u\nrun: first\n",
    "models/m/aliases.yaml": "kind: aliases\nmodel: m\n"
    "aliases: {champion: [{version: 1, at: 2024-01-01T00:00:00Z, by: ana}]}\n",
    "endpoints/live.yaml": "kind: endpoint\nname: live\ntype: online\nserves: [{model: m@champion}]\n",
    "runs/e/other.yaml": "kind: run\nid: other\nexperiment: e\ntype: training\nstatus: finished\n",
}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    for path, text in ENTRIES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = read_catalog(DirTree(tmp_path))
    assert not found.findings
    return found


def mentioned(relations: Relations, path: str) -> set[str]:
    return {relations.names[number] for number in relations.mentions.at(list(relations.paths).index(path))}


def test_a_name_is_that_of_what_a_reference_leads_to(catalog: Catalog) -> None:
    assert mentioned(catalog.relations, "endpoints/live.yaml") == {"models:/m"}  # not that of the alias
    assert mentioned(catalog.relations, "models/m/versions/1.yaml") == {"runs:/first"}
    assert mentioned(catalog.relations, "datasets/raw/versions/v1.yaml") == {"datasets:/raw"}


def test_downstream_is_all_that_rests_on_it(catalog: Catalog) -> None:
    found = catalog.relations.downstream(["datasets:/raw/v1"])
    assert found == {
        "runs/e/first.yaml",
        "models/m/versions/1.yaml",
        "models/m/aliases.yaml",
        "endpoints/live.yaml",
    }
    assert catalog.relations.downstream(["runs:/other", "runs:/nowhere"]) == set()


def test_upstream_is_all_that_it_rests_on(catalog: Catalog) -> None:
    found = catalog.relations.upstream({"endpoints/live.yaml"})
    assert found == ENTRIES.keys() - {"runs/e/other.yaml"}
    assert catalog.relations.upstream(set(), ["runs:/other"]) == {"runs/e/other.yaml"}


def test_what_only_a_run_says_that_it_made_follows_from_it(tmp_path: Path) -> None:
    """Whether the data are in the catalog or not."""
    files = {
        "datasets/raw/versions/v1.yaml": "kind: dataset-version\ndataset: raw\nversion: v1\nuri: u\n",
        "datasets/clean/versions/v1.yaml": "kind: dataset-version\ndataset: clean\nversion: v1\nuri: c\n",
        "runs/e/clean.yaml": "kind: run\nid: clean\nexperiment: e\ntype: preprocessing\nstatus: finished\n"
        "inputs: [{dataset: raw/v1}]\noutputs: [{name: table, uri: c, dataset: clean/v1}]\n",
        "runs/e/train.yaml": "kind: run\nid: train\nexperiment: e\ntype: training\nstatus: finished\n"
        "inputs: [{dataset: clean/v1}]\n",
    }
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for gone in ((), ("datasets/clean/versions/v1.yaml",)):
        for path in gone:
            (tmp_path / path).unlink()
        drawn = read_catalog(DirTree(tmp_path)).relations
        for relations in (drawn, drawn.indexed()):
            assert relations.downstream(["datasets:/raw/v1"]) >= {"runs/e/clean.yaml", "runs/e/train.yaml"}
            assert relations.upstream({"runs/e/train.yaml"}) == files.keys() - set(gone)


def test_an_entry_that_is_gone_refers_to_nothing(catalog: Catalog) -> None:
    gone = catalog.relations.changed({"runs/e/first.yaml"}, [], catalog.resolve)
    assert gone.downstream(["datasets:/raw/v1"]) == set()
    back = gone.changed({"runs/e/first.yaml"}, [catalog.runs["first"]], catalog.resolve)
    assert back.downstream(["datasets:/raw/v1"]) == catalog.relations.downstream(["datasets:/raw/v1"])


def test_every_entry_of_a_catalog_has_its_relations() -> None:
    catalog = read_catalog(DirTree(EXAMPLE_CATALOG))
    assert sorted(catalog.relations.paths) == sorted(entry.source.path for entry in catalog.entries())
