"""Tests of reading a catalog and finding its entries."""

import json
from pathlib import Path
from typing import Any

import pytest

from herdbook.catalog import Catalog
from herdbook.entries import Dataset, Endpoint, Model, ModelVersion, Run
from herdbook.opening import read_catalog
from herdbook.ref import Ref
from herdbook.tree import DirTree

EXAMPLE = Path(__file__).parent / "data" / "example"


def write(folder: Path, *entries: dict[str, Any]) -> Catalog:
    """Write entries where they belong, and read them."""
    for entry in entries:
        path = folder / where(entry)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(entry))
    catalog = read_catalog(DirTree(folder, "catalog"))
    assert catalog.findings == ()
    return catalog


def where(entry: dict[str, Any]) -> str:
    match entry["kind"]:
        case "run":
            return f"runs/{entry['experiment']}/{entry['id']}.yaml"
        case "dataset-version":
            return f"datasets/{entry['dataset']}/versions/{entry['version']}.yaml"
        case "model-version":
            return f"models/{entry['model']}/versions/{entry['version']}.yaml"
        case "aliases":
            return f"models/{entry['model']}/aliases.yaml"
        case "endpoint":
            return f"endpoints/{entry['name']}.yaml"
        case kind:
            return f"{kind}s/{entry['name']}/{kind}.yaml"


def run(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "run", "id": name, "experiment": "e", "type": "training", "status": "finished", **more}


def version(model: str, number: int, **more: Any) -> dict[str, Any]:
    return {"kind": "model-version", "model": model, "version": number, "run": "r", "uri": "u", **more}


def data(dataset: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "dataset-version", "dataset": dataset, "version": name, **more}


def endpoint(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "endpoint", "name": name, "type": "batch", "serves": [{"model": "m/1"}], **more}


def aliases(model: str, **ledgers: list[tuple[int | None, str]]) -> dict[str, Any]:
    items = {
        alias: [{"version": number, "at": at, "by": "ada"} for number, at in ledger]
        for alias, ledger in ledgers.items()
    }
    return {"kind": "aliases", "model": model, "aliases": items}


@pytest.fixture(scope="module")
def example() -> Catalog:
    return read_catalog(DirTree(EXAMPLE, "catalog"))


def test_a_catalog_holds_the_entries_of_its_files(example: Catalog) -> None:
    files = list(EXAMPLE.rglob("*.yaml"))
    assert example.findings == ()
    assert len(list(example.entries())) == len(example.sources) == len(files)
    assert {entry.source.path for entry in example.entries()} == {
        path.relative_to(EXAMPLE).as_posix() for path in files
    }
    assert all(entry.source.path == entry.expected_path for entry in example.entries())
    assert example.file is not None


def test_every_entry_is_found_by_its_own_reference(example: Catalog) -> None:
    referred = [entry for entry in example.entries() if entry.ref is not None]
    assert len(referred) > 10
    for entry in referred:
        assert entry.ref is not None
        assert example.resolve(entry.ref) is entry
        assert example.resolve(Ref.parse(str(entry.ref))) is entry


def test_a_version_is_found_by_number_label_alias_and_as_the_latest(tmp_path: Path) -> None:
    catalog = write(
        tmp_path,
        version("m", 2),
        version("m", 9, label="1.0.0"),
        version("m", 10, label="beta"),
        version("m", 2147483647),
        version("n", 1, label="latest"),
        version("n", 2),
        aliases("m", champion=[(2, "2024-01-01T00:00:00Z"), (9, "2024-01-02T00:00:00Z")]),
        aliases("n", gone=[(3, "2024-01-01T00:00:00Z")], retired=[(None, "2024-01-01T00:00:00Z")]),
    )
    found = {
        text: catalog.resolve(Ref.parse(f"models:/{text}"))
        for text in [
            *[
                "m/2",
                "m/9",
                "m/2147483647",
                "m/1.0.0",
                "m/beta",
                "m/latest",
                "m/LATEST",
                "m@champion",
                "n/latest",
            ],
            *["m/02", "m/3", "m/Beta", "m/99999999999999999999", "m@absent", "n@gone", "n@retired"],
            *["o/latest", "o/1", "o@champion", "m"],
        ]
    }
    assert {text: entry.version for text, entry in found.items() if isinstance(entry, ModelVersion)} == {
        **{"m/2": 2, "m/9": 9, "m/1.0.0": 9, "m/beta": 10, "m/latest": 2147483647, "m/LATEST": 2147483647},
        "m/2147483647": 2147483647,
        **{"m@champion": 9, "n/latest": 1},
    }
    assert [entry.version for entry in catalog.versions_of("m")] == [2, 9, 10, 2147483647]


def test_an_output_is_found_at_its_run(tmp_path: Path) -> None:
    catalog = write(tmp_path, run("a", outputs=[{"name": "model"}]), run("b"))
    assert catalog.resolve(Ref.run("a", "model")) is catalog.runs["a"]
    assert catalog.resolve(Ref.run("a", "modell")) is None
    assert catalog.resolve(Ref.run("b", "model")) is None


def test_versions_of_a_dataset_stand_in_their_natural_order(tmp_path: Path) -> None:
    names = ["v10", "v9", "v2.1", "v2", "2024", "v2-rc", "a"]
    catalog = write(tmp_path, *(data("d", name) for name in names))
    assert [entry.version for entry in catalog.versions_of_dataset("d")] == [
        *["2024", "a", "v2", "v2-rc", "v2.1", "v9", "v10"]
    ]
    assert catalog.versions_of_dataset("absent") == ()
    assert catalog.versions_of("absent") == ()
    assert catalog.runs_of("absent") == ()


def test_runs_of_an_experiment_stand_newest_first(tmp_path: Path) -> None:
    starts = {"a": "2024-01-01T00:00:00Z", "b": "2024-01-01T00:00:00.5Z", "c": "2023-01-01T00:00:00Z"}
    catalog = write(tmp_path, run("d"), *(run(name, started_at=at) for name, at in starts.items()))
    assert [entry.id for entry in catalog.runs_of("e")] == ["b", "a", "c", "d"]
    assert list(catalog.experiments) == ["e"]


def test_what_was_imported_is_found_by_its_title(tmp_path: Path) -> None:
    imported = {"imported_from": {"system": "mlflow"}}
    catalog = write(
        tmp_path,
        {"kind": "model", "name": "m", "title": "Old", **imported},
        {"kind": "model", "name": "n", "title": "Own"},
        {"kind": "dataset", "name": "d", "title": "Old", **imported},
        endpoint("p", title="Old", **imported),
        run("r", title="Old", outputs=[{"name": "model"}], **imported),
        version("m", 1),
        data("d", "v1"),
        aliases("m", champion=[(1, "2024-01-01T00:00:00Z")]),
    )
    one = catalog.versions["m", 1]
    assert catalog.resolve(Ref.model("Old")) is catalog.models["m"]
    assert catalog.resolve(Ref.model("Old", 1)) is catalog.resolve(Ref.model("Old", alias="champion")) is one
    assert catalog.resolve(Ref.dataset("Old")) is catalog.datasets["d"]
    assert catalog.resolve(Ref.dataset("Old", "v1")) is catalog.dataset_versions["d", "v1"]
    assert catalog.resolve(Ref.endpoint("Old")) is catalog.endpoints["p"]
    assert catalog.resolve(Ref.run("Old", "model")) is catalog.runs["r"]
    assert catalog.resolve(Ref.model("Own")) is None
    assert catalog.resolve(Ref.model("Old", 2)) is None


def test_a_name_goes_before_a_title(tmp_path: Path) -> None:
    named = run("a")
    catalog = write(tmp_path, named, run("b", title="a", imported_from={"system": "mlflow"}))
    assert catalog.resolve(Ref.run("a")) is catalog.runs["a"]


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2023-12-31T23:59:59Z", None),
        ("2024-01-01T00:00:00Z", "1"),
        ("2024-01-01T00:00:00.4Z", "1"),
        ("2024-01-01T00:00:00.5Z", "2"),
        ("2024-01-01T00:00:00.51Z", "2"),
        ("2024-01-01T00:00:01Z", "2"),
        ("2024-02-01T00:00:00Z", None),
        ("2024-03-01T00:00:00Z", "3"),
        ("", None),
    ],
)
def test_an_alias_is_pinned_to_the_version_of_its_day(at: str, found: str | None, tmp_path: Path) -> None:
    times = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2024-02-01T00:00:00Z", "2024-02-02T00:00:00Z"]
    catalog = write(tmp_path, aliases("m", champion=list(zip([1, 2, None, 3], times, strict=True))))
    champion = Ref.model("m", alias="champion")
    assert catalog.pinned(champion, at) == (champion if found is None else Ref.model("m", found))
    for other in (Ref.model("m", 1), Ref.model("m", alias="absent"), Ref.model("n", alias="champion"), None):
        assert catalog.pinned(other, at) == other


@pytest.mark.parametrize(
    ("unknown", "near"),
    [
        ("models:/chrun", "models:/churn"),
        ("models:/churn/3", "models:/churn/2"),
        ("models:/churn@champoin", "models:/churn@champion"),
        ("models:/Churn@champion", "models:/churn@champion"),
        ("models:/chrun/2", "models:/churn/2"),
        ("models:/chrun/9", "models:/churn"),
        ("models:/chrun@absent", "models:/churn"),
        ("datasets:/order/v9", "datasets:/orders"),
        ("runs:/train2/weights", "runs:/train-2"),
        ("datasets:/orders/v22", "datasets:/orders/v2"),
        ("datasets:/order/v1", "datasets:/orders/v1"),
        ("runs:/train1", "runs:/train-1"),
        ("runs:/train-2/modell", "runs:/train-2/model"),
        ("endpoints:/predcit", "endpoints:/predict"),
        ("runs:/zzz", ""),
        ("models:/zzz/1", ""),
    ],
)
def test_what_was_mistyped_is_guessed(unknown: str, near: str, example: Catalog) -> None:
    assert example.suggest(Ref.parse(unknown)) == near


def test_a_reference_to_a_refused_file_is_told_from_one_to_nothing(tmp_path: Path) -> None:
    for path in (
        *["models/m/model.yaml", "models/m/versions/1.yaml", "models/m/aliases.yaml", "runs/e/r.yaml"],
        *["datasets/d/dataset.yaml", "datasets/d/versions/v.yaml", "endpoints/p.yaml"],
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("kind: [")
    catalog = read_catalog(DirTree(tmp_path))
    for text in [
        *["models:/m", "models:/m/1", "models:/m@any", "runs:/r", "runs:/r/o"],
        *["datasets:/d", "datasets:/d/v", "endpoints:/p"],
    ]:
        assert catalog.is_refused(Ref.parse(text)), text
        assert catalog.resolve(Ref.parse(text)) is None
    for text in ["models:/n", "models:/m/2", "runs:/s", "datasets:/d/w", "endpoints:/q"]:
        assert not catalog.is_refused(Ref.parse(text)), text


def test_no_older_version_passes_for_the_latest_where_the_file_of_that_is_refused(tmp_path: Path) -> None:
    write(tmp_path, version("m", 9), version("m", 10), version("n", 2, label="latest"), version("o", 2))
    for path in ("m/versions/11", "n/versions/3", "o/versions/1", "o/versions/x", "o/cards/3"):
        (tmp_path / f"models/{path}.yaml").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"models/{path}.yaml").write_text("kind: [")
    catalog = read_catalog(DirTree(tmp_path))
    for text in ("models:/m/latest", "models:/m/LATEST"):
        assert catalog.resolve(Ref.parse(text)) is None
        assert catalog.refused_at(Ref.parse(text)) == ("models/m/versions/11.yaml",)
    for text, label in (("models:/n/latest", "latest"), ("models:/o/latest", "")):
        found = catalog.resolve(Ref.parse(text))
        assert isinstance(found, ModelVersion)
        assert (found.version, found.version_label or "") == (2, label)
    assert catalog.resolve(Ref.parse("models:/p/latest")) is None
    assert not catalog.is_refused(Ref.parse("models:/p/latest"))


def test_entries_of_each_kind_are_of_their_type(example: Catalog) -> None:
    assert isinstance(example.resolve(Ref.model("churn")), Model)
    assert isinstance(example.resolve(Ref.dataset("orders")), Dataset)
    assert isinstance(example.resolve(Ref.run("train-1")), Run)
    assert isinstance(example.resolve(Ref.endpoint("predict")), Endpoint)
